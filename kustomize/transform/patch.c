/* SPDX-License-Identifier: Apache-2.0 */
/* patches, patchesStrategicMerge and patchesJson6902. */
#include "lib/doc/patch.h"
#include "kustomize/cell.h"
#include "kustomize/documents.h"
#include "kustomize/openapi.h"
#include "kustomize/plugin_fields.h"
#include "kustomize/target.h"
#include "kustomize/transform/transform.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

#define ORIGIN_MARK "config.kubernetes.io/origin"

struct patch {
    struct ptrvec merges; /* strategic merge patches: struct resource */
    json_t *ops;          /* or a JSON patch */
    const struct schemas *schemas;
    bool allow_name_change;
    bool allow_kind_change;
    char *source; /* for messages */
};

static void patch_clear(struct patch *p)
{
    resources_free(&p->merges);
    json_decref(p->ops);
    free(p->source);
}
#define cleanup_patch __attribute__((cleanup(patch_clear)))

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
static int merge_by_id(struct transform *t, const struct resource *patch, const struct patch *p,
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
    bool changed = false;

    for (size_t i = 0; i < t->resources->items.len; i++) {
        struct resource *r = resmap_at(t->resources, i);
        cleanup_json json_t *copy = NULL;

        if (!r->object || !target_matches(target, r))
            continue;
        copy = lend(patch, r);
        if (merge_object(r, copy, p, err) < 0)
            return -1;
        changed = true;
        note_id_change(t, r, p);
    }
    return changed ? resmap_check_unique(t->resources, err) : 0;
}

static int merge_apply(struct transform *t, const struct patch *p, const struct target *target,
                       struct error **err)
{
    if (target && p->merges.len > 1)
        return error_set(err, ERROR_INVALID,
                         "several strategic merge patches in one entry cannot have a target; make "
                         "an entry of each");
    if (target)
        return p->merges.len ? merge_to_target(t, target, p, err) : 0;
    for (size_t i = 0; i < p->merges.len; i++)
        if (merge_by_id(t, p->merges.items[i], p, false, err) < 0)
            return -1;
    return 0;
}

/* ---- JSON patch ---- */

/* In kustomize the origin is an annotation, too, and goes when a patch replaces them all. */
static void origin_show(struct resource *r)
{
    if (r->origin)
        json_object_set(resource_create_annotations(r), ORIGIN_MARK, r->origin);
}

static void origin_hide(struct resource *r)
{
    json_t *annotations = resource_metadata_map(r, "annotations");

    if (!r->origin || (annotations && json_object_del(annotations, ORIGIN_MARK) == 0))
        return;
    json_decref(r->origin);
    json_decref(r->transformations);
    r->origin = r->transformations = NULL;
}

static int ops_apply(struct resource *r, const struct patch *p, struct error **err)
{
    cleanup_free char *id = resource_id_text(r);

    if (resource_has_build_state(r)) /* a patch can add one */
        resource_create_annotations(r);
    origin_show(r);
    if (json_patch_apply(&r->object, p->ops, err) < 0)
        return error_wrap(err, "%s", id);
    origin_hide(r);
    return 0;
}

static int ops_apply_all(struct transform *t, const struct patch *p, const struct target *target,
                         bool remember, struct error **err)
{
    for (size_t i = 0; i < t->resources->items.len; i++) {
        struct resource *r = resmap_at(t->resources, i);

        if (!r->object || !target_matches(target, r))
            continue;
        if (remember)
            resource_store_previous_id(r);
        if (ops_apply(r, p, err) < 0)
            return -1;
        resmap_ids_changed(t->resources);
    }
    return 0;
}

/* ---- loading ---- */

static bool is_json(const char *text, size_t len)
{
    cleanup_json json_t *value = json_loadb(text, len, 0, NULL);

    return value != NULL;
}

/* Text is a JSON patch when it is a list of operations, else strategic merge patches. */
static int parse_patch(struct patch *p, const char *name, const char *text, size_t len,
                       struct error **err)
{
    cleanup_json json_t *docs = NULL;
    json_t *first;

