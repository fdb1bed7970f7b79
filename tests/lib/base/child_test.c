/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/child.h"

#include "lib/base/vec.h"
#include "tests/test.h"

#include <signal.h>
#include <unistd.h>

/* One child, and what came from it. */
struct bench {
    uv_loop_t loop;
    struct child *child;
    struct strvec lines;
    char *output;      /* what was collected when it ended */
    struct error *why; /* it was killed */
    unsigned ended;
    int64_t status;
    int signal;
    bool kill_at_line;
    bool is_late; /* the test waits too long */
};

static void on_line(void *arg, const char *text, size_t len)
{
    struct bench *b = arg;

    EXPECT_INT(strlen(text), len);
    EXPECT_INT(b->ended, 0);
    strvec_push(&b->lines, text);
    if (b->kill_at_line)
        child_kill(b->child);
}

static void on_killed(void *arg, const struct error *why)
{
    struct bench *b = arg;

    EXPECT_NULL(b->why);
    b->why = error_copy(why);
}

static void on_ended(void *arg, const struct child_end *end)
{
    struct bench *b = arg;

    b->ended++;
    b->status = end->status;
    b->signal = end->signal;
    b->output = xstrndup(end->output->data, end->output->len);
    b->child = NULL;
}

static const struct child_events with_lines = {
    .line = on_line, .killed = on_killed, .ended = on_ended};
static const struct child_events collecting = {.killed = on_killed, .ended = on_ended};

/* `sh -c SCRIPT`, with what the options say. */
static void bench_open(struct bench *b, const char *script, struct child_options options,
                       const struct child_events *events)
{
    char *args[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    cleanup_error struct error *err = NULL;

    memset(b, 0, sizeof(*b));
    uv_loop_init(&b->loop);
    options.program = "sh";
    options.args = args;
    if (!options.max_output_bytes)
        options.max_output_bytes = 1000;
    EXPECT_OK(child_start(&b->loop, &options, events, b, &b->child, &err));
    EXPECT_INT(b->ended, 0);
}

static void bench_close(struct bench *b)
{
    uv_run(&b->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&b->loop), 0);
    EXPECT_INT(b->ended, 1);
    strvec_clear(&b->lines);
    free(b->output);
    error_free(b->why);
}

static void on_late(uv_timer_t *timer)
{
    struct bench *b = timer->data;

    b->is_late = true;
}

/* Run until it holds, or fail after a minute. */
#define RUN_UNTIL(b, condition)                                                                    \
    do {                                                                                           \
        uv_timer_t limit_;                                                                         \
        uv_timer_init(&(b)->loop, &limit_);                                                        \
        limit_.data = (b);                                                                         \
        uv_timer_start(&limit_, on_late, 60000, 0);                                                \
        while (!(condition) && !(b)->is_late)                                                      \
            uv_run(&(b)->loop, UV_RUN_ONCE);                                                       \
        uv_close((uv_handle_t *)&limit_, NULL);                                                    \
        uv_run(&(b)->loop, UV_RUN_NOWAIT);                                                         \
        EXPECT(condition);                                                                         \
    } while (0)

/* ---- input and output ---- */

TEST(questions_are_written_and_lines_are_told)
{
    struct bench b;

    bench_open(&b, "cat; exit 3", (struct child_options){.has_input = true}, &with_lines);
    child_write(b.child, xstrdup("one\ntwo\n"));
    RUN_UNTIL(&b, b.lines.len == 2);
    EXPECT_STR(b.lines.items[0], "one");
    EXPECT_STR(b.lines.items[1], "two");
    child_write(b.child, xstrdup("\nno newline"));
    RUN_UNTIL(&b, b.lines.len == 3);
    EXPECT_STR(b.lines.items[2], "");
    child_close_input(b.child);
    RUN_UNTIL(&b, b.ended);
    EXPECT_INT(b.lines.len, 3);
    EXPECT_STR(b.output, "no newline");
    EXPECT_INT(b.status, 3);
    EXPECT_INT(b.signal, 0);
    EXPECT_NULL(b.why);
    bench_close(&b);
}

