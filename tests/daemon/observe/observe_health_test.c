/* SPDX-License-Identifier: Apache-2.0 */
/* Health by scripts, as the observer keeps it. */
#include "daemon/app_object.h"
#include "daemon/compare/judge.h"
#include "daemon/observe/observe.h"
#include "daemon/status/status.h"

#include "tests/daemon/cluster.h"

#define POD "/Pod/fix/web"
#define OTHER "/Pod/fix/other"
#define SCRIPT "resource.customizations.health.Pod"
#define BY_PHASE "return {status = obj.status.phase, message = obj.metadata.resourceVersion}"

struct fixture {
    struct cluster cluster;
    struct judge *judge;
    struct assessor *assessor;
    struct observer *observer;
    struct settings *settings;
    struct app *app;
    unsigned changes;
};

static void on_changed(void *arg, struct app *app)
{
    (void)app;
    ((struct fixture *)arg)->changes++;
}

/* NULL: no script. */
static void use_script(struct fixture *f, const char *script)
{
    cleanup_json json_t *data = json_pack("{s:s*}", SCRIPT, script);
    struct settings *s = settings_parse(data, "argocd", NULL, f->settings);

    assessor_set_settings(f->assessor, s);
    observer_set_settings(f->observer, s);
    settings_unref(f->settings);
    f->settings = s;
}

static void setup(struct fixture *f, const char *script)
{
    const char *bin = getenv("GITOPSD_BIN");
    const char *blocker;
    cleanup_free char *program = xasprintf("%s/gitopsd-lua", bin ? bin : "build/asan/bin");

    memset(f, 0, sizeof(*f));
    cluster_start(&f->cluster);
    f->app = parts_app("web");
    f->judge = judge_new(f->cluster.client);
    judge_set_discovery(f->judge, f->cluster.discovery);
    f->assessor = assessor_new(&f->cluster.loop, program);
    f->observer = observer_new(f->cluster.client, f->judge, on_changed, parts_on_recovered, f);
    observer_set_assessor(f->observer, f->assessor);
    use_script(f, script);
    observer_set_discovery(f->observer, f->cluster.discovery);
    observer_add_app(f->observer, f->app);
    f->app->desired = parts_desired("web", parse("[{'apiVersion': 'v1', 'kind': 'Pod', "
                                                 "'metadata': {'name': 'web', 'namespace': "
                                                 "'fix'}}]"));
    observer_want(f->observer, f->app, NULL);
    CLUSTER_UNTIL(&f->cluster, observer_is_ready(f->observer, f->app, &blocker));
}

static void teardown(struct fixture *f)
{
    observer_stop(f->observer);
    assessor_free(f->assessor);
    observer_free(f->observer);
    app_free(f->app);
    judge_stop(f->judge);
    cluster_stop(&f->cluster);
    judge_free(f->judge);
    settings_unref(f->settings);
}

static json_t *pod(const char *uid, int version, const char *phase)
{
    return parsef("{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'web', 'namespace': "
                  "'fix', 'uid': '%s', 'resourceVersion': '%d', 'annotations': {'%s': "
                  "'web:/Pod:fix/web'}}, 'status': {'phase': '%s'}}",
                  uid, version, TRACKING_ANNOTATION, phase);
}

static void feed(struct fixture *f, const char *uid, int version, const char *phase)
{
    cleanup_json json_t *live = pod(uid, version, phase);

    observer_feed(f->observer, live);
}

/* "STATUS: message", "none"; "..." follows while its script runs. Static buffer. */
static const char *health(struct fixture *f)
{
    const struct object *object = observer_find(f->observer, POD);
    static char text[200];

    snprintf(text, sizeof(text), "%s%s%s%s",
             object->has_health ? health_status_name(object->health) : "none",
             object->has_health && object->health_message ? ": " : "",
             object->has_health && object->health_message ? object->health_message : "",
             object->assessing ? "..." : "");
    return text;
}

static void settle(struct fixture *f)
{
    CLUSTER_UNTIL(&f->cluster, !observer_find(f->observer, POD)->assessing);
}

TEST(the_script_answers_later_and_until_then_the_health_is_what_it_was)
{
    struct fixture f;
    unsigned changes;

    setup(&f, BY_PHASE);
    feed(&f, "u1", 10, "Degraded");
    EXPECT_STR(health(&f), "Progressing: Waiting for its health script...");
    changes = f.changes;
    settle(&f);
    EXPECT_STR(health(&f), "Degraded: 10");
    EXPECT(f.changes > changes);
    feed(&f, "u1", 11, "Healthy");
    EXPECT_STR(health(&f), "Degraded: 10...");
    feed(&f, "u1", 12, "Suspended"); /* the last one counts */
    settle(&f);
    EXPECT_STR(health(&f), "Suspended: 12");
    /* Another incarnation has nothing of the former. */
    feed(&f, "u2", 13, "Healthy");
    EXPECT_STR(health(&f), "Progressing: Waiting for its health script...");
    observer_feed_gone(f.observer, POD);
    EXPECT_STR(health(&f), "none");
    teardown(&f);
}

