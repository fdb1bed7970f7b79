/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugins: the configuration objects of `generators`, `transformers` and `validators` at work.
 * Those of apiVersion "builtin" are kustomize's own plugins, and run here. All others name a
 * program: a repository never brings programs to run, so they are refused by name (ERROR_DENIED),
 * as kustomize itself does unless told otherwise.
 */
#ifndef GITOPSD_KUSTOMIZE_PLUGINS_H
#define GITOPSD_KUSTOMIZE_PLUGINS_H

#include "kustomize/transform/transform.h"

/* Absorb into `m` what the generator makes. */
int plugin_generate(struct resmap *m, struct loader *loader, const char *dir,
                    const struct resource *config, struct error **err);
int plugin_transform(struct transform *t, const struct resource *config, struct error **err);
/* ERROR_INVALID where it changes anything but the label "validated-by". */
int plugin_validate(struct transform *t, const struct resource *config, struct error **err);

#endif
