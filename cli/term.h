/* SPDX-License-Identifier: Apache-2.0 */
/*
 * term: colours of standard output, where it is a terminal that has them and nobody minds.
 * Source: no-color.org for NO_COLOR.
 */
#ifndef GITOPSD_CLI_TERM_H
#define GITOPSD_CLI_TERM_H

#include <stdbool.h>
#include <stdio.h>

enum tint { TINT_NONE, TINT_GOOD, TINT_BUSY, TINT_BAD, TINT_DIM, TINT_STRONG, TINT_PLACE };

/* "auto", "always", "never"; NULL is "auto". */
void term_set_color(const char *when);
bool term_has_color(void);

/* What goes before and behind text of that tint; "" without colours. */
const char *term_on(enum tint tint);
const char *term_off(enum tint tint);

/* Write text that others may have had a say in: control characters, which could move the cursor or
 * change the terminal, become '?', but for line ends, tabs, and colours where there are any. */
void term_write(FILE *out, const char *text, size_t len);

/* Of the state words of Applications ("Synced", "Degraded", "Running", ...). */
enum tint tint_of_state(const char *state);

#endif
