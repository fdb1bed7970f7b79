/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: an HTTP/1.1 and HTTP/2 client on the loop (curl_multi_socket_action).
 * One client talks to one or more servers with one TLS and proxy configuration; connections are
 * kept alive and HTTP/2 requests multiplexed. Nothing blocks the loop, DNS included. Redirects are
 * not followed, and no netrc, no cookie and, unless asked for, no proxy environment is read. A
 * request whose kept-alive connection closes before any byte of an answer is sent again, so a
 * method that is not idempotent may take effect twice.
 * Thread: the loop thread.
 * Memory: everything in the request is copied.
 * Errors: all arrive in `done`. ERROR_UNAVAILABLE network, ERROR_DENIED certificate trouble,
 *         ERROR_TIMEOUT, ERROR_TOO_LARGE body over max_body_bytes, ERROR_CANCELED. An HTTP status
 *         of 400 and above is not an error here.
 */
#ifndef GITOPSD_LIB_NET_HTTP_H
#define GITOPSD_LIB_NET_HTTP_H

#include "lib/base/buf.h"
#include "lib/net/fence.h"

#include <uv.h>

struct http_options {
    const char *ca_pem;          /* NULL: the system's trust store */
    const char *client_cert_pem; /* NULL: none */
    const char *client_key_pem;
    bool insecure_skip_tls_verify;
    const char *tls_server_name; /* verify the certificate against this name; NULL: the URL's */
    const char *proxy_url;       /* NULL: none */
    bool proxy_of_environment; /* instead: https_proxy, no_proxy and the like, as curl reads them */
    const char *user_agent;
    unsigned max_connections_per_host; /* 0: 2, streams are multiplexed over them */
    unsigned connect_timeout_ms;       /* 0: 10,000 */
    struct fence *fence;               /* around all its connections; NULL: none */
};

struct http_client;
struct http_client *http_client_new(uv_loop_t *loop, const struct http_options *options);
/* Cancels all requests; their `done` runs before this returns, and must not start another. The
 * memory goes when the loop ran once more. Allowed inside every callback. */
void http_client_free(struct http_client *client);

/* Asked when the connection stands, right before the request is sent (and before it is sent again):
 * false ends it with ERROR_CANCELED. Must not call the client. */
typedef bool http_may_send_fn(void *arg);

struct http_request_spec {
    const char *method; /* "GET" ... */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    const void *body;           /* NULL: none */
    size_t body_len;
    uint64_t timeout_ms;        /* whole request; 0: none (a watch) */
    uint64_t idle_timeout_ms;   /* no byte for so long: ERROR_TIMEOUT; 0: none */
    size_t max_body_bytes;      /* of the response; 0: 64 MiB; ignored with `data` */
    http_may_send_fn *may_send; /* NULL: it is sent */
    void *may_send_arg;
};

struct http_response {
    int status;
    const char *content_type; /* "" if absent */
    const char *etag;         /* as it stands in the header, "" if absent */
    const char *redirect_url; /* where a 3xx answer points, absolute; "" if absent */
    uint64_t retry_after_ms;  /* 0: absent */
    int version;              /* 11 or 20 */
    struct buf body;          /* empty when `data` took it */
};

struct http_request;
/* Exactly once, never before http_start returns. `response` is NULL on error. Both borrowed. */
typedef void http_done_fn(void *arg, const struct http_response *response, const struct error *err);
/* Streams the body of a 2xx response as it arrives; other bodies are collected as usual. The first
 * call comes with the headers and has a len of 0. */
typedef void http_data_fn(void *arg, const char *data, size_t len);

struct http_request *http_start(struct http_client *client, const struct http_request_spec *spec,
                                http_data_fn *data, http_done_fn *done, void *arg);
/* Ask for an early end; `done` still runs, with ERROR_CANCELED, from the loop. */
void http_cancel(struct http_request *request);

/* Totals since the start, for metrics. */
struct http_stats {
    uint64_t requests;
    uint64_t connections;
    uint64_t errors;
};
struct http_stats http_client_stats(const struct http_client *client);

#endif
