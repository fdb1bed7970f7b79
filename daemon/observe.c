/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/observe.h"

#include "daemon/identity.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "lib/kube/watch.h"

#include <assert.h>

struct watched_kind {
    struct observer *observer;
    char *name;                       /* "GROUP/KIND" */
    struct kube_discovery *discovery; /* holds `resource` */
    const struct kube_resource *resource;
    struct kube_watch *watch; /* NULL: the server does not serve this kind */
    unsigned generation;      /* counts its lists */
    bool listed;              /* at least once, completely */
    bool in_check;            /* the list that is handed over is a check */
    bool is_lost;             /* that failure says that the kind does not exist */
    char *failure;            /* why it cannot be listed or watched now */
};

struct observer {
    struct kube_client *client;
    struct kube_discovery *discovery;
    struct settings *settings; /* NULL: the defaults */
    struct jq_worker *jq;
    observer_changed_fn *changed;
    observer_recovered_fn *recovered;
    observer_lost_fn *lost; /* may be NULL */
    void *arg;
    struct map kinds;   /* "GROUP/KIND" -> struct watched_kind */
    struct map objects; /* key -> struct object */
    struct map apps;    /* instance -> struct app */
};

/* ---- objects ---- */

/* One object that waits for jq. The desired side is asked first, then the live one. */
struct judging {
    struct observer *observer;
    struct object *object;
    json_t *desired, *live;
    json_t *desired_paths;
    struct jq_request *request;
};

static void judging_cancel(struct object *object)
{
    struct judging *j = TAKE(object->judging);

    if (!j)
        return;
    jq_request_cancel(j->request);
    json_decref(j->desired);
    json_decref(j->live);
    json_decref(j->desired_paths);
    free(j);
}

static void object_free(void *arg)
{
    struct object *object = arg;

    if (!object)
        return;
    judging_cancel(object);
    free(object->key);
    free(object->instance);
    free(object->elsewhere);
    free(object->drift);
    free(object->health_message);
    free(object->pending);
    free(object);
}

static char *kind_name_of_key(const char *key)
{
    const char *slash = strchr(key, '/');

    return xstrndup(key, (size_t)(strchr(slash + 1, '/') - key));
}

static struct object *object_get(struct observer *o, const char *key)
{
    struct object *object = map_find(&o->objects, key);
    cleanup_free char *kind = NULL;

    if (object)
        return object;
    kind = kind_name_of_key(key);
    object = xcalloc(1, sizeof(*object));
    object->key = xstrdup(key);
    object->kind = map_find(&o->kinds, kind);
    map_set(&o->objects, key, object);
    return object;
}

static bool object_exists(const struct object *object)
{
    return object->uid[0] != '\0';
}

static void notify(struct observer *o, struct app *app)
{
    if (app)
        o->changed(o->arg, app);
}

static struct app *app_of_instance(const struct observer *o, const char *instance)
{
    return instance ? map_find(&o->apps, instance) : NULL;
}

/* Who must hear of this object: who wants it, and whose tracking id it carries. */
static void notify_object(struct observer *o, const struct object *object)
{
    struct app *tracker = app_of_instance(o, object->instance);

    notify(o, object->wanted_by);
    if (tracker != object->wanted_by)
        notify(o, tracker);
}

static void set_instance(struct observer *o, struct object *object, char *instance)
{
    struct app *before = app_of_instance(o, object->instance);
    struct app *after = app_of_instance(o, instance);

    free(object->instance);
    object->instance = instance;
    if (before == after)
        return;
    if (before) {
        map_remove(&before->tracked, object->key);
        notify(o, before);
    }
    if (after)
        map_set(&after->tracked, object->key, object);
}

static void object_drop(struct observer *o, struct object *object)
{
    set_instance(o, object, NULL);
    map_remove(&o->objects, object->key);
    object_free(object);
}

/* An object that nobody wants, and that no application tracks (any more), needs no memory. */
static void object_drop_if_idle(struct observer *o, struct object *object)
{
    if (!object->desired && !object->instance)
        object_drop(o, object);
}

