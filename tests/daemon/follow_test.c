/* SPDX-License-Identifier: Apache-2.0 */
/* Also of follow.c: what an application follows, pinned or not. */
#include "daemon/app/pin.h"
#include "daemon/app_object.h"

#include "daemon/follow.h"
#include "lib/base/time.h"
#include "tests/daemon/parts.h"
#include "tests/lib/git/git_test_child.h"
#include "tests/lib/git/git_test_repo.h"

#define WAIT_MS 60000

struct fixture {
    uv_loop_t loop;
    struct options options;
    struct daemon daemon;
    struct app *app;
    char *origin, *other, *state;
    char *commits[3]; /* of origin, the last one is main; "v1.0.0" is the first one */
    char *elsewhere;  /* of other */
};

static char *make_repo(const char *dir)
{
    return sh("mkdir %s; cd %s; git init -q -b main .; git commit -q --allow-empty -m 1; "
              "git tag v1.0.0; git rev-parse HEAD",
              dir, dir);
}

static char *next_commit(const char *dir)
{
    return sh("cd %s; git commit -q --allow-empty -m next; git rev-parse HEAD", dir);
}

static void setup(struct fixture *f, const char *spec)
{
    static unsigned number;
    struct source_options sources = {.poll_ms = 100, .timeout_ms = WAIT_MS};
    cleanup_json json_t *application = parts_application("argocd", "web");
    cleanup_free char *text = NULL;

    *f = (struct fixture){.options = {.control_namespace = PARTS_CONTROL_NAMESPACE}};
    f->origin = xasprintf("%s/origin%u", test_tmpdir(), number);
    f->other = xasprintf("%s/other%u", test_tmpdir(), number);
    f->state = xasprintf("%s/state%u", test_tmpdir(), number++);
    f->commits[0] = make_repo(f->origin);
    f->commits[1] = next_commit(f->origin);
    f->commits[2] = next_commit(f->origin);
    f->elsewhere = make_repo(f->other);
    uv_loop_init(&f->loop);
    sources.state_dir = f->state;
    f->daemon.options = &f->options;
    f->daemon.sources = source_set_new(&f->loop, &sources);
    uv_idle_init(&f->loop, &f->daemon.turn);
    text = xasprintf(spec, f->origin, f->other);
    json_object_update_new(json_object_get(application, "spec"), parse(text));
    f->app = app_new(&f->daemon, PARTS_CONTROL_NAMESPACE, application, false);
    if (!f->app->spec)
        fail_msg("%s", f->app->spec_error);
    f->app->project = project_default();
    follow_start(&f->daemon, f->app);
}

