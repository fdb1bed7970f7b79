/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: our own pool of threads for work that burns CPU (rendering, big parses).
 * A job is a self-contained struct that the caller embeds: `work` runs on a worker thread and
 * touches nothing but the job's own struct, then `done` runs on the loop thread.
 * Thread: everything here is called from the loop thread, but worker_job_canceled and
 *         worker_job_step. The threads are called worker-0, worker-1, ... (top -H).
 * Memory: the caller owns the job until `done` ran.
 * Errors: what `work` returned is in job->err when `done` runs; ERROR_CANCELED after
 *         worker_job_cancel(). `done` runs exactly once, never before worker_run returns, and
 *         frees or reuses the job; job->err is freed when `done` returns.
 */
#ifndef GITOPSD_LIB_BASE_WORKER_H
#define GITOPSD_LIB_BASE_WORKER_H

#include "lib/base/error.h"

#include <stdatomic.h>
#include <uv.h>

struct worker_job;
typedef int worker_work_fn(struct worker_job *job, struct error **err);
typedef void worker_done_fn(struct worker_job *job);

struct worker_job {
    struct error *err; /* in `done`: why it failed, or NULL */
    worker_work_fn *work;
    worker_done_fn *done;
    struct worker_job *next;
    atomic_bool canceled;
    atomic_uint_least64_t step_ms; /* monotonic: when it last got on */
};

struct worker_pool;

struct worker_pool *worker_pool_new(uv_loop_t *loop, unsigned threads);
/* Cancels what waits, asks what runs to end, waits for it, runs every `done`, then frees the pool
 * (its handle is closed: run the loop once more). */
void worker_pool_free(struct worker_pool *pool);
/* The same without waiting for what runs: each `done` runs from the loop, that of later jobs too,
 * as ERROR_CANCELED. Free the pool when none is pending. */
void worker_pool_stop(struct worker_pool *pool);
/* Jobs that wait or run. */
size_t worker_pool_pending(const struct worker_pool *pool);
/* Monotonic: since when the job that runs has not got on which has not for the longest, or since
 * when a job waits although a thread has nothing to do; 0: neither. */
uint64_t worker_pool_busy_since_ms(struct worker_pool *pool);

void worker_run(struct worker_pool *pool, struct worker_job *job, worker_work_fn *work,
                worker_done_fn *done);
/* Ask for an early end; `done` still runs. */
void worker_job_cancel(struct worker_job *job);
/* Any thread: long work polls this and returns ERROR_CANCELED. */
bool worker_job_canceled(struct worker_job *job);
/* Any thread: work of many parts, each with an end of its own, has done one of them. */
void worker_job_step(struct worker_job *job);

DEFINE_CLEANUP(worker_pool, struct worker_pool, worker_pool_free)

#endif
