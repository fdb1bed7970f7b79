/* SPDX-License-Identifier: Apache-2.0 */
/* application: the routes of one application, for serve_route. `arg` is the daemon. */
#ifndef GITOPSD_DAEMON_SERVE_APPLICATION_H
#define GITOPSD_DAEMON_SERVE_APPLICATION_H

#include "daemon/serve/server.h"

#define SERVE_APPLICATION_PATH "/api/v1/applications/"

serve_handler_fn serve_application;

#endif
