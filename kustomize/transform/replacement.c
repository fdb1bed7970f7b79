/* SPDX-License-Identifier: Apache-2.0 */
/* replacements: a value from one field into many. */
#include "kustomize/cell.h"
#include "kustomize/fieldpath.h"
#include "kustomize/json_text.h"
#include "kustomize/plugin_fields.h"
#include "kustomize/target.h"
#include "kustomize/transform/structured.h"
#include "kustomize/transform/transform.h"
#include "lib/doc/budget.h"
#include "lib/doc/yaml.h"

#define DEFAULT_PATH "metadata.name"

/* ---- the source ---- */

/* To kustomize, the value is the source's field and no copy: where a target is that field itself,
 * later targets get what it has become. */
struct source {
    struct resource *resource; /* NULL: the value is a literal or a part, and stays */
    const char *path;          /* borrowed from the replacement */
    json_t *value;
};

static void source_clear(struct source *s)
{
    json_decref(s->value);
}
#define cleanup_source __attribute__((cleanup(source_clear)))

static bool id_is_source(const json_t *source, const struct resource *r, const char *kind,
                         const char *name, const char *namespace)
{
    const char *wanted_name = json_string_at(source, "name");
    const char *wanted = json_string_at(source, "namespace");

    return (!*wanted_name || streq(wanted_name, name)) &&
           (!*wanted || streq(wanted, *namespace ? namespace : "default")) &&
           gvk_is_selected(resource_api_version(r), kind, json_string_at(source, "group"),
                           json_string_at(source, "version"), json_string_at(source, "kind"));
}

static bool is_source(const json_t *source, const struct resource *r)
{
    if (id_is_source(source, r, resource_kind(r), resource_name(r), resource_namespace(r)))
        return true;
    for (size_t i = 0; i < r->previous_count; i++)
        if (id_is_source(source, r, r->previous[i].kind, r->previous[i].name,
                         r->previous[i].namespace))
            return true;
    return false;
}

static char *source_text(const json_t *source)
{
    return xasprintf("source %s \"%s\"", json_string_at(source, "kind"),
                     json_string_at(source, "name"));
}

static struct resource *find_source(const struct resmap *m, const json_t *source,
                                    struct error **err)
{
    cleanup_free char *text = source_text(source);
    struct resource *found = NULL;

    for (size_t i = 0; i < m->items.len; i++) {
        if (!is_source(source, resmap_at(m, i)))
            continue;
        if (found) {
            error_set(err, ERROR_INVALID, "%s matches several objects; say more of it", text);
            return NULL;
        }
        found = resmap_at(m, i);
    }
    if (!found)
        error_set(err, ERROR_INVALID, "%s selects nothing", text);
    return found;
}

static void split_text(const char *text, const char *delimiter, struct strvec *out)
{
    const char *next;

    for (; (next = strstr(text, delimiter)); text = next + strlen(delimiter))
        strvec_take(out, xstrndup(text, (size_t)(next - text)));
    strvec_push(out, text);
}

/* The part of the value that the options want. */
static int refine(const json_t *options, json_t *value, json_t **out, struct error **err)
{
    const char *delimiter = json_string_at(options, "delimiter");
    json_int_t index = json_integer_value(json_object_get(options, "index"));
    cleanup_strvec struct strvec parts = {0};
    cleanup_free char *text = NULL;

    if (!*delimiter) {
        *out = json_deep_copy(value);
        return 0;
    }
    text = cell_text(value);
    if (!text)
        return error_set(err, ERROR_INVALID, "options.delimiter needs a scalar");
    split_text(text, delimiter, &parts);
    if (index < 0 || (size_t)index >= parts.len)
        return error_set(err, ERROR_INVALID, "options.index %lld is out of bounds",
                         (long long)index);
    *out = json_string(parts.items[index]);
    return 0;
}

static bool is_nothing(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_object(value) && !json_object_size(value)) ||
           (json_is_array(value) && !json_array_size(value));
}

/* `changed` was: the value may be another one now. */
static void source_refresh(struct source *s, const struct resource *changed)
{
    cleanup_error struct error *ignored = NULL;
    json_t *value = NULL;

    if (!s->resource || s->resource != changed ||
        fieldpath_lookup(s->resource->object, s->path, &value, &ignored) < 0 || !value)
        return;
    json_decref(s->value);
    s->value = json_deep_copy(value);
}

static int source_load(const struct resmap *m, const json_t *replacement, struct source *out,
                       struct error **err)
{
    const json_t *source = json_object_get(replacement, "source");
    const json_t *literal = json_object_get(replacement, "sourceValue");
    const char *path = json_string_at(source, "fieldPath");
    struct resource *r;
    json_t *value;

