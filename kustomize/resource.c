/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/resource.h"

#include "kustomize/json_text.h"
#include "kustomize/openapi.h"
#include "lib/doc/spelling.h"

#include <math.h>

/* What kustomize (and its function pipeline) writes into objects while it works. */
static const char *const build_annotations[] = {
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/suffixes",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    "internal.config.kubernetes.io/helm-generated",
};

/* `text` in the place of `old`: what was no string is none again where the text reads as such. */
static json_t *scalar_replaced(const json_t *old, const char *text)
{
    struct scalar s;

    if (!old || json_is_null(old) || (json_is_string(old) && !spelled_text(old)))
        return json_string(text);
    scalar_resolve(text, strlen(text), YAML_KUSTOMIZE, &s);
    if (s.kind == SCALAR_STRING || (s.kind == SCALAR_FLOAT && !isfinite(s.number)))
        return json_string(text);
    return json_sprintf("%c%s", SPELLED_MARK, text);
}

struct resource *resource_new(json_t *object, const struct schemas *schemas)
{
    struct resource *r = xcalloc(1, sizeof(*r));

    r->object = object;
    r->schemas = schemas;
    return r;
}

static void previous_clear(struct resource *r)
{
    for (size_t i = 0; i < r->previous_count; i++) {
        free(r->previous[i].kind);
        free(r->previous[i].name);
        free(r->previous[i].namespace);
    }
    free(r->previous);
}

void resource_free(struct resource *r)
{
    if (!r)
        return;
    json_decref(r->object);
    previous_clear(r);
    strvec_clear(&r->prefixes);
    strvec_clear(&r->suffixes);
    strvec_clear(&r->vars);
    json_decref(r->origin);
    json_decref(r->transformations);
    free(r);
}

const char *resource_api_version(const struct resource *r)
{
    return json_string_at(r->object, "apiVersion");
}

const char *resource_kind(const struct resource *r)
{
    return json_string_at(r->object, "kind");
}

const char *resource_name(const struct resource *r)
{
    return json_string_at(json_object_get(r->object, "metadata"), "name");
}

const char *resource_namespace(const struct resource *r)
{
    return json_string_at(json_object_get(r->object, "metadata"), "namespace");
}

static json_t *metadata_create(struct resource *r)
{
    json_t *metadata = json_object_get(r->object, "metadata");

    if (!json_is_object(metadata)) {
        metadata = json_object();
        json_object_set_new(r->object, "metadata", metadata);
    }
    return metadata;
}

void resource_set_name(struct resource *r, const char *name)
{
    json_t *metadata = metadata_create(r);

    json_object_set_new(metadata, "name", scalar_replaced(json_object_get(metadata, "name"), name));
}

void resource_set_namespace(struct resource *r, const char *namespace)
{
    if (*namespace)
        json_object_set_new(metadata_create(r), "namespace", json_string(namespace));
    else
        json_object_del(json_object_get(r->object, "metadata"), "namespace");
}

bool resource_is_cluster_scoped(const struct resource *r)
{
    return schemas_scope(r->schemas, resource_api_version(r), resource_kind(r)) == SCHEMA_CLUSTER;
}

/* What identifies a resource at present, read with as few lookups as it takes. */
struct resource_id {
    const char *api_version;
    const char *kind;
    const char *namespace; /* effective */
    const char *name;
};

static struct resource_id id_of(const struct resource *r)
{
    const json_t *metadata = json_object_get(r->object, "metadata");
    struct resource_id id = {
        .api_version = resource_api_version(r),
        .kind = resource_kind(r),
        .namespace = json_string_at(metadata, "namespace"),
        .name = json_string_at(metadata, "name"),
    };

    if (schemas_scope(r->schemas, id.api_version, id.kind) == SCHEMA_CLUSTER)
        id.namespace = CLUSTER_NAMESPACE;
    else if (!*id.namespace)
        id.namespace = "default";
    return id;
}

const char *resource_effective_namespace(const struct resource *r)
{
    return id_of(r).namespace;
}

const char *resource_original_kind(const struct resource *r)
{
    return r->previous_count ? r->previous[0].kind : resource_kind(r);
}

const char *resource_original_name(const struct resource *r)
{
    return r->previous_count ? r->previous[0].name : resource_name(r);
}

const char *resource_original_namespace(const struct resource *r)
{
    return r->previous_count ? r->previous[0].namespace : resource_effective_namespace(r);
}

