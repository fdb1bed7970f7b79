/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner: health scripts of users, run one after the other in a process of their own (gitopsd-lua,
 * beside this program), so that nothing a script does holds up the loop.
 *
 * A script that takes longer than 1 s of processor time is ended with its process; the next run
 * starts another. One that takes long (over 20 ms) waits nine times as long before it runs again,
 * for whatever object, so that it never takes more than a tenth of a processor, and the others
 * wait for it no longer than one run. The process ends by itself when it is idle.
 *
 * Thread: the loop thread. Memory: everything is copied.
 */
#ifndef GITOPSD_DAEMON_HEALTH_RUNNER_H
#define GITOPSD_DAEMON_HEALTH_RUNNER_H

#include "daemon/health/builtin.h"
#include "daemon/health/scripts.h"

#include <uv.h>

struct health_runner;
struct health_run;

struct health_outcome {
    bool has_health;
    enum health_status status;
    const char *message; /* may be NULL; borrowed */
    bool is_final;       /* false: it could not be run, is tried again, and told again */
};

/* Never before health_runner_start returns. After a final outcome the run is gone. */
typedef void health_run_done_fn(void *arg, const struct health_outcome *outcome);

/* `program`: NULL for the gitopsd-lua beside this program. */
struct health_runner *health_runner_new(uv_loop_t *loop, const char *program);
/* No run is answered after this. The handles are closed when the loop has run dry. */
void health_runner_free(struct health_runner *r);

struct health_run *health_runner_start(struct health_runner *r, const struct health_script *script,
                                       const json_t *object, health_run_done_fn *done, void *arg);
/* `done` does not run any more. NULL is fine. Not after health_runner_free. */
void health_run_cancel(struct health_run *run);

struct health_runner_stats {
    uint64_t runs;
    uint64_t killed; /* processes that ended otherwise than asked */
};
struct health_runner_stats health_runner_stats(const struct health_runner *r);
/* As line_child_busy_since_ms. */
uint64_t health_runner_busy_since_ms(const struct health_runner *r);

#endif
