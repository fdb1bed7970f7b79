/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/controllers.h"

#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/controllers/control.h"
#include "tests/sandbox/garbage.h"
#include "tests/sandbox/label_selector.h"
#include "tests/sandbox/namespaces.h"
#include "tests/sandbox/relations.h"

#define GARBAGE_MS 20

static unsigned run_namespace(struct sandbox *s, const json_t *object)
{
    if (!*object_meta(object, "deletionTimestamp"))
        return 0;
    namespaces_finish(s, object);
    return 0;
}

/* Which kinds are looked at, and how long after a change. */
static const struct controller {
    const char *group;
    const char *plural;
    unsigned delay_ms;
    control_fn *run;
    void (*gone)(struct sandbox *s, const char *ns, const char *name); /* may be NULL */
} table[] = {
    {"", "namespaces", 20, run_namespace, NULL},
    {"", "nodes", 5, control_node, NULL},
    {"", "pods", 30, control_pod, NULL},
    {"", "services", 20, control_service, control_service_gone},
    {"", "persistentvolumeclaims", 20, control_claim, NULL},
    {"networking.k8s.io", "ingresses", 20, control_ingress, NULL},
    {"policy", "poddisruptionbudgets", 20, control_budget, NULL},
    {"apps", "replicasets", 5, control_replica_set, NULL},
    {"apps", "deployments", 5, control_deployment, NULL},
    {"apps", "statefulsets", 5, control_stateful_set, NULL},
    {"apps", "daemonsets", 5, control_daemon_set, NULL},
    {"batch", "jobs", 5, control_job, NULL},
};

/* An object that is to be looked at. */
struct item {
    const struct controller *controller;
    struct collection *collection;
    char *key;
    uint64_t due_ms;
};

struct controllers {
    struct sandbox *s;
    struct map items;    /* "GROUP/PLURAL NAMESPACE/NAME" -> struct item */
    uint64_t garbage_ms; /* when to collect; 0: nothing to do */
    uv_timer_t timer;
};

static void item_free(void *p)
{
    struct item *item = p;

    free(item->key);
    free(item);
}

/* ---- the queue ---- */

static void on_timer(uv_timer_t *timer);

static void arm(struct controllers *c, uint64_t due_ms)
{
    uint64_t now = time_monotonic_ms();
    uint64_t wait = due_ms > now ? due_ms - now : 0;

    if (uv_is_closing((uv_handle_t *)&c->timer))
        return;
    uv_update_time(c->s->loop);
    if (!uv_is_active((uv_handle_t *)&c->timer) || uv_timer_get_due_in(&c->timer) > wait)
        uv_timer_start(&c->timer, on_timer, wait, 0);
}

static const struct controller *controller_of(const struct collection *c)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (streq(table[i].plural, c->plural) && streq(table[i].group, c->group))
            return &table[i];
    return NULL;
}

static void enqueue(struct controllers *c, struct collection *collection, const char *key,
                    unsigned delay_ms)
{
    cleanup_free char *name = xasprintf("%s/%s %s", collection->group, collection->plural, key);
    const struct controller *controller = controller_of(collection);
    struct item *item = map_find(&c->items, name);
    uint64_t due = time_monotonic_ms() + delay_ms;

    if (!controller)
        return;
    if (!item) {
        item = xcalloc(1, sizeof(*item));
        item->controller = controller;
        item->collection = collection;
        item->key = xstrdup(key);
        item->due_ms = due;
        map_set(&c->items, name, item);
    } else if (due < item->due_ms) {
        item->due_ms = due;
    }
    arm(c, item->due_ms);
}

static void enqueue_object(struct controllers *c, const char *group, const char *plural,
                           const json_t *object)
{
    struct collection *collection = store_collection(c->s->store, group, plural);
    cleanup_free char *key = object_key(object);
    const struct controller *controller = controller_of(collection);

    enqueue(c, collection, key, controller->delay_ms);
}

/* Those that own it, and its namespace, where that ends. */
static void enqueue_others(struct controllers *c, const json_t *object)
{
    const json_t *owners = json_object_get(json_object_get(object, "metadata"), "ownerReferences");
    const json_t *space;
    size_t i;
    json_t *owner;

    json_array_foreach ((json_t *)owners, i, owner) {
        const json_t *found =
            store_find_uid(c->s->store, json_string_value(json_object_get(owner, "uid")));
        const char *kind = json_string_value(json_object_get(owner, "kind"));

        for (size_t k = 0; found && kind && k < ARRAY_LEN(table); k++)
            if (control_is_kind(table[k].plural, kind))
                enqueue_object(c, table[k].group, table[k].plural, found);
    }
    space = store_find(store_collection(c->s->store, "", "namespaces"), NULL,
                       object_meta(object, "namespace"));
    if (space && *object_meta(space, "deletionTimestamp"))
        enqueue_object(c, "", "namespaces", space);
}

