/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refresh: what a person asks for with the annotation argocd.argoproj.io/refresh.
 * "normal": the repository is asked now, and what it answers is compared. "hard": also, nothing of
 * before is used: everything is rendered again, and read from the cluster and compared again,
 * without the remembered answers of dry-runs. The annotation is removed with the write of the
 * status that tells the outcome; clients wait for that. Source: Argo CD (argocd-behaviour 1.10).
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_REFRESH_H
#define GITOPSD_DAEMON_REFRESH_H

#include "daemon/daemon.h"

/* Begin what was asked for, if it can begin now: a running operation is not disturbed. */
void refresh_begin(struct daemon *d, struct app *app);
/* The application is where it stays until something changes: is that the outcome? */
void refresh_end(struct app *app);

#endif
