/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: what an operation does, as ordered tasks. A pure function of the desired objects, what is
 * known of the live ones, and the options; sync/order.h has the order.
 */
#ifndef GITOPSD_DAEMON_SYNC_PLAN_H
#define GITOPSD_DAEMON_SYNC_PLAN_H

#include "daemon/app/app.h"
#include "daemon/observe/observe.h"
#include "daemon/sync/task.h"

void plan_build(struct plan *plan, const struct app *app, const struct observer *observer,
                const struct plan_options *options);

/* Are managedNamespaceMetadata others than those that were written last? */
bool plan_namespace_differs(const struct app *app);
/* Has a person approved what is to be deleted (annotation argocd.argoproj.io/deletion-approved),
 * not before the operation or deletion started? */
bool plan_is_approved(const struct app *app, int64_t started_ms);

#endif
