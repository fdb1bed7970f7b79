/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/app.h"
#include "daemon/app/pin.h"
#include "daemon/app_object.h"
#include "daemon/finalizers.h"

#include "daemon/object/sync_options.h"
#include "lib/base/time.h"
#include "tests/daemon/parts.h"

TEST(the_instance_name_tells_the_control_namespace_from_others)
{
    static const struct {
        const char *ns;
        bool from_file;
        const char *instance, *qualified;
    } rows[] = {
        {"argocd", false, "web", "argocd/web"},
        {"team-a", false, "team-a_web", "team-a/web"},
        {"", true, "web", "argocd/web"},
        {"team-a", true, "team-a_web", "team-a/web"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *application = parts_application(rows[i].ns, "web");
        struct app *app =
            app_new(parts_daemon(), PARTS_CONTROL_NAMESPACE, application, rows[i].from_file);

        EXPECT_STR(app->instance, rows[i].instance);
        EXPECT_STR(app->qualified, rows[i].qualified);
        EXPECT_INT(app->state, APP_SOURCE);
        EXPECT_INT(app->health, HEALTH_UNKNOWN);
        app_free(app);
    }
}

TEST(an_update_tells_whether_the_spec_changed)
{
    cleanup_json json_t *application = parts_application("argocd", "web");
    struct app *app = app_new(parts_daemon(), PARTS_CONTROL_NAMESPACE, application, false);
    json_t *spec = json_object_get(application, "spec");
    json_t *metadata = json_object_get(application, "metadata");
    uint64_t hash = app->spec_hash;

    EXPECT(!app_update(app, application));
    json_object_set_new(application, "status", parse("{'sync': {'status': 'Synced'}}"));
    EXPECT(!app_update(app, application));

    json_object_set_new(metadata, "annotations", parse("{'argocd.argoproj.io/refresh': 'normal'}"));
    EXPECT(!app->refresh);
    EXPECT(!app_update(app, application));
    EXPECT(app->refresh == REFRESH_ASKED);
    json_object_del(metadata, "annotations");
    EXPECT(!app_update(app, application));
    EXPECT(!app->refresh);

    json_object_set_new(json_object_get(spec, "source"), "targetRevision", json_string("v2"));
    EXPECT(app_update(app, application));
    EXPECT(app->spec_hash != hash);
    EXPECT_STR(app->spec->sources.items[0].target_revision, "v2");

    json_object_set_new(json_object_get(spec, "source"), "path", json_string("/abs"));
    EXPECT(app_update(app, application));
    EXPECT_NULL(app->spec);
    EXPECT_CONTAINS(app->spec_error, "app path is absolute");
    EXPECT(!app_update(app, application)); /* as wrong as before */

    json_object_set_new(json_object_get(spec, "source"), "path", json_string("p"));
    EXPECT(app_update(app, application));
    EXPECT_NULL(app->spec_error);
    EXPECT_STR(app->spec->sources.items[0].path, "p");
    app_free(app);
}

TEST(finalizers_and_operations_of_the_metadata)
{
    static const struct {
        const char *finalizers;
        bool cascade, foreground;
    } rows[] = {
        {"[]", false, false},
        {"['resources-finalizer.argocd.argoproj.io']", true, false},
        {"['resources-finalizer.argocd.argoproj.io/background']", true, false},
        {"['example.org/x', 'resources-finalizer.argocd.argoproj.io/foreground']", true, true},
        {"['example.org/resources-finalizer.argocd.argoproj.io']", false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *application = parts_application("argocd", "web");
        json_t *metadata = json_object_get(application, "metadata");
        struct app *app;

        json_object_set_new(metadata, "finalizers", parse(rows[i].finalizers));
        json_object_set_new(metadata, "deletionTimestamp", json_string("2026-11-23T01:20:25Z"));
        json_object_set_new(application, "operation", parse("{'sync': {'prune': true}}"));
        app = app_new(parts_daemon(), PARTS_CONTROL_NAMESPACE, application, false);
        EXPECT(app->deleting);
        EXPECT_INT((app->finalizer_bits & FINALIZER_CASCADE) != 0, rows[i].cascade);
        EXPECT_INT((app->finalizer_bits & FINALIZER_FOREGROUND) != 0, rows[i].foreground);
        EXPECT_STR(app->uid, "uid-web");
        EXPECT(json_is_true(json_object_get(json_object_get(app->requested, "sync"), "prune")));

        json_object_del(application, "operation");
        json_object_del(metadata, "finalizers");
        json_object_del(metadata, "deletionTimestamp");
        app_update(app, application);
        EXPECT(!app->deleting && !app->finalizer_bits);
        EXPECT_NULL(app->requested);
        EXPECT_NULL(app->finalizers);
        app_free(app);
    }
}

#define COMMIT "0123456789012345678901234567890123456789"
#define OTHER_COMMIT "fedcba9876fedcba9876fedcba9876fedcba9876"

TEST(a_restart_takes_up_what_the_status_says)
{
    static const struct {
        const char *phase, *revision, *path;
        const char *sync; /* what was asked for */
        const char *synced;
    } rows[] = {
        {"Succeeded", COMMIT, "deploy", "{}", COMMIT},
        {"Succeeded", COMMIT, "elsewhere", "{}", ""}, /* the source was edited meanwhile */
        {"Succeeded", COMMIT, "deploy", "{'resources': [{'kind': 'Pod', 'name': 'a'}]}", ""},
        {"Succeeded", COMMIT, "deploy",
         "{'resources': [{'kind': 'Pod', 'name': 'a'}], 'autoHealAttemptsCount': 1}", COMMIT},
        {"Succeeded", COMMIT, "deploy", "{'dryRun': true}", ""},
        {"Succeeded", "0123", "deploy", "{}", ""},
        {"Failed", COMMIT, "deploy", "{}", ""},
        {"Running", COMMIT, "deploy", "{}", ""},
        {"Running", "main", "deploy", "{}", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *application = parts_application("argocd", "web");
        cleanup_json json_t *history = NULL;
        struct app *app;

        json_object_set_new(
            application, "status",
            parsef("{'history': [{'id': 4, 'revision': '" COMMIT "'}], 'resources': [{'kind': "
                   "'ConfigMap', 'name': 'a'}, {'group': 'apps', 'kind': 'Deployment', 'name': "
                   "'b'}, {'kind': 'ConfigMap', 'name': 'c'}], 'operationState': {'phase': '%s', "
                   "'startedAt': '2026-11-23T01:20:25Z', 'operation': {'initiatedBy': "
                   "{'automated': true}, 'sync': %s}, 'syncResult': {'revision': '%s', 'source': "
                   "{'repoURL': 'https://git.example.org/r', 'path': '%s'}}}}",
                   rows[i].phase, rows[i].sync, rows[i].revision, rows[i].path));
        app = app_new(parts_daemon(), PARTS_CONTROL_NAMESPACE, application, false);
        EXPECT_STR(app->synced, rows[i].synced);
        EXPECT(!*rows[i].synced || app_is_synced(app) == streq(app->rendered, COMMIT));
        history = packed_load(app->history);
        EXPECT_INT(json_array_size(history), 1);
        EXPECT_INT(app->owned_kinds.count, 2);
        EXPECT(map_has(&app->owned_kinds, "/ConfigMap"));
        EXPECT(map_has(&app->owned_kinds, "apps/Deployment"));
        EXPECT_INT(app->recorded_kinds, 2);
        EXPECT_STR(app->op.phase, rows[i].phase);
        EXPECT_STR(app->op.revision, rows[i].revision);
        EXPECT(app->op.automated);
        EXPECT_INT(app->op.started_ms, 1795396825000);
        app_free(app);
    }
}

TEST(what_was_only_tried_or_selected_since_does_not_hide_what_was_synced)
{
#define SELECTION "{'resources': [{'kind': 'Pod', 'name': 'a'}]}"
    static const struct {
        const char *phase, *sync, *path; /* of the last entry of the history */
        const char *synced;
        const char *revision; /* of the operation */
    } rows[] = {
        {"Succeeded", "{'dryRun': true}", "deploy", COMMIT, COMMIT},
        {"Failed", "{'dryRun': true}", "deploy", COMMIT, COMMIT},
        {"Succeeded", "{'dryRun': true}", "elsewhere", "", COMMIT},
        {"Succeeded", SELECTION, "deploy", COMMIT, COMMIT},
        {"Failed", SELECTION, "deploy", "", COMMIT},
        {"Succeeded", SELECTION, "deploy", "", OTHER_COMMIT},
        {"Succeeded", "{'dryRun': true}", "deploy", COMMIT, OTHER_COMMIT},
        {"Failed", "{}", "deploy", "", COMMIT},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *application = parts_application("argocd", "web");
        struct app *app;

        json_object_set_new(
            application, "status",
            parsef("{'history': [{'id': 4, 'revision': '" COMMIT "', 'source': {'repoURL': "
                   "'https://git.example.org/r', 'path': '%s'}}], 'operationState': {'phase': "
                   "'%s', 'operation': {'sync': %s}, 'syncResult': {'revision': '%s'}}}",
                   rows[i].path, rows[i].phase, rows[i].sync, rows[i].revision));
        app = app_new(parts_daemon(), PARTS_CONTROL_NAMESPACE, application, false);
        EXPECT_STR(app->synced, rows[i].synced);
        app_free(app);
    }
}

TEST(a_condition_keeps_its_time_while_its_message_is_the_same)
{
    struct app *app = parts_app("web");

    app_set_condition(app, "ComparisonError", NULL);
    EXPECT(!app->status_dirty);
    app_set_condition(app, "ComparisonError", "no such path");
    EXPECT_STR(app_condition_message(app, "ComparisonError"), "no such path");
    EXPECT(app->status_dirty);
    EXPECT(app->conditions[0].since_ms > 0);

    app->conditions[0].since_ms = 1;
    app->status_dirty = false;
    app_set_condition(app, "ComparisonError", "no such path");
    EXPECT_INT(app->conditions[0].since_ms, 1);
    EXPECT(!app->status_dirty);

    app_set_condition(app, "SyncError", "2 of 3 failed");
    app_set_condition(app, "ComparisonError", "another");
    EXPECT_INT(app->condition_count, 2);
    EXPECT(app->conditions[0].since_ms > 1);
    app_set_condition(app, "ComparisonError", NULL);
    EXPECT_NULL(app_condition_message(app, "ComparisonError"));
    EXPECT_STR(app_condition_message(app, "SyncError"), "2 of 3 failed");
    app_free(app);
}
