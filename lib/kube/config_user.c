/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/config_entry.h"
#include "lib/kube/config_read.h"

/* Fields that change who we are and that we cannot honour: acting as somebody else than the file
 * says would be worse than refusing. */
static const struct refused_field {
    const char *name;
    const char *remedy;
} refused_fields[] = {
    {"auth-provider", "auth-provider plugins were removed from Kubernetes 1.26; use an exec plugin "
                      "(for example gke-gcloud-auth-plugin, kubelogin) or a token"},
    {"as-groups", "impersonating groups is not supported; give the rights to the user"},
    {"as-uid", "impersonating a uid is not supported; remove it"},
    {"as-user-extra", "impersonating extra fields is not supported; remove it"},
};

static bool is_set(const json_t *value)
{
    return value && !json_is_null(value) &&
           !(json_is_string(value) && json_string_length(value) == 0) &&
           !(json_is_array(value) && json_array_size(value) == 0) &&
           !(json_is_object(value) && json_object_size(value) == 0);
}

static int check_refused(const struct kubeconfig_entry *e, struct error **err)
{
    for (size_t i = 0; i < ARRAY_LEN(refused_fields); i++)
        if (is_set(json_object_get(e->body, refused_fields[i].name)))
            return kubeconfig_error(e, err, ERROR_UNSUPPORTED, "%s: %s", refused_fields[i].name,
                                    refused_fields[i].remedy);
    return 0;
}

static int parse_token(const struct kubeconfig_entry *e, struct kube_config *config,
                       struct error **err)
{
    cleanup_free char *from_file = NULL;
    const char *token;

    if (kubeconfig_text(e, "token", &token, err) < 0 ||
        kubeconfig_path(e, "tokenFile", &config->token_file, err) < 0)
        return -1;
    if (token && !config_token_is_valid(token))
        return kubeconfig_error(e, err, ERROR_INVALID,
                                "token: holds white space or control characters");
    config->token = xstrdup(token);
    /* Only to say early that it cannot be read; the credential reads it again. */
    if (config->token_file && config_read_token(config->token_file, &from_file, err) < 0)
        return kubeconfig_wrap(e, "tokenFile", err);
    return 0;
}

static int parse_password(const struct kubeconfig_entry *e, struct kube_config *config,
                          struct error **err)
{
    const char *username, *password, *user;

    if (kubeconfig_text(e, "username", &username, err) < 0 ||
        kubeconfig_text(e, "password", &password, err) < 0 ||
        kubeconfig_text(e, "as", &user, err) < 0)
        return -1;
    if (password && !username)
        return kubeconfig_error(e, err, ERROR_INVALID, "password is set without username");
    if (username && strchr(username, ':'))
        return kubeconfig_error(e, err, ERROR_INVALID, "username: must not hold a colon");
    if (user && strpbrk(user, "\r\n"))
        return kubeconfig_error(e, err, ERROR_INVALID, "as: must not hold a line break");
    config->username = xstrdup(username);
    config->password = xstrdup(username && !password ? "" : password);
    config->impersonate_user = xstrdup(user);
    return 0;
}

static int parse_certificate(const struct kubeconfig_entry *e, struct kube_config *config,
                             struct error **err)
{
    if (config_pem_parse(e, "client-certificate", &config->client_cert_pem,
                         &config->client_cert_file, err) < 0 ||
        config_pem_parse(e, "client-key", &config->client_key_pem, &config->client_key_file, err) <
            0)
        return -1;
    if (!config->client_cert_pem != !config->client_key_pem)
        return kubeconfig_error(e, err, ERROR_INVALID, "%s is set without %s",
                                config->client_cert_pem ? "client-certificate" : "client-key",
                                config->client_cert_pem ? "client-key" : "client-certificate");
    return 0;
}

int config_user_parse(const struct kubeconfig_entry *e, struct kube_config *config,
                      struct error **err)
{
    if (check_refused(e, err) < 0 || parse_token(e, config, err) < 0 ||
        parse_password(e, config, err) < 0 || parse_certificate(e, config, err) < 0 ||
        config_exec_parse(e, &config->exec, err) < 0)
        return -1;
    if (config->username && (config->token || config->token_file))
        return kubeconfig_error(e, err, ERROR_INVALID,
                                "both a token and a username are set; keep one");
    return 0;
}
