/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/order.h"

#include "kustomize/json_text.h"

static const char *const default_first[] = {
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
};
static const char *const default_last[] = {
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
};

long order_kind_rank(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(default_first); i++)
        if (streq(kind, default_first[i]))
            return (long)i - (long)ARRAY_LEN(default_first);
    for (size_t i = 0; i < ARRAY_LEN(default_last); i++)
        if (streq(kind, default_last[i]))
            return (long)i + 1;
    return 0;
}

struct entry {
    struct resource *resource;
    long rank;
    bool is_core_namespace; /* kind Namespace without a group */
    bool is_namespace_kind;
    size_t gvk; /* where the text begins in `texts` */
    size_t id;
    const struct buf *texts;
    size_t index;
};

static const char *or_else(const char *s, const char *other)
{
    return *s ? s : other;
}

/* Append the parts, with the separators behind them, and a NUL. Returns where the text begins. */
static size_t put_text(struct buf *texts, const char *const parts[], const char *separators)
{
    size_t start = texts->len;

    for (size_t i = 0;; i++) {
        buf_puts(texts, parts[i]);
        buf_put(texts, &separators[i], 1); /* the last one is the NUL */
        if (!separators[i])
            return start;
    }
}

/* `ranks` are those of the sortOptions; NULL: the built-in ones. */
static void entry_init(struct entry *e, struct resource *r, const struct map *ranks, size_t index,
                       struct buf *texts)
{
    const char *api_version = resource_api_version(r);
    const char *kind = resource_kind(r);
    const char *version;
    size_t group_len = api_version_split(api_version, &version);
    cleanup_free char *group = xstrndup(api_version, group_len);
    const char *const gvk[] = {or_else(group, "~G"), or_else(version, "~V"), or_else(kind, "~K")};
    const char *const id[] = {or_else(kind, "[noKind]"), or_else(version, "[noVer]"),
                              or_else(group, "[noGrp]"), or_else(resource_namespace(r), "~X"),
                              or_else(resource_name(r), "~N")};

    e->resource = r;
    e->index = index;
    e->rank = ranks ? (long)(intptr_t)map_find(ranks, kind) : order_kind_rank(kind);
    e->is_namespace_kind = streq(kind, "Namespace");
    e->is_core_namespace = e->is_namespace_kind && !*group;
    e->texts = texts;
    e->gvk = put_text(texts, gvk, "__");
    e->id = put_text(texts, id, "..||");
}

static int compare(const void *pa, const void *pb)
{
    const struct entry *a = pa;
    const struct entry *b = pb;
    int rc;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    rc = strcmp(a->texts->data + a->gvk, b->texts->data + b->gvk);
    /* The core Namespace goes before other groups' kinds of that name. */
    if (rc && a->is_namespace_kind && b->is_namespace_kind &&
        (a->is_core_namespace || b->is_core_namespace))
        return -rc;
    if (rc == 0)
        rc = strcmp(a->texts->data + a->id, b->texts->data + b->id);
    return rc ? rc : (a->index < b->index ? -1 : 1);
}

static void rank_list(struct map *ranks, const json_t *list, long start)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item)
        map_set(ranks, json_string_value(item), (void *)(intptr_t)(start + (long)i));
}

static int sort_legacy(struct resmap *m, const json_t *legacy, struct error **err)
{
    cleanup_map struct map ranks = {0};
    cleanup_buf struct buf texts = BUF_UNLIMITED;
    struct entry *entries = xcalloc(m->items.len + 1, sizeof(*entries));
    const json_t *first = json_object_get(legacy, "orderFirst");

    if (legacy) {
        rank_list(&ranks, first, -(long)json_array_size(first));
        rank_list(&ranks, json_object_get(legacy, "orderLast"), 1);
    }
    for (size_t i = 0; i < m->items.len; i++)
        entry_init(&entries[i], resmap_at(m, i), legacy ? &ranks : NULL, i, &texts);
    qsort(entries, m->items.len, sizeof(*entries), compare);
    for (size_t i = 0; i < m->items.len; i++)
        m->items.items[i] = entries[i].resource;
    free(entries);
    resmap_ids_changed(m);
    return resmap_check_unique(m, err);
}

int order_apply(struct resmap *m, const json_t *options, enum kustomize_reorder reorder,
                struct error **err)
{
    const json_t *legacy = json_object_get(options, "legacySortOptions");
    const char *order = json_string_at(options, "order");

    if (!options)
        return reorder == KUSTOMIZE_REORDER_NONE ? 0 : sort_legacy(m, NULL, err);
    if (streq(order, "legacy"))
        return sort_legacy(m, legacy, err);
    if (!streq(order, "fifo"))
        return error_set(err, ERROR_INVALID,
                         "sortOptions.order is \"%s\", must be one of fifo, legacy", order);
    if (legacy)
        return error_set(err, ERROR_INVALID,
                         "sortOptions.legacySortOptions is set, but the order is fifo; remove it, "
                         "or set order: legacy");
    return 0;
}
