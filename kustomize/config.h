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

#include "kustomize/field_config.h"
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

#endif
