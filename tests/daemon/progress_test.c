/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/progress.h"

#include "lib/base/time.h"
#include "tests/daemon/cluster.h"
#include "tests/lib/git/git_test_child.h"

#include <stdatomic.h>
#include <unistd.h>

#define HOUR_MS 3600000

/* A daemon with the stages that are looked at, on the loop of a small cluster. */
struct fixture {
    struct cluster cluster;
    struct options options;
    struct daemon daemon;
};

static void setup(struct fixture *f)
{
    struct source_options source = {
        .state_dir = test_tmpdir(), .poll_ms = 1000, .timeout_ms = 1000};

    memset(f, 0, sizeof(*f));
    cluster_start(&f->cluster);
    f->options.git_timeout_ms = 1000;
    f->daemon.options = &f->options;
    f->daemon.client = f->cluster.client;
    f->daemon.pool = worker_pool_new(&f->cluster.loop, 1);
    f->daemon.sources = source_set_new(&f->cluster.loop, &source);
}

static void teardown(struct fixture *f)
{
    worker_pool_free(f->daemon.pool);
    source_set_free(f->daemon.sources);
    cluster_stop(&f->cluster);
}

/* In an hour, were it to stay like that. */
static void expect_stalled(const struct fixture *f, const char *stage)
{
    cleanup_free char *now = progress_stalled(&f->daemon, time_monotonic_ms());
    cleanup_free char *later = progress_stalled(&f->daemon, time_monotonic_ms() + HOUR_MS);

    EXPECT_NULL(now);
    if (stage)
        EXPECT_CONTAINS(later, stage);
    else
        EXPECT_NULL(later);
}

TEST(with_nothing_to_do_all_is_well)
{
    struct fixture f;

    setup(&f);
    expect_stalled(&f, NULL);
    teardown(&f);
}

struct blocked {
    struct worker_job job;
    atomic_bool go_on;
    bool done;
};

static int blocked_work(struct worker_job *job, struct error **err)
{
    (void)err;
    while (!atomic_load(&CONTAINER_OF(job, struct blocked, job)->go_on))
        usleep(1000);
    return 0;
}

static void blocked_done(struct worker_job *job)
{
    CONTAINER_OF(job, struct blocked, job)->done = true;
}

TEST(a_worker_that_is_stuck_is_named)
{
    struct blocked blocked = {0};
    struct fixture f;

    setup(&f);
    worker_run(f.daemon.pool, &blocked.job, blocked_work, blocked_done);
    expect_stalled(&f, "render: nothing has ended for 36");
    atomic_store(&blocked.go_on, true);
    CLUSTER_UNTIL(&f.cluster, blocked.done);
    expect_stalled(&f, NULL);
    teardown(&f);
}

static void on_answer(void *arg, const json_t *object, const struct error *err)
{
    (void)object;
    (void)err;
    *(bool *)arg = true;
}

TEST(a_request_without_an_end_is_named)
{
    struct kube_call_spec spec = {.method = "GET", .path = "/api/v1/pods"};
    bool answered = false;
    struct fixture f;

    setup(&f);
    kube_call_start(f.cluster.client, &spec, on_answer, &answered);
    expect_stalled(&f, "observe and sync: ");
    CLUSTER_UNTIL(&f.cluster, answered);
    expect_stalled(&f, NULL);
    teardown(&f);
}

TEST(an_application_that_nobody_looks_at_is_named)
{
    struct fixture f;

    setup(&f);
    ptrvec_push(&f.daemon.scheduled, &f);
    f.daemon.scheduled_since_ms = time_monotonic_ms();
    expect_stalled(&f, "reconcile: ");
    ptrvec_clear(&f.daemon.scheduled);
    teardown(&f);
}

static void on_source(void *arg, const char *oid, const struct error *err)
{
    (void)oid;
    *(bool *)arg |= err != NULL;
}

TEST(a_git_operation_without_an_end_is_named)
{
    struct source_subscription *s;
    bool failed = false;
    struct fixture f;

    setup(&f);
    s = source_subscribe(f.daemon.sources, "https://127.0.0.1:1/repo.git", "main", "", on_source,
                         &failed);
    CLUSTER_UNTIL(&f.cluster, source_set_busy_since_ms(f.daemon.sources));
    expect_stalled(&f, "source: ");
    CLUSTER_UNTIL(&f.cluster, failed);
    CLUSTER_UNTIL(&f.cluster, !source_set_busy_since_ms(f.daemon.sources));
    source_unsubscribe(s);
    teardown(&f);
}
