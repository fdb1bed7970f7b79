/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/roff.h"

#include <ctype.h>

#define PAGES_DATE "2026-11-30" /* when they were last looked through as a whole */

/* Source: groff_char(7): these letters are turned into typographic ones otherwise. */
static const char *escape_of(char c)
{
    switch (c) {
    case '\\': return "\\e";
    case '-': return "\\-";
    case '\'': return "\\(aq";
    case '`': return "\\(ga";
    case '^': return "\\(ha";
    case '~': return "\\(ti";
    case '"': return "\\(dq";
    default: return NULL;
    }
}

static void put(struct buf *out, const char *text, size_t len)
{
    if (len && *text == '.')
        buf_puts(out, "\\&");
    for (size_t i = 0; i < len; i++) {
        const char *escape = escape_of(text[i]);

        if (escape)
            buf_puts(out, escape);
        else
            buf_putc(out, text[i]);
    }
}

void roff_put(struct buf *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_line(struct buf *out, const char *line, size_t len)
{
    put(out, line, len);
    buf_putc(out, '\n');
}

void roff_put_paragraphs(struct buf *out, const char *text)
{
    bool is_literal = false;

    while (*text) {
        size_t len = strcspn(text, "\n");
        bool is_indented = *text == ' ';

        if (is_indented != is_literal && len) {
            buf_puts(out, is_indented ? ".nf\n" : ".fi\n");
            is_literal = is_indented;
        }
        if (len)
            put_line(out, text, len);
        else
            buf_puts(out, is_literal ? ".fi\n.PP\n" : ".PP\n");
        is_literal &= len > 0;
        text += len + (text[len] == '\n');
    }
    if (is_literal)
        buf_puts(out, ".fi\n");
}

void roff_put_literal(struct buf *out, const char *text)
{
    buf_puts(out, ".nf\n");
    while (*text) {
        size_t len = strcspn(text, "\n");

        put_line(out, text, len);
        text += len + (text[len] == '\n');
    }
    buf_puts(out, ".fi\n");
}

void roff_put_head(struct buf *out, const char *name, int section, const char *summary)
{
    buf_puts(out, ".TH \"");
    for (const char *c = name; *c; c++) {
        char upper[2] = {(char)toupper((unsigned char)*c)};

        roff_put(out, upper);
    }
    buf_printf(out, "\" %d \"" PAGES_DATE "\" \"gitopsd " GITOPSD_VERSION "\"\n.SH NAME\n",
               section);
    roff_put(out, name);
    buf_puts(out, " \\- ");
    put_line(out, summary, strlen(summary));
}

void roff_put_section(struct buf *out, const char *title)
{
    buf_printf(out, ".SH %s\n", title);
}

void roff_put_option(struct buf *out, char letter, const char *name, const char *value)
{
    buf_puts(out, ".TP\n");
    if (letter)
        buf_printf(out, "\\fB\\-%c\\fR, ", letter);
    buf_puts(out, "\\fB\\-\\-");
    roff_put(out, name);
    buf_puts(out, "\\fR");
    if (value) {
        buf_puts(out, " \\fI");
        roff_put(out, value);
        buf_puts(out, "\\fR");
    }
    buf_putc(out, '\n');
}