    if (literal && source)
        return error_set(err, ERROR_INVALID, "source and sourceValue exclude each other");
    if (literal) {
        out->value = cell_read(json_string_value(literal));
        return 0;
    }
    r = find_source(m, source, err);
    if (!r)
        return -1;
    if (!*path)
        path = DEFAULT_PATH;
    if (fieldpath_lookup(r->object, path, &value, err) < 0)
        return -1;
    if (is_nothing(value))
        return error_set(err, ERROR_INVALID, "source.fieldPath %s is missing in %s %s", path,
                         resource_kind(r), resource_name(r));
    out->path = path;
    if (!*json_string_at(json_object_get(source, "options"), "delimiter"))
        out->resource = r;
    return refine(json_object_get(source, "options"), value, &out->value, err);
}

/* ---- the targets ---- */

/* The text put among those that the delimiter separates. */
static char *insert_part(const char *old, const json_t *options, const char *text)
{
    const char *delimiter = json_string_at(options, "delimiter");
    json_int_t index = json_integer_value(json_object_get(options, "index"));
    cleanup_strvec struct strvec parts = {0};
    cleanup_buf struct buf out = BUF_UNLIMITED;

    split_text(old, delimiter, &parts);
    if (index < 0)
        buf_printf(&out, "%s%s", text, delimiter);
    for (size_t i = 0; i < parts.len; i++)
        buf_printf(&out, "%s%s", i ? delimiter : "",
                   (json_int_t)i == index ? text : parts.items[i]);
    if (index >= (json_int_t)parts.len)
        buf_printf(&out, "%s%s", delimiter, text);
    return buf_take(&out);
}

static bool is_scalar(const json_t *v)
{
    return !json_is_object(v) && !json_is_array(v);
}

int replacement_set(json_t *root, const struct slot *slot, const json_t *options,
                    const json_t *value, struct error **err)
{
    json_t *old = slot_get(slot);
    cleanup_free char *text = is_scalar(value) ? cell_text(value) : xstrdup("");

    if (budget_spend_value(value, err) < 0 || budget_spend_value(old, err) < 0)
        return -1;
    if (!is_scalar(old) && *json_string_at(options, "delimiter"))
        return error_set(err, ERROR_INVALID, "options.delimiter needs a scalar");
    if (!is_scalar(old)) {
        slot_set(root, slot, json_deep_copy(value));
        return 0;
    }
    if (*json_string_at(options, "delimiter")) {
        cleanup_free char *old_text = slot->created ? xstrdup("") : cell_text(old);
        char *joined = insert_part(old_text, options, text);

        free(text);
        text = joined;
    }
    slot_set(root, slot, slot->created ? cell_read(text) : cell_retext(old, text));
    return 0;
}

enum fieldpath_create replacement_create(const json_t *options, const json_t *value)
{
    if (!json_is_true(json_object_get(options, "create")))
        return FIELDPATH_FIND;
    if (json_is_object(value))
        return FIELDPATH_CREATE_MAP;
    return json_is_array(value) ? FIELDPATH_CREATE_LIST : FIELDPATH_CREATE_SCALAR;
}

static int set_path(struct resource *r, const char *path, const json_t *options,
                    struct source *source, struct error **err)
{
    cleanup_slots struct slots slots = {0};
    bool done;

    if (structured_set(r->object, path, options, source->value, &done, err) < 0)
        return -1;
    if (done) {
        source_refresh(source, r);
        return 0;
    }
    if (fieldpath_match(r->object, path, replacement_create(options, source->value), &slots, err) <
        0)
        return -1;
    if (slots.len == 0 && !slots.in_text)
        return error_set(err, ERROR_INVALID,
                         "unable to find field %s; correct the path or set options.create", path);
    for (size_t i = 0; i < slots.len; i++) {
        if (replacement_set(r->object, &slots.items[i], options, source->value, err) < 0)
            return error_wrap(err, "path %s", path);
        source_refresh(source, r);
    }
    return 0;
}

static int set_resource(struct resource *r, const json_t *target, struct source *source,
                        struct error **err)
{
    const json_t *paths = json_object_get(target, "fieldPaths");
    const json_t *options = json_object_get(target, "options");
    size_t i;
    json_t *path;
    int rc = 0;

    if (json_array_size(paths) == 0)
        rc = set_path(r, DEFAULT_PATH, options, source, err);
    json_array_foreach ((json_t *)paths, i, path)
        if (rc == 0)
            rc = set_path(r, json_string_value(path), options, source, err);
    return rc < 0 ? error_wrap(err, "%s %s", resource_kind(r), resource_name(r)) : 0;
}

static bool names_an_id(const json_t *selector)
{
    static const char *const fields[] = {"group", "version", "kind", "name", "namespace"};

    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (*json_string_at(selector, fields[i]))
            return true;
    return false;
}

/* A rejection counts on either side by itself: ids, or labels and annotations. */
static int is_rejected(const struct resource *r, const json_t *target, bool *out,
                       struct error **err)
{
    size_t i;
    json_t *reject;

