/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status_size: a status that fits into an object. An API server refuses what is greater than some
 * 1.5 MB. An application of thousands of objects comes near that with the results of one sync, so
 * what is told of those that went well is left out first, and in the end objects that are as they
 * should be; one of each kind stays, for a restart to know what to look for.
 * Pure functions.
 */
#ifndef GITOPSD_DAEMON_STATUS_STATUS_SIZE_H
#define GITOPSD_DAEMON_STATUS_STATUS_SIZE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define STATUS_MAX_BYTES 1000000

/* Make it smaller than that, if it is not; parts that it shares with others are not changed.
 * Returns how many of its resources had to be left out. */
size_t status_fit(json_t *status, size_t max_bytes);

/* Add the condition about that; none where it is 0. */
void status_tell_cut(json_t *status, size_t left_out);

/* What is written instead of a status that the API server refuses as too large. Source: Argo CD
 * (argocd-behaviour 3.3). New reference. */
json_t *status_too_large(int64_t wall_ms);

#endif
