/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: `gitopsctl plan APP`: what a sync of the application would do if it began now, in the order
 * in which it would do it. The running daemon says so: it knows the cluster. APP is NAME,
 * NAMESPACE/NAME or a file that holds the Application.
 * Becomes the program gitopsctl-daemon (daemon_main.c), which is linked with the network.
 */
#ifndef GITOPSD_CLI_PLAN_H
#define GITOPSD_CLI_PLAN_H

#include "lib/base/error.h"

#define PLAN_USAGE                                                                                 \
    "plan [--server http://127.0.0.1:8080] [--prune] [-o text|json] [NAMESPACE/]NAME|FILE"

/* `argv` without the command's name, ended by NULL. Returns only when that fails. */
int plan_exec(char **argv, struct error **err);
/* In gitopsctl-daemon. */
int plan_main(char **argv, struct error **err);

#endif
