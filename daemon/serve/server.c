/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/serve/server.h"

#include "daemon/serve/listen.h"
#include "lib/base/vec.h"

#include <microhttpd.h>
#include <unistd.h>

#define MAX_CONNECTIONS 128
#define MAX_CONNECTIONS_OF_ONE_ADDRESS 64
#define IDLE_TIMEOUT_S 15
/* libmicrohttpd keeps the headers, their index and its buffers in here. */
#define CONNECTION_MEMORY_BYTES (4 * SERVE_MAX_HEADER_BYTES)
/* A body over its limit is read to its end, so that the answer arrives; but not for ever. */
#define MAX_DISCARDED_BYTES ((uint64_t)8 * SERVE_MAX_BODY_BYTES)

struct route {
    char *method;
    char *path;
    bool is_prefix;
    serve_handler_fn *handler;
    void *arg;
};

struct serve_server {
    uv_poll_t poll; /* libmicrohttpd's epoll descriptor */
    uv_timer_t timer;
    struct MHD_Daemon *daemon;
    struct ptrvec routes;
    struct ptrvec waiting; /* struct serve_later whose connections are suspended */
    unsigned port;
    unsigned open_handles;
};

struct serve_request {
    struct serve_server *server;
    struct MHD_Connection *connection;
    const char *method;
    const char *path;
    struct buf body;
    size_t discarded;
    struct serve_later *later; /* its answer comes later; NULL: at once */
};

struct serve_later {
    struct serve_request *request; /* NULL: nobody waits any more */
    struct serve_response response;
    bool is_ready;
};

const char *serve_request_method(const struct serve_request *request)
{
    return request->method;
}

const char *serve_request_path(const struct serve_request *request)
{
    return request->path;
}

