/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operate: have an operation of an Application done, and tell how it goes and ends.
 * It is written as `argocd app sync` writes it (request.h), under the condition that nobody changed
 * the Application meanwhile.
 */
#ifndef GITOPSD_CLI_VERBS_OPERATE_H
#define GITOPSD_CLI_VERBS_OPERATE_H

#include "cli/verbs/cluster.h"
#include "cli/verbs/request.h"

#define OPERATE_TIMEOUT_MS 300000

/* Make the operation from the document as it is now. */
typedef int operate_make_fn(void *arg, const json_t *app, json_t **operation, struct error **err);

struct operate {
    const char *app;  /* NAME or NAMESPACE/NAME */
    const char *verb; /* "sync": for people */
    bool is_dry_run;
    operate_make_fn *make;
    void *arg;
    struct sync_request *request; /* gets its user and id */
};

/* The options that verbs with an operation share, to stand in their tables. */
#define OPERATE_OPTIONS                                                                            \
    {"prune", 0, NULL, "delete what the revision does not have any more"},                         \
        {"dry-run", 0, NULL, "have everything checked by the API server, and nothing written"},    \
        {"force", 0, NULL, "delete and make again what cannot be changed in place"},               \
        {"no-wait", 0, NULL, "ask for it, and do not wait for its end"},                           \
        {"timeout", 0, "DURATION", "how long to wait; 0: for ever (5m)"},                          \
    {                                                                                              \
        "output", 'o', "table|json|yaml", "the results as a table, or the whole operationState"    \
    }

/* Write it, wait for its end and print its results, as the options say. -1 where it failed, with
 * its message and the objects that did. */
int operate_run(const struct options *o, struct cluster *c, const struct operate *op,
                struct error **err);

/* PATCH application/merge-patch+json of an Application. `*out` (may be NULL): as it is then. */
int operate_patch(struct cluster *c, const char *app, const json_t *patch, json_t **out,
                  struct error **err);

#endif