void resource_store_previous_id(struct resource *r)
{
    struct resource_id id = id_of(r);
    struct previous_id *p;

    if (r->previous_count == r->previous_cap) {
        r->previous_cap = r->previous_cap ? r->previous_cap * 2 : 2;
        r->previous = xrealloc(r->previous, r->previous_cap * sizeof(*r->previous));
    }
    p = &r->previous[r->previous_count++];
    p->kind = xstrdup(id.kind);
    p->name = xstrdup(id.name);
    p->namespace = xstrdup(id.namespace);
}

bool resource_has_build_state(const struct resource *r)
{
    return r->previous_count || r->prefixes.len || r->suffixes.len || r->needs_hash || r->origin ||
           r->is_generated;
}

size_t api_version_split(const char *api_version, const char **version)
{
    const char *slash = strchr(api_version, '/');

    *version = slash ? slash + 1 : api_version;
    return slash ? (size_t)(slash - api_version) : 0;
}

char *resource_id_text(const struct resource *r)
{
    const char *api_version = resource_api_version(r);
    const char *namespace = resource_namespace(r);
    const char *version;
    size_t group = api_version_split(api_version, &version);

    return xasprintf("%s.%s.%.*s/%s.%s", resource_kind(r), *version ? version : "[noVer]",
                     group ? (int)group : 7, group ? api_version : "[noGrp]", resource_name(r),
                     *namespace ? namespace : "[noNs]");
}

void id_key(struct buf *out, const char *api_version, const char *kind, const char *namespace,
            const char *name)
{
    buf_puts(out, api_version);
    buf_putc(out, '\x1f');
    buf_puts(out, kind);
    buf_putc(out, '\x1f');
    buf_puts(out, *namespace ? namespace : "default");
    buf_putc(out, '\x1f');
    buf_puts(out, name);
}

void resource_id_key(const struct resource *r, struct buf *out)
{
    struct resource_id id = id_of(r);

    id_key(out, id.api_version, id.kind, id.namespace, id.name);
}

bool gvk_is_selected(const char *api_version, const char *kind, const char *group,
                     const char *version, const char *selected_kind)
{
    const char *own_version;
    size_t group_len = api_version_split(api_version, &own_version);

    if (group && *group &&
        (strlen(group) != group_len || strncmp(group, api_version, group_len) != 0))
        return false;
    if (version && *version && !streq(version, own_version))
        return false;
    return !selected_kind || !*selected_kind || streq(selected_kind, kind);
}

static bool ends_alike(const struct strvec *a, const struct strvec *b)
{
    const struct strvec *shorter = a->len < b->len ? a : b;
    const struct strvec *longer = a->len < b->len ? b : a;
    size_t skip = longer->len - shorter->len;

    if (shorter->len == 0)
        return skip == 0;
    for (size_t i = 0; i < shorter->len; i++)
        if (!streq(shorter->items[i], longer->items[i + skip]))
            return false;
    return true;
}

bool resource_affixes_equal(const struct resource *a, const struct resource *b, bool allow_empty)
{
    bool any_prefix = allow_empty && (!a->prefixes.len || !b->prefixes.len);
    bool any_suffix = allow_empty && (!a->suffixes.len || !b->suffixes.len);

    return (any_prefix || ends_alike(&a->prefixes, &b->prefixes)) &&
           (any_suffix || ends_alike(&a->suffixes, &b->suffixes));
}

json_t *resource_metadata_map(const struct resource *r, const char *field)
{
    json_t *map = json_object_get(json_object_get(r->object, "metadata"), field);

    return json_is_object(map) ? map : NULL;
}

json_t *resource_create_annotations(struct resource *r)
{
    json_t *metadata = metadata_create(r);
    json_t *annotations = json_object_get(metadata, "annotations");

    if (!json_is_object(annotations)) {
        annotations = json_object();
        json_object_set_new(metadata, "annotations", annotations);
    }
    return annotations;
}

void resource_finish(struct resource *r)
{
    json_t *metadata = json_object_get(r->object, "metadata");
    json_t *annotations = json_object_get(metadata, "annotations");
    const char *key;
    json_t *value;
    void *tmp;

    /* kustomize sets the annotations of all objects in the end, which makes metadata. */
    if (!json_is_object(metadata))
        json_object_set_new(r->object, "metadata", json_object());
    if (!annotations)
        return;
    for (size_t i = 0; i < ARRAY_LEN(build_annotations); i++)
        json_object_del(annotations, build_annotations[i]);
    json_object_foreach_safe(annotations, tmp, key, value)
    {
        const char *written = spelled_text(value);
        cleanup_free char *text = NULL;

        if (json_is_string(value) && !written)
            continue;
        text = json_is_null(value) ? xstrdup(written ? written : "null") : json_scalar_text(value);
        json_object_set_new(annotations, key, json_string(text ? text : ""));
    }
    if (json_object_size(annotations) == 0)
        json_object_del(metadata, "annotations");
}
