/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generator: configMapGenerator and secretGenerator, as fields of a kustomization and as plugins
 * (files that its `generators` names), and the plugin IAMPolicyGenerator: their entries become
 * resources. Helm charts are refused, as fields and as a plugin (ERROR_UNSUPPORTED).
 */
#ifndef GITOPSD_KUSTOMIZE_GENERATE_GENERATOR_H
#define GITOPSD_KUSTOMIZE_GENERATE_GENERATOR_H

#include "kustomize/loader.h"
#include "kustomize/resmap.h"

/* Run all generators of the kustomization and absorb what they make. `origin` is that of the
 * kustomization's directory, or NULL. */
int generators_run(struct resmap *m, struct loader *loader, const struct kustomization *k,
                   const json_t *origin, struct error **err);

/* What one plugin makes, appended to `out`. `config` is the whole configuration object; paths in it
 * are relative to `dir`. The caller absorbs the result: its resources have their behavior. */
typedef int generator_plugin_fn(struct resmap *out, struct loader *loader, const char *dir,
                                const json_t *config, struct error **err);

generator_plugin_fn config_map_generator_plugin, secret_generator_plugin,
    iam_policy_generator_plugin;
/* Always ERROR_UNSUPPORTED. */
generator_plugin_fn helm_chart_inflation_generator_plugin;

#endif
