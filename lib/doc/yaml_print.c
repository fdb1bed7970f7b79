/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block style with indentation 2, as go-yaml v2 emits it: sequences are not indented under their
 * key, long lines fold at 80 columns, keys that are long or have line breaks become "? key".
 */
#include "lib/doc/scalar.h"
#include "lib/doc/spelling.h"
#include "lib/doc/unicode.h"
#include "lib/doc/yaml.h"

#include <math.h>
#include <stdio.h>

#define INDENT 2
#define BEST_WIDTH 80
#define SIMPLE_KEY_MAX_BYTES 128
#define FEW_PAIRS 16

struct printer {
    struct buf *out;
    struct error **err;
    bool failed;
    bool spelled; /* a document of spelled values */
    size_t line;  /* where the current one begins in `out` */
};

enum style { STYLE_PLAIN, STYLE_SINGLE, STYLE_DOUBLE, STYLE_LITERAL };

/* What a string's characters allow. */
struct traits {
    bool multiline;
    bool plain_allowed;
    bool single_allowed;
    bool literal_allowed;
};

static void put_mapping(struct printer *p, const json_t *map, size_t indent, bool at_start);
static void put_sequence(struct printer *p, const json_t *list, size_t indent, bool at_start);

static inline void put(struct printer *p, const char *text, size_t len)
{
    if (p->failed)
        return;
    if (len > p->out->max - p->out->len)
        p->failed = buf_append(p->out, text, len, p->err) < 0;
    else
        buf_put(p->out, text, len);
}

static void put_line_break(struct printer *p)
{
    put(p, "\n", 1);
    p->line = p->out->len;
}

/* Does the line have more characters than fit? Few lines are asked, so that none is counted as it
 * is written. */
static bool is_wide(const struct printer *p, size_t more)
{
    size_t column = more;

    for (size_t i = p->line; i < p->out->len && column <= BEST_WIDTH; i++)
        column += ((unsigned char)p->out->data[i] & 0xc0) != 0x80;
    return column > BEST_WIDTH;
}

static void put_spaces(struct printer *p, size_t count)
{
    while (count) {
        size_t n = count < 32 ? count : 32;

        put(p, "                                ", n);
        count -= n;
    }
}

static void put_indent(struct printer *p, size_t indent)
{
    put_line_break(p);
    put_spaces(p, indent);
}

static size_t width_of(unsigned char c)
{
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
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

#define A 3 /* may stand anywhere */
#define B 1 /* not first */
static const unsigned char harmless[256] = {
    ['0' ... '9'] = A, ['A' ... 'Z'] = A, ['a' ... 'z'] = A, ['-'] = B,
    ['.'] = B,         ['/'] = B,         ['_'] = B,
};
#undef A
#undef B

/* Letters, digits and what harms nowhere, and no number nor word: nearly all keys and values. */
static bool is_harmless(const char *text, size_t len)
{
    if (!scalar_is_plain_text(text, len) || harmless[(unsigned char)text[0]] < 2)
        return false;
    for (size_t i = 1; i < len; i++)
        if (!harmless[(unsigned char)text[i]])
            return false;
    return true;
}

static struct traits analyze(const char *text, size_t len)
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
    return (struct traits){
        .multiline = multiline,
        .plain_allowed = !edges && !break_space && !special && !multiline && !indicators,
        .single_allowed = !break_space && !special,
        .literal_allowed = len && !special && end[-1] != ' ',
    };
}

static enum style style_of(const char *text, size_t len, const struct traits *t, bool simple_key)
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

/* `indent` is that of the surrounding collection. True: a line break was written behind it. */
static bool put_special(struct printer *p, const char *s, size_t len, const struct traits *t,
                        size_t indent, bool simple_key)
{
    indent += INDENT;
    switch (style_of(s, len, t, simple_key)) {
    case STYLE_PLAIN: put_plain(p, s, len, indent, !simple_key); break;
    case STYLE_SINGLE: put_single_quoted(p, s, len, indent, !simple_key); break;
    case STYLE_DOUBLE: put_double_quoted(p, s, len, indent, !simple_key); break;
    case STYLE_LITERAL: put_literal(p, s, len, indent); return last_break(s, len) != 0;
    }
    return false;
}

