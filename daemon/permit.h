/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permit: what its project lets an application do. The answers are kept with the application
 * (app->project, app->refusal) and its desired objects (app/permission.h), and followed whenever
 * the spec, the project or the desired objects change. Nothing is fetched, written or deleted that
 * is not permitted. Source: Argo CD (argocd-behaviour, 2.4). Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_PERMIT_H
#define GITOPSD_DAEMON_PERMIT_H

#include "daemon/daemon.h"
#include "daemon/sync/plan.h"

/* Look at the project again. Returns whether the application is now permitted where it was not, or
 * the other way round. */
bool permit_follow(struct daemon *d, struct app *app);
/* Why the repository must not be read for it: its credentials are another project's. NULL: it may.
 * Heap string. Source: Argo CD (argocd-behaviour, 7.2); there it is asked without credentials. */
char *permit_repository(const struct app *app, const char *url);

/* Look at the sync windows of its project again: app->shut, app->shut_until_ms. */
void permit_look_at_windows(struct app *app);

/* As whom the application is synced and deleted (heap); NULL: as ourselves. ERROR_DENIED,
 * ERROR_INVALID: there has to be somebody, and there is not. */
int permit_user(const struct daemon *d, const struct app *app, char **user, struct error **err);

/*
 * What of a plan is not permitted: one result for each such task, instead of those that are there,
 * and the message of the operation that failed because of it (heap). False: nothing, and nothing is
 * set.
 */
bool permit_refuses(const struct app *app, const struct plan *plan, struct sync_result **results,
                    size_t *count, char **message);

#endif
