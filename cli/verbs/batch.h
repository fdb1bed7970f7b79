/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch: many requests to the cluster, side by side, with how many are done on the progress line.
 * Errors stay with their request, explained (cluster_explain).
 */
#ifndef GITOPSD_CLI_VERBS_BATCH_H
#define GITOPSD_CLI_VERBS_BATCH_H

#include "cli/verbs/cluster.h"

struct batch_request {
    char *path;               /* owned, as all below is but the constants; without page and query */
    const char *selector;     /* of labels; NULL: none. Borrowed */
    const char *method;       /* NULL: GET */
    const char *content_type; /* of the body */
    char *body;               /* NULL: none */
    bool is_list;             /* all pages of a collection; the answer is the array of its items */

    /* When it is over, one of them: */
    json_t *answer;
    struct error *err;
};

struct batch {
    struct batch_request *items;
    size_t len;
};

/* A GET of that path (taken). Borrowed until the next one is added. */
struct batch_request *batch_add(struct batch *b, char *path);
/* Returns when all are over. */
void batch_run(struct batch *b, struct cluster *c);
void batch_clear(struct batch *b);
#define cleanup_batch __attribute__((cleanup(batch_clear)))

#endif
