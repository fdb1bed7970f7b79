/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/identity.h"
#include "daemon/status/status_parts.h"
#include "daemon/sync/prune.h"
#include "lib/doc/yaml.h"

const char *status_object_sync(const struct app *app, const struct object *object)
{
    if (!object || !app->desired || app->broken[0])
        return "Unknown";
    if (status_is_denied(object))
        return object->desired->denial == DENIAL_KIND ? "Unknown" : "OutOfSync";
    if (object->unseen && object->verdict == VERDICT_MISSING)
        return "Unknown";
    if (object->wanted_by && object->wanted_by != app) /* compared with what that one wants */
        return streq(object->instance, app->instance) ? "Synced" : "OutOfSync";
    switch (object_verdict(object)) {
    case VERDICT_SYNCED: return "Synced";
    case VERDICT_UNKNOWN:
        return object->desired && !object->desired->known ? "OutOfSync" : "Unknown";
    default: return "OutOfSync";
    }
}

/* NULL: none, or it is not known. */
static json_t *object_health(const struct object *object)
{
    json_t *health;

    if (object_is_done(object) && !status_is_denied(object))
        return json_pack("{s:s, s:s}", "status", health_status_name(HEALTH_HEALTHY), "message",
                         "It ended well, and is gone since by its time to live");
    if (!object->uid[0] || status_is_denied(object)) {
        bool is_missing = status_is_denied(object) || object_verdict(object) == VERDICT_MISSING ||
                          (object->desired && !object->desired->known);

        return is_missing ? json_pack("{s:s}", "status", health_status_name(HEALTH_MISSING)) : NULL;
    }
    if (!object->has_health)
        return NULL;
    health = json_pack("{s:s}", "status", health_status_name(object->health));
    status_put_message(health, "message", object->health_message);
    return health;
}

static void put_state(json_t *entry, const struct app *app, const struct object *object)
{
    json_t *health = object ? object_health(object) : NULL;

    json_object_set_new(entry, "status", json_string(status_object_sync(app, object)));
    if (health)
        json_object_set_new(entry, "health", health);
}

/* Does it wait for a person before it is pruned or deleted? */
static void put_confirmation(json_t *entry, const struct app *app, unsigned options)
{
    if (app->spec)
        options |= app->spec->sync_options;
    if (options & (SYNC_CONFIRM_PRUNE | SYNC_CONFIRM_DELETE))
        json_object_set_new(entry, "requiresDeletionConfirmation", json_true());
}

static json_t *desired_entry(const struct app *app, const struct observer *observer,
                             const struct desired *d)
{
    json_t *entry = object_reference(d->group, d->version, d->kind, d->namespace, d->name);
    const struct object *object = observer_find(observer, d->key);

    put_state(entry, app, object);
    if (d->wave)
        json_object_set_new(entry, "syncWave", json_integer(d->wave));
    put_confirmation(entry, app, d->options | (object ? object->options : 0));
    return entry;
}

/* Neither compared nor applied: it has no status. */
static json_t *skipped_entry(const struct desired *d)
{
    json_t *entry = object_reference(d->group, d->version, d->kind, d->namespace, d->name);

    if (d->wave)
        json_object_set_new(entry, "syncWave", json_integer(d->wave));
    return entry;
}

/* A live object that nobody wants, or that a hook made. */
static json_t *live_entry(const struct app *app, const struct object *object)
{
    const struct kube_resource *r = object_resource(object);
    const char *name = strrchr(object->key, '/') + 1;
    const char *ns = strchr(strchr(object->key, '/') + 1, '/') + 1;
    cleanup_free char *namespace = xstrndup(ns, (size_t)(name - 1 - ns));
    json_t *entry = object_reference(r->group, r->version, r->kind, namespace, name);

    if (object->wave)
        json_object_set_new(entry, "syncWave", json_integer(object->wave));
    if (object->is_hook) {
        json_object_set_new(entry, "hook", json_true());
        return entry;
    }
    put_state(entry, app, object);
    if (app->desired && !app->broken[0])
        json_object_set_new(entry, "requiresPruning", json_true());
    put_confirmation(entry, app, object->options);
    return entry;
}

/* What the last process listed of kinds that this one has not seen yet. Without these entries a
 * third process would not look for them. */
static void add_inherited(const struct app *app, const struct observer *observer, json_t *list)
{
    cleanup_json json_t *inherited = packed_load(app->inherited);
    json_t *item;
    size_t i;

    json_array_foreach (inherited, i, item) {
        const char *group = object_string(item, "group");
        const char *kind = object_string(item, "kind");
        cleanup_free char *kind_name = xasprintf("%s/%s", group, kind);
        cleanup_free char *key =
            object_key(group, kind, object_string(item, "namespace"), object_string(item, "name"));
        const struct object *object = observer_find(observer, key);

        if (!observer_kind_is_known(observer, kind_name) &&
            (!object || (object->wanted_by != app && !plan_is_extra(app, object))))
            json_array_append(list, item);
    }
}

static bool is_skipped(const struct app *app, const char *key)
{
    for (size_t i = 0; i < app->desired->skipped_count; i++)
        if (streq(app->desired->skipped[i].key, key))
            return true;
    return false;
}

/* Is it one of ours that is not desired? */
static bool is_listed(const struct app *app, const struct object *object)
{
    return plan_is_extra(app, object) || (object->is_hook && object->uid[0] && !object->wanted_by &&
                                          !(app->desired && is_skipped(app, object->key)));
}

struct keyed {
    const char *key;
    json_t *entry;
};

static int compare_keyed(const void *a, const void *b)
{
    return strcmp(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

/* Sorted by key, as Argo CD does. */
json_t *status_resources(const struct app *app, const struct observer *observer)
{
    const struct desired_set *set = app->desired;
    size_t max = (set ? set->len + set->skipped_count : 0) + app->tracked.count;
    struct keyed *entries = xcalloc(max, sizeof(*entries));
    json_t *list = json_array();
    struct map_entry *e;
    size_t count = 0;
    size_t it = 0;

    for (size_t i = 0; set && i < set->len; i++)
        entries[count++] =
            (struct keyed){set->items[i].key, desired_entry(app, observer, &set->items[i])};
    for (size_t i = 0; set && i < set->skipped_count; i++)
        entries[count++] = (struct keyed){set->skipped[i].key, skipped_entry(&set->skipped[i])};
    while ((e = map_next(&app->tracked, &it))) {
        const struct object *object = e->value;

        if (is_listed(app, object) && object_resource(object))
            entries[count++] = (struct keyed){object->key, live_entry(app, object)};
    }
    qsort(entries, count, sizeof(*entries), compare_keyed);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, entries[i].entry);
    free(entries);
    add_inherited(app, observer, list);
    return list;
}
