/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/exec.h"

#include "lib/base/buf.h"

#include <assert.h>
#include <signal.h>

/* The process and its output end independently of each other; both are awaited, because a process
 * whose handle is closed early is never reaped. */
struct kube_exec_run {
    uv_process_t process;
    uv_pipe_t output;
    uv_timer_t deadline;
    unsigned open_handles;
    const struct kube_config *config;
    kube_exec_done_fn *done; /* NULL: canceled */
    void *arg;
    struct buf answer;
    struct error *err; /* the first thing that went wrong */
    uint64_t timeout_ms;
    int64_t exit_status;
    int signal;
    bool exited;
    bool output_ended;
    char chunk[4096];
};

extern char **environ;

static void on_closed(uv_handle_t *handle)
{
    struct kube_exec_run *run = handle->data;

    if (--run->open_handles > 0)
        return;
    buf_clear(&run->answer);
    error_free(run->err);
    free(run);
}

static void close_handles(struct kube_exec_run *run)
{
    uv_close((uv_handle_t *)&run->process, on_closed);
    uv_close((uv_handle_t *)&run->output, on_closed);
    uv_close((uv_handle_t *)&run->deadline, on_closed);
}

/* Put the plugin's name in front and the way to install it behind. */
static void explain(struct kube_exec_run *run, struct error **err)
{
    const struct kube_exec *exec = run->config->exec;
    struct error *plain = TAKE(*err);

    if (exec->install_hint)
        error_set(err, error_kind(plain), "exec plugin %s: %s\n%s", exec->command,
                  error_message(plain), exec->install_hint);
    else
        error_set(err, error_kind(plain), "exec plugin %s: %s", exec->command,
                  error_message(plain));
    error_free(plain);
}

static int check_exit(const struct kube_exec_run *run, struct error **err)
{
    if (run->signal)
        return error_set(err, ERROR_DENIED, "ended by signal %d", run->signal);
    if (run->exit_status)
        return error_set(err, ERROR_DENIED, "failed with exit status %d", (int)run->exit_status);
    return 0;
}

static void finish(struct kube_exec_run *run)
{
    struct exec_credential credential = {0};
    kube_exec_done_fn *done = run->done;
    bool failed = run->err || (done && (check_exit(run, &run->err) < 0 ||
                                        exec_credential_parse(run->answer.data, run->answer.len,
                                                              run->config->exec->api_version,
                                                              &credential, &run->err) < 0));

    explicit_bzero(run->answer.data, run->answer.len);
    explicit_bzero(run->chunk, sizeof(run->chunk));
    if (done && failed)
        explain(run, &run->err);
    if (done)
        done(run->arg, failed ? NULL : &credential, failed ? run->err : NULL);
    exec_credential_clear(&credential);
    close_handles(run);
}

static void finish_if_ended(struct kube_exec_run *run)
{
    if (run->exited && (run->output_ended || run->err || !run->done))
        finish(run);
}

static void kill_plugin(struct kube_exec_run *run)
{
    if (!run->exited)
        uv_process_kill(&run->process, SIGKILL);
    uv_read_stop((uv_stream_t *)&run->output);
    uv_timer_stop(&run->deadline);
    finish_if_ended(run);
}

static void on_exit_status(uv_process_t *process, int64_t exit_status, int term_signal)
{
    struct kube_exec_run *run = process->data;

    run->exited = true;
    run->exit_status = exit_status;
    run->signal = term_signal;
    finish_if_ended(run);
}

static void on_chunk_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *chunk)
{
    struct kube_exec_run *run = handle->data;

    (void)suggested;
    *chunk = uv_buf_init(run->chunk, sizeof(run->chunk));
}

static void on_output(uv_stream_t *stream, ssize_t len, const uv_buf_t *chunk)
{
    struct kube_exec_run *run = stream->data;

    if (len > 0) {
        if (buf_append(&run->answer, chunk->base, (size_t)len, &run->err) < 0) {
            error_wrap(&run->err, "its answer");
            kill_plugin(run);
        }
    } else if (len < 0) { /* UV_EOF, or an error that ends the stream as well */
        uv_read_stop(stream);
        run->output_ended = true;
        finish_if_ended(run);
    }
}

static void on_deadline(uv_timer_t *timer)
{
    struct kube_exec_run *run = timer->data;

    error_set(&run->err, ERROR_TIMEOUT, "gave no answer within %llu s",
              (unsigned long long)((run->timeout_ms + 999) / 1000));
    kill_plugin(run);
}

static size_t name_len(const char *assignment)
{
    return strcspn(assignment, "=");
}

static bool is_set_in(const struct strvec *env, const char *assignment)
{
    size_t len = name_len(assignment);

    for (size_t i = 0; i < env->len; i++)
        if (name_len(env->items[i]) == len && !strncmp(env->items[i], assignment, len))
            return true;
    return false;
}

/* Ours, with the plugin's own settings over it. */
static void make_environment(const struct kube_config *config, struct strvec *out)
{
    cleanup_free char *info = kube_exec_info(config);
    const struct strvec *own = &config->exec->env;

    strvec_pushf(out, "KUBERNETES_EXEC_INFO=%s", info);
    for (size_t i = own->len; i-- > 0;) /* the last of the same name counts */
        if (!is_set_in(out, own->items[i]))
            strvec_push(out, own->items[i]);
    for (char **e = environ; *e; e++)
        if (!is_set_in(out, *e))
            strvec_push(out, *e);
}

static int spawn(uv_loop_t *loop, struct kube_exec_run *run)
{
    const struct kube_exec *exec = run->config->exec;
    cleanup_strvec struct strvec env = {0};
    cleanup_strvec struct strvec args = {0};
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&run->output},
        {.flags = UV_INHERIT_FD, .data.fd = 2},
    };
    uv_process_options_t options = {
        .exit_cb = on_exit_status, .file = exec->command, .stdio = stdio, .stdio_count = 3};

    make_environment(run->config, &env);
    strvec_push(&args, exec->command);
    for (size_t i = 0; i < exec->args.len; i++)
        strvec_push(&args, exec->args.items[i]);
    options.args = args.items;
    options.env = env.items;
    return uv_spawn(loop, &run->process, &options);
}

struct kube_exec_run *kube_exec_start(uv_loop_t *loop, const struct kube_config *config,
                                      uint64_t timeout_ms, kube_exec_done_fn *done, void *arg,
                                      struct error **err)
{
    struct kube_exec_run *run = xcalloc(1, sizeof(*run));
    int status;

    run->config = config;
    run->done = done;
    run->arg = arg;
    run->timeout_ms = timeout_ms ? timeout_ms : EXEC_TIMEOUT_MS;
    run->answer = BUF_INIT(EXEC_OUTPUT_MAX_BYTES);
    run->open_handles = 3;
    uv_pipe_init(loop, &run->output, 0);
    uv_timer_init(loop, &run->deadline);
    status = spawn(loop, run);
    run->process.data = run->output.data = run->deadline.data = run;
    if (status < 0) {
        error_set(err, status == UV_ENOENT ? ERROR_NOT_FOUND : ERROR_DENIED, "cannot start: %s",
                  uv_strerror(status));
        explain(run, err);
        close_handles(run);
        return NULL;
    }
    uv_read_start((uv_stream_t *)&run->output, on_chunk_wanted, on_output);
    uv_timer_start(&run->deadline, on_deadline, run->timeout_ms, 0);
    return run;
}

void kube_exec_cancel(struct kube_exec_run *run)
{
    assert(run->done);
    run->done = NULL;
    run->config = NULL;
    kill_plugin(run);
}
