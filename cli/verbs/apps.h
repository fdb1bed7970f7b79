/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apps: the Application objects of a cluster, as verbs name them: NAME in the namespace of -n, or
 * NAMESPACE/NAME.
 */
#ifndef GITOPSD_CLI_VERBS_APPS_H
#define GITOPSD_CLI_VERBS_APPS_H

#include "cli/verbs/cluster.h"

extern const struct kube_resource app_resource;

/* "/apis/argoproj.io/v1alpha1/namespaces/NS/applications/NAME". `arg` NULL: the collection, of all
 * namespaces where `namespace` is NULL, too. Heap string. */
char *app_path(const char *namespace, const char *arg);

/* ERROR_NOT_FOUND says which there are, or which was probably meant. `*out`: new reference. */
int app_get(struct cluster *c, const char *arg, json_t **out, struct error **err);
/* Those of the options of VERB_CLUSTER and VERB_SELECTOR, by namespace and name. */
int app_list(struct cluster *c, const struct options *o, json_t **items, struct error **err);
/* The arguments, or all that app_list() finds where there are none. */
int app_choose(struct cluster *c, const struct options *o, json_t **items, struct error **err);
/* For verbs that do not take no argument for all: 0 where Applications are named, or selected by
 * -l or -A; else VERB_MISUSE. */
int app_check_choice(const struct options *o, struct error **err);
/* app_choose() of at least one; else ERROR_NOT_FOUND. */
int app_choose_some(struct cluster *c, const struct options *o, json_t **items, struct error **err);

#endif
