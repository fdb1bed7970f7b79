/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workers: the parent's side of the children. Inside lib/git only.
 *
 * operation.c makes operations and turns answers into results; workers.c hands them to children;
 * child.c is one process with its pipes and its timer.
 */
#ifndef GITOPSD_LIB_GIT_WORKERS_H
#define GITOPSD_LIB_GIT_WORKERS_H

#include "lib/base/buf.h"
#include "lib/base/vec.h"
#include "lib/git/git.h"

#include <jansson.h>

struct child;

struct git_workers {
    uv_loop_t *loop;
    char *program;
    unsigned max_children;
    struct ptrvec waiting;  /* struct git_operation, in order */
    struct ptrvec children; /* struct child, until all its handles are closed */
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
/* All handles of the child are closed. */
void workers_child_gone(struct git_workers *w, struct child *c);

/* ---- operation.c ---- */

/* Runs `done` and frees the operation. Takes `err`. */
void operation_finish(struct git_operation *op, const struct git_refs *refs, struct error *err);
/* The child's last line for this operation. */
void operation_answer(struct git_operation *op, const json_t *answer);

/* ---- child.c ---- */

/* Start a process; it is in w->children until its handles are closed. */
int child_start(struct git_workers *w, struct child **out, struct error **err);
void child_free(struct child *c);
bool child_is_idle(const struct child *c);
bool child_is_ending(const struct child *c);
/* What the child writes, or NULL; also while it is being killed. */
const char *child_dir(const struct child *c);
struct git_operation *child_operation(const struct child *c);
/* Hand over an operation; an idle child only. */
void child_run(struct child *c, struct git_operation *op);
/* End the process; the operation, if any, ends with `err` (taken, may be NULL when idle). */
void child_kill(struct child *c, struct error *err);

#endif
