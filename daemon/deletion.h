/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deletion: the end of an Application, as its finalizers ask for it: PreDelete hooks, what it
 * deployed (highest wave first, the next one when that is gone), PostDelete hooks, hooks cleaned
 * up; each finalizer goes when its part is done. What is waited for and what fails are conditions
 * (DeletionWarning, DeletionError). Source: Argo CD (argocd-behaviour, 1.11).
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_DELETION_H
#define GITOPSD_DAEMON_DELETION_H

#include "daemon/daemon.h"

/* Do what is next. */
void deletion_continue(struct daemon *d, struct app *app);
/* Its hooks cannot run, because its manifests cannot be had. */
void deletion_is_blocked(struct app *app, const char *why);

#endif
