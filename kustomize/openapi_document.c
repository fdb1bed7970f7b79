/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/openapi_document.h"

#include "kustomize/json_text.h"
#include "lib/base/map.h"
#include "lib/base/vec.h"
#include "lib/doc/patch.h"
#include "lib/doc/yaml.h"

#define GVK "x-kubernetes-group-version-kind"
#define STRATEGY "x-kubernetes-patch-strategy"

#define DEFINITIONS "#/definitions/"

/* More aliases of aliases in a row are a circle. */
#define MAX_REFERENCES 64

struct openapi_document {
    json_t *root;      /* types borrow their strings from it */
    struct map kinds;  /* kind key: struct merge_type */
    struct map scopes; /* kind key: a constant of scope_marks */
    struct map types;  /* address of a schema in `root`: its struct type */
    bool has_built_in; /* references may lead to the built-in table */
};

/* A type under construction; it stays where it is, since others point to it. */
struct type {
    struct merge_type type;
    const json_t *schema;
};

static const enum schema_scope scope_marks[] = {SCHEMA_NAMESPACED, SCHEMA_CLUSTER};

static void type_free(void *value)
{
    struct type *t = value;

    free((void *)t->type.fields);
    free((void *)t->type.keys);
    free(t);
}

void openapi_document_free(struct openapi_document *d)
{
    if (!d)
        return;
    map_clear(&d->kinds);
    map_clear(&d->scopes);
    map_clear_with(&d->types, type_free);
    json_decref(d->root);
    free(d);
}

/* The schema that `schema` refers to, itself where it is no reference; NULL where there is none. */
static const json_t *reference_follow(const struct openapi_document *d, const json_t *schema)
{
    for (int i = 0; i < MAX_REFERENCES; i++) {
        const char *ref = json_string_at(schema, "$ref");
        const char *pointer = strchr(ref, '#');

        if (!*ref)
            return json_is_object(schema) ? schema : NULL;
        if (!pointer || !str_has_prefix(pointer, DEFINITIONS))
            return NULL;
        schema = json_pointer_find(d->root, pointer + 1);
    }
    return NULL;
}

/* The type of a schema: known already, or queued to be filled. */
static struct type *type_of(struct openapi_document *d, struct ptrvec *queue, const json_t *schema)
{
    char key[2 + 2 * sizeof(schema) + 1];
    struct type *t;

    snprintf(key, sizeof(key), "%p", (const void *)schema);
    t = map_find(&d->types, key);
    if (t)
        return t;
    t = xcalloc(1, sizeof(*t));
    t->schema = schema;
    map_set(&d->types, key, t);
    ptrvec_push(queue, t);
    return t;
}

static const struct merge_type *type_of_child(struct openapi_document *d, struct ptrvec *queue,
                                              const json_t *schema)
{
    const json_t *found = reference_follow(d, schema);
    const char *ref = json_string_at(schema, "$ref");

    if (!found && d->has_built_in && str_has_prefix(ref, DEFINITIONS))
        return schema_definition_find(ref + strlen(DEFINITIONS));
    return found ? &type_of(d, queue, found)->type : NULL;
}

static int field_compare(const void *a, const void *b)
{
    return strcmp(((const struct merge_field *)a)->name, ((const struct merge_field *)b)->name);
}

static void fields_fill(struct openapi_document *d, struct ptrvec *queue, struct type *t)
{
    json_t *properties = json_object_get(t->schema, "properties");
    struct merge_field *fields;
    const char *name;
    json_t *property;
    size_t count = 0;

    if (json_object_size(properties) == 0)
        return;
    fields = xcalloc(json_object_size(properties), sizeof(*fields));
    json_object_foreach (properties, name, property)
        fields[count++] = (struct merge_field){name, type_of_child(d, queue, property)};
    qsort(fields, count, sizeof(*fields), field_compare);
    t->type.fields = fields;
    t->type.field_count = count;
}

/* kustomize knows lists by a type that is "array" and nothing else. */
static bool schema_is_list(const json_t *schema)
{
    const json_t *type = json_object_get(schema, "type");

    if (json_array_size(type) == 1)
        type = json_array_get(type, 0);
    return streq(json_string_value(type), "array");
}

/* Is "merge" one of the words of "merge,retainKeys"? */
static bool strategy_merges(const char *strategy)
{
    for (const char *word = strategy; *word;) {
        size_t len = strcspn(word, ",");

        if (len == strlen("merge") && strncmp(word, "merge", len) == 0)
            return true;
        word += len + (word[len] == ',');
    }
    return false;
}

static int keys_fill(struct type *t, const char *name, struct error **err)
{
    const json_t *keys = json_object_get(t->schema, "x-kubernetes-list-map-keys");
    const char *single = json_string_at(t->schema, "x-kubernetes-patch-merge-key");
    size_t count = keys ? json_array_size(keys) : *single != '\0';
    const char **names;

    if (!count)
        return 0;
    names = xcalloc(count + 1, sizeof(*names));
    t->type.keys = names;
    for (size_t i = 0; i < count; i++) {
        names[i] = keys ? json_string_value(json_array_get(keys, i)) : single;
        if (!names[i])
            return error_set(err, ERROR_INVALID, "%s: x-kubernetes-list-map-keys must hold strings",
                             name);
    }
    return 0;
}

