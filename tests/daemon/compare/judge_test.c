/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/judge.h"

#include "tests/daemon/cluster.h"

struct fixture {
    struct cluster cluster;
    struct judge *judge;
    struct desired_set *set;
    json_t *live;
    bool types_pending;
    /* what was told */
    unsigned told;
    enum drift drift;
    char *path;
    char *problem;
};

static const struct kube_type *find_types(void *arg, const char *group, const char *version,
                                          const char *kind, bool *pending)
{
    *pending = ((struct fixture *)arg)->types_pending;
    (void)group, (void)version, (void)kind;
    return NULL;
}

static void take(struct fixture *f, enum drift drift, const struct drifts *drifts)
{
    f->drift = drift;
    free(f->path);
    f->path = drifts && drifts->len ? xstrdup(drifts->items[0].path) : NULL;
}

static void on_judged(void *arg, const struct judgment *judgment)
{
    struct fixture *f = arg;

    f->told++;
    free(f->problem);
    f->problem = judgment->problem ? xstrdup(judgment->problem) : NULL;
    take(f, judgment->drift, judgment->drifts);
}

/* A ConfigMap that is as desired; `options` is its compare-options annotation. */
static void setup(struct fixture *f, const char *options)
{
    *f = (struct fixture){.drift = DRIFT_UNDECIDED};
    cluster_start(&f->cluster);
    f->judge = judge_new(f->cluster.client);
    judge_set_discovery(f->judge, f->cluster.discovery);
    judge_set_types(f->judge, find_types, f);
    f->set = parts_desired("web", parsef("[{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': "
                                         "{'name': 'web', 'annotations': {'%s': '%s'}}, 'data': "
                                         "{'a': '1'}}]",
                                         COMPARE_OPTIONS_ANNOTATION, options));
    f->live = json_loads(f->set->items[0].body, 0, NULL);
    json_object_update_new(
        json_object_get(f->live, "metadata"),
        parsef("{'uid': 'u', 'resourceVersion': '7', 'managedFields': [{'manager': 'gitopsd', "
               "'operation': 'Apply', 'apiVersion': 'v1', 'fieldsV1': {'f:metadata': "
               "{'f:annotations': {'f:%s': {}, 'f:%s': {}}}, 'f:data': {'f:a': {}}}}]}",
               COMPARE_OPTIONS_ANNOTATION, TRACKING_ANNOTATION));
}

static void teardown(struct fixture *f)
{
    judge_stop(f->judge);
    cluster_stop(&f->cluster);
    judge_free(f->judge);
    desired_set_unref(f->set);
    json_decref(f->live);
    free(f->path);
    free(f->problem);
}

static struct judge_request *start(struct fixture *f)
{
    struct judge_case c = {.desired = &f->set->items[0], .live = f->live};
    cleanup_drifts struct drifts drifts = {0};
    enum drift drift = DRIFT_UNDECIDED;
    struct judge_request *r = judge_start(f->judge, &c, &drift, &drifts, on_judged, f);

    if (!r)
        take(f, drift, &drifts);
    return r;
}

static void change_live(struct fixture *f, const char *version)
{
    json_object_set_new(json_object_get(f->live, "data"), "a", json_string("2"));
    json_object_set_new(json_object_get(f->live, "metadata"), "resourceVersion",
                        json_string(version));
}

TEST(most_is_decided_at_once)
{
    struct fixture f;

    setup(&f, "");
    EXPECT_NULL(start(&f));
    EXPECT_INT(f.drift, DRIFT_NONE);
    change_live(&f, "8");
    EXPECT_NULL(start(&f));
    EXPECT_INT(f.drift, DRIFT_VALUE);
    EXPECT_STR(f.path, ".data.a");
    EXPECT_INT(judge_stats(f.judge).local, 2);
    EXPECT_INT(judge_stats(f.judge).dry_runs, 0);
    EXPECT_INT(f.told, 0);
    teardown(&f);
}

