/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/openapi_types.h"

#include "lib/doc/yaml.h"
#include "lib/kube/schema_graph.h"
#include "tests/sandbox/schema_custom.h"

#include <stdio.h>

#define META "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
#define REFERENCE "#/components/schemas/"

/* Those that clients know by their names. */
static const struct {
    enum kube_shape shape;
    const char *name;
    const char *text;
} well_known[] = {
    {KUBE_QUANTITY, "io.k8s.apimachinery.pkg.api.resource.Quantity",
     "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}"},
    {KUBE_INT_OR_STRING, "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
     "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}],\"format\":\"int-or-string\"}"},
    {KUBE_TIME, "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
     "{\"type\":\"string\",\"format\":\"date-time\"}"},
    {KUBE_DURATION, "io.k8s.apimachinery.pkg.apis.meta.v1.Duration", "{\"type\":\"string\"}"},
};

static const struct {
    enum kube_shape shape;
    const char *text;
} plain[] = {
    {KUBE_ANY, "{\"type\":\"object\"}"},
    {KUBE_STRING, "{\"type\":\"string\"}"},
    {KUBE_INTEGER, "{\"type\":\"integer\",\"format\":\"int32\"}"},
    {KUBE_NUMBER, "{\"type\":\"number\",\"format\":\"double\"}"},
    {KUBE_BOOLEAN, "{\"type\":\"boolean\"}"},
    {KUBE_BYTES, "{\"type\":\"string\",\"format\":\"byte\"}"},
};

static json_t *schema_of(struct openapi_types *t, const struct kube_type *type, const char *name);

static json_t *reference_to(const char *name)
{
    cleanup_free char *target = xasprintf(REFERENCE "%s", name);

    return json_pack("{s:[{s:s}]}", "allOf", "$ref", target);
}

static json_t *scalar_schema(struct openapi_types *t, enum kube_shape shape)
{
    for (size_t i = 0; i < ARRAY_LEN(well_known); i++) {
        if (well_known[i].shape != shape)
            continue;
        if (!json_object_get(t->components, well_known[i].name))
            json_object_set_new(t->components, well_known[i].name,
                                json_loads(well_known[i].text, 0, NULL));
        return reference_to(well_known[i].name);
    }
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        if (plain[i].shape == shape)
            return json_loads(plain[i].text, 0, NULL);
    return json_object();
}

/* "io.k8s.api.apps.v1.Deployment" and "spec": "io.k8s.api.apps.v1.DeploymentSpec". */
static char *child_name(const char *parent, const char *field)
{
    char *name = xasprintf("%s%s", parent, field);
    char *first = name + strlen(parent);

    if (*first >= 'a' && *first <= 'z')
        *first = (char)(*first - 'a' + 'A');
    return name;
}

static json_t *fields_of(struct openapi_types *t, const struct kube_type *type, const char *name)
{
    json_t *properties = json_object();

    for (unsigned i = 0; i < type->count; i++) {
        const struct kube_field *field = &type->fields[i];
        bool is_meta =
            streq(field->name, "metadata") && kube_type_field(field->type, "ownerReferences");
        cleanup_free char *child = is_meta ? xstrdup(META) : child_name(name, field->name);
        json_t *schema = schema_of(t, field->type, child);

        if (field->default_value)
            json_object_set_new(schema, "default", json_deep_copy(field->default_value));
        json_object_set_new(properties, field->name, schema);
    }
    return properties;
}

/* A struct is a component of its own: it may contain itself. */
static json_t *struct_schema(struct openapi_types *t, const struct kube_type *type,
                             const char *name)
{
    char key[24];
    const char *known;
    char *mine;
    json_t *component;

    snprintf(key, sizeof(key), "%p", (const void *)type);
    known = map_find(&t->names, key);
    if (known)
        return reference_to(known);
    mine = json_object_get(t->components, name) ? xasprintf("%s_%zu", name, t->names.count)
                                                : xstrdup(name);
    map_set(&t->names, key, mine);
    component = json_pack("{s:s}", "type", "object");
    json_object_set_new(t->components, mine, component);
    json_object_set_new(component, "properties", fields_of(t, type, mine));
    if (type->atomic)
        json_object_set_new(component, "x-kubernetes-map-type", json_string("atomic"));
    if (type->preserves_unknown)
        json_object_set_new(component, "x-kubernetes-preserve-unknown-fields", json_true());
    return reference_to(mine);
}

