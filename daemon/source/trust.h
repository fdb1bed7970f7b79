/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust: by what Git servers are known, from Argo CD's ConfigMaps in the control namespace: the CAs
 * of a host (argocd-tls-certs-cm, a key for each host name) and the ssh host keys
 * (argocd-ssh-known-hosts-cm, key ssh_known_hosts), watched live. They count beside what the
 * machine trusts: its CAs, and the known_hosts files of the user and the machine. Source: Argo CD
 * (argocd-behaviour, section 7.3); there a host's CAs replace those of the system. Thread: the loop
 * thread.
 */
#ifndef GITOPSD_DAEMON_SOURCE_TRUST_H
#define GITOPSD_DAEMON_SOURCE_TRUST_H

#include "lib/git/git.h"
#include "lib/kube/discovery.h"

struct trust;

/* Runs when something else may be trusted from now on. */
typedef void trust_changed_fn(void *arg);

struct trust *trust_new(struct kube_client *client, const char *control_namespace,
                        trust_changed_fn *changed, void *arg);
/* Before kube_client_free. NULL is allowed. */
void trust_free(struct trust *t);
/* Once; `d` is ref'd. */
void trust_watch(struct trust *t, struct kube_discovery *d);

/* The same credentials (NULL: none) with what a server at this URL is known by. Borrowed until the
 * next call. */
const struct git_credentials *trust_add(struct trust *t, const char *url,
                                        const struct git_credentials *credentials);

#endif