TEST(the_server_is_asked_once_for_a_version)
{
    struct fixture f;

    setup(&f, "ServerSideDiff=true");
    f.cluster.patched = json_deep_copy(f.live);
    EXPECT(start(&f) != NULL);
    EXPECT_INT(f.told, 0); /* never from inside */
    CLUSTER_UNTIL(&f.cluster, f.told == 1);
    EXPECT_INT(f.drift, DRIFT_NONE);
    EXPECT_CONTAINS(f.cluster.last_patch, "dryRun=All");
    EXPECT_CONTAINS(f.cluster.last_patch, "fieldManager=gitopsd");
    EXPECT_CONTAINS(f.cluster.last_patch, "force=true");

    f.drift = DRIFT_UNDECIDED;
    EXPECT_NULL(start(&f)); /* remembered */
    EXPECT_INT(f.drift, DRIFT_NONE);
    EXPECT_INT(f.cluster.patches, 1);

    change_live(&f, "8");
    EXPECT(start(&f) != NULL);
    CLUSTER_UNTIL(&f.cluster, f.told == 2);
    EXPECT_INT(f.drift, DRIFT_VALUE);
    EXPECT_STR(f.path, ".data.a");
    EXPECT_NULL(start(&f));
    EXPECT_INT(f.drift, DRIFT_VALUE);
    EXPECT_STR(f.path, ".data.a");
    EXPECT_INT(f.cluster.patches, 2);
    EXPECT_INT(judge_stats(f.judge).dry_runs, 2);
    EXPECT_INT(judge_stats(f.judge).waiting, 0);
    teardown(&f);
}

TEST(a_dry_run_that_fails_is_told_and_tried_again)
{
    struct fixture f;

    setup(&f, "ServerSideDiff=true");
    EXPECT(start(&f) != NULL);
    CLUSTER_UNTIL(&f.cluster, f.told == 1);
    EXPECT_CONTAINS(f.problem, "ConfigMap fix/web: ");
    EXPECT_CONTAINS(f.problem, "no webhook");
    EXPECT_INT(judge_stats(f.judge).waiting, 1);
    f.cluster.patched = json_deep_copy(f.live);
    CLUSTER_UNTIL(&f.cluster, f.told == 2);
    EXPECT_NULL(f.problem);
    EXPECT_INT(f.drift, DRIFT_NONE);
    EXPECT_INT(f.cluster.patches, 2);
    teardown(&f);
}

TEST(what_is_canceled_is_not_told)
{
    struct fixture f;
    struct judge_request *sent;
    struct judge_request *waiting;

    setup(&f, "ServerSideDiff=true");
    sent = start(&f);
    f.types_pending = true;
    waiting = start(&f);
    judge_cancel(sent);
    judge_cancel(waiting);
    judge_cancel(NULL);
    f.types_pending = false;
    judge_types_changed(f.judge);
    CLUSTER_UNTIL(&f.cluster, f.cluster.patches == 1); /* it was on the wire */
    for (int i = 0; i < 50; i++)
        uv_run(&f.cluster.loop, UV_RUN_NOWAIT);
    EXPECT_INT(f.told, 0);
    EXPECT_INT(judge_stats(f.judge).waiting, 0);
    teardown(&f);
}

TEST(an_object_waits_for_the_types_of_its_kind)
{
    struct fixture f;

    setup(&f, "");
    f.types_pending = true;
    EXPECT(start(&f) != NULL);
    judge_types_changed(f.judge); /* others have come */
    EXPECT_INT(f.told, 0);
    EXPECT_INT(judge_stats(f.judge).waiting, 1);
    f.types_pending = false;
    judge_types_changed(f.judge);
    EXPECT_INT(f.told, 1);
    EXPECT_INT(f.drift, DRIFT_NONE);
    EXPECT_INT(judge_stats(f.judge).waiting, 0);
    teardown(&f);
}

TEST(a_kind_that_is_not_served_any_more_is_for_whoever_writes_it)
{
    struct fixture f;

    setup(&f, "ServerSideDiff=true");
    judge_set_discovery(f.judge, NULL);
    EXPECT_NULL(start(&f));
    EXPECT_INT(f.drift, DRIFT_VALUE);
    teardown(&f);
}