static int type_fill(struct openapi_document *d, struct ptrvec *queue, struct type *t,
                     const char *name, struct error **err)
{
    const json_t *values = json_object_get(t->schema, "additionalProperties");
    const json_t *items = json_object_get(t->schema, "items");

    fields_fill(d, queue, t);
    if (json_is_object(values))
        t->type.values = type_of_child(d, queue, values);
    if (json_is_object(items) && schema_is_list(t->schema))
        t->type.items = type_of_child(d, queue, items);
    t->type.merges = strategy_merges(json_string_at(t->schema, STRATEGY));
    return t->type.merges ? keys_fill(t, name, err) : 0;
}

/* The key of the kind that a {group, version, kind} names. */
static int gvk_key(const json_t *gvk, const char *name, struct buf *key, struct error **err)
{
    const char *group = json_string_at(gvk, "group");
    const char *version = json_string_value(json_object_get(gvk, "version"));
    const char *kind = json_string_value(json_object_get(gvk, "kind"));

    if (!version || !kind)
        return error_set(err, ERROR_INVALID, "%s: " GVK " needs a version and a kind", name);
    buf_clear(key);
    buf_printf(key, "%s%s%s %s", group, *group ? "/" : "", version, kind);
    return 0;
}

static int kinds_fill(struct openapi_document *d, struct ptrvec *queue, const char *name,
                      struct error **err)
{
    cleanup_buf struct buf key = BUF_UNLIMITED;
    const char *definition;
    json_t *schema, *gvk;
    size_t i;

    json_object_foreach (json_object_get(d->root, "definitions"), definition, schema) {
        json_array_foreach (json_object_get(schema, GVK), i, gvk) {
            if (!json_is_object(gvk))
                continue;
            if (gvk_key(gvk, name, &key, err) < 0)
                return -1;
            map_set(&d->kinds, key.data, &type_of(d, queue, schema)->type);
        }
    }
    for (i = 0; i < queue->len; i++)
        if (type_fill(d, queue, queue->items[i], name, err) < 0)
            return -1;
    return 0;
}

/* A kind with a path below a namespace is namespaced; one with other paths only is not. */
static int scopes_fill(struct openapi_document *d, const char *name, struct error **err)
{
    cleanup_buf struct buf key = BUF_UNLIMITED;
    const char *path;
    json_t *methods;

    json_object_foreach (json_object_get(d->root, "paths"), path, methods) {
        const json_t *gvk = json_object_get(json_object_get(methods, "get"), GVK);
        bool namespaced = strstr(path, "namespaces/{namespace}") != NULL;

        if (!json_is_object(gvk))
            continue;
        if (gvk_key(gvk, name, &key, err) < 0)
            return -1;
        if (namespaced || !map_has(&d->scopes, key.data))
            map_set(&d->scopes, key.data, (void *)&scope_marks[namespaced ? 0 : 1]);
    }
    return 0;
}

/* The first document of a YAML text, as kustomize takes it. */
static int yaml_root(const char *name, const char *text, size_t len, json_t **out,
                     struct error **err)
{
    cleanup_json json_t *docs = NULL;

    if (yaml_parse(name, text, len, YAML_KUBECTL, &docs, err) < 0)
        return -1;
    *out = json_incref(json_array_get(docs, 0));
    return 0;
}

static int json_root(const char *name, const char *text, size_t len, json_t **out,
                     struct error **err)
{
    json_error_t where;

    *out = json_loadb(text, len, 0, &where);
    if (!*out)
        return error_set(err, ERROR_INVALID, "%s:%d:%d: %s", name, where.line, where.column,
                         where.text);
    return 0;
}

int openapi_document_parse(const char *name, const char *text, size_t len, bool has_built_in,
                           struct openapi_document **out, struct error **err)
{
    cleanup_openapi_document struct openapi_document *d = xcalloc(1, sizeof(*d));
    cleanup_ptrvec struct ptrvec queue = {0};
    int result = len > 0 && text[0] == '{' ? json_root(name, text, len, &d->root, err)
                                           : yaml_root(name, text, len, &d->root, err);

    d->has_built_in = has_built_in;
    if (result < 0)
        return -1;
    if (!json_is_object(d->root))
        return error_set(err, ERROR_INVALID,
                         "%s is no OpenAPI document; `kustomize openapi fetch` prints one", name);
    if (kinds_fill(d, &queue, name, err) < 0 || scopes_fill(d, name, err) < 0)
        return -1;
    *out = TAKE(d);
    return 0;
}

static void *kind_find(const struct map *map, const char *api_version, const char *kind)
{
    cleanup_buf struct buf key = BUF_UNLIMITED;

    if (!api_version || !kind)
        return NULL;
    buf_printf(&key, "%s %s", api_version, kind);
    return map_find(map, key.data);
}

const struct merge_type *openapi_document_find(const struct openapi_document *d,
                                               const char *api_version, const char *kind)
{
    return kind_find(&d->kinds, api_version, kind);
}

enum schema_scope openapi_document_scope(const struct openapi_document *d, const char *api_version,
                                         const char *kind)
{
    const enum schema_scope *scope = kind_find(&d->scopes, api_version, kind);

    return scope ? *scope : SCHEMA_SCOPE_UNKNOWN;
}
