/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/print.h"

#include "lib/doc/yaml.h"
#include "tests/test.h"

TEST(columns_are_as_wide_as_their_widest_cell)
{
    static const char *const headings[] = {"NAME", "STATE", "WHY", NULL};
    cleanup_print_table struct print_table t = {.headings = headings};
    cleanup_buf struct buf out = BUF_UNLIMITED;

    term_set_color("never");
    print_row(&t);
    print_cell(&t, "a-long-name");
    print_state(&t, "Synced");
    print_cell(&t, "├─ über\nlines");
    print_row(&t);
    print_cell(&t, "b");
    print_cell(&t, "");
    print_cell(&t, NULL);
    print_row(&t);
    print_cell(&t, "short row");
    print_table_put(&t, &out);
    EXPECT_STR(out.data, "NAME          STATE    WHY\n"
                         "a-long-name   Synced   ├─ über lines\n"
                         "b             -        -\n"
                         "short row\n");
}

TEST(colours_take_no_room)
{
    static const char *const headings[] = {"A", "B", NULL};
    cleanup_print_table struct print_table t = {.headings = headings};
    cleanup_buf struct buf out = BUF_UNLIMITED;

    term_set_color("always");
    print_row(&t);
    print_state(&t, "Degraded");
    print_cell(&t, "x");
    print_table_put(&t, &out);
    EXPECT_STR(out.data, "\033[1mA\033[0m          \033[1mB\033[0m\n"
                         "\033[31mDegraded\033[0m   x\n");
    term_set_color("never");
}

TEST(ages_are_those_of_kubectl)
{
    static const struct {
        int64_t seconds;
        const char *age;
    } cases[] = {{-5, "0s"},         {0, "0s"},       {119, "119s"},   {120, "2m"},
                 {7199, "119m"},     {7200, "2h"},    {172799, "47h"}, {172800, "2d"},
                 {63071999, "729d"}, {63072000, "2y"}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *age = print_age_between(0, cases[i].seconds * 1000);

        EXPECT_STR(age, cases[i].age);
    }
    cleanup_free char *none = print_age("yesterday");

    EXPECT_STR(none, "");
}

TEST(commits_are_cut_and_all_else_is_not)
{
    cleanup_free char *one = print_revision("0123456789abcdef0123456789abcdef01234567");
    cleanup_free char *two = print_revision("0123456789abcdef0123456789abcdef01234567, "
                                            "fedcba9876543210fedcba9876543210fedcba98");
    cleanup_free char *tag = print_revision("v1.2.3-abc");

    EXPECT_STR(one, "01234567");
    EXPECT_STR(two, "01234567, fedcba98");
    EXPECT_STR(tag, "v1.2.3-abc");
}
