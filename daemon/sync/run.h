/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: executing a plan against the cluster.
 *
 * Groups of tasks one after the other. Of each group: a person confirms its prunes, where that is
 * asked for; what earlier operations left of its hooks is deleted; its steps are written, the tasks
 * of one step side by side; its hooks and, in a plan of several groups, the health of its objects
 * are awaited; and the completion of its hooks is written down before their finalizers go. A failed
 * task does not hide the others of its group, and nothing is pruned after it; later groups do not
 * start, but SyncFail hooks do.
 *
 * A live hook of this very operation (annotation gitopsd.io/operation, from before a restart) is
 * awaited and not run again, and one whose completion is in app->op.results counts as done.
 * A prune reads the live object first, and deletes it only when it is still the one that was judged
 * (uid), still carries our tracking id, and did not change meanwhile (resourceVersion).
 *
 * Thread: the loop thread; `done` runs there, never from inside sync_run_start.
 * Memory: the application lives until `done` ran. Its desired objects may be replaced after
 *         sync_run_cancel; the run keeps those of its plan.
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
/* How long a run may take, counted from the start of its operation; 0: as long as it wants. */
void syncer_set_timeout(struct syncer *s, uint64_t ms);
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

enum sync_end {
    SYNC_SUCCEEDED,
    SYNC_FAILED,
    SYNC_CANCELED,   /* by sync_run_cancel */
    SYNC_TERMINATED, /* by sync_run_terminate, or it took too long */
};

/* The message of a run that was terminated; one that took too long has more to say. */
#define OPERATION_TERMINATED "Operation terminated"

struct sync_outcome {
    enum sync_end end;
    size_t applied;
    size_t pruned;
    size_t failed;  /* tasks */
    size_t kept;    /* objects that would have been pruned, but are in use */
    bool transient; /* every failure may mend by itself */
    char *message;  /* for people, as Argo CD words it; the receiver takes it. NULL: canceled */
};
typedef void sync_done_fn(void *arg, struct sync_outcome *outcome);
/* app->op has changed: its results or its message. */
typedef void sync_progress_fn(void *arg);
/* app->op and the inventory must be in the cluster before anything else happens; sync_run_recorded
 * says when they are. May call it at once. */
typedef void sync_record_fn(void *arg);

struct sync_run_spec {
    struct app *app;         /* `op` is filled; its start and revision name the operation */
    struct plan *plan;       /* its content is taken */
    const char *propagation; /* of deletions; static */
    const char *user;        /* as whom it is written; copied. NULL: as ourselves */
    bool dry_run;            /* the server is asked, and nothing changed */
    sync_record_fn *record;  /* NULL: there is no place to write it */
    sync_progress_fn *progress;
    sync_done_fn *done;
    void *arg;
};

struct sync_run *sync_run_start(struct syncer *s, const struct sync_run_spec *spec);
/* Something that it may wait for has changed: an object, what is served, what a person confirms. */
void sync_run_wake(struct sync_run *run);
void sync_run_recorded(struct sync_run *run);
/* Does it wait for a person to confirm prunes? */
bool sync_run_awaits_approval(const struct sync_run *run);
/* Stop after what is on the wire: `done` runs with SYNC_CANCELED. Running hooks are left to the
 * next operation. */
void sync_run_cancel(struct sync_run *run);
/* A person wants no more of it: running hooks are deleted. */
void sync_run_terminate(struct sync_run *run);

#endif
