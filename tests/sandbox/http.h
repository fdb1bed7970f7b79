/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: the HTTP server of the sandbox, on its loop: answers at once, answers after a delay, and
 * streams that are fed until somebody ends them (watches).
 * Thread: the loop thread; libmicrohttpd has none of its own.
 * Memory: a request ends with its answer; a stream ends with http_stream_end or when the client
 *         goes away, and its `closed` runs exactly once.
 */
#ifndef GITOPSD_TESTS_SANDBOX_HTTP_H
#define GITOPSD_TESTS_SANDBOX_HTTP_H

#include "lib/base/buf.h"

#include <uv.h>

#define HTTP_MAX_BODY_BYTES ((size_t)16 << 20)

struct http_server;
struct http_request;
struct http_stream;

/* The body is complete. Must answer with exactly one of the functions below. */
typedef void http_handler_fn(void *arg, struct http_request *request);

struct http_options {
    const char *listen; /* "127.0.0.1:0" */
    /* PEM; NULL: plain HTTP. */
    const char *certificate, *key;
    http_handler_fn *handler;
    /* How long a request is kept before it is handled, in ms; may be NULL. */
    unsigned (*delay_ms)(void *arg, const struct http_request *request);
    void *arg;
};

int http_start(uv_loop_t *loop, const struct http_options *options, struct http_server **out,
               struct error **err);
unsigned http_port(const struct http_server *server);
/* Ends every stream. The memory goes when the loop ran once more. */
void http_close(struct http_server *server);

const char *http_method(const struct http_request *request);
const char *http_path(const struct http_request *request); /* decoded, without the query */
/* With the query, as it was sent. */
const char *http_uri(const struct http_request *request);
/* That of the answer; 0: there is none (yet). */
int http_status(const struct http_request *request);
const struct buf *http_body(const struct http_request *request);
/* NULL means absent. */
const char *http_header(const struct http_request *request, const char *name);
const char *http_query(const struct http_request *request, const char *name);
bool http_query_is_true(const struct http_request *request, const char *name);

/* A header of the answer that is to come: RFC 2616's Warning. */
void http_warn(struct http_request *request, const char *text);
/* Likewise Retry-After. */
void http_retry_after(struct http_request *request, unsigned seconds);
/* Takes `body`, a heap string. */
void http_answer(struct http_request *request, int status, const char *content_type, char *body);
/* Close the connection without an answer. */
void http_drop(struct http_request *request);

typedef void http_closed_fn(void *arg);
struct http_stream *http_stream_start(struct http_request *request, const char *content_type,
                                      http_closed_fn *closed, void *arg);
void http_stream_put(struct http_stream *stream, const char *data, size_t len);
/* `closed` runs later, when what was put has been sent. `broken`: as a connection that breaks. */
void http_stream_end(struct http_stream *stream, bool broken);

#endif
