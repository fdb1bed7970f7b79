/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discovery: which kinds the API server serves. Aggregated discovery
 * (application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList) where it is served, else
 * one request per group version.
 * A group that is stale or does not answer is listed as failed: its kinds are unknown, not absent.
 */
#ifndef GITOPSD_LIB_KUBE_DISCOVERY_H
#define GITOPSD_LIB_KUBE_DISCOVERY_H

#include "lib/kube/client.h"

/* Immutable, reference counted. */
struct kube_discovery;
struct kube_discovery *kube_discovery_ref(struct kube_discovery *d);
void kube_discovery_unref(struct kube_discovery *d);

/* Exact version; NULL means not served. */
const struct kube_resource *kube_discovery_find(const struct kube_discovery *d, const char *group,
                                                const char *version, const char *kind);
/* The preferred version of a group and kind. */
const struct kube_resource *kube_discovery_preferred(const struct kube_discovery *d,
                                                     const char *group, const char *kind);
/* Did the group fail to answer (an APIService that is down)? */
bool kube_discovery_group_failed(const struct kube_discovery *d, const char *group);
/* All resources (subresources apart), each group's preferred version only. */
size_t kube_discovery_count(const struct kube_discovery *d);
const struct kube_resource *kube_discovery_at(const struct kube_discovery *d, size_t index);

struct kube_discovery_request;
/* `d` is borrowed (ref it to keep it); NULL on error. Exactly once. */
typedef void kube_discovery_done_fn(void *arg, struct kube_discovery *d, const struct error *err);
struct kube_discovery_request *kube_discovery_start(struct kube_client *client,
                                                    kube_discovery_done_fn *done, void *arg);
void kube_discovery_cancel(struct kube_discovery_request *r);

#endif
