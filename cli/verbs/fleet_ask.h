/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fleet_ask: the Applications of all clusters, asked at once, each cluster with a deadline of its
 * own. Blocks.
 */
#ifndef GITOPSD_CLI_VERBS_FLEET_ASK_H
#define GITOPSD_CLI_VERBS_FLEET_ASK_H

#include "cli/verbs/fleet_contexts.h"

struct fleet_question {
    const char *namespace;       /* NULL: all */
    const char *selector;        /* NULL: any labels */
    const struct strvec *wanted; /* names, or NAMESPACE/NAME; empty: all */
    uint64_t timeout_ms;         /* of one cluster; 0: none */
};

/* Each cluster of the fleet has its applications, or an error, then. */
void fleet_ask(struct fleet_contexts *c, const struct fleet_question *q);
/* Is an Application among the wanted ones? */
bool fleet_is_wanted(const struct strvec *wanted, const json_t *app);

#endif
