/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listen: "HOST:PORT" to a listening socket.
 */
#ifndef GITOPSD_LIB_NET_LISTEN_H
#define GITOPSD_LIB_NET_LISTEN_H

#include "lib/base/error.h"

/* `*fd` is not blocking; `*port` is the real one where 0 was asked for. */
int listen_open(const char *address, int *fd, unsigned *port, struct error **err);

#endif
