/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deletion: the end of an Application with a resources finalizer: what it deployed is deleted,
 * then the finalizer goes.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_DELETION_H
#define GITOPSD_DAEMON_DELETION_H

#include "daemon/daemon.h"

/* Do the next step; called again whenever something changed. */
void deletion_continue(struct daemon *d, struct app *app);

#endif
