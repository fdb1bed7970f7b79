/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workers: the parent's side of the children. Inside lib/git only.
 *
 * operation.c makes operations and turns answers into results; workers.c hands them to children;
 * child.c is what one process is asked and answers (lib/base/child.h is the process).
 */
#ifndef GITOPSD_LIB_GIT_WORKERS_H
#define GITOPSD_LIB_GIT_WORKERS_H

#include "lib/base/buf.h"
#include "lib/base/vec.h"
#include "lib/git/git.h"

#include <jansson.h>

struct git_child;

struct git_workers {
    uv_loop_t *loop;
    char *program;
    unsigned max_children;
    struct ptrvec waiting;  /* struct git_operation, in order */
    struct ptrvec children; /* struct git_child, until their processes are reaped */
    uv_timer_t dispatch;    /* runs as soon as the loop turns: what starts or ends operations */
    bool stopping;
    bool dispatch_closed;
};

struct git_operation {
    struct git_workers *workers;
    char *request; /* one line; holds credentials */
    char *shown;   /* the URL for messages */
    char *dir;     /* what it writes, or NULL */
    bool single;   /* the child is used for nothing else afterwards */
    bool canceled;
    uint64_t timeout_ms;
    struct error *early; /* refused before it began */
    git_done_fn *done;
    void *arg;
};

/* ---- workers.c ---- */

void workers_submit(struct git_operation *op);
/* Look again at what can be done. */
void workers_wake(struct git_workers *w);
/* The child's process is reaped. Frees it. */
void workers_child_gone(struct git_workers *w, struct git_child *c);

/* ---- operation.c ---- */

/* Runs `done` and frees the operation. Takes `err`. */
void operation_finish(struct git_operation *op, const struct git_refs *refs, struct error *err);
/* The child's last line for this operation. */
void operation_answer(struct git_operation *op, const json_t *answer);

/* ---- child.c ---- */

/* Start a process; it is in w->children until it is reaped. */
int git_child_start(struct git_workers *w, struct git_child **out, struct error **err);
void git_child_free(struct git_child *c); /* its process is gone */
bool git_child_is_idle(const struct git_child *c);
/* What the child writes, or NULL; also while it is being killed. */
const char *git_child_dir(const struct git_child *c);
struct git_operation *git_child_operation(const struct git_child *c);
/* Hand over an operation; an idle child only. */
void git_child_run(struct git_child *c, struct git_operation *op);
/* End the process; the operation, if any, ends with `err` (taken, may be NULL when idle). */
void git_child_kill(struct git_child *c, struct error *err);

#endif
