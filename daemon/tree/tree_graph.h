/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_graph: the nodes of a tree (tree_node.h) and what connects them: owner references, and the
 * parents that Argo CD infers (Endpoints of a Service, claims of a StatefulSet). Knows no cluster.
 *   roots: tree_graph_add, and tree_graph_expect for what they have below them
 *   all that may be below them, in any order but owners of claims first: tree_graph_take
 *   tree_graph_connect: `nodes` holds the roots, then all that is below them
 */
#ifndef GITOPSD_DAEMON_TREE_TREE_GRAPH_H
#define GITOPSD_DAEMON_TREE_TREE_GRAPH_H

#include "lib/base/map.h"
#include "lib/kube/client.h"

#include <jansson.h>

#define TREE_MAX_FOUND 20000 /* objects with an owner in the namespaces that are looked at */

struct tree_graph {
    json_t *nodes;
    json_t *found;   /* nodes that have a parent somewhere */
    json_t *parents; /* inferred ones: a reference by "KIND NAMESPACE/NAME" of the child */
    struct map uids; /* of `nodes` */
};

void tree_graph_init(struct tree_graph *g);
void tree_graph_clear(struct tree_graph *g);

/* A node of the tree. Shares it. */
void tree_graph_add(struct tree_graph *g, json_t *node);
/* What a node leads to expect; `object` is the desired or the live one, and may be NULL. */
void tree_graph_expect(struct tree_graph *g, const json_t *object, const json_t *node);
/* An item of a list of that kind, which becomes a whole object in place. */
void tree_graph_take(struct tree_graph *g, const struct kube_resource *r, json_t *item);
void tree_graph_connect(struct tree_graph *g);
/* Was something left out because there was too much? */
bool tree_graph_is_full(const struct tree_graph *g);

#endif