static void set_verdict(struct object *object, enum verdict verdict, char *drift)
{
    if (verdict != VERDICT_DRIFTED && verdict != VERDICT_MISSING)
        object->changed_at_us = 0;
    object->verdict = verdict;
    free(object->drift);
    object->drift = drift;
}

/* The paths may be NULL: there are no expressions. */
static void conclude(struct object *object, const json_t *desired, const json_t *live,
                     const json_t *desired_paths, const json_t *live_paths)
{
    const struct desired *want = object->desired;
    const struct ignore_rules *rules = object->wanted_by->ignore;
    cleanup_ignored struct ignored *ignored = NULL;
    struct compare_input in = {.desired = desired, .live = live};
    cleanup_drifts struct drifts drifts = {0};
    enum drift drift;

    if (ignore_rules_match(rules, want->group, want->kind, want->namespace, want->name)) {
        ignored = ignored_new();
        ignore_rules_apply(rules, desired, live, desired_paths, live_paths, ignored);
        in.ignored = ignored;
    }
    drift = compare_objects(&in, &drifts);
    object->foreign = drift == DRIFT_ADOPT;
    if (drift == DRIFT_NONE || drift == DRIFT_UNDECIDED) {
        set_verdict(object, VERDICT_SYNCED, NULL);
        return;
    }
    set_verdict(object, VERDICT_DRIFTED,
                xasprintf("%s: %s", drifts.len ? drifts.items[0].path : "", drift_name(drift)));
}

static void on_live_paths(void *arg, const json_t *paths)
{
    struct judging *j = arg;
    struct object *object = j->object;
    struct observer *o = j->observer;
    bool was_well = object->verdict == VERDICT_SYNCED;

    j->request = NULL;
    if (paths) {
        conclude(object, j->desired, j->live, j->desired_paths, paths);
        if (was_well && object->verdict == VERDICT_DRIFTED)
            object->changed_at_us = time_monotonic_us();
        notify_object(o, object);
    }
    judging_cancel(object);
}

static void ask_jq(struct judging *j, const json_t *document, uint64_t hash, jq_done_fn *done)
{
    const struct desired *want = j->object->desired;
    cleanup_strvec struct strvec expressions = {0};

    ignore_rules_expressions(j->object->wanted_by->ignore, want->group, want->kind, want->namespace,
                             want->name, &expressions);
    j->request = jq_worker_paths(j->observer->jq, &expressions, document, hash, done, j);
}

static void on_desired_paths(void *arg, const json_t *paths)
{
    struct judging *j = arg;

    j->request = NULL;
    j->desired_paths = json_incref((json_t *)paths);
    if (paths)
        ask_jq(j, j->live, 0, on_live_paths);
    else
        judging_cancel(j->object);
}

/* A verdict that says that all is well stands until the answer; another one would be acted upon. */
static void judge_with_jq(struct observer *o, struct object *object, json_t *desired,
                          const json_t *live)
{
    struct judging *j = xcalloc(1, sizeof(*j));

    j->observer = o;
    j->object = object;
    j->desired = json_incref(desired);
    j->live = json_incref((json_t *)live);
    object->judging = j;
    if (object->verdict != VERDICT_SYNCED)
        set_verdict(object, VERDICT_UNKNOWN, NULL);
    ask_jq(j, desired, object->desired->hash, on_desired_paths);
}

static void compare_live(struct observer *o, struct object *object, const json_t *live)
{
    const struct desired *want = object->desired;
    cleanup_json json_t *desired = json_loadb(want->body, want->body_len, JSON_ALLOW_NUL, NULL);

    /* Another version of the same object cannot be compared field by field; the answer to a write
     * comes in the version that is desired, and so does the GET of whoever asks because of
     * `unseen`. Until then the last verdict stands. */
    object->unseen =
        !streq(object_string(desired, "apiVersion"), object_string(live, "apiVersion"));
    if (object->unseen) {
        if (object->verdict != VERDICT_SYNCED && object->verdict != VERDICT_DRIFTED)
            set_verdict(object, VERDICT_STALE, NULL);
        return;
    }
    if (o->jq && ignore_rules_need_jq(object->wanted_by->ignore, want->group, want->kind,
                                      want->namespace, want->name))
        judge_with_jq(o, object, desired, live);
    else
        conclude(object, desired, live, NULL, NULL);
}

