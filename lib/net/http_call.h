/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_call: what the files of the HTTP server share. Inside lib/net only.
 *
 * http_server.c drives libmicrohttpd and keeps the limits; http_call.c is one request from its
 * request line to its answer; http_stream.c is an answer that goes on.
 */
#ifndef GITOPSD_LIB_NET_HTTP_CALL_H
#define GITOPSD_LIB_NET_HTTP_CALL_H

#include "lib/base/vec.h"
#include "lib/net/http_server.h"

#include <microhttpd.h>

struct http_server {
    uv_poll_t poll; /* libmicrohttpd's epoll descriptor */
    uv_timer_t timer;
    struct MHD_Daemon *daemon;
    struct http_server_options options;
    struct ptrvec waiting; /* struct http_call, whose connections are suspended */
    struct ptrvec streams;
    unsigned port;
    unsigned open_handles;
};

/* ---- http_server.c ---- */

/* Let libmicrohttpd look again, soon: it must not be entered from its own callbacks. */
void http_server_kick(struct http_server *server);

/* ---- http_call.c: callbacks of libmicrohttpd, for MHD_start_daemon ---- */

void *http_call_begin(void *server, const char *uri, struct MHD_Connection *connection);
enum MHD_Result http_call_go_on(void *server, struct MHD_Connection *connection, const char *path,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_len, void **call);
void http_call_end(void *server, struct MHD_Connection *connection, void **call,
                   enum MHD_RequestTerminationCode how);
/* Takes `response`. */
void http_call_respond(struct http_call *call, int status, const char *content_type,
                       struct MHD_Response *response);

struct http_server *http_call_server(const struct http_call *call);
struct MHD_Connection *http_call_connection(const struct http_call *call);

#endif
