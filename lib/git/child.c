/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/yaml.h" /* cleanup_json */
#include "lib/git/remote.h"
#include "lib/git/workers.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>

#define IDLE_MS 5000
/* A reference takes about 150 bytes: some 400,000 of them. */
#define ANSWER_MAX_BYTES (64u << 20)

/* starting an operation -> BUSY -> answered -> IDLE -> ... -> ENDING (killed, or its input closed)
 * -> all handles closed. */
enum child_state { CHILD_IDLE, CHILD_BUSY, CHILD_ENDING };

struct child {
    struct git_workers *workers;
    enum child_state state;
    struct git_operation *op; /* while BUSY */
    char *dir;                /* what the operation writes */
    char step[64];            /* what the child said last that it does */
    struct buf line;
    uv_process_t process;
    uv_pipe_t in, out;
    uv_timer_t timer; /* BUSY: the deadline. IDLE: the end. */
    uv_write_t write;
    char *request; /* being written */
    unsigned open_handles;
    bool exited, drained;
    int64_t exit_status;
    int exit_signal;
};

bool child_is_idle(const struct child *c)
{
    return c->state == CHILD_IDLE;
}

bool child_is_ending(const struct child *c)
{
    return c->state == CHILD_ENDING;
}

const char *child_dir(const struct child *c)
{
    return c->dir;
}

struct git_operation *child_operation(const struct child *c)
{
    return c->op;
}

void child_free(struct child *c)
{
    git_secret_free(c->request);
    buf_clear(&c->line);
    free(c->dir);
    free(c);
}

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle)
{
    struct child *c = handle->data;

    if (--c->open_handles == 0)
        workers_child_gone(c->workers, c);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

/* An idle child does not keep the loop alive. */
static void keep_loop_alive(struct child *c, bool alive)
{
    uv_handle_t *const handles[] = {(uv_handle_t *)&c->process, (uv_handle_t *)&c->out,
                                    (uv_handle_t *)&c->timer};

    for (size_t i = 0; i < ARRAY_LEN(handles); i++) {
        if (alive)
            uv_ref(handles[i]);
        else
            uv_unref(handles[i]);
    }
}

static void end(struct child *c)
{
    c->state = CHILD_ENDING;
    keep_loop_alive(c, true);
    uv_timer_stop(&c->timer);
    close_handle((uv_handle_t *)&c->in);
    close_handle((uv_handle_t *)&c->timer);
}

void child_kill(struct child *c, struct error *err)
{
    struct git_operation *op = TAKE(c->op);

    if (!c->exited)
        uv_process_kill(&c->process, SIGKILL);
    if (c->state != CHILD_ENDING)
        end(c);
    if (op)
        operation_finish(op, NULL, err);
    else
        error_free(err);
}

/* The process is gone and all it said is read. */
static void on_gone(struct child *c)
{
    struct error *err = NULL;

    if (!c->exited || !c->drained)
        return;
    close_handle((uv_handle_t *)&c->process);
    close_handle((uv_handle_t *)&c->out);
    if (c->state != CHILD_ENDING)
        end(c);
    if (!c->op)
        return;
    if (c->exit_signal)
        error_set(&err, ERROR_UNAVAILABLE,
                  "%s %s: the Git helper process ended by signal %d (%s); it is started again",
                  c->step, c->op->shown, c->exit_signal, strsignal(c->exit_signal));
    else
        error_set(&err, ERROR_UNAVAILABLE,
                  "%s %s: the Git helper process ended with status %lld; it is started again",
                  c->step, c->op->shown, (long long)c->exit_status);
    operation_finish(TAKE(c->op), NULL, err);
}

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
    struct child *c = process->data;

    c->exited = true;
    c->exit_status = status;
    c->exit_signal = signal;
    on_gone(c);
}

/* ---- answers ---- */

static void on_timer(uv_timer_t *timer)
{
    struct child *c = timer->data;
    struct error *err = NULL;

    if (c->state == CHILD_BUSY)
        error_set(&err, ERROR_TIMEOUT,
                  "%s %s: no end after %llu ms; the server does not answer or "
                  "is too slow (raise the timeout for a large repository)",
                  c->step, c->op->shown, (unsigned long long)c->op->timeout_ms);
    child_kill(c, err);
}

