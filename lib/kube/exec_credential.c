/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "lib/kube/config_read.h"
#include "lib/kube/exec.h"

static void free_secret(char *s)
{
    if (s)
        explicit_bzero(s, strlen(s));
    free(s);
}

void exec_credential_clear(struct exec_credential *credential)
{
    free_secret(credential->token);
    free(credential->client_cert_pem);
    free_secret(credential->client_key_pem);
    *credential = (struct exec_credential){0};
}

static void set_text(json_t *object, const char *field, const char *text)
{
    if (text)
        json_object_set_new(object, field, json_string(text));
}

static json_t *cluster_info(const struct kube_config *config)
{
    json_t *cluster = json_object();

    set_text(cluster, "server", config->server);
    set_text(cluster, "tls-server-name", config->tls_server_name);
    set_text(cluster, "proxy-url", config->proxy_url);
    if (config->insecure_skip_tls_verify)
        json_object_set_new(cluster, "insecure-skip-tls-verify", json_true());
    if (config->ca_pem) {
        cleanup_free char *ca = base64_encode(config->ca_pem, strlen(config->ca_pem));

        set_text(cluster, "certificate-authority-data", ca);
    }
    if (config->exec->cluster_config_json)
        json_object_set_new(cluster, "config",
                            json_loads(config->exec->cluster_config_json, JSON_DECODE_ANY, NULL));
    return cluster;
}

char *kube_exec_info(const struct kube_config *config)
{
    cleanup_json json_t *info = json_object();
    json_t *spec = json_object();

    set_text(info, "apiVersion", config->exec->api_version);
    set_text(info, "kind", "ExecCredential");
    json_object_set_new(info, "spec", spec);
    json_object_set_new(spec, "interactive", json_false());
    if (config->exec->provide_cluster_info)
        json_object_set_new(spec, "cluster", cluster_info(config));
    return json_dumps(info, JSON_COMPACT);
}

/* What stands in the answer is not repeated in any message. */
static int parse_status(const json_t *status, struct exec_credential *out, struct error **err)
{
    const char *token = json_string_value(json_object_get(status, "token"));
    const char *cert = json_string_value(json_object_get(status, "clientCertificateData"));
    const char *key = json_string_value(json_object_get(status, "clientKeyData"));
    const char *expires = json_string_value(json_object_get(status, "expirationTimestamp"));
    bool has_token = token && *token, has_cert = cert && *cert, has_key = key && *key;

    if (!json_is_object(status))
        return error_set(err, ERROR_DENIED, "its answer has no status");
    if (!has_token && !has_cert && !has_key)
        return error_set(err, ERROR_DENIED,
                         "its answer has neither a token nor a client certificate");
    if (has_cert != has_key)
        return error_set(err, ERROR_DENIED, "its answer has %s without %s",
                         has_cert ? "clientCertificateData" : "clientKeyData",
                         has_cert ? "clientKeyData" : "clientCertificateData");
    if (has_token && !config_token_is_valid(token))
        return error_set(err, ERROR_DENIED, "its token holds white space or control characters");
    if (has_cert && (!strstr(cert, "-----BEGIN ") || !strstr(key, "-----BEGIN ")))
        return error_set(err, ERROR_DENIED, "its client certificate or key is not PEM");
    if (expires && time_parse_rfc3339(expires, &out->expires_ms, err) < 0)
        return error_wrap(err, "its expirationTimestamp");
    out->token = has_token ? xstrdup(token) : NULL;
    out->client_cert_pem = has_cert ? xstrdup(cert) : NULL;
    out->client_key_pem = has_key ? xstrdup(key) : NULL;
    return 0;
}

int exec_credential_parse(const char *text, size_t len, const char *api_version,
                          struct exec_credential *out, struct error **err)
{
    json_error_t where;
    cleanup_json json_t *answer = json_loadb(text, len, 0, &where);
    const char *kind = json_string_value(json_object_get(answer, "kind"));
    const char *version = json_string_value(json_object_get(answer, "apiVersion"));

    if (!answer) /* jansson's own text quotes the input */
        return error_set(err, ERROR_DENIED, "its answer is not JSON (line %d, column %d)",
                         where.line, where.column);
    if (!streq(kind, "ExecCredential"))
        return error_set(err, ERROR_DENIED, "its answer is not an ExecCredential");
    if (!streq(version, api_version))
        return error_set(err, ERROR_DENIED,
                         "its answer is of another apiVersion than the %s that was asked for",
                         api_version);
    return parse_status(json_object_get(answer, "status"), out, err);
}
