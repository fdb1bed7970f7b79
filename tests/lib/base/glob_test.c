/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/glob.h"

#include "tests/test.h"

TEST(patterns)
{
    static const struct {
        const char *pattern, *text;
        char separator;
        bool matches;
    } rows[] = {
        {"", "", 0, true},
        {"", "a", 0, false},
        {"*", "", 0, true},
        {"*", "a/b", 0, true},
        {"*", "a/b", '/', false},
        {"**", "a/b", '/', true},
        {"*/b", "a/b", '/', true},
        {"**/c", "a/b/c", '/', true},
        {"a*c", "abbc", 0, true},
        {"a*c", "abb", 0, false},
        {"a*b*c*d", "axbxcxd", 0, true},
        {"?", "a", 0, true},
        {"?", "", 0, false},
        {"?", "/", '/', false},
        {"a?c", "abc", 0, true},
        {"[abc]x", "bx", 0, true},
        {"[a-c]", "c", 0, true},
        {"[a-c]", "d", 0, false},
        {"[!a-c]", "d", 0, true},
        {"[!a-c]", "b", 0, false},
        {"{a,b}", "b", 0, true},
        {"{a,b}", "c", 0, false},
        {"{a,}x", "x", 0, true},
        {"{*.yaml,*.yml}", "x.yml", 0, true},
        {"{a{b,c},d}e", "ace", 0, true},
        {"{a{b,c},d}e", "abce", 0, false},
        {"x{[,],b}y", "x,y", 0, true},
        {"\\*", "*", 0, true},
        {"\\*", "a", 0, false},
        {"\\{a\\}", "{a}", 0, true},
        {"[\\]]", "]", 0, true},
        {"*.example.com", "a.b.example.com", '.', false},
        {"[a", "a", 0, false},
        {"{a", "a", 0, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (glob_match(rows[i].pattern, rows[i].text, rows[i].separator) != rows[i].matches)
            fail_msg("row %zu: \"%s\" and \"%s\"", i, rows[i].pattern, rows[i].text);
}

TEST(check_names_what_is_broken)
{
    static const char *const good[] = {"", "*", "[a-z]", "{a,[}]}", "\\[", "\\{", "a\\"};
    static const char *const broken[] = {"[a", "x{a,b", "{a,[b}", "{{a}", "["};

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        cleanup_error struct error *err = NULL;

        EXPECT_OK(glob_check(good[i], &err));
    }
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        cleanup_error struct error *err = NULL;

        EXPECT_INT(glob_check(broken[i], &err), -1);
        EXPECT_INT(error_kind(err), ERROR_INVALID);
        EXPECT_CONTAINS(error_message(err), broken[i]);
    }
}

TEST(a_hostile_pattern_ends)
{
    EXPECT(!glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
                       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0));
}