    if (yaml_parse_spelled(name, text, len, &docs, err) < 0)
        return -1;
    first = json_array_get(docs, 0);
    if (json_is_array(first)) {
        cleanup_json json_t *ops = NULL;

        /* What begins as JSON has to be JSON. kustomize converts the rest as kubectl reads YAML. */
        if (*text == '[' && !is_json(text, len))
            return error_set(err, ERROR_INVALID, "%s: begins like JSON and is not", name);
        if (yaml_parse(name, text, len, YAML_KUBECTL, &ops, err) < 0)
            return -1;
        p->ops = json_incref(json_array_get(ops, 0));
        return 0;
    }
    if (documents_resources(docs, true, p->schemas, &p->merges, err) < 0)
        return error_wrap(err, "%s: neither a strategic merge nor a JSON patch", name);
    return 0;
}

static int load_patch(struct transform *t, struct patch *p, const char *path,
                      const char *inline_text, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(RESOURCE_FILE_MAX_BYTES);

    if (*path && *inline_text)
        return error_set(err, ERROR_INVALID, "path and patch cannot both be set; keep one");
    if (!*path && !*inline_text)
        return error_set(err, ERROR_INVALID, "one of path and patch must be set");
    if (*inline_text) {
        p->source = xstrdup("patch");
        return parse_patch(p, "patch", inline_text, strlen(inline_text), err);
    }
    p->source = xstrdup(path);
    if (loader_read(t->loader, t->dir, path, &text, err) < 0)
        return -1;
    return parse_patch(p, path, text.data, text.len, err);
}

/* Without blanks at both ends. Heap string. */
static char *trim(const char *s)
{
    size_t len;

    s += strspn(s, " \t\r\n\v\f");
    for (len = strlen(s); len && strchr(" \t\r\n\v\f", s[len - 1]);)
        len--;
    return xstrndup(s, len);
}

/* ---- the fields and plugins ---- */

static int patch_apply(struct transform *t, const json_t *entry, struct error **err)
{
    cleanup_patch struct patch p = {.schemas = t->loader->session->schemas};
    cleanup_target struct target target = {0};
    const json_t *selector = json_object_get(entry, "target");
    const json_t *options = json_object_get(entry, "options");
    cleanup_free char *text = trim(json_string_at(entry, "patch"));

    if (load_patch(t, &p, json_string_at(entry, "path"), text, err) < 0)
        return -1;
    p.allow_name_change = json_is_true(json_object_get(options, "allowNameChange"));
    p.allow_kind_change = json_is_true(json_object_get(options, "allowKindChange"));
    if (selector && target_init(&target, selector, err) < 0)
        return -1;
    if (!p.ops)
        return merge_apply(t, &p, selector ? &target : NULL, err);
    if (!selector)
        return error_set(err, ERROR_INVALID,
                         "a JSON patch needs a target: say which objects it is for");
    return ops_apply_all(t, &p, &target, true, err);
}

int patches_apply(struct transform *t, const json_t *field, struct error **err)
{
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)field, i, entry) {
        if (patch_apply(t, entry, err) < 0) {
            const char *path = json_string_at(entry, "path");

            return error_wrap(err, "entry %zu%s%s%s", i, *path ? " (" : "", path, *path ? ")" : "");
        }
        resmap_drop_deleted(t->resources);
    }
    return 0;
}

int patch_plugin(struct transform *t, const json_t *config, struct error **err)
{
    static const struct field plugin_fields[] = {
        {"path", FIELD_STRING, NULL},
        {"patch", FIELD_STRING, NULL},
        {"target", FIELD_OBJECT, selector_fields},
        {"options", FIELD_OBJECT, patch_options_fields},
        {NULL, FIELD_STRING, NULL},
    };
    cleanup_json json_t *fields = NULL;

    if (plugin_fields_read(config, plugin_fields, &fields, err) < 0)
        return -1;
    return patch_apply(t, fields, err);
}

static int json6902_apply(struct transform *t, const json_t *selector, const char *path,
                          const char *text, struct error **err)
{
    cleanup_patch struct patch p = {.schemas = t->loader->session->schemas};
    cleanup_target struct target target = {0};

    if (!*json_string_at(selector, "name"))
        return error_set(err, ERROR_INVALID, "target.name must be set");
    if (load_patch(t, &p, path, text, err) < 0)
        return -1;
    if (!p.ops || json_array_size(p.ops) == 0)
        return error_set(err, ERROR_INVALID, "%s: a JSON patch is a list of operations", p.source);
    if (target_init(&target, selector, err) < 0)
        return -1;
    return ops_apply_all(t, &p, &target, false, err);
}

