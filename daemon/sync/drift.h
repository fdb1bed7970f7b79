/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drift: is an object otherwise than desired, so that a sync writes it? The verdict says how it is;
 * this says whether it is to be acted upon now.
 */
#ifndef GITOPSD_DAEMON_SYNC_DRIFT_H
#define GITOPSD_DAEMON_SYNC_DRIFT_H

#include "daemon/observe/observe.h"

/* Is a desired object not as desired, as far as is known? */
bool object_is_drifted(const struct object *object);

#endif
