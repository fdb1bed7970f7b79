/* SPDX-License-Identifier: Apache-2.0 */
/*
 * takeover: from standing by to acting, and back.
 * Who stands by does all but write: it watches, fetches, renders and compares. When it has the
 * lease, another process has acted until then, so that it goes on as one that was just started: it
 * lists the Applications anew, believes their status and nothing that it found out about their
 * operations before, and acts when the list is complete.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_TAKEOVER_H
#define GITOPSD_DAEMON_TAKEOVER_H

#include "daemon/daemon.h"

#include <jansson.h>

/* The lease is ours. */
void takeover_begin(struct daemon *d);
/* An Application of the list that follows. True when its spec changed in a way that matters. */
bool takeover_app(struct daemon *d, struct app *app, const json_t *application);

#endif
