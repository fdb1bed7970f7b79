/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/vars_expand.h"

#include "lib/base/base64.h"
#include "lib/base/map.h"
#include "lib/doc/budget.h"
#include "lib/doc/spelling.h"

#include <math.h>

static bool is_string(const json_t *v)
{
    return json_is_string(v) && (!spelled_text(v) || spelled_manner(v) == MANNER_UNTYPED);
}

/* The text of a string; one that begins with the mark has it twice. */
static const char *string_text(const json_t *v)
{
    const char *text = json_string_value(v);

    return *text == SPELLED_MARK ? text + 1 : text;
}

/* Go's %v. */
static void put_value(struct buf *out, const json_t *value)
{
    char number[32];

    switch (json_typeof(value)) {
    case JSON_INTEGER: buf_printf(out, "%lld", (long long)json_integer_value(value)); return;
    case JSON_REAL:
        scalar_format_float(json_real_value(value), 64, number);
        buf_puts(out, number);
        return;
    case JSON_STRING: buf_puts(out, string_text(value)); return;
    default: buf_puts(out, json_is_true(value) ? "true" : "false");
    }
}

/* NULL for what no text can take: the reference stays as it is. */
static json_t *value_of(const struct map *values, const char *name, size_t len)
{
    cleanup_free char *key = xstrndup(name, len);
    json_t *value = map_find(values, key);

    return json_is_object(value) || json_is_array(value) ? NULL : value;
}

/* kustomize takes the byte after a lone $ for a character: one of a longer character becomes what
 * Latin-1 has there, and the rest of it is no UTF-8 any more. */
static void put_lone_dollar(struct buf *out, unsigned char c)
{
    buf_putc(out, '$');
    if (c >= 0x80) {
        buf_putc(out, (char)(0xc0 | c >> 6));
        c = 0x80 | (c & 0x3f);
    }
    buf_putc(out, (char)c);
}

/* What is no UTF-8 comes out in base64, as Go writes such strings to YAML. */
static json_t *string_of(const struct buf *text)
{
    json_t *string = spelled_string(text->data, text->len);
    cleanup_free char *encoded = string ? NULL : base64_encode(text->data, text->len);

    return string ? string : json_string(encoded);
}

/* A document holds whole numbers as integers. */
static json_t *document_value(json_t *value)
{
    double d = json_real_value(value);

    if (json_is_real(value) && d == trunc(d) && fabs(d) < 0x1p63)
        return json_integer((json_int_t)d);
    return json_incref(value);
}

/* A new reference; the value itself, with its type, where the text is nothing but a reference. */
static int expand(const struct map *values, const char *text, json_t **expanded, struct error **err)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;
    const char *last = strrchr(text, ')');
    const char *p = text;

    while (*p) {
        const char *end = p[0] == '$' && p[1] == '(' && last && p < last ? strchr(p, ')') : NULL;
        json_t *value = end ? value_of(values, p + 2, (size_t)(end - p - 2)) : NULL;

        if (value && budget_spend_value(value, err) < 0)
            return -1;
        if (value && p == text && !end[1]) {
            *expanded = document_value(value);
            return 0;
        }
        if (value) {
            put_value(&out, value);
        } else if (end) {
            buf_put(&out, p, (size_t)(end + 1 - p));
        } else if (p[0] == '$' && p[1] == '$') {
            buf_putc(&out, '$');
        } else if (p[0] == '$' && p[1]) {
            put_lone_dollar(&out, (unsigned char)p[1]);
        } else {
            buf_putc(&out, *p++);
            continue;
        }
        p = end ? end + 1 : p + 2;
    }
    *expanded = string_of(&out);
    return 0;
}

/* NULL where there is nothing to expand. What has no type yet becomes a string. */
static int expand_string(const struct map *values, const json_t *v, json_t **expanded,
                         struct error **err)
{
    const char *text = string_text(v);

    *expanded = NULL;
    if (strchr(text, '$'))
        return expand(values, text, expanded, err);
    if (spelled_manner(v) == MANNER_UNTYPED)
        *expanded = spelled_string(text, strlen(text));
    return 0;
}

static int expand_map(const struct map *values, json_t *map, struct error **err)
{
    const char *key;
    json_t *value;

    json_object_foreach (map, key, value) {
        json_t *expanded = NULL;

        if (is_string(value) && expand_string(values, value, &expanded, err) < 0)
            return -1;
        if (expanded)
            json_object_set_new(map, key, expanded);
    }
    return 0;
}

static int expand_list(const struct map *values, json_t *list, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        json_t *expanded;

        if (!is_string(item))
            return error_set(err, ERROR_INVALID,
                             "item %zu: invalid value type, expect a string; put it in quotes", i);
        if (expand_string(values, item, &expanded, err) < 0)
            return -1;
        if (expanded)
            json_array_set_new(list, i, expanded);
    }
    return 0;
}

int vars_expand(void *values, json_t *value, json_t **replacement, struct error **err)
{
    if (json_is_array(value))
        return expand_list(values, value, err);
    if (json_is_object(value))
        return expand_map(values, value, err);
    return is_string(value) ? expand_string(values, value, replacement, err) : 0;
}
