/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/term.h"

#include "lib/base/mem.h"

#include <unistd.h>

static enum { COLOR_UNKNOWN, COLOR_ON, COLOR_OFF } color;

void term_set_color(const char *when)
{
    color = streq(when, "always") ? COLOR_ON : streq(when, "never") ? COLOR_OFF : COLOR_UNKNOWN;
}

bool term_has_color(void)
{
    const char *no = getenv("NO_COLOR");

    if (color == COLOR_UNKNOWN)
        color = isatty(STDOUT_FILENO) && !(no && *no) && !streq(getenv("TERM"), "dumb") ? COLOR_ON
                                                                                        : COLOR_OFF;
    return color == COLOR_ON;
}

const char *term_on(enum tint tint)
{
    static const char *const codes[] = {
        [TINT_NONE] = "",          [TINT_GOOD] = "\033[32m", [TINT_BUSY] = "\033[33m",
        [TINT_BAD] = "\033[31m",   [TINT_DIM] = "\033[2m",   [TINT_STRONG] = "\033[1m",
        [TINT_PLACE] = "\033[36m",
    };

    return term_has_color() ? codes[tint] : "";
}

const char *term_off(enum tint tint)
{
    return tint != TINT_NONE && term_has_color() ? "\033[0m" : "";
}

/* How long the colour is that begins here ("\033[32m"); 0: it is none. */
static size_t color_len(const char *text, size_t len)
{
    size_t n = 2;

    if (len < 3 || text[0] != '\033' || text[1] != '[')
        return 0;
    while (n < len && text[n] >= '0' && text[n] <= '9')
        n++;
    return n < len && text[n] == 'm' ? n + 1 : 0;
}

/* How long the control character is that begins here; 0: it is none. */
static size_t control_len(const char *text, size_t len)
{
    unsigned char c = (unsigned char)text[0];

    if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
        return 1;
    /* C1, as UTF-8 */
    return c == 0xc2 && len > 1 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0
               ? 2
               : 0;
}

void term_write(FILE *out, const char *text, size_t len)
{
    size_t from = 0; /* of what can be written as it is */
    size_t at = 0;

    while (at < len) {
        size_t n = term_has_color() ? color_len(text + at, len - at) : 0;
        size_t control = n ? 0 : control_len(text + at, len - at);

        if (control) {
            fwrite(text + from, 1, at - from, out);
            fputc('?', out);
            from = at + control;
        }
        at += n ? n : control ? control : 1;
    }
    fwrite(text + from, 1, len - from, out);
}

enum tint tint_of_state(const char *state)
{
    static const struct {
        const char *state;
        enum tint tint;
    } tints[] = {
        {"Synced", TINT_GOOD},    {"Healthy", TINT_GOOD},     {"Succeeded", TINT_GOOD},
        {"OutOfSync", TINT_BUSY}, {"Progressing", TINT_BUSY}, {"Running", TINT_BUSY},
        {"Suspended", TINT_BUSY}, {"Missing", TINT_BUSY},     {"Terminating", TINT_BUSY},
        {"Degraded", TINT_BAD},   {"Unknown", TINT_BAD},      {"Failed", TINT_BAD},
        {"Error", TINT_BAD},      {"SyncFailed", TINT_BAD},   {"Warning", TINT_BUSY},
    };

    for (size_t i = 0; i < ARRAY_LEN(tints); i++)
        if (streq(state, tints[i].state))
            return tints[i].tint;
    return TINT_NONE;
}
