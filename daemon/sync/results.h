/* SPDX-License-Identifier: Apache-2.0 */
/*
 * results: what became of each task of an operation, in app->op.results: they are told while the
 * operation runs, and are what the next process knows of it.
 * Source: Argo CD, status.operationState.syncResult.resources.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SYNC_RESULTS_H
#define GITOPSD_DAEMON_SYNC_RESULTS_H

#include "daemon/app/app.h"
#include "daemon/sync/plan.h"

/* kubectl's name of an object: "deployment.apps/web". Heap string. */
char *task_display_name(const struct task *t);
/* "Deployment web/frontend", for sentences. Heap string. */
char *task_title(const struct task *t);
/* "apps/Deployment/web", as Argo CD names what it waits for. Heap string. */
char *task_path(const struct task *t);

/* That of a task of which nothing is known yet; not in any list. Takes `message`. */
struct sync_result result_of_task(const struct task *t, char *message);
/* The result of a task, made where there is none yet: its index in op->results. */
size_t results_of_task(struct app_operation *op, const struct task *t);
/* Takes `message`; NULL keeps what it said before. `status` NULL likewise. */
void results_set(struct app_operation *op, size_t index, const char *status, const char *hook_phase,
                 char *message);
/* What an earlier process told of this task; NULL: nothing. */
const struct sync_result *results_find(const struct app_operation *op, const struct task *t);
/* Forget all but what is known of hooks: the rest is done again. */
void results_keep_hooks(struct app_operation *op);
void results_clear(struct app_operation *op);

#endif
