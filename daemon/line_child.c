/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/line_child.h"

#include "lib/base/buf.h"
#include "lib/doc/yaml.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define IDLE_MS 10000
/* Its own clock counts 1 s of processor time for each evaluation. This one is for a process that
 * gets no processor, or is stopped. */
#define ANSWER_MS 10000
#define ANSWER_MAX_BYTES (8u << 20)

enum child_state { CHILD_IDLE, CHILD_ASKED, CHILD_ENDING };

struct line_child {
    enum child_state state;
    uv_process_t process;
    uv_pipe_t in, out;
    uv_timer_t timer; /* ASKED: the deadline. IDLE: the end. */
    uv_write_t write;
    char *line; /* being written */
    struct buf answer;
    unsigned open_handles;
    bool exited, drained, is_late;
    int64_t exit_status;
    int exit_signal;
    line_answer_fn *answered;
    line_gone_fn *gone; /* NULL: nobody listens any more */
    void *arg;
};

static void on_closed(uv_handle_t *handle)
{
    struct line_child *c = handle->data;

    if (--c->open_handles)
        return;
    buf_clear(&c->answer);
    free(c->line);
    free(c);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

/* An idle process does not keep the loop alive. */
static void keep_loop_alive(struct line_child *c, bool alive)
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

/* Its input is closed: it ends when it has read what there is, or by a signal. */
static void end(struct line_child *c)
{
    c->state = CHILD_ENDING;
    keep_loop_alive(c, true);
    uv_timer_stop(&c->timer);
    close_handle((uv_handle_t *)&c->in);
    close_handle((uv_handle_t *)&c->timer);
}

static void kill_process(struct line_child *c)
{
    if (!c->exited)
        uv_process_kill(&c->process, SIGKILL);
}

static int failure(const struct line_child *c, struct error **err)
{
    if (c->is_late || c->exit_signal == SIGPROF)
        return error_set(err, ERROR_TIMEOUT, "took longer than 1 s");
    if (c->exit_signal)
        return error_set(err, ERROR_INVALID, "took too much memory, or a bug: signal %d (%s)",
                         c->exit_signal, strsignal(c->exit_signal));
    return error_set(err, ERROR_INTERNAL, "its process ended with status %lld",
                     (long long)c->exit_status);
}

/* The process is gone and all it said is read. */
static void on_gone(struct line_child *c)
{
    bool was_asked = c->state == CHILD_ASKED;
    cleanup_error struct error *err = NULL;

    if (!c->exited || !c->drained)
        return;
    close_handle((uv_handle_t *)&c->process);
    close_handle((uv_handle_t *)&c->out);
    if (c->state != CHILD_ENDING)
        end(c);
    if (!c->gone)
        return;
    failure(c, &err);
    if (was_asked)
        c->answered(c->arg, NULL, err);
    else
        c->gone(c->arg);
}

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
    struct line_child *c = process->data;

    c->exited = true;
    c->exit_status = status;
    c->exit_signal = signal;
    on_gone(c);
}

static void on_timer(uv_timer_t *timer)
{
    struct line_child *c = timer->data;

    c->is_late = c->state == CHILD_ASKED;
    kill_process(c); /* on_gone tells */
}

static void on_line(struct line_child *c)
{
    cleanup_json json_t *answer = json_loadb(c->answer.data, c->answer.len, 0, NULL);

    buf_clear(&c->answer);
    if (c->state != CHILD_ASKED || !json_is_object(answer)) {
        kill_process(c);
        return;
    }
    c->state = CHILD_IDLE;
    uv_timer_start(&c->timer, on_timer, IDLE_MS, 0);
    keep_loop_alive(c, false);
    c->answered(c->arg, answer, NULL);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)handle;
    *out = uv_buf_init(xmalloc(suggested), (unsigned)suggested);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct line_child *c = stream->data;
    cleanup_error struct error *err = NULL;

    if (n > 0) {
        bool is_end = buf->base[n - 1] == '\n'; /* it never says more than was asked */

        if (buf_append(&c->answer, buf->base, (size_t)n, &err) < 0)
            kill_process(c);
        else if (is_end)
            on_line(c);
    } else if (n < 0) {
        uv_read_stop(stream);
        c->drained = true;
        on_gone(c);
    }
    free(buf->base);
}

static void on_written(uv_write_t *write, int status)
{
    struct line_child *c = write->data;

    (void)status; /* a process that does not read has ended, and on_gone tells why */
    free(TAKE(c->line));
}

void line_child_ask(struct line_child *c, char *line)
{
    uv_buf_t buf = uv_buf_init(line, (unsigned)strlen(line));

    c->state = CHILD_ASKED;
    c->line = line;
    keep_loop_alive(c, true);
    uv_timer_start(&c->timer, on_timer, ANSWER_MS, 0);
    c->write.data = c;
    if (uv_write(&c->write, (uv_stream_t *)&c->in, &buf, 1, on_written) < 0)
        free(TAKE(c->line));
}

void line_child_end(struct line_child *c)
{
    c->gone = NULL;
    kill_process(c);
    if (c->state != CHILD_ENDING)
        end(c);
}

static void init_handles(struct line_child *c, uv_loop_t *loop)
{
    uv_pipe_init(loop, &c->in, 0);
    uv_pipe_init(loop, &c->out, 0);
    uv_timer_init(loop, &c->timer);
    c->in.data = c->out.data = c->timer.data = c->process.data = c;
    c->open_handles = 4;
}

int line_child_start(uv_loop_t *loop, const char *program, line_answer_fn *answered,
                     line_gone_fn *gone, void *arg, struct line_child **out, struct error **err)
{
    struct line_child *c = xcalloc(1, sizeof(*c));
    cleanup_free char *file = xstrdup(program);
    uv_stdio_container_t stdio[3];
    char *args[] = {file, NULL};
    char *env[] = {NULL};
    uv_process_options_t options = {.exit_cb = on_exit_status,
                                    .file = file,
                                    .args = args,
                                    .env = env,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    int code;

    c->answer = BUF_INIT(ANSWER_MAX_BYTES);
    c->answered = answered;
    c->gone = gone;
    c->arg = arg;
    init_handles(c, loop);
    stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
    stdio[0].data.stream = (uv_stream_t *)&c->in;
    stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
    stdio[1].data.stream = (uv_stream_t *)&c->out;
    stdio[2].flags = UV_IGNORE;
    code = uv_spawn(loop, &c->process, &options);
    if (code < 0) {
        c->exited = c->drained = true;
        c->gone = NULL;
        on_gone(c);
        return error_set(err, ERROR_INTERNAL, "start %s, which must be beside gitopsd: %s", program,
                         uv_strerror(code));
    }
    uv_read_start((uv_stream_t *)&c->out, on_alloc, on_read);
    keep_loop_alive(c, false);
    *out = c;
    return 0;
}
