/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress: whether each stage gets on with what it has in hand. Everything that a stage does has a
 * deadline of its own, so that one which is past it by --stall-timeout is broken, and only a new
 * process helps. That Git or the API server is away is no such thing: what is asked of them fails.
 * A stage counts as stuck when two looks in a row, a second apart, find the same: a process that
 * was stopped as a whole, or got no processor, is behind with everything when it goes on. Thread:
 * the loop thread. When the loop itself stands nobody answers at all.
 */
#ifndef GITOPSD_DAEMON_PROGRESS_H
#define GITOPSD_DAEMON_PROGRESS_H

#include "daemon/daemon.h"

#define PROGRESS_STAGES 7

struct progress;

struct progress_stage {
    const char *name;
    uint64_t busy_since_ms; /* monotonic: it has not got on since; 0: it has nothing to do */
    uint64_t limit_ms;
};

/* What each stage has in hand now. */
void progress_stages(const struct daemon *d, struct progress_stage out[PROGRESS_STAGES]);

/* Looks every second, and logs when a stage is stuck and when it gets on again. */
struct progress *progress_new(struct daemon *d);
/* The daemon ends: what keeps it from that for 15 s ends with the process, whose status is 1 then.
 */
void progress_stop(struct progress *p);
/* Run the loop once more. */
void progress_free(struct progress *p);

/* One look; `now_ms`: monotonic. */
void progress_look(struct progress *p, uint64_t now_ms);
/* "render: nothing has ended for 312 s" for each stage that is stuck, one a line; "": none is. */
const char *progress_problem(const struct progress *p);
/* `stage`: its place in progress_stages(). */
bool progress_is_stuck(const struct progress *p, size_t stage);

#endif
