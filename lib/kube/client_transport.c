/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client_transport.h"

/* With HTTP/2 one or two are used. A server or proxy that speaks HTTP/1.1 needs one for every
 * watch and every call on the wire. */
#define MAX_CONNECTIONS 512

struct transport *transport_new(uv_loop_t *loop, const struct kube_config *config,
                                const struct kube_auth *auth, struct fence *fence)
{
    struct transport *t = xcalloc(1, sizeof(*t));
    struct http_options options = {
        .ca_pem = auth->ca_pem,
        .client_cert_pem = auth->client_cert_pem,
        .client_key_pem = auth->client_key_pem,
        .insecure_skip_tls_verify = config->insecure_skip_tls_verify,
        .tls_server_name = config->tls_server_name,
        .proxy_url = config->proxy_url,
        .user_agent = "gitopsd/" GITOPSD_VERSION,
        .max_connections_per_host = MAX_CONNECTIONS,
        .fence = fence,
    };

    t->http = http_client_new(loop, &options);
    t->generation = auth->generation;
    t->refs = 1;
    return t;
}

struct transport *transport_ref(struct transport *t)
{
    t->refs++;
    return t;
}

void transport_close(struct transport *t)
{
    http_client_free(TAKE(t->http));
}

void transport_unref(struct transport *t)
{
    if (!t || --t->refs > 0)
        return;
    transport_close(t);
    free(t);
}
