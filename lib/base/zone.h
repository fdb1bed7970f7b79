/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone: time zones by their IANA name, read from the system's zoneinfo files (RFC 8536), without
 * the C library's global TZ: any number of zones at once, on any thread.
 */
#ifndef GITOPSD_LIB_BASE_ZONE_H
#define GITOPSD_LIB_BASE_ZONE_H

#include "lib/base/error.h"

#define ZONE_NEVER INT64_MAX

/* Immutable. */
struct zone;

/* ERROR_NOT_FOUND: there is no zone of that name. Reads a small file. */
int zone_load(const char *name, struct zone **out, struct error **err);
void zone_free(struct zone *z);

/* Seconds east of UTC at this time (wall clock, seconds since 1970). `*until_s` (may be NULL): from
 * when on it is another offset, or ZONE_NEVER. */
int zone_offset(const struct zone *z, int64_t at_s, int64_t *until_s);

DEFINE_CLEANUP(zone, struct zone, zone_free)
#define cleanup_zone __attribute__((cleanup(cleanup_zone_fn)))

#endif
