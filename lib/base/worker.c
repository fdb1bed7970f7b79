/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/worker.h"

#include "lib/base/time.h"

#include <pthread.h>
#include <stdio.h>

struct job_queue {
    struct worker_job *head;
    struct worker_job **tail;
};

struct worker_pool {
    uv_async_t wakeup; /* must not move: libuv points here */
    pthread_mutex_t lock;
    pthread_cond_t work_waits;
    struct job_queue waiting;    /* under `lock` */
    struct job_queue finished;   /* under `lock` */
    bool stopping;               /* under `lock` */
    uint64_t moved_ms;           /* under `lock`, monotonic: when `waiting` last got on */
    struct worker_job **running; /* under `lock`: one per thread, or NULL */
    size_t pending;              /* loop thread only */
    pthread_t *threads;
    unsigned thread_count;
};

struct worker_thread {
    struct worker_pool *pool;
    unsigned index;
};

static void queue_push(struct job_queue *q, struct worker_job *job)
{
    job->next = NULL;
    *q->tail = job;
    q->tail = &job->next;
}

static struct worker_job *queue_pop(struct job_queue *q)
{
    struct worker_job *job = q->head;

    if (!job)
        return NULL;
    q->head = job->next;
    if (!q->head)
        q->tail = &q->head;
    return job;
}

static void *thread_main(void *arg)
{
    struct worker_thread self = *(struct worker_thread *)arg;
    struct worker_pool *pool = self.pool;

    free(arg);
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct worker_job *job = queue_pop(&pool->waiting);

        if (!job) {
            if (pool->stopping)
                break;
            pthread_cond_wait(&pool->work_waits, &pool->lock);
            continue;
        }
        pool->running[self.index] = job;
        pool->moved_ms = time_monotonic_ms();
        worker_job_step(job);
        pthread_mutex_unlock(&pool->lock);
        if (worker_job_canceled(job))
            error_set(&job->err, ERROR_CANCELED, "canceled before it started");
        else
            job->work(job, &job->err);
        pthread_mutex_lock(&pool->lock);
        pool->running[self.index] = NULL;
        pool->moved_ms = time_monotonic_ms();
        queue_push(&pool->finished, job);
        uv_async_send(&pool->wakeup);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void run_finished(struct worker_pool *pool)
{
    for (;;) {
        struct worker_job *job;
        struct error *err;

        pthread_mutex_lock(&pool->lock);
        job = queue_pop(&pool->finished);
        pthread_mutex_unlock(&pool->lock);
        if (!job)
            return;
        if (--pool->pending == 0)
            uv_unref((uv_handle_t *)&pool->wakeup);
        err = job->err;
        job->done(job); /* may free the job */
        error_free(err);
    }
}

static void on_wakeup(uv_async_t *handle)
{
    run_finished(CONTAINER_OF(handle, struct worker_pool, wakeup));
}

struct worker_pool *worker_pool_new(uv_loop_t *loop, unsigned threads)
{
    struct worker_pool *pool = xcalloc(1, sizeof(*pool));
    char name[24];

    if (uv_async_init(loop, &pool->wakeup, on_wakeup) != 0)
        abort();
    uv_unref((uv_handle_t *)&pool->wakeup); /* only pending jobs keep the loop alive */
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work_waits, NULL);
    pool->waiting.tail = &pool->waiting.head;
    pool->finished.tail = &pool->finished.head;
    pool->threads = xcalloc(threads, sizeof(*pool->threads));
    pool->running = xcalloc(threads, sizeof(*pool->running));
    for (unsigned i = 0; i < threads; i++) {
        struct worker_thread *self = xmalloc(sizeof(*self));

        *self = (struct worker_thread){.pool = pool, .index = i};
        if (pthread_create(&pool->threads[i], NULL, thread_main, self) != 0)
            abort();
        snprintf(name, sizeof(name), "worker-%u", i);
        pthread_setname_np(pool->threads[i], name);
        pool->thread_count++;
    }
    return pool;
}

static void on_closed(uv_handle_t *handle)
{
    struct worker_pool *pool = CONTAINER_OF(handle, struct worker_pool, wakeup);

    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->work_waits);
    free(pool->threads);
    free(pool->running);
    free(pool);
}

void worker_pool_stop(struct worker_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    for (struct worker_job *job = pool->waiting.head; job; job = job->next)
        worker_job_cancel(job);
    for (unsigned i = 0; i < pool->thread_count; i++)
        if (pool->running[i])
            worker_job_cancel(pool->running[i]);
    pthread_cond_broadcast(&pool->work_waits);
    pthread_mutex_unlock(&pool->lock);
}

void worker_pool_free(struct worker_pool *pool)
{
    if (!pool)
        return;
    worker_pool_stop(pool);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    run_finished(pool);
    uv_close((uv_handle_t *)&pool->wakeup, on_closed);
}

size_t worker_pool_pending(const struct worker_pool *pool)
{
    return pool->pending;
}

uint64_t worker_pool_busy_since_ms(struct worker_pool *pool)
{
    uint64_t since = UINT64_MAX;
    bool is_one_idle = false;

    pthread_mutex_lock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++) {
        const struct worker_job *job = pool->running[i];
        uint64_t step_ms = job ? atomic_load(&job->step_ms) : UINT64_MAX;

        is_one_idle |= !job;
        since = step_ms < since ? step_ms : since;
    }
    if (pool->waiting.head && is_one_idle && pool->moved_ms < since)
        since = pool->moved_ms;
    pthread_mutex_unlock(&pool->lock);
    return since == UINT64_MAX ? 0 : since;
}

void worker_run(struct worker_pool *pool, struct worker_job *job, worker_work_fn *work,
                worker_done_fn *done)
{
    job->err = NULL;
    job->work = work;
    job->done = done;
    atomic_store(&job->canceled, false);
    if (pool->pending == 0)
        uv_ref((uv_handle_t *)&pool->wakeup);
    pthread_mutex_lock(&pool->lock);
    pool->pending++;
    if (!pool->waiting.head)
        pool->moved_ms = time_monotonic_ms();
    if (pool->stopping) { /* no thread will take it: let `done` report it */
        error_set(&job->err, ERROR_CANCELED, "shutting down");
        queue_push(&pool->finished, job);
        uv_async_send(&pool->wakeup);
    } else {
        queue_push(&pool->waiting, job);
        pthread_cond_signal(&pool->work_waits);
    }
    pthread_mutex_unlock(&pool->lock);
}

void worker_job_cancel(struct worker_job *job)
{
    atomic_store(&job->canceled, true);
}

bool worker_job_canceled(struct worker_job *job)
{
    return atomic_load(&job->canceled);
}

void worker_job_step(struct worker_job *job)
{
    atomic_store(&job->step_ms, time_monotonic_ms());
}
