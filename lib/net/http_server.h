/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server: an HTTP/1.1 server on the loop (libmicrohttpd, which has no thread of its own here).
 * A request goes to the handler when its body is there. It is answered at once, later, or with a
 * stream that is fed until somebody ends it.
 * Limits: those of the options. What is over them is answered here: 431 for headers, 413 for a
 * body, which is read to its end so that the answer arrives, but not for ever. Connections over a
 * limit are closed, or wait until another one ends.
 * Thread: the loop thread. The handler must not block, and must not close the server.
 * Memory: the options' texts and headers are borrowed until the server is closed.
 */
#ifndef GITOPSD_LIB_NET_HTTP_SERVER_H
#define GITOPSD_LIB_NET_HTTP_SERVER_H

#include "lib/base/buf.h"

#include <uv.h>

struct http_server;
/* One request and its answer. */
struct http_call;

/* Must answer with one of the functions below, or say http_call_later(). */
typedef void http_call_fn(void *arg, struct http_call *call);

struct http_server_options {
    /* "127.0.0.1:8080", "[::1]:0" (any free port), ":8080" (all addresses, IPv4 and IPv6). */
    const char *listen;
    const char *certificate, *key; /* PEM; NULL: plain HTTP */
    const char *const *headers;    /* of every answer: name, value, ..., NULL; or NULL */
    unsigned max_connections;
    unsigned max_connections_of_one_address; /* 0: as many as there may be */
    unsigned idle_timeout_s;                 /* a connection without progress is closed; 0: never */
    /* Of one connection, for its headers, their index and its buffers: four times the headers. */
    size_t connection_bytes;
    size_t max_header_bytes; /* 0: what there is room for */
    size_t max_body_bytes;
    http_call_fn *handler;
    void *arg;
};

/* ERROR_INVALID no such address, ERROR_CONFLICT it is in use, ERROR_DENIED not allowed. */
int http_server_start(uv_loop_t *loop, const struct http_server_options *options,
                      struct http_server **out, struct error **err);
unsigned http_server_port(const struct http_server *server);
/* Closes every connection, whatever is being answered; every stream is over when this returns. The
 * memory goes when the loop ran once more. NULL is fine. */
void http_server_close(struct http_server *server);

/* ---- a request: borrowed until it is answered ---- */

const char *http_call_method(const struct http_call *call);
const char *http_call_path(const struct http_call *call); /* decoded, without the query */
const char *http_call_uri(const struct http_call *call);  /* with the query, as it was sent */
const struct buf *http_call_body(const struct http_call *call);
/* NULL means absent. */
const char *http_call_header(const struct http_call *call, const char *name);
/* A parameter of the query, decoded; NULL means absent. */
const char *http_call_query(const struct http_call *call, const char *name);

/* ---- its answer: exactly one. The call is valid until the loop turns, unless its server was
 * closed before it was answered: such a call goes at once. ---- */

/* The handler may return without an answer: it must come later, once, whatever became of the
 * client or the server until then. */
void http_call_later(struct http_call *call);
/* A header of the answer that is to come. */
void http_call_add_header(struct http_call *call, const char *name, const char *value);
/* Takes `body`, a heap string of `len` bytes. */
void http_call_answer(struct http_call *call, int status, const char *content_type, char *body,
                      size_t len);
/* Close the connection without an answer. */
void http_call_drop(struct http_call *call);
/* The status of the answer; 0: there is none (yet). */
int http_call_status(const struct http_call *call);

/* ---- an answer of status 200 that goes on ---- */

struct http_stream;
/* Nothing more is sent: it ended, or the client went away. Exactly once, never before
 * http_stream_start returns; the stream goes with it. */
typedef void http_stream_closed_fn(void *arg);

/* Not for an answer that came later than the end of its server. */
struct http_stream *http_stream_start(struct http_call *call, const char *content_type,
                                      http_stream_closed_fn *closed, void *arg);
/* What the client does not read yet is kept, without a limit. */
void http_stream_put(struct http_stream *stream, const char *data, size_t len);
/* `closed` runs later, when what was put has been sent. `broken`: at once, as a connection that
 * breaks. */
void http_stream_end(struct http_stream *stream, bool broken);

#endif
