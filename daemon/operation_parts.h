/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation_parts: inside operation only. operation.c opens an operation and runs it,
 * operation_end.c is what comes of it.
 */
#ifndef GITOPSD_DAEMON_OPERATION_PARTS_H
#define GITOPSD_DAEMON_OPERATION_PARTS_H

#include "daemon/daemon.h"
#include "daemon/sync/run.h"

/* It ends now. Takes `message`. */
void operation_close(struct daemon *d, struct app *app, const char *phase, char *message);
/* What is newer follows, and then is what the state of the operation tells (wants_successor). */
void operation_supersede(struct daemon *d, struct app *app);
/* Tried again as the same operation while its policy lets us, and by the automation for ever.
 * Takes `message`. */
void operation_failed(struct daemon *d, struct app *app, const char *phase, char *message);
/* The run of an application, `arg`, has ended. */
void operation_on_synced(void *arg, struct sync_outcome *outcome);

#endif
