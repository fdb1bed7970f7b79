/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/tree.h"

#include "daemon/identity.h"
#include "daemon/orphans.h"
#include "daemon/sync/prune.h"
#include "daemon/tree_node.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "lib/kube/resource.h"

#include <ctype.h>

#define PAGE "250"
#define MAX_FOUND 20000 /* objects with an owner in the namespaces that are looked at */

/* What built-in kinds have below them, in the order in which it is listed. */
enum child {
    CHILD_DEPLOYMENT,
    CHILD_STATEFUL_SET,
    CHILD_DAEMON_SET,
    CHILD_REPLICA_SET,
    CHILD_CRON_JOB,
    CHILD_JOB,
    CHILD_CONTROLLER_REVISION,
    CHILD_SERVICE,
    CHILD_ENDPOINT_SLICE,
    CHILD_ENDPOINTS,
    CHILD_CLAIM,
    CHILD_POD,
    CHILD_COUNT,
};
#define BIT(child) (1u << (child))
#define EVERY_CHILD ((1u << CHILD_COUNT) - 1)

static const struct {
    const char *group;
    const char *kind;
    unsigned children; /* BITs */
} kinds[CHILD_COUNT] = {
    [CHILD_DEPLOYMENT] = {"apps", "Deployment", BIT(CHILD_REPLICA_SET) | BIT(CHILD_POD)},
    [CHILD_STATEFUL_SET] = {"apps", "StatefulSet",
                            BIT(CHILD_CONTROLLER_REVISION) | BIT(CHILD_CLAIM) | BIT(CHILD_POD)},
    [CHILD_DAEMON_SET] = {"apps", "DaemonSet", BIT(CHILD_CONTROLLER_REVISION) | BIT(CHILD_POD)},
    [CHILD_REPLICA_SET] = {"apps", "ReplicaSet", BIT(CHILD_POD)},
    [CHILD_CRON_JOB] = {"batch", "CronJob", BIT(CHILD_JOB) | BIT(CHILD_POD)},
    [CHILD_JOB] = {"batch", "Job", BIT(CHILD_POD)},
    [CHILD_CONTROLLER_REVISION] = {"apps", "ControllerRevision", 0},
    [CHILD_SERVICE] = {"", "Service", BIT(CHILD_ENDPOINT_SLICE) | BIT(CHILD_ENDPOINTS)},
    [CHILD_ENDPOINT_SLICE] = {"discovery.k8s.io", "EndpointSlice", 0},
    [CHILD_ENDPOINTS] = {"", "Endpoints", 0},
    [CHILD_CLAIM] = {"", "PersistentVolumeClaim", 0},
    [CHILD_POD] = {"", "Pod", 0},
};

struct listing {
    char *namespace;
    const struct kube_resource *resource;
};

struct tree {
    struct daemon *daemon;
    struct kube_discovery *discovery;
    struct settings *settings;
    uv_timer_t timer;
    tree_done_fn *done;
    void *arg;
    json_t *nodes;
    json_t *found; /* nodes that have a parent somewhere */
    json_t *orphans;
    json_t *notes;
    json_t *parents; /* inferred ones: a reference by "KIND NAMESPACE/NAME" of the child */
    struct map uids; /* of `nodes` */
    struct listing *lists;
    size_t len;
    size_t next;
    struct map planned; /* lists by "GROUP/KIND NAMESPACE" */
    char *token;        /* of the next page of the list under way; NULL: the first */
};

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct tree *t = CONTAINER_OF(handle, struct tree, timer);

    for (size_t i = 0; i < t->len; i++)
        free(t->lists[i].namespace);
    free(t->lists);
    free(t->token);
    map_clear(&t->planned);
    map_clear(&t->uids);
    json_decref(t->nodes);
    json_decref(t->found);
    json_decref(t->orphans);
    json_decref(t->notes);
    json_decref(t->parents);
    settings_unref(t->settings);
    kube_discovery_unref(t->discovery);
    free(t);
}

