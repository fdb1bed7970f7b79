/* SPDX-License-Identifier: Apache-2.0 */
/*
 * streams: a process that was started without standard input, output or error (`<&-`, some cron and
 * CI) would give their numbers to what it opens first: libuv aborts on that, and messages would go
 * into a socket.
 * Thread: before there is a second one.
 */
#ifndef GITOPSD_LIB_BASE_STREAMS_H
#define GITOPSD_LIB_BASE_STREAMS_H

/* Take the numbers of those that are closed. Reading and writing them still fails, as before. */
void streams_hold(void);

#endif
