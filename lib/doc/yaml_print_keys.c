/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/unicode.h"
#include "lib/doc/yaml_print_parts.h"

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

/* go-yaml's order: numbers inside keys by value ("a2" before "a10"), letters last. */
static int compare_keys(const void *a, const void *b)
{
    const unsigned char *text = (const unsigned char *)((const struct yaml_pair *)a)->key;
    const unsigned char *s = text;
    const unsigned char *t = (const unsigned char *)((const struct yaml_pair *)b)->key;

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
    return strcmp(((const struct yaml_pair *)a)->key, ((const struct yaml_pair *)b)->key);
}

/* A key as nearly all are: letters in ASCII, and what harms nowhere, but no digits. */
static bool is_simple_key(const char *key, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!yaml_harmless[(unsigned char)key[i]] || (key[i] >= '0' && key[i] <= '9'))
            return false;
    return true;
}

/* compare_keys() for simple keys, where it is a plain order of characters. */
static int compare_simple(const struct yaml_pair *a, const struct yaml_pair *b)
{
    const unsigned char *s = (const unsigned char *)a->key;
    const unsigned char *t = (const unsigned char *)b->key;

    for (; *s == *t && *s; s++, t++)
        ;
    if (!*s || !*t)
        return *s ? 1 : *t ? -1 : 0;
    if ((yaml_harmless[*s] > 1) != (yaml_harmless[*t] > 1)) /* letters last */
        return yaml_harmless[*s] > 1 ? 1 : -1;
    return *s < *t ? -1 : 1;
}

static void sort_few(struct yaml_pair *pairs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct yaml_pair moved = pairs[i];
        size_t at = i;

        for (; at > 0 && compare_simple(&pairs[at - 1], &moved) > 0; at--)
            pairs[at] = pairs[at - 1];
        pairs[at] = moved;
    }
}

size_t yaml_sorted_pairs(const json_t *map, struct yaml_pair *pairs)
{
    json_t *object = (json_t *)map;
    bool simple = true;
    size_t count = 0;

    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        struct yaml_pair *p = &pairs[count++];

        *p = (struct yaml_pair){json_object_iter_key(i), json_object_iter_key_len(i),
                                json_object_iter_value(i)};
        simple = simple && is_simple_key(p->key, p->len);
    }
    if (simple && count <= PRINT_FEW_PAIRS) {
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
