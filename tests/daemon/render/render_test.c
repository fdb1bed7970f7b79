/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/render.h"

#include "lib/base/time.h"
#include "tests/daemon/parts.h"
#include "tests/lib/git/git_test_repo.h"

struct fixture {
    uv_loop_t loop;
    struct worker_pool *pool;
    struct renderer *renderer;
    struct kube_discovery *discovery;
    char *dir;
    char *commit;
    struct app_sources of[64]; /* of the inputs, by turns */
    struct render_source sources[64][3];
    size_t used;
};

/* What one render told, its results kept. */
struct result {
    unsigned calls;
    bool reused, repo_damaged, waits;
    char *tool; /* of all sources */
    size_t questions;
    struct desired_set *desired;
    struct render_record *record;
    struct error *err;
};

static void result_clear(struct result *r)
{
    desired_set_unref(r->desired);
    render_record_free(r->record);
    error_free(r->err);
    free(r->tool);
    *r = (struct result){0};
}

static void setup(struct fixture *f, const char *make)
{
    static unsigned number;

    *f = (struct fixture){0};

    uv_loop_init(&f->loop);
    f->pool = worker_pool_new(&f->loop, 2);
    f->renderer = renderer_new(&f->loop, f->pool);
    f->discovery = parts_discovery();
    f->dir = xasprintf("%s/render%u", test_tmpdir(), number++);
    f->commit = sh("mkdir %s; cd %s; git init -q -b main .; %s\ngit add .; git commit -q -m 1; "
                   "git rev-parse HEAD",
                   f->dir, f->dir, make);
}

static void teardown(struct fixture *f)
{
    worker_pool_free(f->pool);
    renderer_free(f->renderer);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    kube_discovery_unref(f->discovery);
    for (size_t i = 0; i < ARRAY_LEN(f->of); i++)
        app_sources_clear(&f->of[i]);
    free(f->dir);
    free(f->commit);
}

/* Change files, commit; the new commit becomes the fixture's. */
static void commit(struct fixture *f, const char *change)
{
    free(f->commit);
    f->commit = sh("cd %s; %s\ngit add .; git commit -q --allow-empty -m next; git rev-parse HEAD",
                   f->dir, change);
}

static char *joined(const struct strvec *words)
{
    struct buf text = BUF_UNLIMITED;

    for (size_t i = 0; i < words->len; i++)
        buf_printf(&text, "%s%s", i ? "," : "", words->items[i]);
    return buf_take(&text);
}

static void on_done(void *arg, struct render_output *out, const struct error *err)
{
    struct result *r = arg;

    r->calls++;
    r->reused = out->reused;
    r->tool = joined(&out->tools);
    r->repo_damaged = out->repo_damaged;
    r->waits = out->waits;
    r->questions = out->questions->len;
    r->desired = TAKE(out->desired);
    r->record = TAKE(out->record);
    r->err = error_copy(err);
}

/* The spec has `source` or `sources`; all of them are in the fixture's repository. */
static struct render_input input_from(struct fixture *f, const char *spec)
{
    struct app_sources *of = &f->of[f->used % ARRAY_LEN(f->of)];
    struct render_source *sources = f->sources[f->used++ % ARRAY_LEN(f->of)];
    cleanup_json json_t *holder = parse(spec);
    struct error *err = NULL;

    app_sources_clear(of);
    EXPECT_OK(app_sources_parse(holder, "spec", of, &err));
    for (size_t i = 0; i < of->count; i++) {
        sources[i] = (struct render_source){.repo_dir = f->dir, .source = &of->items[i]};
        strcpy(sources[i].commit, f->commit);
    }
    return (struct render_input){.sources = sources,
                                 .source_count = of->count,
                                 .of_several = app_sources_are_several(of),
                                 .instance = "web",
                                 .namespace = "fix",
                                 .project = "shop",
                                 .discovery = f->discovery};
}

static struct render_input input_of(struct fixture *f, const char *path)
{
    cleanup_free char *spec = xasprintf("{'source': {'repoURL': 'u', 'path': '%s'}}", path);

    return input_from(f, spec);
}

static void wait_for(struct fixture *f, const struct result *r)
{
    uint64_t end = time_monotonic_ms() + 20000;

    while (!r->calls && time_monotonic_ms() < end)
        uv_run(&f->loop, UV_RUN_ONCE);
    EXPECT_INT(r->calls, 1);
}