static bool put_string(struct printer *p, const char *s, size_t len, size_t indent)
{
    struct traits t;

    if (is_harmless(s, len)) {
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
    t = analyze(s, len);
    return put_special(p, s, len, &t, indent, false);
}

static void put_number(struct printer *p, const json_t *value)
{
    char text[32];
    double number = json_real_value(value);

    if (json_is_integer(value))
        snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (number == 0)
        strcpy(text, "0");
    else if (number == trunc(number) && number > -9223372036854775808.0 &&
             number < 18446744073709551616.0) /* what go-yaml reads back as an integer */
        scalar_format_whole(number, text);
    else
        scalar_format_float(number, 64, text);
    put(p, text, strlen(text));
}

/* True: a line break was written behind it. */
static bool put_scalar(struct printer *p, const json_t *value, size_t indent)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return put_string(p, json_string_value(value), json_string_length(value), indent);
    case JSON_INTEGER:
    case JSON_REAL: put_number(p, value); break;
    case JSON_TRUE: put(p, "true", 4); break;
    case JSON_FALSE: put(p, "false", 5); break;
    case JSON_NULL: put(p, "null", 4); break;
    case JSON_OBJECT: put(p, "{}", 2); break;
    case JSON_ARRAY: put(p, "[]", 2); break;
    }
    return false;
}

static void end_line(struct printer *p, bool ended)
{
    if (!ended)
        put_line_break(p);
}

static bool is_collection(const json_t *value)
{
    return (json_is_object(value) && json_object_size(value)) ||
           (json_is_array(value) && json_array_size(value));
}

/* A value behind "- " or ": " of an explicit key: its first line goes on here. */
static void put_nested(struct printer *p, const json_t *value, size_t indent)
{
    if (!is_collection(value))
        end_line(p, put_scalar(p, value, indent));
    else if (json_is_object(value))
        put_mapping(p, value, indent + INDENT, false);
    else
        put_sequence(p, value, indent + INDENT, false);
}

static void put_sequence(struct printer *p, const json_t *list, size_t indent, bool at_start)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i > 0 || at_start)
            put_spaces(p, indent);
        put(p, "- ", 2);
        put_nested(p, json_array_get(list, i), indent);
    }
}

/* One character at *s, which moves past it. */
static uint32_t next_rune(const unsigned char **s)
{
    size_t width = width_of(**s);
    uint32_t c = width == 1 ? **s : **s & (0xffu >> (width + 1));

    for ((*s)++; width > 1; width--, (*s)++)
        c = c << 6 | (**s & 0x3f);
    return c;
}

/* Digits from `s` on as a number; wraps around as Go's int64 does. */
static int64_t number_at(const unsigned char *s, int64_t value, size_t *digits)
{
    uint64_t n = (uint64_t)value;

    for (*digits = 0; *s; (*digits)++) {
        uint32_t c = next_rune(&s);

        if (!unicode_is_digit(c))
            break;
        n = n * 10 + (uint64_t)((int64_t)c - '0');
    }
    return (int64_t)n;
}

/* Is a digit other than 0 directly before `s`, with only digits between? */
static bool follows_digits(const unsigned char *text, const unsigned char *s)
{
    while (s > text && s[-1] >= '0' && s[-1] <= '9')
        if (*--s != '0')
            return true;
    return false;
}

struct pair {
    const char *key;
    size_t len;
    const json_t *value;
};

/* go-yaml's order: numbers inside keys by value ("a2" before "a10"), letters last. */
static int compare_keys(const void *a, const void *b)
{
    const unsigned char *text = (const unsigned char *)((const struct pair *)a)->key;
    const unsigned char *s = text;
    const unsigned char *t = (const unsigned char *)((const struct pair *)b)->key;

    while (*s && *t) {
        const unsigned char *s_here = s;
        const unsigned char *t_here = t;
        uint32_t c = next_rune(&s);
        uint32_t d = next_rune(&t);
        bool c_letter;
        bool d_letter;
        int64_t seed;
        int64_t m;
        int64_t n;
        size_t m_digits;
        size_t n_digits;

        if (c == d)
            continue;
        c_letter = unicode_is_letter(c);
        d_letter = unicode_is_letter(d);
        if (c_letter != d_letter)
            return c_letter ? 1 : -1;
        if (c_letter)
            return c < d ? -1 : 1;
        seed = (c == '0' || d == '0') && follows_digits(text, s_here);
        m = number_at(s_here, seed, &m_digits);
        n = number_at(t_here, seed, &n_digits);
        if (m != n)
            return m < n ? -1 : 1;
        if (m_digits != n_digits)
            return m_digits < n_digits ? -1 : 1;
        return c < d ? -1 : 1;
    }
    return *s ? 1 : *t ? -1 : 0;
}

static int compare_bytes(const void *a, const void *b)
{
    return strcmp(((const struct pair *)a)->key, ((const struct pair *)b)->key);
}

/* A key as nearly all are: letters in ASCII, and what harms nowhere, but no digits. */
static bool is_simple_key(const char *key, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!harmless[(unsigned char)key[i]] || (key[i] >= '0' && key[i] <= '9'))
            return false;
    return true;
}

