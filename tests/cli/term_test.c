/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/term.h"

#include "lib/base/mem.h"
#include "tests/test.h"

/* What term_write() makes of the text. Heap string. */
static char *written(const char *text)
{
    char *data = NULL;
    size_t len;
    FILE *out = open_memstream(&data, &len);

    EXPECT(out != NULL);
    term_write(out, text, strlen(text));
    fclose(out);
    return data;
}

TEST(controls_of_others_do_not_reach_the_terminal)
{
    static const struct {
        const char *text;
        const char *plain;
        const char *colored;
    } cases[] = {
        {"", "", ""},
        {"a\tb\nü", "a\tb\nü", "a\tb\nü"},
        {"\033[32mSynced\033[0m", "?[32mSynced?[0m", "\033[32mSynced\033[0m"},
        {"\033]0;title\007x", "?]0;title?x", "?]0;title?x"},
        {"\033[2Jx\033", "?[2Jx?", "?[2Jx?"},
        {"\r\b\x7f.", "???.", "???."},
        {"\xc2\x9b"
         "2J\xc2\xa0",
         "?2J\xc2\xa0", "?2J\xc2\xa0"},
        {"\033[", "?[", "?["},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *plain = NULL;
        cleanup_free char *colored = NULL;

        term_set_color("never");
        plain = written(cases[i].text);
        EXPECT_STR(plain, cases[i].plain);
        term_set_color("always");
        colored = written(cases[i].text);
        EXPECT_STR(colored, cases[i].colored);
    }
}

TEST(colours_follow_what_was_asked_for)
{
    setenv("TERM", "xterm", 1);
    term_set_color("always");
    EXPECT_STR(term_on(TINT_GOOD), "\033[32m");
    EXPECT_STR(term_off(TINT_GOOD), "\033[0m");
    EXPECT_STR(term_off(TINT_NONE), "");
    term_set_color("never");
    EXPECT_STR(term_on(TINT_GOOD), "");
    EXPECT(tint_of_state("Degraded") == TINT_BAD);
    EXPECT(tint_of_state("nonsense") == TINT_NONE);
}
