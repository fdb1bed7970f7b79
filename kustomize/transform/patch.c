/* SPDX-License-Identifier: Apache-2.0 */
/* patches, patchesStrategicMerge and patchesJson6902. */
#include "kustomize/documents.h"
#include "kustomize/json_text.h"
#include "kustomize/plugin_fields.h"
#include "kustomize/transform/patch_apply.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

/* ---- loading ---- */

static bool is_json(const char *text, size_t len)
{
    cleanup_json json_t *value = json_loadb(text, len, JSON_DECODE_INT_AS_REAL, NULL);

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

static int entry_apply(struct transform *t, const json_t *entry, struct error **err)
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
        return patch_merge_apply(t, &p, selector ? &target : NULL, err);
    if (!selector)
        return error_set(err, ERROR_INVALID,
                         "a JSON patch needs a target: say which objects it is for");
    return patch_ops_apply(t, &p, &target, true, err);
}

int patches_apply(struct transform *t, const json_t *field, struct error **err)
{
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)field, i, entry) {
        if (entry_apply(t, entry, err) < 0) {
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
    return entry_apply(t, fields, err);
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
    return patch_ops_apply(t, &p, &target, false, err);
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
        if (patch_merge_by_id(t, p->merges.items[i], p, true, err) < 0)
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