/* Compare and assess a live object. Without a desired side it may be one that is to come. */
static void judge(struct observer *o, struct object *object, const json_t *live)
{
    struct app *tracker = app_of_instance(o, object->instance);

    judging_cancel(object);
    free(object->pending);
    object->pending = NULL;
    free(object->health_message);
    object->health_message = NULL;
    object->has_health = health_assess(live, &object->health, &object->health_message);
    if (object->desired) {
        compare_live(o, object, live);
        return;
    }
    object->unseen = false;
    set_verdict(object, VERDICT_EXTRA, NULL);
    if (tracker && !tracker->desired)
        object->pending = json_dumps(live, JSON_COMPACT);
}

/* Source: Argo CD, the options Prune=false and Delete=false of the sync-options annotation, and
 * Helm's resource policy. */
static void read_wishes(struct object *object, const json_t *live)
{
    const char *options = object_annotation(live, "argocd.argoproj.io/sync-options");
    bool keep = streq(object_annotation(live, "helm.sh/resource-policy"), "keep");

    object->no_prune = keep || strstr(options, "Prune=false");
    object->no_delete = keep || strstr(options, "Delete=false");
    object->ignore_extraneous =
        options_have(object_annotation(live, COMPARE_OPTIONS_ANNOTATION), "IgnoreExtraneous");
}

static uint64_t version_of(const json_t *live)
{
    return strtoull(object_meta_string(live, "resourceVersion"), NULL, 10);
}

/* Is this what we know already, or older? A list is the truth even where it goes back in time: the
 * cluster may have been restored from a snapshot. What it missed follows as events. */
static bool is_old_news(const struct object *object, const char *uid, uint64_t version,
                        bool of_list)
{
    if (!object_exists(object) || !streq(object->uid, uid) || object->unseen ||
        object->verdict == VERDICT_STALE)
        return false;
    return of_list ? version == object->resource_version : version <= object->resource_version;
}

static const struct tracking *tracking_of(const struct observer *o)
{
    return o->settings ? &o->settings->tracking : NULL;
}

char *observer_instance(const struct observer *o, const json_t *live)
{
    return tracking_instance(live, tracking_of(o));
}

static uint32_t created_of(const json_t *live)
{
    cleanup_error struct error *err = NULL;
    int64_t created_ms = 0;

    return time_parse_rfc3339(object_meta_string(live, "creationTimestamp"), &created_ms, &err) == 0
               ? (uint32_t)(created_ms / 1000)
               : 0;
}

/* All that somebody may act upon. An event that leaves it as it was is nobody's concern: a status
 * or an annotation of others that changes all the time must cost nothing. */
static uint64_t face_of(const struct object *object)
{
    const char *texts[] = {object->uid, object->drift, object->health_message, object->instance,
                           object->elsewhere};
    uint64_t parts[ARRAY_LEN(texts) + 1] = {
        (uint64_t)object->verdict | (uint64_t)object->health << 8 |
        (uint64_t)object->has_health << 16 | (uint64_t)object->deleting << 17 |
        (uint64_t)object->no_prune << 18 | (uint64_t)object->no_delete << 19 |
        (uint64_t)object->unseen << 20 | (uint64_t)object->foreign << 21 |
        (uint64_t)object->ignore_extraneous << 22};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        parts[i + 1] = texts[i] ? hash64(texts[i], strlen(texts[i])) : 0;
    return hash64(parts, sizeof(parts));
}

