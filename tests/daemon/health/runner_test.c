/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/health/runner.h"

#include "lib/base/time.h"
#include "tests/daemon/parts.h"

#include <sys/stat.h>
#include <unistd.h>

struct world {
    uv_loop_t loop;
    struct health_runner *runner;
    char *program;
};

struct hearing {
    unsigned outcomes;
    bool is_final;
    char *text; /* of the last: "STATUS: message", "none" */
};

static void on_outcome(void *arg, const struct health_outcome *o)
{
    struct hearing *h = arg;

    h->outcomes++;
    h->is_final = o->is_final;
    free(h->text);
    h->text = o->has_health ? xasprintf("%s: %s", health_status_name(o->status),
                                        o->message ? o->message : "(none)")
                            : xstrdup("none");
}

static void begin(struct world *w, const char *program)
{
    const char *bin = getenv("GITOPSD_BIN");

    *w = (struct world){.program = xasprintf("%s/%s", bin ? bin : "build/asan/bin", program)};
    uv_loop_init(&w->loop);
    w->runner = health_runner_new(&w->loop, w->program);
}

static void end(struct world *w)
{
    health_runner_free(w->runner);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&w->loop), 0);
    free(w->program);
}

static struct health_run *start(struct world *w, const char *text, bool open_libs,
                                struct hearing *h)
{
    struct health_script script = {.text = text, .open_libs = open_libs};
    cleanup_json json_t *object = parse("{'kind': 'Pod', 'metadata': {'name': 'web', "
                                        "'managedFields': [1]}, 'status': {'phase': 'Up'}}");

    return health_runner_start(w->runner, &script, object, on_outcome, h);
}

static void wait_for(struct world *w, const struct hearing *h, unsigned outcomes)
{
    while (h->outcomes < outcomes && uv_run(&w->loop, UV_RUN_ONCE))
        ;
    EXPECT_INT(h->outcomes, outcomes);
}

static void expect(struct world *w, const char *script, const char *want)
{
    struct hearing h = {0};

    start(w, script, true, &h);
    EXPECT_INT(h.outcomes, 0); /* never before it returns */
    wait_for(w, &h, 1);
    EXPECT(h.is_final);
    if (!streq(h.text, want))
        fail_msg("%s: %s, expected %s", script, h.text, want);
    free(h.text);
}

TEST(a_script_is_not_to_blame_for_a_process_that_was_killed)
{
    const char *dir = test_tmpdir();
    cleanup_free char *script = NULL;
    cleanup_free char *real = NULL;
    struct world w;

    begin(&w, "gitopsd-lua");
    health_runner_free(w.runner);
    real = realpath(w.program, NULL);
    script = xasprintf("#!/bin/sh\nif [ ! -e %s/seen ]; then\n: >%s/seen; read line; kill -9 "
                       "$$\nfi\nexec %s\n",
                       dir, dir, real);
    test_write_file(dir, "lua", script);
    free(w.program);
    w.program = xasprintf("%s/lua", dir);
    chmod(w.program, 0700);
    w.runner = health_runner_new(&w.loop, w.program);
    expect(&w, "return {status = 'Healthy', message = 'up'}", "Healthy: up");
    EXPECT_INT(health_runner_stats(w.runner).killed, 0);
    end(&w);
}

TEST(a_script_is_run_and_its_outcome_told)
{
    struct world w;

    begin(&w, "gitopsd-lua");
    expect(&w, "return {status = 'Healthy', message = obj.status.phase}", "Healthy: Up");
    expect(&w, "return {status = 'Degraded'}", "Degraded: ");
    expect(&w, "return {status = 'odd'}", "Unknown: Lua returned an invalid health status");
    expect(&w, "return {}", "none");
    expect(&w, "return 1", "Unknown: expect table output from Lua script, not number");
    expect(&w, "error('no')", "Unknown: health.lua:1: no");
    expect(&w, "return {status = 'Healthy', message = '\\255'}", "Healthy: ?");
    expect(&w, "return {status = 'Healthy', message = type(obj.metadata.managedFields)}",
           "Healthy: nil");
    EXPECT_INT(health_runner_stats(w.runner).killed, 0);
    end(&w);
}