static void add_node(struct tree *t, json_t *node)
{
    const char *uid = object_string(node, "uid");

    if (*uid)
        map_set(&t->uids, uid, t);
    json_array_append(t->nodes, node);
}

static bool has_known_parent(const struct tree *t, const json_t *node)
{
    const json_t *parent;
    size_t i;

    json_array_foreach (json_object_get(node, "parentRefs"), i, parent) {
        if (map_has(&t->uids, object_string(parent, "uid")))
            return true;
    }
    return false;
}

/* One generation after the other. */
static void connect_found(struct tree *t)
{
    bool grows = true;

    while (grows) {
        json_t *node;
        size_t i;

        grows = false;
        json_array_foreach (t->found, i, node) {
            if (map_has(&t->uids, object_string(node, "uid")) || !has_known_parent(t, node))
                continue;
            add_node(t, node);
            grows = true;
        }
    }
}

static void finish(struct tree *t)
{
    cleanup_json json_t *tree = NULL;

    connect_found(t);
    tree = json_pack("{s:O, s:O, s:[], s:O}", "nodes", t->nodes, "orphanedNodes", t->orphans,
                     "hosts", "notes", t->notes);
    t->done(t->arg, tree);
    uv_close((uv_handle_t *)&t->timer, on_closed);
}

/* ---- inferred parents ---- */

/* Source: Argo CD: claims are named TEMPLATE-STATEFULSET-NUMBER. */
static void expect_claims(struct tree *t, const json_t *stateful_set, json_t *reference)
{
    const json_t *template;
    size_t i;

    json_array_foreach (
        json_object_get(json_object_get(stateful_set, "spec"), "volumeClaimTemplates"), i,
        template) {
        cleanup_free char *key =
            xasprintf("PersistentVolumeClaim %s/%s-%s", object_string(reference, "namespace"),
                      object_meta_string(template, "name"), object_string(reference, "name"));

        json_object_set(t->parents, key, reference);
    }
}

static void expect_endpoints(struct tree *t, json_t *reference)
{
    cleanup_free char *key = xasprintf("Endpoints %s/%s", object_string(reference, "namespace"),
                                       object_string(reference, "name"));

    json_object_set(t->parents, key, reference);
}

/* `object` may be the desired or the live one. */
static void expect_children(struct tree *t, const json_t *object, const json_t *node)
{
    const char *kind = object_string(node, "kind");
    cleanup_json json_t *reference = tree_reference(
        object_string(node, "group"), object_string(node, "version"), kind,
        object_string(node, "namespace"), object_string(node, "name"), object_string(node, "uid"));

    if (streq(kind, "StatefulSet"))
        expect_claims(t, object, reference);
    else if (streq(kind, "Service"))
        expect_endpoints(t, reference);
}

static json_t *inferred_parent(const struct tree *t, const json_t *node)
{
    const char *kind = object_string(node, "kind");
    const char *name = object_string(node, "name");
    size_t len = strlen(name);
    cleanup_free char *key = NULL;

    if (streq(kind, "PersistentVolumeClaim")) {
        while (len && isdigit((unsigned char)name[len - 1]))
            len--;
        if (!len || !name[len] || name[len - 1] != '-')
            return NULL;
        len--;
    }
    key = xasprintf("%s %s/%.*s", kind, object_string(node, "namespace"), (int)len, name);
    return json_object_get(t->parents, key);
}

/* ---- lists ---- */

static void plan_list(struct tree *t, const struct kube_resource *r, const char *ns)
{
    cleanup_free char *key = NULL;

    if (!r || !r->can_list || !r->namespaced)
        return;
    key = xasprintf("%s/%s %s", r->group, r->kind, ns);
    if (map_has(&t->planned, key))
        return;
    map_set(&t->planned, key, t);
    t->lists = xrealloc(t->lists, (t->len + 1) * sizeof(*t->lists));
    t->lists[t->len++] = (struct listing){.namespace = xstrdup(ns), .resource = r};
}

