/* SPDX-License-Identifier: Apache-2.0 */
/* places: where two documents differ, as jq paths. */
#ifndef GITOPSD_JQ_PLACES_H
#define GITOPSD_JQ_PLACES_H

#include <jv.h>

#define PLACES_MAX 10000

/* Takes both. The places of `before` that are gone or different in `after`, and the fields of
 * `after` that are new; or an invalid value where they are too many. */
jv places_changed(jv before, jv after);

#endif
