/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service: tells the service manager how it is (notify.h).
 *   READY=1      when the start is over: configuration read, state directory and port taken. An API
 *                server that is away is no failed start; STATUS= tells that it is waited for.
 *   STATUS=      one line of what it does, when that changes, at most once a second
 *   RELOADING=1  when a reload begins, with its time; READY=1 when it is over
 *   WATCHDOG=1   twice in each interval, while no stage is stuck (progress.h)
 *   STOPPING=1   when it begins to stop
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SERVICE_H
#define GITOPSD_DAEMON_SERVICE_H

#include "daemon/daemon.h"

struct service *service_new(struct daemon *d);
/* Says that it stops. Run the loop once more. */
void service_free(struct service *s);

void service_ready(struct service *s);
void service_reloading(struct service *s);
/* What it does may have changed. */
void service_wake(struct service *s);

#endif
