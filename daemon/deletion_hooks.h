/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deletion_hooks: the PreDelete and PostDelete hooks of an Application that is being deleted.
 * A hook that exists is never created again: how it went is read off the live object, so that a
 * restart repeats nothing. Source: Argo CD (argocd-behaviour, 1.11).
 * Thread: the loop thread. Answers and events schedule the application.
 */
#ifndef GITOPSD_DAEMON_DELETION_HOOKS_H
#define GITOPSD_DAEMON_DELETION_HOOKS_H

#include "daemon/daemon.h"
#include "daemon/object/hook.h"
#include "lib/base/error.h"

/*
 * Create those of app->desired that are missing. True: all of them have succeeded. `*waits` (heap):
 * what is awaited. ERROR_INVALID: some failed, and are deleted; or one cannot be created.
 * `user`: as whom; NULL: as ourselves.
 */
bool deletion_hooks_run(struct daemon *d, struct app *app, enum hook_type type, const char *user,
                        char **waits, struct error **err);

/* Delete live hooks by their policies and by how they went together. True: nothing is left to wait
 * for. */
bool deletion_hooks_clean(struct daemon *d, struct app *app, enum hook_type type, const char *user,
                          char **waits);

#endif
