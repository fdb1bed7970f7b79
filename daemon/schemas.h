/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schemas: what the cluster says about the fields of its kinds, one schema per group version,
 * brought here when it is first asked for.
 * The index of OpenAPI v3 is read again after cluster_schemas_refresh, and some times in the
 * seconds after it, as the API server learns of new definitions a moment after discovery shows
 * them; a document is fetched again only when its hash changed. A group version that fails keeps
 * what it had, else the built-in table answers for it, and it is asked for again with a growing
 * delay. Thread: the loop thread. `changed` runs from the loop, never from inside a call; what
 * happens shortly one after the other is told once. Memory: a type that was found is borrowed until
 * `changed` runs.
 */
#ifndef GITOPSD_DAEMON_SCHEMAS_H
#define GITOPSD_DAEMON_SCHEMAS_H

#include "lib/base/worker.h"
#include "lib/kube/client.h"
#include "lib/kube/schema.h"

struct cluster_schemas;
/* Types arrived or changed, or it turned out that there are none. */
typedef void cluster_schemas_changed_fn(void *arg);

/* `dir` is for the cache on disk, and is made; `client` and `pool` outlive it. */
struct cluster_schemas *cluster_schemas_new(uv_loop_t *loop, struct kube_client *client,
                                            struct worker_pool *pool, const char *dir,
                                            cluster_schemas_changed_fn *changed, void *arg);
/* Ends everything, without `changed`; the memory goes when the loop ran. Free the client and the
 * pool after it. */
void cluster_schemas_free(struct cluster_schemas *s);

/* Discovery changed: read the index again. */
void cluster_schemas_refresh(struct cluster_schemas *s);

/* NULL: nothing is known of the kind. *pending: the cluster's own is on the way, `changed` will
 * tell; what is returned by then is of the built-in table. */
const struct kube_type *cluster_schemas_find(struct cluster_schemas *s, const char *group,
                                             const char *version, const char *kind, bool *pending);

/* For metrics: the heap that the schemas hold. */
size_t cluster_schemas_bytes(const struct cluster_schemas *s);

#endif
