/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/child.h"

#include <signal.h>

struct child {
    uv_process_t process;
    uv_pipe_t in, out;
    uv_timer_t clock;
    uv_write_t write;
    char *text; /* being written */
    struct buf output;
    struct child_events events;
    void *arg;
    bool has_own_session;
    bool is_killed;
    bool exited, drained;
    struct child_end end;
    unsigned open_handles;
    char chunk[16 << 10];
};

/* It may hold a password. */
static void free_text(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

static void on_closed(uv_handle_t *handle)
{
    struct child *c = handle->data;

    if (--c->open_handles > 0)
        return;
    explicit_bzero(c->chunk, sizeof(c->chunk));
    explicit_bzero(c->output.data, c->output.len);
    buf_clear(&c->output);
    free_text(c->text);
    free(c);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_all(struct child *c)
{
    close_handle(&c->process);
    close_handle(&c->in);
    close_handle(&c->out);
    close_handle(&c->clock);
}

static void end_if_over(struct child *c)
{
    if (!c->exited || !(c->drained || c->is_killed))
        return;
    c->end.output = &c->output;
    close_all(c);
    c->events.ended(c->arg, &c->end);
}

/* ---- its end ---- */

static void keep_loop_alive(struct child *c, bool alive)
{
    uv_handle_t *const handles[] = {(uv_handle_t *)&c->process, (uv_handle_t *)&c->out,
                                    (uv_handle_t *)&c->clock};

    for (size_t i = 0; i < ARRAY_LEN(handles); i++) {
        if (alive)
            uv_ref(handles[i]);
        else
            uv_unref(handles[i]);
    }
}

static void on_over(uv_timer_t *clock)
{
    end_if_over(clock->data);
}

void child_kill(struct child *c)
{
    if (c->is_killed)
        return;
    c->is_killed = true;
    keep_loop_alive(c, true);
    uv_read_stop((uv_stream_t *)&c->out);
    uv_timer_stop(&c->clock);
    close_handle(&c->in);
    if (c->exited) /* the number of its process may be somebody else's by now */
        uv_timer_start(&c->clock, on_over, 0, 0);
    else
        uv_kill(c->has_own_session ? -c->process.pid : c->process.pid, SIGKILL);
}

static void kill_because(struct child *c, const struct error *why)
{
    child_kill(c);
    if (c->events.killed)
        c->events.killed(c->arg, why);
}

static void on_late(uv_timer_t *clock)
{
    cleanup_error struct error *err = NULL;

    error_set(&err, ERROR_TIMEOUT, "it took too long");
    kill_because(clock->data, err);
}

void child_set_clock(struct child *c, uint64_t ms)
{
    if (c->is_killed)
        return;
    if (ms)
        uv_timer_start(&c->clock, on_late, ms, 0);
    else
        uv_timer_stop(&c->clock);
}

void child_set_idle(struct child *c, bool idle)
{
    if (!c->is_killed)
        keep_loop_alive(c, !idle);
}

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
    struct child *c = process->data;

    c->exited = true;
    c->end.status = status;
    c->end.signal = signal;
    end_if_over(c);
}

/* ---- its input and output ---- */

static void on_written(uv_write_t *write, int status)
{
    struct child *c = write->data;

    (void)status; /* `ended` tells why it does not read */
    free_text(TAKE(c->text));
}

void child_write(struct child *c, char *text)
{
    uv_buf_t buf = uv_buf_init(text, (unsigned)strlen(text));

    if (uv_is_closing((uv_handle_t *)&c->in)) {
        free_text(text);
        return;
    }
    assert(!c->text);
    c->text = text;
    c->write.data = c;
    if (uv_write(&c->write, (uv_stream_t *)&c->in, &buf, 1, on_written) < 0)
        free_text(TAKE(c->text));
}

void child_close_input(struct child *c)
{
    child_set_clock(c, 0);
    child_set_idle(c, false);
    close_handle(&c->in);
}

static void on_chunk_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *chunk)
{
    struct child *c = handle->data;

    (void)suggested;
    *chunk = uv_buf_init(c->chunk, sizeof(c->chunk));
}

/* Tells the lines that are complete now. */
static int take_lines(struct child *c, const char *data, size_t len, struct error **err)
{
    const char *newline;

    while (!c->is_killed && (newline = memchr(data, '\n', len))) {
        size_t part = (size_t)(newline - data);
        struct buf line;

        if (buf_append(&c->output, data, part, err) < 0)
            return -1;
        line = c->output;
        c->output = BUF_INIT(line.max);
        c->events.line(c->arg, line.data, line.len);
        buf_clear(&line);
        data += part + 1;
        len -= part + 1;
    }
    return c->is_killed ? 0 : buf_append(&c->output, data, len, err);
}

static void on_output(uv_stream_t *stream, ssize_t len, const uv_buf_t *chunk)
{
    struct child *c = stream->data;
    cleanup_error struct error *err = NULL;

    if (len < 0) { /* UV_EOF, or an error that ends it as well */
        uv_read_stop(stream);
        c->drained = true;
        end_if_over(c);
    } else if ((c->events.line ? take_lines(c, chunk->base, (size_t)len, &err)
                               : buf_append(&c->output, chunk->base, (size_t)len, &err)) < 0) {
        kill_because(c, err);
    }
}

/* ---- its beginning ---- */

static int spawn(uv_loop_t *loop, struct child *c, const struct child_options *o)
{
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->out},
        {.flags = UV_IGNORE},
    };
    const uv_process_options_t options = {
        .exit_cb = on_exit_status,
        .file = o->program,
        .args = (char **)o->args,
        .env = (char **)o->env,
        .flags = o->has_own_session ? UV_PROCESS_DETACHED : 0u,
        .stdio = stdio,
        .stdio_count = 3,
    };

    if (o->has_input) {
        stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
        stdio[0].data.stream = (uv_stream_t *)&c->in;
    }
    if (o->shows_errors) {
        stdio[2].flags = UV_INHERIT_FD;
        stdio[2].data.fd = 2;
    }
    return uv_spawn(loop, &c->process, &options);
}

int child_start(uv_loop_t *loop, const struct child_options *options,
                const struct child_events *events, void *arg, struct child **out,
                struct error **err)
{
    struct child *c = xcalloc(1, sizeof(*c));
    int code;

    c->events = *events;
    c->arg = arg;
    c->has_own_session = options->has_own_session;
    c->output = BUF_INIT(options->max_output_bytes);
    uv_pipe_init(loop, &c->in, 0);
    uv_pipe_init(loop, &c->out, 0);
    uv_timer_init(loop, &c->clock);
    c->open_handles = 4;
    code = spawn(loop, c, options);
    c->process.data = c->in.data = c->out.data = c->clock.data = c;
    if (code < 0) {
        close_all(c);
        return error_set(err, code == UV_ENOENT ? ERROR_NOT_FOUND : ERROR_DENIED, "%s",
                         uv_strerror(code));
    }
    uv_read_start((uv_stream_t *)&c->out, on_chunk_wanted, on_output);
    *out = c;
    return 0;
}
