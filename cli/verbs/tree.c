/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/apps.h"
#include "cli/verbs/batch.h"
#include "cli/verbs/print.h"
#include "cli/verbs/progress.h"
#include "cli/verbs/table.h"
#include "cli/verbs/tree_print.h"
#include "daemon/object/identity.h"
#include "daemon/tree/tree_graph.h"
#include "daemon/tree/tree_kinds.h"
#include "daemon/tree/tree_node.h"
#include "lib/doc/yaml.h"

/* The objects of status.resources -> those of them that may own others, live -> lists of what they
 * may own -> connected. */
struct look {
    struct kube_discovery *discovery;
    struct batch batch;
    struct ptrvec kinds; /* of the lists in `batch`: struct kube_resource */
    struct map planned;  /* lists by path */
    const char *namespace;
    struct tree_graph graph;
    json_t *notes;
};

/* ---- roots ---- */

/* An entry of status.resources as a node; what is live is merged into it. */
static json_t *root_of(const json_t *entry, const json_t *live)
{
    json_t *node =
        live ? tree_node(live)
             : tree_reference(object_string(entry, "group"), object_string(entry, "version"),
                              object_string(entry, "kind"), object_string(entry, "namespace"),
                              object_string(entry, "name"), "");
    json_t *health = json_object_get(entry, "health");

    json_object_set(node, "status", json_object_get(entry, "status"));
    if (json_is_object(health)) /* of a script, maybe: the daemon knows better */
        json_object_set(node, "health", health);
    return node;
}

static const struct kube_resource *resource_of(const struct look *l, const json_t *entry)
{
    return kube_discovery_find(l->discovery, object_string(entry, "group"),
                               object_string(entry, "version"), object_string(entry, "kind"));
}

static void ask_for_roots(struct look *l, const json_t *entries)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (entries, i, entry) {
        const struct kube_resource *r = resource_of(l, entry);

        if (r && tree_has_children(r->group, r->kind))
            batch_add(&l->batch, kube_resource_path(r, object_string(entry, "namespace"),
                                                    object_string(entry, "name")));
    }
}

static void note_failure(struct look *l, const char *what, const struct error *err)
{
    json_array_append_new(l->notes, json_sprintf("%s: %s", what, error_message(err)));
}

/* What was asked for, in the same order. */
static void add_roots(struct look *l, const json_t *entries)
{
    size_t asked = 0;
    const json_t *entry;
    size_t i;

    json_array_foreach (entries, i, entry) {
        const struct kube_resource *r = resource_of(l, entry);
        const struct batch_request *request =
            r && tree_has_children(r->group, r->kind) ? &l->batch.items[asked++] : NULL;
        const json_t *live = request ? request->answer : NULL;
        cleanup_json json_t *node = root_of(entry, live);

        if (request && request->err && error_kind(request->err) != ERROR_NOT_FOUND)
            note_failure(l, request->path, request->err);
        tree_graph_add(&l->graph, node);
        if (live)
            tree_graph_expect(&l->graph, live, node);
    }
}

/* ---- what is below them ---- */

static void plan_list(void *arg, const struct kube_resource *r)
{
    struct look *l = arg;
    cleanup_free char *path = NULL;

    if (!r->can_list || !r->namespaced)
        return;
    path = kube_resource_path(r, l->namespace, NULL);
    if (map_has(&l->planned, path))
        return;
    map_set(&l->planned, path, l);
    batch_add(&l->batch, TAKE(path))->is_list = true;
    ptrvec_push(&l->kinds, (void *)r);
}

static void plan_lists(struct look *l)
{
    const json_t *node;
    size_t i;

    batch_clear(&l->batch);
    json_array_foreach (l->graph.nodes, i, node) {
        l->namespace = object_string(node, "namespace");
        if (*l->namespace && *object_string(node, "uid"))
            tree_child_kinds(l->discovery, object_string(node, "group"),
                             object_string(node, "kind"), plan_list, l);
    }
}

