/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/schema_custom.h"

#include "lib/doc/yaml.h"
#include "tests/sandbox/refusal.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

const json_t *schema_custom(const struct kind *kind)
{
    return json_object_get(json_object_get(kind->definition, "schema"), "openAPIV3Schema");
}

/* ---- defaults ---- */

static void fill(const json_t *schema, json_t *value)
{
    const json_t *items = json_object_get(schema, "items");
    const json_t *values = json_object_get(schema, "additionalProperties");
    const char *key;
    json_t *property, *child;
    size_t i;

    json_object_foreach (json_object_get(schema, "properties"), key, property) {
        json_t *given = json_object_get(property, "default");

        child = json_object_get(value, key);
        if (json_is_object(value) && given &&
            (!child ||
             (json_is_null(child) && !json_is_true(json_object_get(property, "nullable")))))
            json_object_set_new(value, key, json_deep_copy(given));
        child = json_object_get(value, key);
        if (child)
            fill(property, child);
    }
    if (json_is_object(values)) {
        json_object_foreach (value, key, child) {
            fill(values, child);
        }
    }
    if (items) {
        json_array_foreach (value, i, child) {
            fill(items, child);
        }
    }
}

static const json_t *schema_below(const json_t *schema, const char *key)
{
    const json_t *property = json_object_get(json_object_get(schema, "properties"), key);
    const json_t *values = json_object_get(schema, "additionalProperties");

    return property ? property : json_is_object(values) ? values : NULL;
}

static void drop_nulls(const json_t *schema, json_t *value)
{
    const char *key;
    json_t *child;
    void *next;
    size_t i;

    json_object_foreach_safe(value, next, key, child)
    {
        const json_t *below = schema_below(schema, key);

        if (below && json_is_null(child) && !json_is_true(json_object_get(below, "nullable")) &&
            !json_object_get(below, "default"))
            json_object_del(value, key);
        else if (below)
            drop_nulls(below, child);
    }
    if (json_is_array(value) && json_object_get(schema, "items"))
        json_array_foreach (value, i, child)
            drop_nulls(json_object_get(schema, "items"), child);
}

void schema_custom_drop_nulls(const struct kind *kind, json_t *object)
{
    drop_nulls(schema_custom(kind), object);
}

void schema_custom_defaults(const struct kind *kind, json_t *object)
{
    fill(schema_custom(kind), object);
}

/* ---- validation ---- */

struct check {
    json_t *causes;
    struct buf path;
};

static void check_value(struct check *c, const json_t *schema, const json_t *value);

static bool has_type(const char *type, const json_t *value)
{
    if (streq(type, "object"))
        return json_is_object(value);
    if (streq(type, "array"))
        return json_is_array(value);
    if (streq(type, "string"))
        return json_is_string(value);
    if (streq(type, "integer"))
        return json_is_integer(value);
    if (streq(type, "number"))
        return json_is_number(value);
    return streq(type, "boolean") ? json_is_boolean(value) : true;
}

/* As the real server names what it got. */
static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "object";
    case JSON_ARRAY: return "array";
    case JSON_STRING: return "string";
    case JSON_INTEGER: return "integer";
    case JSON_REAL: return "number";
    case JSON_TRUE:
    case JSON_FALSE: return "boolean";
    case JSON_NULL: break;
    }
    return "null";
}

static bool matches(const char *pattern, const char *text)
{
    int code;
    PCRE2_SIZE offset;
    pcre2_code *re =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &code, &offset, NULL);
    pcre2_match_data *data = re ? pcre2_match_data_create_from_pattern(re, NULL) : NULL;
    bool found = true;

    if (data)
        found = pcre2_match(re, (PCRE2_SPTR)text, strlen(text), 0, 0, data, NULL) >= 0;
    pcre2_match_data_free(data);
    pcre2_code_free(re);
    return found;
}

static void check_enum(struct check *c, const json_t *schema, const json_t *value)
{
    const json_t *allowed = json_object_get(schema, "enum");
    cleanup_buf struct buf names = BUF_UNLIMITED;
    cleanup_free char *given = NULL;
    size_t i;
    json_t *item;

    if (!allowed)
        return;
    json_array_foreach ((json_t *)allowed, i, item) {
        cleanup_free char *text = json_dumps(item, JSON_ENCODE_ANY);

        if (json_equal(item, value))
            return;
        buf_printf(&names, "%s%s", i > 0 ? ", " : "", text);
    }
    given = json_dumps(value, JSON_ENCODE_ANY);
    cause_add(c->causes, "FieldValueNotSupported", c->path.data, "%s: supported values: %s", given,
              names.data);
}

static void check_string(struct check *c, const json_t *schema, const json_t *value)
{
    const char *pattern = json_string_value(json_object_get(schema, "pattern"));
    const char *text = json_string_value(value);
    const json_t *longest = json_object_get(schema, "maxLength");
    const json_t *shortest = json_object_get(schema, "minLength");

    if (pattern && !matches(pattern, text))
        cause_add(c->causes, "FieldValueInvalid", c->path.data,
                  "\"%s\": %s in body should match '%s'", text, c->path.data, pattern);
    if (longest && (json_int_t)strlen(text) > json_integer_value(longest))
        cause_add(c->causes, "FieldValueTooLong", c->path.data, "may not be more than %lld bytes",
                  (long long)json_integer_value(longest));
    if (shortest && (json_int_t)strlen(text) < json_integer_value(shortest))
        cause_add(c->causes, "FieldValueInvalid", c->path.data,
                  "\"%s\": %s in body should be at least %lld chars long", text, c->path.data,
                  (long long)json_integer_value(shortest));
}

