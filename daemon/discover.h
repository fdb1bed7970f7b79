/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discover: what the API server serves, asked for at the start, when its definitions change and
 * while something that is wanted is missing; and all parts hear of it. Before the settings are
 * known, which come from the cluster as well, nothing is watched.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_DISCOVER_H
#define GITOPSD_DAEMON_DISCOVER_H

#include "daemon/daemon.h"

/* Ask now, unless that is under way. */
void discover_refresh(struct daemon *d);
/* For struct served: what is under way may not show what has just changed. */
void discover_again(void *daemon);
/* Ask where the application declares a kind that was not served so far. */
void discover_kinds_of(struct daemon *d, const struct app *app);

#endif
