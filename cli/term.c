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