static void render(struct fixture *f, const struct render_input *input, struct result *r)
{
    render_start(f->renderer, input, on_done, r);
    EXPECT_INT(r->calls, 0);
    EXPECT_INT(renderer_pending(f->renderer), 1);
    wait_for(f, r);
    EXPECT_INT(renderer_pending(f->renderer), 0);
}

#define CONFIG_MAP(file, name)                                                                     \
    "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: " name "}\\n' > " file "\n"
#define OVERLAY                                                                                    \
    "mkdir -p base overlay other\n" CONFIG_MAP(                                                    \
        "base/a.yaml",                                                                             \
        "a") "echo 'resources: [a.yaml]' > base/kustomization.yaml\n"                              \
             "printf 'namePrefix: p-\\nresources: [../base]\\n' > overlay/kustomization.yaml\n"

TEST(a_directory_and_a_kustomization)
{
    static const struct {
        const char *source, *tool, *key;
    } rows[] = {
        {"'path': 'overlay'", "Kustomize", "/ConfigMap/fix/p-a"},
        {"'path': 'base'", "Kustomize", "/ConfigMap/fix/a"},
        {"'path': './base/../overlay'", "Kustomize", "/ConfigMap/fix/p-a"},
        /* a kustomization file is no object */
        {"'path': 'base', 'directory': {'include': 'a.yaml'}", "Directory", "/ConfigMap/fix/a"},
        {"'path': 'plain'", "Directory", "/ConfigMap/fix/x"},
    };
    struct fixture f;

    setup(&f, OVERLAY "mkdir plain\n" CONFIG_MAP("plain/x.yaml", "x"));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *spec = xasprintf("{'source': {'repoURL': 'u', %s}}", rows[i].source);
        struct render_input input = input_from(&f, spec);
        struct result r = {0};

        render(&f, &input, &r);
        if (r.err)
            fail_msg("%s: %s", rows[i].source, error_message(r.err));
        EXPECT_STR(r.tool, rows[i].tool);
        EXPECT(!r.reused && !r.repo_damaged);
        EXPECT_INT(r.desired->len, 1);
        EXPECT_STR(r.desired->items[0].key, rows[i].key);
        EXPECT_CONTAINS(r.desired->items[0].body, "\"web:/ConfigMap:fix/");
        EXPECT(r.record);
        result_clear(&r);
    }
    teardown(&f);
}

TEST(a_render_is_reused_while_what_it_read_is_the_same)
{
    static const struct {
        const char *change;
        bool reused;
    } rows[] = {
        {"echo 1 > README", true},
        {"echo 1 > other/x.yaml", true},
        {"echo 1 > base/unused.yaml", true},
        {CONFIG_MAP("base/a.yaml", "changed"), false},
        {"echo 'namePrefix: q-\nresources: [../base]' > overlay/kustomization.yaml", false},
        {"git mv overlay/kustomization.yaml overlay/kustomization.yml", false},
        {"true", true},
    };
    struct fixture f;
    struct result last = {0};
    struct render_input input;

    setup(&f, OVERLAY);
    input = input_of(&f, "overlay");
    render(&f, &input, &last);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct result next = {0};

        commit(&f, rows[i].change);
        input = input_of(&f, "overlay");
        input.record = TAKE(last.record);
        render(&f, &input, &next);
        if (next.err)
            fail_msg("%s: %s", rows[i].change, error_message(next.err));
        if (next.reused != rows[i].reused)
            fail_msg("%s: reused %d", rows[i].change, next.reused);
        EXPECT(next.reused == !next.desired);
        EXPECT(next.record);
        result_clear(&last);
        last = next;
    }
    result_clear(&last);
    teardown(&f);
}

/* Rendered, or what is wrong. */
static void expect_keys(struct fixture *f, const char *spec, const char *const *keys)
{
    struct render_input input = input_from(f, spec);
    struct result r = {0};
    size_t count = 0;

    render(f, &input, &r);
    if (r.err)
        fail_msg("%s: %s", spec, error_message(r.err));
    for (; keys[count]; count++) {
        EXPECT(count < r.desired->len);
        EXPECT_STR(r.desired->items[count].key, keys[count]);
    }
    EXPECT_INT(r.desired->len, count);
    result_clear(&r);
}

