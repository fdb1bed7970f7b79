/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patience: how long a person waits for something that goes on without: until a deadline, or until
 * Ctrl-C.
 * Thread: that of the loop. Memory: embedded; patience_stop() before it goes.
 */
#ifndef GITOPSD_CLI_VERBS_PATIENCE_H
#define GITOPSD_CLI_VERBS_PATIENCE_H

#include "lib/base/error.h"

#include <uv.h>

struct patience {
    uv_timer_t deadline;
    uv_signal_t interrupt;
    uint64_t timeout_ms;
    bool *is_over;     /* set when patience ends; who waits sets it, too */
    bool is_exhausted; /* it ended before anything else did */
    bool is_interrupted;
    unsigned open; /* handles */
};

/* timeout_ms 0: for ever. */
void patience_start(struct patience *p, uv_loop_t *loop, uint64_t timeout_ms, bool *is_over);
/* Runs the loop until nothing is left of it. */
void patience_stop(struct patience *p);
/* Of one that is exhausted: -1 and ERROR_TIMEOUT "not within 10 s", or ERROR_CANCELED. `trouble` is
 * why nothing is heard of the API server now; NULL: all is well. */
int patience_error(const struct patience *p, const struct error *trouble, struct error **err);

#endif
