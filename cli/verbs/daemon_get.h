/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon_get: a question to a running gitopsd over HTTP. Blocks.
 * Errors: what the daemon answered instead, or that there is none (ERROR_UNAVAILABLE), with what
 * to do.
 */
#ifndef GITOPSD_CLI_VERBS_DAEMON_GET_H
#define GITOPSD_CLI_VERBS_DAEMON_GET_H

#include "lib/base/buf.h"

#define DAEMON_DEFAULT_SERVER "http://127.0.0.1:8080"

/* `path` begins with a slash. */
int daemon_get(const char *server, const char *path, struct buf *out, struct error **err);

#endif
