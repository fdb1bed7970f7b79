/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/http_server.h"

#include "lib/net/http_call.h"
#include "lib/net/listen.h"

#include <unistd.h>

static void on_timer(uv_timer_t *timer);

static bool is_full(const struct http_server *s)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

    return info && info->num_connections >= s->options.max_connections;
}

/* Let libmicrohttpd do what it can, and come back when it wants to. What it does not say: when it
 * is full it does not accept, and begins again only in the run after the one that made room. */
static void run(struct http_server *s)
{
    bool was_full = is_full(s);
    MHD_UNSIGNED_LONG_LONG wait_ms;

    MHD_run(s->daemon);
    if (was_full && !is_full(s))
        uv_timer_start(&s->timer, on_timer, 0, 0);
    else if (MHD_get_timeout(s->daemon, &wait_ms) == MHD_YES)
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

void http_server_kick(struct http_server *server)
{
    if (!uv_is_closing((uv_handle_t *)&server->timer))
        uv_timer_start(&server->timer, on_timer, 0, 0);
}

static struct MHD_Daemon *start_daemon(struct http_server *s, int fd)
{
    const struct http_server_options *o = &s->options;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (o->key ? MHD_USE_TLS : 0u);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)o->key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)o->certificate},
        {MHD_OPTION_END, 0, NULL},
    };

    return MHD_start_daemon(
        flags, 0, NULL, NULL, http_call_go_on, s,                              //
        MHD_OPTION_LISTEN_SOCKET, fd,                                          //
        MHD_OPTION_CONNECTION_LIMIT, o->max_connections,                       //
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->max_connections_of_one_address, //
        MHD_OPTION_CONNECTION_TIMEOUT, o->idle_timeout_s,                      //
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->connection_bytes,               //
        MHD_OPTION_URI_LOG_CALLBACK, http_call_begin, s,                       //
        MHD_OPTION_NOTIFY_COMPLETED, http_call_end, s,                         //
        MHD_OPTION_ARRAY, o->key ? tls : tls + ARRAY_LEN(tls) - 1, MHD_OPTION_END);
}

int http_server_start(uv_loop_t *loop, const struct http_server_options *options,
                      struct http_server **out, struct error **err)
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

unsigned http_server_port(const struct http_server *server)
{
    return server->port;
}

static void on_closed(uv_handle_t *handle)
{
    struct http_server *s = handle->data;

    if (--s->open_handles > 0)
        return;
    ptrvec_clear(&s->waiting);
    ptrvec_clear(&s->streams);
    free(s);
}

void http_server_close(struct http_server *server)
{
    if (!server)
        return;
    uv_close((uv_handle_t *)&server->poll, on_closed); /* before its descriptor goes */
    uv_close((uv_handle_t *)&server->timer, on_closed);
    for (size_t i = 0; i < server->waiting.len; i++) /* no connection may be suspended at the end */
        MHD_resume_connection(http_call_connection(server->waiting.items[i]));
    for (size_t i = 0; i < server->streams.len; i++)
        http_stream_end(server->streams.items[i], true);
    MHD_stop_daemon(server->daemon);
}