    json_array_foreach (json_object_get(target, "reject"), i, reject) {
        cleanup_target struct target t = {0};

        if (target_init(&t, reject, err) < 0)
            return -1;
        if ((names_an_id(reject) && target_matches_an_id(&t, r)) ||
            ((t.labels || t.annotations) && target_matches_maps(&t, r)))
            *out = true;
        if (target_check(&t, err) < 0)
            return -1;
    }
    return 0;
}

static int apply_target(struct transform *t, const json_t *target, struct source *source,
                        struct error **err)
{
    cleanup_target struct target select = {0};
    const json_t *selector = json_object_get(target, "select");

    if (!selector)
        return error_set(err, ERROR_INVALID, "a target must have select");
    if (target_init(&select, selector, err) < 0)
        return -1;
    for (size_t i = 0; i < t->resources->items.len; i++) {
        struct resource *r = resmap_at(t->resources, i);
        bool rejected = false;

        if (budget_spend(0, err) < 0)
            return -1;
        if (!target_matches_maps(&select, r) || !target_matches_an_id(&select, r))
            continue;
        if (is_rejected(r, target, &rejected, err) < 0)
            return -1;
        if (!rejected && set_resource(r, target, source, err) < 0)
            return -1;
    }
    return target_check(&select, err);
}

static int apply_one(struct transform *t, const json_t *replacement, struct error **err)
{
    const json_t *targets = json_object_get(replacement, "targets");
    cleanup_source struct source source = {0};
    size_t i;
    json_t *target;

    if ((!json_object_get(replacement, "source") && !json_object_get(replacement, "sourceValue")) ||
        !targets)
        return error_set(err, ERROR_INVALID, "a source and at least one target must be set");
    if (source_load(t->resources, replacement, &source, err) < 0)
        return -1;
    json_array_foreach ((json_t *)targets, i, target)
        if (apply_target(t, target, &source, err) < 0)
            return error_wrap(err, "target %zu", i);
    return 0;
}

/* ---- the field ---- */

/* A file holds one replacement or a list of them. */
static int load_file(struct transform *t, const char *path, json_t **out, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(KUSTOMIZATION_MAX_BYTES);
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *list = json_array();
    json_t *first;
    size_t i;
    json_t *item;

    if (loader_read(t->loader, t->dir, path, &text, err) < 0 ||
        yaml_parse(path, text.data, text.len, YAML_KUBECTL, &docs, err) < 0)
        return -1;
    first = json_array_get(docs, 0);
    if (!json_is_array(first) && !json_is_object(first))
        return error_set(err, ERROR_INVALID, "%s: expected a replacement or a list of them", path);
    if (json_is_object(first)) {
        if (plugin_fields_read(first, replacement_fields, &item, err) < 0)
            return error_wrap(err, "%s", path);
        json_array_append_new(list, item);
    }
    json_array_foreach (first, i, item) {
        json_t *read;

        if (plugin_fields_read(item, replacement_fields, &read, err) < 0)
            return error_wrap(err, "%s: entry %zu", path, i);
        json_array_append_new(list, read);
    }
    *out = TAKE(list);
    return 0;
}

static int apply_list(struct transform *t, const json_t *list, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item)
        if (apply_one(t, item, err) < 0)
            return error_wrap(err, "entry %zu", i);
    return 0;
}

static int expand(struct transform *t, const json_t *field, json_t *all, struct error **err)
{
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)field, i, entry) {
        const char *path = json_string_at(entry, "path");
        cleanup_json json_t *list = NULL;

        if (!*path) {
            json_array_append(all, entry);
            continue;
        }
        if (json_object_get(entry, "source") || json_object_get(entry, "targets"))
            return error_set(err, ERROR_INVALID,
                             "entry %zu: path and an inline replacement exclude each other", i);
        if (load_file(t, path, &list, err) < 0)
            return error_wrap(err, "entry %zu", i);
        json_array_extend(all, list);
    }
    return 0;
}

static int replacements_run(struct transform *t, const json_t *list, struct error **err)
{
    cleanup_json json_t *all = json_array();

    if (expand(t, list, all, err) < 0 || apply_list(t, all, err) < 0)
        return -1;
    resmap_ids_changed(t->resources);
    return 0;
}

int replacements_apply(struct transform *t, const json_t *field, struct error **err)
{
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)field, i, entry)
        if (!*json_string_at(entry, "path") &&
            json_array_size(json_object_get(entry, "targets")) == 0)
            return error_set(err, ERROR_INVALID, "entry %zu: at least one target must be set", i);
    return replacements_run(t, field, err);
}

int replacement_plugin(struct transform *t, const json_t *config, struct error **err)
{
    static const struct field plugin_fields[] = {
        {"replacements", FIELD_OBJECTS, replacement_fields},
        {NULL, FIELD_STRING, NULL},
    };
    cleanup_json json_t *fields = NULL;

    if (plugin_fields_read(config, plugin_fields, &fields, err) < 0)
        return -1;
    return replacements_run(t, json_object_get(fields, "replacements"), err);
}
