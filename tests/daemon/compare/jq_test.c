/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/jq.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

#include <sys/stat.h>
#include <unistd.h>

struct world {
    uv_loop_t loop;
    struct jq_worker *worker;
    char *program;
    unsigned answers, bad;
    json_t *paths; /* of the last answer */
};

static void on_bad(void *arg, const char *expression)
{
    struct world *w = arg;

    (void)expression;
    w->bad++;
}

static void on_paths(void *arg, const json_t *paths)
{
    struct world *w = arg;

    w->answers++;
    json_decref(w->paths);
    w->paths = json_deep_copy(paths);
}

static void begin(struct world *w)
{
    const char *bin = getenv("GITOPSD_BIN");

    *w = (struct world){.program = xasprintf("%s/gitopsd-jq", bin ? bin : "build/asan/bin")};
    if (access(w->program, X_OK) != 0)
        fail_msg("%s is not built", w->program);
    uv_loop_init(&w->loop);
    w->worker = jq_worker_new(&w->loop, w->program, on_bad, w);
}

static void end(struct world *w)
{
    jq_worker_free(w->worker);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&w->loop), 0);
    json_decref(TAKE(w->paths));
    free(w->program);
}

static void ask(struct world *w, const char *document, uint64_t hash, const char *const *list)
{
    cleanup_json json_t *doc = json_loads(document, JSON_DECODE_ANY, NULL);
    cleanup_strvec struct strvec expressions = {0};
    unsigned before = w->answers;

    assert_non_null(doc);
    for (; *list; list++)
        strvec_push(&expressions, *list);
    jq_worker_paths(w->worker, &expressions, doc, hash, on_paths, w);
    EXPECT_INT(w->answers, before); /* never before it returns */
    while (w->answers == before && uv_run(&w->loop, UV_RUN_ONCE))
        ;
    EXPECT_INT(w->answers, before + 1);
}

static void expect(struct world *w, const char *expression, const char *document, const char *want)
{
    const char *const list[] = {expression, NULL};
    cleanup_free char *got = NULL;

    ask(w, document, 0, list);
    got = json_dumps(w->paths, JSON_COMPACT);
    if (!streq(got, want))
        fail_msg("%s: %s, expected %s", expression, got, want);
}

TEST(an_expression_names_its_paths)
{
    struct world w;

    begin(&w);
    expect(&w, ".spec.replicas", "{\"spec\":{}}", "[[\"spec\",\"replicas\"]]");
    expect(&w, ".spec.containers[] | select(.name == \"b\")",
           "{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}",
           "[[\"spec\",\"containers\",1]]");
    expect(&w, ".metadata.annotations.\"x/y\" # why", "{}",
           "[[\"metadata\",\"annotations\",\"x/y\"]]");
    expect(&w, ".a, .b", "{}", "[[\"a\"],[\"b\"]]");
    EXPECT_INT(w.bad, 0);
    end(&w);
}

TEST(an_expression_that_fails_for_a_document_names_nothing_there)
{
    struct world w;

    begin(&w);
    expect(&w, ".spec.list[].x", "{\"spec\":{}}", "[]");
    expect(&w, ".spec.list[].x", "{\"spec\":{\"list\":[{}]}}", "[[\"spec\",\"list\",0,\"x\"]]");
    expect(&w, "error", "{\"a\":1}", "[]");
    expect(&w, "error(null)", "{\"a\":1}", "[]");
    expect(&w, "halt", "{\"a\":1}", "[]");
    EXPECT_INT(w.bad, 0);
    end(&w);
}

TEST(an_expression_that_closes_the_deletion_names_what_it_changes)
{
    struct world w;

    begin(&w);
    expect(&w, ".spec.a) | .spec.b |= (map(. + 1)", "{\"spec\":{\"a\":1,\"b\":[1,2],\"c\":3}}",
           "[[\"spec\",\"a\"],[\"spec\",\"b\",0],[\"spec\",\"b\",1]]");
    expect(&w, ".x) | .list |= (map(select(. != 2))", "{\"list\":[1,2,3,2]}",
           "[[\"list\",1],[\"list\",3]]");
    expect(&w, ".x) | .new = (1", "{\"a\":1}", "[[\"new\"]]");
    expect(&w, ".x) | (.a", "{\"a\":1}", "[[]]");
    end(&w);
}

