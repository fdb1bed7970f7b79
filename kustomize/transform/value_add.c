/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin ValueAddTransformer: one value into fields, or into the file paths that they hold. */
#include "kustomize/cell.h"
#include "kustomize/fieldpath.h"
#include "kustomize/json_text.h"
#include "kustomize/plugin_fields.h"
#include "kustomize/target.h"
#include "kustomize/transform/transform.h"
#include "lib/doc/budget.h"
#include "lib/doc/yaml.h"

static const struct field target_fields[] = {
    {"selector", FIELD_OBJECT, selector_fields},
    {"fieldPath", FIELD_STRING, NULL},
    {"filePathPosition", FIELD_INT, NULL},
    {NULL, FIELD_STRING, NULL},
};

static const struct field plugin_fields[] = {
    {"value", FIELD_STRING, NULL},
    {"targets", FIELD_OBJECTS, target_fields},
    {"targetFilePath", FIELD_STRING, NULL},
    {NULL, FIELD_STRING, NULL},
};

/* Fields between slashes; "\\/" is a slash in a name. Blanks around a name and empty names go. */
static void split_path(const char *path, struct strvec *out)
{
    cleanup_buf struct buf part = BUF_UNLIMITED;

    for (const char *p = path;; p++) {
        if (p[0] == '\\' && p[1] == '/') {
            buf_putc(&part, *++p);
        } else if (*p && *p != '/') {
            buf_putc(&part, *p);
        } else {
            if (part.len)
                strvec_push(out, part.data);
            buf_truncate(&part, 0);
        }
        if (!*p)
            return;
    }
}

/* `value` as a part of the file path `old`, at `position` from 1; an absolute path stays one. */
static char *insert_part(const char *old, size_t position, const char *value)
{
    cleanup_strvec struct strvec parts = {0};
    cleanup_buf struct buf out = BUF_UNLIMITED;
    bool is_absolute = *old == '/';
    size_t i;

    split_path(old, &parts);
    for (i = 0; i < parts.len || i < position; i++) {
        if (i + 1 == position || (i == parts.len && position > parts.len))
            buf_printf(&out, "%s%s", out.len ? "/" : "", value);
        if (i < parts.len)
            buf_printf(&out, "%s%s", out.len ? "/" : "", parts.items[i]);
        else
            break;
    }
    return xasprintf("%s%s", is_absolute ? "/" : "", out.len ? out.data : "");
}

static int value_add(struct resource *r, const char *value, const json_t *target,
                     struct error **err)
{
    json_int_t position = json_integer_value(json_object_get(target, "filePathPosition"));
    const char *path = json_string_at(target, "fieldPath");
    cleanup_strvec struct strvec parts = {0};
    cleanup_free char *text = NULL;
    struct slot slot;
    json_t *old;
    bool found;

    if (budget_spend(strlen(value), err) < 0)
        return -1;
    if (streq(path, "metadata/namespace"))
        return namespace_set(r, value, err);
    split_path(path, &parts);
    if (fieldpath_make_scalar(r->object, parts.items, parts.len, &slot, &found, err) < 0)
        return error_wrap(err, "fieldPath %s", path);
    if (!found)
        return 0;
    old = slot_get(&slot);
    if (json_is_object(old) || json_is_array(old))
        return error_set(err, ERROR_INVALID, "fieldPath %s leads to a map or a list", path);
    if (position > 0) {
        cleanup_free char *old_text = slot.created ? xstrdup("") : cell_text(old);

        text = insert_part(old_text, (size_t)position, value);
    }
    slot_set(r->object, &slot, cell_reread(old, text ? text : value));
    return 0;
}

static int value_add_target(struct transform *t, const char *value, const json_t *target,
                            struct error **err)
{
    const json_t *selector = json_object_get(target, "selector");
    cleanup_target struct target select = {0};

    if (selector && target_init(&select, selector, err) < 0)
        return -1;
    for (size_t i = 0; i < t->resources->items.len; i++) {
        struct resource *r = resmap_at(t->resources, i);

        if ((!selector || target_matches(&select, r)) && value_add(r, value, target, err) < 0)
            return -1;
    }
    resmap_ids_changed(t->resources);
    return target_check(&select, err);
}

/* Targets shared by several plugins. */
static int append_file(struct transform *t, const char *path, json_t *targets, struct error **err)
{
    static const struct field file_fields[] = {
        {"targets", FIELD_OBJECTS, target_fields},
        {NULL, FIELD_STRING, NULL},
    };
    cleanup_buf struct buf text = BUF_INIT(KUSTOMIZATION_MAX_BYTES);
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *fields = NULL;

    if (!*path)
        return 0;
    if (loader_read(t->loader, t->dir, path, &text, err) < 0 ||
        yaml_parse(path, text.data, text.len, YAML_KUBECTL, &docs, err) < 0)
        return -1;
    if (json_array_size(docs) == 0)
        return 0;
    if (plugin_fields_read(json_array_get(docs, 0), file_fields, &fields, err) < 0)
        return error_wrap(err, "%s", path);
    json_array_extend(targets, json_object_get(fields, "targets"));
    return 0;
}

static int check_targets(const json_t *targets, struct error **err)
{
    size_t i;
    json_t *target;

    if (json_array_size(targets) == 0)
        return error_set(err, ERROR_INVALID, "at least one target must be set");
    json_array_foreach ((json_t *)targets, i, target) {
        if (!*json_string_at(target, "fieldPath"))
            return error_set(err, ERROR_INVALID, "target %zu: fieldPath must be set", i);
        if (json_integer_value(json_object_get(target, "filePathPosition")) < 0)
            return error_set(err, ERROR_INVALID, "target %zu: filePathPosition is negative", i);
    }
    return 0;
}

/* Without a value it is the name of the directory. */
static const char *value_of(const struct transform *t, const json_t *fields)
{
    const char *value = json_string_at(fields, "value");

    return *value ? value : path_base(t->dir);
}

int value_add_plugin(struct transform *t, const json_t *config, struct error **err)
{
    cleanup_json json_t *fields = NULL;
    cleanup_json json_t *targets = json_array();
    size_t i;
    json_t *target;

    if (plugin_fields_read(config, plugin_fields, &fields, err) < 0)
        return -1;
    if (!*value_of(t, fields))
        return error_set(err, ERROR_INVALID,
                         "value must be set: the root of a repository has no name to take");
    json_array_extend(targets, json_object_get(fields, "targets"));
    if (append_file(t, json_string_at(fields, "targetFilePath"), targets, err) < 0 ||
        check_targets(targets, err) < 0)
        return -1;
    json_array_foreach (targets, i, target)
        if (value_add_target(t, value_of(t, fields), target, err) < 0)
            return error_wrap(err, "target %zu", i);
    return 0;
}
