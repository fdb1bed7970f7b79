/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/source.h"

#include "lib/base/mem.h"

#include <ctype.h>

/* "[[", "[=[" and so on: the number of "=", or -1: it is none. */
static int long_bracket(const char *p)
{
    size_t level;

    if (*p != '[')
        return -1;
    level = strspn(p + 1, "=");
    return p[1 + level] == '[' ? (int)level : -1;
}

/* Behind the end of a long bracket, or of the text. */
static const char *skip_long(const char *p, int level)
{
    for (p += level + 2; *p; p++)
        if (*p == ']' && (int)strspn(p + 1, "=") == level && p[1 + level] == ']')
            return p + level + 2;
    return p;
}

static const char *skip_comment(const char *p)
{
    int level = long_bracket(p + 2);

    return level >= 0 ? skip_long(p + 2, level) : p + strcspn(p, "\n");
}

static bool is_escape(char c)
{
    return c && strchr("abfnrtv\\\"'\n\r0123456789", c);
}

/* A quoted string, from its quote to behind the other one (or what ends it too early). */
static const char *copy_quoted(const char *p, struct buf *out)
{
    char quote = *p;

    buf_putc(out, *p++);
    while (*p && *p != '\n' && *p != quote) {
        if (*p == '\\' && p[1] && !is_escape(p[1]))
            p++;
        else if (*p == '\\' && p[1])
            buf_putc(out, *p++);
        buf_putc(out, *p++);
    }
    if (*p)
        buf_putc(out, *p++);
    return p;
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* As LuaJIT reads a number, whatever it makes of it: 1e+5, 0x1p-3, and 1..2 all of it. */
static const char *skip_number(const char *p)
{
    char exponent = p[0] == '0' && (p[1] | 0x20) == 'x' ? 'p' : 'e';

    for (p++; is_name(*p) || *p == '.' || ((*p == '+' || *p == '-') && (p[-1] | 0x20) == exponent);)
        p++;
    return p;
}

/* A word, a number, dots, or one other character. */
static const char *skip_token(const char *p)
{
    if (isdigit((unsigned char)*p) || (*p == '.' && isdigit((unsigned char)p[1])))
        return skip_number(p);
    if (is_name(*p)) {
        while (is_name(*p))
            p++;
        return p;
    }
    if (*p == '.')
        return p + (str_has_prefix(p, "...") ? 3 : str_has_prefix(p, "..") ? 2 : 1);
    return p + 1;
}

void source_rewrite(const char *text, bool joins, struct buf *out)
{
    const char *p = text;
    char last = '\0'; /* the first character of the last token */

    while (*p) {
        const char *start = p;
        int level = long_bracket(p);

        if (*p == '"' || *p == '\'') {
            last = *p;
            p = copy_quoted(p, out);
            continue;
        }
        if (p[0] == '-' && p[1] == '-') {
            p = skip_comment(p);
        } else {
            if (*p == ';' && last == ';') {
                p++;
                continue;
            }
            if (!isspace((unsigned char)*p))
                last = *p;
            p = level >= 0 ? skip_long(p, level) : skip_token(p);
        }
        buf_put(out, start, (size_t)(p - start));
        if (joins && p - start == 2 && start[0] == '.' && start[1] == '.')
            buf_puts(out, "true..");
    }
}