/* Take in what the server says an object is like. */
static void take_live(struct observer *o, const char *key, const json_t *live, unsigned generation,
                      bool of_list)
{
    struct object *object = map_find(&o->objects, key);
    char *instance = observer_instance(o, live);
    uint64_t version = version_of(live);
    const char *uid = object_meta_string(live, "uid");
    uint64_t face;
    bool was_well;

    if (!object && !instance)
        return; /* not ours in any way */
    if (!object)
        object = object_get(o, key);
    object->generation = generation;
    if (is_old_news(object, uid, version, of_list)) {
        free(instance);
        return;
    }
    face = face_of(object);
    was_well = object->verdict == VERDICT_SYNCED;
    snprintf(object->uid, sizeof(object->uid), "%s", uid);
    object->resource_version = version;
    object->created_s = created_of(live);
    object->deleting = *object_meta_string(live, "deletionTimestamp") != '\0';
    read_wishes(object, live);
    set_instance(o, object, instance);
    free(object->elsewhere);
    object->elsewhere = instance ? NULL : tracking_foreign_instance(live, tracking_of(o));
    judge(o, object, live);
    if (was_well && object->verdict == VERDICT_DRIFTED)
        object->changed_at_us = time_monotonic_us();
    if (face_of(object) != face)
        notify_object(o, object);
    object_drop_if_idle(o, object);
}

static void take_gone(struct observer *o, struct object *object)
{
    bool was_well = object->verdict == VERDICT_SYNCED;

    if (!object_exists(object) && object->verdict == VERDICT_MISSING && !object->unseen)
        return;
    judging_cancel(object);
    object->uid[0] = '\0';
    object->resource_version = 0;
    object->deleting = false;
    object->has_health = false;
    object->unseen = false;
    object->foreign = false;
    free(TAKE(object->elsewhere));
    free(object->pending);
    object->pending = NULL;
    set_verdict(object, VERDICT_MISSING, NULL);
    if (was_well)
        object->changed_at_us = time_monotonic_us();
    notify_object(o, object);
    set_instance(o, object, NULL);
    object_drop_if_idle(o, object);
}

/* ---- kinds ---- */

static void on_list_start(void *arg, bool is_check)
{
    struct watched_kind *kind = arg;

    kind->generation++;
    kind->in_check = is_check;
}

static void on_object(void *arg, enum kube_event event, const json_t *live)
{
    struct watched_kind *kind = arg;
    struct observer *o = kind->observer;
    cleanup_free char *key =
        object_key(kind->resource->group, kind->resource->kind,
                   object_meta_string(live, "namespace"), object_meta_string(live, "name"));
    struct object *object;

    if (event != KUBE_DELETED) {
        take_live(o, key, live, kind->generation, event == KUBE_LISTED && !kind->in_check);
        return;
    }
    object = map_find(&o->objects, key);
    /* A replayed deletion of an earlier incarnation says nothing about this one. */
    if (object && (!object_exists(object) || streq(object->uid, object_meta_string(live, "uid"))))
        take_gone(o, object);
}

static void notify_kind(struct watched_kind *kind)
{
    struct observer *o = kind->observer;
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->apps, &it)))
        if (map_has(&((struct app *)e->value)->owned_kinds, kind->name))
            notify(o, e->value);
}

static void on_list_done(void *arg, uint64_t version)
{
    struct watched_kind *kind = arg;
    struct observer *o = kind->observer;
    struct map_entry *e;
    size_t it = 0;

    kind->listed = true;
    while ((e = map_next(&o->objects, &it))) {
        struct object *object = e->value;

        if (object->kind == kind && object->generation != kind->generation &&
            !(kind->in_check && object->resource_version > version))
            take_gone(o, object);
    }
    notify_kind(kind);
}

