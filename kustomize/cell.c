/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/cell.h"

#include "kustomize/json_text.h"
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
    return spelled_text_of(text, MANNER_UNTYPED);
}

static enum scalar_kind node_kind(const json_t *v)
{
    const char *written = spelled_text(v);
    struct scalar s;

    switch (spelled_manner(v)) {
    case MANNER_NULL: return SCALAR_NULL;
    case MANNER_BOOL: return SCALAR_BOOL;
    case MANNER_INT: return SCALAR_INT;
    case MANNER_FLOAT: return SCALAR_FLOAT;
    case MANNER_TIMESTAMP: return SCALAR_TIMESTAMP;
    default: break;
    }
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
    return scalar_type(&s);
}

json_t *cell_retext(const json_t *old, const char *text)
{
    static const enum spelled_manner manners[] = {
        [SCALAR_NULL] = MANNER_NULL,    [SCALAR_BOOL] = MANNER_BOOL,
        [SCALAR_INT] = MANNER_INT,      [SCALAR_FLOAT] = MANNER_FLOAT,
        [SCALAR_STRING] = MANNER_PLAIN, [SCALAR_TIMESTAMP] = MANNER_TIMESTAMP,
    };
    enum scalar_kind kind = node_kind(old);
    enum scalar_kind type;
    size_t len = strlen(text);
    struct scalar s;
    json_t *value = NULL;

    if (spelled_manner(old) == MANNER_UNTYPED)
        return cell_read(text);
    if (len == 0 && spelled_is_null_in_flow(old))
        return spelled_string_styled(text, len, true);
    if (kind == SCALAR_STRING)
        return spelled_string_styled(text, len, spelled_is_quoted(old));
    scalar_resolve(text, len, YAML_KUSTOMIZE, &s);
    type = scalar_type(&s);
    if (type == kind || (kind == SCALAR_FLOAT && type == SCALAR_INT))
        value = spelled_new(&s, text, len);
    return value ? value : spelled_text_of(text, manners[kind]);
}

json_t *cell_reread(const json_t *old, const char *text)
{
    return spelled_is_quoted(old) ? spelled_string_styled(text, strlen(text), true)
                                  : cell_read(text);
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
