/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/words.h"

#include "lib/doc/yaml.h"
#include "tests/test.h"

static void expect(const char *words, size_t max_bytes, const char *want)
{
    cleanup_json json_t *json = words_json(words, max_bytes);

    EXPECT_STR(json_string_value(json), want);
}

TEST(words_stay_what_they_are)
{
    expect("as they are: \xc3\xa4", 100, "as they are: \xc3\xa4");
    expect("", 100, "");
    expect(NULL, 100, "");
}

TEST(long_words_are_cut_between_characters)
{
    expect("abcdef", 6, "abcdef");
    expect("abcdef", 5, "abcde ...");
    expect("ab\xc3\xa4", 3, "ab ...");
    expect("\xe2\x82\xac", 2, " ...");
}

TEST(what_is_no_utf8_becomes_question_marks)
{
    expect("a\xff z\xc3\xa4", 100, "a? z??");
}
