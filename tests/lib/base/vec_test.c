/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/vec.h"

#include "tests/test.h"

TEST(ptrvec_keeps_the_order_when_removing)
{
    cleanup_ptrvec struct ptrvec v = {0};
    int items[100];

    for (int i = 0; i < 100; i++)
        ptrvec_push(&v, &items[i]);
    ptrvec_remove(&v, 0);
    ptrvec_remove(&v, 98);
    ptrvec_remove(&v, 49);
    EXPECT_INT(v.len, 97);
    EXPECT(v.items[0] == &items[1]);
    EXPECT(v.items[48] == &items[49]);
    EXPECT(v.items[49] == &items[51]);
    EXPECT(v.items[96] == &items[98]);
    ptrvec_clear(&v);
    EXPECT_INT(v.len, 0);
    ptrvec_push(&v, items);
    EXPECT(v.items[0] == items);
}

TEST(strvec_owns_copies_and_ends_with_null)
{
    cleanup_strvec struct strvec v = {0};
    char text[] = "b";

    EXPECT(!strvec_has(&v, "b"));
    strvec_push(&v, text);
    text[0] = 'x';
    strvec_pushf(&v, "a%d", 7);
    strvec_take(&v, xstrdup("c"));
    EXPECT_INT(v.len, 3);
    EXPECT_STR(v.items[0], "b");
    EXPECT_NULL(v.items[3]);
    EXPECT(strvec_has(&v, "a7") && !strvec_has(&v, "a"));
    strvec_sort(&v);
    EXPECT_STR(v.items[0], "a7");
    EXPECT_STR(v.items[1], "b");
    EXPECT_STR(v.items[2], "c");
}

TEST(strvec_is_joined_up_to_a_number)
{
    static const char *const want[] = {"a", "a; b", "a; b and 1 more", "a; b and 2 more"};
    static const char *const items[] = {"a", "b", "c", "d"};
    cleanup_strvec struct strvec v = {0};

    EXPECT(strvec_join(&v, "; ", 2) == NULL);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        cleanup_free char *joined = NULL;

        strvec_push(&v, items[i]);
        joined = strvec_join(&v, "; ", 2);
        EXPECT_STR(joined, want[i]);
    }
}

TEST(strvec_grows_with_its_null)
{
    cleanup_strvec struct strvec v = {0};

    strvec_sort(&v);
    for (size_t i = 0; i < 1000; i++) {
        strvec_pushf(&v, "%zu", i);
        EXPECT_INT(v.len, i + 1);
        EXPECT_NULL(v.items[v.len]);
    }
    EXPECT_STR(v.items[999], "999");
    strvec_clear(&v);
    EXPECT_NULL(v.items);
}
