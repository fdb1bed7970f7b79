/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress: whether each stage gets on with what it has to do. Each has deadlines of its own, so
 * that a stage which gets on with nothing for longer than these is broken, and only a new process
 * helps. That Git or the API server is away is no such thing.
 * Thread: the loop thread. When the loop itself stands nobody answers at all.
 */
#ifndef GITOPSD_DAEMON_PROGRESS_H
#define GITOPSD_DAEMON_PROGRESS_H

#include "daemon/daemon.h"

/* "render: nothing has ended for 312 s", of the first that does not; NULL: all do. Heap string.
 * `now_ms`: monotonic. */
char *progress_stalled(const struct daemon *d, uint64_t now_ms);

#endif
