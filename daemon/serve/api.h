/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api: the routes of the HTTP server.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SERVE_API_H
#define GITOPSD_DAEMON_SERVE_API_H

#include "daemon/daemon.h"
#include "lib/base/error.h"

/* Makes d->server. */
int daemon_serve(struct daemon *d, struct error **err);

#endif
