/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permission: which objects the project of an application (app->project) lets it have. Source:
 * Argo CD (argocd-behaviour, 2.4). Before the project is known everything is permitted.
 */
#ifndef GITOPSD_DAEMON_APP_PERMISSION_H
#define GITOPSD_DAEMON_APP_PERMISSION_H

#include "daemon/app/app.h"

/* Mark which of its desired objects are not permitted (desired->denial). */
void permission_mark(struct app *app);
/* May the live object with this key be seen as the application's own, and be deleted with it? */
bool permission_has_key(const struct app *app, const char *key);
/* Why it may not be written. NULL: it may. Heap string. */
char *permission_refusal(const struct app *app, const char *key);

#endif
