/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"
#include "lib/kube/config_entry.h"
#include "lib/kube/config_read.h"

#include <strings.h>

/* The extension that exec plugins may ask for. */
static const char exec_extension[] = "client.authentication.k8s.io/exec";

static int decode_pem(const struct kubeconfig_entry *e, const char *field, const char *data,
                      char **out, struct error **err)
{
    cleanup_buf struct buf pem = BUF_INIT(CONFIG_PEM_MAX_BYTES);

    if (base64_decode(data, strlen(data), &pem, err) < 0)
        return kubeconfig_wrap(e, field, err);
    if (memchr(pem.data, '\0', pem.len) || !strstr(pem.data, "-----BEGIN "))
        return kubeconfig_error(e, err, ERROR_INVALID,
                                "%s: holds no PEM block (-----BEGIN ...) in base64", field);
    *out = buf_take(&pem);
    return 0;
}

int config_pem_parse(const struct kubeconfig_entry *e, const char *field, char **pem, char **file,
                     struct error **err)
{
    cleanup_free char *data_field = xasprintf("%s-data", field);
    cleanup_free char *path = NULL;
    const char *data;

    if (kubeconfig_text(e, data_field, &data, err) < 0 || kubeconfig_path(e, field, &path, err) < 0)
        return -1;
    if (data && path)
        return kubeconfig_error(e, err, ERROR_INVALID, "both %s and %s are set; keep one",
                                data_field, field);
    if (data)
        return decode_pem(e, data_field, data, pem, err);
    if (!path)
        return 0;
    if (config_read_pem(path, pem, err) < 0)
        return kubeconfig_wrap(e, field, err);
    *file = TAKE(path);
    return 0;
}

/* The URL is not repeated: it may hold a password. */
static int parse_url(const struct kubeconfig_entry *e, const char *field,
                     const char *const *schemes, char **out, struct error **err)
{
    const char *url;
    const char *host;
    size_t len;

    if (kubeconfig_text(e, field, &url, err) < 0)
        return -1;
    if (!url)
        return 0;
    host = strstr(url, "://");
    for (size_t i = 0; host && schemes[i]; i++) {
        size_t scheme_len = (size_t)(host - url);

        if (strlen(schemes[i]) == scheme_len && !strncasecmp(url, schemes[i], scheme_len))
            break;
        if (!schemes[i + 1])
            host = NULL;
    }
    if (!host || strcspn(host + 3, "/") == 0 || strpbrk(url, " \t\r\n"))
        return kubeconfig_error(e, err, ERROR_INVALID, "%s: expected a URL such as %s://host:port",
                                field, schemes[0]);
    len = strlen(url);
    while (url[len - 1] == '/')
        len--;
    *out = xstrndup(url, len);
    return 0;
}

static int parse_server(const struct kubeconfig_entry *e, struct kube_config *config,
                        struct error **err)
{
    static const char *const server_schemes[] = {"https", "http", NULL};
    static const char *const proxy_schemes[] = {"http", "https", "socks5", "socks5h", NULL};

    if (parse_url(e, "server", server_schemes, &config->server, err) < 0 ||
        parse_url(e, "proxy-url", proxy_schemes, &config->proxy_url, err) < 0)
        return -1;
    if (!config->server)
        return kubeconfig_error(e, err, ERROR_INVALID, "server: missing");
    return 0;
}

int config_cluster_parse(const struct kubeconfig_entry *e, struct kube_config *config,
                         struct error **err)
{
    const char *server_name;

    if (parse_server(e, config, err) < 0 ||
        config_pem_parse(e, "certificate-authority", &config->ca_pem, &config->ca_file, err) < 0 ||
        kubeconfig_bool(e, "insecure-skip-tls-verify", &config->insecure_skip_tls_verify, err) <
            0 ||
        kubeconfig_text(e, "tls-server-name", &server_name, err) < 0)
        return -1;
    if (config->insecure_skip_tls_verify && config->ca_pem)
        return kubeconfig_error(e, err, ERROR_INVALID,
                                "insecure-skip-tls-verify and a certificate-authority exclude each "
                                "other; remove one");
    config->cluster = xstrdup(e->name);
    config->tls_server_name = xstrdup(server_name);
    return 0;
}

char *config_exec_extension(const struct kubeconfig_entry *cluster)
{
    const json_t *item;
    size_t i;

    json_array_foreach (json_object_get(cluster->body, "extensions"), i, item) {
        const json_t *value = json_object_get(item, "extension");

        if (value && streq(json_string_value(json_object_get(item, "name")), exec_extension))
            return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    }
    return NULL;
}
