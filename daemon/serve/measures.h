/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measures: what the daemon counts and measures, as it is told at /metrics.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SERVE_MEASURES_H
#define GITOPSD_DAEMON_SERVE_MEASURES_H

#include "daemon/serve/server.h"

/* `arg`: struct daemon. */
void measures_serve(void *arg, const struct serve_request *request,
                    struct serve_response *response);

#endif
