/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_parts: inside the run only. run.c is the state machine, run_task.c how a task ends or is
 * tried again, run_apply.c, run_prune.c and run_hook.c what it does, run_check.c the dry run,
 * run_wait.c what is awaited and how that is told.
 */
#ifndef GITOPSD_DAEMON_SYNC_RUN_PARTS_H
#define GITOPSD_DAEMON_SYNC_RUN_PARTS_H

#include "daemon/sync/respect_write.h"
#include "daemon/sync/run.h"

#define OPERATION_ANNOTATION "gitopsd.io/operation"

struct syncer {
    uv_loop_t *loop;
    struct kube_client *client;
    struct observer *observer;
    struct kube_discovery *discovery;
    struct jq_worker *jq;
    syncer_refresh_fn *refresh;
    void *arg;
    uint64_t timeout_ms;   /* of a run; 0: none */
    struct map namespaces; /* created or seen by this process: name -> self */
    struct syncer_stats stats;
};

const struct kube_resource *syncer_resource(const struct syncer *s, const struct task *t);
void syncer_count_repair(struct syncer *s, const struct object *object);

enum task_state {
    TASK_PENDING,
    TASK_BUSY,    /* requests are under way, or the next try of one waits for its time */
    TASK_WAITING, /* written: its health, its completion or, of a prune, its end decides */
    TASK_DONE,
    TASK_FAILED,
};

struct running_task;
typedef void task_step_fn(struct running_task *r);

struct running_task {
    struct sync_run *run;
    struct task *task;
    enum task_state state;
    size_t result; /* of it in app->op.results, plus one; 0: none yet */
    unsigned tries;
    uint64_t retry_at_ms;             /* monotonic, while the next try waits; 0: none does */
    task_step_fn *again;              /* ... and what is tried */
    bool is_new;                      /* as far as we know the object does not exist */
    bool adopted;                     /* what another tool applied has been made ours */
    json_t *answer;                   /* while more is done or asked about it; else NULL */
    struct respect_write *respecting; /* while it runs; else NULL */
    const char *verb;                 /* what its result says was done; NULL: it was applied */
    uint64_t written_ms;              /* monotonic: when an object that existed was changed ... */
    uint64_t written_version;         /* ... and its resourceVersion then */
    char uid[37];                     /* of a hook: the object that runs; "" before */
    char leaving[37];                 /* of an object that is being deleted; "" none */
    char *finalizers;                 /* ... and what holds it, for people; NULL: nothing known */
    task_step_fn *then;               /* goes on when our finalizer has been taken away */
    bool kept;                        /* a hook that exists already is applied, not created */
    bool held;                        /* a hook that carries our finalizer */
};

/*
 * start -> write ahead -> check -> group -> confirm -> clear -> gone -> step ... -> kinds -> wait
 * -> record -> release -> group ... -> clean -> done.
 */
enum run_state {
    RUN_START,
    RUN_WRITE_AHEAD, /* waits until the cluster knows of the operation */
    RUN_CHECK,       /* asks the server about all writes */
    RUN_GROUP,       /* takes the next group */
    RUN_CONFIRM,     /* waits for a sync window, and for a person to approve its prunes */
    RUN_CLEAR,       /* deletes what earlier operations left of its hooks */
    RUN_GONE,        /* waits until that is gone */
    RUN_STEP,        /* writes and deletes, side by side */
    RUN_KINDS,       /* waits for kinds that a definition of this plan brings */
    RUN_WAIT,        /* waits for health, hooks and deletions */
    RUN_RECORD,      /* waits until the cluster knows which hooks have completed */
    RUN_RELEASE,     /* takes our finalizer from them */
    RUN_CLEAN,       /* deletes hooks, by how the operation went */
    RUN_TERMINATE,   /* deletes running hooks */
    RUN_DONE,
};

