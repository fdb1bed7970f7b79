/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/tree/tree_graph.h"

#include "daemon/object/identity.h"
#include "daemon/tree/tree_node.h"
#include "lib/doc/yaml.h"

#include <ctype.h>

void tree_graph_init(struct tree_graph *g)
{
    *g =
        (struct tree_graph){.nodes = json_array(), .found = json_array(), .parents = json_object()};
}

void tree_graph_clear(struct tree_graph *g)
{
    map_clear(&g->uids);
    json_decref(g->nodes);
    json_decref(g->found);
    json_decref(g->parents);
}

bool tree_graph_is_full(const struct tree_graph *g)
{
    return json_array_size(g->found) == TREE_MAX_FOUND;
}

void tree_graph_add(struct tree_graph *g, json_t *node)
{
    const char *uid = object_string(node, "uid");

    if (*uid)
        map_set(&g->uids, uid, g);
    json_array_append(g->nodes, node);
}

static bool has_known_parent(const struct tree_graph *g, const json_t *node)
{
    const json_t *parent;
    size_t i;

    json_array_foreach (json_object_get(node, "parentRefs"), i, parent) {
        if (map_has(&g->uids, object_string(parent, "uid")))
            return true;
    }
    return false;
}

/* One generation after the other. */
void tree_graph_connect(struct tree_graph *g)
{
    bool grows = true;

    while (grows) {
        json_t *node;
        size_t i;

        grows = false;
        json_array_foreach (g->found, i, node) {
            if (map_has(&g->uids, object_string(node, "uid")) || !has_known_parent(g, node))
                continue;
            tree_graph_add(g, node);
            grows = true;
        }
    }
}

/* ---- inferred parents ---- */

/* Source: Argo CD: claims are named TEMPLATE-STATEFULSET-NUMBER. */
static void expect_claims(struct tree_graph *g, const json_t *stateful_set, json_t *reference)
{
    const json_t *template;
    size_t i;

    json_array_foreach (
        json_object_get(json_object_get(stateful_set, "spec"), "volumeClaimTemplates"), i,
        template) {
        cleanup_free char *key =
            xasprintf("PersistentVolumeClaim %s/%s-%s", object_string(reference, "namespace"),
                      object_meta_string(template, "name"), object_string(reference, "name"));

        json_object_set(g->parents, key, reference);
    }
}

static void expect_endpoints(struct tree_graph *g, json_t *reference)
{
    cleanup_free char *key = xasprintf("Endpoints %s/%s", object_string(reference, "namespace"),
                                       object_string(reference, "name"));

    json_object_set(g->parents, key, reference);
}

void tree_graph_expect(struct tree_graph *g, const json_t *object, const json_t *node)
{
    const char *kind = object_string(node, "kind");
    cleanup_json json_t *reference = tree_reference(
        object_string(node, "group"), object_string(node, "version"), kind,
        object_string(node, "namespace"), object_string(node, "name"), object_string(node, "uid"));

    if (streq(kind, "StatefulSet"))
        expect_claims(g, object, reference);
    else if (streq(kind, "Service"))
        expect_endpoints(g, reference);
}

static json_t *inferred_parent(const struct tree_graph *g, const json_t *node)
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
    return json_object_get(g->parents, key);
}

void tree_graph_take(struct tree_graph *g, const struct kube_resource *r, json_t *item)
{
    cleanup_json json_t *node = NULL;
    json_t *parent;

    json_object_set_new(item, "kind", json_string(r->kind));
    json_object_set_new(item, "apiVersion",
                        *r->group ? json_sprintf("%s/%s", r->group, r->version)
                                  : json_string(r->version));
    node = tree_node(item);
    tree_graph_expect(g, item, node);
    parent = inferred_parent(g, node);
    if (parent && !json_object_get(node, "parentRefs"))
        json_object_set_new(node, "parentRefs", json_pack("[O]", parent));
    if (json_object_get(node, "parentRefs") && json_array_size(g->found) < TREE_MAX_FOUND)
        json_array_append(g->found, node);
}
