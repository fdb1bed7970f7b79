/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generator: configMapGenerator and secretGenerator: their entries become resources.
 */
#ifndef GITOPSD_KUSTOMIZE_GENERATE_GENERATOR_H
#define GITOPSD_KUSTOMIZE_GENERATE_GENERATOR_H

#include "kustomize/loader.h"
#include "kustomize/resmap.h"

/* Run all generators of the kustomization and absorb what they make. */
int generators_run(struct resmap *m, struct loader *loader, const struct kustomization *k,
                   struct error **err);

#endif
