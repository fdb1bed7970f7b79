/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/plugin_fields.h"

#include "lib/base/mem.h"
#include "lib/doc/scalar.h"

#include <strings.h>

static int read_value(const json_t *value, const struct field *f, const char *path, json_t **out,
                      struct error **err);

static int wrong_type(const char *path, const char *wanted, struct error **err)
{
    return error_set(err, ERROR_INVALID, "%s must be %s", path, wanted);
}

static json_t *read_string(const json_t *value, bool is_exact)
{
    char text[32];

    if (is_exact && !json_is_string(value) && !json_is_null(value))
        return NULL;

    switch (json_typeof(value)) {
    case JSON_NULL: return json_string("");
    case JSON_STRING: return json_incref((json_t *)value);
    case JSON_TRUE: return json_string("true");
    case JSON_FALSE: return json_string("false");
    case JSON_INTEGER: return json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_REAL: scalar_format_float(json_real_value(value), 32, text); return json_string(text);
    default: return NULL;
    }
}

static int read_object(const json_t *value, const struct field *fields, const char *path,
                       json_t **out, struct error **err);

static int read_list(const json_t *list, const struct field *item, const char *path, json_t **out,
                     struct error **err)
{
    cleanup_json json_t *result = json_array();
    size_t i;
    json_t *value;

    if (!json_is_array(list))
        return wrong_type(path, "a list", err);
    json_array_foreach ((json_t *)list, i, value) {
        cleanup_free char *at = xasprintf("%s[%zu]", path, i);
        json_t *copy = NULL;

        if (read_value(value, item, at, &copy, err) < 0)
            return -1;
        json_array_append_new(result, copy);
    }
    *out = TAKE(result);
    return 0;
}

static int read_string_map(const json_t *map, bool is_exact, const char *path, json_t **out,
                           struct error **err)
{
    cleanup_json json_t *result = json_object();
    const char *key;
    json_t *value;

    if (!json_is_object(map))
        return wrong_type(path, "a map of strings", err);
    json_object_foreach ((json_t *)map, key, value) {
        cleanup_free char *at = xasprintf("%s.%s", path, key);
        json_t *text = read_string(value, is_exact);

        if (!text)
            return wrong_type(at, "a string", err);
        json_object_set_new(result, key, text);
    }
    *out = TAKE(result);
    return 0;
}

static int read_value(const json_t *value, const struct field *f, const char *path, json_t **out,
                      struct error **err)
{
    static const struct field string = {NULL, FIELD_STRING, NULL};
    static const struct field exact = {NULL, FIELD_EXACT, NULL};
    struct field object = {NULL, FIELD_OBJECT, f->fields};

    switch (f->type) {
    case FIELD_EXACT:
    case FIELD_STRING:
    case FIELD_TEXT:
        *out = read_string(value, f->type == FIELD_EXACT);
        return *out ? 0 : wrong_type(path, "a string", err);
    case FIELD_BOOL:
        *out = json_boolean(json_is_true(value));
        return json_is_boolean(value) ? 0 : wrong_type(path, "true or false", err);
    case FIELD_INT:
        if (!json_is_integer(value))
            return wrong_type(path, "an integer", err);
        *out = json_incref((json_t *)value);
        return 0;
    case FIELD_STRINGS: return read_list(value, &string, path, out, err);
    case FIELD_EXACTS: return read_list(value, &exact, path, out, err);
    case FIELD_STRING_MAP:
    case FIELD_TEXT_MAP: return read_string_map(value, false, path, out, err);
    case FIELD_EXACT_MAP: return read_string_map(value, true, path, out, err);
    case FIELD_OBJECTS: return read_list(value, &object, path, out, err);
    case FIELD_OBJECT: return read_object(value, f->fields, path, out, err);
    }
    UNREACHABLE();
}

static const struct field *field_find(const struct field *fields, const char *name)
{
    for (const struct field *f = fields; f->name; f++)
        if (strcasecmp(f->name, name) == 0)
            return f;
    return NULL;
}

static int read_object(const json_t *object, const struct field *fields, const char *path,
                       json_t **out, struct error **err)
{
    cleanup_json json_t *result = json_object();
    const char *key;
    json_t *value;

    if (!json_is_object(object) && !json_is_null(object))
        return wrong_type(path, "a map", err);
    json_object_foreach ((json_t *)object, key, value) {
        const struct field *f = field_find(fields, key);
        cleanup_free char *at = *path ? xasprintf("%s.%s", path, key) : xstrdup(key);
        json_t *copy = NULL;

        if (!f || json_is_null(value))
            continue;
        if (read_value(value, f, at, &copy, err) < 0)
            return -1;
        json_object_set_new(result, f->name, copy);
    }
    *out = TAKE(result);
    return 0;
}

int plugin_fields_read(const json_t *config, const struct field *fields, json_t **out,
                       struct error **err)
{
    return read_object(config, fields, "", out, err);
}

int plugin_fields_read_specs(const json_t *config, const struct field *fields, json_t **out,
                             struct fieldspec_list *specs, struct error **err)
{
    if (plugin_fields_read(config, fields, out, err) < 0)
        return -1;
    fieldspecs_read(json_object_get(*out, "fieldSpecs"), specs);
    return 0;
}

int plugin_set(struct resmap *m, const json_t *config, const struct field *fields, const char *name,
               plugin_set_fn *set, struct error **err)
{
    cleanup_json json_t *read = NULL;
    cleanup_fieldspec_list struct fieldspec_list list = {0};
    struct fieldspecs specs;

    if (plugin_fields_read_specs(config, fields, &read, &list, err) < 0)
        return -1;
    specs = fieldspec_list_view(&list);
    return set(m, &specs, json_object_get(read, name), err);
}
