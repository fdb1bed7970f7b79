/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/scalar_timestamp.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>

/* Longer texts are no number that anybody means; the limit keeps the working copy on the stack. */
#define NUMBER_MAX_BYTES 512

static const struct word {
    const char *text;
    enum scalar_kind kind;
    bool boolean;
    bool only_kubectl;
    double number;
} words[] = {
    {"true", SCALAR_BOOL, true, false, 0},
    {"True", SCALAR_BOOL, true, false, 0},
    {"TRUE", SCALAR_BOOL, true, false, 0},
    {"false", SCALAR_BOOL, false, false, 0},
    {"False", SCALAR_BOOL, false, false, 0},
    {"FALSE", SCALAR_BOOL, false, false, 0},
    {"y", SCALAR_BOOL, true, true, 0},
    {"Y", SCALAR_BOOL, true, true, 0},
    {"yes", SCALAR_BOOL, true, true, 0},
    {"Yes", SCALAR_BOOL, true, true, 0},
    {"YES", SCALAR_BOOL, true, true, 0},
    {"on", SCALAR_BOOL, true, true, 0},
    {"On", SCALAR_BOOL, true, true, 0},
    {"ON", SCALAR_BOOL, true, true, 0},
    {"n", SCALAR_BOOL, false, true, 0},
    {"N", SCALAR_BOOL, false, true, 0},
    {"no", SCALAR_BOOL, false, true, 0},
    {"No", SCALAR_BOOL, false, true, 0},
    {"NO", SCALAR_BOOL, false, true, 0},
    {"off", SCALAR_BOOL, false, true, 0},
    {"Off", SCALAR_BOOL, false, true, 0},
    {"OFF", SCALAR_BOOL, false, true, 0},
    {"~", SCALAR_NULL, false, false, 0},
    {"null", SCALAR_NULL, false, false, 0},
    {"Null", SCALAR_NULL, false, false, 0},
    {"NULL", SCALAR_NULL, false, false, 0},
    {".nan", SCALAR_FLOAT, false, false, NAN},
    {".NaN", SCALAR_FLOAT, false, false, NAN},
    {".NAN", SCALAR_FLOAT, false, false, NAN},
    {".inf", SCALAR_FLOAT, false, false, INFINITY},
    {".Inf", SCALAR_FLOAT, false, false, INFINITY},
    {".INF", SCALAR_FLOAT, false, false, INFINITY},
    {"+.inf", SCALAR_FLOAT, false, false, INFINITY},
    {"+.Inf", SCALAR_FLOAT, false, false, INFINITY},
    {"+.INF", SCALAR_FLOAT, false, false, INFINITY},
    {"-.inf", SCALAR_FLOAT, false, false, -INFINITY},
    {"-.Inf", SCALAR_FLOAT, false, false, -INFINITY},
    {"-.INF", SCALAR_FLOAT, false, false, -INFINITY},
};

#define MAX_WORD_BYTES 5 /* of `words` */

enum { FIRST_OF_STRING, FIRST_OF_WORD, FIRST_OF_NUMBER };

/* What a scalar that begins so may be. Some words begin like numbers. */
static const unsigned char first_of[256] = {
    ['y'] = FIRST_OF_WORD,   ['Y'] = FIRST_OF_WORD,   ['n'] = FIRST_OF_WORD,
    ['N'] = FIRST_OF_WORD,   ['t'] = FIRST_OF_WORD,   ['T'] = FIRST_OF_WORD,
    ['f'] = FIRST_OF_WORD,   ['F'] = FIRST_OF_WORD,   ['o'] = FIRST_OF_WORD,
    ['O'] = FIRST_OF_WORD,   ['~'] = FIRST_OF_WORD,   ['+'] = FIRST_OF_NUMBER,
    ['-'] = FIRST_OF_NUMBER, ['.'] = FIRST_OF_NUMBER, ['0' ... '9'] = FIRST_OF_NUMBER,
};

