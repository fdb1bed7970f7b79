/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app_object.h"
#include "daemon/compare/judge.h"
#include "daemon/sync/run_parts.h"

#include "tests/daemon/cluster.h"

struct fixture {
    struct cluster cluster;
    struct judge *judge;
    struct observer *observer;
    struct syncer *syncer;
    struct app *app;
    struct plan plan;
    struct sync_run *run;
    struct sync_outcome outcome;
    unsigned records;
    bool done;
};

static void on_changed(void *arg, struct app *app)
{
    struct fixture *f = arg;

    (void)app;
    if (f->run && !f->done)
        sync_run_wake(f->run);
}

static void on_refresh(void *arg)
{
    (void)arg;
}

static void on_record(void *arg)
{
    ((struct fixture *)arg)->records++;
}

static void on_progress(void *arg)
{
    (void)arg;
}

static void on_done(void *arg, struct sync_outcome *outcome)
{
    struct fixture *f = arg;

    f->outcome = *outcome;
    f->done = true;
}

/* Wants these objects and knows the cluster to be empty. Takes `objects`. */
static void setup(struct fixture *f, json_t *objects)
{
    struct plan_options options = {.namespace_exists = true, .revision = "1"};

    memset(f, 0, sizeof(*f));
    cluster_start(&f->cluster);
    f->app = parts_app("web");
    f->judge = judge_new(f->cluster.client);
    judge_set_discovery(f->judge, f->cluster.discovery);
    f->observer = observer_new(f->cluster.client, f->judge, on_changed, parts_on_recovered, f);
    observer_set_discovery(f->observer, f->cluster.discovery);
    observer_add_app(f->observer, f->app);
    f->app->desired = parts_desired(f->app->instance, objects);
    observer_want(f->observer, f->app, NULL);
    CLUSTER_UNTIL(&f->cluster, observer_is_ready(f->observer, f->app, &(const char *){NULL}));
    f->syncer = syncer_new(&f->cluster.loop, f->cluster.client, f->observer, on_refresh, f);
    syncer_set_discovery(f->syncer, f->cluster.discovery);
    plan_build(&f->plan, f->app, f->observer, &options);
    f->app->op.phase = "Running";
    f->app->op.started_ms = time_wall_ms();
    f->run = sync_run_start(f->syncer, &(struct sync_run_spec){.app = f->app,
                                                               .plan = &f->plan,
                                                               .propagation = "Background",
                                                               .record = on_record,
                                                               .progress = on_progress,
                                                               .done = on_done,
                                                               .arg = f});
}

static void teardown(struct fixture *f)
{
    CLUSTER_UNTIL(&f->cluster, f->done);
    free(f->outcome.message);
    observer_free(f->observer);
    app_free(f->app);
    judge_stop(f->judge);
    uv_run(&f->cluster.loop, UV_RUN_NOWAIT);
    syncer_free(f->syncer);
    cluster_stop(&f->cluster);
    judge_free(f->judge);
}

static json_t *one_map(void)
{
    return parse("[{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'a'}}]");
}

static json_t *live_map(void)
{
    return parse("{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'a', 'namespace': "
                 "'fix', 'uid': 'u1', 'resourceVersion': '7', 'annotations': "
                 "{'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:fix/a'}}}");
}

static void spin(struct fixture *f, uint64_t ms)
{
    uint64_t end = time_monotonic_ms() + ms;

    while (time_monotonic_ms() < end)
        uv_run(&f->cluster.loop, UV_RUN_NOWAIT);
}

TEST(a_server_that_fails_is_asked_again_within_the_run)
{
    struct fixture f;

    setup(&f, one_map());
    CLUSTER_UNTIL(&f.cluster, f.cluster.patches == 1);
    f.cluster.patched = live_map();
    CLUSTER_UNTIL(&f.cluster, f.done);
    EXPECT_INT(f.outcome.end, SYNC_SUCCEEDED);
    EXPECT_STR(f.outcome.message, "successfully synced (all tasks run)");
    EXPECT_INT(f.cluster.patches, 2);
    EXPECT_INT(f.app->op.result_count, 1);
    EXPECT_STR(f.app->op.results[0].status, "Synced");
    EXPECT_STR(f.app->op.results[0].hook_phase, "Running");
    EXPECT_INT(f.records, 0);
    teardown(&f);
}

TEST(tries_come_to_an_end)
{
    struct fixture f;

    setup(&f, one_map());
    CLUSTER_UNTIL(&f.cluster, f.done);
    EXPECT_INT(f.outcome.end, SYNC_FAILED);
    EXPECT(f.outcome.transient);
    EXPECT_STR(f.outcome.message,
               "one or more objects failed to apply, reason: ConfigMap fix/a: no webhook");
    EXPECT_INT(f.cluster.patches, 4);
    EXPECT_STR(f.app->op.results[0].status, "SyncFailed");
    EXPECT_STR(f.app->op.results[0].hook_phase, "Failed");
    teardown(&f);
}

