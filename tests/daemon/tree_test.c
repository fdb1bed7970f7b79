/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app_object.h"
#include "daemon/observe/observe.h"
#include "daemon/tree.h"

#include "tests/daemon/cluster.h"

#define WEB                                                                                        \
    "{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'web', 'namespace': "    \
    "'fix', 'uid': 'u-web', 'resourceVersion': '7', 'creationTimestamp': '2026-01-01T00:00:00Z', " \
    "'annotations': {'argocd.argoproj.io/tracking-id': 'web:apps/Deployment:fix/web'}}}"
#define OWNED                                                                                      \
    "{'metadata': {'name': '%s', 'namespace': 'fix', 'uid': '%s', 'ownerReferences': "             \
    "[{'apiVersion': 'apps/v1', 'kind': '%s', 'name': 'x', 'uid': '%s'}]}}"

struct fixture {
    struct cluster cluster;
    struct daemon d;
    struct app *app;
    json_t *tree; /* of the last answer */
};

static void on_tree(void *arg, const json_t *tree)
{
    struct fixture *f = arg;

    EXPECT_NULL(f->tree);
    f->tree = json_deep_copy(tree);
}

/* An application that wants the Deployment "web", which is there. */
static void setup(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    cluster_start(&f->cluster);
    f->d.loop = &f->cluster.loop;
    f->d.client = f->cluster.client;
    f->d.discovery = f->cluster.discovery;
    f->d.settings = settings_default();
    f->app = parts_app("web");
    f->d.judge = judge_new(f->cluster.client);
    f->d.observer =
        observer_new(f->cluster.client, f->d.judge, parts_on_changed, parts_on_recovered, f);
    observer_set_discovery(f->d.observer, f->cluster.discovery);
    observer_add_app(f->d.observer, f->app);
    cluster_set_list(&f->cluster, "deployments", parse("[" WEB "]"));
    f->app->desired = parts_desired(
        "web", parse("[{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': "
                     "'web'}}, {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': "
                     "'none'}}]"));
    observer_want(f->d.observer, f->app, NULL);
    CLUSTER_UNTIL(&f->cluster, map_has(&f->cluster.streams, "deployments") &&
                                   map_has(&f->cluster.streams, "configmaps"));
}

static void teardown(struct fixture *f)
{
    observer_free(f->d.observer);
    app_free(f->app);
    settings_unref(f->d.settings);
    judge_stop(f->d.judge);
    cluster_stop(&f->cluster);
    judge_free(f->d.judge);
    EXPECT(f->tree); /* whatever happened, it was answered */
    json_decref(f->tree);
}

static void ask(struct fixture *f)
{
    tree_start(&f->d, f->app, on_tree, f);
    EXPECT_NULL(f->tree);
    CLUSTER_UNTIL(&f->cluster, f->tree);
}

static const json_t *node(const struct fixture *f, const char *name)
{
    const json_t *n;
    size_t i;

    json_array_foreach (json_object_get(f->tree, "nodes"), i, n) {
        if (streq(object_string(n, "name"), name))
            return n;
    }
    return NULL;
}

static void expect_nodes(const struct fixture *f, size_t count)
{
    EXPECT_INT(json_array_size(json_object_get(f->tree, "nodes")), count);
}

TEST(descendants_are_found_in_any_order)
{
    struct fixture f;

    setup(&f);
    cluster_set_list(&f.cluster, "replicasets",
                     json_pack("[o, o]", parsef(OWNED, "inner", "u-inner", "ReplicaSet", "u-outer"),
                               parsef(OWNED, "outer", "u-outer", "Deployment", "u-web")));
    cluster_set_list(&f.cluster, "pods",
                     json_pack("[o, o]", parsef(OWNED, "pod", "u-pod", "ReplicaSet", "u-inner"),
                               parsef(OWNED, "strange", "u-strange", "ReplicaSet", "u-else")));
    ask(&f);
    expect_nodes(&f, 5);
    EXPECT_STR(object_string(node(&f, "web"), "createdAt"), "2026-01-01T00:00:00Z");
    EXPECT_STR(object_string(node(&f, "pod"), "kind"), "Pod");
    EXPECT_STR(object_string(node(&f, "inner"), "group"), "apps");
    EXPECT_NULL(node(&f, "strange"));
    EXPECT_STR(object_string(json_object_get(node(&f, "none"), "health"), "status"), "Missing");
    EXPECT_INT(json_array_size(json_object_get(f.tree, "notes")), 0);
    teardown(&f);
}

TEST(owners_in_a_circle_are_no_trouble)
{
    struct fixture f;

    setup(&f);
    cluster_set_list(&f.cluster, "replicasets",
                     json_pack("[o, o]", parsef(OWNED, "a", "u-a", "ReplicaSet", "u-b"),
                               parsef(OWNED, "b", "u-b", "ReplicaSet", "u-a")));
    ask(&f);
    expect_nodes(&f, 2);
    teardown(&f);
}

TEST(a_kind_that_may_not_be_listed_is_a_note_and_the_rest_is_there)
{
    struct fixture f;

    setup(&f);
    map_set(&f.cluster.denied, "pods", &f);
    cluster_set_list(&f.cluster, "replicasets",
                     json_pack("[o]", parsef(OWNED, "outer", "u-outer", "Deployment", "u-web")));
    ask(&f);
    expect_nodes(&f, 3);
    EXPECT_STR(json_string_value(json_array_get(json_object_get(f.tree, "notes"), 0)),
               "Pod in namespace fix cannot be listed: may not list");
    teardown(&f);
}

TEST(nothing_is_asked_for_while_the_daemon_stops)
{
    struct fixture f;

    setup(&f);
    free(f.cluster.last_list);
    f.cluster.last_list = NULL;
    tree_start(&f.d, f.app, on_tree, &f);
    f.d.stopping = true;
    CLUSTER_UNTIL(&f.cluster, f.tree);
    EXPECT_NULL(f.cluster.last_list);
    expect_nodes(&f, 2);
    teardown(&f);
}

TEST(the_answer_comes_also_when_the_client_ends_first)
{
    struct fixture f;

    setup(&f);
    tree_start(&f.d, f.app, on_tree, &f);
    for (int i = 0; i < 3; i++)
        uv_run(&f.cluster.loop, UV_RUN_NOWAIT);
    f.d.stopping = true;
    teardown(&f);
}