static json_t *list_schema(struct openapi_types *t, const struct kube_type *type, const char *name)
{
    json_t *schema =
        json_pack("{s:s, s:o}", "type", "array", "items", schema_of(t, type->items, name));
    json_t *keys;

    if (type->list_type == KUBE_LIST_SET)
        json_object_set_new(schema, "x-kubernetes-list-type", json_string("set"));
    if (type->list_type == KUBE_LIST_ATOMIC)
        json_object_set_new(schema, "x-kubernetes-list-type", json_string("atomic"));
    if (type->list_type != KUBE_LIST_MAP)
        return schema;
    keys = json_array();
    for (unsigned i = 0; i < type->count; i++)
        json_array_append_new(keys, json_string(type->keys[i]));
    json_object_set_new(schema, "x-kubernetes-list-type", json_string("map"));
    json_object_set_new(schema, "x-kubernetes-list-map-keys", keys);
    return schema;
}

static json_t *map_schema(struct openapi_types *t, const struct kube_type *type, const char *name)
{
    json_t *schema = json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
                               schema_of(t, type->items, name));

    if (type->atomic)
        json_object_set_new(schema, "x-kubernetes-map-type", json_string("atomic"));
    return schema;
}

static json_t *schema_of(struct openapi_types *t, const struct kube_type *type, const char *name)
{
    switch (kube_type_shape(type)) {
    case KUBE_STRUCT: return struct_schema(t, type, name);
    case KUBE_LIST: return list_schema(t, type, name);
    case KUBE_MAP: return map_schema(t, type, name);
    default: return scalar_schema(t, kube_type_shape(type));
    }
}

/* The group backwards: "io.argoproj.v1alpha1.Application". */
static char *custom_name(const struct kind *kind)
{
    cleanup_buf struct buf name = BUF_UNLIMITED;
    cleanup_free char *group = xstrdup(kind->group);
    char *dot;

    while ((dot = strrchr(group, '.'))) {
        buf_printf(&name, "%s.", dot + 1);
        *dot = '\0';
    }
    buf_printf(&name, "%s.%s.%s", group, kind->version, kind->kind);
    return buf_take(&name);
}

/* "io.k8s.api.apps.v1.Deployment", "io.argoproj.v1alpha1.Application" */
static char *kind_name(const struct kind *kind)
{
    const char *dot = strchr(kind->group, '.');
    int len = dot ? (int)(dot - kind->group) : (int)strlen(kind->group);

    if (kind_is_custom(kind))
        return custom_name(kind);
    return xasprintf("io.k8s.api.%.*s.%s.%s", *kind->group ? len : 4,
                     *kind->group ? kind->group : "core", kind->version, kind->kind);
}

/* The CRD's own schema, and around it what every object has. */
static void add_custom(struct openapi_types *t, const struct kind *kind, const char *name)
{
    const struct kube_type *like = kube_schema_builtin("", "v1", "ConfigMap");
    const json_t *schema = schema_custom(kind);
    json_t *component = schema ? json_deep_copy(schema) : json_object();
    json_t *properties = json_object_get(component, "properties");

    if (!properties) {
        properties = json_object();
        json_object_set_new(component, "properties", properties);
    }
    json_object_set_new(component, "type", json_string("object"));
    json_object_set_new(properties, "apiVersion", json_pack("{s:s}", "type", "string"));
    json_object_set_new(properties, "kind", json_pack("{s:s}", "type", "string"));
    json_object_set_new(properties, "metadata",
                        schema_of(t, kube_type_field(like, "metadata")->type, META));
    json_object_set_new(t->components, name, component);
}

void openapi_types_add(struct openapi_types *t, const struct kind *kind)
{
    cleanup_free char *name = kind_name(kind);
    const struct kube_type *type;

    if (kind_is_custom(kind)) {
        add_custom(t, kind, name);
    } else {
        type = kube_schema_builtin(kind->group, kind->version, kind->kind);
        if (!type)
            return;
        json_decref(schema_of(t, type, name));
    }
    json_object_set_new(json_object_get(t->components, name), "x-kubernetes-group-version-kind",
                        json_pack("[{s:s, s:s, s:s}]", "group", kind->group, "version",
                                  kind->version, "kind", kind->kind));
}

void openapi_types_clear(struct openapi_types *t)
{
    map_clear_with(&t->names, free);
}
