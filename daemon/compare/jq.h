/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jq: where users' jq expressions point to in a document.
 * The expressions run in a process of their own (gitopsd-jq, beside this program), which is killed
 * and started again when one takes too long; it ends when it is idle. An expression that does not
 * compile, took too long or ended that process is bad: it names no places, and is not tried again
 * by this daemon. One that only fails for a document (null has no items) names no places there.
 * Thread: the loop thread. Memory: everything is copied.
 */
#ifndef GITOPSD_DAEMON_COMPARE_JQ_H
#define GITOPSD_DAEMON_COMPARE_JQ_H

#include "lib/base/vec.h"

#include <jansson.h>
#include <uv.h>

struct jq_worker;
struct jq_request;

/* `paths`: an array of paths, each an array of names and indexes. Borrowed. NULL: the worker is
 * being freed. */
typedef void jq_done_fn(void *arg, const json_t *paths);
/* An expression turned out to be bad. */
typedef void jq_bad_fn(void *arg, const char *expression);

/* `program`: NULL for the gitopsd-jq beside this program. `bad` may be NULL. */
struct jq_worker *jq_worker_new(uv_loop_t *loop, const char *program, jq_bad_fn *bad, void *arg);
/* What is awaited is answered with NULL. The handles are closed when the loop has run dry. */
void jq_worker_free(struct jq_worker *w);

/*
 * The places that any of the expressions names. `done` runs once, and never before this returns.
 * `document_hash`: the results are kept under this name; 0: they are not kept.
 */
struct jq_request *jq_worker_paths(struct jq_worker *w, const struct strvec *expressions,
                                   const json_t *document, uint64_t document_hash, jq_done_fn *done,
                                   void *arg);
/* `done` does not run any more. NULL is fine. */
void jq_request_cancel(struct jq_request *r);

/* Why the expression is bad, or why none can be evaluated now; NULL: nothing is known against it.
 * Borrowed. */
const char *jq_worker_problem(const struct jq_worker *w, const char *expression);

struct jq_stats {
    uint64_t evaluations;
    uint64_t kept;   /* answered from what was kept */
    uint64_t killed; /* processes that ended otherwise than asked */
};
struct jq_stats jq_worker_stats(const struct jq_worker *w);
/* As line_child_busy_since_ms. NULL: 0. */
uint64_t jq_worker_busy_since_ms(const struct jq_worker *w);

#endif
