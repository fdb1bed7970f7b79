/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/origin.h"

#include "kustomize/json_text.h"
#include "kustomize/remote.h"
#include "lib/doc/yaml.h"
#include "lib/tree/tree.h"

#define TRANSFORMATIONS_ANNOTATION "alpha.config.kubernetes.io/transformations"

/* Fields in the order in which kustomize prints them. */
static const char *const origin_fields[] = {"path", "repo", "ref", "configuredIn", "configuredBy"};
static const char *const identifier_fields[] = {"apiVersion", "kind", "name", "namespace"};

/* ---- making ---- */

static void set_text(json_t *object, const char *field, const char *text)
{
    if (*text)
        json_object_set_new(object, field, json_string(text));
}

json_t *origin_append(const json_t *origin, const char *path)
{
    cleanup_remote_repository struct remote_repository r = {0};
    cleanup_error struct error *not_remote = NULL;
    cleanup_free char *joined = NULL;
    json_t *copy;

    if (!origin)
        return NULL;
    copy = json_copy((json_t *)origin);
    if (remote_repository_parse(path, &r, &not_remote) == 0) {
        json_object_clear(copy);
        set_text(copy, "repo", r.url);
        set_text(copy, "ref", r.ref);
        joined = path_join_relative("", r.path);
    } else {
        joined = path_join_relative(json_string_at(origin, "path"), path);
    }
    set_text(copy, "path", joined);
    return copy;
}

static json_t *configured(const json_t *origin, const char *file, json_t *by)
{
    json_t *made = json_object();

    set_text(made, "repo", json_string_at(origin, "repo"));
    set_text(made, "ref", json_string_at(origin, "ref"));
    set_text(made, "configuredIn", file);
    json_object_set_new(made, "configuredBy", by);
    return made;
}

json_t *origin_of_field(const json_t *origin, const char *file, const char *plugin)
{
    cleanup_free char *path = NULL;

    if (!origin)
        return NULL;
    path = path_join_relative(json_string_at(origin, "path"), file);
    return configured(origin, path,
                      json_pack("{s:s, s:s}", "apiVersion", "builtin", "kind", plugin));
}

json_t *origin_of_plugin(const struct resource *config)
{
    json_t *by;

    if (!config->origin)
        return NULL;
    by = json_object();
    set_text(by, "apiVersion", resource_api_version(config));
    set_text(by, "kind", resource_kind(config));
    set_text(by, "name", resource_name(config));
    set_text(by, "namespace", resource_namespace(config));
    return configured(config->origin, json_string_at(config->origin, "path"), by);
}

void origin_set(struct resmap *m, const json_t *origin)
{
    for (size_t i = 0; origin && i < m->items.len; i++)
        if (!resmap_at(m, i)->origin)
            resmap_at(m, i)->origin = json_incref((json_t *)origin);
}

/* kustomize notes it in the annotations, all of which it writes anew: a value that stood in labels,
 * too, is another one from then on. */
static void renew_annotations(const struct resource *r)
{
    json_t *annotations = resource_metadata_map(r, "annotations");

    if (annotations)
        json_object_set_new(json_object_get(r->object, "metadata"), "annotations",
                            json_deep_copy(annotations));
}

void origin_add_transformation(struct resmap *m, const json_t *origin)
{
    for (size_t i = 0; origin && i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);

        renew_annotations(r);
        if (!r->origin) {
            r->origin = json_incref((json_t *)origin);
            continue;
        }
        if (!r->transformations)
            r->transformations = json_array();
        json_array_append(r->transformations, (json_t *)origin);
    }
}

/* ---- printing ---- */

/* One field as a document of its own: the printer would sort several. */
static void put_field(struct buf *out, const char *indent, const char *name, json_t *value)
{
    cleanup_json json_t *doc = json_pack("{s:O}", name, value);
    cleanup_error struct error *err = NULL;

    buf_puts(out, indent);
    yaml_print(doc, out, &err);
}

static void put_identifier(struct buf *out, const char *indent, const json_t *by)
{
    cleanup_free char *inner = xasprintf("%s  ", indent);

    buf_printf(out, "%sconfiguredBy:\n", indent);
    for (size_t i = 0; i < ARRAY_LEN(identifier_fields); i++) {
        json_t *value = json_object_get(by, identifier_fields[i]);

        if (value)
            put_field(out, inner, identifier_fields[i], value);
    }
}

static void put_origin(struct buf *out, const char *first, const char *indent, const json_t *origin)
{
    for (size_t i = 0; i < ARRAY_LEN(origin_fields); i++) {
        json_t *value = json_object_get(origin, origin_fields[i]);

        if (!value)
            continue;
        if (json_is_object(value))
            put_identifier(out, first, value);
        else
            put_field(out, first, origin_fields[i], value);
        first = indent;
    }
}

static json_t *transformations_text(const json_t *transformations)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;
    size_t i;
    json_t *origin;

    json_array_foreach ((json_t *)transformations, i, origin)
        put_origin(&out, "- ", "  ", origin);
    return json_string(out.data);
}

void origin_write(struct resource *r, bool with_origin, bool with_transformations)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;
    json_t *annotations;

    if (with_origin && r->origin) {
        put_origin(&out, "", "", r->origin);
        annotations = resource_create_annotations(r);
        json_object_set_new(annotations, ORIGIN_ANNOTATION, json_string(out.data));
    } else if ((annotations = resource_metadata_map(r, "annotations"))) {
        json_object_del(annotations, ORIGIN_ANNOTATION);
    }
    if (with_transformations && r->transformations)
        json_object_set_new(resource_create_annotations(r), TRANSFORMATIONS_ANNOTATION,
                            transformations_text(r->transformations));
    else if ((annotations = resource_metadata_map(r, "annotations")))
        json_object_del(annotations, TRANSFORMATIONS_ANNOTATION);
}
