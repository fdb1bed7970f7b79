/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: the HTTP server of the daemon (lib/net/http_server.h). Small answers: metrics, health,
 * webhooks, the API; made at once, or when what they need has been asked for.
 * Limits: 8 KiB of request headers (431), 1 MiB of request body (413), 128 connections of which 64
 * from one address, 15 s without progress.
 * Thread: the loop thread; handlers run there and must not block.
 * Memory: routes copy their method and path.
 */
#ifndef GITOPSD_DAEMON_SERVE_SERVER_H
#define GITOPSD_DAEMON_SERVE_SERVER_H

#include "lib/base/buf.h"

#include <uv.h>

#define SERVE_MAX_HEADER_BYTES 8192
#define SERVE_MAX_BODY_BYTES (1u << 20)

struct serve_server;
struct serve_request;

struct serve_response {
    int status;               /* 200 unless the handler says otherwise */
    const char *content_type; /* NULL: text/plain; charset=utf-8 */
    struct buf body;          /* unlimited */
};

/* Everything of the request is borrowed for the call. A handler must not close the server. */
typedef void serve_handler_fn(void *arg, const struct serve_request *request,
                              struct serve_response *response);

/*
 * An answer that is not known yet: the handler calls this and returns, what it put into its
 * response is dropped. Later, when serve_later_response() has been filled, serve_answer() sends it;
 * it must be called exactly once, whatever became of the client or the server, and frees `later`.
 */
struct serve_later;
struct serve_later *serve_later(const struct serve_request *request);
struct serve_response *serve_later_response(struct serve_later *later);
void serve_answer(struct serve_later *later);

/* listen: "127.0.0.1:8080", "[::1]:0" (any free port), ":8080" (all addresses, IPv4 and IPv6).
 * ERROR_INVALID no such address, ERROR_CONFLICT it is in use, ERROR_DENIED not allowed. */
int serve_start(uv_loop_t *loop, const char *listen, struct serve_server **out, struct error **err);
unsigned serve_port(const struct serve_server *server);
/* A path that ends in `*` matches everything below it; the first route that matches serves. HEAD is
 * served by GET. Register before the loop runs. */
void serve_route(struct serve_server *server, const char *method, const char *path,
                 serve_handler_fn *handler, void *arg);
/* Closes every connection. The memory goes when the loop ran once more. NULL is fine. */
void serve_close(struct serve_server *server);

const char *serve_request_path(const struct serve_request *request); /* without the query */
/* NULL means absent. */
const char *serve_request_header(const struct serve_request *request, const char *name);
/* A parameter of the query, decoded; NULL means absent. */
const char *serve_request_query(const struct serve_request *request, const char *name);
const struct buf *serve_request_body(const struct serve_request *request);

#endif
