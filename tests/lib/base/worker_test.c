/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/worker.h"

#include "lib/base/time.h"
#include "tests/test.h"

#include <pthread.h>
#include <sched.h>

struct task {
    struct worker_job job;
    int input;
    int output;
    int done_count;
    bool failed;
    bool canceled;
    pthread_t worked_on;
    pthread_t done_on;
};

static atomic_int started;

static void on_done(struct worker_job *job)
{
    struct task *t = CONTAINER_OF(job, struct task, job);

    t->done_count++;
    t->done_on = pthread_self();
    t->failed = job->err != NULL;
    t->canceled = job->err && error_kind(job->err) == ERROR_CANCELED;
}

static int square(struct worker_job *job, struct error **err)
{
    struct task *t = CONTAINER_OF(job, struct task, job);

    t->worked_on = pthread_self();
    if (t->input < 0)
        return error_set(err, ERROR_INVALID, "%d is negative", t->input);
    t->output = t->input * t->input;
    return 0;
}

/* Runs until it is asked to end; gives up after a minute, which the test then sees. */
static int wait_for_cancel(struct worker_job *job, struct error **err)
{
    uint64_t deadline = time_monotonic_ms() + 60000;

    atomic_fetch_add(&started, 1);
    while (!worker_job_canceled(job) && time_monotonic_ms() < deadline)
        sched_yield();
    if (worker_job_canceled(job))
        return error_set(err, ERROR_CANCELED, "asked to end");
    return 0;
}

static void close_loop(uv_loop_t *loop)
{
    EXPECT_INT(uv_run(loop, UV_RUN_DEFAULT), 0);
    EXPECT_INT(uv_loop_close(loop), 0);
}

TEST(jobs_run_on_threads_and_end_on_the_loop)
{
    static struct task tasks[500];
    struct worker_pool *pool;
    uv_loop_t loop;

    uv_loop_init(&loop);
    pool = worker_pool_new(&loop, 4);
    memset(tasks, 0, sizeof(tasks));
    for (int i = 0; i < 500; i++) {
        tasks[i].input = i == 7 ? -1 : i;
        worker_run(pool, &tasks[i].job, square, on_done);
        EXPECT_INT(tasks[i].done_count, 0);
    }
    EXPECT_INT(worker_pool_pending(pool), 500);
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT_INT(worker_pool_pending(pool), 0);
    for (int i = 0; i < 500; i++) {
        EXPECT_INT(tasks[i].done_count, 1);
        EXPECT_INT(tasks[i].failed, i == 7);
        EXPECT_INT(tasks[i].output, i == 7 ? 0 : i * i);
        EXPECT(pthread_equal(tasks[i].done_on, pthread_self()));
        EXPECT(!pthread_equal(tasks[i].worked_on, pthread_self()));
    }
    worker_pool_free(pool);
    close_loop(&loop);
}

TEST(an_idle_pool_does_not_keep_the_loop_alive)
{
    struct worker_pool *pool;
    struct task t = {.input = 3};
    uv_loop_t loop;

    uv_loop_init(&loop);
    pool = worker_pool_new(&loop, 1);
    EXPECT_INT(uv_run(&loop, UV_RUN_DEFAULT), 0);
    worker_run(pool, &t.job, square, on_done);
    uv_run(&loop, UV_RUN_DEFAULT);
    worker_run(pool, &t.job, square, on_done); /* the job is reusable */
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT_INT(t.done_count, 2);
    worker_pool_free(pool);
    close_loop(&loop);
}

TEST(cancel_a_running_and_a_waiting_job)
{
    struct worker_pool *pool;
    struct task running = {0};
    struct task waiting = {.input = 3};
    uv_loop_t loop;

    uv_loop_init(&loop);
    atomic_store(&started, 0);
    pool = worker_pool_new(&loop, 1);
    worker_run(pool, &running.job, wait_for_cancel, on_done);
    worker_run(pool, &waiting.job, square, on_done);
    while (!atomic_load(&started))
        sched_yield();
    worker_job_cancel(&waiting.job);
    worker_job_cancel(&running.job);
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT(running.canceled && waiting.canceled);
    EXPECT_INT(running.done_count, 1);
    EXPECT_INT(waiting.done_count, 1);
    EXPECT_INT(waiting.output, 0);
    worker_pool_free(pool);
    close_loop(&loop);
}

