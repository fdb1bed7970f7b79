/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/orphans_watch.h"

#include "lib/base/log.h"
#include "lib/doc/yaml.h"

#define ACCOUNT_ANNOTATION "kubernetes.io/service-account.name"

static bool is_kind(const struct orphan_watch *w, const char *group, const char *kind)
{
    return streq(w->resource.group, group) && streq(w->resource.kind, kind);
}

/* Endpoints belong to the Service of their name, always. */
bool orphan_watch_is_for(const struct kube_resource *r)
{
    return r->namespaced && r->can_list && r->can_watch &&
           !(streq(r->group, "") && streq(r->kind, "Endpoints"));
}

/* A token belongs to its ServiceAccount. */
static bool is_owned(const struct orphan_watch *w, const json_t *live)
{
    const json_t *owners = json_object_get(json_object_get(live, "metadata"), "ownerReferences");

    return json_array_size(owners) ||
           (is_kind(w, "", "Secret") && *object_annotation(live, ACCOUNT_ANNOTATION));
}

static void orphan_free(void *arg)
{
    struct orphan *orphan = arg;

    free(orphan->instance);
    free(orphan);
}

static void forget(struct orphan_watch *w, const char *name)
{
    struct orphan *orphan = map_remove(&w->objects, name);

    if (!orphan)
        return;
    w->host->kept--;
    w->host->changed(w->host->arg);
    orphan_free(orphan);
}

/* A PartialObjectMetadata tells its own kind, not the object's. */
static char *instance_of(const struct orphan_watch *w, const json_t *live)
{
    const struct kube_resource *r = &w->resource;
    cleanup_json json_t *whole = json_copy((json_t *)live);

    json_object_set_new(whole, "kind", json_string(r->kind));
    json_object_set_new(whole, "apiVersion",
                        *r->group ? json_sprintf("%s/%s", r->group, r->version)
                                  : json_string(r->version));
    return tracking_instance(whole, w->host->tracking);
}

static struct orphan *make_room(struct orphan_watch *w, const char *name)
{
    struct orphan *orphan;

    if (w->host->kept >= ORPHANS_MAX_KEPT) {
        if (!w->left_out)
            w->host->changed(w->host->arg);
        w->left_out = true;
        return NULL;
    }
    orphan = xcalloc(1, sizeof(*orphan));
    map_set(&w->objects, name, orphan);
    w->host->kept++;
    w->host->changed(w->host->arg);
    return orphan;
}

static void keep(struct orphan_watch *w, const json_t *live, bool owned)
{
    const char *name = object_meta_string(live, "name");
    struct orphan *orphan = map_find(&w->objects, name);
    cleanup_free char *instance = NULL;

    if (!orphan)
        orphan = make_room(w, name);
    if (!orphan)
        return;
    instance = instance_of(w, live);
    if (orphan->owned != owned || !instance != !orphan->instance ||
        (instance && !streq(instance, orphan->instance)))
        w->host->changed(w->host->arg);
    free(orphan->instance);
    orphan->instance = TAKE(instance);
    orphan->owned = owned;
    orphan->generation = w->generation;
    orphan->resource_version = object_version(live);
    snprintf(orphan->uid, sizeof(orphan->uid), "%s", object_meta_string(live, "uid"));
    orphan->created_s = object_created(live);
}

/* ---- the watch ---- */

static void on_list_start(void *arg, bool is_check)
{
    struct orphan_watch *w = arg;

    w->generation++;
    w->in_check = is_check;
    w->left_out = false;
}

static void on_object(void *arg, enum kube_event event, const json_t *live)
{
    struct orphan_watch *w = arg;
    const char *name = object_meta_string(live, "name");
    const struct orphan *known = map_find(&w->objects, name);
    bool owned;

    if (event == KUBE_DELETED) {
        /* A replayed deletion of an earlier incarnation says nothing about this one. */
        if (known && streq(known->uid, object_meta_string(live, "uid")))
            forget(w, name);
        return;
    }
    owned = is_owned(w, live);
    if (owned && !is_kind(w, "apps", "StatefulSet"))
        forget(w, name);
    else
        keep(w, live, owned);
}

static void on_list_done(void *arg, uint64_t version)
{
    struct orphan_watch *w = arg;
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&w->objects, &it))) {
        const struct orphan *orphan = e->value;

        if (orphan->generation != w->generation &&
            !(w->in_check && orphan->resource_version > version))
            forget(w, e->key);
    }
    w->listed = true;
    w->host->changed(w->host->arg);
}

/* What passes changes nothing that is known, and is the observer's to tell. */
static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct orphan_watch *w = arg;
    const char *message = err ? error_message(err) : NULL;
    bool passes = err && w->listed && error_is_transient(err);

    (void)retry_ms;
    if (passes || (message && w->failure && streq(message, w->failure)))
        return;
    if (message)
        log_event(LOG_WARN, "kind not searched for orphaned resources", "kind", w->resource.kind,
                  "group", w->resource.group, "namespace", w->namespace, "error", message, NULL);
    free(w->failure);
    w->failure = message ? xstrdup(message) : NULL;
    w->host->changed(w->host->arg);
}

struct orphan_watch *orphan_watch_new(struct orphan_host *host, const struct kube_resource *r,
                                      const char *namespace)
{
    static const struct kube_watch_callbacks callbacks = {.list_start = on_list_start,
                                                          .object = on_object,
                                                          .list_done = on_list_done,
                                                          .failed = on_failed};
    static const struct kube_watch_tuning tuning = {.metadata_only = true};
    struct orphan_watch *w = xcalloc(1, sizeof(*w));

    w->host = host;
    w->namespace = xstrdup(namespace);
    w->resource = *r;
    w->resource.group = w->texts[0] = xstrdup(r->group);
    w->resource.version = w->texts[1] = xstrdup(r->version);
    w->resource.kind = w->texts[2] = xstrdup(r->kind);
    w->resource.plural = w->texts[3] = xstrdup(r->plural);
    w->watch = kube_watch_start_tuned(host->client, &w->resource, w->namespace, NULL, &tuning,
                                      &callbacks, w);
    return w;
}

void orphan_watch_free(struct orphan_watch *w)
{
    if (!w)
        return;
    kube_watch_stop(w->watch);
    w->host->kept -= w->objects.count;
    map_clear_with(&w->objects, orphan_free);
    for (size_t i = 0; i < ARRAY_LEN(w->texts); i++)
        free(w->texts[i]);
    free(w->namespace);
    free(w->failure);
    free(w);
}