TEST(a_field_that_cannot_change_is_told_with_its_remedy)
{
    /* As the API server says it. */
    static const char *const refusals[] = {
        "Deployment.apps \"a\" is invalid: spec.selector: Invalid value: {}: field is immutable",
        "Pod \"a\" is invalid: spec: Forbidden: pod updates may not change fields other than "
        "`spec.containers[*].image`",
        "StatefulSet.apps \"a\" is invalid: spec: Forbidden: updates to statefulset spec for "
        "fields other than 'replicas' are forbidden",
        "StorageClass.storage.k8s.io \"a\" is invalid: parameters: Forbidden: updates to "
        "parameters are forbidden.",
    };

    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        struct fixture f;

        setup(&f, one_map());
        f.cluster.refuses = refusals[i];
        CLUSTER_UNTIL(&f.cluster, f.done);
        EXPECT_INT(f.outcome.end, SYNC_FAILED);
        EXPECT_CONTAINS(f.outcome.message, "sync-options: Force=true lets it be deleted");
        teardown(&f);
    }
}

TEST(what_holds_data_is_not_deleted_to_be_created_anew)
{
    struct fixture f;

    setup(&f, parse("[{'apiVersion': 'v1', 'kind': 'PersistentVolume', 'metadata': {'name': 'a', "
                    "'annotations': {'argocd.argoproj.io/sync-options': 'Force=true'}}}]"));
    f.cluster.refuses =
        "PersistentVolume \"a\" is invalid: spec.persistentvolumesource: Forbidden: "
        "spec.persistentvolumesource is immutable after creation";
    CLUSTER_UNTIL(&f.cluster, f.done);
    EXPECT_INT(f.outcome.end, SYNC_FAILED);
    EXPECT_CONTAINS(f.outcome.message, "Force=true would delete the PersistentVolume and all");
    teardown(&f);
}

TEST(a_run_that_waits_for_another_try_can_be_canceled)
{
    struct fixture f;

    setup(&f, one_map());
    CLUSTER_UNTIL(&f.cluster, f.cluster.patches == 1);
    for (int i = 0; i < 50; i++) /* the answer comes, and not yet the next try */
        uv_run(&f.cluster.loop, UV_RUN_NOWAIT);
    sync_run_cancel(f.run);
    CLUSTER_UNTIL(&f.cluster, f.done);
    EXPECT_INT(f.outcome.end, SYNC_CANCELED);
    EXPECT_INT(f.cluster.patches, 1);
    teardown(&f);
}

TEST(a_plan_of_several_groups_is_written_down_first_and_waits_for_health)
{
    struct fixture f;

    setup(&f, parse("[{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'd'}}, "
                    "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'a', "
                    "'annotations': {'argocd.argoproj.io/sync-wave': '1'}}}]"));
    CLUSTER_UNTIL(&f.cluster, f.records == 1);
    spin(&f, 50);
    EXPECT_INT(f.cluster.patches, 0);
    f.cluster.patched =
        parse("{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'd', "
              "'namespace': 'fix', 'uid': 'u2', 'resourceVersion': '8', 'generation': 1, "
              "'annotations': {'argocd.argoproj.io/tracking-id': 'web:apps/Deployment:fix/d'}}}");
    sync_run_recorded(f.run);
    CLUSTER_UNTIL(&f.cluster, f.app->op.message);
    EXPECT_CONTAINS(f.app->op.message, "waiting for healthy state of apps/Deployment/d (since ");
    EXPECT_INT(f.cluster.patches, 1);
    sync_run_terminate(f.run);
    CLUSTER_UNTIL(&f.cluster, f.done);
    EXPECT_INT(f.outcome.end, SYNC_TERMINATED);
    EXPECT_STR(f.outcome.message, "Operation terminated");
    EXPECT_INT(f.cluster.patches, 1);
    teardown(&f);
}

TEST(each_group_waits_for_the_kinds_that_it_needs)
{
    struct fixture f;

    setup(&f, parse("[{'apiVersion': 'apiextensions.k8s.io/v1', 'kind': "
                    "'CustomResourceDefinition', 'metadata': {'name': 'w'}, 'spec': {'group': "
                    "'example.org', 'scope': 'Namespaced', 'names': {'kind': 'Widget'}}}, "
                    "{'apiVersion': 'example.org/v1', 'kind': 'Widget', 'metadata': {'name': 'a', "
                    "'annotations': {'argocd.argoproj.io/sync-wave': '1'}}}]"));
    f.run->kinds_deadline_ms = 1; /* an earlier group has waited, and long ago */
    CLUSTER_UNTIL(&f.cluster, f.records == 1);
    f.cluster.patched =
        parse("{'apiVersion': 'apiextensions.k8s.io/v1', 'kind': 'CustomResourceDefinition', "
              "'metadata': {'name': 'w', 'uid': 'u3', 'resourceVersion': '8'}, 'status': "
              "{'conditions': [{'type': 'Established', 'status': 'True'}, {'type': "
              "'NamesAccepted', 'status': 'True'}]}}");
    sync_run_recorded(f.run);
    CLUSTER_UNTIL(&f.cluster, f.done || (f.app->op.message && strstr(f.app->op.message, "kind")));
    EXPECT(!f.done);
    EXPECT_CONTAINS(f.app->op.message, "the definition of the kind of example.org/Widget/a");
    sync_run_terminate(f.run);
    CLUSTER_UNTIL(&f.cluster, f.done);
    EXPECT_INT(f.outcome.end, SYNC_TERMINATED);
    teardown(&f);
}
