/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/spec.h"
#include "daemon/object/sync_options.h"

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
    cleanup_json json_t *destination = packed_load(s->destination);
    cleanup_json json_t *written = packed_load(s->sources.written);

    EXPECT_STR(s->project, "default");
    EXPECT_STR(s->sources.items[0].repo_url, "https://git.example.org/r");
    EXPECT_STR(s->sources.items[0].path, "deploy");
    EXPECT_STR(s->sources.items[0].target_revision, "HEAD");
    EXPECT_STR(s->dest_server, "https://kubernetes.default.svc");
    EXPECT_STR(s->dest_name, "");
    EXPECT_STR(s->dest_namespace, "");
    EXPECT_STR(s->sources.items[0].include, "");
    EXPECT_STR(s->sources.items[0].exclude, "");
    EXPECT_INT(s->sources.items[0].tool, SOURCE_DISCOVER);
    EXPECT(!s->sources.items[0].recurse);
    EXPECT(!s->automated && !s->prune && !s->self_heal && !s->allow_empty &&
           !(s->sync_options & SYNC_CREATE_NAMESPACE));
    EXPECT_INT(s->backoff_ms, 5000);
    EXPECT(s->backoff_factor == 2.0);
    EXPECT_INT(s->backoff_max_ms, 180000);
    EXPECT_INT(s->history_limit, 10);
    EXPECT_STR(object_string(written, "path"), "deploy");
    EXPECT_STR(object_string(destination, "server"), "https://kubernetes.default.svc");
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
    EXPECT_STR(s->sources.items[0].target_revision, "v1.*");
    EXPECT_INT(s->sources.items[0].tool, SOURCE_DIRECTORY);
    EXPECT(s->sources.items[0].recurse);
    EXPECT_STR(s->sources.items[0].include, "*.yaml");
    EXPECT_STR(s->sources.items[0].exclude, "x*");
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

        EXPECT_STR(s->sources.items[0].path, rows[i].want_path);
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
        {"'source': {'repoURL': 'u', 'path': 'p', 'helm': {'releaseName': 'x'}}," DESTINATION,
         ERROR_UNSUPPORTED, "spec.source.helm is not supported"},
        {"'source': {'repoURL': 'u', 'path': 'p', 'plugin': {'name': 'x'}}," DESTINATION,
         ERROR_UNSUPPORTED, "spec.source.plugin is not supported"},
        {"'source': {'repoURL': 'u', 'path': 'p', 'kustomize': {'helmCharts': ['a']}}," DESTINATION,
         ERROR_INVALID, "spec.source.kustomize.helmCharts is not known"},
        {"'source': {'repoURL': 'u', 'path': 'p', 'directory': {'jsonnet': {'libs': "
         "['x']}}}," DESTINATION,
         ERROR_UNSUPPORTED, "spec.source.directory.jsonnet is not supported"},
        {"'source': {'repoURL': 'u', 'path': 'p', 'directory': {'recurse': true}, 'helm': {'x': "
         "1}}," DESTINATION,
         ERROR_INVALID, "multiple application sources defined: Helm,Directory"},
        {"'source': {'repoURL': 'u', 'path': 'p', 'kustomize': 'x'}," DESTINATION, ERROR_INVALID,
         "spec.source.kustomize must be a map"},
        {"'source': {'repoURL': 'u', 'ref': 'values'}," DESTINATION, ERROR_INVALID,
         "spec.source.repoURL and either spec.source.path or spec.source.chart are required"},
        {"'sources': [{'repoURL': 'u', 'path': 'p'}, {'repoURL': 'v'}]," DESTINATION, ERROR_INVALID,
         "spec.source.repoURL and either source.path, source.chart, or source.ref are required for "
         "source spec.sources[1]"},
        {"'sources': [{'repoURL': 'u', 'path': 'p'}, {'repoURL': 'v', 'chart': 'nginx', "
         "'targetRevision': '1'}]," DESTINATION,
         ERROR_UNSUPPORTED, "spec.sources[1].chart is not supported"},
        {"'sources': [{'repoURL': 'u', 'path': 'p'}, {'repoURL': 'v', 'ref': 'a b'}]," DESTINATION,
         ERROR_INVALID,
         "spec.sources[1].ref \"a b\" cannot contain any special characters except '_' and '-'"},
        {"'sources': [{'repoURL': 'u', 'ref': 'x'}, {'repoURL': 'v', 'ref': 'x'}]," DESTINATION,
         ERROR_INVALID, "multiple sources had the same `ref` key: spec.sources[0].ref and "},
        {"'sources': [{'repoURL': 'u', 'path': 'p', 'name': 'n'}, {'repoURL': 'v', 'path': 'p', "
         "'name': 'n'}]," DESTINATION,
         ERROR_INVALID, "spec.sources[0].name and spec.sources[1].name are both \"n\""},
        {"'sources': ['x']," DESTINATION, ERROR_INVALID, "spec.sources[0]"},
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
        "'helm': null",    "'chart': ''",     "'name': 'main'",    "'helm': {}",
        "'ref': 'values'"};

    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        cleanup_free char *text =
            xasprintf("'source': {'repoURL': 'u', 'path': 'p', %s}," DESTINATION, sources[i]);

        app_spec_free(good(text));
    }
}

TEST(several_sources_win_over_one_and_keep_their_order)
{
    struct app_spec *s =
        good(SOURCE ", 'sources': [{'repoURL': 'a', 'path': 'p/', 'targetRevision': '1.x', "
                    "'tagPrefix': 'v'}, {'repoURL': 'b', 'ref': 'values_1-x'}, {'repoURL': 'a', "
                    "'path': 'q', 'name': 'second'}]," DESTINATION);
    cleanup_json json_t *written = packed_load(s->sources.written);

    EXPECT(app_sources_are_several(&s->sources));
    EXPECT_INT(s->sources.count, 3);
    EXPECT_STR(s->sources.items[0].path, "p");
    EXPECT_STR(s->sources.items[0].target_revision, "1.x");
    EXPECT_STR(s->sources.items[0].tag_prefix, "v");
    EXPECT_STR(s->sources.items[1].repo_url, "b");
    EXPECT_STR(s->sources.items[1].path, "");
    EXPECT_STR(s->sources.items[1].ref, "values_1-x");
    EXPECT_STR(s->sources.items[2].name, "second");
    EXPECT_STR(s->sources.items[2].field, "spec.sources[2]");
    EXPECT_INT(json_array_size(written), 3);
    app_spec_free(s);
    s = good(SOURCE ", 'sources': []," DESTINATION);
    EXPECT(!app_sources_are_several(&s->sources));
    EXPECT_STR(s->sources.items[0].field, "spec.source");
    app_spec_free(s);
}
