/* SPDX-License-Identifier: Apache-2.0 */
/* ignore_places: from a way to name places to places. Inside ignore.c only. */
#ifndef GITOPSD_DAEMON_COMPARE_IGNORE_PLACES_H
#define GITOPSD_DAEMON_COMPARE_IGNORE_PLACES_H

#include "daemon/compare/ignored.h"
#include "lib/base/error.h"

/* RFC 6901, and not the whole document. */
int ignore_pointer_check(const char *pointer, struct error **err);
/* Where the way to it ends early, there is no such place. */
void ignore_pointer(struct ignored *out, const json_t *document, const char *pointer);

/* Paths as jq's path() makes them. The path of the whole document is no place. */
void ignore_paths(struct ignored *out, const json_t *document, const json_t *paths);

/* The places that `manager` owns in `live` (metadata.managedFields) and whose value is another one
 * in `desired`, in both. */
void ignore_owned(struct ignored *out, const json_t *desired, const json_t *live,
                  const char *manager);

#endif
