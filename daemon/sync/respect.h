/* SPDX-License-Identifier: Apache-2.0 */
/*
 * respect: what is applied to an object with ignored places, so that these stay as they are.
 * A pure function.
 *
 * Leaving a place out is not enough: what we own and do not declare is removed by the server, and
 * its default comes back (replicas: 1). So what another manager owns is left out, and stays with
 * that manager; what only we own, or nobody, is declared with the value that it has.
 */
#ifndef GITOPSD_DAEMON_SYNC_RESPECT_H
#define GITOPSD_DAEMON_SYNC_RESPECT_H

#include "daemon/compare/ignored.h"

/*
 * The document to apply, a new reference. It carries the resourceVersion of `live`, so that it is
 * refused (409) when somebody has changed the object since. NULL: no ignored place is concerned,
 * `desired` is to be applied as it is. What identifies the object is never left out.
 */
json_t *respect_build(const json_t *desired, const json_t *live, const struct ignored *ignored);

#endif
