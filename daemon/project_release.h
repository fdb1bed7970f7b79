/* SPDX-License-Identifier: Apache-2.0 */
/*
 * project_release: an AppProject that is being deleted is held by its finalizer for as long as an
 * Application refers to it. Source: Argo CD (argocd-behaviour, 2.9).
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_PROJECT_RELEASE_H
#define GITOPSD_DAEMON_PROJECT_RELEASE_H

#include "daemon/daemon.h"

/* Let go those that nobody refers to. Before all Applications are known: none. */
void project_release(struct daemon *d);

#endif
