/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/transform/transform.h"

#include "kustomize/origin.h"
#include "lib/doc/budget.h"
#include "lib/doc/yaml.h"

struct transformer {
    const char *field;
    transform_fn *apply;
    const char *plugin;   /* as kustomize calls it in annotations */
    bool is_one_per_item; /* each entry of the field counts as a transformer */
};

/* kustomize's order, which is part of its behaviour. */
static const struct transformer transformers[] = {
    {"patchesStrategicMerge", patches_strategic_merge_apply, "PatchStrategicMergeTransformer",
     false},
    {"patches", patches_apply, "PatchTransformer", true},
    {"namespace", namespace_apply, "NamespaceTransformer", false},
    {"namePrefix", name_prefix_apply, "PrefixTransformer", false},
    {"nameSuffix", name_suffix_apply, "SuffixTransformer", false},
    {"labels", labels_apply, "LabelTransformer", true},
    {"commonLabels", common_labels_apply, "LabelTransformer", false},
    {"commonAnnotations", common_annotations_apply, "AnnotationsTransformer", false},
    {"patchesJson6902", patches_json6902_apply, "PatchJson6902Transformer", true},
    {"replicas", replicas_apply, "ReplicaCountTransformer", true},
    {"images", images_apply, "ImageTagTransformer", true},
    {"replacements", replacements_apply, "ReplacementTransformer", false},
};

static int note(struct transform *t, const struct kustomization *k, const struct transformer *by,
                size_t count, struct error **err)
{
    cleanup_json json_t *origin = origin_of_field(t->origin, k->name, by->plugin);
    size_t bytes = t->resources->items.len * budget_size(origin);

    for (size_t i = 0; i < count; i++) {
        if (budget_spend(bytes, err) < 0)
            return -1;
        origin_add_transformation(t->resources, origin);
    }
    return 0;
}

/* One is at work for commonLabels, too, where there are only labels. */
static bool is_at_work(const struct kustomization *k, const struct transformer *t)
{
    return kustomization_get(k, t->field) ||
           (streq(t->field, "commonLabels") && kustomization_get(k, "labels"));
}

int transform_run(struct transform *t, const struct kustomization *k, struct error **err)
{
    for (size_t i = 0; i < ARRAY_LEN(transformers); i++) {
        const struct transformer *by = &transformers[i];
        const json_t *field = kustomization_get(k, by->field);

        if (!is_at_work(k, by))
            continue;
        if (field && by->apply(t, field, err) < 0)
            return error_wrap(err, "%s: %s", k->file, by->field);
        resmap_drop_deleted(t->resources);
        if (t->origin && note(t, k, by, by->is_one_per_item ? json_array_size(field) : 1, err) < 0)
            return error_wrap(err, "%s: %s", k->file, by->field);
    }
    return 0;
}
