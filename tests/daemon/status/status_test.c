/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app_object.h"
#include "daemon/status/status.h"

#include "lib/base/interned.h"
#include "tests/daemon/parts.h"

#define COMMIT_A "0123456789012345678901234567890123456789"
#define COMMIT_B "abcdefabcdefabcdefabcdefabcdefabcdefabcd"

struct fixture {
    struct parts_judge judge;
    struct observer *observer;
    struct app *app;
};

static struct packed *packed(const char *text)
{
    cleanup_json json_t *document = parse(text);

    return packed_new(document);
}

static void want(struct fixture *f, json_t *objects)
{
    struct desired_set *former = f->app->desired;

    f->app->desired = parts_desired("web", objects);
    observer_want(f->observer, f->app, former);
    desired_set_unref(former);
}

/* Nothing is watched: what the cluster is like is fed. */
static void setup(struct fixture *f)
{
    struct kube_discovery *d = parts_discovery_with("'patch', 'delete'");

    f->observer =
        observer_new(NULL, parts_judge_start(&f->judge), parts_on_changed, parts_on_recovered, f);
    f->app = parts_app("web");
    observer_set_discovery(f->observer, d);
    kube_discovery_unref(d);
    observer_add_app(f->observer, f->app);
    want(f, parse("[{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'a'}},"
                  "{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'd', "
                  "'annotations': {'argocd.argoproj.io/sync-wave': '2'}}, 'spec': {'template': "
                  "{'spec': {'containers': [{'name': 'x', 'image': 'z:1'}, {'name': 'y', 'image': "
                  "'a:2'}, {'name': 'w', 'image': 'z:1'}]}}}}]"));
}

static void teardown(struct fixture *f)
{
    observer_free(f->observer);
    parts_judge_stop(&f->judge);
    app_free(f->app);
}

/* The object exists, is tracked, and has this verdict and health (-1: none). */
static void set(struct fixture *f, const char *key, enum verdict verdict, int health)
{
    struct object *object = observer_find(f->observer, key);

    object->verdict = verdict;
    free(TAKE(object->images));
    if (streq(key, "apps/Deployment/fix/d") && verdict != VERDICT_MISSING)
        object->images = xstrdup("z:1\na:2\nz:1");
    snprintf(object->uid, sizeof(object->uid), "%s", verdict == VERDICT_MISSING ? "" : "uid");
    object->has_health = health >= 0;
    if (health >= 0)
        object->health = (enum health_status)health;
}

#define CONFIG_MAP "/ConfigMap/fix/a"
#define DEPLOYMENT "apps/Deployment/fix/d"