static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct watched_kind *kind = arg;
    char delay[32];

    free(kind->failure);
    kind->failure = err ? xstrdup(error_message(err)) : NULL;
    kind->is_lost = err && error_kind(err) == ERROR_NOT_FOUND;
    snprintf(delay, sizeof(delay), "%llums", (unsigned long long)retry_ms);
    if (err)
        log_event(LOG_WARN, "watch failed", "kind", kind->name, "error", error_message(err),
                  "retry_in", delay, NULL);
    else
        log_event(LOG_INFO, "watch works again", "kind", kind->name, NULL);
    notify_kind(kind);
    if (!err)
        kind->observer->recovered(kind->observer->arg);
    else if (kind->is_lost && kind->observer->lost)
        kind->observer->lost(kind->observer->arg);
}

static const struct kube_watch_callbacks callbacks = {
    .list_start = on_list_start,
    .object = on_object,
    .list_done = on_list_done,
    .failed = on_failed,
};

/* Is it served in other versions only than the one that is watched? */
static bool has_moved(const struct kube_discovery *d, const struct kube_resource *r)
{
    return !kube_discovery_find(d, r->group, r->version, r->kind) &&
           kube_discovery_preferred(d, r->group, r->kind);
}

static bool is_excluded(const struct observer *o, const char *kind_name)
{
    const char *slash = strchr(kind_name, '/');
    cleanup_free char *group = xstrndup(kind_name, (size_t)(slash - kind_name));

    return o->settings && settings_excludes(o->settings, group, slash + 1);
}

static void kind_stop(struct watched_kind *kind)
{
    if (kind->watch)
        kube_watch_stop(kind->watch);
    kind->watch = NULL;
    kind->listed = kind->is_lost = false;
    free(kind->failure);
    kind->failure = NULL;
}

static void kind_resolve(struct watched_kind *kind)
{
    struct observer *o = kind->observer;
    const char *slash = strchr(kind->name, '/');
    cleanup_free char *group = xstrndup(kind->name, (size_t)(slash - kind->name));

    if (!o->discovery || is_excluded(o, kind->name) ||
        (kind->watch && !has_moved(o->discovery, kind->resource)))
        return;
    kind_stop(kind);
    kube_discovery_unref(kind->discovery);
    kind->discovery = kube_discovery_ref(o->discovery);
    kind->resource = kube_discovery_preferred(o->discovery, group, slash + 1);
    if (kind->resource && kind->resource->can_list && kind->resource->can_watch)
        kind->watch = kube_watch_start(o->client, kind->resource, NULL, NULL, &callbacks, kind);
}

static struct watched_kind *kind_get(struct observer *o, const char *name)
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

static void kind_free(void *arg)
{
    struct watched_kind *kind = arg;

    kube_discovery_unref(kind->discovery);
    free(kind->name);
    free(kind->failure);
    free(kind);
}

/* ---- the observer ---- */

struct observer *observer_new(struct kube_client *client, observer_changed_fn *changed,
                              observer_recovered_fn *recovered, void *arg)
{
    struct observer *o = xcalloc(1, sizeof(*o));

    o->client = client;
    o->changed = changed;
    o->recovered = recovered;
    o->arg = arg;
    return o;
}

void observer_on_lost(struct observer *o, observer_lost_fn *lost)
{
    o->lost = lost;
}

void observer_set_jq(struct observer *o, struct jq_worker *jq)
{
    o->jq = jq;
}

void observer_stop(struct observer *o)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->kinds, &it))) {
        struct watched_kind *kind = e->value;

        if (kind->watch)
            kube_watch_stop(kind->watch);
        kind->watch = NULL;
    }
}

void observer_free(struct observer *o)
{
    if (!o)
        return;
    observer_stop(o);
    map_clear_with(&o->kinds, kind_free);
    map_clear_with(&o->objects, object_free);
    map_clear(&o->apps);
    kube_discovery_unref(o->discovery);
    settings_unref(o->settings);
    free(o);
}

void observer_set_discovery(struct observer *o, struct kube_discovery *d)
{
    struct map_entry *e;
    size_t it = 0;

    kube_discovery_unref(o->discovery);
    o->discovery = kube_discovery_ref(d);
    while ((e = map_next(&o->kinds, &it)))
        kind_resolve(e->value);
}

