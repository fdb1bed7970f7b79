/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/transform/transform.h"

struct transformer {
    const char *field;
    transform_fn *apply;
};

/* kustomize's order, which is part of its behaviour. */
static const struct transformer transformers[] = {
    {"patchesStrategicMerge", patches_strategic_merge_apply},
    {"patches", patches_apply},
    {"namespace", namespace_apply},
    {"namePrefix", name_prefix_apply},
    {"nameSuffix", name_suffix_apply},
    {"labels", labels_apply},
    {"commonLabels", common_labels_apply},
    {"commonAnnotations", common_annotations_apply},
    {"patchesJson6902", patches_json6902_apply},
    {"replicas", replicas_apply},
    {"images", images_apply},
    {"replacements", replacements_apply},
};

int transform_run(struct transform *t, const struct kustomization *k, struct error **err)
{
    for (size_t i = 0; i < ARRAY_LEN(transformers); i++) {
        const json_t *field = kustomization_get(k, transformers[i].field);

        if (!field)
            continue;
        if (transformers[i].apply(t, field, err) < 0)
            return error_wrap(err, "%s: %s", k->file, transformers[i].field);
        resmap_drop_deleted(t->resources);
    }
    return 0;
}
