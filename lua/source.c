/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/source.h"

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

void source_rewrite(const char *text, struct buf *out)
{
    const char *p = text;

    while (*p) {
        const char *start = p;
        int level = long_bracket(p);

        if (*p == '"' || *p == '\'') {
            p = copy_quoted(p, out);
            continue;
        }
        if (level >= 0)
            p = skip_long(p, level);
        else if (p[0] == '-' && p[1] == '-')
            p = skip_comment(p);
        else
            p++;
        buf_put(out, start, (size_t)(p - start));
    }
}