static void teardown(struct fixture *f)
{
    follow_stop(f->app);
    source_set_free(f->daemon.sources);
    uv_close((uv_handle_t *)&f->daemon.turn, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    app_free(f->app);
    ptrvec_clear(&f->daemon.scheduled);
    free(f->origin);
    free(f->other);
    free(f->state);
    free(f->elsewhere);
    for (size_t i = 0; i < ARRAY_LEN(f->commits); i++)
        free(f->commits[i]);
}

static void turn(struct fixture *f)
{
    uv_idle_stop(&f->daemon.turn); /* nobody works off what is scheduled */
    uv_run(&f->loop, UV_RUN_ONCE);
}

static void wait_target(struct fixture *f, const char *want)
{
    uint64_t end = time_monotonic_ms() + WAIT_MS;

    while (!streq(f->app->target, want) && time_monotonic_ms() < end)
        turn(f);
    EXPECT_STR(f->app->target, want);
}

static void wait_problem(struct fixture *f, const char *part)
{
    uint64_t end = time_monotonic_ms() + WAIT_MS;

    while (!app_pin_problem(f->app) && time_monotonic_ms() < end)
        turn(f);
    EXPECT_CONTAINS(app_pin_problem(f->app), part);
}

static void pin(struct fixture *f, const char *sync)
{
    cleanup_json json_t *operation = parse(sync);
    cleanup_error struct error *err = NULL;

    if (follow_pin(&f->daemon, f->app, operation, &err) < 0)
        fail_msg("%s: %s", sync, error_message(err));
}

static void expect_refused(struct fixture *f, const char *sync, const char *message)
{
    cleanup_json json_t *operation = parse(sync);
    cleanup_error struct error *err = NULL;
    const char *target = f->app->target;

    EXPECT_INT(follow_pin(&f->daemon, f->app, operation, &err), -1);
    EXPECT_CONTAINS(error_message(err), message);
    EXPECT(!app_is_pinned(f->app));
    EXPECT_STR(f->app->target, target);
}

#define ONE                                                                                        \
    "{'source': {'repoURL': '%s', 'path': 'p'}, 'destination': {'name': 'in-cluster'}, "           \
    "'info': [{'name': 'other', 'value': '%s'}]}"
#define TWO                                                                                        \
    "{'sources': [{'repoURL': '%s', 'path': 'p'}, {'repoURL': '%s', 'path': 'q'}], "               \
    "'destination': {'name': 'in-cluster'}}"

TEST(an_operation_pins_a_revision_until_it_ends)
{
    struct fixture f;
    cleanup_free char *old = NULL;

    setup(&f, ONE);
    wait_target(&f, f.commits[2]);
    old = xasprintf("{'revision': '%s'}", f.commits[1]);
    pin(&f, old);
    EXPECT(app_is_pinned(f.app));
    EXPECT_STR(f.app->target, "");
    wait_target(&f, f.commits[1]);
    EXPECT_NULL(app_pin_problem(f.app));
    EXPECT_INT(pin_hash(f.app), 0); /* rendered as ever, but from another commit */
    pin(&f, "{'revision': 'v1.0.0'}");
    wait_target(&f, f.commits[0]);
    follow_unpin(&f.daemon, f.app);
    EXPECT(!app_is_pinned(f.app));
    wait_target(&f, f.commits[2]);
    follow_unpin(&f.daemon, f.app);
    EXPECT_STR(f.app->target, f.commits[2]);
    teardown(&f);
}

TEST(the_revision_that_it_is_at_stays_and_costs_nothing)
{
    struct fixture f;
    cleanup_free char *here = NULL;
    cleanup_free char *newer = NULL;
    uint64_t end;

    setup(&f, ONE);
    wait_target(&f, f.commits[2]);
    here = xasprintf("{'revision': '%s'}", f.commits[2]);
    pin(&f, here);
    EXPECT(app_is_pinned(f.app));
    EXPECT_STR(f.app->target, f.commits[2]);
    newer = next_commit(f.origin);
    end = time_monotonic_ms() + 1000;
    while (time_monotonic_ms() < end)
        turn(&f);
    EXPECT_STR(f.app->target, f.commits[2]);
    follow_unpin(&f.daemon, f.app);
    wait_target(&f, newer);
    teardown(&f);
}

TEST(an_operation_that_names_nothing_follows_on)
{
    static const char *const syncs[] = {"{}", "{'revision': '', 'revisions': [], 'source': null}",
                                        "{'prune': true, 'revisions': null}"};
    struct fixture f;
    cleanup_free char *newer = NULL;

    setup(&f, ONE);
    wait_target(&f, f.commits[2]);
    for (size_t i = 0; i < ARRAY_LEN(syncs); i++) {
        pin(&f, syncs[i]);
        EXPECT(!app_is_pinned(f.app));
        EXPECT_STR(f.app->target, f.commits[2]);
    }
    newer = next_commit(f.origin);
    wait_target(&f, newer);
    teardown(&f);
}

TEST(an_operation_may_bring_its_own_sources)
{
    struct fixture f;
    cleanup_free char *one = NULL;
    cleanup_free char *two = NULL;
    cleanup_free char *both = NULL;

    setup(&f, ONE);
    wait_target(&f, f.commits[2]);
    one = xasprintf("{'source': {'repoURL': '%s', 'path': 'old'}}", f.other);
    pin(&f, one);
    EXPECT_STR(app_sources_now(f.app)->items[0].path, "old");
    EXPECT_STR(f.app->spec->sources.items[0].path, "p");
    EXPECT(pin_hash(f.app) != 0);
    wait_target(&f, f.elsewhere);
    two = xasprintf("{'sources': [{'repoURL': '%s', 'path': 'a'}, {'repoURL': '%s', 'path': 'b'}], "
                    "'revisions': ['v1.0.0', '']}",
                    f.origin, f.other);
    pin(&f, two);
    both = xasprintf("%s %s", f.commits[0], f.elsewhere);
    wait_target(&f, both);
    follow_unpin(&f.daemon, f.app);
    wait_target(&f, f.commits[2]);
    EXPECT_INT(pin_hash(f.app), 0);
    teardown(&f);
}

TEST(each_source_of_several_has_its_own_revision)
{
    struct fixture f;
    cleanup_free char *both = NULL;
    cleanup_free char *old = NULL;
    cleanup_free char *mixed = NULL;

    setup(&f, TWO);
    both = xasprintf("%s %s", f.commits[2], f.elsewhere);
    wait_target(&f, both);
    old = xasprintf("{'revisions': ['%s', '%s']}", f.commits[0], f.elsewhere);
    pin(&f, old);
    mixed = xasprintf("%s %s", f.commits[0], f.elsewhere);
    wait_target(&f, mixed);
    follow_unpin(&f.daemon, f.app);
    wait_target(&f, both);
    expect_refused(&f, "{'revision': 'main'}", "operation.sync.revision is for one source");
    expect_refused(&f, "{'revisions': ['main']}",
                   "operation.sync.revisions has 1 entries, but the application has 2 sources");
    teardown(&f);
}

TEST(what_cannot_be_used_is_refused_and_changes_nothing)
{
    struct fixture f;

    setup(&f, ONE);
    wait_target(&f, f.commits[2]);
    expect_refused(&f, "{'revision': 3}", "operation.sync.revision must be a string");
    expect_refused(&f, "{'source': {'repoURL': 'u'}}", "operation.sync.source.repoURL and either");
    expect_refused(&f, "{'source': {'repoURL': 'u', 'chart': 'x'}}",
                   "operation.sync.source.chart is not supported");
    expect_refused(&f, "{'sources': [{'repoURL': 'u', 'path': 'p', 'kustomize': {'x': 1}}]}",
                   "operation.sync.sources[0].kustomize.x is not known");
    teardown(&f);
}

TEST(what_cannot_be_had_is_a_problem_until_the_operation_ends)
{
    struct fixture f;

    setup(&f, ONE);
    wait_target(&f, f.commits[2]);
    EXPECT_NULL(app_pin_problem(f.app));
    pin(&f, "{'revision': 'gone'}");
    wait_problem(&f, "unable to resolve 'gone' to a commit SHA");
    pin(&f, "{'revision': '0123456789012345678901234567890123456789'}");
    wait_problem(&f, "0123456789012345678901234567890123456789");
    follow_unpin(&f.daemon, f.app);
    EXPECT_NULL(app_pin_problem(f.app));
    wait_target(&f, f.commits[2]);
    teardown(&f);
}

TEST(an_edit_of_the_spec_does_not_end_a_pin)
{
    struct fixture f;
    cleanup_json json_t *application = parts_application("argocd", "web");
    cleanup_free char *text = NULL;

    setup(&f, ONE);
    wait_target(&f, f.commits[2]);
    pin(&f, "{'revision': 'v1.0.0'}");
    wait_target(&f, f.commits[0]);
    text = xasprintf(TWO, f.origin, f.other);
    json_object_update_new(json_object_get(application, "spec"), parse(text));
    EXPECT(app_update(f.app, application));
    follow_start(&f.daemon, f.app);
    text[0] = '\0';
    free(text);
    text = xasprintf("%s %s", f.commits[0], f.elsewhere);
    wait_target(&f, text);
    teardown(&f);
}
