/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin: while an operation names its own revision or source, those count instead of the spec's.
 * The pinned sources are fetched and rendered like any other: the application goes through
 * APP_SOURCE and APP_RENDER, and app->desired is what the operation wants until follow_unpin.
 * Nothing is kept on disk or in the cluster: after a restart the operation in the status is pinned
 * again.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_APP_PIN_H
#define GITOPSD_DAEMON_APP_PIN_H

#include "daemon/app/app.h"

/*
 * `sync` is operation.sync: `source` or `sources` replace those of the spec (a rollback),
 * `revision` or `revisions` what they are at: branches, tags, constraints or commits, which need
 * not be at the end of a branch. "" leaves it to the source. A revision that is the one the
 * application is at stays there, also when the branch moves on. Where nothing of that is named,
 * `*out` is NULL: the application is not pinned and follows on.
 * ERROR_INVALID, ERROR_UNSUPPORTED: the operation names what cannot be used, ERROR_DENIED: what
 * the project does not permit.
 */
int pin_read(const struct app *app, const json_t *sync, struct app_pin **out, struct error **err);
void pin_free(struct app_pin *pin);

bool app_is_pinned(const struct app *app);
/* Why what is pinned cannot be fetched or rendered; NULL: it is, or it will be. Borrowed. */
const char *app_pin_problem(const struct app *app);

/* The sources that count now, NULL while the spec cannot be used. */
const struct app_sources *app_sources_now(const struct app *app);
/* Were the rendered revision and these sources synced already? Then what differs now is drift,
 * whatever else of the spec was edited meanwhile (argocd-behaviour, 3.4). */
bool app_is_synced(const struct app *app);
/* What source `i` is pinned to; NULL: what it says itself. */
const char *pin_revision(const struct app *app, size_t i);
/* ... where that commit is known to be in the clone. */
const char *pin_commit(const struct app *app, size_t i);
/* Of what a render depends on besides the spec; 0: nothing. */
uint64_t pin_hash(const struct app *app);

#endif
