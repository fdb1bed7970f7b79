/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/http.h"

#include "daemon/serve/listen.h"
#include "lib/base/vec.h"

#include <microhttpd.h>
#include <unistd.h>

#define MAX_CONNECTIONS 4000
#define CONNECTION_MEMORY_BYTES ((size_t)64 << 10)
#define STREAM_BLOCK_BYTES ((size_t)32 << 10)

struct http_server {
    uv_poll_t poll; /* libmicrohttpd's epoll descriptor */
    uv_timer_t timer;
    struct MHD_Daemon *daemon;
    struct http_options options;
    struct ptrvec requests; /* that wait for their delay */
    struct ptrvec streams;
    unsigned port;
    unsigned open_handles;
    bool is_closing;
};

/* body -> delay -> handled -> answered. The queue of an answer is libmicrohttpd's. */
enum request_state { REQUEST_BODY, REQUEST_DELAYED, REQUEST_READY, REQUEST_ANSWERED };

struct http_request {
    struct http_server *server;
    struct MHD_Connection *connection;
    enum request_state state;
    char *method;
    char *path;
    char *uri;
    int status;
    struct buf body;
    bool is_too_large;
    struct strvec warnings;
    unsigned retry_after_s;
    uv_timer_t *timer; /* of the delay */
    enum MHD_Result result;
};

enum stream_state { STREAM_OPEN, STREAM_ENDED, STREAM_BROKEN };

struct http_stream {
    struct http_server *server;
    struct MHD_Connection *connection;
    enum stream_state state;
    bool is_suspended;
    struct buf pending;
    size_t sent; /* of pending */
    http_closed_fn *closed;
    void *arg;
};

const char *http_method(const struct http_request *request)
{
    return request->method;
}

const char *http_path(const struct http_request *request)
{
    return request->path;
}

const char *http_uri(const struct http_request *request)
{
    return request->uri;
}

int http_status(const struct http_request *request)
{
    return request->status;
}

const struct buf *http_body(const struct http_request *request)
{
    return &request->body;
}

const char *http_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *http_query(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool http_query_is_true(const struct http_request *request, const char *name)
{
    const char *value = http_query(request, name);

    return value && (streq(value, "true") || streq(value, "1"));
}

static void on_timer(uv_timer_t *timer);

/* Let libmicrohttpd look again, soon: it must not be entered from its own callbacks. */
static void kick(struct http_server *s)
{
    if (!s->is_closing)
        uv_timer_start(&s->timer, on_timer, 0, 0);
}

/* ---- answers ---- */

void http_warn(struct http_request *request, const char *text)
{
    cleanup_buf struct buf value = BUF_UNLIMITED;

    buf_puts(&value, "299 - \"");
    for (const char *p = text; *p; p++)
        if (*p == '"' || *p == '\\')
            buf_printf(&value, "\\%c", *p);
        else if ((unsigned char)*p >= ' ')
            buf_putc(&value, *p);
    buf_putc(&value, '"');
    strvec_push(&request->warnings, value.data);
}

void http_retry_after(struct http_request *request, unsigned seconds)
{
    request->retry_after_s = seconds;
}

static void queue(struct http_request *request, int status, const char *content_type,
                  struct MHD_Response *response)
{
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache, private");
    for (size_t i = 0; i < request->warnings.len; i++)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WARNING, request->warnings.items[i]);
    if (request->retry_after_s > 0) {
        cleanup_free char *text = xasprintf("%u", request->retry_after_s);

        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, text);
    }
    request->state = REQUEST_ANSWERED;
    request->status = status;
    request->result = MHD_queue_response(request->connection, (unsigned)status, response);
    MHD_destroy_response(response);
}

void http_answer(struct http_request *request, int status, const char *content_type, char *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_MUST_FREE);

    queue(request, status, content_type, response);
}

void http_drop(struct http_request *request)
{
    request->state = REQUEST_ANSWERED;
    request->result = MHD_NO;
}

/* ---- streams ---- */

