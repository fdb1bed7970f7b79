/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_entry: the cluster and the user of a kubeconfig, checked and put into a kube_config.
 */
#ifndef GITOPSD_LIB_KUBE_CONFIG_ENTRY_H
#define GITOPSD_LIB_KUBE_CONFIG_ENTRY_H

#include "lib/kube/config.h"
#include "lib/kube/config_file.h"

int config_cluster_parse(const struct kubeconfig_entry *e, struct kube_config *config,
                         struct error **err);
int config_user_parse(const struct kubeconfig_entry *e, struct kube_config *config,
                      struct error **err);
int config_exec_parse(const struct kubeconfig_entry *user, struct kube_exec **out,
                      struct error **err);
/* What the cluster says to exec plugins (its extension), as JSON text. NULL: nothing. */
char *config_exec_extension(const struct kubeconfig_entry *cluster);
/* One of NAME-data (base64 in the file) and NAME (a path, which goes to *file, too). Both are
 * refused. NULL: neither. */
int config_pem_parse(const struct kubeconfig_entry *e, const char *field, char **pem, char **file,
                     struct error **err);

#endif
