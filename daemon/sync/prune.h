/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prune: which live objects of an application are superfluous, and which of them may go.
 * An object that another application wants is none of them: that one takes it over. Nor is a hook,
 * or a live object that Git has as a hook or to be skipped, or the destination's namespace while
 * the application asks for its creation.
 */
#ifndef GITOPSD_DAEMON_SYNC_PRUNE_H
#define GITOPSD_DAEMON_SYNC_PRUNE_H

#include "daemon/app/app.h"
#include "daemon/observe/observe.h"
#include "daemon/sync/task.h"

/* Does a live object carry the application's tracking id, and nobody wants it? */
bool plan_is_extra(const struct app *app, const struct object *object);
/* Is it one that may be deleted, and is not going already? */
bool plan_is_prunable(const struct app *app, const struct object *object);
/* Does it go when its application is deleted? So do hooks, but those that the deletion runs. */
bool plan_goes_with_app(const struct app *app, const struct object *object);
/* How many are extra? `that_count`: without those that ask not to count (IgnoreExtraneous). */
size_t plan_count_extra(const struct app *app, bool that_count);

/* Inside the plan: add what is superfluous, in no order, `wave` being that of the live object. */
void plan_add_prunes(struct plan *plan, const struct app *app, const struct observer *observer,
                     const struct plan_options *options);

#endif
