/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: which API server to talk to and as whom, from kubeconfig files or the pod's own service
 * account. Source: client-go's clientcmd rules (merging: the first file that sets a name wins, and
 * the first current-context; relative paths are relative to the file that holds them).
 * Errors name the file, the entry and the field; no token, key or password appears in one.
 */
#ifndef GITOPSD_LIB_KUBE_CONFIG_H
#define GITOPSD_LIB_KUBE_CONFIG_H

#include "lib/base/error.h"
#include "lib/base/vec.h"

struct kube_exec {
    char *command;
    struct strvec args;
    struct strvec env; /* "NAME=value" */
    char *api_version; /* client.authentication.k8s.io/v1 or v1beta1 */
    char *install_hint;
    bool provide_cluster_info;
    char *cluster_config_json; /* the cluster's extension for exec plugins; NULL: none */
};

struct kube_config {
    char *context;   /* name; "in-cluster" for a pod */
    char *cluster;   /* name */
    char *server;    /* "https://host:port[/prefix]", no trailing slash */
    char *namespace; /* "default" where none is set */
    char *ca_pem;    /* file content or inline data, decoded; NULL: system */
    char *ca_file;   /* where ca_pem was read from, NULL if inline: read again when it rotates */
    char *tls_server_name;
    char *proxy_url;
    bool insecure_skip_tls_verify;
    /* the user */
    char *client_cert_pem;
    char *client_key_pem;
    char *client_cert_file; /* as ca_file: read again when it rotates */
    char *client_key_file;
    char *token;      /* static bearer token */
    char *token_file; /* read again when it changes; wins over token */
    char *username;   /* basic auth */
    char *password;
    char *impersonate_user;
    struct kube_exec *exec; /* NULL: none */
};

/*
 * kubeconfig: a path, or NULL for $KUBECONFIG (a list joined by ':'), or else ~/.kube/config; where
 * none of these exists, the in-cluster configuration. context: NULL for current-context.
 */
int kube_config_load(const char *kubeconfig, const char *context, struct kube_config **out,
                     struct error **err);
/* The pod's service account; `dir` is NULL for /var/run/secrets/kubernetes.io/serviceaccount. */
int kube_config_in_cluster(const char *dir, struct kube_config **out, struct error **err);
/* Names of all contexts of the kubeconfig files, in the files' order. */
int kube_config_contexts(const char *kubeconfig, struct strvec *names, struct error **err);
struct kube_config *kube_config_copy(const struct kube_config *config);
void kube_config_free(struct kube_config *config);

DEFINE_CLEANUP(kube_config, struct kube_config, kube_config_free)
#define cleanup_kube_config __attribute__((cleanup(cleanup_kube_config_fn)))

#endif
