/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block style with indentation 2, as go-yaml v2 emits it: sequences are not indented under their
 * key, long lines fold at 80 columns, keys that are long or have line breaks become "? key".
 */
#include "lib/doc/scalar.h"
#include "lib/doc/yaml_print_parts.h"

#include <math.h>
#include <stdio.h>

#define SIMPLE_KEY_MAX_BYTES 128

static void put_mapping(struct printer *p, const json_t *map, size_t indent, bool at_start);
static void put_sequence(struct printer *p, const json_t *list, size_t indent, bool at_start);

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
        return yaml_put_string(p, json_string_value(value), json_string_length(value), indent);
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
        put_mapping(p, value, indent + PRINT_INDENT, false);
    else
        put_sequence(p, value, indent + PRINT_INDENT, false);
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
        put_mapping(p, value, indent + PRINT_INDENT, true);
    else
        put_sequence(p, value, indent, true);
}

static void put_entry(struct printer *p, const struct yaml_pair *pair, size_t indent)
{
    bool is_short = pair->len <= SIMPLE_KEY_MAX_BYTES;
    struct yaml_traits t;

    if (is_short && yaml_is_harmless(pair->key, pair->len)) {
        put(p, pair->key, pair->len);
        put_value(p, pair->value, indent);
        return;
    }
    t = yaml_traits_of(pair->key, pair->len);
    if (is_short && !t.multiline) {
        yaml_put_text(p, pair->key, pair->len, &t, indent, true);
        put_value(p, pair->value, indent);
        return;
    }
    put(p, "? ", 2);
    end_line(p, yaml_put_text(p, pair->key, pair->len, &t, indent, false));
    put_spaces(p, indent);
    put(p, ": ", 2);
    put_nested(p, pair->value, indent);
}

/* `at_start`: the first key stands on a line of its own, too. */
static void put_mapping(struct printer *p, const json_t *map, size_t indent, bool at_start)
{
    struct yaml_pair few[PRINT_FEW_PAIRS];
    size_t count = json_object_size(map);
    struct yaml_pair *pairs = count <= PRINT_FEW_PAIRS ? few : xmalloc(count * sizeof(*pairs));

    count = yaml_sorted_pairs(map, pairs);
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