TEST(the_sync_status_is_the_worst_of_its_objects)
{
    static const struct {
        enum verdict a, d;
        const char *want;
    } rows[] = {
        {VERDICT_SYNCED, VERDICT_SYNCED, "Synced"},
        {VERDICT_SYNCED, VERDICT_DRIFTED, "OutOfSync"},
        {VERDICT_SYNCED, VERDICT_STALE, "OutOfSync"},
        {VERDICT_MISSING, VERDICT_SYNCED, "OutOfSync"},
        {VERDICT_UNKNOWN, VERDICT_SYNCED, "Unknown"},
        {VERDICT_UNKNOWN, VERDICT_DRIFTED, "OutOfSync"},
        {VERDICT_DRIFTED, VERDICT_UNKNOWN, "OutOfSync"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;

        setup(&f);
        set(&f, CONFIG_MAP, rows[i].a, -1);
        set(&f, DEPLOYMENT, rows[i].d, HEALTH_HEALTHY);
        if (!streq(status_sync(f.app, f.observer), rows[i].want))
            fail_msg("row %zu: %s", i, status_sync(f.app, f.observer));
        teardown(&f);
    }
}

TEST(the_sync_status_is_unknown_while_the_desired_side_is)
{
    struct fixture f;
    struct desired_set *desired;

    setup(&f);
    set(&f, CONFIG_MAP, VERDICT_SYNCED, -1);
    set(&f, DEPLOYMENT, VERDICT_SYNCED, HEALTH_HEALTHY);
    EXPECT_STR(status_sync(f.app, f.observer), "Synced");
    revision_set(&f.app->broken, COMMIT_A);
    EXPECT_STR(status_sync(f.app, f.observer), "Unknown");
    revision_set(&f.app->broken, "");
    desired = TAKE(f.app->desired);
    EXPECT_STR(status_sync(f.app, f.observer), "Unknown");
    f.app->desired = desired;
    app_spec_free(TAKE(f.app->spec));
    EXPECT_STR(status_sync(f.app, f.observer), "Unknown");
    teardown(&f);
}

TEST(a_kind_that_is_not_served_is_out_of_sync)
{
    struct fixture f;

    setup(&f);
    want(&f,
         parse("[{'apiVersion': 'example.org/v1', 'kind': 'Widget', 'metadata': {'name': 'w'}}]"));
    EXPECT_STR(status_sync(f.app, f.observer), "OutOfSync");
    teardown(&f);
}

TEST(an_extra_object_is_out_of_sync_and_listed_for_pruning)
{
    cleanup_json json_t *live =
        parse("{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'a', 'namespace': "
              "'fix', 'uid': 'u', 'resourceVersion': '5', 'annotations': "
              "{'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:fix/a'}}}");
    struct fixture f;
    json_t *status, *entry;

    setup(&f);
    observer_feed(f.observer, live);
    want(&f, json_array());
    EXPECT_STR(status_sync(f.app, f.observer), "OutOfSync");
    status = status_build(f.app, f.observer);
    EXPECT_INT(json_array_size(json_object_get(status, "resources")), 1);
    entry = json_array_get(json_object_get(status, "resources"), 0);
    EXPECT(json_is_true(json_object_get(entry, "requiresPruning")));
    EXPECT_STR(object_string(entry, "kind"), "ConfigMap");
    EXPECT_STR(object_string(entry, "namespace"), "fix");
    EXPECT_STR(object_string(entry, "name"), "a");
    EXPECT_STR(object_string(entry, "status"), "OutOfSync");
    json_decref(status);

    observer_feed_gone(f.observer, CONFIG_MAP);
    EXPECT_STR(status_sync(f.app, f.observer), "Synced"); /* nothing wanted, nothing there */
    teardown(&f);
}

TEST(health_is_the_worst_of_what_lives)
{
    static const struct {
        enum verdict a;
        int a_health;
        enum verdict d;
        int d_health;
        enum health_status want;
    } rows[] = {
        {VERDICT_SYNCED, -1, VERDICT_SYNCED, HEALTH_HEALTHY, HEALTH_HEALTHY},
        {VERDICT_SYNCED, -1, VERDICT_SYNCED, -1, HEALTH_HEALTHY},
        {VERDICT_SYNCED, -1, VERDICT_SYNCED, HEALTH_PROGRESSING, HEALTH_PROGRESSING},
        {VERDICT_SYNCED, HEALTH_SUSPENDED, VERDICT_SYNCED, HEALTH_HEALTHY, HEALTH_SUSPENDED},
        {VERDICT_SYNCED, HEALTH_DEGRADED, VERDICT_SYNCED, HEALTH_PROGRESSING, HEALTH_DEGRADED},
        {VERDICT_SYNCED, HEALTH_UNKNOWN, VERDICT_SYNCED, HEALTH_DEGRADED, HEALTH_UNKNOWN},
        {VERDICT_DRIFTED, -1, VERDICT_DRIFTED, HEALTH_HEALTHY, HEALTH_HEALTHY},
        {VERDICT_MISSING, -1, VERDICT_SYNCED, HEALTH_HEALTHY, HEALTH_HEALTHY},
        {VERDICT_SYNCED, -1, VERDICT_MISSING, -1, HEALTH_HEALTHY},
        {VERDICT_MISSING, -1, VERDICT_MISSING, -1, HEALTH_MISSING},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;

        setup(&f);
        set(&f, CONFIG_MAP, rows[i].a, rows[i].a_health);
        set(&f, DEPLOYMENT, rows[i].d, rows[i].d_health);
        status_update_health(f.app, f.observer);
        if (f.app->health != rows[i].want)
            fail_msg("row %zu: %s", i, health_status_name(f.app->health));
        EXPECT(f.app->health_since_ms > 0);
        EXPECT(f.app->status_dirty);
        teardown(&f);
    }
}

TEST(health_keeps_its_time_while_it_is_the_same)
{
    struct fixture f;

    setup(&f);
    set(&f, CONFIG_MAP, VERDICT_SYNCED, -1);
    set(&f, DEPLOYMENT, VERDICT_SYNCED, HEALTH_HEALTHY);
    status_update_health(f.app, f.observer);
    f.app->health_since_ms = 1000;
    f.app->status_dirty = false;
    status_update_health(f.app, f.observer);
    EXPECT_INT(f.app->health_since_ms, 1000);
    EXPECT(!f.app->status_dirty);
    set(&f, DEPLOYMENT, VERDICT_SYNCED, HEALTH_DEGRADED);
    status_update_health(f.app, f.observer);
    EXPECT(f.app->health_since_ms > 1000);
    EXPECT(f.app->status_dirty);
    app_spec_free(TAKE(f.app->spec));
    status_update_health(f.app, f.observer);
    EXPECT_INT(f.app->health, HEALTH_UNKNOWN);
    teardown(&f);
}

/* Borrowed; `path` is "a.b.0.c". */
static const json_t *at(const json_t *value, const char *path)
{
    cleanup_free char *copy = xstrdup(path);
    char *save = NULL;

    for (char *w = strtok_r(copy, ".", &save); w; w = strtok_r(NULL, ".", &save))
        value = json_is_array(value) ? json_array_get(value, (size_t)atoi(w))
                                     : json_object_get(value, w);
    return value;
}

static void expect_text(const json_t *status, const char *path, const char *want)
{
    const char *got = json_string_value(at(status, path));

    if (!streq(got, want))
        fail_msg("%s: \"%s\" is not \"%s\"", path, got ? got : "(null)", want);
}

TEST(the_document)
{
    struct fixture f;
    json_t *status;

    setup(&f);
    set(&f, CONFIG_MAP, VERDICT_SYNCED, -1);
    set(&f, DEPLOYMENT, VERDICT_DRIFTED, HEALTH_DEGRADED);
    observer_find(f.observer, DEPLOYMENT)->health_message = xstrdup("no progress");
    status_update_health(f.app, f.observer);
    revision_set(&f.app->target, COMMIT_B);
    revision_set(&f.app->rendered, COMMIT_A);
    app_set_condition(f.app, "SyncError", "1 of 2 failed");
    f.app->conditions[0].since_ms = 1795396825000;
    f.app->reconciled_ms = 1795396826000;
    strvec_push(&f.app->tools, "Kustomize");
    status = status_build(f.app, f.observer);

    expect_text(status, "sync.status", "OutOfSync");
    expect_text(status, "sync.revision", COMMIT_A);
    expect_text(status, "sync.comparedTo.source.repoURL", "https://git.example.org/r");
    expect_text(status, "sync.comparedTo.destination.namespace", "fix");
    expect_text(status, "health.status", "Degraded");
    EXPECT(at(status, "health.lastTransitionTime"));
    EXPECT_INT(json_array_size(at(status, "resources")), 2);
    expect_text(status, "resources.0.kind", "ConfigMap"); /* by key */
    expect_text(status, "resources.0.status", "Synced");
    EXPECT_NULL(at(status, "resources.0.group"));
    EXPECT_NULL(at(status, "resources.0.health"));
    EXPECT_NULL(at(status, "resources.0.syncWave"));
    expect_text(status, "resources.1.group", "apps");
    expect_text(status, "resources.1.version", "v1");
    expect_text(status, "resources.1.namespace", "fix");
    expect_text(status, "resources.1.name", "d");
    expect_text(status, "resources.1.status", "OutOfSync");
    expect_text(status, "resources.1.health.status", "Degraded");
    expect_text(status, "resources.1.health.message", "no progress");
    EXPECT_INT(json_integer_value(at(status, "resources.1.syncWave")), 2);
    expect_text(status, "sourceType", "Kustomize");
    EXPECT_INT(json_array_size(at(status, "summary.images")), 2);
    expect_text(status, "summary.images.0", "a:2");
    expect_text(status, "summary.images.1", "z:1");
    EXPECT_INT(json_array_size(at(status, "conditions")), 1);
    expect_text(status, "conditions.0.type", "SyncError");
    expect_text(status, "conditions.0.message", "1 of 2 failed");
    expect_text(status, "conditions.0.lastTransitionTime", "2026-11-23T01:20:25Z");
    expect_text(status, "reconciledAt", "2026-11-23T01:20:26Z");
    expect_text(status, "controllerNamespace", "argocd");
    EXPECT_NULL(at(status, "operationState")); /* what an earlier process wrote stays */
    EXPECT_NULL(at(status, "history"));
    json_decref(status);

    /* Conditions that are over are left out. */
    app_set_condition(f.app, "SyncError", NULL);
    status = status_build(f.app, f.observer);
    EXPECT_NULL(at(status, "conditions"));
    json_decref(status);

    /* A revision that cannot be rendered is the one that is told. */
    revision_set(&f.app->broken, COMMIT_B);
    status = status_build(f.app, f.observer);
    expect_text(status, "sync.revision", COMMIT_B);
    json_decref(status);
    teardown(&f);
}

TEST(an_application_that_is_invalid_has_a_status_nevertheless)
{
    struct fixture f;
    json_t *status;

    setup(&f);
    app_spec_free(TAKE(f.app->spec));
    app_set_condition(f.app, "InvalidSpecError", "spec.destination: ...");
    status_update_health(f.app, f.observer);
    status = status_build(f.app, f.observer);
    expect_text(status, "sync.status", "Unknown");
    expect_text(status, "health.status", "Unknown");
    EXPECT_NULL(at(status, "sync.comparedTo"));
    expect_text(status, "conditions.0.type", "InvalidSpecError");
    json_decref(status);
    teardown(&f);
}

TEST(the_operation_of_the_document)
{
    struct fixture f;
    struct app_operation *op;
    json_t *status;

    setup(&f);
    op = &f.app->op;
    op->phase = "Running";
    op->message = xstrdup("one task left");
    revision_set(&op->revision, COMMIT_A);
    op->started_ms = 1795396825000;
    op->source = packed("{'path': 'deploy'}");
    op->request = packed("{'initiatedBy': {'automated': true}, 'sync': {'revision': '" COMMIT_A
                         "', 'prune': true}}");
    op->retry_count = 2;
    op->results = xcalloc(1, sizeof(*op->results));
    op->result_count = 1;
    op->results[0] = (struct sync_result){.key = interned_ref(DEPLOYMENT),
                                          .group = interned_ref("apps"),
                                          .version = interned_ref("v1"),
                                          .kind = interned_ref("Deployment"),
                                          .namespace = interned_ref("fix"),
                                          .name = interned_ref("d"),
                                          .status = "SyncFailed",
                                          .hook_phase = "Failed",
                                          .sync_phase = "Sync",
                                          .message = interned_ref("denied")};
    status = status_build(f.app, f.observer);
    expect_text(status, "operationState.phase", "Running");
    expect_text(status, "operationState.message", "one task left");
    expect_text(status, "operationState.startedAt", "2026-11-23T01:20:25Z");
    EXPECT_NULL(at(status, "operationState.finishedAt"));
    EXPECT_INT(json_integer_value(at(status, "operationState.retryCount")), 2);
    EXPECT(json_is_true(at(status, "operationState.operation.initiatedBy.automated")));
    expect_text(status, "operationState.operation.sync.revision", COMMIT_A);
    EXPECT(json_is_true(at(status, "operationState.operation.sync.prune")));
    expect_text(status, "operationState.syncResult.revision", COMMIT_A);
    expect_text(status, "operationState.syncResult.source.path", "deploy");
    expect_text(status, "operationState.syncResult.resources.0.kind", "Deployment");
    expect_text(status, "operationState.syncResult.resources.0.status", "SyncFailed");
    expect_text(status, "operationState.syncResult.resources.0.hookPhase", "Failed");
    expect_text(status, "operationState.syncResult.resources.0.message", "denied");
    json_decref(status);

    op->phase = "Failed";
    op->finished_ms = 1795396827000;
    status = status_build(f.app, f.observer);
    expect_text(status, "operationState.phase", "Failed");
    expect_text(status, "operationState.finishedAt", "2026-11-23T01:20:27Z");
    json_decref(status);
    teardown(&f);
}

TEST(the_history_keeps_the_newest_within_its_limit)
{
    static const struct {
        int64_t limit;
        size_t kept;
    } rows[] = {{10, 5}, {5, 5}, {3, 3}, {1, 1}, {0, 0}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;
        json_t *status;

        setup(&f);
        f.app->spec->history_limit = rows[i].limit;
        f.app->op.started_ms = 1795396825000;
        f.app->op.finished_ms = 1795396826000;
        f.app->op.request = packed("{'initiatedBy': {'automated': true}}");
        f.app->op.source = packed("{'path': 'deploy'}");
        for (int n = 0; n < 5; n++) {
            cleanup_free char *revision = xasprintf("%d", n);

            revision_set(&f.app->op.revision, revision);
            status_add_history(f.app);
        }
        status = status_build(f.app, f.observer);
        EXPECT_INT(json_array_size(at(status, "history")), rows[i].kept);
        if (rows[i].kept) {
            cleanup_free char *last = xasprintf("history.%zu", rows[i].kept - 1);
            const json_t *entry = at(status, last);

            EXPECT_INT(json_integer_value(at(entry, "id")), 4);
            expect_text(entry, "revision", "4");
            expect_text(entry, "source.path", "deploy");
            expect_text(entry, "deployStartedAt", "2026-11-23T01:20:25Z");
            expect_text(entry, "deployedAt", "2026-11-23T01:20:26Z");
            EXPECT(json_is_true(at(entry, "initiatedBy.automated")));
        }
        json_decref(status);
        teardown(&f);
    }
}

/* Ids go on after a restart, also when an edit of the spec made the limit smaller. */
TEST(the_history_goes_on_where_the_cluster_has_it)
{
    cleanup_json json_t *history = NULL;
    struct fixture f;

    setup(&f);
    f.app->history = packed("[{'id': 7, 'revision': 'x'}, {'id': 8, 'revision': 'y'}]");
    f.app->spec->history_limit = 2;
    revision_set(&f.app->op.revision, COMMIT_A);
    status_add_history(f.app);
    history = packed_load(f.app->history);
    EXPECT_INT(json_array_size(history), 2);
    EXPECT_INT(json_integer_value(at(history, "0.id")), 8);
    EXPECT_INT(json_integer_value(at(history, "1.id")), 9);
    teardown(&f);
}
