/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation: one sync of an application, from its start to its outcome in app->op: backoff, the
 * history entry, repairs and what a person asked for.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_OPERATION_H
#define GITOPSD_DAEMON_OPERATION_H

#include "daemon/daemon.h"

void operation_start(struct daemon *d, struct app *app);
/* Is the request that is next one that cannot be served? Then it has ended. */
bool operation_refuse(struct daemon *d, struct app *app);
/* A sync window keeps the request that is next from starting: app->op says so. */
void operation_block(struct app *app);
/* The process that started app->op did not live to see its end: say how it ended. */
void operation_finish_inherited(struct app *app, bool all_done);
/* One of d->runs is over. */
void operation_run_ended(struct daemon *d);

#endif