/* Can the second letter of a word that begins so be this one? "~" is alone. */
static bool is_second(char first, char second)
{
    static const char seconds[32][3] = {
        ['y' & 31] = "e", ['n' & 31] = "ou", ['t' & 31] = "r", ['f' & 31] = "a", ['o' & 31] = "fn",
    };
    const char *s = seconds[first & 31];

    return s[0] == (second | 32) || s[1] == (second | 32);
}

bool scalar_is_plain_text(const char *text, size_t len)
{
    if (!len)
        return false;
    switch (first_of[(unsigned char)text[0]]) {
    case FIRST_OF_STRING: return true;
    case FIRST_OF_WORD: return len > MAX_WORD_BYTES || (len > 1 && !is_second(text[0], text[1]));
    default: return false;
    }
}

static bool resolve_word(const char *text, size_t len, enum yaml_dialect dialect,
                         struct scalar *out)
{
    if (len == 0) {
        out->kind = SCALAR_NULL;
        return true;
    }
    if (len > MAX_WORD_BYTES)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const struct word *w = &words[i];

        if (w->text[0] != text[0] || strcmp(w->text, text) != 0 ||
            (w->only_kubectl && dialect != YAML_KUBECTL))
            continue;
        out->kind = w->kind;
        out->boolean = w->boolean;
        out->number = w->number;
        return true;
    }
    return false;
}

/* All of `s` as digits of `base`, after an optional sign. */
static bool read_integer(const char *s, int base, bool negative, struct scalar *out)
{
    bool has_sign = *s == '+' || *s == '-';
    const char *digits = s + has_sign;
    unsigned long long value;
    char *end;

    negative = negative != (*s == '-');
    if (!isalnum((unsigned char)*digits) || (base == 16 && (digits[1] == 'x' || digits[1] == 'X')))
        return false;
    errno = 0;
    value = strtoull(digits, &end, base);
    if (*end || errno || (negative && value > (unsigned long long)INT64_MAX + 1))
        return false;
    if (!negative && value > INT64_MAX) {
        if (has_sign) /* Go reads only unsigned text beyond int64 */
            return false;
        out->kind = SCALAR_FLOAT;
        out->number = (double)value;
        out->wide = value;
        return true;
    }
    out->kind = SCALAR_INT;
    out->integer = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* As Go's ParseInt with base 0: 0x, 0o, 0b and a bare 0 as prefixes. */
static bool resolve_go_integer(const char *s, struct scalar *out)
{
    const char *digits = s + (*s == '+' || *s == '-');
    char with_sign[NUMBER_MAX_BYTES + 2];
    int base = 10;
    size_t prefix = 0;

    if (digits[0] == '0' && digits[1]) {
        switch (tolower((unsigned char)digits[1])) {
        case 'x': base = 16; break;
        case 'o': base = 8; break;
        case 'b': base = 2; break;
        default: break;
        }
        prefix = base == 10 ? 1 : 2;
        base = base == 10 ? 8 : base;
    }
    digits += prefix;
    if (!isalnum((unsigned char)*digits))
        return false;
    snprintf(with_sign, sizeof(with_sign), "%s%s", *s == '+' ? "+" : *s == '-' ? "-" : "", digits);
    return read_integer(with_sign, base, false, out);
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_float_text(const char *s)
{
    size_t whole;

    s += *s == '+' || *s == '-';
    whole = strspn(s, "0123456789");
    s += whole;
    if (*s == '.') {
        size_t fraction = strspn(++s, "0123456789");

        if (!whole && !fraction)
            return false;
        s += fraction;
    } else if (!whole) {
        return false;
    }
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '+' || *s == '-';
        if (!isdigit((unsigned char)*s))
            return false;
        s += strspn(s, "0123456789");
    }
    return !*s;
}

/* A number out of range stays text, as in Go. */
static bool resolve_float(const char *s, struct scalar *out)
{
    double value;

    if (!is_float_text(s))
        return false;
    value = strtod(s, NULL);
    if (isinf(value))
        return false;
    out->kind = SCALAR_FLOAT;
    out->number = value;
    return true;
}

static bool resolve_number(const char *text, size_t len, enum yaml_dialect dialect,
                           struct scalar *out)
{
    char plain[NUMBER_MAX_BYTES + 1] = "";
    size_t n = 0;
    bool negative;

    if (len > NUMBER_MAX_BYTES)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '_') {
            plain[n++] = text[i];
            continue;
        }
        /* Anywhere in a number, but behind a leading dot only between digits. */
        if (text[0] == '.' &&
            !(isdigit((unsigned char)text[i - 1]) && isdigit((unsigned char)text[i + 1])))
            return false;
    }
    plain[n] = '\0';
    if (plain[0] == '.')
        return resolve_float(plain, out);
    if (resolve_go_integer(plain, out) || resolve_float(plain, out))
        return true;
    /* "0b-1" is -1: what stands behind these prefixes may have a sign of its own. */
    negative = plain[0] == '-';
    if (str_has_prefix(plain + negative, "0b"))
        return (!negative || isalnum((unsigned char)plain[3])) &&
               read_integer(plain + negative + 2, 2, negative, out);
    if (dialect == YAML_KUSTOMIZE && str_has_prefix(plain + negative, "0o"))
        return (!negative || isalnum((unsigned char)plain[3])) &&
               read_integer(plain + negative + 2, 8, negative, out);
    return false;
}

