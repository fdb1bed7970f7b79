/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/table.h"

#include "cli/health.h"
#include "cli/render.h"

const struct verb *const verbs[] = {
    &get_verb,      &describe_verb, &diff_verb,   &tree_verb,       &history_verb,
    &events_verb,   &fleet_verb,    &plan_verb,   &sync_verb,       &refresh_verb,
    &rollback_verb, &suspend_verb,  &resume_verb, &wait_verb,       &render_verb,
    &health_verb,   &version_verb,  &man_verb,    &completion_verb, NULL,
};

const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; verbs[i]; i++)
        if (streq(verbs[i]->name, name))
            return verbs[i];
    return NULL;
}
