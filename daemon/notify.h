/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify: messages to systemd, as sd_notify(3) sends them: one datagram of "NAME=VALUE" lines to
 * the socket that $NOTIFY_SOCKET names (a path, or @NAME in the abstract namespace). Thread: the
 * loop thread. Nothing blocks.
 */
#ifndef GITOPSD_DAEMON_NOTIFY_H
#define GITOPSD_DAEMON_NOTIFY_H

#include "lib/base/error.h"

struct notify {
    int fd;               /* -1: nobody wants to know */
    uint64_t watchdog_ms; /* systemd ends us when it hears no WATCHDOG=1 for so long; 0: never */
};

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID and takes them away, so that no child
 * speaks for us. ERROR_INVALID, ERROR_UNAVAILABLE: the socket is none; nothing is sent then. */
int notify_open(struct notify *n, struct error **err);
void notify_close(struct notify *n);
/* False: it was dropped, because the other side did not read what came before. */
bool notify_send(const struct notify *n, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
