/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events: Kubernetes Events about Applications, with Argo CD's reasons, types and messages.
 * Source: Argo CD (argocd-behaviour 10.1).
 *   ResourceUpdated     "Updated sync status: OLD -> NEW", "Updated health status: OLD -> NEW"
 *   OperationStarted    "Initiated automated sync to 'REVISION'"
 *   OperationCompleted  "Sync operation to REVISION succeeded", "... failed: MESSAGE" (Warning);
 *                       "Partial sync operation to ..." where only some objects were asked for
 *   StatusRefreshed     "Unable to delete application resources: ..." (Warning)
 * They tell what the status says, and so are made when it has been written: what came and went
 * between two writes is not told. One that repeats is counted for half a minute before it is sent
 * again; an application has 25, and one more every 30 s. One that cannot be sent is dropped.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_EVENTS_H
#define GITOPSD_DAEMON_EVENTS_H

#include "daemon/app/app.h"
#include "lib/kube/client.h"

struct events;

/* `reasons`: "all", "none", or reasons separated by commas; borrowed. */
struct events *events_new(uv_loop_t *loop, struct kube_client *client, const char *reasons);
/* Before the client; what has not been sent is dropped. */
void events_free(struct events *e);
/* The kind Event of the core group; NULL: nothing is sent. */
void events_set_resource(struct events *e, const struct kube_resource *r);
/* Fewer at once while operations have work for the API server. */
void events_set_busy(struct events *e, bool busy);

/* The status of the application was written and says this: tell what is new. `sync` is static. */
void events_tell(struct events *e, struct app *app, const char *sync);

struct events_stats {
    uint64_t sent;
    uint64_t dropped; /* too many, or refused by the API server */
};
struct events_stats events_stats(const struct events *e);

#endif
