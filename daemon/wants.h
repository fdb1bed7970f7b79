/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wants: what an application's facts ask for: is there drift, may and must something be pruned, is
 * a sync due. Pure functions of the application and of what is observed.
 */
#ifndef GITOPSD_DAEMON_WANTS_H
#define GITOPSD_DAEMON_WANTS_H

#include "daemon/daemon.h"

#include <jansson.h>

/* How many of the objects that this application applies are not as desired (sync/drift.h). */
size_t wants_drifted(const struct daemon *d, const struct app *app);

/* Only when every application of this moment has been rendered is it certain that nobody wants an
 * object that one of them dropped. */
bool wants_may_prune(const struct daemon *d);
/* What a prune would delete now: nothing of a kind whose watch fails. */
size_t wants_prunable(const struct app *app);
/* What a prune would concern, whether it is possible now or not. */
size_t wants_owed(const struct app *app);
/* Would pruning leave nothing of the application? Argo CD's allowEmpty guards against it. */
bool wants_wipe_out(const struct app *app);
bool wants_prune(const struct daemon *d, const struct app *app);
/* Does a person ask to prune what is there, and may not be pruned yet? */
bool wants_renders(const struct daemon *d, const struct app *app);

/* Has an operation begun, and not ended (operation.h)? */
bool operation_is_open(const struct app *app);
/* Does a person ask for an operation (.operation) that has not begun? */
bool wants_operation(const struct app *app);
/* What a person asks for, begun or not: `operation` of an Application; NULL: nobody does. New
 * reference. */
json_t *wants_requested(const struct app *app);
bool wants_request(const struct app *app);
/* Did an operation of the automation give way to something newer? Then that is synced as a whole,
 * even where nothing is left to write: else its state would stay that of what is past. */
#define OPERATION_SUPERSEDED "superseded by "
bool wants_successor(const struct app *app);
bool wants_sync(const struct daemon *d, const struct app *app);

/* Is there an object that exists and is still to be compared (jq is asked, or other differences
 * count than before)? */
bool wants_judgement(const struct daemon *d, const struct app *app);

/* Has everything been looked for that the application may own? */
bool wants_known_kinds(const struct daemon *d, const struct app *app);

#endif
