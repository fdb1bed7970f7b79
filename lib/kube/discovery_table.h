/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discovery_table: what discovery answers say, and the table that is made of it.
 * A group_versions list is in the server's order: groups by priority, in a group the preferred
 * version first.
 */
#ifndef GITOPSD_LIB_KUBE_DISCOVERY_TABLE_H
#define GITOPSD_LIB_KUBE_DISCOVERY_TABLE_H

#include "lib/base/vec.h"
#include "lib/kube/discovery.h"

struct group_version {
    char *group; /* "" is the core group */
    char *version;
    bool is_failed;          /* stale, or it did not answer */
    struct ptrvec resources; /* of struct kube_resource, strings owned */
};

struct group_versions {
    struct ptrvec items; /* of struct group_version */
    bool is_aggregated;  /* the resources are known already */
};

/* The answer of /api or /apis, aggregated or plain. ERROR_UNAVAILABLE if it is neither. */
int group_versions_read(struct group_versions *list, const json_t *answer, struct error **err);
/* A plain APIResourceList; anything else marks the group version as failed. */
void group_version_read_list(struct group_version *gv, const json_t *answer);
void group_versions_clear(struct group_versions *list);

/* Takes the resources out of the lists. */
struct kube_discovery *kube_discovery_new(const struct group_versions *const *lists, size_t count);

#endif
