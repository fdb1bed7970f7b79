/* SPDX-License-Identifier: Apache-2.0 */
/*
 * users: does something that runs still use a ConfigMap or Secret? The Pods of its namespace that
 * have not ended, and the ReplicaSets that are to have Pods, are asked for at that moment; nothing
 * of them is watched. A string of a pod's spec that equals the name counts as a use.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SYNC_USERS_H
#define GITOPSD_DAEMON_SYNC_USERS_H

#include "lib/kube/client.h"

/* `user` is one of those that use it, "ReplicaSet web-5d9c"; NULL: nobody, or it may not be seen.
 * `err` where that is not known for now. Both borrowed. */
typedef void users_done_fn(void *arg, const char *user, const struct error *err);

/* `done` runs exactly once, never before this returns. */
void users_find(struct kube_client *client, const char *ns, const char *name, users_done_fn *done,
                void *arg);

#endif
