/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_print: a plan for people and for programs. No value of an object is in it.
 */
#ifndef GITOPSD_DAEMON_SYNC_PLAN_PRINT_H
#define GITOPSD_DAEMON_SYNC_PLAN_PRINT_H

#include "daemon/sync/plan.h"
#include "lib/base/buf.h"

/*
 * {"application": "NAMESPACE/NAME", "revision", "guard" (why a person has to approve; absent: no
 * need), "groups": [{"phase", "wave", "steps": [[task, ...], ...]}, ...]}; a task is {"action":
 * "create" (the namespace), "apply", "hook", "prune" or "none", "group", "version", "kind",
 * "namespace", "name", "reason" (text; absent where there is none), "options": ["Replace=true",
 * ...], "confirm": true where a person has to approve}. New reference.
 */
json_t *plan_json(const struct plan *plan, const struct app *app, const struct observer *observer);
/* What plan_json says, as lines: first a summary, then one for each group and task. The number
 * before a task is its step. */
void plan_text(const json_t *plan, struct buf *out);

#endif