static void take_lists(struct look *l)
{
    for (size_t i = 0; i < l->batch.len; i++) {
        const struct batch_request *request = &l->batch.items[i];
        json_t *item;
        size_t j;

        if (request->err)
            note_failure(l, request->path, request->err);
        json_array_foreach (request->answer, j, item)
            tree_graph_take(&l->graph, l->kinds.items[i], item);
    }
    tree_graph_connect(&l->graph);
    if (tree_graph_is_full(&l->graph))
        json_array_append_new(l->notes, json_sprintf("there are more than %d objects with an owner "
                                                     "in these namespaces; not all are shown",
                                                     TREE_MAX_FOUND));
}

static int look(struct look *l, struct cluster *c, const json_t *app, struct error **err)
{
    const json_t *entries = json_object_get(json_object_get(app, "status"), "resources");

    progress_say("asking which kinds there are");
    if (cluster_discover(c, &l->discovery, err) < 0)
        return -1;
    progress_say("reading the objects of the application");
    ask_for_roots(l, entries);
    batch_run(&l->batch, c);
    add_roots(l, entries);
    progress_say("listing what belongs to them");
    plan_lists(l);
    batch_run(&l->batch, c);
    take_lists(l);
    return 0;
}

static void look_clear(struct look *l)
{
    batch_clear(&l->batch);
    ptrvec_clear(&l->kinds);
    map_clear(&l->planned);
    tree_graph_clear(&l->graph);
    json_decref(l->notes);
}

/* "deployment.apps/web" for each. */
static void put_names(const json_t *nodes, struct buf *out)
{
    const json_t *node;
    size_t i;

    json_array_foreach (nodes, i, node)
        print_name(out, object_string(node, "kind"), object_string(node, "group"),
                   object_string(node, "name"));
}

static int print(const struct look *l, const char *format, struct error **err)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (format && (streq(format, "json") || streq(format, "yaml"))) {
        cleanup_json json_t *tree =
            json_pack("{s:O, s:O}", "nodes", l->graph.nodes, "notes", l->notes);

        return print_document(tree, streq(format, "yaml"), err);
    }
    if (streq(format, "name"))
        put_names(l->graph.nodes, &text);
    else if (json_array_size(l->graph.nodes))
        tree_print(l->graph.nodes, l->notes, &text);
    print_text(&text);
    return 0;
}

static int tree_run(const struct invocation *in, struct error **err)
{
    __attribute__((cleanup(look_clear))) struct look l = {.notes = json_array()};
    cleanup_cluster struct cluster *c = NULL;
    cleanup_json json_t *app = NULL;

    tree_graph_init(&l.graph);
    if (cluster_open(in->options, &c, err) < 0 ||
        app_get(c, options_argument(in->options, 0), &app, err) < 0 || look(&l, c, app, err) < 0)
        return -1;
    if (!json_array_size(l.graph.nodes))
        print_note("%s has no objects yet, as far as its status says.",
                   options_argument(in->options, 0));
    return print(&l, options_text(in->options, "output"), err);
}

static const struct option_spec tree_options[] = {
    {"output", 'o', "table|json|yaml|name", "how it is printed"},
    {.name = NULL},
};

const struct verb tree_verb = {
    .name = "tree",
    .summary = "show what an Application's objects have become, down to the Pods",
    .arguments = "[NAMESPACE/]APP",
    .min_arguments = 1,
    .max_arguments = 1,
    .about =
        "Below each object stands what it owns: ReplicaSets, Pods, Jobs, EndpointSlices and so\n"
        "on. What is not healthy tells why: the container that cannot start, and its reason.\n"
        "Kinds that you may not list are named below the tree.\n",
    .examples = "gitopsctl tree shop\n"
                "gitopsctl tree shop -o json\n",
    .options = tree_options,
    .common = VERB_CLUSTER,
    .group = VERB_LOOK,
    .run = tree_run,
};
