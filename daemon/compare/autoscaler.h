/* SPDX-License-Identifier: Apache-2.0 */
/* autoscaler: what the autoscalers among desired objects scale. */
#ifndef GITOPSD_DAEMON_COMPARE_AUTOSCALER_H
#define GITOPSD_DAEMON_COMPARE_AUTOSCALER_H

#include "daemon/render/desired.h"

/* Strings are borrowed for the call. */
typedef void autoscaled_fn(void *arg, const char *group, const char *kind, const char *ns,
                           const char *name);

/* Calls `found` for the target of each HorizontalPodAutoscaler and of each ScaledObject (KEDA). */
void autoscaler_targets(const struct desired_set *desired, autoscaled_fn *found, void *arg);

#endif
