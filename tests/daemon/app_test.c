/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app.h"

#include "daemon/sync/options.h"
#include "lib/base/time.h"
#include "tests/daemon/parts.h"

#define SOURCE "'source': {'repoURL': 'https://git.example.org/r', 'path': 'deploy'}"
#define DESTINATION "'destination': {'server': 'https://kubernetes.default.svc'}"

static struct app_spec *spec_of(const char *spec, struct error **err)
{
    cleanup_json json_t *application = parsef("{'spec': {%s}}", spec);

    return app_spec_parse(application, err);
}

static struct app_spec *good(const char *spec)
{
    cleanup_error struct error *err = NULL;
    struct app_spec *s = spec_of(spec, &err);

    if (!s)
        fail_msg("%s: %s", spec, error_message(err));
    return s;
}

TEST(the_smallest_spec_gets_the_defaults)
{
    struct app_spec *s = good(SOURCE "," DESTINATION);

    EXPECT_STR(s->project, "default");
    EXPECT_STR(s->repo_url, "https://git.example.org/r");
    EXPECT_STR(s->path, "deploy");
    EXPECT_STR(s->target_revision, "HEAD");
    EXPECT_STR(s->dest_server, "https://kubernetes.default.svc");
    EXPECT_STR(s->dest_name, "");
    EXPECT_STR(s->dest_namespace, "");
    EXPECT_STR(s->dir_include, "");
    EXPECT_STR(s->dir_exclude, "");
    EXPECT(!s->dir_explicit && !s->dir_recurse);
    EXPECT(!s->automated && !s->prune && !s->self_heal && !s->allow_empty &&
           !(s->sync_options & SYNC_CREATE_NAMESPACE));
    EXPECT_INT(s->backoff_ms, 5000);
    EXPECT(s->backoff_factor == 2.0);
    EXPECT_INT(s->backoff_max_ms, 180000);
    EXPECT_INT(s->history_limit, 10);
    EXPECT_STR(object_string(s->source, "path"), "deploy");
    EXPECT_STR(object_string(s->destination, "server"), "https://kubernetes.default.svc");
    app_spec_free(s);
}

TEST(every_field_is_read)
{
    struct app_spec *s =
        good("'project': 'shop', 'source': {'repoURL': 'git@h:r.git', 'path': 'a/b', "
             "'targetRevision': 'v1.*', 'directory': {'recurse': true, 'include': '*.yaml', "
             "'exclude': 'x*'}}, 'destination': {'name': 'in-cluster', 'namespace': 'shop'}, "
             "'revisionHistoryLimit': 3, 'syncPolicy': {'automated': {'prune': true, 'selfHeal': "
             "true, 'allowEmpty': true}, 'syncOptions': ['Validate=true', 'CreateNamespace=true'], "
             "'retry': {'limit': 2, 'backoff': {'duration': '1m30s', 'factor': 3, 'maxDuration': "
             "'2h'}}}");

    EXPECT_STR(s->project, "shop");
    EXPECT_STR(s->target_revision, "v1.*");
    EXPECT(s->dir_explicit && s->dir_recurse);
    EXPECT_STR(s->dir_include, "*.yaml");
    EXPECT_STR(s->dir_exclude, "x*");
    EXPECT_STR(s->dest_server, "");
    EXPECT_STR(s->dest_name, "in-cluster");
    EXPECT_STR(s->dest_namespace, "shop");
    EXPECT_INT(s->history_limit, 3);
    EXPECT(s->automated && s->prune && s->self_heal && s->allow_empty &&
           (s->sync_options & SYNC_CREATE_NAMESPACE));
    EXPECT_INT(s->backoff_ms, 90000);
    EXPECT(s->backoff_factor == 3.0);
    EXPECT_INT(s->backoff_max_ms, 7200000);
    app_spec_free(s);
}

