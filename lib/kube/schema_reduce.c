/* SPDX-License-Identifier: Apache-2.0 */
/* From an OpenAPI v3 document to drafts of types. Every node of the document becomes at most two
 * types (a component may also be asked for as owned as a whole), so that what it takes is bounded
 * by the document's size whatever refers to what. */
#include "lib/kube/schema_reduction.h"

/* Types within types that are no components of their own; what is deeper is KUBE_ANY. */
#define DEPTH_MAX 200

static schema_ref read_node(struct schema_reduction *r, const json_t *node, unsigned depth);

/* Those whose Go types write themselves as JSON in a way of their own. */
static const struct {
    const char *name;
    enum kube_shape shape;
} well_known[] = {
    {"io.k8s.apimachinery.pkg.api.resource.Quantity", KUBE_QUANTITY},
    {"io.k8s.apimachinery.pkg.util.intstr.IntOrString", KUBE_INT_OR_STRING},
    {"io.k8s.apimachinery.pkg.apis.meta.v1.Time", KUBE_TIME},
    {"io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", KUBE_TIME},
    {"io.k8s.apimachinery.pkg.apis.meta.v1.Duration", KUBE_DURATION},
};

static const char *get_string(const json_t *node, const char *key)
{
    const char *value = json_string_value(json_object_get(node, key));

    return value ? value : "";
}

static bool get_bool(const json_t *node, const char *key)
{
    return json_is_true(json_object_get(node, key));
}

static schema_ref add_type(struct schema_reduction *r, struct draft_type type)
{
    if (r->type_count == r->type_cap) {
        r->type_cap = r->type_cap ? r->type_cap * 2 : 256;
        r->types = xrealloc(r->types, r->type_cap * sizeof(*r->types));
    }
    r->types[r->type_count] = type;
    return SCHEMA_SCALARS + r->type_count++;
}

/* The component that a node refers to, or NULL. The API server wraps a reference that has
 * something beside it: {allOf: [{$ref}], default: {}}. */
static const char *component_of(const json_t *node)
{
    static const char prefix[] = "#/components/schemas/";
    const json_t *all_of = json_object_get(node, "allOf");
    const char *ref = get_string(node, "$ref");

    if (!*ref && json_array_size(all_of) == 1)
        ref = get_string(json_array_get(all_of, 0), "$ref");
    return str_has_prefix(ref, prefix) ? ref + strlen(prefix) : NULL;
}

static schema_ref component_ref(struct schema_reduction *r, const char *name, bool atomic)
{
    cleanup_free char *key = NULL;
    struct map_entry *entry;

    for (size_t i = 0; i < ARRAY_LEN(well_known); i++)
        if (streq(name, well_known[i].name))
            return well_known[i].shape;
    if (!json_object_get(r->components, name))
        return KUBE_ANY;
    key = xasprintf("%s%s", atomic ? "!" : "", name);
    entry = map_entry(&r->by_name, key);
    if (!entry->value) {
        entry->value = (void *)add_type(r, (struct draft_type){.is_alias = true});
        ptrvec_push(&r->unread, entry->key);
    }
    return (schema_ref)entry->value;
}

static int compare_fields(const void *a, const void *b)
{
    return strcmp(((const struct draft_field *)a)->name, ((const struct draft_field *)b)->name);
}

static bool is_scalar(const json_t *value)
{
    return json_is_string(value) || json_is_integer(value) || json_is_boolean(value);
}

static void read_fields(struct schema_reduction *r, const json_t *properties, unsigned depth,
                        struct draft_type *type)
{
    const char *name;
    json_t *node;

    type->shape = KUBE_STRUCT;
    type->fields = xcalloc(json_object_size(properties), sizeof(*type->fields));
    json_object_foreach ((json_t *)properties, name, node) {
        const json_t *value = json_object_get(node, "default");

        type->fields[type->count++] = (struct draft_field){
            .name = name,
            .type = read_node(r, node, depth + 1),
            .default_value = is_scalar(value) ? value : NULL,
        };
    }
    if (type->count > 0)
        qsort(type->fields, type->count, sizeof(*type->fields), compare_fields);
}

static schema_ref read_object(struct schema_reduction *r, const json_t *node, unsigned depth)
{
    const json_t *properties = json_object_get(node, "properties");
    const json_t *values = json_object_get(node, "additionalProperties");
    struct draft_type type = {
        .atomic = streq(get_string(node, "x-kubernetes-map-type"), "atomic"),
    };

    if (json_object_size(properties) > 0) {
        type.preserves_unknown = get_bool(node, "x-kubernetes-preserve-unknown-fields") ||
                                 json_is_object(values) || json_is_true(values) ||
                                 (get_bool(node, "x-kubernetes-embedded-resource") &&
                                  !json_object_get(properties, "metadata"));
        read_fields(r, properties, depth, &type);
        return add_type(r, type);
    }
    if (!json_is_object(values) && !json_is_true(values) && !type.atomic)
        return KUBE_ANY;
    type.shape = KUBE_MAP;
    type.items = read_node(r, values, depth + 1);
    return add_type(r, type);
}

