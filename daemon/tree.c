/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/tree.h"

#include "daemon/object/identity.h"
#include "daemon/orphans.h"
#include "daemon/sync/prune.h"
#include "daemon/tree/tree_graph.h"
#include "daemon/tree/tree_kinds.h"
#include "daemon/tree/tree_node.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "lib/kube/resource.h"

#define PAGE "250"

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
    struct tree_graph graph;
    json_t *orphans;
    json_t *notes;
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
    tree_graph_clear(&t->graph);
    json_decref(t->orphans);
    json_decref(t->notes);
    settings_unref(t->settings);
    kube_discovery_unref(t->discovery);
    free(t);
}

static void finish(struct tree *t)
{
    cleanup_json json_t *tree = NULL;

    tree_graph_connect(&t->graph);
    tree = json_pack("{s:O, s:O, s:[], s:O}", "nodes", t->graph.nodes, "orphanedNodes", t->orphans,
                     "hosts", "notes", t->notes);
    t->done(t->arg, tree);
    uv_close((uv_handle_t *)&t->timer, on_closed);
}

/* ---- lists ---- */

static void plan_list(struct tree *t, const struct kube_resource *r, const char *ns)
{
    cleanup_free char *key = NULL;

    if (!r->can_list || !r->namespaced)
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

struct planning {
    struct tree *tree;
    const char *namespace;
};

static void plan_kind(void *arg, const struct kube_resource *r)
{
    const struct planning *p = arg;

    if (is_shown(p->tree, r->group, r->kind))
        plan_list(p->tree, r, p->namespace);
}

static void plan_children(struct tree *t, const char *group, const char *kind, const char *ns)
{
    struct planning p = {.tree = t, .namespace = ns};

    if (*ns)
        tree_child_kinds(t->discovery, group, kind, plan_kind, &p);
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
    if (tree_graph_is_full(&t->graph))
        json_array_append_new(t->notes, json_sprintf("there are more than %d objects with an owner "
                                                     "in these namespaces; not all are shown",
                                                     TREE_MAX_FOUND));
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
        tree_graph_take(&t->graph, list->resource, item);
    }
    if (err)
        note_failure(t, list, err);
    if (*token && !tree_graph_is_full(&t->graph))
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
        tree_graph_expect(&t->graph, desired, node);
        plan_children(t, object_string(node, "group"), object_string(node, "kind"),
                      object_string(node, "namespace"));
    }
    tree_graph_add(&t->graph, node);
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
    tree_graph_init(&t->graph);
    t->orphans = json_array();
    t->notes = json_array();
    add_roots(t, app);
    orphans_tell(d->orphans, app, t->orphans, t->notes);
    uv_timer_init(d->loop, &t->timer);
    uv_timer_start(&t->timer, on_timer, 0, 0);
}