static void expect_refusal(struct fixture *f, const char *spec, const char *message)
{
    struct render_input input = input_from(f, spec);
    struct result r = {0};

    render(f, &input, &r);
    if (!r.err)
        fail_msg("rendered: %s", spec);
    EXPECT_CONTAINS(error_message(r.err), message);
    result_clear(&r);
}

#define SPEC(rest) "{'source': {'repoURL': 'u', " rest "}}"

TEST(an_application_changes_its_kustomization)
{
    struct fixture f;

    setup(&f, OVERLAY "mkdir plain\n" CONFIG_MAP("plain/x.yaml", "x"));
    expect_keys(&f, SPEC("'path': 'overlay', 'kustomize': {'namePrefix': 'q-'}"),
                (const char *[]){"/ConfigMap/fix/q-a", NULL});
    expect_keys(&f,
                SPEC("'path': 'overlay', 'kustomize': {'namespace': 'own', 'nameSuffix': '-z'}"),
                (const char *[]){"/ConfigMap/own/p-a-z", NULL});
    expect_keys(&f, SPEC("'path': 'overlay'"), (const char *[]){"/ConfigMap/fix/p-a", NULL});
    expect_refusal(&f, SPEC("'path': 'plain', 'kustomize': {'namePrefix': 'q-'}"),
                   "plain has no kustomization.yaml");
    expect_refusal(&f, SPEC("'path': 'overlay', 'kustomize': {'images': ['x']}"),
                   "spec.source.kustomize.images: image \"x\" is not of the form");
    teardown(&f);
}

TEST(override_files_change_how_it_is_rendered_and_not_what)
{
    struct fixture f;

    setup(&f, OVERLAY "mkdir other2; cp base/* other2\n"
                      "printf 'kustomize: {namePrefix: all-}\npath: other2\nrepoURL: evil\n' > "
                      "overlay/.argocd-source.yaml\n"
                      "printf 'kustomize: {nameSuffix: -own}\ntargetRevision: x\n' > "
                      "overlay/.argocd-source-web.yaml\n"
                      "printf 'kustomize: {nameSuffix: -not}\n' > overlay/.argocd-source-api.yaml\n"
                      "echo '# nothing' > base/.argocd-source.yaml\n"
                      "mkdir bad helm list; cp base/* bad; cp base/* helm; cp base/* list\n"
                      "echo 'kustomize: {' > bad/.argocd-source.yaml\n"
                      "echo 'helm: {releaseName: x}' > helm/.argocd-source-web.yaml\n"
                      "echo '[a]' > list/.argocd-source.yaml\n");
    expect_keys(&f, SPEC("'path': 'overlay'"), (const char *[]){"/ConfigMap/fix/all-a-own", NULL});
    expect_keys(&f, SPEC("'path': './overlay/', 'kustomize': {'namePrefix': 'spec-'}"),
                (const char *[]){"/ConfigMap/fix/all-a-own", NULL});
    expect_keys(&f, SPEC("'path': 'base'"), (const char *[]){"/ConfigMap/fix/a", NULL});
    expect_refusal(&f, SPEC("'path': 'bad'"), "bad/.argocd-source.yaml:");
    expect_refusal(&f, SPEC("'path': 'list'"), "list/.argocd-source.yaml: must be one map");
    expect_refusal(&f, SPEC("'path': 'helm'"),
                   "helm/.argocd-source*.yaml: spec.source.helm is not supported");
    teardown(&f);
}

TEST(a_new_override_file_is_a_reason_to_render_again)
{
    struct fixture f;
    struct result last = {0}, next = {0};
    struct render_input input;

    setup(&f, OVERLAY);
    input = input_of(&f, "overlay");
    render(&f, &input, &last);
    commit(&f, "echo 'kustomize: {namePrefix: x-}' > overlay/.argocd-source-web.yaml");
    input = input_of(&f, "overlay");
    input.record = TAKE(last.record);
    render(&f, &input, &next);
    EXPECT(!next.reused);
    EXPECT_STR(next.desired->items[0].name, "x-a");
    result_clear(&last);
    result_clear(&next);
    teardown(&f);
}

