/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/inventory.h"

#include "daemon/duty.h"
#include "daemon/object/identity.h"
#include "daemon/observe/observe.h"
#include "daemon/orphans.h"
#include "daemon/schedule.h"
#include "daemon/settings/settings.h"
#include "lib/base/log.h"
#include "lib/kube/client.h"
#include "lib/kube/discovery.h"

#define ACCEPT_METADATA "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
#define PAGE "limit=500"
#define RETRY_MS 2000
/* So often, while others are listed: then a kind is left out. */
#define MAX_ROUNDS 5

struct inventory {
    struct daemon *daemon;
    struct kube_discovery *discovery;
    uv_timer_t timer;
    size_t next; /* index of the next resource to list */
    size_t in_flight;
    size_t found;
    size_t listed;       /* kinds in this round */
    struct map unlisted; /* likewise: "GROUP/KIND" -> why, a heap string */
    unsigned rounds;     /* in which some were listed and others not */
    bool stopped;
};

struct sweep {
    struct inventory *inventory;
    const struct kube_resource *resource;
};

static void list_kind(struct inventory *inv, const struct kube_resource *r, const char *token);

static void on_closed(uv_handle_t *handle)
{
    struct inventory *inv = CONTAINER_OF(handle, struct inventory, timer);

    kube_discovery_unref(inv->discovery);
    map_clear_with(&inv->unlisted, free);
    free(inv);
}

static void finish(struct inventory *inv)
{
    struct daemon *d = inv->daemon;

    d->inventory = NULL;
    uv_close((uv_handle_t *)&inv->timer, on_closed);
    if (inv->stopped)
        return;
    if (d->inventory_again) {
        d->inventory_again = false;
        inventory_start(d);
        return;
    }
    d->inventory_done = true;
    d->catalog_complete = true;
    duty_act(d);
    orphans_follow(d->orphans);
    log_debug("inventory: %zu kinds are owned", inv->found);
    schedule_all(d);
}

static bool is_excluded(const struct inventory *inv, const struct kube_resource *r)
{
    return !r->can_list || !r->can_watch || !r->can_delete ||
           settings_excludes(inv->daemon->settings, r->group, r->kind);
}

static void take_item(struct inventory *inv, const struct kube_resource *r, json_t *item)
{
    cleanup_free char *instance = NULL;
    cleanup_free char *kind = xasprintf("%s/%s", r->group, r->kind);
    struct map_entry *e;
    size_t it = 0;

    /* A PartialObjectMetadata tells its own kind, not the object's. */
    json_object_set_new(item, "kind", json_string(r->kind));
    json_object_set_new(item, "apiVersion",
                        *r->group ? json_sprintf("%s/%s", r->group, r->version)
                                  : json_string(r->version));
    instance = tracking_instance(item, &inv->daemon->settings->tracking);
    if (!instance)
        return;
    while ((e = map_next(&inv->daemon->apps, &it))) {
        struct app *app = e->value;

        if (!streq(app->instance, instance) || map_has(&app->owned_kinds, kind))
            continue;
        map_set(&app->owned_kinds, kind, app);
        observer_watch_kind(inv->daemon->observer, kind);
        inv->found++;
    }
}

static void on_retry(uv_timer_t *timer);

static void tell_left_out(const struct inventory *inv)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&inv->unlisted, &it)))
        log_event(LOG_WARN, "kind not searched for owned objects", "kind", e->key, "error",
                  (const char *)e->value, NULL);
}

/* Without a complete picture nothing may be pruned: start over. But a kind that cannot be listed
 * while all others can (its conversion webhook is gone, say) must not keep everything waiting: what
 * is owned of it is found when it is wanted again. */
static void round_ended(struct inventory *inv)
{
    inv->rounds += inv->listed > 0;
    if (!inv->stopped && inv->unlisted.count && inv->rounds < MAX_ROUNDS) {
        uv_timer_start(&inv->timer, on_retry, RETRY_MS, 0);
        return;
    }
    if (!inv->stopped)
        tell_left_out(inv);
    finish(inv);
}

static void start_lists(struct inventory *inv)
{
    while (!inv->stopped && inv->in_flight < 8 &&
           inv->next < kube_discovery_count(inv->discovery)) {
        const struct kube_resource *r = kube_discovery_at(inv->discovery, inv->next++);

        if (!is_excluded(inv, r))
            list_kind(inv, r, NULL);
    }
    if (!inv->in_flight)
        round_ended(inv);
}

static void on_retry(uv_timer_t *timer)
{
    struct inventory *inv = CONTAINER_OF(timer, struct inventory, timer);

    inv->next = inv->listed = 0;
    map_clear_with(&inv->unlisted, free);
    start_lists(inv);
}

static void note_unlisted(struct inventory *inv, const struct kube_resource *r,
                          const struct error *err)
{
    cleanup_free char *kind = xasprintf("%s/%s", r->group, r->kind);

    free(map_set(&inv->unlisted, kind, xstrdup(error_message(err))));
}

static void on_listed(void *arg, const json_t *answer, const struct error *err)
{
    struct sweep *sweep = arg;
    struct inventory *inv = sweep->inventory;
    const struct kube_resource *r = sweep->resource;
    const char *token =
        json_string_value(json_object_get(json_object_get(answer, "metadata"), "continue"));
    json_t *item;
    size_t i;

    free(sweep);
    inv->in_flight--;
    json_array_foreach (json_object_get(answer, "items"), i, item) {
        take_item(inv, r, item);
    }
    if (err && error_is_transient(err))
        note_unlisted(inv, r, err);
    else if (err && !inv->stopped)
        log_event(LOG_WARN, "kind not searched for owned objects", "kind", r->kind, "error",
                  error_message(err), NULL);
    if (token && *token && !inv->stopped)
        list_kind(inv, r, token);
    else
        inv->listed += !err;
    start_lists(inv);
}

static void list_kind(struct inventory *inv, const struct kube_resource *r, const char *token)
{
    cleanup_free char *base = kube_resource_path(r, NULL, NULL);
    cleanup_free char *path =
        token ? xasprintf("%s?" PAGE "&continue=%s", base, token) : xasprintf("%s?" PAGE, base);
    struct kube_call_spec spec = {.method = "GET", .path = path, .accept = ACCEPT_METADATA};
    struct sweep *sweep = xcalloc(1, sizeof(*sweep));

    *sweep = (struct sweep){.inventory = inv, .resource = r};
    inv->in_flight++;
    kube_call_start(inv->daemon->client, &spec, on_listed, sweep);
}

void inventory_start(struct daemon *d)
{
    struct inventory *inv = xcalloc(1, sizeof(*inv));

    inv->daemon = d;
    inv->discovery = kube_discovery_ref(d->discovery);
    uv_timer_init(d->loop, &inv->timer);
    d->inventory = inv;
    start_lists(inv);
}

void inventory_stop(struct daemon *d)
{
    struct inventory *inv = d->inventory;

    if (!inv)
        return;
    inv->stopped = true;
    uv_timer_stop(&inv->timer);
    if (!inv->in_flight)
        finish(inv);
}
