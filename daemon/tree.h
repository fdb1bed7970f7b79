/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree: what an application's objects have become in the cluster: Argo CD's ApplicationTree.
 * The roots are its desired and tracked objects. Their descendants are found by owner references
 * and by the parents that Argo CD infers (Endpoints of a Service, claims of a StatefulSet), in
 * lists of the kinds that such roots may own, in their namespaces. Made on demand; nothing of it
 * is kept. One list is under way at a time for each tree.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_TREE_H
#define GITOPSD_DAEMON_TREE_H

#include "daemon/daemon.h"

#include <jansson.h>

/*
 * `tree` (borrowed): {"nodes": [...], "orphanedNodes": [...], "hosts": [], "notes": [strings]}. A
 * note says which kind could not be listed where, and why: its objects are missing from the tree.
 */
typedef void tree_done_fn(void *arg, const json_t *tree);
/* `done` runs exactly once, never before this returns, also when the daemon stops meanwhile. */
void tree_start(struct daemon *d, const struct app *app, tree_done_fn *done, void *arg);

#endif
