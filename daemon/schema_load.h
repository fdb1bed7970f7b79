/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_load: bring one schema here: from the cache on disk, else from the API server.
 * The cache holds the reduced form in files called by the hash of the document's URL, which has
 * the hash of its content; a file that is damaged counts for nothing. URLs without a hash are not
 * cached.
 * Thread: the loop thread; files and documents are read by workers.
 */
#ifndef GITOPSD_DAEMON_SCHEMA_LOAD_H
#define GITOPSD_DAEMON_SCHEMA_LOAD_H

#include "lib/base/worker.h"
#include "lib/kube/openapi.h"
#include "lib/kube/schema.h"

struct schema_load;
/* `schema` is borrowed, NULL on error. Exactly once, unless the load is canceled; never before
 * schema_load_start returns. */
typedef void schema_load_done_fn(void *arg, struct kube_schema *schema, const struct error *err);
struct schema_load *schema_load_start(struct kube_client *client, struct worker_pool *pool,
                                      const char *dir, const char *url, schema_load_done_fn *done,
                                      void *arg);
/* `done` does not run any more. */
void schema_load_cancel(struct schema_load *l);

#endif