TEST(what_depends_on_the_commit_is_rendered_for_each)
{
    static const struct {
        const char *spec;
        bool reused;
    } rows[] = {
        {SPEC("'path': 'overlay', 'kustomize': {'commonAnnotations': {'a': "
              "'$ARGOCD_APP_REVISION'}, 'commonAnnotationsEnvsubst': true}"),
         false},
        {SPEC("'path': 'overlay', 'kustomize': {'commonAnnotations': {'a': "
              "'$ARGOCD_APP_REVISION'}}"),
         true},
        {SPEC("'path': 'overlay', 'kustomize': {'commonLabels': {'a': '$ARGOCD_APP_NAME'}}"), true},
    };
    struct fixture f;

    setup(&f, OVERLAY);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct result last = {0}, next = {0};
        struct render_input input = input_from(&f, rows[i].spec);

        render(&f, &input, &last);
        EXPECT_NULL(last.err);
        commit(&f, "echo more >> README");
        input = input_from(&f, rows[i].spec);
        input.record = TAKE(last.record);
        render(&f, &input, &next);
        EXPECT_INT(next.reused, rows[i].reused);
        if (!next.reused)
            EXPECT_CONTAINS(next.desired->items[0].body, f.commit);
        result_clear(&last);
        result_clear(&next);
    }
    teardown(&f);
}

TEST(several_sources_follow_each_other)
{
    struct fixture f, g;
    struct result last = {0}, next = {0};
    struct render_input input;
#define SEVERAL                                                                                    \
    "{'sources': [{'repoURL': 'u', 'path': 'plain'}, {'repoURL': 'v', 'ref': 'values'}, "          \
    "{'repoURL': 'w', 'path': 'overlay', 'kustomize': {'namePrefix': 'z-'}}]}"

    setup(&f, "mkdir plain\n" CONFIG_MAP("plain/x.yaml", "x"));
    setup(&g, OVERLAY);
    input = input_from(&f, SEVERAL);
    f.sources[0][2].repo_dir = g.dir;
    strcpy(f.sources[0][2].commit, g.commit);
    render(&f, &input, &last);
    if (last.err)
        fail_msg("%s", error_message(last.err));
    EXPECT_INT(last.desired->len, 2);
    EXPECT_STR(last.desired->items[0].key, "/ConfigMap/fix/x");
    EXPECT_STR(last.desired->items[1].key, "/ConfigMap/fix/z-a");
    EXPECT_STR(last.tool, "Directory,,Kustomize");

    /* One has another commit that changes nothing, then one that does. */
    commit(&g, "echo 1 > README");
    input = input_from(&f, SEVERAL);
    f.sources[1][2].repo_dir = g.dir;
    strcpy(f.sources[1][2].commit, g.commit);
    input.record = TAKE(last.record);
    render(&f, &input, &next);
    EXPECT(next.reused);
    commit(&g, CONFIG_MAP("base/a.yaml", "b"));
    input = input_from(&f, SEVERAL);
    f.sources[2][2].repo_dir = g.dir;
    strcpy(f.sources[2][2].commit, g.commit);
    input.record = TAKE(next.record);
    result_clear(&next);
    render(&f, &input, &next);
    EXPECT(!next.reused);
    EXPECT_STR(next.desired->items[1].key, "/ConfigMap/fix/z-b");
    result_clear(&last);
    result_clear(&next);
    expect_refusal(&f,
                   "{'sources': [{'repoURL': 'u', 'path': 'plain'}, {'repoURL': 'v', 'path': "
                   "'gone'}]}",
                   "spec.sources[1]: gone: app path does not exist");
    teardown(&f);
    teardown(&g);
}

TEST(a_chart_is_refused_and_not_taken_for_manifests)
{
    struct fixture f;

    setup(&f,
          "mkdir chart both\nprintf 'apiVersion: v2\nname: x\n' > chart/Chart.yaml\n" CONFIG_MAP(
              "chart/x.yaml", "x") "cp chart/* both\n"
                                   "echo 'resources: [x.yaml]' > both/kustomization.yaml");
    expect_refusal(&f, SPEC("'path': 'chart'"), "chart: Chart.yaml makes it a Helm chart");
    expect_keys(&f, SPEC("'path': 'chart', 'directory': {'include': 'x.yaml'}"),
                (const char *[]){"/ConfigMap/fix/x", NULL});
    expect_keys(&f, SPEC("'path': 'both'"), (const char *[]){"/ConfigMap/fix/x", NULL});
    teardown(&f);
}

