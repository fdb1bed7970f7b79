/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/scalar.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml_print_parts.h"

#include <stdio.h>

#define BEST_WIDTH 80

#define A 3 /* may stand anywhere */
#define B 1 /* not first */
const unsigned char yaml_harmless[256] = {
    ['0' ... '9'] = A, ['A' ... 'Z'] = A, ['a' ... 'z'] = A, ['-'] = B,
    ['.'] = B,         ['/'] = B,         ['_'] = B,
};
#undef A
#undef B

enum style { STYLE_PLAIN, STYLE_SINGLE, STYLE_DOUBLE, STYLE_LITERAL };

/* Does the line have more characters than fit? Few lines are asked, so that none is counted as it
 * is written. */
static bool is_wide(const struct printer *p, size_t more)
{
    size_t column = more;

    for (size_t i = p->line; i < p->out->len && column <= BEST_WIDTH; i++)
        column += ((unsigned char)p->out->data[i] & 0xc0) != 0x80;
    return column > BEST_WIDTH;
}

static void put_indent(struct printer *p, size_t indent)
{
    put_line_break(p);
    put_spaces(p, indent);
}

/* Bytes of the line break at `s`, or 0. */
static size_t break_at(const unsigned char *s, const unsigned char *end)
{
    if (*s == '\n' || *s == '\r')
        return 1;
    if (s[0] == 0xc2 && end - s >= 2 && s[1] == 0x85)
        return 2;
    if (s[0] == 0xe2 && end - s >= 3 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9))
        return 3;
    return 0;
}

