/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duty: this process begins to write, and ceases to. What is between is told in takeover.h.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_DUTY_H
#define GITOPSD_DAEMON_DUTY_H

#include "daemon/daemon.h"

/* Of a takeover: all Applications that exist have been told. The caller has them looked at. Nothing
 * happens where none was under way. */
void duty_act(struct daemon *d);
/* The lease is lost: what is on the wire is cancelled. */
void duty_stand_by(struct daemon *d);

#endif
