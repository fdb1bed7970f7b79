/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/identity.h"
#include "daemon/observe/observe_parts.h"
#include "lib/base/log.h"
#include "lib/base/time.h"

/* A trouble that lasts so long is no passing one: others are not kept waiting for the kind. */
#define PASSING_MS 5000

static void on_list_start(void *arg, bool is_check)
{
    struct kind_watch *w = arg;

    w->generation = ++w->kind->generation;
    w->in_check = is_check;
}

static void on_object(void *arg, enum kube_event event, const json_t *live)
{
    struct kind_watch *w = arg;
    struct watched_kind *kind = w->kind;
    struct observer *o = kind->observer;
    cleanup_free char *key =
        object_key(kind->resource->group, kind->resource->kind,
                   object_meta_string(live, "namespace"), object_meta_string(live, "name"));
    struct object *object;

    if (event != KUBE_DELETED) {
        bool is_news =
            object_take_live(o, key, live, kind->generation, event == KUBE_LISTED && !w->in_check);

        kind->repairs += is_news && event == KUBE_LISTED && w->in_check;
        return;
    }
    object = map_find(&o->objects, key);
    /* A replayed deletion of an earlier incarnation says nothing about this one. */
    if (object && (!object_exists(object) || streq(object->uid, object_meta_string(live, "uid"))))
        object_take_gone(o, object, object_version(live));
}

static void notify_kind(struct watched_kind *kind)
{
    struct observer *o = kind->observer;
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->apps, &it)))
        if (map_has(&((struct app *)e->value)->owned_kinds, kind->name))
            observer_notify(o, e->value);
}

/* Is it in what this watch sees? */
static bool is_in_view(const struct kind_watch *w, const struct object *object)
{
    const char *ns = strchr(strchr(object->key, '/') + 1, '/') + 1;
    size_t len = w->namespace ? strlen(w->namespace) : 0;

    return object->kind == w->kind &&
           (!w->namespace || (strncmp(ns, w->namespace, len) == 0 && ns[len] == '/'));
}

static void on_list_done(void *arg, uint64_t version)
{
    struct kind_watch *w = arg;
    struct observer *o = w->kind->observer;
    struct map_entry *e;
    size_t it = 0;

    w->listed = true;
    while ((e = map_next(&o->objects, &it))) {
        struct object *object = e->value;
        bool existed = object_exists(object);

        if (!existed && !w->in_check && is_in_view(w, object))
            object->resource_version = 0; /* the server may have gone back in time */

        if (is_in_view(w, object) && (int)(object->generation - w->generation) < 0 &&
            !(w->in_check && object->resource_version > version))
            w->kind->repairs += object_take_gone(o, object, 0) && existed && w->in_check;
    }
    notify_kind(w->kind);
}

static void forget_failure(struct kind_watch *w)
{
    free(TAKE(w->failure));
    w->is_lost = w->is_denied = false;
    w->failing_since_ms = 0;
}

static void log_failure(const struct kind_watch *w, const struct error *err, uint64_t retry_ms)
{
    char delay[32];

    snprintf(delay, sizeof(delay), "%llums", (unsigned long long)retry_ms);
    if (err)
        log_event(LOG_WARN, "watch failed", "kind", w->kind->name, "namespace",
                  w->namespace ? w->namespace : "", "error", error_message(err), "retry_in", delay,
                  NULL);
    else
        log_event(LOG_INFO, "watch works again", "kind", w->kind->name, "namespace",
                  w->namespace ? w->namespace : "", NULL);
}

/* Whoever waits for a kind whose trouble does not pass goes on without it. */
static void on_passing_is_over(uv_timer_t *timer)
{
    struct observer *o = timer->data;
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->kinds, &it))) {
        if (kind_problem(e->value))
            notify_kind(e->value);
        else if (kind_failure(e->value))
            uv_timer_start(timer, on_passing_is_over, PASSING_MS, 0);
    }
}

static void start_timer(struct observer *o)
{
    if (!o->timer) {
        o->timer = xcalloc(1, sizeof(*o->timer));
        uv_timer_init(kube_client_loop(o->client), o->timer);
        o->timer->data = o;
    }
    if (!uv_is_active((uv_handle_t *)o->timer))
        uv_timer_start(o->timer, on_passing_is_over, PASSING_MS, 0);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

void kinds_stop(struct observer *o)
{
    if (o->timer)
        uv_close((uv_handle_t *)TAKE(o->timer), on_timer_closed);
}

static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct kind_watch *w = arg;
    struct observer *o = w->kind->observer;
    uint64_t since = w->failing_since_ms ? w->failing_since_ms : time_monotonic_ms();

    log_failure(w, err, retry_ms);
    forget_failure(w);
    if (err) {
        w->failure = xstrdup(error_message(err));
        w->failing_since_ms = since;
        start_timer(o);
        w->is_lost = error_kind(err) == ERROR_NOT_FOUND;
        w->is_denied = error_kind(err) == ERROR_DENIED;
    }
    notify_kind(w->kind);
    if (!err)
        o->recovered(o->arg);
    else if (w->is_lost && o->lost)
        o->lost(o->arg);
}

