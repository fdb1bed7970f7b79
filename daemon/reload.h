/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload: SIGHUP. Configuration and --app files are read again; what has an error leaves all as it
 * was, and an option that needs a restart is told.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_RELOAD_H
#define GITOPSD_DAEMON_RELOAD_H

#include "daemon/daemon.h"

void reload(struct daemon *d);

#endif
