/* SPDX-License-Identifier: Apache-2.0 */
/* events_print: which Events are about an Application, in what order, and as a table. Pure. */
#ifndef GITOPSD_CLI_VERBS_EVENTS_PRINT_H
#define GITOPSD_CLI_VERBS_EVENTS_PRINT_H

#include "lib/base/buf.h"

#include <jansson.h>

/*
 * Those of `events` about the Application, about the objects of its status.resources, and about
 * ReplicaSets, Pods and Jobs in their namespaces whose name is that of a workload, a dash and more:
 * their owners may be gone as they are. By time, the oldest first. New array.
 */
json_t *events_choose(const json_t *app, const json_t *events);
void events_print(const json_t *events, struct buf *out);

#endif