TEST(settings_say_how_it_is_built)
{
    static const struct {
        const char *settings, *source, *key, *message;
    } rows[] = {
        {"{}", "'path': 'up'", NULL, "file \"../base/a.yaml\" is not in or below up"},
        {"{'kustomize.buildOptions': '--load-restrictor LoadRestrictionsNone'}", "'path': 'up'",
         "/ConfigMap/fix/a", NULL},
        {"{'kustomize.enable': 'false'}", "'path': 'overlay'", NULL, "kustomization.yaml"},
        {"{'kustomize.enable': 'false'}", "'path': 'base', 'directory': {'include': 'a*'}",
         "/ConfigMap/fix/a", NULL},
        {"{'helm.enable': 'false'}", "'path': 'chart'", NULL, "Chart.yaml: document 1"},
        {"{}", "'path': 'jsonnet'", NULL, "jsonnet is not supported"},
        {"{'jsonnet.enable': 'false'}", "'path': 'jsonnet'", "/ConfigMap/fix/x", NULL},
    };
    struct fixture f;

    setup(&f, OVERLAY "mkdir up chart jsonnet\n"
                      "echo 'resources: [../base/a.yaml]' > up/kustomization.yaml\n"
                      "printf 'apiVersion: v2\nname: x\n' > chart/Chart.yaml\n"
                      "echo '{}' > jsonnet/a.jsonnet\n" CONFIG_MAP("jsonnet/x.yaml", "x"));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *spec = xasprintf(SPEC("%s"), rows[i].source);
        cleanup_json json_t *data = parse(rows[i].settings);
        struct render_input input = input_from(&f, spec);
        struct settings *settings = settings_parse(data, "argocd", NULL, NULL);
        struct result r = {0};

        input.settings = settings;
        render(&f, &input, &r);
        if (rows[i].message)
            EXPECT_CONTAINS(error_message(r.err), rows[i].message);
        else
            EXPECT_STR(r.err ? error_message(r.err) : r.desired->items[0].key, rows[i].key);
        result_clear(&r);
        settings_unref(settings);
    }
    teardown(&f);
}

TEST(what_cannot_be_rendered_says_why)
{
    static const struct {
        const char *path;
        enum error_kind kind;
        const char *message;
    } rows[] = {
        {"absent", ERROR_NOT_FOUND, "absent: app path does not exist"},
        {"base/a.yaml", ERROR_INVALID, "base/a.yaml: app path is not a directory"},
        {"../outside", ERROR_DENIED, "../outside"},
        {"broken", ERROR_INVALID, "broken/kustomization.yaml"},
        {"dangling", ERROR_NOT_FOUND, "gone.yaml"},
        {"nokind", ERROR_INVALID, "kind"},
    };
    struct fixture f;

    setup(&f, OVERLAY "mkdir broken dangling nokind\n"
                      "echo 'resources: {' > broken/kustomization.yaml\n"
                      "echo 'resources: [gone.yaml]' > dangling/kustomization.yaml\n"
                      "echo 'apiVersion: v1' > nokind/x.yaml\n");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct render_input input = input_of(&f, rows[i].path);
        struct result r = {0};

        render(&f, &input, &r);
        EXPECT(r.err);
        EXPECT_CONTAINS(error_message(r.err), rows[i].message);
        if (error_kind(r.err) != rows[i].kind)
            fail_msg("%s: %s: %s", rows[i].path, error_kind_name(error_kind(r.err)),
                     error_message(r.err));
        EXPECT_NULL(r.desired);
        EXPECT(!r.repo_damaged);
        result_clear(&r);
    }
    teardown(&f);
}

#define REMOTE "ssh://git.example/team/base"

/* An overlay over a base in another repository. */
static void setup_remote(struct fixture *f, struct fixture *base)
{
    setup(base, CONFIG_MAP("a.yaml", "a") "echo 'resources: [a.yaml]' > kustomization.yaml");
    setup(f, "mkdir web; echo 'resources: [\"" REMOTE "?ref=main\"]' > web/kustomization.yaml");
}

TEST(what_is_elsewhere_must_be_allowed)
{
    struct fixture f, base;
    struct result r = {0};
    struct render_input input;

    setup_remote(&f, &base);
    input = input_of(&f, "web");
    render(&f, &input, &r);
    EXPECT_CONTAINS(error_message(r.err), REMOTE);
    EXPECT_CONTAINS(error_message(r.err), "--allow-remote");
    EXPECT(!r.waits && !r.repo_damaged);
    EXPECT_INT(r.questions, 0);
    result_clear(&r);
    teardown(&f);
    teardown(&base);
}

