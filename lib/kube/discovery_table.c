/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/discovery_table.h"

#include "lib/base/map.h"

struct kube_discovery {
    unsigned refs;
    struct ptrvec resources; /* all of them, owned */
    struct ptrvec preferred; /* each group and plural once */
    struct map exact;        /* "group/version/kind" */
    struct map by_kind;      /* "group/kind": the preferred one */
    struct strvec failed;    /* groups */
};

static const char *text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s ? s : "";
}

static bool has_verb(const json_t *verbs, const char *verb)
{
    size_t index;
    json_t *v;

    json_array_foreach (verbs, index, v) {
        if (streq(json_string_value(v), verb))
            return true;
    }
    return false;
}

static void resource_free(void *p)
{
    struct kube_resource *r = p;

    free((char *)r->group);
    free((char *)r->version);
    free((char *)r->kind);
    free((char *)r->plural);
    free(r);
}

static void add_resource(struct group_version *gv, const char *kind, const char *plural,
                         bool namespaced, const json_t *verbs)
{
    struct kube_resource *r;

    if (!kind[0] || !plural[0] || strchr(plural, '/'))
        return; /* a subresource */
    r = xcalloc(1, sizeof(*r));
    r->group = xstrdup(gv->group);
    r->version = xstrdup(gv->version);
    r->kind = xstrdup(kind);
    r->plural = xstrdup(plural);
    r->namespaced = namespaced;
    r->can_list = has_verb(verbs, "list");
    r->can_watch = has_verb(verbs, "watch");
    r->can_patch = has_verb(verbs, "patch");
    r->can_delete = has_verb(verbs, "delete");
    ptrvec_push(&gv->resources, r);
}

static struct group_version *add_version(struct group_versions *list, const char *group,
                                         const char *version)
{
    struct group_version *gv = xcalloc(1, sizeof(*gv));

    gv->group = xstrdup(group);
    gv->version = xstrdup(version);
    ptrvec_push(&list->items, gv);
    return gv;
}

/* One version of an APIGroupDiscovery. */
static void read_aggregated(struct group_versions *list, const char *group, const json_t *version)
{
    struct group_version *gv = add_version(list, group, text(version, "version"));
    size_t index;
    json_t *r;

    gv->is_failed = streq(text(version, "freshness"), "Stale");
    if (gv->is_failed)
        return;
    json_array_foreach (json_object_get(version, "resources"), index, r) {
        add_resource(gv, text(json_object_get(r, "responseKind"), "kind"), text(r, "resource"),
                     streq(text(r, "scope"), "Namespaced"), json_object_get(r, "verbs"));
    }
}

/* One APIGroup: the preferred version first, then the others in their order. */
static void read_plain_group(struct group_versions *list, const json_t *group)
{
    const char *preferred = text(json_object_get(group, "preferredVersion"), "version");
    const char *name = text(group, "name");
    size_t index;
    json_t *v;

    if (preferred[0])
        add_version(list, name, preferred);
    json_array_foreach (json_object_get(group, "versions"), index, v) {
        if (!streq(text(v, "version"), preferred))
            add_version(list, name, text(v, "version"));
    }
}

int group_versions_read(struct group_versions *list, const json_t *answer, struct error **err)
{
    const char *kind = text(answer, "kind");
    size_t i, k;
    json_t *item, *version;

    if (streq(kind, "APIGroupDiscoveryList")) {
        list->is_aggregated = true;
        json_array_foreach (json_object_get(answer, "items"), i, item) {
            const char *group = text(json_object_get(item, "metadata"), "name");

            json_array_foreach (json_object_get(item, "versions"), k, version) {
                read_aggregated(list, group, version);
            }
        }
    } else if (streq(kind, "APIGroupList")) {
        json_array_foreach (json_object_get(answer, "groups"), i, item) {
            read_plain_group(list, item);
        }
    } else if (streq(kind, "APIVersions")) {
        json_array_foreach (json_object_get(answer, "versions"), i, version) {
            if (json_is_string(version))
                add_version(list, "", json_string_value(version));
        }
    } else {
        return error_set(err, ERROR_UNAVAILABLE, "the answer is of kind \"%.64s\"", kind);
    }
    return 0;
}

