/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The regular expressions of patch targets are Go's, which know less than PCRE2's and differ in
 * details. A pattern is translated and what cannot be is refused, so that no pattern means
 * something else. Only whether a string matches counts: greedy or lazy makes no difference.
 * The C library's own take minutes to compile for some patterns of a line, PCRE2's are bounded.
 */
#include "kustomize/selector.h"
#include "lib/base/buf.h"

#include <ctype.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define REPEAT_MAX 1000 /* of counted repetitions within each other, multiplied: as in Go */
#define DEPTH_MAX 100
#define PATTERN_MAX_BYTES (16u << 10)
/* Steps that a match may take, a second or so; a pattern that needs more for a name is a trap. */
#define STEPS_MAX 1000000
#define ASCII 128

struct regex {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    bool any;          /* the empty pattern */
    bool is_exhausted; /* a match took too many steps */
    char *pattern;
};

struct regex_parser {
    const char *pattern; /* all of it, for errors */
    const char *at;
    struct buf out;
    unsigned depth;                 /* open groups */
    bool can_repeat;                /* behind something that `*` may follow */
    unsigned last;                  /* repetitions within what was read last */
    unsigned within[DEPTH_MAX + 1]; /* each open group: the most so far */
    bool ignores_case;
    bool ignored_case[DEPTH_MAX + 1]; /* outside of each open group */
};

static int regex_error(const struct regex_parser *p, enum error_kind kind, struct error **err,
                       const char *what)
{
    return error_set(err, kind, "regular expression \"%s\": %s", p->pattern, what);
}

static void put_literal(struct regex_parser *p, char c)
{
    p->can_repeat = true;
    if (p->ignores_case && isalpha((unsigned char)c)) {
        buf_printf(&p->out, "[%c%c]", tolower((unsigned char)c), toupper((unsigned char)c));
        return;
    }
    if (strchr(".[]()*+?{}|^$\\", c))
        buf_putc(&p->out, '\\');
    buf_putc(&p->out, c);
}

/* Bytes of one character beyond ASCII, which repeat together. */
static void put_character(struct regex_parser *p)
{
    buf_puts(&p->out, "(?:");
    do
        buf_putc(&p->out, *p->at++);
    while (((unsigned char)*p->at & 0xc0) == 0x80);
    buf_putc(&p->out, ')');
    p->can_repeat = true;
}

static void set_range(bool set[ASCII], unsigned from, unsigned to)
{
    for (unsigned c = from; c <= to; c++)
        set[c] = true;
}

/* The members of \d, \w or \s (in lower case). Returns false for another letter. */
static bool set_perl(bool set[ASCII], char letter)
{
    switch (letter) {
    case 'd': set_range(set, '0', '9'); return true;
    case 'w':
        set_range(set, '0', '9');
        set_range(set, 'A', 'Z');
        set_range(set, 'a', 'z');
        set['_'] = true;
        return true;
    case 's': set['\t'] = set['\n'] = set['\f'] = set['\r'] = set[' '] = true; return true;
    default: return false;
    }
}

/* A class of the members; there is always one. */
static void put_set(struct regex_parser *p, const bool set[ASCII], bool negated)
{
    struct buf *out = &p->out;

    buf_puts(out, negated ? "[^" : "[");
    for (int c = 1; c < ASCII; c++)
        if (set[c])
            buf_printf(out, "\\x%02x", (unsigned)c);
    buf_putc(out, ']');
    p->can_repeat = true;
}

/* The character of an escape like \n, \x41 or \.; -1 where it is none. `at` is behind the
 * backslash and moves behind the escape. */
static int escape_char(const char **at)
{
    static const char names[] = "tnrfva", chars[] = "\t\n\r\f\v\a";
    const char *name = strchr(names, **at);
    char c = **at;

    if (c == '\0')
        return -1;
    if (c == 'x' && isxdigit((unsigned char)(*at)[1]) && isxdigit((unsigned char)(*at)[2])) {
        char hex[3] = {(*at)[1], (*at)[2], '\0'};
        long code = strtol(hex, NULL, 16);

        *at += 3;
        return code > 0 && code < ASCII ? (int)code : -1;
    }
    if (name)
        c = chars[name - names];
    else if (!ispunct((unsigned char)c))
        return -1;
    (*at)++;
    return c;
}

