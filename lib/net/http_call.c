/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/http_call.h"

/* How much of a body over its limit is read: so many times the limit. */
#define DISCARDED_BODIES 8
#define TEXT "text/plain; charset=utf-8"

/* head -> body -> handler (-> waiting) -> answered -> sent */
enum call_state {
    CALL_HEAD,     /* its request line is here */
    CALL_BODY,     /* its headers are here */
    CALL_HANDLER,  /* it runs */
    CALL_WAITING,  /* for an answer that comes later; the connection is suspended */
    CALL_ANSWERED, /* libmicrohttpd has not got the answer yet */
    CALL_SENT,
};

struct http_call {
    struct http_server *server;
    struct MHD_Connection *connection; /* NULL while WAITING: nobody waits any more */
    enum call_state state;
    bool is_late; /* the handler said so */
    const char *method;
    const char *path;
    char *uri;
    struct buf body;
    uint64_t discarded;
    struct strvec headers; /* of the answer: name, value, ... */
    int status;
    struct MHD_Response *response; /* ANSWERED; NULL: the connection is closed instead */
};

const char *http_call_method(const struct http_call *call)
{
    return call->method;
}

const char *http_call_path(const struct http_call *call)
{
    return call->path;
}

const char *http_call_uri(const struct http_call *call)
{
    return call->uri;
}

const struct buf *http_call_body(const struct http_call *call)
{
    return &call->body;
}

const char *http_call_header(const struct http_call *call, const char *name)
{
    return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

const char *http_call_query(const struct http_call *call, const char *name)
{
    return MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND, name);
}

int http_call_status(const struct http_call *call)
{
    return call->status;
}

struct http_server *http_call_server(const struct http_call *call)
{
    return call->server;
}

struct MHD_Connection *http_call_connection(const struct http_call *call)
{
    return call->connection;
}

static void call_free(struct http_call *call)
{
    if (call->response)
        MHD_destroy_response(call->response);
    strvec_clear(&call->headers);
    buf_clear(&call->body);
    free(call->uri);
    free(call);
}

/* ---- the answer ---- */

void http_call_later(struct http_call *call)
{
    assert(call->state == CALL_HANDLER);
    call->is_late = true;
}

void http_call_add_header(struct http_call *call, const char *name, const char *value)
{
    strvec_push(&call->headers, name);
    strvec_push(&call->headers, value);
}

static void stop_waiting(struct http_call *call)
{
    struct ptrvec *all = &call->server->waiting;

    for (size_t i = 0; i < all->len; i++)
        if (all->items[i] == call) {
            ptrvec_remove(all, i);
            return;
        }
}

/* Takes `response`; NULL: hang up. */
static void set_answer(struct http_call *call, int status, struct MHD_Response *response)
{
    bool was_waiting = call->state == CALL_WAITING;

    assert(call->state < CALL_ANSWERED);
    call->state = CALL_ANSWERED;
    call->status = status;
    call->response = response;
    if (!was_waiting)
        return;
    if (!call->connection) {
        call_free(call);
        return;
    }
    stop_waiting(call);
    MHD_resume_connection(call->connection);
    http_server_kick(call->server);
}

void http_call_respond(struct http_call *call, int status, const char *content_type,
                       struct MHD_Response *response)
{
    /* The server's options are gone where nobody waits any more. */
    const char *const *common = call->connection ? call->server->options.headers : NULL;

    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    for (; common && *common; common += 2)
        MHD_add_response_header(response, common[0], common[1]);
    for (size_t i = 0; i < call->headers.len; i += 2)
        MHD_add_response_header(response, call->headers.items[i], call->headers.items[i + 1]);
    set_answer(call, status, response);
}

void http_call_answer(struct http_call *call, int status, const char *content_type, char *body,
                      size_t len)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);

    if (response) {
        http_call_respond(call, status, content_type, response);
    } else {
        free(body);
        http_call_drop(call);
    }
}

void http_call_drop(struct http_call *call)
{
    set_answer(call, 0, NULL);
}

static enum MHD_Result send_answer(struct http_call *call)
{
    struct MHD_Response *response = TAKE(call->response);
    enum MHD_Result result;

    call->state = CALL_SENT;
    if (!response)
        return MHD_NO;
    result = MHD_queue_response(call->connection, (unsigned)call->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct http_call *call, int status, const char *text)
{
    http_call_answer(call, status, TEXT, xstrdup(text), strlen(text));
    return send_answer(call);
}

/* ---- the request ---- */

/* Called first of all, with what the request line says. */
void *http_call_begin(void *server, const char *uri, struct MHD_Connection *connection)
{
    struct http_call *call = xcalloc(1, sizeof(*call));

    call->server = server;
    call->connection = connection;
    call->uri = xstrdup(uri);
    call->body = BUF_INIT(call->server->options.max_body_bytes);
    return call;
}

/* The headers are here, the body is not: the only moment to answer without reading it. */
static enum MHD_Result take_headers(struct http_call *call)
{
    const struct http_server_options *o = &call->server->options;
    const union MHD_ConnectionInfo *headers =
        MHD_get_connection_info(call->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    const char *length = http_call_header(call, MHD_HTTP_HEADER_CONTENT_LENGTH);

    call->state = CALL_BODY;
    if (o->max_header_bytes && headers && headers->header_size > o->max_header_bytes)
        return refuse(call, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, "headers too large\n");
    if (length && strtoull(length, NULL, 10) > o->max_body_bytes)
        return refuse(call, MHD_HTTP_CONTENT_TOO_LARGE, "body too large\n");
    return MHD_YES;
}

static enum MHD_Result take_body(struct http_call *call, const char *data, size_t len)
{
    cleanup_error struct error *err = NULL;

    if (call->discarded > 0 || buf_append(&call->body, data, len, &err) < 0)
        call->discarded += len;
    return call->discarded / DISCARDED_BODIES > call->server->options.max_body_bytes ? MHD_NO
                                                                                     : MHD_YES;
}

static enum MHD_Result handle(struct http_call *call)
{
    struct http_server *s = call->server;

    if (call->discarded > 0)
        return refuse(call, MHD_HTTP_CONTENT_TOO_LARGE, "body too large\n");
    call->state = CALL_HANDLER;
    s->options.handler(s->options.arg, call);
    if (call->state == CALL_ANSWERED)
        return send_answer(call);
    assert(call->is_late);
    call->state = CALL_WAITING;
    ptrvec_push(&s->waiting, call);
    MHD_suspend_connection(call->connection);
    return MHD_YES;
}

enum MHD_Result http_call_go_on(void *server, struct MHD_Connection *connection, const char *path,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_len, void **context)
{
    struct http_call *call = *context;
    size_t len = *upload_len;

    (void)server;
    (void)connection;
    (void)version;
    *upload_len = 0;
    switch (call->state) {
    case CALL_HEAD:
        call->path = path;
        call->method = method;
        return take_headers(call);
    case CALL_BODY: return len > 0 ? take_body(call, upload, len) : handle(call);
    case CALL_WAITING: return MHD_NO; /* resumed because the server closes */
    case CALL_ANSWERED: return send_answer(call);
    case CALL_HANDLER:
    case CALL_SENT: break;
    }
    return MHD_YES;
}

void http_call_end(void *server, struct MHD_Connection *connection, void **context,
                   enum MHD_RequestTerminationCode how)
{
    struct http_call *call = TAKE(*context);

    (void)server;
    (void)connection;
    (void)how;
    if (!call)
        return;
    if (call->state == CALL_WAITING) {
        stop_waiting(call);
        call->connection = NULL; /* the answer frees it */
    } else {
        call_free(call);
    }
}
