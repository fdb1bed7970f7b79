/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/config.h"

#include "lib/base/buf.h"
#include "lib/kube/config_entry.h"
#include "lib/kube/config_read.h"

static void exec_free(struct kube_exec *exec)
{
    if (!exec)
        return;
    free(exec->command);
    strvec_clear(&exec->args);
    strvec_clear(&exec->env);
    free(exec->api_version);
    free(exec->install_hint);
    free(exec->cluster_config_json);
    free(exec);
}

static void free_secret(char *s)
{
    if (s)
        explicit_bzero(s, strlen(s));
    free(s);
}

void kube_config_free(struct kube_config *config)
{
    if (!config)
        return;
    free(config->context);
    free(config->cluster);
    free(config->server);
    free(config->namespace);
    free(config->ca_pem);
    free(config->ca_file);
    free(config->tls_server_name);
    free(config->proxy_url);
    free(config->client_cert_pem);
    free_secret(config->client_key_pem);
    free(config->client_cert_file);
    free(config->client_key_file);
    free_secret(config->token);
    free(config->token_file);
    free(config->username);
    free_secret(config->password);
    free(config->impersonate_user);
    exec_free(config->exec);
    free(config);
}

static struct kube_exec *exec_copy(const struct kube_exec *exec)
{
    struct kube_exec *copy;

    if (!exec)
        return NULL;
    copy = xcalloc(1, sizeof(*copy));
    copy->command = xstrdup(exec->command);
    for (size_t i = 0; i < exec->args.len; i++)
        strvec_push(&copy->args, exec->args.items[i]);
    for (size_t i = 0; i < exec->env.len; i++)
        strvec_push(&copy->env, exec->env.items[i]);
    copy->api_version = xstrdup(exec->api_version);
    copy->install_hint = xstrdup(exec->install_hint);
    copy->provide_cluster_info = exec->provide_cluster_info;
    copy->cluster_config_json = xstrdup(exec->cluster_config_json);
    return copy;
}

struct kube_config *kube_config_copy(const struct kube_config *config)
{
    struct kube_config *copy = xcalloc(1, sizeof(*copy));

    copy->context = xstrdup(config->context);
    copy->cluster = xstrdup(config->cluster);
    copy->server = xstrdup(config->server);
    copy->namespace = xstrdup(config->namespace);
    copy->ca_pem = xstrdup(config->ca_pem);
    copy->ca_file = xstrdup(config->ca_file);
    copy->tls_server_name = xstrdup(config->tls_server_name);
    copy->proxy_url = xstrdup(config->proxy_url);
    copy->insecure_skip_tls_verify = config->insecure_skip_tls_verify;
    copy->client_cert_pem = xstrdup(config->client_cert_pem);
    copy->client_key_pem = xstrdup(config->client_key_pem);
    copy->client_cert_file = xstrdup(config->client_cert_file);
    copy->client_key_file = xstrdup(config->client_key_file);
    copy->token = xstrdup(config->token);
    copy->token_file = xstrdup(config->token_file);
    copy->username = xstrdup(config->username);
    copy->password = xstrdup(config->password);
    copy->impersonate_user = xstrdup(config->impersonate_user);
    copy->exec = exec_copy(config->exec);
    return copy;
}

/* "A, B" of the files that were read, for errors. */
static char *file_names(const struct strvec *files)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    for (size_t i = 0; i < files->len; i++) {
        if (i > 0)
            buf_puts(&text, ", ");
        buf_puts(&text, files->items[i]);
    }
    return buf_take(&text);
}

static int find_context(const struct kubeconfig *k, const char *name,
                        const struct kubeconfig_entry **out, struct error **err)
{
    cleanup_free char *files = file_names(&k->files);
    cleanup_free char *names = kubeconfig_names(&k->contexts);

    if (!name)
        name = k->current_context;
    if (!name)
        return error_set(err, ERROR_INVALID,
                         "%s: no current-context is set; name one of the contexts: %s", files,
                         names);
    *out = map_find(&k->contexts, name);
    if (!*out)
        return error_set(err, ERROR_NOT_FOUND, "%s: no context \"%s\"; there are: %s", files, name,
                         names);
    return 0;
}