TEST(a_script_that_says_nothing_gives_no_health)
{
    struct fixture f;

    setup(&f, "return {}");
    feed(&f, "u1", 10, "Running");
    settle(&f);
    EXPECT_STR(health(&f), "none");
    feed(&f, "u1", 11, "Running");
    EXPECT_STR(health(&f), "none...");
    settle(&f);
    EXPECT_STR(health(&f), "none");
    teardown(&f);
}

TEST(a_change_of_scripts_counts_at_once)
{
    struct fixture f;

    setup(&f, NULL);
    cluster_set_list(&f.cluster, "pods", json_pack("[o]", pod("u1", 10, "Succeeded")));
    feed(&f, "u1", 10, "Succeeded");
    EXPECT_STR(health(&f), "Healthy");
    use_script(&f, "return {status = 'Degraded', message = 'as I say'}");
    CLUSTER_UNTIL(&f.cluster, streq(health(&f), "Degraded: as I say"));
    use_script(&f, "return {status = 'Suspended'}");
    CLUSTER_UNTIL(&f.cluster, streq(health(&f), "Suspended: "));
    use_script(&f, NULL);
    CLUSTER_UNTIL(&f.cluster, streq(health(&f), "Healthy"));
    teardown(&f);
}

TEST(what_is_being_deleted_is_not_asked_about)
{
    struct fixture f;
    cleanup_json json_t *live = pod("u1", 10, "Degraded");

    setup(&f, BY_PHASE);
    json_object_set_new(json_object_get(live, "metadata"), "deletionTimestamp",
                        json_string("2026-01-01T00:00:00Z"));
    observer_feed(f.observer, live);
    EXPECT_STR(health(&f), "Progressing: Pending deletion");
    json_object_set_new(json_object_get(live, "metadata"), "finalizers",
                        parse("['argocd.argoproj.io/hook-finalizer']"));
    json_object_set_new(json_object_get(live, "metadata"), "resourceVersion", json_string("11"));
    observer_feed(f.observer, live);
    settle(&f);
    EXPECT_STR(health(&f), "Degraded: 11");
    teardown(&f);
}

TEST(the_application_keeps_its_health_until_each_script_has_answered)
{
    struct fixture f;

    setup(&f, BY_PHASE);
    f.app->health = HEALTH_DEGRADED;
    f.app->health_since_ms = 1;
    feed(&f, "u1", 10, "Suspended");
    status_update_health(f.app, f.observer);
    EXPECT_INT(f.app->health, HEALTH_DEGRADED);
    settle(&f);
    status_update_health(f.app, f.observer);
    EXPECT_INT(f.app->health, HEALTH_SUSPENDED);
    teardown(&f);
}

static json_t *pod_of(const char *instance, int version)
{
    return parsef("{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'other', 'namespace': "
                  "'fix', 'uid': 'u9', 'resourceVersion': '%d', 'annotations': {'%s': "
                  "'%s:/Pod:fix/other'}}, 'status': {'phase': 'Degraded'}}",
                  version, TRACKING_ANNOTATION, instance);
}

TEST(what_is_no_application_s_of_ours_is_not_asked_about)
{
    struct fixture f;
    struct app *other = parts_app("other");
    cleanup_json json_t *later = pod_of("other", 12);
    const struct object *object;

    setup(&f, BY_PHASE);
    cluster_set_list(&f.cluster, "pods",
                     json_pack("[o, o]", pod("u1", 10, "Healthy"), pod_of("other", 11)));
    cluster_expire(&f.cluster, "pods");
    CLUSTER_UNTIL(&f.cluster, observer_find(f.observer, OTHER) != NULL);
    CLUSTER_UNTIL(&f.cluster, streq(health(&f), "Healthy: 10"));
    object = observer_find(f.observer, OTHER);
    EXPECT(object->unasked);
    EXPECT_NULL(object->assessing);
    EXPECT(!object->assessed);

    /* An event after its application has come. */
    observer_add_app(f.observer, other);
    cluster_send(&f.cluster, "pods", "MODIFIED", later);
    CLUSTER_UNTIL(&f.cluster, object->resource_version == 12);
    EXPECT(object->assessing != NULL);
    EXPECT(!object->unasked);

    /* And it goes while the script runs. */
    observer_remove_app(f.observer, other);
    EXPECT(object->unasked);
    EXPECT_NULL(object->assessing);
    app_free(other);
    teardown(&f);
}

TEST(stopped_while_a_script_runs)
{
    struct fixture f;

    setup(&f, "while true do end");
    feed(&f, "u1", 10, "Running");
    uv_run(&f.cluster.loop, UV_RUN_NOWAIT);
    teardown(&f);
}
