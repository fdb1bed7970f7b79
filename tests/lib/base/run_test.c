/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/run.h"

#include "tests/test.h"

#include <signal.h>
#include <sys/wait.h>

/* `sh -c SCRIPT`; its status. */
static int run_script(const char *script, struct run_spec spec, struct buf *output)
{
    const char *const args[] = {"sh", "-c", script, NULL};
    cleanup_error struct error *err = NULL;
    int status = -1;

    spec.args = args;
    EXPECT_OK(run_program(&spec, output, &status, &err));
    return status;
}

TEST(its_output_and_status_are_what_comes_back)
{
    cleanup_buf struct buf output = BUF_UNLIMITED;
    int status =
        run_script("cat; echo out; echo unseen >&2; exit 3", (struct run_spec){0}, &output);

    EXPECT(WIFEXITED(status));
    EXPECT_INT(WEXITSTATUS(status), 3);
    EXPECT_STR(output.data, "out\n");
    status = run_script("kill -USR1 $$", (struct run_spec){0}, &output);
    EXPECT(WIFSIGNALED(status));
    EXPECT_INT(WTERMSIG(status), SIGUSR1);
}

TEST(it_reads_what_it_is_given)
{
    cleanup_buf struct buf output = BUF_UNLIMITED;
    char input[RUN_INPUT_MAX_BYTES + 1];

    run_script("cat; echo .", (struct run_spec){.input = "a\nb"}, &output);
    EXPECT_STR(output.data, "a\nb.\n");
    buf_truncate(&output, 0);
    memset(input, 'x', RUN_INPUT_MAX_BYTES);
    input[RUN_INPUT_MAX_BYTES] = '\0';
    run_script("cat", (struct run_spec){.input = input}, &output);
    EXPECT_STR(output.data, input);
    EXPECT_INT(run_script("exit 0", (struct run_spec){.input = input}, &output), 0);
}

TEST(its_environment_is_what_is_said)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", "RUN_TEST=theirs", NULL};
    cleanup_buf struct buf output = BUF_UNLIMITED;

    setenv("RUN_TEST", "ours", 1);
    run_script("echo $RUN_TEST", (struct run_spec){0}, &output);
    run_script("echo $RUN_TEST", (struct run_spec){.env = env}, &output);
    EXPECT_STR(output.data, "ours\ntheirs\n");
}

TEST(output_over_the_limit_is_refused)
{
    static const char *const args[] = {"yes", NULL};
    const struct run_spec spec = {.args = args};
    cleanup_buf struct buf output = BUF_INIT(100000);
    cleanup_error struct error *err = NULL;
    int status;

    EXPECT_INT(run_program(&spec, &output, &status, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_TOO_LARGE);
}

TEST(it_is_killed_when_its_time_is_over)
{
    static const char *const args[] = {"sleep", "1000", NULL};
    const struct run_spec spec = {.args = args, .timeout_ms = 1};
    cleanup_buf struct buf output = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    int status = 0;

    EXPECT_INT(run_program(&spec, &output, &status, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_TIMEOUT);
    EXPECT(WIFSIGNALED(status));
    EXPECT_INT(WTERMSIG(status), SIGKILL);
}

TEST(closing_its_output_is_no_end_and_does_not_stop_the_clock)
{
    static const char *const args[] = {"sh", "-c", "exec >&-; exec sleep 1000", NULL};
    const struct run_spec spec = {.args = args, .timeout_ms = 500};
    cleanup_buf struct buf output = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    int status = 0;

    EXPECT_INT(run_program(&spec, &output, &status, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_TIMEOUT);
    EXPECT(WIFSIGNALED(status));
    EXPECT_INT(WTERMSIG(status), SIGKILL);
    status = run_script("exec >&-; sleep 0.05; exit 3", (struct run_spec){0}, &output);
    EXPECT(WIFEXITED(status));
    EXPECT_INT(WEXITSTATUS(status), 3);
}

TEST(what_cannot_be_started_says_why)
{
    static const char *const args[] = {"/nonexistent/program", NULL};
    const struct run_spec spec = {.args = args};
    cleanup_buf struct buf output = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    int status;

    EXPECT_INT(run_program(&spec, &output, &status, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_UNAVAILABLE);
    EXPECT_CONTAINS(error_message(err), "No such file");
}
