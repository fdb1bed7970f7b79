/* SPDX-License-Identifier: Apache-2.0 */
/* resource: a kind that the API server serves; paths and queries of its REST interface. */
#ifndef GITOPSD_LIB_KUBE_RESOURCE_H
#define GITOPSD_LIB_KUBE_RESOURCE_H

#include "lib/base/buf.h"

#include <stdbool.h>

/* One kind of object as the API server serves it. Strings are owned by the discovery table. */
struct kube_resource {
    const char *group; /* "" is the core group */
    const char *version;
    const char *kind;
    const char *plural;
    bool namespaced;
    bool can_list;
    bool can_watch;
    bool can_patch;
    bool can_delete;
};

/* "/apis/apps/v1/namespaces/NS/deployments/NAME"; ns is left out for cluster-scoped resources or
 * when NULL or empty (all namespaces); name may be NULL. Heap string. */
char *kube_resource_path(const struct kube_resource *r, const char *ns, const char *name);

/* Append `text` percent-encoded, but for RFC 3986's unreserved characters and ':'. */
void url_put_encoded(struct buf *b, const char *text);
/* Append "?name=value" or "&name=value", encoded. A NULL value adds nothing. */
void url_put_query(struct buf *b, const char *name, const char *value);

#endif
