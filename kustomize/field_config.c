/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/field_config.h"

/* A base with configurations is loaded and merged for each of its users: these are remembered. */
#define REMEMBERED_MAX 256

const struct config_list config_lists[CONFIG_LIST_COUNT] = {
    {"namePrefix", offsetof(struct field_config, name_prefix)},
    {"nameSuffix", offsetof(struct field_config, name_suffix)},
    {"namespace", offsetof(struct field_config, namespace)},
    {"commonAnnotations", offsetof(struct field_config, common_annotations)},
    {"commonLabels", offsetof(struct field_config, common_labels)},
    {"labels", offsetof(struct field_config, labels)},
    {"templateLabels", offsetof(struct field_config, template_labels)},
    {"volumeClaimTemplateLabels", offsetof(struct field_config, volume_claim_template_labels)},
    {"varReference", offsetof(struct field_config, var_reference)},
    {"images", offsetof(struct field_config, images)},
    {"replicas", offsetof(struct field_config, replicas)},
};

struct fieldspecs *config_list(struct field_config *c, size_t i)
{
    return (struct fieldspecs *)((char *)c + config_lists[i].offset);
}

struct field_config *field_config_new(void)
{
    struct field_config *c = xcalloc(1, sizeof(*c));

    c->ref_count = 1;
    c->texts = json_array();
    return c;
}

static void config_free(struct field_config *c)
{
    for (size_t i = 0; i < CONFIG_LIST_COUNT; i++)
        free((void *)config_list(c, i)->items);
    for (size_t i = 0; i < c->reference_count; i++)
        free((void *)c->references[i].referrers.items);
    free((void *)c->references);
    json_decref(c->texts);
    field_config_unref(c->parts[0]);
    field_config_unref(c->parts[1]);
    free(c);
}

const struct field_config *field_config_ref(const struct field_config *c)
{
    if (c && c->ref_count)
        ((struct field_config *)c)->ref_count++;
    return c;
}

void field_config_unref(const struct field_config *c)
{
    struct field_config *own = (struct field_config *)c;

    if (own && own->ref_count && --own->ref_count == 0)
        config_free(own);
}

/* ---- what was done before ---- */

/* Holds what the key names by address, too. */
struct remembered {
    const struct field_config *a;
    const struct field_config *b;
    const struct field_config *result;
};

static void free_remembered(void *value)
{
    struct remembered *r = value;

    field_config_unref(r->a);
    field_config_unref(r->b);
    field_config_unref(r->result);
    free(r);
}

void field_configs_clear(struct map *configs)
{
    map_clear_with(configs, free_remembered);
}

void field_configs_remember(struct map *configs, const char *key, const struct field_config *a,
                            const struct field_config *b, const struct field_config *result)
{
    struct remembered *r;

    if (configs->count >= REMEMBERED_MAX || map_has(configs, key))
        return;
    r = xmalloc(sizeof(*r));
    *r = (struct remembered){field_config_ref(a), field_config_ref(b), field_config_ref(result)};
    map_set(configs, key, r);
}

bool field_configs_recall(const struct map *configs, const char *key,
                          const struct field_config **out)
{
    const struct remembered *r = map_find(configs, key);

    if (r)
        *out = field_config_ref(r->result);
    return r;
}