TEST(a_text_may_be_larger_than_a_pipe)
{
    enum { BYTES = 1 << 20 };
    struct bench b;
    char *text = xmalloc(BYTES + 1);

    memset(text, 'x', BYTES);
    text[BYTES - 1] = '\n';
    text[BYTES] = '\0';
    bench_open(&b, "cat", (struct child_options){.has_input = true, .max_output_bytes = BYTES},
               &with_lines);
    child_write(b.child, text);
    RUN_UNTIL(&b, b.lines.len == 1);
    EXPECT_INT(strlen(b.lines.items[0]), BYTES - 1);
    child_close_input(b.child);
    bench_close(&b);
    EXPECT_INT(b.status, 0);
}

TEST(output_is_collected_where_nobody_wants_lines)
{
    struct bench b;

    bench_open(&b, "echo out; cat; echo unseen >&2; exit 7", (struct child_options){0},
               &collecting);
    RUN_UNTIL(&b, b.ended);
    EXPECT_STR(b.output, "out\n"); /* nothing to read, and its errors are not ours */
    EXPECT_INT(b.status, 7);
    bench_close(&b);
}

TEST(its_environment_is_what_is_said_or_ours)
{
    struct bench b;
    char *env[] = {(char *)"PATH=/usr/bin:/bin", (char *)"CHILD_TEST=theirs", NULL};

    setenv("CHILD_TEST", "ours", 1);
    bench_open(&b, "echo $CHILD_TEST", (struct child_options){0}, &collecting);
    RUN_UNTIL(&b, b.ended);
    EXPECT_STR(b.output, "ours\n");
    bench_close(&b);
    bench_open(&b, "echo $CHILD_TEST", (struct child_options){.env = env}, &collecting);
    RUN_UNTIL(&b, b.ended);
    EXPECT_STR(b.output, "theirs\n");
    bench_close(&b);
}

TEST(an_idle_child_does_not_keep_the_loop_alive)
{
    struct bench b;

    bench_open(&b, "cat", (struct child_options){.has_input = true}, &with_lines);
    child_set_idle(b.child, true);
    EXPECT_INT(uv_run(&b.loop, UV_RUN_DEFAULT), 0);
    EXPECT_INT(b.ended, 0);
    child_set_idle(b.child, false);
    child_write(b.child, xstrdup("back\n"));
    RUN_UNTIL(&b, b.lines.len == 1);
    child_set_idle(b.child, true);
    child_kill(b.child); /* its end is awaited */
    bench_close(&b);
    EXPECT_INT(b.signal, SIGKILL);
}

/* ---- how it ends ---- */

TEST(its_signal_is_told)
{
    struct bench b;

    bench_open(&b, "echo last; kill -USR1 $$", (struct child_options){0}, &collecting);
    RUN_UNTIL(&b, b.ended);
    EXPECT_INT(b.signal, SIGUSR1);
    EXPECT_STR(b.output, "last\n");
    EXPECT_NULL(b.why);
    bench_close(&b);
}

TEST(its_clock_ends_it)
{
    struct bench b;

    bench_open(&b, "exec sleep 1000", (struct child_options){.has_input = true}, &with_lines);
    child_set_clock(b.child, 100000);
    child_set_clock(b.child, 0);
    child_set_clock(b.child, 20);
    RUN_UNTIL(&b, b.ended);
    EXPECT_INT(error_kind(b.why), ERROR_TIMEOUT);
    EXPECT_INT(b.signal, SIGKILL);
    bench_close(&b);
}

TEST(a_line_over_the_limit_ends_it)
{
    struct bench b;

    bench_open(&b, "echo short; head -c 2000 /dev/zero | tr '\\0' x; exec sleep 1000",
               (struct child_options){.max_output_bytes = 1000}, &with_lines);
    RUN_UNTIL(&b, b.ended);
    EXPECT_INT(error_kind(b.why), ERROR_TOO_LARGE);
    EXPECT_INT(b.lines.len, 1);
    bench_close(&b);
}

TEST(lines_together_may_be_more_than_the_limit_of_one)
{
    struct bench b;

    bench_open(&b, "for i in 1 2 3 4 5; do echo 123456789; done",
               (struct child_options){.max_output_bytes = 10}, &with_lines);
    RUN_UNTIL(&b, b.ended);
    EXPECT_NULL(b.why);
    EXPECT_INT(b.lines.len, 5);
    bench_close(&b);
}

