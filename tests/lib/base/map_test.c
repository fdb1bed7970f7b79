/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/map.h"

#include "tests/test.h"

#define MANY 20000

TEST(an_empty_map_has_nothing)
{
    cleanup_map struct map m = {0};
    size_t it = 0;

    EXPECT_NULL(map_find(&m, "a"));
    EXPECT(!map_has(&m, "a"));
    EXPECT_NULL(map_remove(&m, "a"));
    EXPECT_NULL(map_next(&m, &it));
}

TEST(set_replaces_and_returns_the_former_value)
{
    cleanup_map struct map m = {0};
    char key[] = "key";
    int a;
    int b;

    EXPECT_NULL(map_set(&m, key, &a));
    key[0] = 'x';
    EXPECT(map_find(&m, "key") == &a);
    EXPECT(map_set(&m, "key", &b) == &a);
    EXPECT(map_find(&m, "key") == &b);
    EXPECT_INT(m.count, 1);
    EXPECT_NULL(map_set(&m, "null", NULL));
    EXPECT(map_has(&m, "null"));
    EXPECT_NULL(map_find(&m, "null"));
    EXPECT_INT(m.count, 2);
    EXPECT_NULL(map_set(&m, "", &a));
    EXPECT(map_find(&m, "") == &a);
}

TEST(many_keys_in_insertion_order)
{
    cleanup_map struct map m = {0};
    static int values[MANY];
    struct map_entry *e;
    size_t it = 0;
    size_t n = 0;
    char key[32];

    for (int i = 0; i < MANY; i++) {
        snprintf(key, sizeof(key), "key-%d", i);
        EXPECT_NULL(map_set(&m, key, &values[i]));
    }
    EXPECT_INT(m.count, MANY);
    while ((e = map_next(&m, &it)))
        EXPECT(e->value == &values[n++]);
    EXPECT_INT(n, MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(key, sizeof(key), "key-%d", i);
        EXPECT(map_find(&m, key) == &values[i]);
    }
    EXPECT_NULL(map_find(&m, "key-20000"));
}

TEST(removing_while_iterating)
{
    cleanup_map struct map m = {0};
    static int values[1000];
    struct map_entry *e;
    size_t it = 0;
    size_t seen = 0;
    char key[32];

    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "%d", i);
        map_set(&m, key, &values[i]);
    }
    while ((e = map_next(&m, &it))) {
        seen++;
        if (atoi(e->key) % 2) {
            snprintf(key, sizeof(key), "%s", e->key);
            EXPECT(map_remove(&m, key) == &values[atoi(key)]);
        }
    }
    EXPECT_INT(seen, 1000);
    EXPECT_INT(m.count, 500);
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "%d", i);
        EXPECT_INT(map_has(&m, key), i % 2 == 0);
    }
}

/* The table must neither fill up with holes nor grow without bound. */
TEST(a_changing_set_of_keys_stays_small)
{
    cleanup_map struct map m = {0};
    char key[32];
    int value;

    for (int i = 0; i < 50000; i++) {
        snprintf(key, sizeof(key), "%d", i);
        map_set(&m, key, &value);
        if (i >= 10) {
            snprintf(key, sizeof(key), "%d", i - 10);
            EXPECT(map_remove(&m, key) == &value);
        }
    }
    EXPECT_INT(m.count, 10);
    EXPECT(m.cap <= 64);
    EXPECT(map_has(&m, "49999") && !map_has(&m, "1"));
}

TEST(a_removed_key_can_come_back_at_the_end)
{
    cleanup_map struct map m = {0};
    size_t it = 0;
    int a;

    map_set(&m, "a", &a);
    map_set(&m, "b", &a);
    map_remove(&m, "a");
    EXPECT_NULL(map_remove(&m, "a"));
    map_set(&m, "a", &a);
    EXPECT_STR(map_next(&m, &it)->key, "b");
    EXPECT_STR(map_next(&m, &it)->key, "a");
    EXPECT_NULL(map_next(&m, &it));
}

static int freed;

static void count_free(void *value)
{
    (void)value;
    freed++;
}

TEST(clear_with_frees_each_live_value_once)
{
    struct map m = {0};
    int a;

    map_set(&m, "a", &a);
    map_set(&m, "b", &a);
    map_remove(&m, "a");
    freed = 0;
    map_clear_with(&m, count_free);
    EXPECT_INT(freed, 1);
    EXPECT_INT(m.count, 0);
    map_set(&m, "c", &a);
    EXPECT(map_has(&m, "c"));
    map_clear(&m);
}
