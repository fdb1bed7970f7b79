/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon_run: owns the event loop and the parts, starts and stops them in order.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_DAEMON_RUN_H
#define GITOPSD_DAEMON_DAEMON_RUN_H

#include "lib/base/error.h"

struct kube_config;
struct options;

/* Run until SIGTERM or SIGINT. `config` is copied. */
int daemon_run(struct options *options, const struct kube_config *config, struct error **err);

#endif
