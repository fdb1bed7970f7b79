/* SPDX-License-Identifier: Apache-2.0 */
/* labels, commonLabels and commonAnnotations: pairs into maps at many places. */
#include "kustomize/cell.h"
#include "kustomize/plugin_fields.h"
#include "kustomize/transform/transform.h"
#include "lib/doc/budget.h"

static const struct fieldspec metadata_labels = {.path = "metadata/labels", .create = true};

struct pairs {
    json_t *root;
    json_t *values; /* of this object: where they are new they are one scalar in all places */
};

static int set_pairs(void *arg, json_t *value, json_t **replacement, struct error **err)
{
    const struct pairs *p = arg;
    const char *key;
    json_t *text;

    (void)replacement;
    if (json_is_null(value))
        return 0;
    if (!json_is_object(value))
        return error_set(err, ERROR_INVALID, "expected a map, found %s",
                         json_is_array(value) ? "a list" : "a scalar");
    json_object_foreach (p->values, key, text) {
        json_t *old = json_object_get(value, key);

        if (!old)
            json_object_set(value, key, text);
        else if (old != text)
            cell_replace(p->root, value, key, json_copy(text));
    }
    return 0;
}

static int apply_pairs(struct resmap *m, const struct fieldspecs *specs, const json_t *pairs,
                       struct error **err)
{
    if (json_object_size(pairs) == 0)
        return 0;
    for (size_t i = 0; i < m->items.len; i++) {
        cleanup_json json_t *values = json_deep_copy(pairs);
        struct resource *r = resmap_at(m, i);
        struct pairs p = {.root = r->object, .values = values};

        if (budget_spend_value(values, err) < 0)
            return -1;
        if (resource_has_build_state(r))
            resource_create_annotations(r);
        if (fieldspecs_apply(specs, p.root, CREATE_MAP, set_pairs, &p, err) < 0)
            return -1;
    }
    return 0;
}

static int specs_add(struct fieldspec_list *list, const struct fieldspecs *specs,
                     struct error **err)
{
    for (size_t i = 0; i < specs->len; i++)
        if (fieldspec_list_merge(list, &specs->items[i], err) < 0)
            return -1;
    return 0;
}

static int label_specs(struct fieldspec_list *list, const json_t *label,
                       const struct field_config *config, struct error **err)
{
    fieldspecs_read(json_object_get(label, "fields"), list);
    if (specs_add(list, &config->labels, err) < 0)
        return -1;
    if (json_is_true(json_object_get(label, "includeSelectors")))
        return specs_add(list, &config->common_labels, err);
    if (json_is_true(json_object_get(label, "includeTemplates")) &&
        specs_add(list, &config->template_labels, err) < 0)
        return -1;
    if (json_is_true(json_object_get(label, "includeVolumeClaimTemplates")) &&
        specs_add(list, &config->volume_claim_template_labels, err) < 0)
        return -1;
    return fieldspec_list_merge(list, &metadata_labels, err);
}

int labels_apply(struct transform *t, const json_t *field, struct error **err)
{
    size_t i;
    json_t *label;

    json_array_foreach ((json_t *)field, i, label) {
        cleanup_fieldspec_list struct fieldspec_list list = {0};
        struct fieldspecs specs;

        if (label_specs(&list, label, t->config, err) < 0)
            return error_wrap(err, "entry %zu", i);
        specs = fieldspec_list_view(&list);
        if (apply_pairs(t->resources, &specs, json_object_get(label, "pairs"), err) < 0)
            return error_wrap(err, "entry %zu", i);
    }
    return 0;
}

int common_labels_apply(struct transform *t, const json_t *field, struct error **err)
{
    return apply_pairs(t->resources, &t->config->common_labels, field, err);
}

int common_annotations_apply(struct transform *t, const json_t *field, struct error **err)
{
    return apply_pairs(t->resources, &t->config->common_annotations, field, err);
}

static const struct field pairs_fields[] = {
    {"labels", FIELD_STRING_MAP, NULL},
    {"annotations", FIELD_STRING_MAP, NULL},
    {"fieldSpecs", FIELD_OBJECTS, fieldspec_fields},
    {NULL, FIELD_STRING, NULL},
};

int label_plugin(struct transform *t, const json_t *config, struct error **err)
{
    return plugin_set(t->resources, config, pairs_fields, "labels", apply_pairs, err);
}

int annotations_plugin(struct transform *t, const json_t *config, struct error **err)
{
    return plugin_set(t->resources, config, pairs_fields, "annotations", apply_pairs, err);
}