void group_version_read_list(struct group_version *gv, const json_t *answer)
{
    size_t index;
    json_t *r;

    gv->is_failed = !streq(text(answer, "kind"), "APIResourceList");
    if (gv->is_failed)
        return;
    json_array_foreach (json_object_get(answer, "resources"), index, r) {
        add_resource(gv, text(r, "kind"), text(r, "name"),
                     json_is_true(json_object_get(r, "namespaced")), json_object_get(r, "verbs"));
    }
}

void group_versions_clear(struct group_versions *list)
{
    for (size_t i = 0; i < list->items.len; i++) {
        struct group_version *gv = list->items.items[i];

        for (size_t k = 0; k < gv->resources.len; k++)
            resource_free(gv->resources.items[k]);
        ptrvec_clear(&gv->resources);
        free(gv->group);
        free(gv->version);
        free(gv);
    }
    ptrvec_clear(&list->items);
}

/* Keys are unambiguous: none of the three may contain a slash. */
static void index_resource(struct kube_discovery *d, struct map *plurals, struct kube_resource *r)
{
    cleanup_free char *exact = xasprintf("%s/%s/%s", r->group, r->version, r->kind);
    cleanup_free char *by_kind = xasprintf("%s/%s", r->group, r->kind);
    cleanup_free char *by_plural = xasprintf("%s/%s", r->group, r->plural);

    ptrvec_push(&d->resources, r);
    if (!map_has(&d->exact, exact))
        map_set(&d->exact, exact, r);
    if (!map_has(&d->by_kind, by_kind))
        map_set(&d->by_kind, by_kind, r);
    if (map_has(plurals, by_plural))
        return;
    map_set(plurals, by_plural, r);
    ptrvec_push(&d->preferred, r);
}

struct kube_discovery *kube_discovery_new(const struct group_versions *const *lists, size_t count)
{
    struct kube_discovery *d = xcalloc(1, sizeof(*d));
    cleanup_map struct map plurals = {0};

    d->refs = 1;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < lists[i]->items.len; k++) {
            struct group_version *gv = lists[i]->items.items[k];

            if (gv->is_failed && !strvec_has(&d->failed, gv->group))
                strvec_push(&d->failed, gv->group);
            for (size_t n = 0; n < gv->resources.len; n++)
                index_resource(d, &plurals, gv->resources.items[n]);
            ptrvec_clear(&gv->resources);
        }
    }
    return d;
}

struct kube_discovery *kube_discovery_ref(struct kube_discovery *d)
{
    d->refs++;
    return d;
}

void kube_discovery_unref(struct kube_discovery *d)
{
    if (!d || --d->refs > 0)
        return;
    for (size_t i = 0; i < d->resources.len; i++)
        resource_free(d->resources.items[i]);
    ptrvec_clear(&d->resources);
    ptrvec_clear(&d->preferred);
    map_clear(&d->exact);
    map_clear(&d->by_kind);
    strvec_clear(&d->failed);
    free(d);
}

const struct kube_resource *kube_discovery_find(const struct kube_discovery *d, const char *group,
                                                const char *version, const char *kind)
{
    cleanup_free char *key = xasprintf("%s/%s/%s", group, version, kind);

    return map_find(&d->exact, key);
}

const struct kube_resource *kube_discovery_preferred(const struct kube_discovery *d,
                                                     const char *group, const char *kind)
{
    cleanup_free char *key = xasprintf("%s/%s", group, kind);

    return map_find(&d->by_kind, key);
}

bool kube_discovery_group_failed(const struct kube_discovery *d, const char *group)
{
    return strvec_has(&d->failed, group);
}

size_t kube_discovery_count(const struct kube_discovery *d)
{
    return d->preferred.len;
}

const struct kube_resource *kube_discovery_at(const struct kube_discovery *d, size_t index)
{
    return d->preferred.items[index];
}
