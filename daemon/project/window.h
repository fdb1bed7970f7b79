/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window: when a project lets its applications be synced.
 * Source: Argo CD, sync windows (argocd-behaviour, 2.5). A window is active for its duration from
 * each start of its schedule, which is read by the clock of its time zone as that is set now.
 * Thread: the loop thread; the functions are pure but for zoneinfo files that parsing reads.
 */
#ifndef GITOPSD_DAEMON_PROJECT_WINDOW_H
#define GITOPSD_DAEMON_PROJECT_WINDOW_H

#include "daemon/project/cluster.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define WINDOW_NEVER INT64_MAX
#define WINDOW_BLOCKED "Sync operation blocked by sync window"

/* Immutable. */
struct windows;

/* Of spec.syncWindows. One that cannot be read blocks the applications that it is meant for. */
struct windows *windows_parse(const json_t *list);
void windows_free(struct windows *w);

/* Whom and what a sync is for. */
struct window_sync {
    const char *app;       /* the Application's name */
    const char *namespace; /* of the destination */
    const struct project_cluster *cluster;
    bool manual;        /* a person asked for it */
    int64_t started_ms; /* when it started, wall clock; 0: it has not */
};

size_t windows_count(const struct windows *w);

/* May it be synced at this time? If not, `*why` (heap) is the message of an operation that waits.
 * `*next_change_ms` is when the answer may be another one; it is never too late, but for a clock
 * that is set. */
bool window_may_sync(const struct windows *w, const struct window_sync *sync, int64_t now_ms,
                     char **why, int64_t *next_change_ms);

#endif