TEST(the_libraries_are_those_that_are_asked_for)
{
    struct world w;
    struct hearing closed = {0};
    struct hearing open = {0};

    begin(&w, "gitopsd-lua");
    start(&w, "return {status = 'Healthy', message = type(string)}", false, &closed);
    start(&w, "return {status = 'Healthy', message = type(string)}", true, &open);
    wait_for(&w, &closed, 1);
    wait_for(&w, &open, 1);
    EXPECT_STR(closed.text, "Healthy: nil");
    EXPECT_STR(open.text, "Healthy: table");
    free(closed.text);
    free(open.text);
    end(&w);
}

TEST(what_does_not_end_is_ended_and_the_next_is_not_concerned)
{
    static const char *const endless[] = {
        "return {status = string.find(('a'):rep(30000), ('.-'):rep(12) .. 'b')}",
        "local p = newproxy(true) getmetatable(p).__gc = function() while true do end end",
    };
    struct world w;

    begin(&w, "gitopsd-lua");
    for (size_t i = 0; i < ARRAY_LEN(endless); i++) {
        expect(&w, endless[i], "Unknown: the health script took longer than 1 s");
        expect(&w, "return {status = 'Healthy'}", "Healthy: ");
    }
    EXPECT_INT(health_runner_stats(w.runner).killed, ARRAY_LEN(endless));
    end(&w);
}

TEST(a_slow_script_waits_and_keeps_nobody_waiting)
{
    struct world w;
    struct hearing slow = {0};
    struct hearing quick = {0};
    uint64_t before = time_monotonic_ms();

    begin(&w, "gitopsd-lua");
    start(&w, "local s = 0 for i = 1, 2e7 do s = s + i end return {status = 'Healthy'}", false,
          &slow);
    wait_for(&w, &slow, 1);
    start(&w, "local s = 0 for i = 1, 2e7 do s = s + i end return {status = 'Healthy'}", false,
          &slow);
    for (unsigned i = 1; i <= 3; i++) {
        start(&w, "return {status = 'Healthy'}", false, &quick);
        wait_for(&w, &quick, i);
        /* It waits ten times what makes it slow, and no longer where processors are short. */
        EXPECT(slow.outcomes == 1 || time_monotonic_ms() - before >= 200);
    }
    wait_for(&w, &slow, 2);
    EXPECT(time_monotonic_ms() - before >= 200);
    free(slow.text);
    free(quick.text);
    end(&w);
}

TEST(a_canceled_run_is_not_heard_of)
{
    struct world w;
    struct hearing waiting = {0};
    struct hearing running = {0};
    struct hearing other = {0};
    struct health_run *run;

    begin(&w, "gitopsd-lua");
    run = start(&w, "return {status = 'Healthy'}", false, &running);
    uv_run(&w.loop, UV_RUN_ONCE); /* it is asked */
    health_run_cancel(run);
    health_run_cancel(start(&w, "return {status = 'Healthy'}", false, &waiting));
    health_run_cancel(NULL);
    start(&w, "return {status = 'Suspended'}", false, &other);
    wait_for(&w, &other, 1);
    EXPECT_INT(running.outcomes, 0);
    EXPECT_INT(waiting.outcomes, 0);
    EXPECT_STR(other.text, "Suspended: ");
    free(other.text);
    end(&w);
}

TEST(without_the_program_everybody_hears_why)
{
    struct world w;
    struct hearing h = {0};
    struct hearing second = {0};

    begin(&w, "no-such-program");
    start(&w, "return {status = 'Healthy'}", false, &h);
    start(&w, "return {status = 'Healthy'}", false, &second);
    wait_for(&w, &h, 1);
    wait_for(&w, &second, 1);
    EXPECT(!h.is_final);
    EXPECT_CONTAINS(h.text, "Unknown: start ");
    EXPECT_CONTAINS(h.text, "which must be beside gitopsd");
    free(h.text);
    free(second.text);
    end(&w);
}

TEST(freed_while_it_runs)
{
    struct world w;
    struct hearing h = {0};

    begin(&w, "gitopsd-lua");
    start(&w, "while true do end", false, &h);
    start(&w, "return {status = 'Healthy'}", false, &h);
    uv_run(&w.loop, UV_RUN_ONCE);
    end(&w);
    EXPECT_INT(h.outcomes, 0);
}
