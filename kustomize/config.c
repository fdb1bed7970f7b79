/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/config.h"

#include "kustomize/config_merge.h"
#include "kustomize/crd.h"
#include "kustomize/defaults.h"
#include "kustomize/fields.h"
#include "kustomize/json_text.h"
#include "lib/doc/yaml.h"

#define CONFIGURATION_MAX_BYTES (16u << 20)

/* ---- merging ---- */

static int merge_one(const struct field_config *a, const struct field_config *b,
                     const struct field_config **out, struct error **err)
{
    if (b == field_config_default() && (!a || a == b)) {
        *out = b;
        return 0;
    }
    return config_merge_lists(a, b, out, err);
}

static int merge_parts(const struct field_config *a, const struct field_config *b,
                       const struct field_config **out, struct error **err)
{
    cleanup_field_config const struct field_config *first = NULL;

    if (!b->parts[0])
        return merge_one(a, b, out, err);
    if (merge_one(a, b->parts[0], &first, err) < 0)
        return -1;
    return merge_one(first, b->parts[1], out, err);
}

int field_config_merge(struct session *s, const struct field_config *a,
                       const struct field_config *b, const struct field_config **out,
                       struct error **err)
{
    cleanup_free char *key = NULL;

    if (b == field_config_default() && (!a || a == b))
        return merge_one(a, b, out, err);
    key = xasprintf("merge %p %p", (const void *)a, (const void *)b);
    if (field_configs_recall(&s->configs, key, out))
        return 0;
    if (merge_parts(a, b, out, err) < 0)
        return -1;
    field_configs_remember(&s->configs, key, a, b, *out);
    return 0;
}

/* ---- files ---- */

static void read_specs(const json_t *list, struct fieldspecs *out)
{
    struct fieldspec_list specs = {0};

    fieldspecs_read(list, &specs);
    *out = fieldspec_list_view(&specs);
}

static void read_references(const json_t *list, struct field_config *c)
{
    struct name_reference *items = xmalloc((json_array_size(list) + 1) * sizeof(*items));
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item) {
        items[i] = (struct name_reference){.group = json_string_at(item, "group"),
                                           .version = json_string_at(item, "version"),
                                           .kind = json_string_at(item, "kind")};
        read_specs(json_object_get(item, "fieldSpecs"), &items[i].referrers);
    }
    c->references = items;
    c->reference_count = json_array_size(list);
}

/* Checked against transformer_config_fields. */
static const struct field_config *config_read(json_t *doc)
{
    struct field_config *c = field_config_new();

    json_array_append(c->texts, doc);
    for (size_t i = 0; i < CONFIG_LIST_COUNT; i++)
        read_specs(json_object_get(doc, config_lists[i].name), config_list(c, i));
    read_references(json_object_get(doc, "nameReference"), c);
    return c;
}

typedef int parse_fn(const char *name, const char *text, size_t len, json_t **out,
                     struct error **err);

static int parse_configuration(const char *name, const char *text, size_t len, json_t **out,
                               struct error **err)
{
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *doc = NULL;
    cleanup_free char *culprit = NULL;

    if (yaml_parse(name, text, len, YAML_KUBECTL, &docs, err) < 0)
        return -1;
    doc = json_incref(json_array_get(docs, 0));
    if (!doc || json_is_null(doc)) {
        json_decref(doc);
        doc = json_object();
    }
    if (!json_is_object(doc))
        return error_set(err, ERROR_INVALID, "%s: a configuration is a map of lists", name);
    if (fields_check(doc, transformer_config_fields, "", &culprit, err) < 0)
        return error_wrap(err, "%s", name);
    *out = TAKE(doc);
    return 0;
}

static int add_file(const struct field_config **config, struct loader *l, const char *dir,
                    const char *path, parse_fn *parse, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(CONFIGURATION_MAX_BYTES);
    cleanup_json json_t *doc = NULL;
    cleanup_field_config const struct field_config *more = NULL;
    const struct field_config *merged;

    if (loader_read(l, dir, path, &text, err) < 0 ||
        parse(path, text.data, text.len, &doc, err) < 0)
        return -1;
    more = config_read(doc);
    if (config_merge_lists(*config, more, &merged, err) < 0)
        return error_wrap(err, "%s", path);
    field_config_unref(*config);
    *config = merged;
    return 0;
}

/* *out stays NULL where no files are named. */
static int load_files(struct loader *l, const char *dir, const json_t *paths, parse_fn *parse,
                      const struct field_config **out, struct error **err)
{
    cleanup_field_config const struct field_config *config = NULL;
    size_t i;
    json_t *path;

    json_array_foreach ((json_t *)paths, i, path)
        if (add_file(&config, l, dir, json_string_value(path), parse, err) < 0)
            return -1;
    *out = TAKE(config);
    return 0;
}

/* The parts are kept: merging one after the other is not the same as merging what they make
 * together. */
static int config_join(const struct field_config *own, const struct field_config *crds,
                       const struct field_config **out, struct error **err)
{
    const struct field_config *parts = &(struct field_config){.parts = {own, crds}};
    struct field_config *joined;
    const struct field_config *merged;

    if (merge_parts(NULL, parts, &merged, err) < 0)
        return -1;
    if (merged == field_config_default()) { /* the definitions mark nothing */
        *out = merged;
        return 0;
    }
    joined = (struct field_config *)merged;
    joined->parts[0] = field_config_ref(own);
    joined->parts[1] = field_config_ref(crds);
    *out = joined;
    return 0;
}

static int load(struct loader *l, const char *dir, const json_t *configurations, const json_t *crds,
                const struct field_config **out, struct error **err)
{
    cleanup_field_config const struct field_config *files = NULL;
    cleanup_field_config const struct field_config *own = NULL;
    cleanup_field_config const struct field_config *marks = NULL;

    if (load_files(l, dir, configurations, parse_configuration, &files, err) < 0)
        return error_wrap(err, "configurations");
    if (!files)
        own = field_config_default();
    else if (config_merge_lists(field_config_default(), files, &own, err) < 0)
        return error_wrap(err, "configurations");
    if (load_files(l, dir, crds, crd_parse, &marks, err) < 0)
        return error_wrap(err, "crds");
    if (!marks) {
        *out = TAKE(own);
        return 0;
    }
    return config_join(own, marks, out, err);
}

int field_config_load(struct loader *l, const char *dir, const json_t *configurations,
                      const json_t *crds, const struct field_config **out, struct error **err)
{
    cleanup_free char *key = NULL;

    if (!configurations && !crds) {
        *out = field_config_default();
        return 0;
    }
    key = xasprintf("load %p %s", (const void *)l, dir);
    if (field_configs_recall(&l->session->configs, key, out))
        return 0;
    if (load(l, dir, configurations, crds, out, err) < 0)
        return -1;
    field_configs_remember(&l->session->configs, key, NULL, NULL, *out);
    return 0;
}