/* What is there of an excluded kind is none of our business. */
static void forget_objects(struct observer *o, const struct watched_kind *kind)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->objects, &it))) {
        struct object *object = e->value;

        if (object->kind != kind)
            continue;
        object->uid[0] = '\0';
        object->resource_version = 0;
        object->unseen = object->has_health = false;
        free(TAKE(object->pending));
        free(TAKE(object->elsewhere));
        set_instance(o, object, NULL);
        set_verdict(object, VERDICT_UNKNOWN, NULL);
        object_drop_if_idle(o, object);
    }
}

/* What was seen by another way of tracking is to be looked at again. */
static void doubt_objects(struct observer *o)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->objects, &it)))
        if (object_exists(e->value))
            set_verdict(e->value, VERDICT_STALE, NULL);
}

void observer_set_settings(struct observer *o, struct settings *s)
{
    cleanup_settings struct settings *former = TAKE(o->settings);
    bool retracked = former && !tracking_equal(&former->tracking, &s->tracking);
    struct map_entry *e;
    size_t it = 0;

    o->settings = settings_ref(s);
    if (retracked)
        doubt_objects(o);
    while ((e = map_next(&o->kinds, &it))) {
        struct watched_kind *kind = e->value;
        bool excluded = is_excluded(o, kind->name);

        if (excluded || retracked)
            kind_stop(kind);
        if (excluded)
            forget_objects(o, kind);
        kind_resolve(kind);
    }
}

void observer_add_app(struct observer *o, struct app *app)
{
    struct map_entry *e;
    size_t it = 0;

    map_set(&o->apps, app->instance, app);
    while ((e = map_next(&o->objects, &it))) {
        struct object *object = e->value;

        if (streq(object->instance, app->instance))
            map_set(&app->tracked, object->key, object);
    }
    it = 0;
    while ((e = map_next(&app->owned_kinds, &it)))
        kind_get(o, e->key);
}

/* Two applications may want one object, and the last one to be rendered has it. When that one
 * drops it, it goes to the other. */
static bool hand_over(struct observer *o, const struct app *from, struct object *object)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->apps, &it))) {
        struct app *app = e->value;

        for (size_t i = 0; app != from && app->desired && i < app->desired->len; i++) {
            if (!streq(app->desired->items[i].key, object->key))
                continue;
            object->wanted_by = app;
            object->desired = &app->desired->items[i];
            if (object_exists(object))
                set_verdict(object, VERDICT_STALE, NULL);
            notify(o, app);
            return true;
        }
    }
    return false;
}

/* One object is wanted by `app` no longer. */
static void unwant(struct observer *o, struct app *app, const char *key)
{
    struct object *object = map_find(&o->objects, key);

    if (!object || object->wanted_by != app)
        return;
    judging_cancel(object);
    object->wanted_by = NULL;
    object->desired = NULL;
    if (hand_over(o, app, object))
        return;
    if (object_exists(object))
        set_verdict(object, VERDICT_EXTRA, NULL);
    if (!object_exists(object) || !object->instance)
        object_drop(o, object);
}

void observer_remove_app(struct observer *o, struct app *app)
{
    for (size_t i = 0; app->desired && i < app->desired->len; i++)
        unwant(o, app, app->desired->items[i].key);
    map_remove(&o->apps, app->instance);
    map_clear(&app->tracked);
}

/* A desired object takes its place: what is known of the live side is judged anew. */
static void want(struct observer *o, struct app *app, const struct desired *desired, bool same)
{
    cleanup_free char *kind_name = xasprintf("%s/%s", desired->group, desired->kind);
    struct watched_kind *kind = kind_get(o, kind_name);
    bool is_new = !map_has(&o->objects, desired->key);
    struct object *object = object_get(o, desired->key);

    map_set(&app->owned_kinds, kind_name, app);
    object->kind = kind;
    if (object->wanted_by && object->wanted_by != app)
        notify(o, object->wanted_by);
    same = same && object->wanted_by == app;
    if (object->judging) { /* by what was wanted until now */
        judging_cancel(object);
        same = false;
    }
    object->wanted_by = app;
    object->desired = desired;
    if (object->pending) {
        cleanup_json json_t *live = json_loads(object->pending, JSON_ALLOW_NUL, NULL);

        judge(o, object, live);
    } else if (!object_exists(object)) {
        set_verdict(object, kind->listed ? VERDICT_MISSING : VERDICT_UNKNOWN, NULL);
        object->unseen = object->unseen || (is_new && kind->listed && desired->known);
    } else if (!same) {
        set_verdict(object, VERDICT_STALE, NULL);
    }
}