TEST(an_expression_that_does_not_compile_is_bad_and_others_still_work)
{
    static const char *const both[] = {".a[", ".b", NULL};
    struct world w;

    begin(&w);
    ask(&w, "{\"b\":1}", 0, both);
    EXPECT_INT(json_array_size(w.paths), 1);
    EXPECT_INT(w.bad, 1);
    EXPECT_CONTAINS(jq_worker_problem(w.worker, ".a["), "syntax error");
    EXPECT_NULL(jq_worker_problem(w.worker, ".b"));
    ask(&w, "{\"b\":1}", 0, both);
    EXPECT_INT(w.bad, 1); /* it is not tried again */
    EXPECT_INT(jq_worker_stats(w.worker).evaluations, 3);
    end(&w);
}

TEST(nothing_of_the_daemon_can_be_reached)
{
    struct world w;

    begin(&w);
    setenv("GITOPSD_TEST_SECRET", "1", 1);
    expect(&w, "if (env | length) == 0 and ($ENV | length) == 0 then .safe else .leak end", "{}",
           "[[\"safe\"]]");
    expect(&w, "input", "{}", "[]");
    expect(&w, "import \"a\" as a; .a", "{}", "[]");
    expect(&w, "include \"/etc/passwd\"; .a", "{}", "[]");
    end(&w);
}

static void expect_killed(struct world *w, const char *expression, const char *why)
{
    uint64_t begun = time_monotonic_ms(), killed = jq_worker_stats(w->worker).killed;

    expect(w, expression, "{}", "[]");
    EXPECT_CONTAINS(jq_worker_problem(w->worker, expression), why);
    EXPECT_INT(jq_worker_stats(w->worker).killed, killed + 1);
    EXPECT(time_monotonic_ms() - begun < 120000);
    begun = time_monotonic_ms();
    expect(w, expression, "{}", "[]"); /* once is enough */
    EXPECT_INT(jq_worker_stats(w->worker).killed, killed + 1);
    expect(w, ".a", "{}", "[[\"a\"]]");
}

TEST(an_expression_without_an_end_is_stopped_and_not_tried_again)
{
    struct world w;

    begin(&w);
    expect_killed(&w, "def f: f; f", "took longer than 1 s");
    expect_killed(&w, "last(range(1e12))", "took longer than 1 s");
    end(&w);
}

TEST(an_expression_that_takes_all_memory_ends_its_process_only)
{
    struct world w;

    begin(&w);
    expect_killed(&w, "[range(1e12)]", "too"); /* much memory, or long: whichever is first */
    expect_killed(&w, "def f: 1 + f; f", "too");
    expect_killed(&w, "reduce range(1e9) as $i (0; [.])", "too");
    end(&w);
}

TEST(results_are_kept_by_the_hash_of_the_document)
{
    static const char *const a[] = {".a", NULL}, *const b[] = {".b", NULL};
    struct world w;

    begin(&w);
    ask(&w, "{}", 7, a);
    ask(&w, "{}", 7, a);
    EXPECT_INT(json_array_size(w.paths), 1);
    EXPECT_INT(jq_worker_stats(w.worker).evaluations, 1);
    EXPECT_INT(jq_worker_stats(w.worker).kept, 1);
    ask(&w, "{}", 7, b);
    ask(&w, "{}", 8, a);
    EXPECT_INT(jq_worker_stats(w.worker).evaluations, 3);
    end(&w);
}

static void on_order(void *arg, const json_t *paths)
{
    (void)paths;
    strcat(arg, "q");
}

static void on_slow(void *arg, const json_t *paths)
{
    (void)paths;
    strcat(arg, "s");
}