/* The cluster or user that a context names in `field`; NULL in *out: it names none. */
static int find_part(const struct kubeconfig_entry *context, const char *field,
                     const struct map *entries, const struct kubeconfig_entry **out,
                     struct error **err)
{
    cleanup_free char *names = kubeconfig_names(entries);
    const char *name;

    *out = NULL;
    if (kubeconfig_text(context, field, &name, err) < 0)
        return -1;
    if (!name)
        return 0;
    *out = map_find(entries, name);
    if (!*out)
        return kubeconfig_error(context, err, ERROR_NOT_FOUND, "no %s \"%s\" exists; there are: %s",
                                field, name, names);
    return 0;
}

static int parse_context(const struct kubeconfig *k, const struct kubeconfig_entry *context,
                         struct kube_config *config, struct error **err)
{
    const struct kubeconfig_entry *cluster, *user;
    const char *ns;

    if (find_part(context, "cluster", &k->clusters, &cluster, err) < 0 ||
        find_part(context, "user", &k->users, &user, err) < 0 ||
        kubeconfig_text(context, "namespace", &ns, err) < 0)
        return -1;
    if (!cluster)
        return kubeconfig_error(context, err, ERROR_INVALID, "cluster: missing");
    if (config_cluster_parse(cluster, config, err) < 0)
        return -1;
    if (user && config_user_parse(user, config, err) < 0) /* without one: anonymous */
        return -1;
    if (config->exec)
        config->exec->cluster_config_json = config_exec_extension(cluster);
    config->context = xstrdup(context->name);
    config->namespace = xstrdup(ns ? ns : "default");
    return 0;
}

/* No kubeconfig at all: a pod, or nothing to go by. */
static int load_without_file(const struct kubeconfig *k, const char *context,
                             struct kube_config **out, struct error **err)
{
    cleanup_free char *missing = file_names(&k->missing);

    if (context)
        return error_set(err, ERROR_NOT_FOUND, "no context \"%s\": no kubeconfig exists (%s)",
                         context, missing);
    if (!getenv("KUBERNETES_SERVICE_HOST"))
        return error_set(err, ERROR_NOT_FOUND,
                         "no kubeconfig exists (%s), and this is no Pod: name one with "
                         "--kubeconfig or $KUBECONFIG",
                         missing);
    if (kube_config_in_cluster(NULL, out, err) < 0)
        return error_wrap(err, "no kubeconfig exists (%s)", missing);
    return 0;
}

int kube_config_load(const char *kubeconfig, const char *context, struct kube_config **out,
                     struct error **err)
{
    cleanup_kubeconfig struct kubeconfig *k = NULL;
    cleanup_kube_config struct kube_config *config = xcalloc(1, sizeof(*config));
    const struct kubeconfig_entry *entry;

    if (context && !*context)
        context = NULL;
    if (kubeconfig_load(kubeconfig, &k, err) < 0)
        return -1;
    if (k->files.len == 0)
        return load_without_file(k, context, out, err);
    if (find_context(k, context, &entry, err) < 0 || parse_context(k, entry, config, err) < 0)
        return error_wrap(err, "load kubeconfig");
    *out = TAKE(config);
    return 0;
}

int kube_config_contexts(const char *kubeconfig, struct strvec *names, struct error **err)
{
    cleanup_kubeconfig struct kubeconfig *k = NULL;
    struct map_entry *e;
    size_t it = 0;

    if (kubeconfig_load(kubeconfig, &k, err) < 0)
        return -1;
    while ((e = map_next(&k->contexts, &it)))
        strvec_push(names, e->key);
    return 0;
}