/* [:alpha:] within brackets. */
static bool set_named(bool set[ASCII], const char **at)
{
    static const struct {
        const char *name;
        int (*is)(int c);
    } classes[] = {
        {"[:alnum:]", isalnum}, {"[:alpha:]", isalpha}, {"[:blank:]", isblank},
        {"[:cntrl:]", iscntrl}, {"[:digit:]", isdigit}, {"[:graph:]", isgraph},
        {"[:lower:]", islower}, {"[:print:]", isprint}, {"[:punct:]", ispunct},
        {"[:space:]", isspace}, {"[:upper:]", isupper}, {"[:xdigit:]", isxdigit},
    };

    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        if (!str_has_prefix(*at, classes[i].name))
            continue;
        for (int c = 1; c < ASCII; c++)
            set[c] = set[c] || classes[i].is(c);
        *at += strlen(classes[i].name);
        return true;
    }
    return false;
}

/* The ASCII members of a general category: \pL, \p{Lu}, \p{^L}; \P is the opposite. */
static int set_category(struct regex_parser *p, bool set[ASCII], struct error **err)
{
    static const struct {
        const char *name;
        const char *class;
    } categories[] = {
        {"L", "[:alpha:]"},     {"Lu", "[:upper:]"}, {"Ll", "[:lower:]"},
        {"Latin", "[:alpha:]"}, {"N", "[:digit:]"},  {"Nd", "[:digit:]"},
        {"Cc", "[:cntrl:]"},    {"C", "[:cntrl:]"},  {"Any", "[:graph:]"},
    };
    bool negated = *p->at == 'P';
    bool members[ASCII] = {false};
    const char *name = p->at + 1;
    size_t len = 1;

    p->at += 2;
    if (*name == '{') {
        const char *end = strchr(name, '}');

        if (!end)
            return regex_error(p, ERROR_INVALID, err, "\\p{ has no end");
        p->at = end + 1;
        name++;
        if (*name == '^') {
            negated = !negated;
            name++;
        }
        len = (size_t)(end - name);
    }
    for (size_t i = 0; *name && i < ARRAY_LEN(categories); i++) {
        const char *class = categories[i].class;

        if (strlen(categories[i].name) != len || strncmp(categories[i].name, name, len) != 0)
            continue;
        set_named(members, &class);
        for (int c = 1; c < ASCII; c++)
            set[c] = set[c] || members[c] != negated;
        return 0;
    }
    return regex_error(p, ERROR_UNSUPPORTED, err, "a class \\p{...} is not known");
}

/* One character of a class; *out is -1 where a whole class like \d was added instead. */
static int class_char(struct regex_parser *p, bool set[ASCII], int *out, struct error **err)
{
    unsigned char c = (unsigned char)*p->at;

    *out = -1;
    if (c == '\0')
        return regex_error(p, ERROR_INVALID, err, "a class [...] has no end");
    if (c >= ASCII)
        return regex_error(p, ERROR_UNSUPPORTED, err, "a class holds more than ASCII");
    if (c == '[' && p->at[1] == ':') {
        if (set_named(set, &p->at))
            return 0;
        return regex_error(p, ERROR_UNSUPPORTED, err, "a class [:...:] is not known");
    }
    p->at++;
    if (c != '\\') {
        *out = c;
        return 0;
    }
    if (set_perl(set, *p->at)) {
        p->at++;
        return 0;
    }
    if (*p->at == 'p' || *p->at == 'P')
        return set_category(p, set, err);
    *out = escape_char(&p->at);
    if (*out < 0)
        return regex_error(p, ERROR_UNSUPPORTED, err, "a class holds an escape that is not known");
    return 0;
}

static int class_parse(struct regex_parser *p, struct error **err)
{
    bool set[ASCII] = {false};
    bool negated = p->at[1] == '^';
    bool first = true;

    p->at += negated ? 2 : 1;
    for (; *p->at != ']' || first; first = false) {
        int from, to;

        if (class_char(p, set, &from, err) < 0)
            return -1;
        to = from;
        if (from >= 0 && p->at[0] == '-' && p->at[1] != ']' && p->at[1] != '\0') {
            p->at++;
            if (class_char(p, set, &to, err) < 0)
                return -1;
            if (to < from)
                return regex_error(p, ERROR_INVALID, err, "a range of a class is reversed");
        }
        if (from >= 0)
            set_range(set, (unsigned)from, (unsigned)to);
    }
    p->at++;
    for (int c = 'a'; p->ignores_case && c <= 'z'; c++)
        set[c] = set[toupper(c)] = set[c] || set[toupper(c)];
    put_set(p, set, negated);
    return 0;
}