int patches_json6902_apply(struct transform *t, const json_t *field, struct error **err)
{
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)field, i, entry)
        if (json6902_apply(t, json_object_get(entry, "target"), json_string_at(entry, "path"),
                           json_string_at(entry, "patch"), err) < 0)
            return error_wrap(err, "entry %zu", i);
    return 0;
}

int patch_json6902_plugin(struct transform *t, const json_t *config, struct error **err)
{
    static const struct field plugin_fields[] = {
        {"target", FIELD_OBJECT, selector_fields},
        {"path", FIELD_STRING, NULL},
        {"jsonOp", FIELD_STRING, NULL},
        {NULL, FIELD_STRING, NULL},
    };
    cleanup_json json_t *fields = NULL;

    if (plugin_fields_read(config, plugin_fields, &fields, err) < 0)
        return -1;
    return json6902_apply(t, json_object_get(fields, "target"), json_string_at(fields, "path"),
                          json_string_at(fields, "jsonOp"), err);
}

/* Each item is a patch, or else the path of a file. What looks like content is never shown as the
 * name of a missing file: it may be a Secret. */
static int load_merge(struct transform *t, struct patch *p, const char *item, struct error **err)
{
    cleanup_error struct error *not_inline = NULL;
    cleanup_buf struct buf text = BUF_INIT(RESOURCE_FILE_MAX_BYTES);

    if (item[strcspn(item, "\n:{")] &&
        parse_patch(p, "patch", item, strlen(item), &not_inline) == 0) {
        p->source = xstrdup("inline");
        return 0;
    }
    if (not_inline && item[strcspn(item, "\n{")])
        return error_move(err, &not_inline);
    p->source = xstrdup(item);
    if (loader_read(t->loader, t->dir, item, &text, err) < 0)
        return -1;
    return parse_patch(p, item, text.data, text.len, err);
}

static int merges_apply(struct transform *t, const struct patch *p, size_t *loaded,
                        struct error **err)
{
    if (p->ops)
        return error_set(err, ERROR_INVALID, "%s is a JSON patch; list it under patches",
                         p->source);
    *loaded += p->merges.len;
    for (size_t i = 0; i < p->merges.len; i++) {
        if (merge_by_id(t, p->merges.items[i], p, true, err) < 0)
            return error_wrap(err, "%s", p->source);
        resmap_drop_deleted(t->resources);
    }
    return 0;
}

/* `list` of patches or paths, then those that `text` holds. */
static int strategic_merge_apply(struct transform *t, const json_t *list, const char *text,
                                 struct error **err)
{
    size_t loaded = 0;
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item) {
        cleanup_patch struct patch p = {.schemas = t->loader->session->schemas};

        if (load_merge(t, &p, json_string_value(item), err) < 0 ||
            merges_apply(t, &p, &loaded, err) < 0)
            return error_wrap(err, "entry %zu", i);
    }
    if (*text) {
        cleanup_patch struct patch p = {.source = xstrdup("patches")};

        if (parse_patch(&p, "patches", text, strlen(text), err) < 0 ||
            merges_apply(t, &p, &loaded, err) < 0)
            return -1;
    }
    return loaded ? 0 : error_set(err, ERROR_INVALID, "the patches are all empty");
}

int patches_strategic_merge_apply(struct transform *t, const json_t *field, struct error **err)
{
    return strategic_merge_apply(t, field, "", err);
}

int patch_strategic_merge_plugin(struct transform *t, const json_t *config, struct error **err)
{
    static const struct field plugin_fields[] = {
        {"paths", FIELD_STRINGS, NULL},
        {"patches", FIELD_STRING, NULL},
        {NULL, FIELD_STRING, NULL},
    };
    cleanup_json json_t *fields = NULL;

    if (plugin_fields_read(config, plugin_fields, &fields, err) < 0)
        return -1;
    return strategic_merge_apply(t, json_object_get(fields, "paths"),
                                 json_string_at(fields, "patches"), err);
}
