/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster: the API server that a verb talks to, with the user's own rights: kubeconfig and context
 * by the options of VERB_CLUSTER. Requests block; meanwhile the progress line is kept up to date.
 * For several requests at once there are the client and the loop.
 * Errors: those of lib/kube/client.h, with what to do about it: who does not answer, which right is
 * missing, what is not installed.
 */
#ifndef GITOPSD_CLI_VERBS_CLUSTER_H
#define GITOPSD_CLI_VERBS_CLUSTER_H

#include "cli/options.h"
#include "lib/kube/client.h"
#include "lib/kube/discovery.h"

#define DEFAULT_NAMESPACE "argocd" /* of Applications */

struct cluster {
    uv_loop_t loop;
    uv_timer_t ticker; /* draws the progress line; keeps no loop alive */
    struct kube_config *config;
    struct kube_client *client;
    struct kube_discovery *discovery; /* NULL: nobody asked yet */
    uint64_t timeout_ms;              /* of one request */
    const char *namespace;            /* of Applications; borrowed from the options */
};

/* The options of VERB_CLUSTER; nothing is sent yet. */
int cluster_open(const struct options *o, struct cluster **out, struct error **err);
/* Of that context, whatever --context says; NULL: as cluster_open(). */
int cluster_open_context(const struct options *o, const char *context, struct cluster **out,
                         struct error **err);
void cluster_close(struct cluster *c);

/* `path` from the server's root, with query. `*out` is a new reference, never NULL. */
int cluster_get(struct cluster *c, const char *path, json_t **out, struct error **err);
/* Any request; timeout_ms 0 is --request-timeout. */
int cluster_call(struct cluster *c, const struct kube_call_spec *spec, json_t **out,
                 struct error **err);
/* All items of a collection, page by page. `selector` (of labels) and `fields` may be NULL. */
int cluster_list(struct cluster *c, const char *path, const char *selector, const char *fields,
                 json_t **items, struct error **err);
/* What the API server serves; asked once. `*out` is borrowed from the cluster. */
int cluster_discover(struct cluster *c, struct kube_discovery **out, struct error **err);
/* Run the loop until it is so. */
void cluster_wait(struct cluster *c, const bool *is_done);
/* Is it the answer of something else than a Kubernetes API server, such as a proxy's login page? */
bool cluster_is_foreign(const struct error *err);
/* Is the certificate of the API server not as the kubeconfig wants it? */
bool cluster_is_untrusted(const struct error *err);
/* Add what can be done about an error of the client. Returns -1. */
int cluster_explain(const struct cluster *c, struct error **err);

DEFINE_CLEANUP(cluster, struct cluster, cluster_close)
#define cleanup_cluster __attribute__((cleanup(cleanup_cluster_fn)))

#endif
