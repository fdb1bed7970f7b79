/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule: which applications are looked at in this turn of the loop (reconcile.h), and when the
 * next one is due. Whoever brings a fact schedules the application that it is about, and does no
 * more.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SCHEDULE_H
#define GITOPSD_DAEMON_SCHEDULE_H

#include "daemon/daemon.h"

/* Look at the application in this turn of the loop. */
void schedule_app(struct daemon *d, struct app *app);
void schedule_all(struct daemon *d);

/* When the next backoff ends, or something else is due (monotonic ms); 0: nothing is. */
uint64_t schedule_next_ms(const struct daemon *d);
/* Look at those whose time has come. */
void schedule_due(struct daemon *d);
/* Transient failures are worth another try at once: the cluster answers again. */
void schedule_transient(struct daemon *d);

#endif