static const struct kube_watch_callbacks callbacks = {
    .list_start = on_list_start,
    .object = on_object,
    .list_done = on_list_done,
    .failed = on_failed,
};

bool kind_is_listed(const struct watched_kind *kind)
{
    for (size_t i = 0; i < kind->watch_count; i++)
        if (!kind->watches[i].listed)
            return false;
    return kind->watch_count > 0;
}

const char *kind_failure(const struct watched_kind *kind)
{
    for (size_t i = 0; i < kind->watch_count; i++)
        if (kind->watches[i].failure)
            return kind->watches[i].failure;
    return NULL;
}

const char *kind_problem(const struct watched_kind *kind)
{
    for (size_t i = 0; i < kind->watch_count; i++) {
        const struct kind_watch *w = &kind->watches[i];

        if (w->is_lost || w->is_denied ||
            (w->failure && time_monotonic_ms() - w->failing_since_ms >= PASSING_MS))
            return w->failure;
    }
    return NULL;
}

bool kind_is_excluded(const struct observer *o, const char *name)
{
    const char *slash = strchr(name, '/');
    cleanup_free char *group = xstrndup(name, (size_t)(slash - name));

    return o->settings && settings_excludes(o->settings, group, slash + 1);
}

void kind_stop(struct watched_kind *kind)
{
    for (size_t i = 0; i < kind->watch_count; i++) {
        kube_watch_stop(kind->watches[i].watch);
        free(kind->watches[i].failure);
    }
    free(TAKE(kind->watches));
    kind->watch_count = 0;
}

static void kind_start(struct watched_kind *kind)
{
    struct observer *o = kind->observer;
    const struct kube_resource *r = kind->resource;
    bool by_namespace = r->namespaced && o->namespaces.len;

    kind->watch_count = by_namespace ? o->namespaces.len : 1;
    kind->watches = xcalloc(kind->watch_count, sizeof(*kind->watches));
    for (size_t i = 0; i < kind->watch_count; i++) {
        struct kind_watch *w = &kind->watches[i];

        w->kind = kind;
        w->namespace = by_namespace ? o->namespaces.items[i] : NULL;
        w->watch = kube_watch_start(o->client, r, w->namespace, NULL, &callbacks, w);
    }
}

/* Is it served in other versions only than the one that is watched, or has it come back? */
static bool must_start_over(const struct watched_kind *kind)
{
    const struct kube_discovery *d = kind->observer->discovery;
    const struct kube_resource *r = kind->resource;
    bool is_lost = false;

    for (size_t i = 0; i < kind->watch_count; i++)
        is_lost |= kind->watches[i].is_lost;
    return !kind->watch_count ||
           (kube_discovery_preferred(d, r->group, r->kind) &&
            (is_lost || !kube_discovery_find(d, r->group, r->version, r->kind)));
}

void kind_resolve(struct watched_kind *kind)
{
    struct observer *o = kind->observer;
    const char *slash = strchr(kind->name, '/');
    cleanup_free char *group = xstrndup(kind->name, (size_t)(slash - kind->name));

    if (!o->discovery || kind_is_excluded(o, kind->name) || !must_start_over(kind))
        return;
    kind_stop(kind);
    kube_discovery_unref(kind->discovery);
    kind->discovery = kube_discovery_ref(o->discovery);
    kind->resource = kube_discovery_preferred(o->discovery, group, slash + 1);
    if (kind->resource && kind->resource->can_list && kind->resource->can_watch)
        kind_start(kind);
}

struct watched_kind *kind_get(struct observer *o, const char *name)
{
    struct watched_kind *kind = map_find(&o->kinds, name);

    if (kind)
        return kind;
    kind = xcalloc(1, sizeof(*kind));
    kind->observer = o;
    kind->name = xstrdup(name);
    map_set(&o->kinds, name, kind);
    kind_resolve(kind);
    return kind;
}

void kind_free(void *arg)
{
    struct watched_kind *kind = arg;

    kind_stop(kind);
    kube_discovery_unref(kind->discovery);
    free(kind->name);
    free(kind);
}
