/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_easy: inside http only: curl's options and error codes in our terms. A struct easy_config
 * holds what is the same for all transfers of a client; an easy handle is made once with it and
 * used again and again.
 */
#ifndef GITOPSD_LIB_NET_HTTP_EASY_H
#define GITOPSD_LIB_NET_HTTP_EASY_H

#include "lib/net/http.h"

#include <curl/curl.h>

struct easy_config {
    char *ca_pem;
    char *client_cert_pem;
    char *client_key_pem;
    bool insecure_skip_tls_verify;
    char *tls_server_name;
    char *proxy_url;
    bool proxy_of_environment;
    char *user_agent;
    unsigned connect_timeout_ms;
    struct fence *fence; /* NULL: none */
};

void easy_config_init(struct easy_config *config, const struct http_options *options);
void easy_config_clear(struct easy_config *config);

typedef size_t easy_write_fn(char *data, size_t size, size_t count, void *arg);

/* A handle with everything set that does not depend on the request. `config` must outlive it. */
CURL *easy_new(const struct easy_config *config, easy_write_fn *header, easy_write_fn *write);

/* What curl keeps pointers to while a transfer runs. */
struct easy_lists {
    struct curl_slist *headers;
    struct curl_slist *connect_to;
};
void easy_lists_clear(struct easy_lists *lists);

/* Set what depends on the request. `body` is not copied. */
int easy_prepare(CURL *easy, const struct easy_config *config, const struct http_request_spec *spec,
                 const void *body, struct easy_lists *lists, struct error **err);

/* A curl failure as an error. `detail` is curl's error buffer. */
int easy_error(CURLcode code, const char *detail, struct error **err);

/* Of an answer: its status; 0: nothing of it has come. */
int easy_status(CURL *easy);
/* All that its headers say. The texts are borrowed from the handle; `body` is left as it is. */
void easy_answer(CURL *easy, struct http_response *response);
/* Is the request, as it was sent, a GET? */
bool easy_is_get(CURL *easy);
/* The connection went away below the request. kube-apiserver closes it after each answer of 401,
 * and with it whatever else was on it. */
bool easy_was_cut_off(CURLcode code);

#endif
