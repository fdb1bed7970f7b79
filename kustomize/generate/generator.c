/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/generator.h"

#include "kustomize/generate/secret.h"
#include "kustomize/json_text.h"
#include "kustomize/origin.h"
#include "kustomize/plugin_fields.h"
#include "lib/doc/yaml.h"

struct reader {
    struct loader *loader;
    const char *dir;
};

static int read_file(void *arg, const char *path, struct buf *out, struct error **err)
{
    const struct reader *r = arg;

    return loader_read(r->loader, r->dir, path, out, err);
}

/* The entry's own pairs, and those of generatorOptions that it does not set. */
static json_t *merge_pairs(const json_t *own, const json_t *global, const char *field)
{
    json_t *pairs = json_copy(json_object_get(own, field));

    if (!pairs)
        pairs = json_object();
    json_object_update_missing(pairs, json_object_get(global, field));
    return pairs;
}

static bool either(const json_t *own, const json_t *global, const char *field)
{
    return json_is_true(json_object_get(own, field)) ||
           json_is_true(json_object_get(global, field));
}

static void push_strings(struct strvec *out, const json_t *list)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item)
        strvec_push(out, json_string_value(item));
}

/* Another word than these three is taken as none. */
static enum generator_behavior parse_behavior(const char *text)
{
    if (streq(text, "create"))
        return BEHAVIOR_CREATE;
    if (streq(text, "replace"))
        return BEHAVIOR_REPLACE;
    return streq(text, "merge") ? BEHAVIOR_MERGE : BEHAVIOR_UNSPECIFIED;
}

/* `global` is generatorOptions, NULL for a plugin: those stand alone. */
static int generate(struct reader *reader, const json_t *entry, const json_t *global,
                    bool is_secret, struct resource **out, struct error **err)
{
    const json_t *own = json_object_get(entry, "options");
    cleanup_json json_t *labels = merge_pairs(own, global, "labels");
    cleanup_json json_t *annotations = merge_pairs(own, global, "annotations");
    struct generator_args args = {
        .name = json_string_at(entry, "name"),
        .namespace = json_string_at(entry, "namespace"),
        .type = json_string_at(entry, "type"),
        .labels = labels,
        .annotations = annotations,
        .immutable = either(own, global, "immutable"),
    };
    json_t *object = NULL;
    int rc;

    push_strings(&args.sources.files, json_object_get(entry, "files"));
    push_strings(&args.sources.envs, json_object_get(entry, "envs"));
    push_strings(&args.sources.literals, json_object_get(entry, "literals"));
    rc = is_secret ? secret_generate(&args, read_file, reader, &object, err)
                   : configmap_generate(&args, read_file, reader, &object, err);
    keyvalue_sources_clear(&args.sources);
    if (rc < 0)
        return -1;
    *out = resource_new(object, reader->loader->session->schemas);
    (*out)->needs_hash = !either(own, global, "disableNameSuffixHash");
    (*out)->behavior = parse_behavior(json_string_at(entry, "behavior"));
    (*out)->is_generated = true;
    return 0;
}

/* ---- fields of a kustomization ---- */

static int generate_all(struct resmap *m, struct loader *loader, const struct kustomization *k,
                        const json_t *origin, bool is_secret, struct error **err)
{
    const char *field = is_secret ? "secretGenerator" : "configMapGenerator";
    cleanup_json json_t *own =
        origin_of_field(origin, k->name, is_secret ? "SecretGenerator" : "ConfigMapGenerator");
    struct reader reader = {loader, k->dir};
    const json_t *global = kustomization_get(k, "generatorOptions");
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)kustomization_get(k, field), i, entry) {
        struct resource *r = NULL;
        int rc = generate(&reader, entry, global, is_secret, &r, err);

        if (rc == 0) {
            r->origin = json_incref(own);
            rc = resmap_absorb(m, r, err);
        }
        if (rc < 0)
            return error_wrap(err, "%s: %s: entry %zu (%s)", k->file, field, i,
                              json_string_at(entry, "name"));
    }
    return 0;
}

static int refuse_helm(struct error **err)
{
    return error_set(err, ERROR_UNSUPPORTED,
                     "helm charts are not inflated: a build runs no other program; render the "
                     "chart with `helm template` and list its output under resources");
}

int generators_run(struct resmap *m, struct loader *loader, const struct kustomization *k,
                   const json_t *origin, struct error **err)
{
    static const char *const helm_fields[] = {"helmCharts", "helmChartInflationGenerator"};

    for (size_t i = 0; i < ARRAY_LEN(helm_fields); i++)
        if (kustomization_get(k, helm_fields[i])) {
            refuse_helm(err);
            return error_wrap(err, "%s: %s", k->file, helm_fields[i]);
        }
    if (generate_all(m, loader, k, origin, false, err) < 0)
        return -1;
    return generate_all(m, loader, k, origin, true, err);
}

/* ---- plugins ---- */

/* The metadata of the configuration says what the entry itself does not. */
static void inherit_metadata(json_t *entry, const char *field)
{
    const json_t *metadata = json_object_get(entry, "metadata");

    if (!*json_string_at(entry, field))
        json_object_set(entry, field, json_object_get(metadata, field));
}

static int plugin_generate(struct resmap *out, struct reader *reader, const json_t *config,
                           bool is_secret, struct error **err)
{
    const struct field *fields = is_secret ? secret_plugin_fields : config_map_plugin_fields;
    cleanup_json json_t *entry = NULL;
    struct resource *r = NULL;

    if (plugin_fields_read(config, fields, &entry, err) < 0)
        return -1;
    inherit_metadata(entry, "name");
    inherit_metadata(entry, "namespace");
    if (generate(reader, entry, NULL, is_secret, &r, err) < 0)
        return -1;
    return resmap_append(out, r, err);
}

int config_map_generator_plugin(struct resmap *out, struct loader *loader, const char *dir,
                                const json_t *config, struct error **err)
{
    struct reader reader = {loader, dir};

    return plugin_generate(out, &reader, config, false, err);
}

int secret_generator_plugin(struct resmap *out, struct loader *loader, const char *dir,
                            const json_t *config, struct error **err)
{
    struct reader reader = {loader, dir};

    return plugin_generate(out, &reader, config, true, err);
}

int helm_chart_inflation_generator_plugin(struct resmap *out, struct loader *loader,
                                          const char *dir, const json_t *config, struct error **err)
{
    (void)out, (void)loader, (void)dir, (void)config;
    return refuse_helm(err);
}
