/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/observe/observe_parts.h"
#include "daemon/observe/pending.h"
#include "lib/doc/yaml.h"

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

void observer_apps_are_known(struct observer *o)
{
    struct map_entry *e;
    size_t it = 0;

    if (o->apps_known)
        return;
    o->apps_known = true;
    while ((e = map_next(&o->objects, &it))) {
        struct object *object = e->value;

        if (!map_has(&o->apps, object->instance ? object->instance : ""))
            pending_drop(TAKE(object->pending));
    }
}

/* Two applications may want one object, and the last one to be rendered has it. When that one
 * drops it, it goes to the other: its heir. */
struct drop {
    const char *key; /* the object's: interned */
    struct app *heir;
    const struct desired *desired; /* what the heir wants */
};

static int compare_drops(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t)((const struct drop *)a)->key;
    uintptr_t y = (uintptr_t)((const struct drop *)b)->key;

    return (x > y) - (x < y);
}

/* One look at all that is wanted, which may be much, for all that is dropped. Equal keys are one
 * pointer. */
static void find_heirs(const struct observer *o, const struct app *from, struct drop *drops,
                       size_t count)
{
    struct map_entry *e;
    size_t it = 0;

    qsort(drops, count, sizeof(*drops), compare_drops);
    while ((e = map_next(&o->apps, &it))) {
        struct app *app = e->value;

        for (size_t i = 0; app != from && app->desired && i < app->desired->len; i++) {
            const struct drop wanted = {.key = app->desired->items[i].key};
            struct drop *drop = bsearch(&wanted, drops, count, sizeof(*drops), compare_drops);

            if (!drop || drop->heir)
                continue;
            drop->heir = app;
            drop->desired = &app->desired->items[i];
        }
    }
}

/* One object is wanted by its application no longer. */
static void unwant(struct observer *o, const struct drop *drop)
{
    struct object *object = map_find(&o->objects, drop->key);

    object_stop_judging(object);
    object->wanted_by = drop->heir;
    object->desired = drop->desired;
    if (object_exists(object))
        object_set_verdict(object, drop->heir ? VERDICT_STALE : VERDICT_EXTRA, NULL);
    if (drop->heir)
        observer_notify(o, drop->heir);
    else if (!object_exists(object) || !object->instance)
        object_drop(o, object);
    else
        object_unask(o, object);
}

/* What `app` wants of these no longer. */
static void unwant_all(struct observer *o, const struct app *app, const struct map *dropped)
{
    struct drop *drops = xcalloc(dropped->count, sizeof(*drops));
    struct map_entry *e;
    size_t count = 0;
    size_t it = 0;

    while ((e = map_next(dropped, &it))) {
        const struct object *object = map_find(&o->objects, e->key);

        if (object && object->wanted_by == app)
            drops[count++].key = object->key;
    }
    if (count)
        find_heirs(o, app, drops, count);
    for (size_t i = 0; i < count; i++)
        unwant(o, &drops[i]);
    free(drops);
}

void observer_remove_app(struct observer *o, struct app *app)
{
    cleanup_map struct map dropped = {0};
    struct map_entry *e;
    size_t it = 0;

    for (size_t i = 0; app->desired && i < app->desired->len; i++)
        map_set(&dropped, app->desired->items[i].key, app);
    unwant_all(o, app, &dropped);
    map_remove(&o->apps, app->instance);
    while ((e = map_next(&app->tracked, &it)))
        object_unask(o, e->value);
    map_clear(&app->tracked);
}

/* The kind of a desired object: watched, and one that the application owns from now on. */
static struct watched_kind *want_kind(struct observer *o, struct app *app,
                                      const struct desired *desired)
{
    cleanup_free char *name = xasprintf("%s/%s", desired->group, desired->kind);

    map_set(&app->owned_kinds, name, app);
    return kind_get(o, name);
}

/* A desired object takes its place: what is known of the live side is judged anew. */
static void want(struct observer *o, struct app *app, const struct desired *desired, bool same)
{
    struct watched_kind *kind = want_kind(o, app, desired);
    bool is_new = !map_has(&o->objects, desired->key);
    struct object *object = object_get(o, desired->key);

    object->kind = kind;
    if (object->wanted_by && object->wanted_by != app)
        observer_notify(o, object->wanted_by);
    same = same && object->wanted_by == app;
    if (!same) {
        object_stop_judging(object); /* by what was wanted until now */
        object_fight_forget(o, object);
    }
    object->wanted_by = app;
    object->desired = desired;
    if (is_new)
        object_recall_end(object);
    if (object->pending) {
        cleanup_json json_t *live = pending_load(object->pending);

        object_judge(o, object, live);
    } else if (object_is_outside(object)) {
        object_set_verdict(object, VERDICT_UNKNOWN, NULL);
    } else if (object_is_done(object) && kind_is_listed(kind)) {
        object_set_verdict(object, VERDICT_SYNCED, NULL);
    } else if (!object_exists(object)) {
        object_set_verdict(object, kind_is_listed(kind) ? VERDICT_MISSING : VERDICT_UNKNOWN, NULL);
        object->unseen = object->unseen || (is_new && kind_is_listed(kind) && desired->known);
    } else if (!same) {
        object_set_verdict(object, VERDICT_STALE, NULL);
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
    for (size_t i = 0; i < app->desired->hook_count; i++)
        want_kind(o, app, &app->desired->hooks[i]);
    unwant_all(o, app, &before);
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
        object_stop_judging(object);
        object_set_verdict(object, VERDICT_UNKNOWN, NULL);
        object->unseen = true;
    }
}

void observer_doubt(struct observer *o, struct app *app)
{
    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        struct object *object = observer_find(o, app->desired->items[i].key);

        if (object && object->wanted_by == app && object_exists(object))
            object->unseen = true;
    }
}
