/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fleet_wait: until the Applications of all clusters have a revision applied and healthy, by a
 * watch on each cluster. A cluster that does not answer is asked again until the timeout. Blocks.
 */
#ifndef GITOPSD_CLI_VERBS_FLEET_WAIT_H
#define GITOPSD_CLI_VERBS_FLEET_WAIT_H

#include "cli/verbs/expect.h"
#include "cli/verbs/fleet_ask.h"

/* Prints a line for each cluster as it gets there. ERROR_TIMEOUT names who is missing, and why;
 * ERROR_NOT_FOUND: no cluster has such an Application. */
int fleet_wait(struct fleet_contexts *c, const struct fleet_question *q,
               const struct expect *expect, uint64_t timeout_ms, struct error **err);

#endif
