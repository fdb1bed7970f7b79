/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: an HTTP/1.1 server on the test's own loop, for the things that real servers do not do on
 * command: a stall, half an answer, a closed connection, garbage.
 * The handler decides for each request what is sent and when. Include server.c once.
 */
#ifndef GITOPSD_TESTS_LIB_NET_SERVER_H
#define GITOPSD_TESTS_LIB_NET_SERVER_H

#include "lib/base/buf.h"

#include <uv.h>

struct server;
struct server_conn;

struct server_request {
    unsigned number; /* of the server's requests, from 1 */
    const char *method;
    const char *path; /* with query */
    const char *head; /* all header lines */
    const char *body;
    size_t body_len;
};

typedef void server_handler(void *arg, struct server_conn *conn, const struct server_request *rq);

struct server *server_start(uv_loop_t *loop, server_handler *handler, void *arg);
/* Closes all connections; run the loop until it is empty. */
void server_stop(struct server *s);
/* "http://127.0.0.1:port" */
const char *server_url(const struct server *s);
unsigned server_connections(const struct server *s);

/* A whole answer with Content-Length. `headers` are complete lines, or "". */
void server_reply(struct server_conn *conn, int status, const char *headers, const char *body);
/* A chunked JSON answer: the headers, then chunks, then the end. */
void server_chunked(struct server_conn *conn);
void server_chunk(struct server_conn *conn, const char *text);
void server_chunk_end(struct server_conn *conn);
/* Any bytes. */
void server_send(struct server_conn *conn, const char *data, size_t len);
/* Close after what was sent. */
void server_close(struct server_conn *conn);

#endif
