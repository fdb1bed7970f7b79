/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/net/server.h"

#include <assert.h>
#include <stdio.h>
#include <strings.h>

struct server {
    uv_tcp_t listener;
    struct server_conn *conns;
    server_handler *handler;
    void *arg;
    unsigned requests;
    unsigned connections;
    char url[64];
};

struct server_conn {
    uv_tcp_t tcp;
    struct server *server;
    struct server_conn *prev, *next;
    struct buf in;
};

struct server_write {
    uv_write_t req;
    char *data;
};

static void on_conn_closed(uv_handle_t *handle)
{
    struct server_conn *conn = handle->data;

    buf_clear(&conn->in);
    free(conn);
}

static void conn_shut(struct server_conn *conn)
{
    if (uv_is_closing((uv_handle_t *)&conn->tcp))
        return;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        conn->server->conns = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    uv_close((uv_handle_t *)&conn->tcp, on_conn_closed);
}

/* Consumes one whole request of the input, if there is one. */
static bool handle_request(struct server_conn *conn)
{
    struct server_request rq = {0};
    char *end = strstr(conn->in.data, "\r\n\r\n");
    char *text, *length, *line_end, *save = NULL;
    size_t head_len;

    if (!end)
        return false;
    head_len = (size_t)(end + 4 - conn->in.data);
    length = strcasestr(conn->in.data, "\r\nContent-Length:");
    if (length && length < end)
        rq.body_len = strtoul(length + 17, NULL, 10);
    if (conn->in.len < head_len + rq.body_len)
        return false;
    text = xstrndup(conn->in.data, head_len + rq.body_len);
    buf_consume(&conn->in, head_len + rq.body_len);
    text[head_len - 1] = '\0';
    rq.number = ++conn->server->requests;
    rq.body = text + head_len;
    line_end = strstr(text, "\r\n");
    *line_end = '\0';
    rq.head = line_end + 2;
    rq.method = strtok_r(text, " ", &save);
    rq.path = strtok_r(NULL, " ", &save);
    conn->server->handler(conn->server->arg, conn, &rq);
    free(text);
    return true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)handle;
    *out = uv_buf_init(xmalloc(suggested), (unsigned)suggested);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *data)
{
    struct server_conn *conn = stream->data;

    if (n > 0)
        buf_put(&conn->in, data->base, (size_t)n);
    free(data->base);
    if (n < 0)
        conn_shut(conn);
    while (n > 0 && !uv_is_closing((uv_handle_t *)stream) && handle_request(conn))
        ;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct server *s = listener->data;
    struct server_conn *conn = xcalloc(1, sizeof(*conn));

    assert(status == 0);
    conn->server = s;
    conn->in = BUF_UNLIMITED;
    conn->next = s->conns;
    if (conn->next)
        conn->next->prev = conn;
    s->conns = conn;
    s->connections++;
    uv_tcp_init(listener->loop, &conn->tcp);
    conn->tcp.data = conn;
    uv_accept(listener, (uv_stream_t *)&conn->tcp);
    uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
}

struct server *server_start(uv_loop_t *loop, server_handler *handler, void *arg)
{
    struct server *s = xcalloc(1, sizeof(*s));
    struct sockaddr_in address;
    int len = sizeof(address);

    s->handler = handler;
    s->arg = arg;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &s->listener);
    s->listener.data = s;
    uv_tcp_bind(&s->listener, (const struct sockaddr *)&address, 0);
    if (uv_listen((uv_stream_t *)&s->listener, 128, on_connection) < 0)
        abort();
    uv_tcp_getsockname(&s->listener, (struct sockaddr *)&address, &len);
    snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d", ntohs(address.sin_port));
    return s;
}

static void on_listener_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void server_stop(struct server *s)
{
    while (s->conns)
        conn_shut(s->conns);
    uv_close((uv_handle_t *)&s->listener, on_listener_closed);
}

const char *server_url(const struct server *s)
{
    return s->url;
}

unsigned server_connections(const struct server *s)
{
    return s->connections;
}

static void on_written(uv_write_t *req, int status)
{
    struct server_write *w = CONTAINER_OF(req, struct server_write, req);

    (void)status;
    free(w->data);
    free(w);
}

void server_send(struct server_conn *conn, const char *data, size_t len)
{
    struct server_write *w = xcalloc(1, sizeof(*w));
    uv_buf_t out;

    w->data = xmalloc(len + 1);
    memcpy(w->data, data, len);
    out = uv_buf_init(w->data, (unsigned)len);
    if (uv_write(&w->req, (uv_stream_t *)&conn->tcp, &out, 1, on_written) < 0)
        on_written(&w->req, 0);
}

void server_reply(struct server_conn *conn, int status, const char *headers, const char *body)
{
    char *text = xasprintf("HTTP/1.1 %d Because\r\nContent-Type: application/json\r\n"
                           "Content-Length: %zu\r\n%s\r\n%s",
                           status, strlen(body), headers, body);

    server_send(conn, text, strlen(text));
    free(text);
}

void server_chunked(struct server_conn *conn)
{
    const char *head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n";

    server_send(conn, head, strlen(head));
}

void server_chunk(struct server_conn *conn, const char *text)
{
    char *chunk = xasprintf("%zx\r\n%s\r\n", strlen(text), text);

    server_send(conn, chunk, strlen(chunk));
    free(chunk);
}

void server_chunk_end(struct server_conn *conn)
{
    server_send(conn, "0\r\n\r\n", 5);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
    (void)status;
    conn_shut(req->handle->data);
    free(req);
}

void server_close(struct server_conn *conn)
{
    uv_shutdown_t *req = xcalloc(1, sizeof(*req));

    if (uv_shutdown(req, (uv_stream_t *)&conn->tcp, on_shutdown) < 0)
        free(req);
}