static void check_number(struct check *c, const json_t *schema, const json_t *value)
{
    const json_t *least = json_object_get(schema, "minimum");
    const json_t *most = json_object_get(schema, "maximum");
    cleanup_free char *given = json_dumps(value, JSON_ENCODE_ANY);

    if (least && json_number_value(value) < json_number_value(least))
        cause_add(c->causes, "FieldValueInvalid", c->path.data,
                  "%s: %s in body should be greater than or equal to %g", given, c->path.data,
                  json_number_value(least));
    if (most && json_number_value(value) > json_number_value(most))
        cause_add(c->causes, "FieldValueInvalid", c->path.data,
                  "%s: %s in body should be less than or equal to %g", given, c->path.data,
                  json_number_value(most));
}

static void check_object(struct check *c, const json_t *schema, const json_t *value)
{
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *values = json_object_get(schema, "additionalProperties");
    size_t i, len = c->path.len;
    const char *key;
    json_t *name, *child;

    json_array_foreach (json_object_get(schema, "required"), i, name) {
        if (json_object_get(value, json_string_value(name)))
            continue;
        buf_printf(&c->path, "%s%s", len > 0 ? "." : "", json_string_value(name));
        cause_add(c->causes, "FieldValueRequired", c->path.data, "%s", "");
        buf_truncate(&c->path, len);
    }
    json_object_foreach ((json_t *)value, key, child) {
        const json_t *property = json_object_get(properties, key);

        buf_printf(&c->path, "%s%s", len > 0 ? "." : "", key);
        if (property)
            check_value(c, property, child);
        else if (json_is_object(values))
            check_value(c, values, child);
        buf_truncate(&c->path, len);
    }
}

/* What must differ from item to item: in a set the item, in a list map its keys. */
static json_t *identity_of(const json_t *schema, const json_t *item)
{
    const char *type = json_string_value(json_object_get(schema, "x-kubernetes-list-type"));
    json_t *keys;
    size_t i;
    json_t *key;

    if (streq(type, "set"))
        return json_deep_copy(item);
    if (!streq(type, "map"))
        return NULL;
    keys = json_object();
    json_array_foreach (json_object_get(schema, "x-kubernetes-list-map-keys"), i, key) {
        json_t *value = json_object_get(item, json_string_value(key));

        if (value)
            json_object_set(keys, json_string_value(key), value);
    }
    return keys;
}

/* Is there no earlier item like that? */
static void check_unique(struct check *c, const json_t *schema, const json_t *list, size_t index)
{
    cleanup_json json_t *mine = identity_of(schema, json_array_get(list, index));

    for (size_t i = 0; mine && i < index; i++) {
        cleanup_json json_t *other = identity_of(schema, json_array_get(list, i));

        if (json_equal(mine, other)) {
            cleanup_free char *text = json_dumps(mine, JSON_ENCODE_ANY | JSON_COMPACT);

            cause_add(c->causes, "FieldValueDuplicate", c->path.data, "%s", text);
            return;
        }
    }
}

static void check_array(struct check *c, const json_t *schema, const json_t *value)
{
    const json_t *least = json_object_get(schema, "minItems");
    const json_t *most = json_object_get(schema, "maxItems");
    size_t i, len = c->path.len;
    json_t *item;

    if (least && (json_int_t)json_array_size(value) < json_integer_value(least))
        cause_add(c->causes, "FieldValueInvalid", c->path.data,
                  "%zu: %s in body should have at least %lld items", json_array_size(value),
                  c->path.data, (long long)json_integer_value(least));
    if (most && (json_int_t)json_array_size(value) > json_integer_value(most))
        cause_add(c->causes, "FieldValueTooMany", c->path.data, "%zu: must have at most %lld items",
                  json_array_size(value), (long long)json_integer_value(most));
    json_array_foreach ((json_t *)value, i, item) {
        buf_printf(&c->path, "[%zu]", i);
        check_unique(c, schema, value, i);
        check_value(c, json_object_get(schema, "items"), item);
        buf_truncate(&c->path, len);
    }
}

static void check_value(struct check *c, const json_t *schema, const json_t *value)
{
    const char *type = json_string_value(json_object_get(schema, "type"));

    if (!schema || (json_is_null(value) && json_is_true(json_object_get(schema, "nullable"))))
        return;
    if (json_is_true(json_object_get(schema, "x-kubernetes-int-or-string")) &&
        (json_is_integer(value) || json_is_string(value)))
        return;
    if (type && !has_type(type, value)) {
        cause_add(c->causes, "FieldValueTypeInvalid", c->path.data,
                  "\"%s\": %s in body must be of type %s: \"%s\"", type_name(value), c->path.data,
                  type, type_name(value));
        return;
    }
    check_enum(c, schema, value);
    if (json_is_string(value))
        check_string(c, schema, value);
    else if (json_is_number(value))
        check_number(c, schema, value);
    else if (json_is_object(value))
        check_object(c, schema, value);
    else if (json_is_array(value))
        check_array(c, schema, value);
}

void schema_custom_validate(const struct kind *kind, const json_t *object, json_t *causes)
{
    struct check c = {.causes = causes, .path = BUF_UNLIMITED};

    check_value(&c, schema_custom(kind), object);
    buf_clear(&c.path);
}
