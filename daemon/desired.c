/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/desired.h"

#include "daemon/desired_object.h"
#include "daemon/identity.h"
#include "lib/base/hash.h"
#include "lib/base/map.h"
#include "lib/doc/yaml.h"

#include <errno.h>
#include <limits.h>

#define CRD_GROUP "apiextensions.k8s.io"
#define CRD_KIND "CustomResourceDefinition"
#define WAVE_ANNOTATION "argocd.argoproj.io/sync-wave"
#define HELM_WEIGHT_ANNOTATION "helm.sh/hook-weight"

struct building {
    const struct desired_options *options;
    struct map crd_scopes; /* "GROUP/KIND" -> "Namespaced" or "Cluster", borrowed from the object */
    struct desired_set *set;
    struct map seen; /* key -> index into the set, plus one */
    size_t *times;   /* how often each item of the set appeared */
};

void desired_clear(struct desired *d)
{
    free(d->key);
    free(d->group);
    free(d->version);
    free(d->kind);
    free(d->namespace);
    free(d->name);
    free(d->body);
}

void desired_copy(struct desired *to, const struct desired *from)
{
    *to = *from;
    to->key = xstrdup(from->key);
    to->group = xstrdup(from->group);
    to->version = xstrdup(from->version);
    to->kind = xstrdup(from->kind);
    to->namespace = xstrdup(from->namespace);
    to->name = xstrdup(from->name);
    to->body = xstrndup(from->body, from->body_len);
}

void desired_set_free(struct desired_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->len; i++)
        desired_clear(&set->items[i]);
    free(set->items);
    strvec_clear(&set->warnings);
    strvec_clear(&set->excluded);
    free(set);
}

int desired_compare(const struct desired *a, const struct desired *b)
{
    int order = a->wave != b->wave ? (a->wave < b->wave ? -1 : 1)
                                   : (a->rank > b->rank) - (a->rank < b->rank);

    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->namespace, b->namespace);
    /* Kinds without a rank share one: the key makes the order total. */
    return order ? order : strcmp(a->key, b->key);
}

static int compare_items(const void *a, const void *b)
{
    return desired_compare(a, b);
}

/* An integer; anything else counts as 0. */
static bool parse_wave(const char *text, int *wave)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < INT_MIN || value > INT_MAX ||
        strchr(" \t\n\v\f\r", *text))
        return false;
    *wave = (int)value;
    return true;
}

static int wave_of(const json_t *object)
{
    int wave = 0;

    if (!parse_wave(object_annotation(object, WAVE_ANNOTATION), &wave) &&
        !parse_wave(object_annotation(object, HELM_WEIGHT_ANNOTATION), &wave))
        wave = 0;
    return wave;
}

static bool is_crd(const struct desired *d)
{
    return streq(d->group, CRD_GROUP) && streq(d->kind, CRD_KIND);
}

/* The definitions in the set tell the scope of kinds that the server does not serve yet. */
static void collect_scopes(struct building *b, const json_t *objects)
{
    size_t i;
    json_t *o;

    json_array_foreach ((json_t *)objects, i, o) {
        const json_t *spec = json_object_get(o, "spec");
        const char *scope = object_string(spec, "scope");
        cleanup_free char *kind = NULL;

        if (!streq(object_string(o, "kind"), CRD_KIND) ||
            !str_has_prefix(object_string(o, "apiVersion"), CRD_GROUP "/") || !*scope)
            continue;
        kind = xasprintf("%s/%s", object_string(spec, "group"),
                         object_string(json_object_get(spec, "names"), "kind"));
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
        d->namespace = xstrdup("");
        return 0;
    }
    if (!*ns)
        ns = b->options->namespace ? b->options->namespace : "";
    if (!*ns)
        return error_set(err, ERROR_INVALID, "Namespace for %s %s/%s, Kind=%s is missing.", d->name,
                         d->group, d->version, d->kind);
    d->namespace = xstrdup(ns);
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

static int fill(struct building *b, struct desired *d, json_t *object, struct error **err)
{
    json_t *metadata = json_object_get(object, "metadata");

    api_version_parts(object_string(object, "apiVersion"), &d->group, &d->version);
    d->kind = xstrdup(object_string(object, "kind"));
    d->name = xstrdup(object_string(metadata, "name"));
    if (settle_namespace(b, d, metadata, err) < 0)
        return -1;
    d->key = object_key(d->group, d->kind, d->namespace, d->name);
    d->wave = wave_of(object);
    d->rank = kind_rank(d->kind);
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
        desired_clear(&b->set->items[index - 1]);
    } else {
        index = ++b->set->len;
        map_set(&b->seen, d->key, (void *)index);
    }
    b->set->items[index - 1] = *d;
    b->times[index - 1]++;
}

static int add(struct building *b, json_t *object, size_t number, struct error **err)
{
    struct desired d = {0};

    if (desired_object_check(object, number, err) < 0)
        return -1;
    if (desired_object_normalise(object, err) < 0 || fill(b, &d, object, err) < 0) {
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
    for (size_t i = 0; i < b->set->len; i++)
        if (b->times[i] > 1)
            strvec_pushf(&b->set->warnings,
                         "Resource %s appeared %zu times among application resources.",
                         b->set->items[i].key, b->times[i]);
}

static int build(struct building *b, json_t *objects, struct error **err)
{
    cleanup_json json_t *flat = json_array();

    if (desired_flatten(objects, flat, err) < 0)
        return -1;
    collect_scopes(b, flat);
    b->set->items = xcalloc(json_array_size(flat) + 1, sizeof(*b->set->items));
    b->times = xcalloc(json_array_size(flat) + 1, sizeof(*b->times));
    for (size_t i = 0; i < json_array_size(flat); i++)
        if (add(b, json_array_get(flat, i), i + 1, err) < 0)
            return -1;
    warn_about_duplicates(b);
    qsort(b->set->items, b->set->len, sizeof(*b->set->items), compare_items);
    return 0;
}

int desired_set_build(json_t *objects, const struct desired_options *options,
                      struct desired_set **out, struct error **err)
{
    cleanup_desired_set struct desired_set *set = xcalloc(1, sizeof(*set));
    struct building b = {.options = options, .set = set};
    int rc = build(&b, objects, err);

    map_clear(&b.crd_scopes);
    map_clear(&b.seen);
    free(b.times);
    json_decref(objects);
    if (rc == 0)
        *out = TAKE(set);
    return rc;
}
