/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fleet_contexts: which clusters `gitopsctl fleet` is about: the contexts of the kubeconfig, each
 * with its client on one loop. Of several contexts for one cluster entry (other users, other
 * namespaces) one is enough: the current one, else the first.
 */
#ifndef GITOPSD_CLI_VERBS_FLEET_CONTEXTS_H
#define GITOPSD_CLI_VERBS_FLEET_CONTEXTS_H

#include "cli/options.h"
#include "cli/verbs/fleet_model.h"
#include "lib/kube/client.h"

struct fleet_contexts {
    uv_loop_t loop;
    uv_timer_t ticker;   /* draws the progress line; keeps no loop alive */
    struct ptrvec items; /* struct fleet_context */
};

struct fleet_context {
    struct fleet_cluster *cluster;
    struct kube_config *config; /* NULL: cluster->error says why */
    struct kube_client *client; /* likewise */
};

/* By --kubeconfig and --contexts. One that cannot be used becomes a cluster with an error.
 * ERROR_NOT_FOUND: there is none. */
int fleet_contexts_open(struct fleet_contexts *c, const struct options *o, struct fleet *fleet,
                        struct error **err);
/* Cancels what is under way. */
void fleet_contexts_close(struct fleet_contexts *c);
/* Why a cluster cannot be told, in the words of the table. Returns -1. */
int fleet_explain(const struct error *why, struct error **err);

#endif