static void on_answered(struct child *c, const json_t *answer)
{
    struct git_operation *op = TAKE(c->op);

    free(TAKE(c->dir));
    if (op->single) {
        end(c); /* its input is closed, so it ends by itself */
    } else {
        c->state = CHILD_IDLE;
        uv_timer_start(&c->timer, on_timer, IDLE_MS, 0);
        keep_loop_alive(c, false);
    }
    workers_wake(c->workers);
    operation_answer(op, answer);
}

static void on_line(struct child *c, const char *text, size_t len)
{
    cleanup_json json_t *line = json_loadb(text, len, 0, NULL);
    const char *step = json_string_value(json_object_get(line, "step"));
    struct error *err = NULL;

    if (c->state != CHILD_BUSY)
        return;
    if (!json_is_object(line)) {
        error_set(&err, ERROR_INTERNAL, "%s %s: the Git helper process talks nonsense", c->step,
                  c->op->shown);
        child_kill(c, err);
    } else if (step) {
        snprintf(c->step, sizeof(c->step), "%s", step);
    } else {
        on_answered(c, line);
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)handle;
    *out = uv_buf_init(xmalloc(suggested), (unsigned)suggested);
}

static void take_bytes(struct child *c, const char *data, size_t len)
{
    struct error *err = NULL;
    const char *newline;

    while ((newline = memchr(data, '\n', len))) {
        size_t part = (size_t)(newline - data);
        if (buf_append(&c->line, data, part, &err) < 0)
            break;
        struct buf line = c->line;
        c->line = BUF_INIT(ANSWER_MAX_BYTES);
        on_line(c, line.data, line.len);
        buf_clear(&line);
        data += part + 1;
        len -= part + 1;
    }
    if (!err && buf_append(&c->line, data, len, &err) == 0)
        return;
    child_kill(c, err);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct child *c = stream->data;

    if (n > 0) {
        take_bytes(c, buf->base, (size_t)n);
    } else if (n < 0) {
        uv_read_stop(stream);
        c->drained = true;
        on_gone(c);
    }
    free(buf->base);
}

/* ---- requests ---- */

static void on_written(uv_write_t *write, int status)
{
    struct child *c = write->data;

    (void)status; /* a child that does not read has ended, and on_gone tells why */
    git_secret_free(TAKE(c->request));
}

void child_run(struct child *c, struct git_operation *op)
{
    assert(c->state == CHILD_IDLE && !c->op);
    c->state = CHILD_BUSY;
    c->op = op;
    c->dir = xstrdup(op->dir);
    snprintf(c->step, sizeof(c->step), "connect to");
    keep_loop_alive(c, true);
    uv_timer_start(&c->timer, on_timer, op->timeout_ms, 0);
    c->request = TAKE(op->request);
    uv_buf_t buf = uv_buf_init(c->request, (unsigned)strlen(c->request));
    c->write.data = c;
    if (uv_write(&c->write, (uv_stream_t *)&c->in, &buf, 1, on_written) < 0)
        git_secret_free(TAKE(c->request));
}

static void init_handles(struct child *c)
{
    uv_loop_t *loop = c->workers->loop;

    uv_pipe_init(loop, &c->in, 0);
    uv_pipe_init(loop, &c->out, 0);
    uv_timer_init(loop, &c->timer);
    c->in.data = c->out.data = c->timer.data = c->process.data = c;
    c->open_handles = 4;
}

int child_start(struct git_workers *w, struct child **out, struct error **err)
{
    struct child *c = xcalloc(1, sizeof(*c));
    uv_stdio_container_t stdio[3];
    char argument[] = GIT_WORKER_ARGUMENT;
    char *args[] = {w->program, argument, NULL};
    uv_process_options_t options = {.exit_cb = on_exit_status,
                                    .file = w->program,
                                    .args = args,
                                    .stdio_count = 3,
                                    .stdio = stdio};

    c->workers = w;
    c->line = BUF_INIT(ANSWER_MAX_BYTES);
    init_handles(c);
    stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
    stdio[0].data.stream = (uv_stream_t *)&c->in;
    stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
    stdio[1].data.stream = (uv_stream_t *)&c->out;
    stdio[2].flags = UV_IGNORE; /* what libraries print */
    ptrvec_push(&w->children, c);

    int code = uv_spawn(w->loop, &c->process, &options);
    if (code < 0) {
        c->exited = c->drained = true;
        end(c);
        on_gone(c);
        return error_set(err, ERROR_INTERNAL, "start the Git helper process %s: %s", w->program,
                         uv_strerror(code));
    }
    uv_read_start((uv_stream_t *)&c->out, on_alloc, on_read);
    keep_loop_alive(c, false);
    *out = c;
    return 0;
}
