/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_node: one live object as a node of Argo CD's ApplicationTree.
 * Source: Argo CD (argocd-behaviour 10.2); the status of a Pod in one word is kubectl's.
 * "Trouble" in the info of a Pod is ours: the container that waits or failed, and why:
 * `container "web": ImagePullBackOff: MESSAGE`.
 */
#ifndef GITOPSD_DAEMON_TREE_TREE_NODE_H
#define GITOPSD_DAEMON_TREE_TREE_NODE_H

#include <jansson.h>

/* {group, version, kind, namespace, name, uid}; what is empty is left out. New reference. */
json_t *tree_reference(const char *group, const char *version, const char *kind, const char *ns,
                       const char *name, const char *uid);

/* With its parents (ownerReferences), info, images, health, resourceVersion and createdAt. The
 * object says its apiVersion and kind. New reference. */
json_t *tree_node(const json_t *object);

#endif
