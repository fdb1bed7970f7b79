/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/desired.h"

#include "daemon/object/compare_options.h"
#include "daemon/object/hook.h"
#include "daemon/object/identity.h"
#include "daemon/object/sync_options.h"
#include "daemon/render/desired_object.h"
#include "lib/base/hash.h"
#include "lib/base/interned.h"
#include "lib/doc/yaml.h"

#define CRD_GROUP "apiextensions.k8s.io"
#define CRD_KIND "CustomResourceDefinition"

struct building {
    const struct desired_options *options;
    struct map crd_scopes; /* "GROUP/KIND" -> "Namespaced" or "Cluster", borrowed from the object */
    struct desired_set *set;
    struct desired *all; /* of any kind; their content goes to the set at the end */
    size_t len;
    struct map seen; /* key -> index into `all`, plus one */
    size_t *times;   /* how often each of them appeared */
};

void desired_clear(struct desired *d)
{
    interned_unref(d->key);
    interned_unref(d->group);
    interned_unref(d->version);
    interned_unref(d->kind);
    interned_unref(d->namespace);
    interned_unref(d->name);
    free(d->generate_name);
    free(d->defines);
    free(d->body);
}

void desired_copy(struct desired *to, const struct desired *from)
{
    *to = *from;
    to->key = interned_ref(from->key);
    to->group = interned_ref(from->group);
    to->version = interned_ref(from->version);
    to->kind = interned_ref(from->kind);
    to->namespace = interned_ref(from->namespace);
    to->name = interned_ref(from->name);
    to->generate_name = from->generate_name ? xstrdup(from->generate_name) : NULL;
    to->defines = from->defines ? xstrdup(from->defines) : NULL;
    to->body = xstrndup(from->body, from->body_len);
}

static void free_all(struct desired *all, size_t len)
{
    for (size_t i = 0; i < len; i++)
        desired_clear(&all[i]);
    free(all);
}

static struct desired_set *desired_set_new(void)
{
    struct desired_set *set = xcalloc(1, sizeof(*set));

    set->refs = 1;
    return set;
}

struct desired_set *desired_set_ref(struct desired_set *set)
{
    if (set)
        set->refs++;
    return set;
}

void desired_set_unref(struct desired_set *set)
{
    if (!set || --set->refs > 0)
        return;
    free_all(set->items, set->len);
    free_all(set->hooks, set->hook_count);
    free_all(set->skipped, set->skipped_count);
    map_clear(&set->aside);
    strvec_clear(&set->warnings);
    strvec_clear(&set->excluded);
    free(set);
}

bool desired_set_has_aside(const struct desired_set *set, const char *key)
{
    return map_has(&set->aside, key);
}

/* By wave and kind, then by name. For qsort. */
static int compare_items(const void *x, const void *y)
{
    const struct desired *a = x;
    const struct desired *b = y;
    int order = a->wave != b->wave ? (a->wave < b->wave ? -1 : 1)
                                   : (a->rank > b->rank) - (a->rank < b->rank);

    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->namespace, b->namespace);
    /* Kinds without a rank share one: the key makes the order total. */
    return order ? order : strcmp(a->key, b->key);
}

static void sort(struct desired *items, size_t len)
{
    if (len)
        qsort(items, len, sizeof(*items), compare_items);
}

static bool is_crd(const struct desired *d)
{
    return streq(d->group, CRD_GROUP) && streq(d->kind, CRD_KIND);
}

/* "GROUP/KIND" that a definition defines. Heap string. */
static char *defined_kind(const json_t *definition)
{
    const json_t *spec = json_object_get(definition, "spec");

    return xasprintf("%s/%s", object_string(spec, "group"),
                     object_string(json_object_get(spec, "names"), "kind"));
}

/* The definitions in the set tell the scope of kinds that the server does not serve yet. */
static void collect_scopes(struct building *b, const json_t *objects)
{
    size_t i;
    json_t *o;

    json_array_foreach ((json_t *)objects, i, o) {
        const char *scope = object_string(json_object_get(o, "spec"), "scope");
        cleanup_free char *kind = NULL;

        if (!streq(object_string(o, "kind"), CRD_KIND) ||
            !str_has_prefix(object_string(o, "apiVersion"), CRD_GROUP "/") || !*scope)
            continue;
        kind = defined_kind(o);
        map_set(&b->crd_scopes, kind, (void *)scope);
    }
}

