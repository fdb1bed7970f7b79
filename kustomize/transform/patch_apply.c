/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/transform/patch_apply.h"

#include "kustomize/cell.h"
#include "kustomize/documents.h"
#include "kustomize/openapi.h"
#include "kustomize/origin.h"
#include "lib/doc/budget.h"
#include "lib/doc/patch.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

void patch_clear(struct patch *p)
{
    resources_free(&p->merges);
    json_decref(p->ops);
    free(p->source);
}

/* ---- strategic merge ---- */

/* In a patch that goes to selected objects labels and annotations are strings, and an empty map of
 * them is none. */
static void settle_map(json_t *metadata, const char *field)
{
    json_t *map = json_object_get(metadata, field);
    const char *key;
    json_t *value;
    void *tmp;

    json_object_foreach_safe(map, tmp, key, value)
    {
        cleanup_free char *text =
            json_is_string(value) && !spelled_text(value) ? NULL : cell_text(value);

        if (text)
            json_object_set_new(map, key, spelled_string(text, strlen(text)));
    }
    if (json_is_null(map) || (json_is_object(map) && json_object_size(map) == 0))
        json_object_del(metadata, field);
}

/* The patch as it is with options. kustomize notes in its annotations what it may change, which
 * makes strings of them. */
static json_t *allow(const struct resource *patch)
{
    json_t *copy = json_deep_copy(patch->object);

    settle_map(json_object_get(copy, "metadata"), "annotations");
    return copy;
}

/* The patch as it goes to `r`, to which it lends its apiVersion. */
static json_t *lend(const struct resource *patch, const struct resource *r)
{
    json_t *copy = json_deep_copy(patch->object);
    json_t *metadata = json_object_get(copy, "metadata");

    json_object_set_new(copy, "apiVersion", json_string(resource_api_version(r)));
    settle_map(metadata, "labels");
    settle_map(metadata, "annotations");
    return copy;
}

static int merge_object(struct resource *r, const json_t *patch, const struct patch *p,
                        struct error **err)
{
    cleanup_free char *kind = xstrdup(resource_kind(r));
    cleanup_free char *name = xstrdup(resource_name(r));
    cleanup_free char *namespace = xstrdup(resource_namespace(r));

    if (budget_spend_value(patch, err) < 0)
        return -1;
    if (p->allow_name_change || p->allow_kind_change)
        resource_store_previous_id(r);
    if (strategic_merge(&r->object, patch, schemas_lookup, r->schemas, err) < 0)
        return error_wrap(err, "%s %s", kind, name);
    if (!r->object)
        return 0;
    if (streq(json_string_value(json_object_get(patch, "apiVersion")), ""))
        json_object_set_new(r->object, "apiVersion", json_null());
    if (!p->allow_kind_change)
        json_object_set_new(r->object, "kind", json_string(kind));
    if (!p->allow_name_change)
        resource_set_name(r, name);
    resource_set_namespace(r, namespace);
    return 0;
}

/* The ids stay as they were, unless the patch may change them or the object went. */
static void note_id_change(struct transform *t, const struct resource *r, const struct patch *p)
{
    if (!r->object || p->allow_name_change || p->allow_kind_change)
        resmap_ids_changed(t->resources);
}

/* The patch names its target by its own kind, name and namespace. */
int patch_merge_by_id(struct transform *t, const struct resource *patch, const struct patch *p,
                      bool lends, struct error **err)
{
    cleanup_free char *id = resource_id_text(patch);
    cleanup_json json_t *object = NULL;
    struct resource *r;
    size_t count;

    r = resmap_find_any(t->resources, resource_api_version(patch), resource_kind(patch),
                        resource_effective_namespace(patch), resource_name(patch), &count);
    if (count == 0)
        return error_set(err, ERROR_INVALID,
                         "no resource matches strategic merge patch %s; name an object of "
                         "resources by its apiVersion, kind, name and namespace, or set a target",
                         id);
    if (count > 1)
        return error_set(err, ERROR_INVALID, "%zu resources match strategic merge patch %s", count,
                         id);
    if (lends)
        object = lend(patch, r);
    else if (p->allow_name_change || p->allow_kind_change)
        object = allow(patch);
    else
        object = json_incref(patch->object);
    if (merge_object(r, object, p, err) < 0)
        return -1;
    note_id_change(t, r, p);
    return 0;
}

/* To the selected objects the patch lends their apiVersion. */
static int merge_to_target(struct transform *t, const struct target *target, const struct patch *p,
                           struct error **err)
{
    const struct resource *patch = p->merges.items[0];

    for (size_t i = 0; i < t->resources->items.len; i++) {
        struct resource *r = resmap_at(t->resources, i);
        cleanup_json json_t *copy = NULL;

        if (budget_spend(0, err) < 0)
            return -1;
        if (!r->object || !target_matches(target, r))
            continue;
        copy = lend(patch, r);
        if (merge_object(r, copy, p, err) < 0)
            return -1;
        note_id_change(t, r, p);
    }
    return target_check(target, err) < 0 ? -1 : resmap_check_unique(t->resources, err);
}

int patch_merge_apply(struct transform *t, const struct patch *p, const struct target *target,
                      struct error **err)
{
    if (target && p->merges.len > 1)
        return error_set(err, ERROR_INVALID,
                         "several strategic merge patches in one entry cannot have a target; make "
                         "an entry of each");
    if (target)
        return p->merges.len ? merge_to_target(t, target, p, err) : 0;
    for (size_t i = 0; i < p->merges.len; i++)
        if (patch_merge_by_id(t, p->merges.items[i], p, false, err) < 0)
            return -1;
    return 0;
}

/* ---- JSON patch ---- */

/* In kustomize the origin is an annotation, too, and goes when a patch replaces them all. */
static void origin_show(struct resource *r)
{
    if (r->origin)
        json_object_set(resource_create_annotations(r), ORIGIN_ANNOTATION, r->origin);
}

static void origin_hide(struct resource *r)
{
    json_t *annotations = resource_metadata_map(r, "annotations");

    if (!r->origin || (annotations && json_object_del(annotations, ORIGIN_ANNOTATION) == 0))
        return;
    json_decref(r->origin);
    json_decref(r->transformations);
    r->origin = r->transformations = NULL;
}

static int ops_apply(struct resource *r, const struct patch *p, struct error **err)
{
    cleanup_free char *id = resource_id_text(r);
    size_t before = budget_size(r->object);
    size_t after;

    if (resource_has_build_state(r)) /* a patch can add one */
        resource_create_annotations(r);
    origin_show(r);
    if (json_patch_apply(&r->object, p->ops, err) < 0)
        return error_wrap(err, "%s", id);
    origin_hide(r);
    after = budget_size(r->object);
    return budget_spend(after > before ? after - before : 0, err);
}

int patch_ops_apply(struct transform *t, const struct patch *p, const struct target *target,
                    bool remember, struct error **err)
{
    for (size_t i = 0; i < t->resources->items.len; i++) {
        struct resource *r = resmap_at(t->resources, i);

        if (budget_spend(0, err) < 0)
            return -1;
        if (!r->object || !target_matches(target, r))
            continue;
        if (remember)
            resource_store_previous_id(r);
        if (ops_apply(r, p, err) < 0)
            return -1;
        resmap_ids_changed(t->resources);
    }
    return target_check(target, err);
}
