/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client_transport.h"

/* With HTTP/2 one or two are used. A server or proxy that speaks HTTP/1.1 needs one for every
 * watch and every call on the wire. */
#define MAX_CONNECTIONS 512

struct transport *transport_new(uv_loop_t *loop, const struct kube_config *config,
                                const struct kube_auth *auth)
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

static void strvec_copy(struct strvec *to, const struct strvec *from)
{
    for (size_t i = 0; i < from->len; i++)
        strvec_push(to, from->items[i]);
}

static struct kube_exec *exec_copy(const struct kube_exec *from)
{
    struct kube_exec *to;

    if (!from)
        return NULL;
    to = xcalloc(1, sizeof(*to));
    to->command = xstrdup(from->command);
    strvec_copy(&to->args, &from->args);
    strvec_copy(&to->env, &from->env);
    to->api_version = xstrdup(from->api_version);
    to->install_hint = xstrdup(from->install_hint);
    to->provide_cluster_info = from->provide_cluster_info;
    return to;
}

struct kube_config *kube_config_copy(const struct kube_config *from)
{
    struct kube_config *to = xcalloc(1, sizeof(*to));

    *to = (struct kube_config){
        .context = xstrdup(from->context),
        .cluster = xstrdup(from->cluster),
        .server = xstrdup(from->server),
        .namespace = xstrdup(from->namespace),
        .ca_pem = xstrdup(from->ca_pem),
        .ca_file = xstrdup(from->ca_file),
        .tls_server_name = xstrdup(from->tls_server_name),
        .proxy_url = xstrdup(from->proxy_url),
        .insecure_skip_tls_verify = from->insecure_skip_tls_verify,
        .client_cert_pem = xstrdup(from->client_cert_pem),
        .client_key_pem = xstrdup(from->client_key_pem),
        .token = xstrdup(from->token),
        .token_file = xstrdup(from->token_file),
        .username = xstrdup(from->username),
        .password = xstrdup(from->password),
        .impersonate_user = xstrdup(from->impersonate_user),
        .exec = exec_copy(from->exec),
    };
    return to;
}