/* Is the object of a kind that lives in a namespace? Unknown kinds count as such. */
static bool is_namespaced(struct building *b, struct desired *d)
{
    const struct kube_discovery *discovery = b->options->discovery;
    const struct kube_resource *r =
        discovery ? kube_discovery_find(discovery, d->group, d->version, d->kind) : NULL;
    cleanup_free char *kind = xasprintf("%s/%s", d->group, d->kind);
    const char *scope;

    d->known = r != NULL;
    if (!r && discovery)
        r = kube_discovery_preferred(discovery, d->group, d->kind);
    if (r)
        return r->namespaced;
    scope = map_find(&b->crd_scopes, kind);
    return !scope || streq(scope, "Namespaced");
}

static int settle_namespace(struct building *b, struct desired *d, json_t *metadata,
                            struct error **err)
{
    const char *ns = object_string(metadata, "namespace");

    if (!is_namespaced(b, d)) {
        json_object_del(metadata, "namespace");
        d->namespace = interned_ref("");
        return 0;
    }
    if (!*ns)
        ns = b->options->namespace ? b->options->namespace : "";
    if (!*ns)
        return error_set(err, ERROR_INVALID, "Namespace for %s %s/%s, Kind=%s is missing.", d->name,
                         d->group, d->version, d->kind);
    d->namespace = interned_ref(ns);
    json_object_set_new(metadata, "namespace", json_string(d->namespace));
    return 0;
}

/* A cluster-scoped object carries the application's destination namespace in its id. */
static void track(const struct building *b, const struct desired *d, json_t *metadata)
{
    const char *ns = *d->namespace ? d->namespace : b->options->namespace;
    cleanup_free char *id = tracking_id(b->options->instance, d->group, d->kind, ns, d->name);

    if (!is_crd(d))
        tracking_write(metadata, b->options->instance, id,
                       b->options->settings ? &b->options->settings->tracking : NULL);
}

/* A hook without a name gets one when it runs; until then a number tells it from others. */
static void fill_name(struct desired *d, const json_t *metadata, size_t number)
{
    const char *name = object_string(metadata, "name");

    if (!*name)
        d->generate_name = xstrdup(object_string(metadata, "generateName"));
    d->name =
        *name ? interned_ref(name) : interned_take(xasprintf("%s%zu", d->generate_name, number));
}

static int fill(struct building *b, struct desired *d, json_t *object, size_t number,
                struct error **err)
{
    json_t *metadata = json_object_get(object, "metadata");
    char *group;
    char *version;

    api_version_parts(object_string(object, "apiVersion"), &group, &version);
    d->group = interned_take(group);
    d->version = interned_take(version);
    d->kind = interned_ref(object_string(object, "kind"));
    fill_name(d, metadata, number);
    if (settle_namespace(b, d, metadata, err) < 0)
        return -1;
    d->key = interned_take(object_key(d->group, d->kind, d->namespace, d->name));
    d->wave = sync_wave(object);
    d->rank = kind_rank(d->kind);
    d->defines = is_crd(d) ? defined_kind(object) : NULL;
    d->options = sync_options_of_object(object_annotation(object, SYNC_OPTIONS_ANNOTATION));
    d->hooks = hook_types(object);
    d->hook_policies = hook_is(object) ? hook_policies(object) : 0;
    track(b, d, metadata);
    d->body = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (!d->body)
        return error_set(err, ERROR_INVALID, "%s: cannot be written as JSON", d->key);
    d->body_len = strlen(d->body);
    d->hash = hash64(d->body, d->body_len);
    return 0;
}

static bool is_excluded(const struct building *b, const struct desired *d)
{
    return b->options->settings && settings_excludes(b->options->settings, d->group, d->kind);
}

/* Of duplicates the last one wins. */
static void keep(struct building *b, const struct desired *d)
{
    size_t index = (size_t)map_find(&b->seen, d->key);

    if (index) {
        desired_clear(&b->all[index - 1]);
    } else {
        index = ++b->len;
        map_set(&b->seen, d->key, (void *)index);
    }
    b->all[index - 1] = *d;
    b->times[index - 1]++;
}

