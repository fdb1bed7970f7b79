/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/remedy.h"

#include "lib/base/mem.h"

/* The first whose type is the condition's and whose words are in its message counts. */
static const struct {
    const char *type;
    const char *words; /* NULL: any */
    const char *remedy;
} remedies[] = {
    {"InvalidSpecError", NULL,
     "edit the field of the Application that the message names, or its project"},
    {"UnknownError", "size limit", "split the Application: its status is too large"},
    {"UnknownError", NULL, "add the namespace to sourceNamespaces of the project"},
    {"ComparisonError", "Failed to load target state",
     "push a commit that mends what the message names, or see to the repository"},
    {"ComparisonError", "Failed to load live state",
     "grant gitopsd list and watch of that kind, or see to its definition or APIService"},
    {"ComparisonError", "Failed to compare live state",
     "mend the webhook that the server's message names, or grant gitopsd patch"},
    {"NamespaceNotWatchedError", NULL,
     "start gitopsd with that --watch-namespace, too, or move the object"},
    {"SyncError", "wipe out all resources",
     "set syncPolicy.automated.allowEmpty if the commit is meant to hold nothing"},
    {"SyncError", NULL, "mend the object that was refused; it is tried again by itself"},
    {"IgnoreDifferencesWarning", NULL, "correct the rule that the message names"},
    {"ExcludedResourceWarning", NULL,
     "correct resource.exclusions of argocd-cm, or take the object out of Git"},
    {"SharedResourceWarning", NULL,
     "let one of the two Applications go; a sync takes the object over"},
    {"PruneConfirmationWarning", NULL,
     "confirm it with the annotation that the message tells, or mend the commit"},
    {"OrphanedResourceWarning", NULL,
     "delete the objects, put them into Git, or list them in orphanedResources.ignore"},
    {"RepeatedResourceWarning", NULL, "take one of the two out of Git; the last one counts"},
    {"NotConvergingWarning", NULL, "let one of the two that change these fields go"},
    {"StatusSizeWarning", NULL, "nothing; split the Application to see all of its objects"},
    {"DeletionWarning", NULL, "confirm it, or see to what holds the object that is named"},
};

const char *remedy_of(const char *type, const char *message)
{
    for (size_t i = 0; i < ARRAY_LEN(remedies); i++)
        if (streq(remedies[i].type, type) &&
            (!remedies[i].words || strstr(message, remedies[i].words)))
            return remedies[i].remedy;
    return NULL;
}
