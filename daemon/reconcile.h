/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile: what an application does next, as one explicit state machine.
 * Facts arrive from the stages (a revision, a render, an event, an outcome); each schedules the
 * application, and once per turn of the loop reconcile looks at all its facts and enters the state
 * that they demand (reconcile.c: next_state). A fact is never acted upon where it arrives.
 * The newest commit always wins: it pre-empts a wait, a backoff and a running operation.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_RECONCILE_H
#define GITOPSD_DAEMON_RECONCILE_H

#include "daemon/daemon.h"

/* Look at everything that is scheduled. */
void reconcile_run(struct daemon *d);

/* The Application is new, or changed: (re)subscribe to its source. */
void reconcile_app_changed(struct daemon *d, struct app *app, bool spec_changed);
/* Other things may be permitted. */
void reconcile_projects_changed(struct daemon *d);
/* It is gone: forget it; what it deployed stays. Frees the app. */
void reconcile_app_removed(struct daemon *d, struct app *app);

#endif