void scalar_resolve(const char *text, size_t len, enum yaml_dialect dialect, struct scalar *out)
{
    out->kind = SCALAR_STRING;
    out->wide = 0;
    if (scalar_is_plain_text(text, len) || strlen(text) != len ||
        resolve_word(text, len, dialect, out) ||
        first_of[(unsigned char)text[0]] != FIRST_OF_NUMBER)
        return;
    if (isdigit((unsigned char)text[0]) && len >= 8 &&
        scalar_read_timestamp(text, out->timestamp)) {
        out->kind = SCALAR_TIMESTAMP;
        return;
    }
    resolve_number(text, len, dialect, out);
}

enum scalar_kind scalar_type(const struct scalar *s)
{
    return s->kind == SCALAR_FLOAT && s->wide ? SCALAR_INT : s->kind;
}

json_t *scalar_number(double number)
{
    char digits[32];

    if (isnan(number) || isinf(number))
        return NULL;
    if (number != trunc(number) || fabs(number) >= 9223372036854775808.0)
        return json_real(number);
    /* Whole numbers lose their ".0" on the way through JSON, as in Go. */
    scalar_format_whole(number, digits);
    return json_integer(strtoll(digits, NULL, 10));
}

json_t *scalar_value(const struct scalar *s)
{
    switch (s->kind) {
    case SCALAR_NULL: return json_null();
    case SCALAR_BOOL: return json_boolean(s->boolean);
    case SCALAR_INT: return json_integer(s->integer);
    case SCALAR_FLOAT: return scalar_number(s->number);
    case SCALAR_TIMESTAMP: return json_string(s->timestamp);
    case SCALAR_STRING: break;
    }
    UNREACHABLE();
}

/* [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)? of YAML 1.1: not resolved, but quoted. */
static bool is_base60(const char *s)
{
    bool groups = false;

    s += *s == '+' || *s == '-';
    if (!isdigit((unsigned char)*s))
        return false;
    s += strspn(s, "0123456789_");
    while (*s == ':') {
        s++;
        if (s[0] >= '0' && s[0] <= '5' && isdigit((unsigned char)s[1]))
            s++;
        if (!isdigit((unsigned char)*s))
            return false;
        s++;
        groups = true;
    }
    if (groups && *s == '.')
        s += 1 + strspn(s + 1, "0123456789_");
    return groups && !*s;
}

bool scalar_is_string(const char *text, size_t len)
{
    struct scalar s;

    if (scalar_is_plain_text(text, len))
        return true;
    scalar_resolve(text, len, YAML_KUBECTL, &s);
    return s.kind == SCALAR_STRING && (strlen(text) != len || !is_base60(text));
}