TEST(what_is_not_here_yet_is_asked_for)
{
    struct fixture f, base;
    struct result r = {0};
    struct render_input input;
    struct strvec allowed = {0};

    setup_remote(&f, &base);
    strvec_push(&allowed, "ssh://git.example/**");
    input = input_of(&f, "web");
    input.allow_remote = &allowed;
    render(&f, &input, &r);
    EXPECT(r.waits && !r.repo_damaged);
    EXPECT_CONTAINS(error_message(r.err), "waits for " REMOTE "@main");
    EXPECT_INT(r.questions, 1);
    result_clear(&r);
    strvec_clear(&allowed);
    teardown(&f);
    teardown(&base);
}

TEST(a_clone_that_cannot_be_read_is_reported_as_damaged)
{
    static const char *const damages[] = {
        "find .git/objects -type f -delete",
        "rm -rf .git",
    };

    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        struct fixture f;
        struct result r = {0};
        struct render_input input;

        setup(&f, OVERLAY);
        SH("cd %s; %s", f.dir, damages[i]);
        input = input_of(&f, "overlay");
        render(&f, &input, &r);
        EXPECT(r.err);
        EXPECT(r.repo_damaged);
        EXPECT_NULL(r.desired);
        result_clear(&r);
        teardown(&f);
    }
}

TEST(a_missing_blob_is_damage_not_a_mistake_of_the_user)
{
    struct fixture f;
    struct result r = {0};
    struct render_input input;

    setup(&f, OVERLAY);
    SH("cd %s; id=$(git rev-parse HEAD:base/a.yaml); rm -f "
       ".git/objects/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-)",
       f.dir);
    input = input_of(&f, "overlay");
    render(&f, &input, &r);
    EXPECT(r.err);
    EXPECT(r.repo_damaged);
    result_clear(&r);
    teardown(&f);
}

TEST(many_at_once_all_get_their_own_answer)
{
    enum { MANY = 50 };
    struct result results[MANY] = {{0}};
    struct fixture f;
    struct render_input input;
    char *first;

    setup(&f, OVERLAY);
    first = xstrdup(f.commit);
    commit(&f, CONFIG_MAP("base/a.yaml", "b"));
    for (size_t i = 0; i < MANY; i++) {
        input = input_of(&f, i % 5 == 4 ? "absent" : "overlay");
        strcpy(f.sources[(f.used - 1) % ARRAY_LEN(f.of)][0].commit, i % 2 ? first : f.commit);
        render_start(f.renderer, &input, on_done, &results[i]);
    }
    EXPECT_INT(renderer_pending(f.renderer), MANY);
    for (size_t i = 0; i < MANY; i++) {
        wait_for(&f, &results[i]);
        if (i % 5 == 4) {
            EXPECT_INT(error_kind(results[i].err), ERROR_NOT_FOUND);
        } else {
            EXPECT_NULL(results[i].err);
            EXPECT_STR(results[i].desired->items[0].name, i % 2 ? "p-a" : "p-b");
        }
        result_clear(&results[i]);
    }
    EXPECT_INT(renderer_pending(f.renderer), 0);
    free(first);
    teardown(&f);
}

TEST(every_render_is_answered_when_the_pool_ends)
{
    enum { MANY = 40 };
    struct result results[MANY] = {{0}};
    struct fixture f;

    setup(&f, OVERLAY);
    for (size_t i = 0; i < MANY; i++) {
        struct render_input input = input_of(&f, "overlay");

        render_start(f.renderer, &input, on_done, &results[i]);
    }
    uv_run(&f.loop, UV_RUN_NOWAIT); /* they are on their way to the workers */
    teardown(&f);
    for (size_t i = 0; i < MANY; i++) {
        EXPECT_INT(results[i].calls, 1);
        EXPECT(results[i].desired || error_kind(results[i].err) == ERROR_CANCELED);
        result_clear(&results[i]);
    }
}

TEST(so_is_one_that_was_asked_for_at_the_very_end)
{
    struct result r = {0};
    struct render_input input;
    struct fixture f;

    setup(&f, OVERLAY);
    input = input_of(&f, "overlay");
    render_start(f.renderer, &input, on_done, &r);
    teardown(&f);
    EXPECT_INT(r.calls, 1);
    EXPECT_INT(error_kind(r.err), ERROR_CANCELED);
    result_clear(&r);
}
