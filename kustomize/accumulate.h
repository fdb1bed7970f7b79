/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accumulate: a kustomization with all its resources, bases and components becomes one set of
 * resources, transformed layer by layer.
 */
#ifndef GITOPSD_KUSTOMIZE_ACCUMULATE_H
#define GITOPSD_KUSTOMIZE_ACCUMULATE_H

#include "kustomize/config.h"
#include "kustomize/loader.h"
#include "kustomize/vars.h"

struct accumulator {
    struct resmap resources;
    const struct field_config *config; /* of all layers below; NULL: of none yet */
    struct vars vars;
};

void accumulator_init(struct accumulator *a);
void accumulator_clear(struct accumulator *a);
#define cleanup_accumulator __attribute__((cleanup(accumulator_clear)))

/* Add what the kustomization, the one to be built, makes. */
int accumulate(struct accumulator *a, struct loader *loader, const struct kustomization *k,
               struct error **err);

#endif