const char *serve_request_header(const struct serve_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *serve_request_query(const struct serve_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const struct buf *serve_request_body(const struct serve_request *request)
{
    return &request->body;
}

static bool route_has_path(const struct route *r, const char *path)
{
    return r->is_prefix ? str_has_prefix(path, r->path) : streq(r->path, path);
}

static bool route_has_method(const struct route *r, const char *method)
{
    return streq(r->method, method) || (streq(r->method, "GET") && streq(method, "HEAD"));
}

/* The methods that a path allows, for the header Allow; empty: no such path. */
static void allowed_methods(const struct serve_server *s, const char *path, struct strvec *out)
{
    for (size_t i = 0; i < s->routes.len; i++) {
        const struct route *r = s->routes.items[i];

        if (!route_has_path(r, path) || strvec_has(out, r->method))
            continue;
        strvec_push(out, r->method);
        if (streq(r->method, "GET") && !strvec_has(out, "HEAD"))
            strvec_push(out, "HEAD");
    }
}

/* Takes the body of `response`. */
static enum MHD_Result send_response(struct MHD_Connection *connection,
                                     struct serve_response *response, const char *allow)
{
    size_t len = response->body.len;
    char *body = buf_take(&response->body);
    struct MHD_Response *r = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
    const char *type =
        response->content_type ? response->content_type : "text/plain; charset=utf-8";
    enum MHD_Result result;

    if (!r) {
        free(body);
        return MHD_NO;
    }
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    if (allow)
        MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, allow);
    result = MHD_queue_response(connection, (unsigned)response->status, r);
    MHD_destroy_response(r);
    return result;
}

static enum MHD_Result send_error(struct MHD_Connection *connection, int status, const char *text,
                                  const char *allow)
{
    struct serve_response response = {.status = status, .body = BUF_UNLIMITED};

    buf_printf(&response.body, "%s\n", text);
    return send_response(connection, &response, allow);
}

static enum MHD_Result refuse(const struct serve_server *s, const struct serve_request *request)
{
    cleanup_strvec struct strvec allowed = {0};
    cleanup_buf struct buf allow = BUF_UNLIMITED;

    allowed_methods(s, request->path, &allowed);
    if (allowed.len == 0)
        return send_error(request->connection, MHD_HTTP_NOT_FOUND, "not found", NULL);
    for (size_t i = 0; i < allowed.len; i++)
        buf_printf(&allow, "%s%s", i > 0 ? ", " : "", allowed.items[i]);
    return send_error(request->connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed",
                      allow.data);
}

static enum MHD_Result answer(const struct serve_server *s, const struct serve_request *request)
{
    struct serve_response response = {.status = MHD_HTTP_OK, .body = BUF_UNLIMITED};

    if (request->discarded > 0)
        return send_error(request->connection, MHD_HTTP_CONTENT_TOO_LARGE, "body too large", NULL);
    for (size_t i = 0; i < s->routes.len; i++) {
        const struct route *r = s->routes.items[i];

        if (!route_has_path(r, request->path) || !route_has_method(r, request->method))
            continue;
        r->handler(r->arg, request, &response);
        if (request->later) {
            buf_clear(&response.body);
            return MHD_YES;
        }
        return send_response(request->connection, &response, NULL);
    }
    return refuse(s, request);
}

/* ---- answers that come later ---- */

static void later_free(struct serve_later *later)
{
    buf_clear(&later->response.body);
    free(later);
}

static void stop_waiting(struct serve_server *s, const struct serve_later *later)
{
    for (size_t i = 0; i < s->waiting.len; i++)
        if (s->waiting.items[i] == later) {
            ptrvec_remove(&s->waiting, i);
            return;
        }
}

/* Its request ends. Who makes the answer does not know, unless it is there already. */
static void later_detach(struct serve_later *later)
{
    stop_waiting(later->request->server, later);
    later->request->later = NULL;
    later->request = NULL;
    if (later->is_ready)
        later_free(later);
}

static enum MHD_Result send_later(struct serve_request *request)
{
    struct serve_later *later = request->later;
    enum MHD_Result result;

    if (!later->is_ready) /* resumed because the server closes */
        return MHD_NO;
    result = send_response(request->connection, &later->response, NULL);
    later_detach(later);
    return result;
}

struct serve_later *serve_later(const struct serve_request *request)
{
    struct serve_request *mine = (struct serve_request *)request;
    struct serve_later *later = xcalloc(1, sizeof(*later));

    later->request = mine;
    later->response = (struct serve_response){.status = MHD_HTTP_OK, .body = BUF_UNLIMITED};
    mine->later = later;
    ptrvec_push(&mine->server->waiting, later);
    MHD_suspend_connection(request->connection);
    return later;
}

struct serve_response *serve_later_response(struct serve_later *later)
{
    return &later->response;
}

static void on_timer(uv_timer_t *timer);

void serve_answer(struct serve_later *later)
{
    struct serve_request *request = later->request;

    later->is_ready = true;
    if (!request) {
        later_free(later);
        return;
    }
    stop_waiting(request->server, later);
    MHD_resume_connection(request->connection);
    uv_timer_start(&request->server->timer, on_timer, 0, 0);
}

/* The headers are here, the body is not: the only moment to answer without reading it. */
static enum MHD_Result begin_request(struct serve_server *s, struct MHD_Connection *connection,
                                     const char *path, const char *method, void **context)
{
    const union MHD_ConnectionInfo *headers =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    const char *length =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    struct serve_request *request;

    if (headers && headers->header_size > SERVE_MAX_HEADER_BYTES)
        return send_error(connection, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, "headers too large",
                          NULL);
    if (length && strtoull(length, NULL, 10) > SERVE_MAX_BODY_BYTES)
        return send_error(connection, MHD_HTTP_CONTENT_TOO_LARGE, "body too large", NULL);
    request = xcalloc(1, sizeof(*request));
    request->server = s;
    request->connection = connection;
    request->path = path;
    request->method = method;
    request->body = BUF_INIT(SERVE_MAX_BODY_BYTES);
    *context = request;
    return MHD_YES;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *http_version, const char *upload,
                                  size_t *upload_len, void **context)
{
    struct serve_server *s = arg;
    struct serve_request *request = *context;
    cleanup_error struct error *err = NULL;

    (void)http_version;
    if (!request)
        return begin_request(s, connection, path, method, context);
    if (request->later)
        return send_later(request);
    if (*upload_len == 0)
        return answer(s, request);
    if (request->discarded > 0 || buf_append(&request->body, upload, *upload_len, &err) < 0)
        request->discarded += *upload_len;
    *upload_len = 0;
    return request->discarded > MAX_DISCARDED_BYTES ? MHD_NO : MHD_YES;
}

static void on_request_end(void *arg, struct MHD_Connection *connection, void **context,
                           enum MHD_RequestTerminationCode how)
{
    struct serve_request *request = *context;

    (void)arg;
    (void)connection;
    (void)how;
    if (!request)
        return;
    if (request->later)
        later_detach(request->later);
    buf_clear(&request->body);
    free(request);
    *context = NULL;
}

/* Let libmicrohttpd do what it can, and come back when it wants to. */
static void run(struct serve_server *s)
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

static struct MHD_Daemon *start_daemon(struct serve_server *s, int fd)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
                            MHD_OPTION_LISTEN_SOCKET,
                            fd,                                                      //
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,  //
                            MHD_OPTION_PER_IP_CONNECTION_LIMIT,                      //
                            (unsigned)MAX_CONNECTIONS_OF_ONE_ADDRESS,                //
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S, //
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT,                      //
                            (size_t)CONNECTION_MEMORY_BYTES,                         //
                            MHD_OPTION_NOTIFY_COMPLETED, on_request_end, NULL, MHD_OPTION_END);
}