struct selecting {
    struct controllers *controllers;
    const char *group, *plural;
    const json_t *labels; /* of a Pod */
};

static void enqueue_if_meant(void *arg, const json_t *object)
{
    const struct selecting *of = arg;
    const json_t *selector = json_object_get(json_object_get(object, "spec"), "selector");

    if (*of->group ? label_selector_matches(selector, of->labels)
                   : label_map_matches(selector, of->labels))
        enqueue_object(of->controllers, of->group, of->plural, object);
}

/* Those of one kind that select a Pod by its labels. */
static void enqueue_selecting(struct controllers *c, const char *group, const char *plural,
                              const json_t *pod)
{
    struct selecting of = {.controllers = c,
                           .group = group,
                           .plural = plural,
                           .labels = json_object_get(json_object_get(pod, "metadata"), "labels")};

    relations_selecting(c->s->relations, group, plural, pod, enqueue_if_meant, &of);
}

static void enqueue_watchers(struct controllers *c, const json_t *pod)
{
    enqueue_selecting(c, "", "services", pod);
    enqueue_selecting(c, "policy", "poddisruptionbudgets", pod);
}

/* Who comes when its owner goes, or is gone, has to go, too. */
static bool has_ending_owner(const struct controllers *c, const json_t *meta)
{
    size_t i;
    json_t *owner;

    json_array_foreach (json_object_get(meta, "ownerReferences"), i, owner) {
        const json_t *found =
            store_find_uid(c->s->store, json_string_value(json_object_get(owner, "uid")));

        if (!found || *object_meta(found, "deletionTimestamp"))
            return true;
    }
    return false;
}

void controllers_notice(struct controllers *c, const struct change *change)
{
    const struct controller *controller = controller_of(change->collection);
    const json_t *meta = json_object_get(change->object, "metadata");

    if (controller && (controller->gone || change->type != CHANGE_DELETED))
        enqueue(c, change->collection, change->key, controller->delay_ms);
    if (controller && controller->run == control_pod) {
        enqueue_watchers(c, change->object);
        if (change->before)
            enqueue_watchers(c, change->before); /* its labels may have been others */
    }
    enqueue_others(c, change->object);
    if (change->type == CHANGE_DELETED || json_object_get(meta, "deletionTimestamp") ||
        (change->type == CHANGE_ADDED && has_ending_owner(c, meta))) {
        if (c->garbage_ms == 0)
            c->garbage_ms = time_monotonic_ms() + GARBAGE_MS;
        arm(c, c->garbage_ms);
    }
}

static void run_item(struct controllers *c, const struct item *item)
{
    cleanup_json json_t *object = json_incref(map_find(&item->collection->objects, item->key));
    const char *slash = strchr(item->key, '/');
    cleanup_free char *ns = xstrndup(item->key, (size_t)(slash - item->key));
    unsigned again_ms = object ? item->controller->run(c->s, object) : 0;

    if (!object && item->controller->gone)
        item->controller->gone(c->s, ns, slash + 1);
    if (again_ms > 0)
        enqueue(c, item->collection, item->key, again_ms);
}

/* The items that are due, taken out. */
static void take_due(struct controllers *c, uint64_t now, struct ptrvec *due)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&c->items, &it))) {
        struct item *item = e->value;

        if (item->due_ms > now)
            continue;
        ptrvec_push(due, item);
        map_remove(&c->items, e->key);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct controllers *c = timer->data;
    uint64_t now = time_monotonic_ms(), next = UINT64_MAX;
    cleanup_ptrvec struct ptrvec due = {0};
    struct map_entry *e;
    size_t it = 0;

    if (c->garbage_ms && c->garbage_ms <= now) {
        c->garbage_ms = 0;
        garbage_collect(c->s);
    }
    take_due(c, now, &due);
    for (size_t i = 0; i < due.len; i++) {
        run_item(c, due.items[i]);
        item_free(due.items[i]);
    }
    while ((e = map_next(&c->items, &it)))
        if (((struct item *)e->value)->due_ms < next)
            next = ((struct item *)e->value)->due_ms;
    if (c->garbage_ms && c->garbage_ms < next)
        next = c->garbage_ms;
    if (next != UINT64_MAX)
        arm(c, next);
}

struct controllers *controllers_new(struct sandbox *s)
{
    struct controllers *c = xcalloc(1, sizeof(*c));

    c->s = s;
    uv_timer_init(s->loop, &c->timer);
    c->timer.data = c;
    control_start(s);
    return c;
}

static void on_closed(uv_handle_t *handle)
{
    struct controllers *c = handle->data;

    map_clear_with(&c->items, item_free);
    free(c);
}

void controllers_close(struct controllers *c)
{
    uv_close((uv_handle_t *)&c->timer, on_closed);
}
