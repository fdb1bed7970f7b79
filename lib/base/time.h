/* SPDX-License-Identifier: Apache-2.0 */
/*
 * time: clocks, RFC 3339 timestamps and durations.
 * Every duration is in milliseconds. Wall time is milliseconds since 1970 UTC.
 */
#ifndef GITOPSD_LIB_BASE_TIME_H
#define GITOPSD_LIB_BASE_TIME_H

#include "lib/base/error.h"

#define TIME_RFC3339_BYTES 32

int64_t time_wall_ms(void);
/* Never jumps; only differences mean something. */
uint64_t time_monotonic_ms(void);
uint64_t time_monotonic_us(void);
/* Like the monotonic clock, and goes on while the machine sleeps. */
uint64_t time_boottime_ms(void);

/* "2026-11-23T00:24:03Z", as Kubernetes' metav1.Time. */
void time_format_rfc3339(int64_t wall_ms, char out[TIME_RFC3339_BYTES]);
/* "2026-11-23T00:24:03.123Z" */
void time_format_rfc3339_ms(int64_t wall_ms, char out[TIME_RFC3339_BYTES]);
/* Accepts fractions of seconds and offsets. */
int time_parse_rfc3339(const char *s, int64_t *wall_ms, struct error **err);

/* Go's durations ("1h30m", "1.5s", "300ms"); a bare integer counts seconds, as in Argo CD's
 * retry.backoff. Negative durations are ERROR_INVALID. */
int duration_parse(const char *s, uint64_t *ms, struct error **err);

#endif
