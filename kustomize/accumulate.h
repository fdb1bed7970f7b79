/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accumulate: a kustomization with all its resources, bases and components becomes one set of
 * resources, transformed layer by layer.
 */
#ifndef GITOPSD_KUSTOMIZE_ACCUMULATE_H
#define GITOPSD_KUSTOMIZE_ACCUMULATE_H

#include "kustomize/defaults.h"
#include "kustomize/loader.h"
#include "kustomize/resmap.h"

struct accumulator {
    struct resmap resources;
    const struct field_config *config;
};

void accumulator_init(struct accumulator *a);
void accumulator_clear(struct accumulator *a);
#define cleanup_accumulator __attribute__((cleanup(accumulator_clear)))

/* Add what the kustomization in `dir` (links resolved) builds. */
int accumulate(struct accumulator *a, struct loader *loader, const char *dir, struct error **err);

#endif
