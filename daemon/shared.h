/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared: does another application, here or in another installation, say that an object of this one
 * is its own? Source: Argo CD (argocd-behaviour, "Pipeline": SharedResourceWarning).
 * An object that another application has dropped moves, and is not shared: it is adopted. (Argo CD
 * calls it shared until the other one has pruned it, which here would be never.)
 */
#ifndef GITOPSD_DAEMON_SHARED_H
#define GITOPSD_DAEMON_SHARED_H

#include "daemon/observe/observe.h"

/* Such objects and who else they belong to, as the condition says it. Heap string, or NULL. */
char *shared_objects(const struct app *app, const struct observer *observer);

#endif