/* compare_keys() for simple keys, where it is a plain order of characters. */
static int compare_simple(const struct pair *a, const struct pair *b)
{
    const unsigned char *s = (const unsigned char *)a->key;
    const unsigned char *t = (const unsigned char *)b->key;

    for (; *s == *t && *s; s++, t++)
        ;
    if (!*s || !*t)
        return *s ? 1 : *t ? -1 : 0;
    if ((harmless[*s] > 1) != (harmless[*t] > 1)) /* letters last */
        return harmless[*s] > 1 ? 1 : -1;
    return *s < *t ? -1 : 1;
}

static void sort_few(struct pair *pairs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct pair moved = pairs[i];
        size_t at = i;

        for (; at > 0 && compare_simple(&pairs[at - 1], &moved) > 0; at--)
            pairs[at] = pairs[at - 1];
        pairs[at] = moved;
    }
}

/* Room for all of `map`; both strings and values are borrowed. Returns how many there are. */
static size_t sorted_pairs(const json_t *map, struct pair *pairs)
{
    json_t *object = (json_t *)map;
    bool simple = true;
    size_t count = 0;

    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        struct pair *p = &pairs[count++];

        *p = (struct pair){json_object_iter_key(i), json_object_iter_key_len(i),
                           json_object_iter_value(i)};
        simple = simple && is_simple_key(p->key, p->len);
    }
    if (simple && count <= FEW_PAIRS) {
        sort_few(pairs, count);
        return count;
    }
    /* go-yaml's order has cycles ("a10" < "a1b" < "a02" < "a10"), where the result depends on the
     * order before: make that one independent of how the object came about. */
    if (count > 1) {
        qsort(pairs, count, sizeof(*pairs), compare_bytes);
        qsort(pairs, count, sizeof(*pairs), compare_keys);
    }
    return count;
}

static void put_value(struct printer *p, const json_t *value, size_t indent)
{
    put(p, ":", 1);
    if (!is_collection(value)) {
        put(p, " ", 1);
        end_line(p, put_scalar(p, value, indent));
        return;
    }
    put_line_break(p);
    if (json_is_object(value))
        put_mapping(p, value, indent + INDENT, true);
    else
        put_sequence(p, value, indent, true);
}

static void put_entry(struct printer *p, const struct pair *pair, size_t indent)
{
    bool is_short = pair->len <= SIMPLE_KEY_MAX_BYTES;
    struct traits t;

    if (is_short && is_harmless(pair->key, pair->len)) {
        put(p, pair->key, pair->len);
        put_value(p, pair->value, indent);
        return;
    }
    t = analyze(pair->key, pair->len);
    if (is_short && !t.multiline) {
        put_special(p, pair->key, pair->len, &t, indent, true);
        put_value(p, pair->value, indent);
        return;
    }
    put(p, "? ", 2);
    end_line(p, put_special(p, pair->key, pair->len, &t, indent, false));
    put_spaces(p, indent);
    put(p, ": ", 2);
    put_nested(p, pair->value, indent);
}

/* `at_start`: the first key stands on a line of its own, too. */
static void put_mapping(struct printer *p, const json_t *map, size_t indent, bool at_start)
{
    struct pair few[FEW_PAIRS];
    size_t count = json_object_size(map);
    struct pair *pairs = count <= FEW_PAIRS ? few : xmalloc(count * sizeof(*pairs));

    count = sorted_pairs(map, pairs);
    for (size_t i = 0; i < count && !p->failed; i++) {
        if (i > 0 || at_start)
            put_spaces(p, indent);
        put_entry(p, &pairs[i], indent);
    }
    if (pairs != few)
        free(pairs);
}

static int print(const json_t *doc, bool spelled, struct buf *out, struct error **err)
{
    struct printer p = {.out = out, .err = err, .spelled = spelled, .line = out->len};
    size_t start = out->len;

    if (!is_collection(doc))
        end_line(&p, put_scalar(&p, doc, 0));
    else if (json_is_object(doc))
        put_mapping(&p, doc, 0, true);
    else
        put_sequence(&p, doc, 0, true);
    if (!p.failed)
        return 0;
    buf_truncate(out, start);
    return -1;
}

static int print_all(const json_t *docs, bool spelled, struct buf *out, struct error **err)
{
    size_t start = out->len;

    for (size_t i = 0; i < json_array_size(docs); i++) {
        if ((i > 0 && buf_append(out, "---\n", 4, err) < 0) ||
            print(json_array_get(docs, i), spelled, out, err) < 0) {
            buf_truncate(out, start);
            return -1;
        }
    }
    return 0;
}

int yaml_print(const json_t *doc, struct buf *out, struct error **err)
{
    return print(doc, false, out, err);
}

int yaml_print_all(const json_t *docs, struct buf *out, struct error **err)
{
    return print_all(docs, false, out, err);
}

int yaml_print_spelled(const json_t *doc, struct buf *out, struct error **err)
{
    return print(doc, true, out, err);
}

int yaml_print_all_spelled(const json_t *docs, struct buf *out, struct error **err)
{
    return print_all(docs, true, out, err);
}
