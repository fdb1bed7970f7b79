/* SPDX-License-Identifier: Apache-2.0 */
/* labels, commonLabels and commonAnnotations: pairs into maps at many places. */
#include "kustomize/transform/transform.h"

static const struct fieldspec metadata_labels = {.path = "metadata/labels", .create = true};

static int set_pairs(void *arg, json_t *value, json_t **replacement, struct error **err)
{
    (void)replacement;
    if (!json_is_object(value))
        return error_set(err, ERROR_INVALID, "expected a map, found %s",
                         json_is_array(value) ? "a list" : "a scalar");
    json_object_update(value, arg);
    return 0;
}

static int apply_pairs(struct resmap *m, const struct fieldspecs *specs, const json_t *pairs,
                       struct error **err)
{
    if (json_object_size(pairs) == 0)
        return 0;
    for (size_t i = 0; i < m->items.len; i++)
        if (fieldspecs_apply(specs, resmap_at(m, i)->object, CREATE_MAP, set_pairs, (void *)pairs,
                             err) < 0)
            return -1;
    return 0;
}

/* A growing list of specs; those that select no more than an earlier one are left out. */
struct spec_list {
    struct fieldspec *items;
    size_t len;
};

static bool covers(const struct fieldspec *fs, const struct fieldspec *more_special)
{
    return (!fs->group || !*fs->group || streq(fs->group, more_special->group)) &&
           (!fs->version || !*fs->version || streq(fs->version, more_special->version)) &&
           (!fs->kind || !*fs->kind || streq(fs->kind, more_special->kind));
}

static int spec_add(struct spec_list *list, const struct fieldspec *fs, struct error **err)
{
    for (size_t i = 0; i < list->len; i++) {
        if (!streq(list->items[i].path, fs->path) || !covers(fs, &list->items[i]))
            continue;
        if (list->items[i].create != fs->create)
            return error_set(err, ERROR_INVALID,
                             "conflicting fieldspecs for %s: one creates the field, one does not",
                             fs->path);
        return 0;
    }
    list->items = xrealloc(list->items, (list->len + 1) * sizeof(*list->items));
    list->items[list->len++] = *fs;
    return 0;
}

static int specs_add(struct spec_list *list, const struct fieldspecs *specs, struct error **err)
{
    for (size_t i = 0; i < specs->len; i++)
        if (spec_add(list, &specs->items[i], err) < 0)
            return -1;
    return 0;
}

static void add_own_fields(struct spec_list *list, const json_t *fields)
{
    size_t i;
    json_t *f;

    json_array_foreach ((json_t *)fields, i, f) {
        list->items = xrealloc(list->items, (list->len + 1) * sizeof(*list->items));
        list->items[list->len++] = (struct fieldspec){
            .group = json_string_at(f, "group"),
            .version = json_string_at(f, "version"),
            .kind = json_string_at(f, "kind"),
            .path = json_string_at(f, "path"),
            .create = json_is_true(json_object_get(f, "create")),
        };
    }
}

static int label_specs(struct spec_list *list, const json_t *label,
                       const struct field_config *config, struct error **err)
{
    add_own_fields(list, json_object_get(label, "fields"));
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
    return spec_add(list, &metadata_labels, err);
}

int labels_apply(struct transform *t, const json_t *field, struct error **err)
{
    size_t i;
    json_t *label;

    json_array_foreach ((json_t *)field, i, label) {
        struct spec_list list = {0};
        int rc = label_specs(&list, label, t->config, err);

        if (rc == 0)
            rc = apply_pairs(t->resources, &(struct fieldspecs){list.items, list.len},
                             json_object_get(label, "pairs"), err);
        free(list.items);
        if (rc < 0)
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