/* \Q...\E, or to the end: as it stands. */
static void quoted_parse(struct regex_parser *p)
{
    for (p->at++; *p->at; p->at++) {
        if (str_has_prefix(p->at, "\\E")) {
            p->at += 2;
            return;
        }
        put_literal(p, *p->at);
    }
}

static int escape_parse(struct regex_parser *p, struct error **err)
{
    bool set[ASCII] = {false};
    char letter = *++p->at;
    int c;

    if (letter == '\0')
        return regex_error(p, ERROR_INVALID, err, "there is nothing behind the last backslash");
    if (set_perl(set, (char)tolower((unsigned char)letter))) {
        p->at++;
        put_set(p, set, isupper((unsigned char)letter));
        return 0;
    }
    if (letter == 'p' || letter == 'P') {
        if (set_category(p, set, err) < 0)
            return -1;
        put_set(p, set, false);
        return 0;
    }
    if (letter == 'Q') {
        quoted_parse(p);
        return 0;
    }
    if (letter == 'b' || letter == 'B') {
        p->at++;
        buf_printf(&p->out, "\\%c", letter);
        p->can_repeat = false;
        return 0;
    }
    if (letter == 'A' || letter == 'z') {
        p->at++;
        buf_putc(&p->out, letter == 'A' ? '^' : '$');
        p->can_repeat = false;
        return 0;
    }
    c = escape_char(&p->at);
    if (c < 0)
        return regex_error(p, ERROR_UNSUPPORTED, err, "an escape is not known");
    put_literal(p, (char)c);
    return 0;
}

/* "(?i)" holds to the end of the group around it, "(?i:" opens one. Of the flags only i makes a
 * difference to whether a single line matches. */
static int flags_parse(struct regex_parser *p, struct error **err)
{
    bool ignores_case = p->ignores_case;
    bool on = true;

    for (p->at++; *p->at != ':' && *p->at != ')'; p->at++) {
        if (*p->at == '\0' || !strchr("imsU-", *p->at) || (*p->at == '-' && !on))
            return regex_error(p, ERROR_INVALID, err, "a group (?...) is not known");
        if (*p->at == '-')
            on = false;
        if (*p->at == 'i')
            ignores_case = on;
    }
    if (*p->at++ == ':') {
        p->ignored_case[++p->depth] = p->ignores_case;
        p->within[p->depth] = 1;
        buf_puts(&p->out, "(?:");
    }
    p->ignores_case = ignores_case;
    p->can_repeat = false;
    return 0;
}

static int group_open(struct regex_parser *p, struct error **err)
{
    if (p->depth + 1 >= DEPTH_MAX)
        return regex_error(p, ERROR_UNSUPPORTED, err, "groups are nested too deep");
    p->at++;
    if (str_has_prefix(p->at, "?P<") || str_has_prefix(p->at, "?<")) {
        const char *name = strchr(p->at, '<') + 1;
        size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_");

        if (len == 0 || name[len] != '>')
            return regex_error(p, ERROR_INVALID, err, "a group's name is not a word");
        p->at = name + len + 1;
    } else if (*p->at == '?') {
        return flags_parse(p, err);
    }
    p->ignored_case[++p->depth] = p->ignores_case;
    p->within[p->depth] = 1;
    buf_puts(&p->out, "(?:");
    p->can_repeat = false;
    return 0;
}

/* Length of "{2}", "{2,}" or "{2,3}", 0 for a brace that stands for itself. */
static size_t count_len(const char *at, unsigned *most)
{
    char *end;
    unsigned long from, to;

    if (!isdigit((unsigned char)at[1]))
        return 0;
    from = to = strtoul(at + 1, &end, 10);
    if (*end == ',' && isdigit((unsigned char)end[1]))
        to = strtoul(end + 1, &end, 10);
    else if (*end == ',')
        end++;
    if (*end != '}')
        return 0;
    *most = to > REPEAT_MAX || from > to ? REPEAT_MAX + 1 : (unsigned)to;
    return (size_t)(end + 1 - at);
}

static int repeat_parse(struct regex_parser *p, size_t len, unsigned most, struct error **err)
{
    if (!p->can_repeat)
        return regex_error(p, ERROR_INVALID, err, "there is nothing to repeat");
    p->last *= most > 1 ? most : 1;
    if (p->last > REPEAT_MAX)
        return regex_error(p, ERROR_UNSUPPORTED, err, "repeats too often");
    if (p->last > p->within[p->depth])
        p->within[p->depth] = p->last;
    buf_put(&p->out, p->at, len);
    p->at += len;
    if (*p->at == '?')
        p->at++; /* lazy */
    p->can_repeat = false;
    return 0;
}

