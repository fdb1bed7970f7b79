/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/run.h"

#include "lib/base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often somebody looks whether it is still wanted. */
#define LOOK_MS 100

extern char **environ;

/* The read end of a pipe that has the input in it, and then ends. */
static int input_pipe(const char *input, int *end)
{
    size_t len = strlen(input);
    int fds[2];

    assert(len <= RUN_INPUT_MAX_BYTES);
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    *end = fds[0];
    /* There is room, and somebody to read: this does not wait. */
    if (write(fds[1], input, len) != (ssize_t)len) {
        close(fds[0]);
        close(fds[1]);
        return -1;
    }
    close(fds[1]);
    return 0;
}

static int start(const struct run_spec *spec, int input, int output, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int code;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!spec->shows_errors)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    code = posix_spawnp(pid, spec->args[0], &actions, NULL, (char *const *)spec->args,
                        spec->env ? (char *const *)spec->env : environ);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

/* May it go on? */
static int look(const struct run_spec *spec, uint64_t began_ms, struct error **err)
{
    if (spec->job && worker_job_canceled(spec->job))
        return error_set(err, ERROR_CANCELED, "canceled");
    if (spec->timeout_ms && time_monotonic_ms() >= began_ms + spec->timeout_ms)
        return error_set(err, ERROR_TIMEOUT, "no end after %llu ms; it was killed",
                         (unsigned long long)spec->timeout_ms);
    return 0;
}

/* Wait until there is something to read. */
static int await(const struct run_spec *spec, int fd, uint64_t began_ms, struct error **err)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    while (poll(&p, 1, LOOK_MS) <= 0)
        if (look(spec, began_ms, err) < 0)
            return -1;
    return 0;
}

/* It has closed its output. Mostly because it ends, so that the first looks are soon. */
static int await_end(const struct run_spec *spec, pid_t pid, int *status, uint64_t began_ms,
                     struct error **err)
{
    int delay_ms = 1;
    pid_t ended;

    while ((ended = waitpid(pid, status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
        if (look(spec, began_ms, err) < 0)
            return -1;
        poll(NULL, 0, delay_ms);
        delay_ms = delay_ms * 2 < LOOK_MS ? delay_ms * 2 : LOOK_MS;
    }
    return 0;
}

static int read_all(const struct run_spec *spec, int fd, uint64_t began_ms, struct buf *out,
                    struct error **err)
{
    char piece[4096];
    ssize_t n = 0;
    int result;

    do {
        result = await(spec, fd, began_ms, err);
        if (result == 0 && (n = read(fd, piece, sizeof(piece))) > 0)
            result = buf_append(out, piece, (size_t)n, err);
    } while (result == 0 && (n > 0 || (n < 0 && errno == EINTR)));
    explicit_bzero(piece, sizeof(piece)); /* it may be a password */
    return result;
}

static int kill_and_wait(pid_t pid, int *status)
{
    kill(pid, SIGKILL);
    while (waitpid(pid, status, 0) < 0 && errno == EINTR)
        continue;
    return -1;
}

int run_program(const struct run_spec *spec, struct buf *output, int *status, struct error **err)
{
    uint64_t began_ms = time_monotonic_ms();
    int input = -1;
    int fds[2];
    int code;
    pid_t pid;
    int result;

    if (spec->input ? input_pipe(spec->input, &input) < 0
                    : (input = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        return error_set(err, ERROR_UNAVAILABLE, "%s", strerror(errno));
    if (pipe2(fds, O_CLOEXEC) < 0) {
        close(input);
        return error_set(err, ERROR_UNAVAILABLE, "%s", strerror(errno));
    }
    code = start(spec, input, fds[1], &pid);
    close(input);
    close(fds[1]);
    if (code != 0) {
        close(fds[0]);
        return error_set(err, ERROR_UNAVAILABLE, "%s", strerror(code));
    }
    result = read_all(spec, fds[0], began_ms, output, err);
    close(fds[0]);
    if (result == 0)
        result = await_end(spec, pid, status, began_ms, err);
    return result < 0 ? kill_and_wait(pid, status) : 0;
}
