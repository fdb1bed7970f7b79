/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/serve/server.h"

#include "lib/base/vec.h"
#include "lib/net/http_server.h"

#define MAX_CONNECTIONS 128
#define MAX_CONNECTIONS_OF_ONE_ADDRESS 64
#define IDLE_TIMEOUT_S 15

struct route {
    char *method;
    char *path;
    bool is_prefix;
    serve_handler_fn *handler;
    void *arg;
};

struct serve_server {
    struct http_server *http;
    struct ptrvec routes;
};

struct serve_request {
    struct http_call *call;
    struct serve_later *later; /* its answer comes later; NULL: at once */
};

struct serve_later {
    struct http_call *call;
    struct serve_response response;
};

const char *serve_request_path(const struct serve_request *request)
{
    return http_call_path(request->call);
}

const char *serve_request_header(const struct serve_request *request, const char *name)
{
    return http_call_header(request->call, name);
}

const char *serve_request_query(const struct serve_request *request, const char *name)
{
    return http_call_query(request->call, name);
}

const struct buf *serve_request_body(const struct serve_request *request)
{
    return http_call_body(request->call);
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
static void send_response(struct http_call *call, struct serve_response *response)
{
    size_t len = response->body.len;

    http_call_answer(call, response->status,
                     response->content_type ? response->content_type : "text/plain; charset=utf-8",
                     buf_take(&response->body), len);
}

static void send_error(struct http_call *call, int status, const char *text)
{
    struct serve_response response = {.status = status, .body = BUF_UNLIMITED};

    buf_printf(&response.body, "%s\n", text);
    send_response(call, &response);
}

static void refuse(const struct serve_server *s, struct http_call *call)
{
    cleanup_strvec struct strvec allowed = {0};
    cleanup_buf struct buf allow = BUF_UNLIMITED;

    allowed_methods(s, http_call_path(call), &allowed);
    if (allowed.len == 0) {
        send_error(call, 404, "not found");
        return;
    }
    for (size_t i = 0; i < allowed.len; i++)
        buf_printf(&allow, "%s%s", i > 0 ? ", " : "", allowed.items[i]);
    http_call_add_header(call, "Allow", allow.data);
    send_error(call, 405, "method not allowed");
}

static void on_call(void *arg, struct http_call *call)
{
    const struct serve_server *s = arg;
    struct serve_request request = {.call = call};
    struct serve_response response = {.status = 200, .body = BUF_UNLIMITED};

    for (size_t i = 0; i < s->routes.len; i++) {
        const struct route *r = s->routes.items[i];

        if (!route_has_path(r, http_call_path(call)) ||
            !route_has_method(r, http_call_method(call)))
            continue;
        r->handler(r->arg, &request, &response);
        if (request.later)
            buf_clear(&response.body);
        else
            send_response(call, &response);
        return;
    }
    refuse(s, call);
}

/* ---- answers that come later ---- */

struct serve_later *serve_later(const struct serve_request *request)
{
    struct serve_later *later = xcalloc(1, sizeof(*later));

    later->call = request->call;
    later->response = (struct serve_response){.status = 200, .body = BUF_UNLIMITED};
    ((struct serve_request *)request)->later = later;
    http_call_later(later->call);
    return later;
}

struct serve_response *serve_later_response(struct serve_later *later)
{
    return &later->response;
}

void serve_answer(struct serve_later *later)
{
    send_response(later->call, &later->response);
    free(later);
}

/* ---- the server ---- */

int serve_start(uv_loop_t *loop, const char *listen, struct serve_server **out, struct error **err)
{
    static const char *const headers[] = {"Cache-Control", "no-store", "X-Content-Type-Options",
                                          "nosniff", NULL};
    struct serve_server *s = xcalloc(1, sizeof(*s));
    const struct http_server_options options = {
        .listen = listen,
        .headers = headers,
        .max_connections = MAX_CONNECTIONS,
        .max_connections_of_one_address = MAX_CONNECTIONS_OF_ONE_ADDRESS,
        .idle_timeout_s = IDLE_TIMEOUT_S,
        .connection_bytes = (size_t)4 * SERVE_MAX_HEADER_BYTES,
        .max_header_bytes = SERVE_MAX_HEADER_BYTES,
        .max_body_bytes = SERVE_MAX_BODY_BYTES,
        .handler = on_call,
        .arg = s,
    };

    if (http_server_start(loop, &options, &s->http, err) < 0) {
        free(s);
        return -1;
    }
    *out = s;
    return 0;
}

unsigned serve_port(const struct serve_server *server)
{
    return http_server_port(server->http);
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

void serve_close(struct serve_server *server)
{
    if (!server)
        return;
    http_server_close(server->http);
    for (size_t i = 0; i < server->routes.len; i++) {
        struct route *r = server->routes.items[i];

        free(r->method);
        free(r->path);
        free(r);
    }
    ptrvec_clear(&server->routes);
    free(server);
}
