/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look: a GET of an object of which what is known is out of date, and that nobody will write: the
 * answer is taken like an event.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_LOOK_H
#define GITOPSD_DAEMON_LOOK_H

#include "daemon/daemon.h"

/* At what was seen otherwise than desired (`unseen`); `at_stale`: also at what was judged by what
 * was desired before. One look is not begun before the last one is over. */
void look_again(struct daemon *d, struct app *app, bool at_stale);
/* At what this application tracks and was nobody's when it was seen: its health script has not
 * run. */
void look_at_unasked(struct daemon *d, struct app *app);

#endif