TEST(automation_is_an_object_that_is_not_disabled)
{
    static const struct {
        const char *policy;
        bool automated, prune;
    } rows[] = {
        {"'automated': {}", true, false},
        {"'automated': {'enabled': true, 'prune': true}", true, true},
        {"'automated': {'enabled': false, 'prune': true}", false, false},
        {"'automated': null", false, false},
        {"'automated': {'prune': false, 'selfHeal': true}", true, false},
        {"'syncOptions': ['CreateNamespace=false']", false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *text =
            xasprintf(SOURCE "," DESTINATION ", 'syncPolicy': {%s}", rows[i].policy);
        struct app_spec *s = good(text);

        EXPECT_INT(s->automated, rows[i].automated);
        EXPECT_INT(s->prune, rows[i].prune);
        EXPECT(!(s->sync_options & SYNC_CREATE_NAMESPACE));
        app_spec_free(s);
    }
}

TEST(slashes_at_the_end_do_not_count)
{
    static const struct {
        const char *path, *server, *want_path, *want_server;
    } rows[] = {
        {"deploy/", "https://kubernetes.default.svc/", "deploy", "https://kubernetes.default.svc"},
        {"a/b///", "https://c:6443", "a/b", "https://c:6443"},
        {".", "https://c:6443/", ".", "https://c:6443"},
        {"./", "https://c", ".", "https://c"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *text = xasprintf("'source': {'repoURL': 'u', 'path': '%s'}, "
                                            "'destination': {'server': '%s'}",
                                            rows[i].path, rows[i].server);
        struct app_spec *s = good(text);

        EXPECT_STR(s->path, rows[i].want_path);
        EXPECT_STR(s->dest_server, rows[i].want_server);
        app_spec_free(s);
    }
}

TEST(backoff_durations)
{
    static const struct {
        const char *backoff;
        uint64_t ms;
        double factor;
        uint64_t max_ms;
        const char *message; /* NULL: accepted */
    } rows[] = {
        {"'duration': '10s'", 10000, 2, 180000, NULL},
        {"'duration': '7'", 7000, 2, 180000, NULL},
        {"'duration': '1500ms', 'maxDuration': '3m'", 1500, 2, 180000, NULL},
        {"'duration': '250ms'", 1000, 2, 180000, NULL}, /* not a storm */
        {"'maxDuration': '1h'", 5000, 2, 3600000, NULL},
        {"'factor': 1", 5000, 1, 180000, NULL},
        {"'factor': 0", 5000, 2, 180000, NULL},  /* would never wait again */
        {"'factor': -3", 5000, 2, 180000, NULL}, /* likewise */
        {"'duration': 'soon'", 0, 0, 0, "spec.syncPolicy.retry.backoff.duration: "},
        {"'duration': '-5s'", 0, 0, 0, "spec.syncPolicy.retry.backoff.duration: "},
        {"'maxDuration': '3 minutes'", 0, 0, 0, "spec.syncPolicy.retry.backoff.maxDuration: "},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *text = xasprintf(
            SOURCE "," DESTINATION ", 'syncPolicy': {'retry': {'backoff': {%s}}}", rows[i].backoff);
        cleanup_error struct error *err = NULL;
        struct app_spec *s = spec_of(text, &err);

        if (rows[i].message) {
            EXPECT_NULL(s);
            EXPECT_INT(error_kind(err), ERROR_INVALID);
            EXPECT_CONTAINS(error_message(err), rows[i].message);
            continue;
        }
        if (!s)
            fail_msg("%s: %s", rows[i].backoff, error_message(err));
        EXPECT_INT(s->backoff_ms, rows[i].ms);
        EXPECT(s->backoff_factor == rows[i].factor);
        EXPECT_INT(s->backoff_max_ms, rows[i].max_ms);
        app_spec_free(s);
    }
}

TEST(what_cannot_be_done_is_refused_by_name)
{
    static const struct {
        const char *spec;
        enum error_kind kind;
        const char *message;
    } rows[] = {
        {"", ERROR_INVALID, "spec.source.repoURL and either spec.source.path"},
        {DESTINATION, ERROR_INVALID, "spec.source.repoURL and either spec.source.path"},
        {"'source': {'repoURL': 'u'}," DESTINATION, ERROR_INVALID, "spec.source.path"},
        {"'source': {'path': 'p'}," DESTINATION, ERROR_INVALID, "spec.source.repoURL"},
        {"'source': {'repoURL': 'u', 'path': ''}," DESTINATION, ERROR_INVALID, "spec.source.path"},
        {"'source': {'repoURL': 'u', 'path': 3}," DESTINATION, ERROR_INVALID, "spec.source.path"},
        {"'source': {'repoURL': 'u', 'path': '/etc'}," DESTINATION, ERROR_INVALID,
         "spec.source.path \"/etc\": app path is absolute"},
        {"'source': {'repoURL': 'u', 'chart': 'nginx'}," DESTINATION, ERROR_UNSUPPORTED,
         "spec.source.chart is not supported"},
        {"'source': {'repoURL': 'u', 'path': 'p', 'helm': {}}," DESTINATION, ERROR_UNSUPPORTED,
         "spec.source.helm is not supported"},
        {"'source': {'repoURL': 'u', 'path': 'p', 'plugin': {'name': 'x'}}," DESTINATION,
         ERROR_UNSUPPORTED, "spec.source.plugin is not supported"},
        {"'source': {'repoURL': 'u', 'path': 'p', 'ref': 'values'}," DESTINATION, ERROR_UNSUPPORTED,
         "spec.source.ref is not supported"},
        {"'source': {'repoURL': 'u', 'path': 'p', 'kustomize': {'images': ['a=b']}}," DESTINATION,
         ERROR_UNSUPPORTED, "spec.source.kustomize.images is not supported"},
        {"'source': {'repoURL': 'u', 'path': 'p', 'directory': {'jsonnet': {}}}," DESTINATION,
         ERROR_UNSUPPORTED, "spec.source.directory.jsonnet is not supported"},
        {"'sources': [{'repoURL': 'u', 'path': 'p'}]," DESTINATION, ERROR_UNSUPPORTED,
         "spec.sources is not supported"},
        {SOURCE ", 'sourceHydrator': {}," DESTINATION, ERROR_UNSUPPORTED,
         "spec.sourceHydrator is not supported"},
        {SOURCE, ERROR_INVALID, "spec.destination: one of server and name is required"},
        {SOURCE ", 'destination': {'namespace': 'x'}", ERROR_INVALID,
         "spec.destination: one of server and name is required"},
        {SOURCE ", 'destination': {'server': 'https://a', 'name': 'b'}", ERROR_INVALID,
         "spec.destination: server \"https://a\" and name \"b\" exclude each other"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_error struct error *err = NULL;

        if (spec_of(rows[i].spec, &err))
            fail_msg("accepted: %s", rows[i].spec);
        EXPECT_CONTAINS(error_message(err), rows[i].message);
        EXPECT_INT(error_kind(err), rows[i].kind);
    }
}

TEST(what_says_nothing_is_not_refused)
{
    static const char *const sources[] = {
        "'kustomize': {}", "'directory': {}", "'kustomize': null", "'directory': {'jsonnet': null}",
        "'helm': null",    "'chart': ''",     "'name': 'main'"};

    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        cleanup_free char *text =
            xasprintf("'source': {'repoURL': 'u', 'path': 'p', %s}," DESTINATION, sources[i]);

        app_spec_free(good(text));
    }
}

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
    EXPECT(!app->refresh_asked);
    EXPECT(!app_update(app, application));
    EXPECT(app->refresh_asked);
    json_object_del(metadata, "annotations");
    EXPECT(!app_update(app, application));
    EXPECT(!app->refresh_asked);

    json_object_set_new(json_object_get(spec, "source"), "targetRevision", json_string("v2"));
    EXPECT(app_update(app, application));
    EXPECT(app->spec_hash != hash);
    EXPECT_STR(app->spec->target_revision, "v2");

    json_object_set_new(json_object_get(spec, "source"), "path", json_string("/abs"));
    EXPECT(app_update(app, application));
    EXPECT_NULL(app->spec);
    EXPECT_CONTAINS(app->spec_error, "app path is absolute");
    EXPECT(!app_update(app, application)); /* as wrong as before */

    json_object_set_new(json_object_get(spec, "source"), "path", json_string("p"));
    EXPECT(app_update(app, application));
    EXPECT_NULL(app->spec_error);
    EXPECT_STR(app->spec->path, "p");
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
        EXPECT_INT(app->cascade, rows[i].cascade);
        EXPECT_INT(app->foreground, rows[i].foreground);
        EXPECT_STR(app->uid, "uid-web");
        EXPECT(json_is_true(json_object_get(json_object_get(app->requested, "sync"), "prune")));

        json_object_del(application, "operation");
        json_object_del(metadata, "finalizers");
        json_object_del(metadata, "deletionTimestamp");
        app_update(app, application);
        EXPECT(!app->deleting && !app->cascade && !app->foreground);
        EXPECT_NULL(app->requested);
        EXPECT_NULL(app->finalizers);
        app_free(app);
    }
}

#define COMMIT "0123456789012345678901234567890123456789"

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
        EXPECT(!*rows[i].synced || app->synced_spec == app->spec_hash);
        EXPECT_INT(json_array_size(app->history), 1);
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
