/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff: what a sync of an application would change in the cluster, for people. Made on demand: the
 * live objects that differ are read, and the server says by a dry run what it would make of ours.
 * What only the server writes (managedFields, status, versions) is left out; values of Secrets are
 * digests, so that changed and unchanged can be told apart and nothing can be read.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_DIFF_H
#define GITOPSD_DAEMON_DIFF_H

#include "daemon/daemon.h"

#include <jansson.h>

/*
 * `objects` (borrowed): an array in the order of writing, then of what would be pruned:
 * {"group", "version", "kind", "namespace", "name", "change": "create", "update", "prune" or
 *  "none", "changes": what json_diff says, "unified": text as of `git diff`, "error": why this one
 *  could not be compared}; "error" stands instead of the two before it.
 */
typedef void diff_done_fn(void *arg, const json_t *objects);
/* `done` runs exactly once, never before this returns, also when the daemon stops meanwhile. */
void diff_start(struct daemon *d, const struct app *app, diff_done_fn *done, void *arg);

#endif
