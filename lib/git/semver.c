/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/semver.h"

#include <ctype.h>

/* ---- versions ---- */

/* Digits at *s, without a needless leading zero where `strict`. */
static bool parse_number(const char **s, uint64_t *out)
{
    const char *p = *s;
    uint64_t n = 0;

    if (!isdigit((unsigned char)*p))
        return false;
    for (; isdigit((unsigned char)*p); p++) {
        if (n > (UINT64_MAX - 9) / 10)
            return false;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    *out = n;
    *s = p;
    return true;
}

static bool is_identifier_char(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '.';
}

/* "-pre" and "+build" until the end of the string. */
static bool parse_suffix(const char *s, char pre[SEMVER_PRE_BYTES])
{
    size_t len = 0;

    pre[0] = '\0';
    if (*s == '-') {
        s++;
        while (is_identifier_char(s[len]))
            len++;
        if (len == 0 || len >= SEMVER_PRE_BYTES || s[0] == '.' || s[len - 1] == '.')
            return false;
        memcpy(pre, s, len);
        pre[len] = '\0';
        if (strstr(pre, ".."))
            return false;
        s += len;
    }
    if (*s == '+') {
        do
            s++;
        while (is_identifier_char(*s));
    }
    return *s == '\0';
}

/* A version in which trailing numbers may be missing or be "x". `known` counts those given. */
static bool parse_partial(const char *s, struct semver *out, unsigned *known, bool wildcards)
{
    bool wild = false;

    memset(out, 0, sizeof(*out));
    *known = 0;
    if (*s == 'v' || *s == 'V')
        s++;
    for (unsigned i = 0; i < 3; i++) {
        if (i > 0) {
            if (*s != '.')
                break;
            s++;
        }
        if (wildcards && (*s == 'x' || *s == 'X' || *s == '*')) {
            wild = true;
            s++;
        } else if (!parse_number(&s, &out->part[i])) {
            return false;
        } else if (!wild) {
            *known = i + 1;
        } else {
            out->part[i] = 0; /* "1.x.3" is "1.x" */
        }
    }
    return parse_suffix(s, out->pre);
}

bool semver_parse(const char *s, struct semver *out)
{
    unsigned known;

    return parse_partial(s, out, &known, false);
}

/* All three numbers are there: a version, not a constraint. */
static bool semver_is_full(const char *s)
{
    struct semver v;
    unsigned known;

    return parse_partial(s, &v, &known, false) && known == 3;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* One dot-separated identifier: numbers by value and before words, words bytewise. */
static int compare_identifier(const char *a, size_t alen, const char *b, size_t blen)
{
    bool anum = strspn(a, "0123456789") >= alen, bnum = strspn(b, "0123456789") >= blen;

    if (anum != bnum)
        return anum ? -1 : 1;
    if (anum) {
        while (alen > 1 && *a == '0') {
            a++;
            alen--;
        }
        while (blen > 1 && *b == '0') {
            b++;
            blen--;
        }
        if (alen != blen)
            return alen < blen ? -1 : 1;
    }
    int c = memcmp(a, b, alen < blen ? alen : blen);
    return c ? c : compare_numbers(alen, blen);
}

static int compare_pre(const char *a, const char *b)
{
    if (!*a || !*b) /* a release is greater than its pre-releases */
        return !*a && !*b ? 0 : *a ? -1 : 1;
    for (;;) {
        size_t alen = strcspn(a, "."), blen = strcspn(b, ".");
        int c = compare_identifier(a, alen, b, blen);
        if (c)
            return c;
        a += alen;
        b += blen;
        if (!*a || !*b)
            return *a ? 1 : *b ? -1 : 0;
        a++;
        b++;
    }
}

int semver_compare(const struct semver *a, const struct semver *b)
{
    for (unsigned i = 0; i < 3; i++) {
        int c = compare_numbers(a->part[i], b->part[i]);
        if (c)
            return c;
    }
    return compare_pre(a->pre, b->pre);
}

/* ---- constraints ---- */

enum operator{
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_TILDE,
    OP_CARET
};

static const struct {
    const char *text;
    enum operator op;
} operators[] = {
    /* the longer first */
    {"!=", OP_NOT_EQUAL},     {"<=", OP_LESS_EQUAL},    {"=<", OP_LESS_EQUAL},
    {">=", OP_GREATER_EQUAL}, {"=>", OP_GREATER_EQUAL}, {"~>", OP_TILDE},
    {"=", OP_EQUAL},          {"<", OP_LESS},           {">", OP_GREATER},
    {"~", OP_TILDE},          {"^", OP_CARET},
};

struct term {
    enum operator op;
    struct semver version;
    unsigned known;
};

/* The smallest version above all that begin with the first `known` numbers. */
static struct semver next_after(const struct semver *v, unsigned known)
{
    struct semver next = {{0}, ""};

    for (unsigned i = 0; i < known; i++)
        next.part[i] = v->part[i];
    next.part[known - 1]++;
    return next;
}

static bool is_below_next(const struct semver *v, const struct term *t, unsigned known)
{
    struct semver next = next_after(&t->version, known);

    /* 2.0.0-rc.1 is not within ^1: its numbers are already those of 2.0.0. */
    struct semver numbers = *v;
    numbers.pre[0] = '\0';
    return semver_compare(&numbers, &next) < 0;
}

/* ^1.2.3 up to the first number that is not zero; ^0.0 and ^0 as far as they go. */
static unsigned caret_width(const struct term *t)
{
    for (unsigned i = 0; i < t->known; i++) {
        if (t->version.part[i] != 0)
            return i + 1;
    }
    return t->known;
}

static bool term_matches(const struct term *t, const struct semver *v)
{
    int c = semver_compare(v, &t->version);

    /* A pre-release is meant only where the constraint names one. */
    if (v->pre[0] && !t->version.pre[0])
        return false;
    if (t->known == 0) /* "*" */
        return t->op != OP_NOT_EQUAL && t->op != OP_LESS && t->op != OP_GREATER;
    switch (t->op) {
    case OP_EQUAL: return t->known == 3 ? c == 0 : c >= 0 && is_below_next(v, t, t->known);
    case OP_NOT_EQUAL: return t->known == 3 ? c != 0 : c < 0 || !is_below_next(v, t, t->known);
    case OP_LESS: return c < 0;
    case OP_LESS_EQUAL: return t->known == 3 ? c <= 0 : is_below_next(v, t, t->known);
    case OP_GREATER: return t->known == 3 ? c > 0 : !is_below_next(v, t, t->known) && c > 0;
    case OP_GREATER_EQUAL: return c >= 0;
    case OP_TILDE: return c >= 0 && is_below_next(v, t, t->known < 2 ? t->known : 2);
    case OP_CARET: return c >= 0 && is_below_next(v, t, caret_width(t));
    }
    UNREACHABLE();
}

/* Take one word: an operator, perhaps with blanks behind it, and a version. */
static bool take_term(const char **s, struct term *t)
{
    char word[SEMVER_PRE_BYTES + 64];

    t->op = OP_EQUAL;
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        if (str_has_prefix(*s, operators[i].text)) {
            t->op = operators[i].op;
            *s += strlen(operators[i].text);
            break;
        }
    }
    *s += strspn(*s, " ");
    size_t len = strcspn(*s, " ,|<>=!~^");
    if (len == 0 || len >= sizeof(word))
        return false;
    memcpy(word, *s, len);
    word[len] = '\0';
    *s += len;
    return parse_partial(word, &t->version, &t->known, true);
}

/* "1.2 - 1.4" is ">=1.2 <=1.4". */
static bool take_range_end(const char **s, struct term *first, struct term *end)
{
    const char *p = *s + strspn(*s, " ");

    if (p == *s || p[0] != '-' || p[1] != ' ')
        return false;
    p += 1 + strspn(p + 1, " ");
    if (!take_term(&p, end))
        return false;
    first->op = OP_GREATER_EQUAL;
    end->op = OP_LESS_EQUAL;
    *s = p;
    return true;
}

/* Evaluate "a b, c || d". False when malformed; *matched says whether `v` is meant. */
static bool evaluate(const char *s, const struct semver *v, bool *matched)
{
    bool all = true, any_term = false;

    *matched = false;
    for (;;) {
        struct term t, end;
        s += strspn(s, " ,");
        if (*s == '\0' || (s[0] == '|' && s[1] == '|')) {
            if (!any_term)
                return false;
            *matched = *matched || all;
            if (*s == '\0')
                return true;
            s += 2;
            all = true;
            any_term = false;
            continue;
        }
        if (!take_term(&s, &t))
            return false;
        if (take_range_end(&s, &t, &end))
            all = all && term_matches(&end, v);
        all = all && term_matches(&t, v);
        any_term = true;
    }
}

bool semver_is_constraint(const char *s)
{
    static const struct semver any = {{0}, ""};
    bool ignored;

    return !semver_is_full(s) && evaluate(s, &any, &ignored);
}

bool semver_matches(const char *constraint, const struct semver *v)
{
    bool matched = false;

    return evaluate(constraint, v, &matched) && matched;
}
