/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ignoring: which differences do not count for an application: its own rules and those of the
 * settings, put together (app->ignore; compare/ignore.h).
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_IGNORING_H
#define GITOPSD_DAEMON_IGNORING_H

#include "daemon/daemon.h"

/* Put together what counts now. True when other differences are ignored than before. */
bool ignoring_update(const struct daemon *d, struct app *app);
/* The settings have other rules: compare anew what that concerns. */
void ignoring_changed(struct daemon *d);

#endif
