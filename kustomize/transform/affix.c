/* SPDX-License-Identifier: Apache-2.0 */
/* namePrefix and nameSuffix. */
#include "kustomize/cell.h"
#include "kustomize/json_text.h"
#include "kustomize/plugin_fields.h"
#include "kustomize/transform/transform.h"

struct affix {
    const char *prefix;
    const char *suffix;
};

/* Names that mean something outside of the repository stay as they are. */
static bool is_exempt(const struct resource *r)
{
    const char *kind = resource_original_kind(r);

    return streq(kind, "CustomResourceDefinition") || streq(kind, "Namespace") ||
           gvk_is_selected(resource_api_version(r), kind, "apiregistration.k8s.io", NULL,
                           "APIService");
}

static int set_affix(void *arg, json_t *value, json_t **replacement, struct error **err)
{
    const struct affix *a = arg;
    cleanup_free char *old = cell_text(value);
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (!old)
        return error_set(err, ERROR_INVALID, "expected a name, found a map or a list");
    buf_puts(&text, a->prefix);
    buf_puts(&text, old);
    buf_puts(&text, a->suffix);
    *replacement = cell_reread(value, text.data);
    return 0;
}

static void remember(struct resource *r, const struct affix *a)
{
    if (!*a->prefix && !*a->suffix)
        return;
    if (*a->prefix)
        strvec_push(&r->prefixes, a->prefix);
    if (*a->suffix)
        strvec_push(&r->suffixes, a->suffix);
    resource_store_previous_id(r);
}

static int affix_resource(struct resource *r, const struct fieldspecs *specs, struct affix *a,
                          struct error **err)
{
    for (size_t i = 0; i < specs->len; i++) {
        const struct fieldspec *fs = &specs->items[i];

        if (!gvk_is_selected(resource_api_version(r), resource_original_kind(r), fs->group,
                             fs->version, fs->kind))
            continue;
        if (streq(fs->path, "metadata/name"))
            remember(r, a);
        if (fieldspec_matches(fs, r->object) &&
            fieldspec_walk(r->object, fs->path, fs->create, CREATE_SCALAR, set_affix, a, err) < 0)
            return -1;
    }
    return 0;
}

static int affix_all(struct resmap *m, const struct fieldspecs *specs, struct affix a,
                     struct error **err)
{
    for (size_t i = 0; i < m->items.len; i++)
        if (!is_exempt(resmap_at(m, i)) && affix_resource(resmap_at(m, i), specs, &a, err) < 0)
            return -1;
    resmap_ids_changed(m);
    return 0;
}

int name_prefix_apply(struct transform *t, const json_t *field, struct error **err)
{
    struct affix a = {json_string_value(field), ""};

    return affix_all(t->resources, &t->config->name_prefix, a, err);
}

int name_suffix_apply(struct transform *t, const json_t *field, struct error **err)
{
    struct affix a = {"", json_string_value(field)};

    return affix_all(t->resources, &t->config->name_suffix, a, err);
}

static const struct field affix_fields[] = {
    {"prefix", FIELD_STRING, NULL},
    {"suffix", FIELD_STRING, NULL},
    {"fieldSpecs", FIELD_OBJECTS, fieldspec_fields},
    {NULL, FIELD_STRING, NULL},
};

/* First the prefix and then the suffix, each with all of its places. */
static int affix_plugin(struct transform *t, const json_t *config, bool prefix, bool suffix,
                        struct error **err)
{
    cleanup_json json_t *fields = NULL;
    cleanup_fieldspec_list struct fieldspec_list list = {0};
    struct fieldspecs specs;
    struct affix before = {"", ""};
    struct affix behind = {"", ""};

    if (plugin_fields_read_specs(config, affix_fields, &fields, &list, err) < 0)
        return -1;
    if (!json_object_get(fields, "fieldSpecs"))
        return error_set(err, ERROR_INVALID, "fieldSpecs must be set: it says what to change");
    specs = fieldspec_list_view(&list);
    before.prefix = json_string_at(fields, "prefix");
    behind.suffix = json_string_at(fields, "suffix");
    if (prefix && affix_all(t->resources, &specs, before, err) < 0)
        return -1;
    if (suffix && affix_all(t->resources, &specs, behind, err) < 0)
        return -1;
    return 0;
}

int prefix_plugin(struct transform *t, const json_t *config, struct error **err)
{
    return affix_plugin(t, config, true, false, err);
}

int suffix_plugin(struct transform *t, const json_t *config, struct error **err)
{
    return affix_plugin(t, config, false, true, err);
}

int prefix_suffix_plugin(struct transform *t, const json_t *config, struct error **err)
{
    return affix_plugin(t, config, true, true, err);
}
