/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: executing a plan against the cluster.
 * groups one after the other -> done. A failed task does not hide the others; nothing is pruned
 * when a task failed. A prune reads the live object first, and deletes it only when it is still the
 * one that was judged (uid), still carries our tracking id, and did not change meanwhile
 * (resourceVersion).
 * Thread: the loop thread; `done` runs there, never from inside sync_run_start.
 * Memory: the run copies nothing of the desired objects: cancel it before they are replaced.
 */
#ifndef GITOPSD_DAEMON_SYNC_RUN_H
#define GITOPSD_DAEMON_SYNC_RUN_H

#include "daemon/compare/jq.h"
#include "daemon/sync/plan.h"

/* What all runs of a daemon share. */
struct syncer;

/* Ask for a fresh discovery; the answer comes through syncer_set_discovery. */
typedef void syncer_refresh_fn(void *arg);

struct syncer *syncer_new(uv_loop_t *loop, struct kube_client *client, struct observer *observer,
                          syncer_refresh_fn *refresh, void *arg);
void syncer_free(struct syncer *s); /* when no run is left */
void syncer_set_discovery(struct syncer *s, struct kube_discovery *d);
/* Evaluates the expressions of ignored differences; outlives the syncer. */
void syncer_set_jq(struct syncer *s, struct jq_worker *jq);
bool syncer_knows_namespace(const struct syncer *s, const char *name);

/* From the event that showed a drift to the request that repairs it: upper bounds in ms, and one
 * bucket for all that took longer. */
#define SYNCER_REPAIR_BOUNDS_MS                                                                    \
    {                                                                                              \
        1, 2, 5, 10, 20, 50, 100, 500, 1000, 10000                                                 \
    }
#define SYNCER_REPAIR_BUCKETS 11

struct syncer_stats {
    uint64_t applied;
    uint64_t pruned;
    uint64_t failed;
    uint64_t repairs[SYNCER_REPAIR_BUCKETS];
    uint64_t repair_us; /* their sum */
};
struct syncer_stats syncer_stats(const struct syncer *s);

struct sync_run;
struct sync_outcome {
    size_t applied;
    size_t pruned;
    size_t failed;
    bool transient; /* every failure may mend by itself */
    bool canceled;
    struct sync_result *results; /* of all tasks that ran; the receiver takes them */
    size_t result_count;
    char *message; /* the first failure, NULL without; the receiver takes it */
};
typedef void sync_done_fn(void *arg, struct sync_outcome *outcome);

/* Takes the content of `plan`. Of `app` only the names are copied. */
struct sync_run *sync_run_start(struct syncer *s, const struct app *app, struct plan *plan,
                                const char *propagation, sync_done_fn *done, void *arg);
/* Stop after what is on the wire; `done` runs with `canceled`. What the run borrowed from the
 * desired objects is not touched after this returns. */
void sync_run_cancel(struct sync_run *run);

#endif
