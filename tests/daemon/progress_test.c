/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/progress.h"

#include "daemon/compare/jq.h"
#include "daemon/health/assess.h"
#include "daemon/settings/settings.h"
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
    f->options.stall_timeout_ms = 1000;
    f->daemon.loop = &f->cluster.loop;
    f->daemon.options = &f->options;
    f->daemon.client = f->cluster.client;
    f->daemon.pool = worker_pool_new(&f->cluster.loop, 1);
    f->daemon.sources = source_set_new(&f->cluster.loop, &source);
    f->daemon.progress = progress_new(&f->daemon);
}

static void teardown(struct fixture *f)
{
    progress_free(f->daemon.progress);
    worker_pool_free(f->daemon.pool);
    source_set_free(f->daemon.sources);
    cluster_stop(&f->cluster);
}

static const char *look(const struct fixture *f, uint64_t from_now_ms)
{
    progress_look(f->daemon.progress, time_monotonic_ms() + from_now_ms);
    return progress_problem(f->daemon.progress);
}

/* In an hour, were it to stay like that: the second look says so. */
static void expect_stuck(const struct fixture *f, const char *stage)
{
    EXPECT_STR(look(f, 0), "");
    EXPECT_STR(look(f, HOUR_MS), "");
    if (stage)
        EXPECT_CONTAINS(look(f, HOUR_MS), stage);
    else
        EXPECT_STR(look(f, HOUR_MS), "");
    EXPECT_STR(look(f, 0), "");
}

TEST(with_nothing_to_do_all_is_well)
{
    struct fixture f;

    setup(&f);
    expect_stuck(&f, NULL);
    teardown(&f);
}

struct blocked {
    struct worker_job job;
    atomic_bool has_begun;
    atomic_bool go_on;
    bool done;
};

static int blocked_work(struct worker_job *job, struct error **err)
{
    struct blocked *b = CONTAINER_OF(job, struct blocked, job);

    (void)err;
    atomic_store(&b->has_begun, true);
    while (!atomic_load(&b->go_on))
        usleep(1000);
    return 0;
}

static void blocked_done(struct worker_job *job)
{
    CONTAINER_OF(job, struct blocked, job)->done = true;
}

/* Returns when a worker has it. */
static void start_blocked(struct fixture *f, struct blocked *b)
{
    worker_run(f->daemon.pool, &b->job, blocked_work, blocked_done);
    while (!atomic_load(&b->has_begun))
        usleep(1000);
}

TEST(a_worker_that_is_stuck_is_named)
{
    struct blocked blocked = {0};
    struct fixture f;

    setup(&f);
    start_blocked(&f, &blocked);
    expect_stuck(&f, "render: nothing has ended for 36");
    atomic_store(&blocked.go_on, true);
    CLUSTER_UNTIL(&f.cluster, blocked.done);
    expect_stuck(&f, NULL);
    teardown(&f);
}

TEST(a_worker_that_is_stuck_is_named_while_others_go_on)
{
    struct blocked blocked[2] = {0};
    struct fixture f;

    setup(&f);
    worker_pool_free(f.daemon.pool);
    f.daemon.pool = worker_pool_new(&f.cluster.loop, 2);
    for (size_t i = 0; i < ARRAY_LEN(blocked); i++)
        start_blocked(&f, &blocked[i]);
    atomic_store(&blocked[1].go_on, true);
    CLUSTER_UNTIL(&f.cluster, blocked[1].done);
    expect_stuck(&f, "render: nothing has ended for 36");
    atomic_store(&blocked[0].go_on, true);
    CLUSTER_UNTIL(&f.cluster, blocked[0].done);
    expect_stuck(&f, NULL);
    teardown(&f);
}

TEST(what_gets_on_between_two_looks_is_not_stuck)
{
    struct blocked blocked = {0};
    struct fixture f;

    setup(&f);
    start_blocked(&f, &blocked);
    EXPECT_STR(look(&f, HOUR_MS), "");
    usleep(2000); /* the clock has milliseconds */
    worker_job_step(&blocked.job);
    EXPECT_STR(look(&f, HOUR_MS), "");
    EXPECT_CONTAINS(look(&f, HOUR_MS), "render: ");
    EXPECT(progress_is_stuck(f.daemon.progress, 1));
    atomic_store(&blocked.go_on, true);
    CLUSTER_UNTIL(&f.cluster, blocked.done);
    expect_stuck(&f, NULL);
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
    expect_stuck(&f, "observe and sync: ");
    CLUSTER_UNTIL(&f.cluster, answered);
    expect_stuck(&f, NULL);
    teardown(&f);
}

TEST(an_application_that_nobody_looks_at_is_named)
{
    struct fixture f;

    setup(&f);
    ptrvec_push(&f.daemon.scheduled, &f);
    f.daemon.scheduled_since_ms = time_monotonic_ms();
    expect_stuck(&f, "reconcile: ");
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
    expect_stuck(&f, "source: ");
    CLUSTER_UNTIL(&f.cluster, failed);
    CLUSTER_UNTIL(&f.cluster, !source_set_busy_since_ms(f.daemon.sources));
    source_unsubscribe(s);
    teardown(&f);
}

/* It reads all that it is given, and answers nothing before the end of that. */
#define SILENT_PROGRAM "/usr/bin/tail"

static void on_paths(void *arg, const json_t *paths)
{
    (void)paths;
    *(bool *)arg = true;
}

TEST(an_expression_whose_process_neither_answers_nor_ends_is_named)
{
    cleanup_strvec struct strvec expressions = {0};
    cleanup_json json_t *document = json_object();
    bool answered = false;
    struct fixture f;

    setup(&f);
    strvec_push(&expressions, ".spec");
    f.daemon.jq = jq_worker_new(f.daemon.loop, SILENT_PROGRAM, NULL, NULL);
    jq_worker_paths(f.daemon.jq, &expressions, document, 0, on_paths, &answered);
    CLUSTER_UNTIL(&f.cluster, jq_worker_busy_since_ms(f.daemon.jq));
    expect_stuck(&f, "jq: ");
    jq_worker_free(TAKE(f.daemon.jq));
    EXPECT(answered);
    expect_stuck(&f, NULL);
    teardown(&f);
}

static void on_health(void *arg, const struct health_outcome *outcome)
{
    (void)arg;
    (void)outcome;
}

TEST(a_health_script_whose_process_neither_answers_nor_ends_is_named)
{
    cleanup_json json_t *data =
        json_pack("{s:s}", "resource.customizations.health.Pod", "return {}");
    cleanup_json json_t *pod = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "Pod",
                                         "metadata", "name", "web");
    struct settings *settings = settings_parse(data, "argocd", NULL, NULL);
    enum health_status status;
    bool has_health;
    char *message;
    struct fixture f;

    setup(&f);
    f.daemon.assessor = assessor_new(f.daemon.loop, SILENT_PROGRAM);
    assessor_set_settings(f.daemon.assessor, settings);
    EXPECT(assess(f.daemon.assessor, pod, &has_health, &status, &message, on_health, NULL));
    CLUSTER_UNTIL(&f.cluster, assessor_busy_since_ms(f.daemon.assessor));
    expect_stuck(&f, "health: ");
    assessor_free(TAKE(f.daemon.assessor));
    expect_stuck(&f, NULL);
    settings_unref(settings);
    teardown(&f);
}
