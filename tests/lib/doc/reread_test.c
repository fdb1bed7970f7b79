/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/reread.h"

#include "lib/doc/yaml.h"
#include "tests/test.h"

#define NEL "\xc2\x85"

/* What the real program made of strings like these stands in tests/golden/kustomize/strange-*. */
TEST(line_breaks_fold)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"plain text, and longer than eight bytes", "plain text, and longer than eight bytes"},
        {"x" NEL "y", "x y"},
        {"x " NEL " y", "x y"},
        {"x" NEL NEL "y", "x\ny"},
        {NEL, " "},
        {"  " NEL "  " NEL " " NEL "  ", "\n\n"},
        {"a\n" NEL "b\n", "a\n b\n"},
        {"a\t" NEL " \tb", "a\t \tb"},
        {"  a  ", "  a  "},
        {"gr\xc3\xbc\xc3\x9f" NEL "e", "gr\xc3\xbc\xc3\x9f e"},
        {"\xe2\x80\xa8 \xef\xbb\xbf", "\xe2\x80\xa8 \xef\xbb\xbf"},
        {"\x01\x1f", "\x01\x1f"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_error struct error *err = NULL;
        cleanup_json json_t *doc = json_pack("{s:[s]}", "a", cases[i].text);

        EXPECT_OK(doc_reread(doc, &err));
        EXPECT_STR(json_string_value(json_array_get(json_object_get(doc, "a"), 0)),
                   cases[i].wanted);
    }
}

TEST(control_characters_are_refused_by_the_name_of_the_field)
{
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"\x7f", "U+007F"},      {"longer than eight \x7f", "U+007F"}, {"a\xc2\x80", "U+0080"},
        {"a\xc2\x9f", "U+009F"}, {"\xef\xbf\xbe z", "U+FFFE"},         {"\xef\xbf\xbf", "U+FFFF"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_error struct error *err = NULL;
        cleanup_json json_t *doc = json_pack("{s:[s]}", "field", cases[i].text);

        EXPECT_INT(doc_reread(doc, &err), -1);
        EXPECT_CONTAINS(error_message(err), "\"field\"");
        EXPECT_CONTAINS(error_message(err), cases[i].name);
    }
}

TEST(keys_are_read_on_one_line)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *doc = json_pack("{s:{s:s}}", "a", "x" NEL "y", "z");

    EXPECT_INT(doc_reread(doc, &err), -1);
    EXPECT_CONTAINS(error_message(err), "U+0085");
}
