/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child: one process that this one starts, with its pipes and a clock, on the loop.
 * running -> (killed ->) ended, when it is reaped and what it wrote is read -> gone, by itself. The
 * output of a killed process is not awaited: something that it started may hold it open.
 * Thread: the loop thread; SIGPIPE is to be ignored where something is written.
 * Memory: the options are borrowed for the start. The child frees itself after `ended`.
 */
#ifndef GITOPSD_LIB_BASE_CHILD_H
#define GITOPSD_LIB_BASE_CHILD_H

#include "lib/base/buf.h"

#include <uv.h>

struct child;

struct child_end {
    int64_t status; /* where `signal` is 0 */
    int signal;
    struct buf *output; /* what it wrote, without the lines that were told */
};

/* None of them is called before child_start returns. */
struct child_events {
    /* A line of its output, without the newline, NUL-terminated; borrowed. NULL: the output is
     * collected instead, and is in `ended`. */
    void (*line)(void *arg, const char *text, size_t len);
    /* It was killed, because its clock ran out (ERROR_TIMEOUT) or a line or all its output passed
     * the limit (ERROR_TOO_LARGE). At most once; may be NULL. */
    void (*killed)(void *arg, const struct error *why);
    /* Exactly once, the last one; the child must not be used any more. */
    void (*ended)(void *arg, const struct child_end *end);
};

struct child_options {
    const char *program;     /* a path, or a name that is looked for in PATH */
    char *const *args;       /* with the name of the program, NULL-terminated */
    char *const *env;        /* NULL: ours */
    bool has_input;          /* a pipe for child_write; else there is nothing to read */
    bool shows_errors;       /* its standard error is ours; else nobody sees it */
    bool has_own_session;    /* killed with all that it started; no terminal of ours */
    size_t max_output_bytes; /* of a line; without `line`: of all its output */
};

/* ERROR_NOT_FOUND there is no such program, ERROR_DENIED any other reason; nothing is called then.
 */
int child_start(uv_loop_t *loop, const struct child_options *options,
                const struct child_events *events, void *arg, struct child **out,
                struct error **err);
/* Takes `text`, which is overwritten when it was written; one at a time. A process that does not
 * read it has ended, or is going to be late. */
void child_write(struct child *c, char *text);
/* It is killed after so long; the one before does not count any more. 0: it has all the time. */
void child_set_clock(struct child *c, uint64_t ms);
/* An idle child does not keep the loop alive. A new one does. */
void child_set_idle(struct child *c, bool idle);
/* What it reads is over; it keeps the loop alive until it ends, however long that takes. */
void child_close_input(struct child *c);
/* SIGKILL; `ended` comes later, `killed` does not. */
void child_kill(struct child *c);

#endif