static int regex_step(struct regex_parser *p, struct error **err)
{
    unsigned most = 1;
    size_t len;

    if (!strchr("*+?{", *p->at))
        p->last = 1;
    switch (*p->at) {
    case '\\': return escape_parse(p, err);
    case '[': return class_parse(p, err);
    case '(': return group_open(p, err);
    case '*':
    case '+':
    case '?': return repeat_parse(p, 1, 1, err);
    case '{':
        len = count_len(p->at, &most);
        if (len > 0)
            return repeat_parse(p, len, most, err);
        break;
    case ')':
        if (p->depth == 0)
            return regex_error(p, ERROR_INVALID, err, "a ) has no (");
        p->last = p->within[p->depth];
        if (p->depth > 0 && p->last > p->within[p->depth - 1])
            p->within[p->depth - 1] = p->last;
        p->ignores_case = p->ignored_case[p->depth--];
        buf_putc(&p->out, *p->at++);
        p->can_repeat = true;
        return 0;
    case '|':
    case '^':
    case '$':
        buf_putc(&p->out, *p->at++);
        p->can_repeat = false;
        return 0;
    case '.':
        buf_putc(&p->out, *p->at++);
        p->can_repeat = true;
        return 0;
    }
    if ((unsigned char)*p->at >= ASCII)
        put_character(p);
    else
        put_literal(p, *p->at++);
    return 0;
}

static int regex_translate(struct regex_parser *p, bool whole, struct error **err)
{
    if (strlen(p->pattern) > PATTERN_MAX_BYTES)
        return error_set(err, ERROR_TOO_LARGE, "regular expression \"%.40s...\" is too long",
                         p->pattern);
    buf_puts(&p->out, whole ? "^(?:" : "");
    while (*p->at)
        if (regex_step(p, err) < 0)
            return -1;
    if (p->depth > 0)
        return regex_error(p, ERROR_INVALID, err, "a ( has no )");
    buf_puts(&p->out, whole ? ")$" : "");
    return 0;
}

static int compile_translated(struct regex *r, const struct regex_parser *p, struct error **err)
{
    PCRE2_SIZE at;
    int code;

    r->code =
        pcre2_compile((PCRE2_SPTR)p->out.data, p->out.len, PCRE2_DOLLAR_ENDONLY, &code, &at, NULL);
    if (!r->code)
        return regex_error(p, ERROR_INVALID, err, "is not one, or too large");
    r->match = pcre2_match_data_create(1, NULL);
    r->limits = pcre2_match_context_create(NULL);
    if (!r->match || !r->limits)
        abort();
    pcre2_set_match_limit(r->limits, STEPS_MAX);
    return 0;
}

static int compile(const char *pattern, bool whole, struct regex **out, struct error **err)
{
    cleanup_regex struct regex *r = xcalloc(1, sizeof(*r));
    struct regex_parser p = {
        .pattern = pattern, .at = pattern, .out = BUF_UNLIMITED, .within = {1}};
    int result;

    r->any = *pattern == '\0';
    r->pattern = xstrdup(pattern);
    result = regex_translate(&p, whole, err);
    if (result == 0)
        result = compile_translated(r, &p, err);
    buf_clear(&p.out);
    if (result < 0)
        return -1;
    *out = TAKE(r);
    return 0;
}

int regex_new(const char *pattern, struct regex **out, struct error **err)
{
    return compile(pattern, false, out, err);
}

int regex_new_whole(const char *pattern, struct regex **out, struct error **err)
{
    return compile(pattern, true, out, err);
}

void regex_free(struct regex *r)
{
    if (!r)
        return;
    pcre2_match_data_free(r->match);
    pcre2_match_context_free(r->limits);
    pcre2_code_free(r->code);
    free(r->pattern);
    free(r);
}

bool regex_matches(struct regex *r, const char *s)
{
    int rc;

    if (r->any)
        return true;
    rc = pcre2_match(r->code, (PCRE2_SPTR)s, strlen(s), 0, 0, r->match, r->limits);
    if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
        r->is_exhausted = true;
    return rc >= 0;
}

int regex_check(const struct regex *r, struct error **err)
{
    if (!r || !r->is_exhausted)
        return 0;
    return error_set(
        err, ERROR_TOO_LARGE,
        "regular expression \"%s\" takes more than %d steps to match; write it without "
        "repetitions of repetitions",
        r->pattern, STEPS_MAX);
}