TEST(output_over_the_limit_ends_it)
{
    struct bench b;

    bench_open(&b, "yes", (struct child_options){.max_output_bytes = 100000}, &collecting);
    RUN_UNTIL(&b, b.ended);
    EXPECT_INT(error_kind(b.why), ERROR_TOO_LARGE);
    EXPECT_INT(b.signal, SIGKILL);
    bench_close(&b);
}

TEST(it_may_be_killed_while_it_tells)
{
    struct bench b;

    bench_open(&b, "echo 1; echo 2; echo 3; exec sleep 1000",
               (struct child_options){.has_input = true}, &with_lines);
    b.kill_at_line = true;
    RUN_UNTIL(&b, b.ended);
    EXPECT_INT(b.lines.len, 1);
    EXPECT_NULL(b.why); /* whoever kills it knows */
    bench_close(&b);
}

TEST(it_may_be_killed_while_it_is_written_to)
{
    struct bench b;
    char *text = xmalloc((4 << 20) + 1);

    memset(text, 'x', 4 << 20);
    text[4 << 20] = '\0';
    bench_open(&b, "exec sleep 1000", (struct child_options){.has_input = true}, &with_lines);
    child_write(b.child, text);
    uv_run(&b.loop, UV_RUN_NOWAIT);
    child_kill(b.child);
    child_kill(b.child);
    child_write(b.child, xstrdup("nobody reads it\n"));
    child_set_clock(b.child, 1);
    bench_close(&b);
    EXPECT_NULL(b.why);
}

/* ---- what it has started ---- */

TEST(a_session_is_killed_as_a_whole)
{
    struct bench b;
    int fds[2];
    char byte;

    EXPECT_INT(pipe(fds), 0); /* whoever of them lives holds the other end open */
    bench_open(&b, "sleep 1000 & sleep 1000 & echo up; wait",
               (struct child_options){.has_own_session = true}, &with_lines);
    close(fds[1]);
    RUN_UNTIL(&b, b.lines.len == 1);
    child_kill(b.child);
    bench_close(&b);
    EXPECT_INT(read(fds[0], &byte, 1), 0);
    close(fds[0]);
}

TEST(output_is_awaited_as_long_as_somebody_holds_it)
{
    struct bench b;

    bench_open(&b, "(sleep 0.1; echo late) & echo first", (struct child_options){0}, &with_lines);
    RUN_UNTIL(&b, b.ended);
    EXPECT_INT(b.lines.len, 2);
    EXPECT_STR(b.lines.items[1], "late");
    bench_close(&b);
}

TEST(a_killed_process_ends_whoever_holds_its_output)
{
    struct bench b;

    bench_open(&b, "sleep 1000 & echo $!; wait", (struct child_options){0}, &with_lines);
    RUN_UNTIL(&b, b.lines.len == 1);
    child_kill(b.child);
    RUN_UNTIL(&b, b.ended);
    kill(atoi(b.lines.items[0]), SIGKILL);
    bench_close(&b);
}

TEST(the_clock_runs_for_output_that_does_not_end)
{
    struct bench b;

    bench_open(&b, "sleep 1000 & echo $!; exit 0", (struct child_options){0}, &with_lines);
    RUN_UNTIL(&b, b.lines.len == 1);
    child_set_clock(b.child, 50);
    RUN_UNTIL(&b, b.ended);
    EXPECT_INT(error_kind(b.why), ERROR_TIMEOUT);
    kill(atoi(b.lines.items[0]), SIGKILL);
    bench_close(&b);
}

/* ---- what does not start ---- */

TEST(a_program_that_does_not_start_says_why)
{
    static const struct {
        const char *program;
        enum error_kind kind;
    } cases[] = {
        {"/nonexistent/program", ERROR_NOT_FOUND},
        {"no-such-program-in-the-path", ERROR_NOT_FOUND},
        {"/etc/passwd", ERROR_DENIED},
    };
    uv_loop_t loop;

    uv_loop_init(&loop);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *args[] = {(char *)"x", NULL};
        const struct child_options options = {.program = cases[i].program, .args = args};
        cleanup_error struct error *err = NULL;
        struct child *child = NULL;

        EXPECT_INT(child_start(&loop, &options, &with_lines, NULL, &child, &err), -1);
        EXPECT_INT(error_kind(err), cases[i].kind);
        EXPECT_NULL(child);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&loop), 0);
}
