/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/crd.h"

#include "lib/doc/yaml.h"

#include <strings.h>

/* Types in types: a definition that goes deeper refers to itself. */
#define DEPTH_MAX 64
/* Types that share types are read once for each way to them, of which there may be very many. */
#define TYPES_MAX 100000

#define ANNOTATION "x-kubernetes-annotation"
#define LABEL_SELECTOR "x-kubernetes-label-selector"
#define IDENTITY "x-kubernetes-identity"
#define REF_VERSION "x-kubernetes-object-ref-api-version"
#define REF_KIND "x-kubernetes-object-ref-kind"
#define REF_NAME_KEY "x-kubernetes-object-ref-name-key"

struct reading {
    const json_t *definitions;
    const char *kind; /* of the object that is looked through */
    struct buf path;  /* of the type in hand, ending in "/" unless empty */
    json_t *out;
    size_t type_count; /* read so far */
};

/* As Go's decoder finds a field: regardless of case. */
static const json_t *field_of(const json_t *map, const char *name)
{
    const json_t *exact = json_object_get(map, name);
    const char *key;
    json_t *value;

    if (exact)
        return exact;
    json_object_foreach ((json_t *)map, key, value)
        if (strcasecmp(key, name) == 0)
            return value;
    return NULL;
}

static const json_t *properties_of(const json_t *definition)
{
    return field_of(field_of(definition, "schema"), "properties");
}

/* ---- what a property is marked with ---- */

static json_t *list_of(json_t *config, const char *name)
{
    json_t *list = json_object_get(config, name);

    if (!list)
        json_object_set_new(config, name, list = json_array());
    return list;
}

static json_t *spec_new(const struct reading *r, const char *property, const char *below)
{
    cleanup_free char *path =
        xasprintf("%s%s%s%s", r->path.data, property, below ? "/" : "", below ? below : "");

    return json_pack("{s:s, s:s}", "kind", r->kind, "path", path);
}

static void add_mark(const struct reading *r, const char *property, const json_t *schema,
                     const char *mark, const char *list)
{
    if (json_is_string(json_object_get(schema, mark)))
        json_array_append_new(list_of(r->out, list), spec_new(r, property, NULL));
}

static void add_reference(const struct reading *r, const char *property, const json_t *schema)
{
    const char *version = json_string_value(json_object_get(schema, REF_VERSION));
    const char *kind = json_string_value(json_object_get(schema, REF_KIND));
    const char *key = json_string_value(json_object_get(schema, REF_NAME_KEY));

    if (!version || !kind)
        return;
    json_array_append_new(list_of(r->out, "nameReference"),
                          json_pack("{s:s, s:s, s:[o]}", "kind", kind, "version", version,
                                    "fieldSpecs", spec_new(r, property, key ? key : "name")));
}

/* ---- types in types ---- */

static int read_type(struct reading *r, const char *type, size_t depth, struct error **err);

static int read_property(struct reading *r, const char *name, const json_t *schema, size_t depth,
                         struct error **err)
{
    const char *type = json_string_value(json_object_get(schema, "$ref"));
    size_t len = r->path.len;
    int rc;

    add_mark(r, name, schema, ANNOTATION, "commonAnnotations");
    add_mark(r, name, schema, LABEL_SELECTOR, "commonLabels");
    add_mark(r, name, schema, IDENTITY, "namePrefix");
    add_reference(r, name, schema);
    if (!type)
        return 0;
    buf_printf(&r->path, "%s/", name);
    rc = read_type(r, type, depth + 1, err);
    buf_truncate(&r->path, len);
    return rc;
}

static int read_type(struct reading *r, const char *type, size_t depth, struct error **err)
{
    const char *name;
    json_t *schema;

    if (depth > DEPTH_MAX)
        return error_set(err, ERROR_INVALID,
                         "definition %s is nested more than %d deep; it may not refer to itself",
                         type, DEPTH_MAX);
    if (r->type_count++ >= TYPES_MAX)
        return error_set(err, ERROR_TOO_LARGE,
                         "definition %s: there are more than %d ways from types to types", type,
                         TYPES_MAX);
    json_object_foreach ((json_t *)properties_of(json_object_get(r->definitions, type)), name,
                         schema)
        if (read_property(r, name, schema, depth, err) < 0)
            return -1;
    return 0;
}

static bool is_object_type(const json_t *definition)
{
    const json_t *properties = properties_of(definition);

    return json_object_get(properties, "kind") && json_object_get(properties, "apiVersion") &&
           json_object_get(properties, "metadata");
}

static int read_definitions(const json_t *definitions, json_t *out, struct error **err)
{
    struct reading r = {.definitions = definitions, .path = BUF_UNLIMITED, .out = out};
    const char *type;
    json_t *definition;
    int rc = 0;

    json_object_foreach ((json_t *)definitions, type, definition) {
        const char *dot = strrchr(type, '.');

        r.kind = dot ? dot + 1 : type;
        if (rc == 0 && is_object_type(definition))
            rc = read_type(&r, type, 0, err);
    }
    buf_clear(&r.path);
    return rc;
}

/* Schemas, and marks in them, have the type that OpenAPI gives them. */
static int check_definitions(const json_t *definitions, struct error **err)
{
    const char *type;
    json_t *definition;

    if (!json_is_object(definitions))
        return error_set(err, ERROR_INVALID, "expected a map of OpenAPI definitions");
    json_object_foreach ((json_t *)definitions, type, definition) {
        const json_t *schema = field_of(definition, "schema");
        const json_t *properties = field_of(schema, "properties");

        if (!json_is_null(definition) &&
            (!json_is_object(definition) ||
             (schema && !json_is_object(schema) && !json_is_null(schema)) ||
             (properties && !json_is_object(properties) && !json_is_null(properties))))
            return error_set(err, ERROR_INVALID,
                             "definition %s must be a map with a schema that has properties", type);
    }
    return 0;
}

int crd_parse(const char *name, const char *text, size_t len, json_t **out, struct error **err)
{
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *config = json_object();
    const json_t *definitions;

    if (yaml_parse(name, text, len, YAML_KUBECTL, &docs, err) < 0)
        return -1;
    definitions = json_array_get(docs, 0);
    if (definitions && !json_is_null(definitions) &&
        (check_definitions(definitions, err) < 0 || read_definitions(definitions, config, err) < 0))
        return error_wrap(err, "%s", name);
    *out = TAKE(config);
    return 0;
}
