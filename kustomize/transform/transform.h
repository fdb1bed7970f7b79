/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform: the transformers that a kustomization's fields call, in kustomize's order.
 */
#ifndef GITOPSD_KUSTOMIZE_TRANSFORM_TRANSFORM_H
#define GITOPSD_KUSTOMIZE_TRANSFORM_TRANSFORM_H

#include "kustomize/defaults.h"
#include "kustomize/loader.h"
#include "kustomize/resmap.h"

/* What every transformer works on and with. */
struct transform {
    struct resmap *resources;
    const struct field_config *config;
    struct loader *loader;
    const char *dir; /* what paths in fields are relative to */
};

/* `field` is the checked field of the kustomization. */
typedef int transform_fn(struct transform *t, const json_t *field, struct error **err);

/* Run those that the kustomization asks for. Errors name its file and the field. */
int transform_run(struct transform *t, const struct kustomization *k, struct error **err);

transform_fn patches_strategic_merge_apply, patches_apply, namespace_apply, name_prefix_apply,
    name_suffix_apply, labels_apply, common_labels_apply, common_annotations_apply,
    patches_json6902_apply, replicas_apply, images_apply, replacements_apply;

#endif