TEST(what_is_known_to_be_quick_does_not_wait_for_slow_expressions)
{
    cleanup_strvec struct strvec quick = {0};
    cleanup_json json_t *doc = json_object();
    char order[8] = "";
    struct world w;

    begin(&w);
    expect(&w, ".a", "{}", "[[\"a\"]]");
    expect(&w, ".a", "{}", "[[\"a\"]]"); /* compiled by now */
    for (int i = 0; i < 4; i++) {
        cleanup_strvec struct strvec slow = {0};

        strvec_pushf(&slow, "last(range(1e12)) | %d", i);
        jq_worker_paths(w.worker, &slow, doc, 0, on_slow, order);
    }
    while (jq_worker_stats(w.worker).killed == 0)
        uv_run(&w.loop, UV_RUN_ONCE);
    strvec_push(&quick, ".a");
    jq_worker_paths(w.worker, &quick, doc, 0, on_order, order);
    while (!strchr(order, 'q'))
        uv_run(&w.loop, UV_RUN_ONCE);
    EXPECT(strlen(order) <= 3); /* two of the four slow ones at most: the second may have begun */
    end(&w);
}

TEST(a_canceled_request_is_not_answered)
{
    cleanup_strvec struct strvec expressions = {0};
    cleanup_json json_t *doc = json_object();
    static const char *const a[] = {".a", NULL};
    struct world w;

    begin(&w);
    strvec_push(&expressions, "def f: f; f");
    jq_request_cancel(jq_worker_paths(w.worker, &expressions, doc, 0, on_paths, &w));
    ask(&w, "{}", 0, a);
    EXPECT_INT(w.answers, 1);
    EXPECT_INT(w.bad, 0);
    end(&w);
}

TEST(the_worker_may_go_while_an_expression_runs)
{
    cleanup_strvec struct strvec expressions = {0};
    cleanup_json json_t *doc = json_object();
    struct world w;

    begin(&w);
    strvec_push(&expressions, "def f: f; f");
    jq_worker_paths(w.worker, &expressions, doc, 0, on_paths, &w);
    for (int i = 0; i < 3; i++)
        uv_run(&w.loop, UV_RUN_NOWAIT);
    jq_worker_free(TAKE(w.worker));
    EXPECT_INT(w.answers, 1);
    EXPECT_NULL(w.paths);
    end(&w);
}

/* The first `times` processes are killed while they evaluate. */
static void begin_killed(struct world *w, unsigned times)
{
    const char *dir = test_tmpdir();
    cleanup_free char *real = NULL;
    cleanup_free char *script = NULL;

    begin(w);
    jq_worker_free(w->worker);
    real = realpath(w->program, NULL);
    script = xasprintf("#!/bin/sh\nfor n in 1 2 3; do\n"
                       "if [ $n -le %u ] && [ ! -e %s/seen$n ]; then\n"
                       ": >%s/seen$n; read line; kill -9 $$\nfi\ndone\nexec %s\n",
                       times, dir, dir, real);
    test_write_file(dir, "jq", script);
    free(w->program);
    w->program = xasprintf("%s/jq", dir);
    chmod(w->program, 0700);
    w->worker = jq_worker_new(&w->loop, w->program, on_bad, w);
}

TEST(an_expression_is_not_to_blame_for_a_process_that_was_killed)
{
    struct world w;

    begin_killed(&w, 1);
    expect(&w, ".a", "{}", "[[\"a\"]]");
    EXPECT_INT(w.bad, 0);
    end(&w);
}

TEST(one_whose_process_is_killed_each_time_is_bad)
{
    struct world w;

    begin_killed(&w, 3);
    expect(&w, ".a", "{}", "[]");
    EXPECT_INT(w.bad, 1);
    EXPECT_CONTAINS(jq_worker_problem(w.worker, ".a"), "was killed");
    expect(&w, ".b", "{}", "[[\"b\"]]");
    end(&w);
}

TEST(a_program_that_is_missing_is_told)
{
    cleanup_strvec struct strvec expressions = {0};
    cleanup_json json_t *doc = json_object();
    struct jq_worker *worker;
    struct world w = {0};

    uv_loop_init(&w.loop);
    worker = jq_worker_new(&w.loop, "/nowhere/gitopsd-jq", NULL, NULL);
    strvec_push(&expressions, ".a");
    jq_worker_paths(worker, &expressions, doc, 0, on_paths, &w);
    uv_run(&w.loop, UV_RUN_NOWAIT);
    EXPECT_CONTAINS(jq_worker_problem(worker, ".a"), "/nowhere/gitopsd-jq");
    jq_worker_free(worker);
    uv_run(&w.loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&w.loop), 0);
    EXPECT_NULL(w.paths);
}
