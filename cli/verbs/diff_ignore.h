/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_ignore: leaves out of both sides of a difference what does not count: spec.ignoreDifferences
 * and resource.customizations.ignoreDifferences.* of argocd-cm (daemon/compare/ignore.h). jq
 * expressions are run by gitopsd-jq, beside this program.
 */
#ifndef GITOPSD_CLI_VERBS_DIFF_IGNORE_H
#define GITOPSD_CLI_VERBS_DIFF_IGNORE_H

#include "cli/verbs/cluster.h"
#include "daemon/render/desired.h"

struct diff_ignore;

/* `app` may be NULL: then only what the settings say counts. */
struct diff_ignore *diff_ignore_new(struct cluster *c, const json_t *app,
                                    const struct settings *settings, const struct desired_set *set);
void diff_ignore_free(struct diff_ignore *x);

/* Copies of `live` and `after` (each may be NULL, and gives NULL) without those places. Blocks. */
void diff_ignore_apply(struct diff_ignore *x, const struct desired *d, const json_t *live,
                       const json_t *after, json_t **from, json_t **to);
/* Append what is wrong with rules. */
void diff_ignore_report(struct diff_ignore *x, struct strvec *notes);

#endif
