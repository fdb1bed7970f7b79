/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform: the transformers that a kustomization's fields call, in kustomize's order.
 */
#ifndef GITOPSD_KUSTOMIZE_TRANSFORM_TRANSFORM_H
#define GITOPSD_KUSTOMIZE_TRANSFORM_TRANSFORM_H

#include "kustomize/field_config.h"
#include "kustomize/loader.h"
#include "kustomize/resmap.h"

/* What every transformer works on and with. */
struct transform {
    struct resmap *resources;
    const struct field_config *config;
    struct loader *loader;
    const char *dir;      /* what paths in fields are relative to */
    const json_t *origin; /* of `dir`; NULL where the build does not keep track */
};

/* `field` is the checked field of the kustomization. */
typedef int transform_fn(struct transform *t, const json_t *field, struct error **err);

/* Run those that the kustomization asks for. Errors name its file and the field. */
int transform_run(struct transform *t, const struct kustomization *k, struct error **err);

transform_fn patches_strategic_merge_apply, patches_apply, namespace_apply, name_prefix_apply,
    name_suffix_apply, labels_apply, common_labels_apply, common_annotations_apply,
    patches_json6902_apply, replicas_apply, images_apply, replacements_apply;

/*
 * The same transformers as plugins: `field` is the whole configuration object of a built-in plugin,
 * as it stands in a file of `transformers`. Its field specs are its own; there are no defaults.
 */
transform_fn annotations_plugin, image_tag_plugin, label_plugin, namespace_plugin,
    patch_json6902_plugin, patch_strategic_merge_plugin, patch_plugin, prefix_plugin, suffix_plugin,
    prefix_suffix_plugin, replacement_plugin, replica_count_plugin, value_add_plugin;

/* The namespace of one object, without the field specs of a kustomization. */
int namespace_set(struct resource *r, const char *namespace, struct error **err);

#endif
