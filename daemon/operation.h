/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation: one sync of an application, from what asks for it (the automation of its spec, or a
 * person with the field `operation`) to its outcome in app->op.
 *
 * An operation is open while its phase is Running or Terminating. An open one that does not run
 * waits: for the revision that it names, for the time of its next try, or it was taken over from an
 * earlier process and is carried on. What is newer always goes first: another revision ends an
 * automated operation wherever it stands, and so does a person who asks for something else.
 * Source: Argo CD (argocd-behaviour 1.8, 1.9, 5.1, 5.9, 5.10). Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_OPERATION_H
#define GITOPSD_DAEMON_OPERATION_H

#include "daemon/daemon.h"

/* Look at what a person asks for: a new operation, or the end of the one at hand. Before anything
 * else that reconcile does. */
void operation_follow(struct daemon *d, struct app *app);
/* Open one where none is, and run it. */
void operation_start(struct daemon *d, struct app *app);
/* A sync window keeps the open one from running: it says so. */
void operation_block(struct app *app);
/* Take our finalizer from what is held by it: nobody waits for it any more. */
void operation_release_hooks(struct daemon *d, struct app *app);
/* ... and from what is being deleted by others, while nothing runs: else its namespace would not
 * end either, in which no operation can succeed. */
void operation_release_going(struct daemon *d, struct app *app);
/* One of d->runs is over. */
void operation_run_ended(struct daemon *d);

#endif
