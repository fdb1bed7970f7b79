/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/plugins.h"

#include "kustomize/generate/generator.h"
#include "kustomize/generate/suffix.h"
#include "kustomize/origin.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

#define VALIDATED_BY_LABEL "validated-by"

static const struct plugin {
    const char *kind;
    generator_plugin_fn *generate; /* one of these two */
    transform_fn *transform;
} plugins[] = {
    {"ConfigMapGenerator", config_map_generator_plugin, NULL},
    {"HelmChartInflationGenerator", helm_chart_inflation_generator_plugin, NULL},
    {"IAMPolicyGenerator", iam_policy_generator_plugin, NULL},
    {"SecretGenerator", secret_generator_plugin, NULL},
    {"AnnotationsTransformer", NULL, annotations_plugin},
    {"HashTransformer", NULL, hash_plugin},
    {"ImageTagTransformer", NULL, image_tag_plugin},
    {"LabelTransformer", NULL, label_plugin},
    {"NamespaceTransformer", NULL, namespace_plugin},
    {"PatchJson6902Transformer", NULL, patch_json6902_plugin},
    {"PatchStrategicMergeTransformer", NULL, patch_strategic_merge_plugin},
    {"PatchTransformer", NULL, patch_plugin},
    {"PrefixSuffixTransformer", NULL, prefix_suffix_plugin},
    {"PrefixTransformer", NULL, prefix_plugin},
    {"ReplacementTransformer", NULL, replacement_plugin},
    {"ReplicaCountTransformer", NULL, replica_count_plugin},
    {"SuffixTransformer", NULL, suffix_plugin},
    {"ValueAddTransformer", NULL, value_add_plugin},
};

static const struct plugin *plugin_find(const struct resource *config, struct error **err)
{
    const char *kind = resource_kind(config);

    if (!streq(resource_api_version(config), "builtin")) {
        error_set(err, ERROR_DENIED,
                  "%s \"%s\" (apiVersion %s) is no builtin plugin: functions and executable "
                  "plugins are programs, and a build runs none; render what it makes before the "
                  "commit",
                  kind, resource_name(config), resource_api_version(config));
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_LEN(plugins); i++)
        if (streq(plugins[i].kind, kind))
            return &plugins[i];
    error_set(err, ERROR_INVALID, "there is no builtin plugin \"%s\" (of \"%s\")", kind,
              resource_name(config));
    return NULL;
}

/* The configuration with the values that its scalars mean. */
static json_t *config_values(const struct resource *config)
{
    json_t *values = json_deep_copy(config->object);

    spelled_resolve(values);
    return values;
}

int plugin_generate(struct resmap *m, struct loader *loader, const char *dir,
                    const struct resource *config, struct error **err)
{
    const struct plugin *plugin = plugin_find(config, err);
    cleanup_json json_t *origin = origin_of_plugin(config);
    cleanup_json json_t *values = NULL;
    cleanup_resmap struct resmap made = {0};

    if (!plugin)
        return -1;
    if (!plugin->generate)
        return error_set(err, ERROR_INVALID,
                         "%s \"%s\" is not a generator; list it under transformers", plugin->kind,
                         resource_name(config));
    values = config_values(config);
    if (plugin->generate(&made, loader, dir, values, err) < 0)
        return error_wrap(err, "%s \"%s\"", plugin->kind, resource_name(config));
    origin_set(&made, origin);
    if (resmap_absorb_all(m, &made, err) < 0)
        return error_wrap(err, "%s \"%s\"", plugin->kind, resource_name(config));
    return 0;
}

static int run_transformer(struct transform *t, const struct resource *config, struct error **err)
{
    const struct plugin *plugin = plugin_find(config, err);
    cleanup_json json_t *values = NULL;

    if (!plugin)
        return -1;
    if (!plugin->transform)
        return error_set(err, ERROR_INVALID,
                         "%s \"%s\" is not a transformer; list it under generators", plugin->kind,
                         resource_name(config));
    values = config_values(config);
    if (plugin->transform(t, values, err) < 0)
        return error_wrap(err, "%s \"%s\"", plugin->kind, resource_name(config));
    resmap_drop_deleted(t->resources);
    return 0;
}

int plugin_transform(struct transform *t, const struct resource *config, struct error **err)
{
    cleanup_json json_t *origin = origin_of_plugin(config);

    if (run_transformer(t, config, err) < 0)
        return -1;
    origin_add_transformation(t->resources, origin);
    return 0;
}

/* ---- validators ---- */

static void drop_empty(json_t *metadata, const char *field)
{
    const json_t *map = json_object_get(metadata, field);

    if (json_is_object(map) && json_object_size(map) == 0)
        json_object_del(metadata, field);
}

static json_t *without_label(const struct resource *r)
{
    json_t *copy = json_deep_copy(r->object);
    json_t *metadata = json_object_get(copy, "metadata");

    json_object_del(json_object_get(metadata, "labels"), VALIDATED_BY_LABEL);
    drop_empty(metadata, "labels");
    drop_empty(metadata, "annotations");
    return copy;
}

static json_t *snapshot(const struct resmap *m)
{
    json_t *objects = json_array();

    for (size_t i = 0; i < m->items.len; i++)
        json_array_append_new(objects, without_label(resmap_at(m, i)));
    spelled_resolve(objects);
    return objects;
}

int plugin_validate(struct transform *t, const struct resource *config, struct error **err)
{
    cleanup_json json_t *before = snapshot(t->resources);
    cleanup_json json_t *after = NULL;

    if (run_transformer(t, config, err) < 0)
        return -1;
    after = snapshot(t->resources);
    if (!json_equal(before, after))
        return error_set(err, ERROR_INVALID,
                         "%s \"%s\" changes resources, which a validator must not; list it under "
                         "transformers",
                         resource_kind(config), resource_name(config));
    return 0;
}