static schema_ref read_list(struct schema_reduction *r, const json_t *node, unsigned depth)
{
    const char *list_type = get_string(node, "x-kubernetes-list-type");
    const json_t *keys = json_object_get(node, "x-kubernetes-list-map-keys");
    struct draft_type type = {.shape = KUBE_LIST};

    if (streq(list_type, "set"))
        type.list_type = KUBE_LIST_SET;
    if (streq(list_type, "map") && json_array_size(keys) > 0) {
        type.list_type = KUBE_LIST_MAP;
        type.keys = xcalloc(json_array_size(keys), sizeof(*type.keys));
        for (; type.count < json_array_size(keys); type.count++) {
            const char *key = json_string_value(json_array_get(keys, type.count));

            type.keys[type.count] = key ? key : "";
        }
    }
    type.items = read_node(r, json_object_get(node, "items"), depth + 1);
    return add_type(r, type);
}

static schema_ref read_string(const char *format)
{
    if (streq(format, "date-time"))
        return KUBE_TIME;
    if (streq(format, "byte"))
        return KUBE_BYTES;
    if (streq(format, "duration"))
        return KUBE_DURATION;
    return streq(format, "int-or-string") ? KUBE_INT_OR_STRING : KUBE_STRING;
}

static schema_ref read_node(struct schema_reduction *r, const json_t *node, unsigned depth)
{
    const char *component = component_of(node);
    const char *type = get_string(node, "type");
    const char *format = get_string(node, "format");

    if (depth > DEPTH_MAX)
        return KUBE_ANY;
    if (component)
        return component_ref(r, component,
                             streq(get_string(node, "x-kubernetes-map-type"), "atomic"));
    if (get_bool(node, "x-kubernetes-int-or-string") || streq(format, "int-or-string"))
        return KUBE_INT_OR_STRING;
    if (streq(type, "string"))
        return read_string(format);
    if (streq(type, "integer"))
        return KUBE_INTEGER;
    if (streq(type, "number"))
        return KUBE_NUMBER;
    if (streq(type, "boolean"))
        return KUBE_BOOLEAN;
    if (streq(type, "array"))
        return read_list(r, node, depth);
    return streq(type, "object") || json_object_size(json_object_get(node, "properties")) > 0
               ? read_object(r, node, depth)
               : KUBE_ANY;
}

static void read_components(struct schema_reduction *r)
{
    while (r->unread.len > 0) {
        const char *key = r->unread.items[--r->unread.len];
        schema_ref alias = (schema_ref)map_find(&r->by_name, key), target;

        target = read_node(r, json_object_get(r->components, key + (*key == '!')), 0);
        if (*key == '!' && target >= SCHEMA_SCALARS)
            r->types[target - SCHEMA_SCALARS].atomic = true;
        r->types[alias - SCHEMA_SCALARS].items = target;
    }
}

static void add_kind(struct schema_reduction *r, const json_t *gvk, const char *component)
{
    if (r->kind_count == r->kind_cap) {
        r->kind_cap = r->kind_cap ? r->kind_cap * 2 : 64;
        r->kinds = xrealloc(r->kinds, r->kind_cap * sizeof(*r->kinds));
    }
    r->kinds[r->kind_count++] = (struct draft_kind){
        .group = get_string(gvk, "group"),
        .version = get_string(gvk, "version"),
        .kind = get_string(gvk, "kind"),
        .type = component_ref(r, component, false),
    };
}

/* Lists, options of calls and answers are no objects. */
static bool is_object_kind(const json_t *component)
{
    const json_t *metadata = json_object_get(json_object_get(component, "properties"), "metadata");
    const char *type = component_of(metadata);

    return metadata && !(type && str_has_suffix(type, ".ListMeta"));
}

static void read_kinds(struct schema_reduction *r)
{
    const char *name;
    json_t *component;

    json_object_foreach ((json_t *)r->components, name, component) {
        const json_t *gvks = json_object_get(component, "x-kubernetes-group-version-kind");

        if (!is_object_kind(component))
            continue;
        for (size_t i = 0; i < json_array_size(gvks); i++)
            add_kind(r, json_array_get(gvks, i), name);
    }
}

int schema_reduction_add(struct schema_reduction *r, const char *text, size_t len,
                         struct error **err)
{
    json_error_t where;
    json_t *document;

    if (len > SCHEMA_DOCUMENT_MAX_BYTES)
        return error_set(err, ERROR_TOO_LARGE, "OpenAPI document: %zu bytes, at most %lu", len,
                         SCHEMA_DOCUMENT_MAX_BYTES);
    document = json_loadb(text, len, 0, &where);
    if (!json_is_object(document)) {
        json_decref(document);
        return error_set(err, ERROR_INVALID, "OpenAPI document: %s",
                         document ? "not an object" : where.text);
    }
    ptrvec_push(&r->documents, document);
    r->components = json_object_get(json_object_get(document, "components"), "schemas");
    read_kinds(r);
    read_components(r);
    map_clear(&r->by_name);
    return 0;
}

void schema_reduction_clear(struct schema_reduction *r)
{
    for (size_t i = 0; i < r->type_count; i++) {
        free(r->types[i].fields);
        free(r->types[i].keys);
    }
    for (size_t i = 0; i < r->documents.len; i++)
        json_decref(r->documents.items[i]);
    free(r->types);
    free(r->kinds);
    ptrvec_clear(&r->documents);
    ptrvec_clear(&r->unread);
    map_clear(&r->by_name);
    *r = (struct schema_reduction){.types = NULL};
}

int kube_schema_reduce(const char *text, size_t len, struct buf *out, struct error **err)
{
    cleanup_schema_reduction struct schema_reduction r = {.types = NULL};

    if (schema_reduction_add(&r, text, len, err) < 0)
        return -1;
    return schema_reduction_write(&r, out, err);
}
