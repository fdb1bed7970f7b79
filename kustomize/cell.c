/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/cell.h"

#include "kustomize/resource.h"
#include "lib/doc/spelling.h"

char *cell_text(const json_t *v)
{
    const char *written = spelled_text(v);

    if (written)
        return xstrdup(written);
    return json_is_null(v) ? xstrdup("null") : json_scalar_text(v);
}

json_t *cell_read(const char *text)
{
    size_t len = strlen(text);
    struct scalar s;
    json_t *value = NULL;

    scalar_resolve(text, len, YAML_KUSTOMIZE, &s);
    if (s.kind != SCALAR_STRING)
        value = spelled_new(&s, text, len);
    return value ? value : spelled_string(text, len);
}

static enum scalar_kind node_kind(const json_t *v)
{
    const char *written = spelled_text(v);
    struct scalar s;

    switch (json_typeof(v)) {
    case JSON_NULL: return SCALAR_NULL;
    case JSON_TRUE:
    case JSON_FALSE: return SCALAR_BOOL;
    case JSON_INTEGER: return SCALAR_INT;
    case JSON_REAL: return SCALAR_FLOAT;
    default: break;
    }
    if (!written)
        return SCALAR_STRING;
    scalar_resolve(written, strlen(written), YAML_KUSTOMIZE, &s);
    return s.kind;
}

int cell_retext(const json_t *old, const char *text, json_t **out, struct error **err)
{
    static const char *const names[] = {
        [SCALAR_NULL] = "null",      [SCALAR_BOOL] = "a boolean",   [SCALAR_INT] = "an integer",
        [SCALAR_FLOAT] = "a number", [SCALAR_TIMESTAMP] = "a date", [SCALAR_STRING] = "a string",
    };
    enum scalar_kind kind = node_kind(old);
    struct scalar s;

    if (kind == SCALAR_STRING) {
        *out = spelled_string(text, strlen(text));
        return 0;
    }
    scalar_resolve(text, strlen(text), YAML_KUSTOMIZE, &s);
    /* The text may come from a Secret, so it is not shown. */
    if (s.kind != kind && !(kind == SCALAR_FLOAT && s.kind == SCALAR_INT))
        return error_set(err, ERROR_INVALID,
                         "the field holds %s, which the new text is not; put the field's value in "
                         "quotes",
                         names[kind]);
    *out = cell_read(text);
    return 0;
}

bool cell_is_quoted(const json_t *v)
{
    const char *text = json_string_value(v);
    struct scalar s;

    if (!text || !*text || spelled_text(v))
        return false; /* "" is what a created field holds */
    scalar_resolve(text, strlen(text), YAML_KUSTOMIZE, &s);
    return s.kind != SCALAR_STRING;
}

json_t *cell_reread(const json_t *old, const char *text)
{
    return cell_is_quoted(old) ? spelled_string(text, strlen(text)) : cell_read(text);
}

/* Strings have no identity of their own in a document, but shared ones are one object. */
static void replace_shared(json_t *node, const json_t *old, json_t *value)
{
    const char *key;
    size_t i;
    json_t *child;

    if (json_is_object(node))
        json_object_foreach (node, key, child) {
            if (child == old)
                json_object_set(node, key, value);
            else
                replace_shared(child, old, value);
        }
    if (json_is_array(node))
        json_array_foreach (node, i, child) {
            if (child == old)
                json_array_set(node, i, value);
            else
                replace_shared(child, old, value);
        }
}

static void replace_everywhere(json_t *root, json_t *old, json_t *value)
{
    if (!json_is_string(old) || old->refcount == 1)
        return;
    json_incref(old);
    replace_shared(root, old, value);
    json_decref(old);
}

void cell_replace(json_t *root, json_t *map, const char *key, json_t *value)
{
    replace_everywhere(root, json_object_get(map, key), value);
    json_object_set_new(map, key, value);
}

void cell_replace_item(json_t *root, json_t *list, size_t index, json_t *value)
{
    replace_everywhere(root, json_array_get(list, index), value);
    json_array_set_new(list, index, value);
}

void cell_replace_value(json_t *root, json_t *old, json_t *value)
{
    json_incref(old);
    replace_shared(root, old, value);
    json_decref(old);
    json_decref(value);
}
