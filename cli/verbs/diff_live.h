/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_live: what a sync would change in the cluster: the API server says by a dry run of the same
 * server-side apply what it would make of each object, with the user's own rights (get and patch).
 * Nothing is written. Differences that the Application or argocd-cm ignore do not count.
 */
#ifndef GITOPSD_CLI_VERBS_DIFF_LIVE_H
#define GITOPSD_CLI_VERBS_DIFF_LIVE_H

#include "cli/verbs/cluster.h"
#include "cli/verbs/diff_result.h"
#include "daemon/settings/settings.h"

struct diff_target {
    const json_t *app;     /* NULL: none, objects are compared without what tracks them, and what is
                              no longer there is not known */
    const char *instance;  /* of the Application, for tracking */
    const char *namespace; /* of objects that name none */
    const struct settings *settings;
};

/* `objects` are consumed. What cannot be compared is in r->errors. */
int diff_live(struct cluster *c, const struct diff_target *target, json_t *objects,
              struct diff_result *r, struct error **err);

#endif
