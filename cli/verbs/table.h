/* SPDX-License-Identifier: Apache-2.0 */
/* table: all verbs of gitopsctl, in the order in which the help lists them. */
#ifndef GITOPSD_CLI_VERBS_TABLE_H
#define GITOPSD_CLI_VERBS_TABLE_H

#include "cli/verb.h"

/* Ended by NULL. */
extern const struct verb *const verbs[];
/* NULL: there is none of that name. */
const struct verb *verb_find(const char *name);

extern const struct verb get_verb, describe_verb, diff_verb, history_verb, tree_verb, events_verb,
    plan_verb, fleet_verb;
extern const struct verb sync_verb, refresh_verb, rollback_verb, suspend_verb, resume_verb,
    wait_verb;
extern const struct verb version_verb, man_verb, completion_verb;

#endif