void observer_want(struct observer *o, struct app *app, const struct desired_set *former)
{
    cleanup_map struct map before = {0};

    for (size_t i = 0; former && i < former->len; i++)
        map_set(&before, former->items[i].key, &former->items[i]);
    for (size_t i = 0; i < app->desired->len; i++) {
        const struct desired *desired = &app->desired->items[i];
        const struct desired *was = map_remove(&before, desired->key);

        want(o, app, desired, was && was->hash == desired->hash);
    }
    for (size_t i = 0; former && i < former->len; i++)
        if (map_has(&before, former->items[i].key))
            unwant(o, app, former->items[i].key);
}

void observer_rules_changed(struct observer *o, struct app *app, const struct ignore_rules *before)
{
    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct desired *d = &app->desired->items[i];
        struct object *object = observer_find(o, d->key);

        if (!object || object->wanted_by != app || !object_exists(object))
            continue;
        if (!ignore_rules_match(before, d->group, d->kind, d->namespace, d->name) &&
            !ignore_rules_match(app->ignore, d->group, d->kind, d->namespace, d->name))
            continue;
        judging_cancel(object);
        set_verdict(object, VERDICT_UNKNOWN, NULL);
        object->unseen = true;
    }
}

void observer_watch_kind(struct observer *o, const char *kind)
{
    kind_get(o, kind);
}

bool observer_is_ready(const struct observer *o, const struct app *app, const char **blocker)
{
    struct map_entry *e;
    size_t it = 0;
    bool ready = true;

    *blocker = NULL;
    while ((e = map_next(&app->owned_kinds, &it))) {
        const struct watched_kind *kind = map_find(&o->kinds, e->key);

        if (!kind || !kind->watch || kind->listed)
            continue;
        ready = false;
        *blocker = kind->failure ? kind->failure : *blocker;
    }
    return ready;
}

bool observer_misses_kinds(const struct observer *o)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->kinds, &it))) {
        const struct watched_kind *kind = e->value;

        if (kind->is_lost || (!kind->watch && !observer_kind_is_known(o, e->key)))
            return true;
    }
    return false;
}

bool observer_kind_is_known(const struct observer *o, const char *name)
{
    const struct watched_kind *kind = map_find(&o->kinds, name);
    cleanup_free char *group = xstrndup(name, strcspn(name, "/"));

    if (!kind || !o->discovery)
        return false;
    return kind->watch ? kind->listed : !kube_discovery_group_failed(o->discovery, group);
}

struct object *observer_find(const struct observer *o, const char *key)
{
    return map_find(&o->objects, key);
}

void observer_feed(struct observer *o, const json_t *live)
{
    cleanup_free char *key = object_key_of(live);
    struct object *object = key ? map_find(&o->objects, key) : NULL;

    if (object)
        take_live(o, key, live, object->kind ? object->kind->generation : 0, false);
}

void observer_feed_gone(struct observer *o, const char *key)
{
    struct object *object = map_find(&o->objects, key);

    if (object)
        take_gone(o, object);
}

const struct kube_resource *object_resource(const struct object *object)
{
    return object->kind ? object->kind->resource : NULL;
}

bool object_kind_is_synced(const struct object *object)
{
    return object->kind && object->kind->watch && object->kind->listed && !object->kind->failure;
}

size_t observer_kind_count(const struct observer *o)
{
    return o->kinds.count;
}

size_t observer_object_count(const struct observer *o)
{
    return o->objects.count;
}
