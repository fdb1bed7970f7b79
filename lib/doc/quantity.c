/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A quantity is a decimal number and a suffix: binary (Ki..Ei), decimal (n..E) or an exponent.
 * Values are compared exactly, as a decimal number times a power of ten: a binary suffix is
 * multiplied in, so that no rounding can make two amounts equal.
 */
#include "lib/doc/quantity.h"

#include "lib/base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

/* More digits are no amount of anything; the limit keeps the arithmetic on the stack. */
#define MAX_TEXT_BYTES 128
#define MAX_DIGITS 192
#define MAX_EXPONENT 1000

struct quantity {
    bool negative;
    unsigned char digits[MAX_DIGITS]; /* most significant first, without zeros at either end */
    int count;                        /* 0: the value is zero */
    int exponent;                     /* of ten, for the last digit */
};

static const struct suffix {
    const char *text;
    int exponent; /* of ten, or of 1024 for a binary one */
    bool binary;
} suffixes[] = {
    {"", 0, false},   {"n", -9, false}, {"u", -6, false}, {"m", -3, false},
    {"k", 3, false},  {"M", 6, false},  {"G", 9, false},  {"T", 12, false},
    {"P", 15, false}, {"E", 18, false}, {"Ki", 1, true},  {"Mi", 2, true},
    {"Gi", 3, true},  {"Ti", 4, true},  {"Pi", 5, true},  {"Ei", 6, true},
};

static bool read_exponent(const char *s, int *exponent)
{
    char *end;
    long value;

    if (*s != 'e' && *s != 'E')
        return false;
    s++;
    if (!isdigit((unsigned char)s[*s == '+' || *s == '-']))
        return false;
    errno = 0;
    value = strtol(s, &end, 10);
    if (*end || errno || value > MAX_EXPONENT || value < -MAX_EXPONENT)
        return false;
    *exponent = (int)value;
    return true;
}

/* Behind the number: adjusts the exponent, or tells the power of 1024 to multiply with. */
static bool read_suffix(const char *s, struct quantity *q, int *power)
{
    int exponent;

    *power = 0;
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        if (!streq(s, suffixes[i].text))
            continue;
        if (suffixes[i].binary)
            *power = suffixes[i].exponent;
        else
            q->exponent += suffixes[i].exponent;
        return true;
    }
    if (!read_exponent(s, &exponent))
        return false;
    q->exponent += exponent;
    return true;
}

static void multiply_1024(struct quantity *q)
{
    unsigned carry = 0;
    unsigned char low_first[MAX_DIGITS];
    int n = 0;

    for (int i = q->count - 1; i >= 0 || carry; i--) {
        carry += i >= 0 ? q->digits[i] * 1024u : 0;
        low_first[n++] = carry % 10;
        carry /= 10;
    }
    for (int i = 0; i < n; i++)
        q->digits[i] = low_first[n - 1 - i];
    q->count = n;
}

static void trim(struct quantity *q)
{
    int zeros = 0;

    while (zeros < q->count && q->digits[zeros] == 0)
        zeros++;
    memmove(q->digits, q->digits + zeros, (size_t)(q->count - zeros));
    q->count -= zeros;
    while (q->count && q->digits[q->count - 1] == 0) {
        q->count--;
        q->exponent++;
    }
    if (!q->count) {
        q->exponent = 0;
        q->negative = false;
    }
}

static bool parse(const char *s, struct quantity *q)
{
    bool dot = false;
    bool any = false;
    int power;

    *q = (struct quantity){.negative = *s == '-'};
    if (strlen(s) > MAX_TEXT_BYTES)
        return false;
    s += *s == '+' || *s == '-';
    for (; isdigit((unsigned char)*s) || (*s == '.' && !dot); s++) {
        if (*s == '.') {
            dot = true;
            continue;
        }
        any = true;
        q->digits[q->count++] = (unsigned char)(*s - '0');
        q->exponent -= dot;
    }
    if (!any || !read_suffix(s, q, &power))
        return false;
    while (power-- > 0)
        multiply_1024(q);
    trim(q);
    return true;
}

static bool parse_json(const json_t *value, struct quantity *q)
{
    char text[64];

    if (json_is_string(value))
        return strlen(json_string_value(value)) == json_string_length(value) &&
               parse(json_string_value(value), q);
    if (json_is_integer(value))
        snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, sizeof(text), "%.17g", json_real_value(value));
    else
        return false;
    if (json_is_real(value)) /* the shortest digits that mean this number, as it was written */
        for (int digits = 1; digits < 17; digits++) {
            snprintf(text, sizeof(text), "%.*g", digits, json_real_value(value));
            if (strtod(text, NULL) == json_real_value(value))
                break;
        }
    return parse(text, q);
}

bool quantity_equal(const json_t *a, const json_t *b)
{
    struct quantity x;
    struct quantity y;

    return parse_json(a, &x) && parse_json(b, &y) && x.negative == y.negative &&
           x.count == y.count && x.exponent == y.exponent &&
           memcmp(x.digits, y.digits, (size_t)x.count) == 0;
}
