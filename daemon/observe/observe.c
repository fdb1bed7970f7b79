/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/observe/observe.h"

#include "daemon/object/hook.h"
#include "daemon/object/identity.h"
#include "daemon/observe/observe_parts.h"
#include "lib/doc/yaml.h"

struct observer *observer_new(struct kube_client *client, struct judge *judge,
                              observer_changed_fn *changed, observer_recovered_fn *recovered,
                              void *arg)
{
    struct observer *o = xcalloc(1, sizeof(*o));

    o->client = client;
    o->judge = judge;
    o->changed = changed;
    o->recovered = recovered;
    o->arg = arg;
    mask_init(&o->mask);
    return o;
}

void observer_on_lost(struct observer *o, observer_lost_fn *lost)
{
    o->lost = lost;
}

void observer_set_assessor(struct observer *o, struct assessor *a)
{
    o->assessor = a;
}

void observer_on_expects(struct observer *o, observer_expects_fn *expects)
{
    o->expects = expects;
}

void observer_on_writer(struct observer *o, observer_writer_fn *writer)
{
    o->writer = writer;
}

void observer_set_namespaces(struct observer *o, const struct strvec *namespaces)
{
    for (size_t i = 0; i < namespaces->len; i++)
        if (!strvec_has(&o->namespaces, namespaces->items[i]))
            strvec_push(&o->namespaces, namespaces->items[i]);
}

bool object_is_outside(const struct object *object)
{
    const struct observer *o = object->kind ? object->kind->observer : NULL;

    return o && o->namespaces.len && object->desired && *object->desired->namespace &&
           !strvec_has(&o->namespaces, object->desired->namespace);
}

void observer_stop(struct observer *o)
{
    struct map_entry *e;
    size_t it = 0;

    kinds_stop(o);
    while ((e = map_next(&o->kinds, &it)))
        kind_stop(e->value);
    it = 0;
    while ((e = map_next(&o->objects, &it))) {
        object_stop_judging(e->value);
        object_stop_assessing(e->value);
    }
    o->assessor = NULL;
}

void observer_free(struct observer *o)
{
    if (!o)
        return;
    observer_stop(o);
    map_clear_with(&o->objects, object_free);
    map_clear_with(&o->kinds, kind_free);
    map_clear(&o->apps);
    fights_clear(&o->fights);
    kube_discovery_unref(o->discovery);
    settings_unref(o->settings);
    strvec_clear(&o->namespaces);
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

        if (object->kind == kind)
            object_forget(o, object);
    }
}

/* What was seen by another way of tracking is to be looked at again. */
static void doubt_objects(struct observer *o)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->objects, &it)))
        if (object_exists(e->value))
            object_set_verdict(e->value, VERDICT_STALE, NULL);
}

static bool has_other_script(const struct watched_kind *kind, const struct settings *former,
                             const struct settings *now)
{
    const char *slash = strchr(kind->name, '/');
    cleanup_free char *group = xstrndup(kind->name, (size_t)(slash - kind->name));

    return former && assess_changed(former, now, group, slash + 1);
}

static void reassess_objects(struct observer *o, const struct watched_kind *kind)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->objects, &it))) {
        struct object *object = e->value;

        if (object->kind == kind)
            object->reassess = object_exists(object);
    }
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
        bool excluded = kind_is_excluded(o, kind->name);
        bool reassess = has_other_script(kind, former, s);

        if (excluded || retracked || reassess)
            kind_stop(kind);
        if (reassess)
            reassess_objects(o, kind);
        if (excluded)
            forget_objects(o, kind);
        kind_resolve(kind);
    }
}

struct app *observer_find_app(const struct observer *o, const char *instance)
{
    return map_find(&o->apps, instance);
}

void observer_watch_kind(struct observer *o, const char *kind)
{
    kind_get(o, kind);
}

static bool is_awaited(const struct watched_kind *kind)
{
    return kind && kind->watch_count && !kind_is_listed(kind) && !kind_problem(kind);
}

const char *observer_unlisted(const struct observer *o)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->kinds, &it)))
        if (is_awaited(e->value))
            return e->key;
    return NULL;
}

