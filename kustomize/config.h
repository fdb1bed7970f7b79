/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: the field specs that a layer's transformers, name references and vars work with: those
 * built into kustomize, merged with the files of `configurations` and with what `crds` tells about
 * the fields of custom resources. What a layer adds goes on to all layers above it.
 * Memory: configurations are immutable and counted, by one build on one thread; the built-in one
 * is static.
 */
#ifndef GITOPSD_KUSTOMIZE_CONFIG_H
#define GITOPSD_KUSTOMIZE_CONFIG_H

#include "kustomize/defaults.h"
#include "kustomize/loader.h"

/* The built-in specs with those of a kustomization's own fields; both may be NULL.
 * ERROR_INVALID: a file has unknown fields, or two specs contradict each other. */
int field_config_load(struct loader *l, const char *dir, const json_t *configurations,
                      const json_t *crds, const struct field_config **out, struct error **err);

/* What has `a` (NULL: nothing yet) and then gets `b`. Costs nothing where neither has more than the
 * built-in specs, or the session did so before. ERROR_INVALID: they contradict each other. */
int field_config_merge(struct session *s, const struct field_config *a,
                       const struct field_config *b, const struct field_config **out,
                       struct error **err);

/* A session's `configs`. */
void field_configs_clear(struct map *configs);

const struct field_config *field_config_ref(const struct field_config *c);
void field_config_unref(const struct field_config *c);

static inline void cleanup_field_config_fn(const struct field_config **p)
{
    field_config_unref(*p);
}
#define cleanup_field_config __attribute__((cleanup(cleanup_field_config_fn)))

#endif
