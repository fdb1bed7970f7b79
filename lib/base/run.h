/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: a program from its start to its end, for a thread that may wait (on the loop: child.h).
 * Thread: any but the loop thread of a daemon.
 */
#ifndef GITOPSD_LIB_BASE_RUN_H
#define GITOPSD_LIB_BASE_RUN_H

#include "lib/base/buf.h"
#include "lib/base/worker.h"

/* What it may be given to read: no more than a pipe takes at once. */
#define RUN_INPUT_MAX_BYTES 4096

struct run_spec {
    const char *const *args; /* the first is a path, or a name in PATH; NULL-terminated */
    const char *const *env;  /* NULL: ours */
    const char *input;       /* NULL: there is nothing to read */
    bool shows_errors;       /* its standard error is ours; else nobody sees it */
    uint64_t timeout_ms;     /* 0: it has all the time */
    struct worker_job *job;  /* whose cancellation ends it; may be NULL */
};

/* Appends its output and waits for its end, also where it has closed its output long before;
 * `*status` is that of waitpid, whatever it is. ERROR_UNAVAILABLE it cannot be started; or it was
 * killed: ERROR_TOO_LARGE its output passes the limit of the buffer, ERROR_TIMEOUT,
 * ERROR_CANCELED. */
int run_program(const struct run_spec *spec, struct buf *output, int *status, struct error **err);

#endif