static ssize_t read_stream(void *arg, uint64_t position, char *out, size_t max)
{
    struct http_stream *stream = arg;
    size_t len = stream->pending.len - stream->sent;

    (void)position;
    if (stream->state == STREAM_BROKEN)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (len == 0 && stream->state == STREAM_ENDED)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (len == 0) {
        stream->is_suspended = true;
        MHD_suspend_connection(stream->connection);
        return 0;
    }
    if (len > max)
        len = max;
    memcpy(out, stream->pending.data + stream->sent, len);
    stream->sent += len;
    if (stream->sent == stream->pending.len) {
        buf_clear(&stream->pending);
        stream->sent = 0;
    }
    return (ssize_t)len;
}

static void free_stream(void *arg)
{
    struct http_stream *stream = arg;
    struct ptrvec *all = &stream->server->streams;

    for (size_t i = 0; i < all->len; i++)
        if (all->items[i] == stream) {
            ptrvec_remove(all, i);
            break;
        }
    stream->closed(stream->arg);
    buf_clear(&stream->pending);
    free(stream);
}

struct http_stream *http_stream_start(struct http_request *request, const char *content_type,
                                      http_closed_fn *closed, void *arg)
{
    struct http_stream *stream = xcalloc(1, sizeof(*stream));

    stream->server = request->server;
    stream->connection = request->connection;
    stream->pending = BUF_UNLIMITED;
    stream->closed = closed;
    stream->arg = arg;
    ptrvec_push(&request->server->streams, stream);
    queue(request, 200, content_type,
          MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, read_stream,
                                            stream, free_stream));
    return stream;
}

static void wake(struct http_stream *stream)
{
    if (!stream->is_suspended)
        return;
    stream->is_suspended = false;
    MHD_resume_connection(stream->connection);
    kick(stream->server);
}

void http_stream_put(struct http_stream *stream, const char *data, size_t len)
{
    buf_put(&stream->pending, data, len);
    wake(stream);
}

void http_stream_end(struct http_stream *stream, bool broken)
{
    stream->state = broken ? STREAM_BROKEN : STREAM_ENDED;
    wake(stream);
}

/* ---- requests ---- */

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

static void stop_delay(struct http_request *request)
{
    struct ptrvec *all = &request->server->requests;

    if (!request->timer)
        return;
    uv_close((uv_handle_t *)TAKE(request->timer), on_timer_closed);
    for (size_t i = 0; i < all->len; i++)
        if (all->items[i] == request) {
            ptrvec_remove(all, i);
            return;
        }
}

static void on_delay_over(uv_timer_t *timer)
{
    struct http_request *request = timer->data;

    stop_delay(request);
    request->state = REQUEST_READY;
    MHD_resume_connection(request->connection);
    kick(request->server);
}

static void start_delay(struct http_request *request, unsigned ms)
{
    request->state = REQUEST_DELAYED;
    request->timer = xcalloc(1, sizeof(*request->timer));
    request->timer->data = request;
    uv_timer_init(request->server->timer.loop, request->timer);
    uv_timer_start(request->timer, on_delay_over, ms, 0);
    ptrvec_push(&request->server->requests, request);
    MHD_suspend_connection(request->connection);
}

static enum MHD_Result handle(struct http_request *request)
{
    struct http_server *s = request->server;

    if (request->is_too_large)
        http_answer(request, MHD_HTTP_CONTENT_TOO_LARGE, "text/plain", xstrdup("body too large\n"));
    else
        s->options.handler(s->options.arg, request);
    assert(request->state == REQUEST_ANSWERED);
    return request->result;
}

static enum MHD_Result complete(struct http_request *request)
{
    const struct http_options *options = &request->server->options;
    unsigned ms = options->delay_ms ? options->delay_ms(options->arg, request) : 0;

    if (ms == 0)
        return handle(request);
    start_delay(request, ms);
    return MHD_YES;
}