/* The shipped exclusions spare us the watches of endpoints; here they cost nothing. */
static bool is_shown(const struct tree *t, const char *group, const char *kind)
{
    bool of_service = streq(kind, "Endpoints") || streq(kind, "EndpointSlice");

    return !settings_excludes(t->settings, group, kind) ||
           (of_service && !t->settings->own_exclusions);
}

static unsigned children_of(const char *group, const char *kind)
{
    for (size_t i = 0; i < CHILD_COUNT; i++)
        if (streq(kinds[i].group, group) && streq(kinds[i].kind, kind))
            return kinds[i].children;
    if (streq(group, "") && streq(kind, "ReplicationController"))
        return BIT(CHILD_POD);
    if (streq(group, "argoproj.io") && (streq(kind, "Application") || streq(kind, "AppProject")))
        return 0;
    /* Kinds of others may own anything; Kubernetes' own, that are not above, own nothing. */
    return strchr(group, '.') && !str_has_suffix(group, ".k8s.io") ? EVERY_CHILD : 0;
}

/* What a controller makes is often of its own group, too. */
static void plan_group(struct tree *t, const char *group, const char *ns)
{
    for (size_t i = 0; i < kube_discovery_count(t->discovery); i++) {
        const struct kube_resource *r = kube_discovery_at(t->discovery, i);

        if (streq(r->group, group) && is_shown(t, r->group, r->kind))
            plan_list(t, r, ns);
    }
}

static void plan_children(struct tree *t, const char *group, const char *kind, const char *ns)
{
    unsigned children = children_of(group, kind);

    if (!*ns || !children)
        return;
    if (children == EVERY_CHILD)
        plan_group(t, group, ns);
    for (size_t i = 0; i < CHILD_COUNT; i++)
        if (children & BIT(i) && is_shown(t, kinds[i].group, kinds[i].kind))
            plan_list(t, kube_discovery_preferred(t->discovery, kinds[i].group, kinds[i].kind), ns);
}

static void take_item(struct tree *t, const struct kube_resource *r, json_t *item)
{
    cleanup_json json_t *node = NULL;
    json_t *parent;

    json_object_set_new(item, "kind", json_string(r->kind));
    json_object_set_new(item, "apiVersion",
                        *r->group ? json_sprintf("%s/%s", r->group, r->version)
                                  : json_string(r->version));
    node = tree_node(item);
    expect_children(t, item, node);
    parent = inferred_parent(t, node);
    if (parent && !json_object_get(node, "parentRefs"))
        json_object_set_new(node, "parentRefs", json_pack("[O]", parent));
    if (json_object_get(node, "parentRefs") && json_array_size(t->found) < MAX_FOUND)
        json_array_append(t->found, node);
}

static void go_on(struct tree *t);

static void note_failure(struct tree *t, const struct listing *list, const struct error *err)
{
    json_array_append_new(t->notes,
                          json_sprintf("%s%s%s in namespace %s cannot be listed: %s",
                                       list->resource->group, *list->resource->group ? "/" : "",
                                       list->resource->kind, list->namespace, error_message(err)));
}

static void note_excess(struct tree *t)
{
    if (json_array_size(t->found) == MAX_FOUND)
        json_array_append_new(t->notes, json_sprintf("there are more than %d objects with an owner "
                                                     "in these namespaces; not all are shown",
                                                     MAX_FOUND));
}

static void on_listed(void *arg, const json_t *answer, const struct error *err)
{
    struct tree *t = arg;
    const struct listing *list = &t->lists[t->next];
    const char *token = object_meta_string(answer, "continue");
    json_t *item;
    size_t i;

    free(TAKE(t->token));
    json_array_foreach (json_object_get(answer, "items"), i, item) {
        take_item(t, list->resource, item);
    }
    if (err)
        note_failure(t, list, err);
    if (*token && json_array_size(t->found) < MAX_FOUND)
        t->token = xstrdup(token);
    else
        t->next++;
    go_on(t);
}