int serve_start(uv_loop_t *loop, const char *listen, struct serve_server **out, struct error **err)
{
    const union MHD_DaemonInfo *epoll;
    struct serve_server *s;
    unsigned port;
    int fd;

    if (listen_open(listen, &fd, &port, err) < 0)
        return -1;
    s = xcalloc(1, sizeof(*s));
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
                         listen);
    }
    uv_timer_init(loop, &s->timer);
    s->poll.data = s->timer.data = s;
    s->open_handles = 2;
    uv_poll_start(&s->poll, UV_READABLE, on_readable);
    *out = s;
    return 0;
}

unsigned serve_port(const struct serve_server *server)
{
    return server->port;
}

void serve_route(struct serve_server *server, const char *method, const char *path,
                 serve_handler_fn *handler, void *arg)
{
    struct route *r = xcalloc(1, sizeof(*r));

    r->is_prefix = str_has_suffix(path, "*");
    r->method = xstrdup(method);
    r->path = xstrndup(path, strlen(path) - (r->is_prefix ? 1 : 0));
    r->handler = handler;
    r->arg = arg;
    ptrvec_push(&server->routes, r);
}

static void on_closed(uv_handle_t *handle)
{
    struct serve_server *s = handle->data;

    if (--s->open_handles > 0)
        return;
    for (size_t i = 0; i < s->routes.len; i++) {
        struct route *r = s->routes.items[i];

        free(r->method);
        free(r->path);
        free(r);
    }
    ptrvec_clear(&s->routes);
    ptrvec_clear(&s->waiting);
    free(s);
}

void serve_close(struct serve_server *server)
{
    if (!server)
        return;
    uv_close((uv_handle_t *)&server->poll, on_closed); /* before its descriptor goes */
    uv_close((uv_handle_t *)&server->timer, on_closed);
    for (size_t i = 0; i < server->waiting.len; i++) {
        struct serve_later *later = server->waiting.items[i];

        MHD_resume_connection(later->request->connection);
    }
    MHD_stop_daemon(server->daemon);
}
