/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: the sandbox's side of lib/net/http_server.h: requests that are kept for a while before they
 * are handled, and what answers of a Kubernetes API server look like.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_TESTS_SANDBOX_HTTP_H
#define GITOPSD_TESTS_SANDBOX_HTTP_H

#include "lib/net/http_server.h"

struct sandbox_http;

struct sandbox_http_options {
    const char *listen; /* "127.0.0.1:0" */
    /* PEM; NULL: plain HTTP. */
    const char *certificate, *key;
    /* Must answer, at once or with a stream. */
    http_call_fn *handler;
    /* How long a request is kept before it is handled, in ms; may be NULL. */
    unsigned (*delay_ms)(void *arg, const struct http_call *call);
    void *arg;
};

int sandbox_http_start(uv_loop_t *loop, const struct sandbox_http_options *options,
                       struct sandbox_http **out, struct error **err);
unsigned sandbox_http_port(const struct sandbox_http *http);
/* Ends every stream. The memory goes when the loop ran once more. NULL is fine. */
void sandbox_http_close(struct sandbox_http *http);

bool http_query_is_true(const struct http_call *call, const char *name);

/* A header of the answer that is to come: RFC 2616's Warning. */
void http_warn(struct http_call *call, const char *text);
/* Likewise Retry-After. */
void http_retry_after(struct http_call *call, unsigned seconds);
/* Takes `text`, a heap string. */
void http_answer(struct http_call *call, int status, const char *content_type, char *text);

#endif