static void go_on(struct tree *t)
{
    const struct listing *list;
    cleanup_free char *path = NULL;
    cleanup_buf struct buf url = BUF_UNLIMITED;
    struct kube_call_spec spec = {.method = "GET"};

    if (t->next == t->len || t->daemon->stopping) {
        note_excess(t);
        finish(t);
        return;
    }
    list = &t->lists[t->next];
    path = kube_resource_path(list->resource, list->namespace, NULL);
    buf_puts(&url, path);
    url_put_query(&url, "limit", PAGE);
    url_put_query(&url, "continue", t->token);
    spec.path = url.data;
    kube_call_start(t->daemon->client, &spec, on_listed, t);
}

/* ---- roots ---- */

static json_t *root_health(const struct object *object)
{
    json_t *health;

    if (!object || !object->uid[0])
        return json_pack("{s:s}", "status", health_status_name(HEALTH_MISSING));
    if (!object->has_health)
        return NULL;
    health = json_pack("{s:s}", "status", health_status_name(object->health));
    if (object->health_message && *object->health_message)
        json_object_set_new(health, "message", json_string(object->health_message));
    return health;
}

static void put_live(json_t *node, const struct object *object)
{
    char created[TIME_RFC3339_BYTES];

    json_object_set_new(node, "resourceVersion",
                        json_sprintf("%llu", (unsigned long long)object->resource_version));
    if (!object->created_s)
        return;
    time_format_rfc3339((int64_t)object->created_s * 1000, created);
    json_object_set_new(node, "createdAt", json_string(created));
}

static void add_root(struct tree *t, json_t *node, const struct object *object, const char *body,
                     size_t len)
{
    cleanup_json json_t *desired = NULL;
    json_t *health = root_health(object);

    if (health)
        json_object_set_new(node, "health", health);
    if (object && object->uid[0]) {
        put_live(node, object);
        if (body && streq(object_string(node, "kind"), "StatefulSet"))
            desired = json_loadb(body, len, JSON_ALLOW_NUL, NULL);
        expect_children(t, desired, node);
        plan_children(t, object_string(node, "group"), object_string(node, "kind"),
                      object_string(node, "namespace"));
    }
    add_node(t, node);
}

static void add_extra(struct tree *t, const struct object *object)
{
    const struct kube_resource *r = object_resource(object);
    const char *ns = strchr(strchr(object->key, '/') + 1, '/') + 1;
    const char *name = strchr(ns, '/');
    cleanup_free char *namespace = xstrndup(ns, (size_t)(name - ns));
    cleanup_json json_t *node =
        tree_reference(r->group, r->version, r->kind, namespace, name + 1, object->uid);

    add_root(t, node, object, NULL, 0);
}

static void add_roots(struct tree *t, const struct app *app)
{
    struct map_entry *e;
    size_t it = 0;

    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct desired *want = &app->desired->items[i];
        const struct object *object = observer_find(t->daemon->observer, want->key);
        cleanup_json json_t *node = NULL;

        if (want->denial) /* by the project */
            continue;
        node = tree_reference(want->group, want->version, want->kind, want->namespace, want->name,
                              object ? object->uid : NULL);

        add_root(t, node, object, want->body, want->body_len);
    }
    while ((e = map_next(&app->tracked, &it)))
        if (plan_is_extra(app, e->value) && object_resource(e->value))
            add_extra(t, e->value);
}

static void on_timer(uv_timer_t *timer)
{
    go_on(CONTAINER_OF(timer, struct tree, timer));
}

void tree_start(struct daemon *d, const struct app *app, tree_done_fn *done, void *arg)
{
    struct tree *t = xcalloc(1, sizeof(*t));

    t->daemon = d;
    t->discovery = kube_discovery_ref(d->discovery);
    t->settings = settings_ref(d->settings);
    t->done = done;
    t->arg = arg;
    t->nodes = json_array();
    t->found = json_array();
    t->orphans = json_array();
    t->notes = json_array();
    t->parents = json_object();
    add_roots(t, app);
    orphans_tell(d->orphans, app, t->orphans, t->notes);
    uv_timer_init(d->loop, &t->timer);
    uv_timer_start(&t->timer, on_timer, 0, 0);
}