bool observer_is_ready(const struct observer *o, const struct app *app, const char **blocker)
{
    struct map_entry *e;
    size_t it = 0;
    bool ready = true;

    *blocker = NULL;
    while ((e = map_next(&app->owned_kinds, &it))) {
        const struct watched_kind *kind = map_find(&o->kinds, e->key);

        if (!is_awaited(kind))
            continue;
        ready = false;
        *blocker = kind_failure(kind) ? kind_failure(kind) : *blocker;
    }
    return ready;
}

char *observer_outside(const struct observer *o, const struct app *app)
{
    for (size_t i = 0; o->namespaces.len && app->desired && i < app->desired->len; i++) {
        const struct desired *d = &app->desired->items[i];
        const struct object *object = observer_find(o, d->key);

        if (object && object_is_outside(object))
            return xasprintf("%s %s/%s is not applied: its namespace is not watched; start gitopsd "
                             "with --watch-namespace %s, too",
                             d->kind, d->namespace, d->name, d->namespace);
    }
    return NULL;
}

char *observer_problem(const struct observer *o, const struct app *app)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&app->owned_kinds, &it))) {
        const struct watched_kind *kind = map_find(&o->kinds, e->key);
        const char *problem = kind ? kind_problem(kind) : NULL;
        const char *slash = strchr(e->key, '/');

        if (problem)
            return xasprintf("Failed to load live state: %s%s%.*s: %s", slash + 1,
                             slash == e->key ? "" : ".", (int)(slash - e->key), e->key, problem);
    }
    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct object *object = observer_find(o, app->desired->items[i].key);

        if (object && object->wanted_by == app && object->problem)
            return xasprintf("Failed to compare live state: %s", object->problem);
    }
    return NULL;
}

bool observer_misses_kinds(const struct observer *o)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->kinds, &it))) {
        const struct watched_kind *kind = e->value;
        bool is_lost = false;

        for (size_t i = 0; i < kind->watch_count; i++)
            is_lost |= kind->watches[i].is_lost;
        if (is_lost || (!kind->watch_count && !observer_kind_is_known(o, e->key)))
            return true;
    }
    return false;
}

/* A group that is not served at all, and should be: the API server may just have started. */
static bool is_group_expected(const struct observer *o, const char *group)
{
    if (kube_discovery_group_failed(o->discovery, group))
        return true;
    for (size_t i = 0; i < kube_discovery_count(o->discovery); i++)
        if (streq(kube_discovery_at(o->discovery, i)->group, group))
            return false;
    return o->expects && o->expects(o->arg, group);
}

bool observer_kind_is_known(const struct observer *o, const char *name)
{
    const struct watched_kind *kind = map_find(&o->kinds, name);
    cleanup_free char *group = xstrndup(name, strcspn(name, "/"));

    if (!kind || !o->discovery)
        return false;
    return kind->watch_count ? kind_is_listed(kind) : !is_group_expected(o, group);
}

struct object *observer_find(const struct observer *o, const char *key)
{
    return map_find(&o->objects, key);
}

void observer_feed(struct observer *o, const json_t *live)
{
    cleanup_free char *key = object_key_of(live);
    const char *slash = key ? strchr(key, '/') : NULL;
    cleanup_free char *name =
        slash ? xstrndup(key, (size_t)(strchr(slash + 1, '/') - key)) : xstrdup("");
    const struct watched_kind *kind = map_find(&o->kinds, name);

    /* A hook is wanted by nobody, and known as soon as it is created; what else is not known was
     * deleted meanwhile. */
    if (kind && (map_has(&o->objects, key) || hook_is(live)))
        object_take_live(o, key, live, kind->generation, false);
}

void observer_feed_gone(struct observer *o, const char *key)
{
    struct object *object = map_find(&o->objects, key);

    if (object)
        object_take_gone(o, object, 0);
}

const struct kube_resource *object_resource(const struct object *object)
{
    return object->kind ? object->kind->resource : NULL;
}

bool object_kind_is_synced(const struct object *object)
{
    return object->kind && kind_is_listed(object->kind) && !kind_failure(object->kind);
}

bool object_is_out_of_sight(const struct object *object)
{
    return object->kind && kind_problem(object->kind);
}

void observer_each_repairs(const struct observer *o, observer_repairs_fn *each, void *arg)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->kinds, &it)))
        each(arg, e->key, ((const struct watched_kind *)e->value)->repairs);
}

size_t observer_kind_count(const struct observer *o)
{
    return o->kinds.count;
}

size_t observer_object_count(const struct observer *o)
{
    return o->objects.count;
}
