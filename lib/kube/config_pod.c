/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/config.h"
#include "lib/kube/config_read.h"

#include <ctype.h>

static const char service_account_dir[] = "/var/run/secrets/kubernetes.io/serviceaccount";

static int parse_address(struct kube_config *config, struct error **err)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST");
    const char *port = getenv("KUBERNETES_SERVICE_PORT");
    bool is_ipv6;

    if (!host || !*host || !port || !*port)
        return error_set(err, ERROR_NOT_FOUND,
                         "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are "
                         "not set");
    if (strspn(port, "0123456789") != strlen(port) || strpbrk(host, "/ @"))
        return error_set(err, ERROR_INVALID,
                         "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT: expected an address "
                         "and a number");
    is_ipv6 = strchr(host, ':') && host[0] != '[';
    config->server = xasprintf(is_ipv6 ? "https://[%s]:%s" : "https://%s:%s", host, port);
    return 0;
}

/* The namespace of the pod; service accounts may be mounted without it. */
static int parse_namespace(const char *path, struct kube_config *config, struct error **err)
{
    struct error *failure = NULL;
    char *text = NULL;

    if (config_read(path, 4096, &text, &failure) < 0) {
        if (error_kind(failure) != ERROR_NOT_FOUND) {
            *err = failure;
            return -1;
        }
        error_free(failure);
        config->namespace = xstrdup("default");
        return 0;
    }
    for (size_t len = strlen(text); len > 0 && isspace((unsigned char)text[len - 1]); len--)
        text[len - 1] = '\0';
    config->namespace = *text ? text : xstrdup("default");
    if (!*text)
        free(text);
    return 0;
}

int kube_config_in_cluster(const char *dir, struct kube_config **out, struct error **err)
{
    cleanup_kube_config struct kube_config *config = xcalloc(1, sizeof(*config));
    cleanup_free char *namespace_file = NULL;
    cleanup_free char *token = NULL;

    if (!dir)
        dir = service_account_dir;
    namespace_file = xasprintf("%s/namespace", dir);
    config->token_file = xasprintf("%s/token", dir);
    config->ca_file = xasprintf("%s/ca.crt", dir);
    /* The token is read here only to say early that it is missing; the credential rereads it. */
    if (parse_address(config, err) < 0 || config_read_token(config->token_file, &token, err) < 0 ||
        config_read_pem(config->ca_file, &config->ca_pem, err) < 0 ||
        parse_namespace(namespace_file, config, err) < 0)
        return error_wrap(err, "in-cluster configuration");
    explicit_bzero(token, strlen(token));
    config->context = xstrdup("in-cluster");
    config->cluster = xstrdup("in-cluster");
    *out = TAKE(config);
    return 0;
}
