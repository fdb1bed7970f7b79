/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/fields.h"

#include "kustomize/json_text.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"

#include <strings.h>

/* One check, and what it found. */
struct check {
    char **culprit;
    struct error **err;
};

static int check_object(struct check *c, json_t *object, const struct field *fields,
                        const char *path);

static int wrong_type(struct check *c, const char *path, const char *wanted, const json_t *got)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "a map",     [JSON_ARRAY] = "a list",  [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "a boolean",
        [JSON_FALSE] = "a boolean",  [JSON_NULL] = "null",
    };
    const char *name = strrchr(path, '.');
    bool quote = streq(wanted, "a string") && !json_is_object(got) && !json_is_array(got);

    *c->culprit = xstrdup(name ? name + 1 : path);
    (*c->culprit)[strcspn(*c->culprit, "[")] = 0;
    return error_set(c->err, ERROR_INVALID, "%s must be %s, found %s%s", path, wanted,
                     names[json_typeof(got)], quote ? "; put it in quotes" : "");
}

static int check_strings(struct check *c, json_t *list, const char *path)
{
    size_t i;
    json_t *item;

    if (!json_is_array(list))
        return wrong_type(c, path, "a list of strings", list);
    json_array_foreach (list, i, item)
        if (json_is_null(item)) {
            json_array_set_new(list, i, json_string(""));
        } else if (!json_is_string(item)) {
            cleanup_free char *at = xasprintf("%s[%zu]", path, i);

            return wrong_type(c, at, "a string", item);
        }
    return 0;
}

static int check_string_map(struct check *c, json_t *map, bool is_text, const char *path)
{
    const char *key;
    json_t *value;
    void *tmp;

    if (!json_is_object(map))
        return wrong_type(c, path, "a map of strings", map);
    json_object_foreach_safe(map, tmp, key, value)
    {
        cleanup_free char *text = is_text ? json_scalar_text(value) : NULL;

        if (json_is_null(value) || text) {
            json_object_set_new(map, key, json_string(text ? text : ""));
        } else if (!json_is_string(value)) {
            cleanup_free char *at = xasprintf("%s.%s", path, key);

            return wrong_type(c, at, "a string", value);
        }
    }
    return 0;
}

static int check_objects(struct check *c, json_t *list, const struct field *fields,
                         const char *path)
{
    size_t i;
    json_t *item;

    if (!json_is_array(list))
        return wrong_type(c, path, "a list", list);
    json_array_foreach (list, i, item) {
        cleanup_free char *at = xasprintf("%s[%zu]", path, i);

        if (json_is_null(item)) {
            json_array_set_new(list, i, json_object());
            continue;
        }
        if (!json_is_object(item))
            return wrong_type(c, at, "a map", item);
        if (check_object(c, item, fields, at) < 0)
            return -1;
    }
    return 0;
}

static int check_value(struct check *c, json_t *value, const struct field *f, const char *path)
{
    switch (f->type) {
    case FIELD_EXACT:
    case FIELD_STRING: return json_is_string(value) ? 0 : wrong_type(c, path, "a string", value);
    case FIELD_TEXT:
        return json_is_object(value) || json_is_array(value)
                   ? wrong_type(c, path, "a string", value)
                   : 0;
    case FIELD_BOOL:
        return json_is_boolean(value) ? 0 : wrong_type(c, path, "true or false", value);
    case FIELD_INT: return json_is_integer(value) ? 0 : wrong_type(c, path, "an integer", value);
    case FIELD_EXACTS:
    case FIELD_STRINGS: return check_strings(c, value, path);
    case FIELD_EXACT_MAP:
    case FIELD_STRING_MAP: return check_string_map(c, value, false, path);
    case FIELD_TEXT_MAP: return check_string_map(c, value, true, path);
    case FIELD_OBJECTS: return check_objects(c, value, f->fields, path);
    case FIELD_OBJECT:
        if (!json_is_object(value))
            return wrong_type(c, path, "a map", value);
        return check_object(c, value, f->fields, path);
    }
    UNREACHABLE();
}

static const struct field *field_find(const struct field *fields, const char *name)
{
    for (const struct field *f = fields; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    for (const struct field *f = fields; f->name; f++)
        if (strcasecmp(f->name, name) == 0)
            return f;
    return NULL;
}

/* Takes `value`. Of a field written twice, in two cases, the later one counts; maps grow together.
 */
static void field_set(json_t *object, const struct field *f, json_t *value)
{
    json_t *old = json_object_get(object, f->name);

    if (f->type == FIELD_TEXT && !json_is_string(value)) {
        cleanup_free char *text = json_scalar_text(value);

        json_decref(value);
        value = json_string(text);
    }
    if (json_is_object(old) && json_is_object(value)) {
        json_object_update(old, value);
        json_decref(value);
    } else {
        json_object_set_new(object, f->name, value);
    }
}

static int check_field(struct check *c, json_t *object, const struct field *fields,
                       const char *path, const char *key, json_t *checked)
{
    cleanup_free char *at = *path ? xasprintf("%s.%s", path, key) : xstrdup(key);
    const struct field *f = field_find(fields, key);
    json_t *value = json_object_get(object, key);

    if (!f) {
        *c->culprit = xstrdup(key);
        return error_set(c->err, ERROR_INVALID, "unknown field \"%s\"", at);
    }
    if (json_is_null(value))
        return 0;
    if (check_value(c, value, f, at) < 0)
        return -1;
    field_set(checked, f, json_incref(value));
    return 0;
}

/* Fields in the order of their names as written, as kustomize meets them. */
static int check_object(struct check *c, json_t *object, const struct field *fields,
                        const char *path)
{
    cleanup_strvec struct strvec names = {0};
    cleanup_json json_t *checked = json_object();
    const char *key;
    json_t *value;

    if (fields == fields_anything)
        return 0;
    json_object_foreach (object, key, value)
        strvec_push(&names, key);
    strvec_sort(&names);
    for (size_t i = 0; i < names.len; i++)
        if (check_field(c, object, fields, path, names.items[i], checked) < 0)
            return -1;
    json_object_clear(object);
    json_object_update(object, checked);
    return 0;
}

int fields_check(json_t *object, const struct field *fields, const char *path, char **culprit,
                 struct error **err)
{
    struct check c = {.culprit = culprit, .err = err};

    return check_object(&c, object, fields, path);
}