/* Called first of all, with what the request line says. */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
    struct http_request *request = xcalloc(1, sizeof(*request));

    request->server = arg;
    request->connection = connection;
    request->uri = xstrdup(uri);
    request->body = BUF_INIT(HTTP_MAX_BODY_BYTES);
    return request;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *http_version, const char *upload,
                                  size_t *upload_len, void **context)
{
    struct http_request *request = *context;
    cleanup_error struct error *err = NULL;

    (void)arg;
    (void)connection;
    (void)http_version;
    if (!request->path) { /* the headers are here */
        request->path = xstrdup(path);
        request->method = xstrdup(method);
        return MHD_YES;
    }
    if (*upload_len > 0) {
        if (buf_append(&request->body, upload, *upload_len, &err) < 0)
            request->is_too_large = true;
        *upload_len = 0;
        return MHD_YES;
    }
    switch (request->state) {
    case REQUEST_BODY: return complete(request);
    case REQUEST_READY: return handle(request);
    case REQUEST_DELAYED: return MHD_NO; /* resumed because the server closes */
    case REQUEST_ANSWERED: break;
    }
    return MHD_YES;
}

static void on_request_end(void *arg, struct MHD_Connection *connection, void **context,
                           enum MHD_RequestTerminationCode how)
{
    struct http_request *request = *context;

    (void)arg;
    (void)connection;
    (void)how;
    if (!request)
        return;
    stop_delay(request);
    strvec_clear(&request->warnings);
    buf_clear(&request->body);
    free(request->method);
    free(request->path);
    free(request->uri);
    free(request);
    *context = NULL;
}

/* ---- the server ---- */

static void run(struct http_server *s)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;

    MHD_run(s->daemon);
    if (MHD_get_timeout(s->daemon, &wait_ms) == MHD_YES)
        uv_timer_start(&s->timer, on_timer, wait_ms, 0);
    else
        uv_timer_stop(&s->timer);
}

static void on_timer(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static struct MHD_Daemon *start_daemon(struct http_server *s, int fd)
{
    const struct http_options *o = &s->options;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (o->key ? MHD_USE_TLS : 0u);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)o->key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)o->certificate},
        {MHD_OPTION_END, 0, NULL},
    };

    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, //
                            MHD_OPTION_LISTEN_SOCKET, fd,        //
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES,
                            MHD_OPTION_URI_LOG_CALLBACK, on_uri, s,            //
                            MHD_OPTION_NOTIFY_COMPLETED, on_request_end, NULL, //
                            MHD_OPTION_ARRAY, o->key ? tls : tls + 2, MHD_OPTION_END);
}

int http_start(uv_loop_t *loop, const struct http_options *options, struct http_server **out,
               struct error **err)
{
    const union MHD_DaemonInfo *epoll;
    struct http_server *s;
    unsigned port;
    int fd;

    if (listen_open(options->listen, &fd, &port, err) < 0)
        return -1;
    s = xcalloc(1, sizeof(*s));
    s->options = *options;
    s->port = port;
    s->daemon = start_daemon(s, fd);
    epoll = s->daemon ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!epoll || uv_poll_init(loop, &s->poll, epoll->epoll_fd) < 0) {
        if (s->daemon)
            MHD_stop_daemon(s->daemon); /* closes the socket, too */
        else
            close(fd);
        free(s);
        return error_set(err, ERROR_INTERNAL, "listen on %s: the HTTP server does not start",
                         options->listen);
    }
    uv_timer_init(loop, &s->timer);
    s->poll.data = s->timer.data = s;
    s->open_handles = 2;
    uv_poll_start(&s->poll, UV_READABLE, on_readable);
    *out = s;
    return 0;
}

unsigned http_port(const struct http_server *server)
{
    return server->port;
}

static void on_closed(uv_handle_t *handle)
{
    struct http_server *s = handle->data;

    if (--s->open_handles > 0)
        return;
    ptrvec_clear(&s->requests);
    ptrvec_clear(&s->streams);
    free(s);
}

void http_close(struct http_server *server)
{
    if (!server)
        return;
    server->is_closing = true;
    uv_close((uv_handle_t *)&server->poll, on_closed); /* before its descriptor goes */
    uv_close((uv_handle_t *)&server->timer, on_closed);
    for (size_t i = 0; i < server->requests.len; i++)
        MHD_resume_connection(((struct http_request *)server->requests.items[i])->connection);
    for (size_t i = 0; i < server->streams.len; i++)
        http_stream_end(server->streams.items[i], true);
    MHD_stop_daemon(server->daemon);
}