struct sync_run {
    struct syncer *syncer;
    struct app *app;
    struct kube_client *client;  /* which writes; reading is the syncer's */
    char *id;                    /* of the operation, on its hooks */
    const char *revision;        /* see daemon/app/revision.h */
    struct desired_set *desired; /* what the plan was made from; it borrows from it */
    struct plan plan;
    struct running_task *running; /* one for each task of the plan */
    enum run_state state;
    size_t first, end; /* the group; before the first one both are 0 */
    size_t next;       /* its first task that was not looked at in this pass */
    size_t next_hook;  /* the same, where hooks are gone through one by one */
    size_t in_flight;
    bool is_recorded; /* what was asked to be written is */
    bool has_hooks;   /* that are to run, SyncFail apart */
    bool has_groups;  /* several: health is awaited */
    bool awaited;     /* the last group had hooks, or something failed while it was awaited */
    bool no_prunes;   /* the dry run refused something */
    bool canceled;
    char *blocker;              /* what it waited for when it had taken too long; else NULL */
    const char *terminated;     /* NULL: it is not; else what ends the message of its end */
    uint64_t kinds_deadline_ms; /* monotonic, in RUN_KINDS */
    uint64_t deadline_ms;       /* monotonic, of everything; 0: none */
    int64_t waiting_since_ms;   /* wall, of what app->op.message tells; 0: nothing is awaited */
    uv_timer_t timer;
    struct ignore_rules *ignore;
    struct sync_run_spec spec; /* `plan` is not used */
    struct sync_outcome outcome;
};

/* ---- run.c ---- */

/* Nothing is under way any more: go on to the state that follows. */
void run_advance(struct sync_run *run);
/* Have the timer run when something is due: another try, or what is awaited. */
void run_arm_timer(struct sync_run *run);
/* ... or as soon as the loop turns. */
void run_look_soon(struct sync_run *run);

/* ---- run_task.c ---- */

/* A task has no request under way any more. */
void task_ended(struct running_task *r, enum task_state state);
void task_set_result(struct running_task *r, const char *status, const char *hook_phase,
                     char *message);
/* It ends in failure. */
void task_failed(struct running_task *r, const struct error *err);
/* May the same be tried again soon, because the server is busy or somebody else wrote meanwhile?
 * Then `again` will be called. */
bool task_retries(struct running_task *r, const struct error *err, task_step_fn *again);
/* A request is over that did not change how its task stands. */
void request_ended(struct running_task *r);
/* Nobody waits any more for the time of another try. */
void tasks_drop_retries(struct sync_run *run);

/* ---- run_apply.c ---- */

task_step_fn start_namespace, start_apply;
/* By server-side apply. */
task_step_fn apply_object;
/* Is what others, or we as a hook, wrote made ours before it is applied? `object` may be NULL. */
bool apply_adopts(const struct running_task *r, const struct object *object);
/* How a task's object is written. Static. */
const struct kube_apply_options *apply_options(const struct task *t, bool dry_run);
void fail_not_served(struct running_task *r);

/* ---- run_replace.c ---- */

/* PUT, or delete and create, as the options ask for. In a check the server is asked about that. */
task_step_fn start_replace;
/* Was a write refused that Force=true lets happen by deleting and creating the object? Then that
 * is under way. */
bool replaces_immutable(struct running_task *r, const struct error *err);
/* The write was refused: say what to do about it where we know. */
void apply_failed(struct running_task *r, const struct error *err);

/* ---- run_prune.c ---- */

task_step_fn start_prune;
/* The object stays for a while: `live` says what holds it. */
void task_leaves(struct running_task *r, const json_t *live);

/* ---- run_hook.c ---- */

/* What an earlier process knew of the hooks of this operation. */
void hooks_recall(struct sync_run *run);
/* These end in task_ended. */
task_step_fn start_clear, start_hook;
/* And these in request_ended. */
task_step_fn start_release, start_clean, start_terminate;

/* ---- run_check.c ---- */

/* Is the server asked first? */
bool check_is_due(const struct sync_run *run);
task_step_fn start_check;
/* Is it being asked: nothing is written yet? */
bool is_check(const struct running_task *r);
/* What it said about the write of this task. */
kube_done_fn on_checked;

/* ---- run_wait.c ---- */

/* Look at what the objects of the group have become. */
void wait_look(struct sync_run *run);
/* Is there one of them to wait for? */
bool wait_goes_on(const struct sync_run *run);
/* Is a leftover of a hook still there? */
bool wait_for_gone(const struct sync_run *run);
/* Is there a task whose kind is not served, but will be? */
bool wait_for_kinds(const struct sync_run *run);
bool wait_for_approval(const struct sync_run *run);
/* Make app->op.message say what is awaited. */
void wait_tell(struct sync_run *run);
/* When there is something to look at without an event (monotonic ms); 0: nothing. */
uint64_t wait_until_ms(const struct sync_run *run);
/* Of a failed run: "..., reason: ...". Heap string. */
char *wait_failure_message(const struct sync_run *run);

#endif