static int add(struct building *b, json_t *object, size_t number, struct error **err)
{
    struct desired d = {0};

    if (desired_object_check(object, number, err) < 0)
        return -1;
    if (desired_object_normalise(object, err) < 0 || fill(b, &d, object, number, err) < 0) {
        desired_clear(&d);
        return -1;
    }
    if (is_excluded(b, &d)) {
        strvec_pushf(&b->set->excluded, "Resource %s/%s %s is excluded in the settings", d.group,
                     d.kind, d.name);
        desired_clear(&d);
        return 0;
    }
    keep(b, &d);
    return 0;
}

static void warn_about_duplicates(struct building *b)
{
    for (size_t i = 0; i < b->len; i++)
        if (b->times[i] > 1)
            strvec_pushf(&b->set->warnings,
                         "Resource %s appeared %zu times among application resources.",
                         b->all[i].key, b->times[i]);
}

static size_t put(struct desired **list, size_t len, const struct desired *d)
{
    *list = xrealloc(*list, (len + 1) * sizeof(**list));
    (*list)[len] = *d;
    return len + 1;
}

/* A hook has policies; an object that is none may still have the type Skip. */
static void sort_out(struct desired_set *set, struct desired *d)
{
    if (!d->hook_policies && d->hooks != HOOK_SKIP) {
        d->hooks = 0;
        set->len = put(&set->items, set->len, d);
    } else if (!d->hook_policies) {
        set->skipped_count = put(&set->skipped, set->skipped_count, d);
    } else if (d->hooks & ~(unsigned)HOOK_SKIP) {
        set->hook_count = put(&set->hooks, set->hook_count, d);
    } else {
        desired_clear(d);
    }
    *d = (struct desired){0};
}

static void index_aside(struct map *aside, const struct desired *all, size_t len)
{
    for (size_t i = 0; i < len; i++)
        map_set(aside, all[i].key, (void *)&all[i]);
}

static void fill_set(struct building *b)
{
    struct desired_set *set = b->set;

    for (size_t i = 0; i < b->len; i++)
        sort_out(set, &b->all[i]);
    b->len = 0;
    sort(set->items, set->len);
    sort(set->hooks, set->hook_count);
    sort(set->skipped, set->skipped_count);
    index_aside(&set->aside, set->hooks, set->hook_count);
    index_aside(&set->aside, set->skipped, set->skipped_count);
}

static int build(struct building *b, json_t *objects, struct error **err)
{
    cleanup_json json_t *flat = json_array();

    if (desired_flatten(objects, flat, err) < 0)
        return -1;
    collect_scopes(b, flat);
    b->all = xcalloc(json_array_size(flat) + 1, sizeof(*b->all));
    b->times = xcalloc(json_array_size(flat) + 1, sizeof(*b->times));
    for (size_t i = 0; i < json_array_size(flat); i++)
        if (add(b, json_array_get(flat, i), i + 1, err) < 0)
            return -1;
    warn_about_duplicates(b);
    fill_set(b);
    return 0;
}

int desired_set_build(json_t *objects, const struct desired_options *options,
                      struct desired_set **out, struct error **err)
{
    cleanup_desired_set struct desired_set *set = desired_set_new();
    struct building b = {.options = options, .set = set};
    int rc = build(&b, objects, err);

    map_clear(&b.crd_scopes);
    map_clear(&b.seen);
    free(b.times);
    free_all(b.all, b.len);
    json_decref(objects);
    if (rc == 0)
        *out = TAKE(set);
    return rc;
}

struct desired_set *desired_set_hooks(const struct desired_set *set)
{
    struct desired_set *hooks = desired_set_new();

    hooks->hooks = xcalloc(set->hook_count, sizeof(*hooks->hooks));
    hooks->hook_count = set->hook_count;
    for (size_t i = 0; i < set->hook_count; i++)
        desired_copy(&hooks->hooks[i], &set->hooks[i]);
    index_aside(&hooks->aside, hooks->hooks, hooks->hook_count);
    return hooks;
}
