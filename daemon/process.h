/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process: owns the event loop and the parts, starts and stops them in order.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_PROCESS_H
#define GITOPSD_DAEMON_PROCESS_H

#include "lib/base/error.h"

struct kube_config;
struct options;

/* Run until SIGTERM or SIGINT. `config` is copied. */
int process_run(struct options *options, const struct kube_config *config, struct error **err);

#endif
