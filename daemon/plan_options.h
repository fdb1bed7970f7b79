/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_options: what the next operation of an application asks of its plan: what a person wrote
 * into the field `operation`, or else what the automation of its spec wants. One that is open goes
 * on as it began.
 * Options that a request does not name are those of the spec: whoever asks with kubectl means the
 * application as it is. (Argo CD's own clients copy them; its controller takes none.)
 */
#ifndef GITOPSD_DAEMON_PLAN_OPTIONS_H
#define GITOPSD_DAEMON_PLAN_OPTIONS_H

#include "daemon/daemon.h"
#include "daemon/sync/plan.h"

/* Of an application that has been rendered; `request` is its wants_requested(). `revision` is
 * borrowed from the one, `resources` from the other; `started_ms` is now, or when the open
 * operation started. */
struct plan_options plan_options_next(const struct daemon *d, const struct app *app,
                                      const json_t *request);
/* Likewise of a sync of the whole application that somebody may ask for; with `prune`, whatever
 * the spec says. */
struct plan_options plan_options_full(const struct daemon *d, const struct app *app,
                                      const json_t *request, bool prune);

#endif