/* Not the full YAML set: beyond the basic plane everything is escaped, as is a tab. */
static bool is_printable(const unsigned char *s)
{
    if (s[0] < 0x80)
        return s[0] == '\n' || (s[0] >= 0x20 && s[0] <= 0x7e);
    if (s[0] == 0xc2)
        return s[1] >= 0xa0;
    if (s[0] == 0xef)
        return !(s[1] == 0xbb && s[2] == 0xbf) && !(s[1] == 0xbf && (s[2] == 0xbe || s[2] == 0xbf));
    return s[0] < 0xf0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Does this character, where it stands, mean something else in a plain scalar? */
static bool is_indicator(const char *s, size_t i, size_t len)
{
    bool blank_follows = i + 1 == len || is_blank(s[i + 1]);

    if (i == 0) {
        if (strchr("#,[]{}&*!|>'\"%@`", s[0]) && s[0])
            return true;
        return (s[0] == '?' || s[0] == ':' || s[0] == '-') && blank_follows;
    }
    if (s[i] == ':')
        return blank_follows;
    return s[i] == '#' &&
           (is_blank(s[i - 1]) || s[i - 1] == '\n' || s[i - 1] == '\r' || s[i - 1] == '\0');
}

bool yaml_is_harmless(const char *text, size_t len)
{
    if (!scalar_is_plain_text(text, len) || yaml_harmless[(unsigned char)text[0]] < 2)
        return false;
    for (size_t i = 1; i < len; i++)
        if (!yaml_harmless[(unsigned char)text[i]])
            return false;
    return true;
}

struct yaml_traits yaml_traits_of(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    const unsigned char *end = s + len;
    bool indicators = len >= 3 && (!memcmp(text, "---", 3) || !memcmp(text, "...", 3));
    bool special = false;
    bool edges = false; /* a space or break first or last */
    bool after_space = false;
    bool after_break = false;
    bool break_space = false;
    bool space_break = false;
    bool multiline = false;

    for (const unsigned char *c = s; c < end;) {
        size_t width = width_of(*c);
        bool edge = c == s || c + width == end;

        special |= !is_printable(c);
        indicators |= *c < 0x80 && is_indicator(text, (size_t)(c - s), len);
        if (*c == ' ') {
            edges |= edge;
            break_space |= after_break;
            after_space = true;
            after_break = false;
        } else if (break_at(c, end)) {
            multiline = true;
            edges |= edge;
            space_break |= after_space;
            after_space = false;
            after_break = true;
        } else {
            after_space = after_break = false;
        }
        c += width;
    }
    special |= space_break;
    return (struct yaml_traits){
        .multiline = multiline,
        .plain_allowed = !edges && !break_space && !special && !multiline && !indicators,
        .single_allowed = !break_space && !special,
        .literal_allowed = len && !special && end[-1] != ' ',
    };
}

static enum style style_of(const char *text, size_t len, const struct yaml_traits *t,
                           bool simple_key)
{
    if (memchr(text, '\n', len))
        return t->literal_allowed && !simple_key ? STYLE_LITERAL : STYLE_DOUBLE;
    if (!scalar_is_string(text, len))
        return STYLE_DOUBLE;
    if (t->plain_allowed)
        return STYLE_PLAIN;
    return t->single_allowed ? STYLE_SINGLE : STYLE_DOUBLE;
}

/* May the line be folded at the space s[i]? `spaces`: the character before was one, too. */
static bool folds(const struct printer *p, const char *s, size_t i, size_t len, bool spaces)
{
    return !spaces && i > 0 && i + 1 < len && s[i] == ' ' && is_wide(p, 0);
}

static void put_plain(struct printer *p, const char *s, size_t len, size_t indent, bool fold)
{
    bool spaces = false;
    size_t done = 0;

    if (!fold || !is_wide(p, len)) {
        put(p, s, len);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        if (s[i] == ' ') {
            put(p, s + done, i - done);
            done = i;
            if (folds(p, s, i, len, spaces) && s[i + 1] != ' ') {
                put_indent(p, indent);
                done = i + 1;
            }
        }
        spaces = s[i] == ' ';
    }
    put(p, s + done, len - done);
}

/* Line feeds never come here, but the other breaks (U+2028) do. */
static void put_single_quoted(struct printer *p, const char *s, size_t len, size_t indent,
                              bool fold)
{
    bool spaces = false;
    bool breaks = false;

    put(p, "'", 1);
    for (size_t i = 0; i < len;) {
        size_t line_break = break_at((const unsigned char *)s + i, (const unsigned char *)s + len);

        if (s[i] == ' ') {
            if (fold && folds(p, s, i, len, spaces) && s[i + 1] != ' ')
                put_indent(p, indent);
            else
                put(p, " ", 1);
            spaces = true;
            i++;
        } else if (line_break) {
            put(p, s + i, line_break);
            p->line = p->out->len;
            breaks = true;
            i += line_break;
        } else {
            size_t width = width_of((unsigned char)s[i]);

            if (breaks)
                put_spaces(p, indent);
            put(p, s[i] == '\'' ? "''" : s + i, s[i] == '\'' ? 2 : width);
            spaces = breaks = false;
            i += width;
        }
    }
    put(p, "'", 1);
}

static void put_escape(struct printer *p, const unsigned char *s, size_t width)
{
    static const char short_names[] = "\0"
                                      "0\a"
                                      "a\b"
                                      "b\t"
                                      "t\n"
                                      "n\v"
                                      "v\f"
                                      "f\r"
                                      "r\033"
                                      "e\"\"\\\\";
    uint32_t c = width == 1 ? s[0] : s[0] & (0xffu >> (width + 1));
    char text[12];
    int n;

    for (size_t i = 1; i < width; i++)
        c = c << 6 | (s[i] & 0x3f);
    for (size_t i = 0; i + 1 < sizeof(short_names); i += 2)
        if (c == (unsigned char)short_names[i]) {
            put(p, (char[2]){'\\', short_names[i + 1]}, 2);
            return;
        }
    if (c == 0x85 || c == 0xa0 || c == 0x2028 || c == 0x2029)
        n = snprintf(text, sizeof(text), "\\%c",
                     c == 0x85     ? 'N'
                     : c == 0xa0   ? '_'
                     : c == 0x2028 ? 'L'
                                   : 'P');
    else if (c <= 0xff)
        n = snprintf(text, sizeof(text), "\\x%02X", c);
    else if (c <= 0xffff)
        n = snprintf(text, sizeof(text), "\\u%04X", c);
    else
        n = snprintf(text, sizeof(text), "\\U%08X", c);
    put(p, text, (size_t)n);
}

static void put_double_quoted(struct printer *p, const char *s, size_t len, size_t indent,
                              bool fold)
{
    /* go-yaml escapes every character of a text that starts with a byte order mark. */
    bool escape_all = len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0;
    const unsigned char *end = (const unsigned char *)s + len;
    bool spaces = false;

    put(p, "\"", 1);
    for (size_t i = 0; i < len;) {
        const unsigned char *c = (const unsigned char *)s + i;
        size_t width = width_of(*c);

        if (escape_all || !is_printable(c) || break_at(c, end) || *c == '"' || *c == '\\') {
            put_escape(p, c, width);
            spaces = false;
        } else if (*c == ' ' && fold && folds(p, s, i, len, spaces)) {
            put_indent(p, indent);
            if (s[i + 1] == ' ')
                put(p, "\\", 1);
            spaces = true;
        } else {
            put(p, s + i, width);
            spaces = *c == ' ';
        }
        i += width;
    }
    put(p, "\"", 1);
}

/* Bytes of the line break that ends s[0..len), or 0. */
static size_t last_break(const char *s, size_t len)
{
    const unsigned char *end = (const unsigned char *)s + len;

    for (size_t n = 1; n <= 3 && n <= len; n++)
        if (break_at(end - n, end) == n)
            return n;
    return 0;
}

static void put_literal(struct printer *p, const char *s, size_t len, size_t indent)
{
    size_t last = last_break(s, len);
    bool breaks = true;

    put(p, "|", 1);
    if (s[0] == ' ' || break_at((const unsigned char *)s, (const unsigned char *)s + len))
        put(p, "2", 1);
    if (!last)
        put(p, "-", 1);
    else if (last == len || last_break(s, len - last))
        put(p, "+", 1);
    put_line_break(p);
    for (size_t i = 0; i < len;) {
        size_t n = break_at((const unsigned char *)s + i, (const unsigned char *)s + len);

        if (n) {
            put(p, s + i, n);
            p->line = p->out->len;
            breaks = true;
        } else {
            size_t start = i;

            if (breaks)
                put_spaces(p, indent);
            while (i < len &&
                   !break_at((const unsigned char *)s + i, (const unsigned char *)s + len))
                i++;
            n = i - start;
            i = start;
            put(p, s + i, n);
            breaks = false;
        }
        i += n;
    }
}

bool yaml_put_text(struct printer *p, const char *s, size_t len, const struct yaml_traits *t,
                   size_t indent, bool simple_key)
{
    indent += PRINT_INDENT;
    switch (style_of(s, len, t, simple_key)) {
    case STYLE_PLAIN: put_plain(p, s, len, indent, !simple_key); break;
    case STYLE_SINGLE: put_single_quoted(p, s, len, indent, !simple_key); break;
    case STYLE_DOUBLE: put_double_quoted(p, s, len, indent, !simple_key); break;
    case STYLE_LITERAL: put_literal(p, s, len, indent); return last_break(s, len) != 0;
    }
    return false;
}

bool yaml_put_string(struct printer *p, const char *s, size_t len, size_t indent)
{
    struct yaml_traits t;

    if (yaml_is_harmless(s, len)) {
        put(p, s, len);
        return false;
    }
    if (p->spelled && s[0] == SPELLED_MARK) {
        s++;
        len--;
        if (s[0] != SPELLED_MARK) {
            put(p, s, len);
            return false;
        }
    }
    t = yaml_traits_of(s, len);
    return yaml_put_text(p, s, len, &t, indent, false);
}
