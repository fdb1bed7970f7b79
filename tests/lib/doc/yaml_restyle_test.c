/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/yaml_restyle.h"

#include "tests/test.h"

/* What `text` is written as; an error's message where it is refused. Free it. */
static char *written(const char *text)
{
    cleanup_yaml_text struct yaml_text *t = NULL;
    cleanup_error struct error *err = NULL;
    struct buf out = BUF_UNLIMITED;

    if (yaml_text_parse(text, &t, &err) < 0 || (t && yaml_text_print(t, &out, &err) < 0))
        buf_puts(&out, error_message(err));
    return buf_take(&out);
}

TEST(a_text_is_written_as_it_was)
{
    static const char *const texts[] = {
        "a: 1",
        "a: \"1\"\nb: 'x'\nc: |\n  text\nd: {e: [1, ~]}",
        "a: &x !!str 1\nb: *x\nc: !own {d: 1}\n&k e: .inf",
        /* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one text of several lines */
        "# top\n\n# of a\na: 1 # behind\nb:\n  # of c\n  c: \"x # y\" # z\nd:\n# one\n- 1\n# "
        "two\n# lines\n- "
        "k: v # last",
        "a: |\n  # text\n# of b\nb: x#y",
        "a: 1\na: 2\nb: {a: 1, a: 2}",
        "a: 1\n# below\n\n# of b\nb: 2\n# below\n\nc: 1\n\n# end\n\n# end",
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        cleanup_free char *text = written(texts[i]);

        EXPECT_STR(text, texts[i]);
    }
}

TEST(lines_and_indentation_are_those_of_go_yaml)
{
    cleanup_free char *text = written("a:   1    # x\n\n\n# b\nb:\n    - c\n    # d\n    - d\n");

    EXPECT_STR(text, "a: 1 # x\n# b\nb:\n- c\n# d\n- d");
}

TEST(a_comment_that_would_move_is_refused)
{
    static const char *const texts[] = {
        "a:\n  b: 1\n  # end\n",    "a: 1\n  # column\nb: 2\n", "a: # of a key\n  b: 1\n",
        "a: [1, # inside\n  2]\n",  "a: |  # header\n  text\n", "a: x\n  # in a plain text\n",
        "- # of an item\n  a: 1\n", "--- # document\na: 1\n",   "# \xe2\x80\xa8\na: 1\n",
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        cleanup_free char *text = written(texts[i]);

        EXPECT_CONTAINS(text, "a comment would move");
    }
}

TEST(what_is_no_yaml_is_refused)
{
    cleanup_free char *alias = written("a: *b\n");
    cleanup_free char *open = written("a: [\n");
    cleanup_free char *nothing = written("# nothing\n");

    EXPECT_STR(alias, "the anchor \"b\" is unknown");
    EXPECT_CONTAINS(open, "the text is not YAML");
    EXPECT_STR(nothing, "");
}
