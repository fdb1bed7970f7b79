/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/tree/tree_graph.h"

#include "daemon/object/identity.h"
#include "daemon/tree/tree_kinds.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static const struct kube_resource pod = {.group = "", .version = "v1", .kind = "Pod"};
static const struct kube_resource set = {.group = "apps", .version = "v1", .kind = "ReplicaSet"};
static const struct kube_resource claim = {
    .group = "", .version = "v1", .kind = "PersistentVolumeClaim"};

static json_t *object(const char *name, const char *uid, const char *owner)
{
    json_t *o =
        json_pack("{s:{s:s, s:s, s:s}}", "metadata", "name", name, "namespace", "ns", "uid", uid);

    if (owner)
        json_object_set_new(json_object_get(o, "metadata"), "ownerReferences",
                            json_pack("[{s:s, s:s, s:s, s:s}]", "apiVersion", "v1", "kind", "X",
                                      "name", "x", "uid", owner));
    return o;
}

static void take(struct tree_graph *g, const struct kube_resource *r, json_t *item)
{
    tree_graph_take(g, r, item);
    json_decref(item);
}

static void expect_nodes(const struct tree_graph *g, const char *names)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const json_t *node;
    size_t i;

    json_array_foreach (g->nodes, i, node)
        buf_printf(&text, "%s%s", i ? " " : "", object_string(node, "name"));
    EXPECT_STR(text.data, names);
}

static void add_root(struct tree_graph *g, const char *kind, const char *name, const char *uid,
                     const json_t *live)
{
    cleanup_json json_t *node = json_pack("{s:s, s:s, s:s, s:s}", "kind", kind, "namespace", "ns",
                                          "name", name, "uid", uid);

    tree_graph_add(g, node);
    tree_graph_expect(g, live, node);
}

TEST(what_has_an_owner_in_the_tree_belongs_to_it)
{
    __attribute__((cleanup(tree_graph_clear))) struct tree_graph g;

    tree_graph_init(&g);
    add_root(&g, "Deployment", "web", "1", NULL);
    take(&g, &pod, object("web-a", "3", "2")); /* before its owner */
    take(&g, &set, object("web", "2", "1"));
    take(&g, &pod, object("alone", "4", NULL));
    take(&g, &pod, object("other", "5", "9"));
    tree_graph_connect(&g);
    expect_nodes(&g, "web web web-a");
    EXPECT(!tree_graph_is_full(&g));
}

TEST(claims_belong_to_the_stateful_set_that_their_name_tells)
{
    __attribute__((cleanup(tree_graph_clear))) struct tree_graph g;
    cleanup_json json_t *live = json_pack("{s:{s:[{s:{s:s}}]}}", "spec", "volumeClaimTemplates",
                                          "metadata", "name", "data");

    tree_graph_init(&g);
    add_root(&g, "StatefulSet", "db", "1", live);
    take(&g, &claim, object("data-db-0", "2", NULL));
    take(&g, &claim, object("data-db-x", "3", NULL));
    take(&g, &claim, object("data-db", "4", NULL));
    tree_graph_connect(&g);
    expect_nodes(&g, "db data-db-0");
}

TEST(kinds_of_others_may_own_anything)
{
    EXPECT(tree_has_children("apps", "Deployment"));
    EXPECT(tree_has_children("", "Service"));
    EXPECT(tree_has_children("example.com", "Widget"));
    EXPECT(!tree_has_children("", "ConfigMap"));
    EXPECT(!tree_has_children("rbac.authorization.k8s.io", "Role"));
    EXPECT(!tree_has_children("argoproj.io", "Application"));
}