TEST(freeing_the_pool_ends_what_is_pending)
{
    static struct task tasks[20];
    struct worker_pool *pool;
    uv_loop_t loop;

    uv_loop_init(&loop);
    atomic_store(&started, 0);
    memset(tasks, 0, sizeof(tasks));
    pool = worker_pool_new(&loop, 2);
    for (int i = 0; i < 20; i++)
        worker_run(pool, &tasks[i].job, wait_for_cancel, on_done);
    while (atomic_load(&started) < 2)
        sched_yield();
    worker_pool_free(pool);
    for (int i = 0; i < 20; i++) {
        EXPECT_INT(tasks[i].done_count, 1);
        EXPECT(tasks[i].canceled);
    }
    EXPECT_INT(atomic_load(&started), 2);
    close_loop(&loop);
    worker_pool_free(NULL);
}

static struct worker_pool *chain_pool;

static void run_again(struct worker_job *job)
{
    struct task *t = CONTAINER_OF(job, struct task, job);

    on_done(job);
    if (t->done_count < 3)
        worker_run(chain_pool, job, square, run_again);
}

TEST(done_may_start_the_job_again_even_at_shutdown)
{
    struct task t = {.input = 5};
    uv_loop_t loop;

    uv_loop_init(&loop);
    chain_pool = worker_pool_new(&loop, 1);
    worker_run(chain_pool, &t.job, square, run_again);
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT_INT(t.done_count, 3);
    EXPECT(!t.failed);
    t.done_count = 0;
    worker_run(chain_pool, &t.job, square, run_again);
    worker_pool_free(chain_pool);
    EXPECT_INT(t.done_count, 3);
    EXPECT(t.canceled);
    close_loop(&loop);
}

TEST(a_stopped_pool_does_not_wait_for_what_runs)
{
    static struct task tasks[3];
    struct worker_pool *pool;
    struct task late = {.input = 3};
    uv_loop_t loop;

    uv_loop_init(&loop);
    atomic_store(&started, 0);
    memset(tasks, 0, sizeof(tasks));
    pool = worker_pool_new(&loop, 1);
    for (int i = 0; i < 3; i++)
        worker_run(pool, &tasks[i].job, wait_for_cancel, on_done);
    while (!atomic_load(&started))
        sched_yield();
    worker_pool_stop(pool);
    worker_run(pool, &late.job, square, on_done);
    EXPECT_INT(worker_pool_pending(pool), 4);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (int i = 0; i < 3; i++)
        EXPECT(tasks[i].done_count == 1 && tasks[i].canceled);
    EXPECT(late.done_count == 1 && late.canceled);
    worker_pool_free(pool);
    close_loop(&loop);
}

TEST(since_when_a_job_does_not_get_on)
{
    struct worker_pool *pool;
    struct task running = {0}, waiting = {.input = 3};
    uint64_t begin = time_monotonic_ms();
    uint64_t since;
    uv_loop_t loop;

    uv_loop_init(&loop);
    atomic_store(&started, 0);
    pool = worker_pool_new(&loop, 1);
    EXPECT_INT(worker_pool_busy_since_ms(pool), 0);
    worker_run(pool, &running.job, wait_for_cancel, on_done);
    worker_run(pool, &waiting.job, square, on_done); /* the only thread is busy: no matter */
    while (!atomic_load(&started))
        sched_yield();
    since = worker_pool_busy_since_ms(pool);
    EXPECT(since >= begin && since <= time_monotonic_ms());
    while (time_monotonic_ms() == since)
        sched_yield();
    worker_job_step(&running.job);
    EXPECT(worker_pool_busy_since_ms(pool) > since);
    worker_job_cancel(&running.job);
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT_INT(running.done_count + waiting.done_count, 2);
    EXPECT_INT(worker_pool_busy_since_ms(pool), 0);
    worker_pool_free(pool);
    close_loop(&loop);
}
