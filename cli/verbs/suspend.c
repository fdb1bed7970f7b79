/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/app_facts.h"
#include "cli/verbs/apps.h"
#include "cli/verbs/operate.h"
#include "cli/verbs/progress.h"
#include "cli/verbs/request.h"
#include "cli/verbs/standing.h"
#include "cli/verbs/table.h"
#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

/* An Application that is itself deployed from Git comes back as Git has it. */
static void warn_of_parent(const json_t *app, bool suspend)
{
    const char *id = object_annotation(app, TRACKING_ANNOTATION);
    int len = (int)strcspn(id, ":");

    if (suspend && len)
        fprintf(stderr,
                "%s: it is deployed by the Application %.*s, which may undo this: suspend that as "
                "well, or write it in Git\n",
                object_meta_string(app, "name"), len, id);
}

static int check(const json_t *app, bool suspend, struct error **err)
{
    cleanup_standing struct standing s = {0};

    standing_read(app, &s);
    if (s.is_suspended == suspend)
        return 0;
    return error_set(
        err, ERROR_UNSUPPORTED,
        "%s: the API server drops spec.syncPolicy.automated.enabled: its definition of "
        "Application is of an Argo CD before 3.1; install the one of config/crd",
        object_meta_string(app, "name"));
}

static void tell_nothing(const json_t *app, bool suspend)
{
    cleanup_standing struct standing s = {0};
    const char *name = object_meta_string(app, "name");

    standing_read(app, &s);
    if (!suspend)
        printf("%s: is not suspended\n", name);
    else if (s.is_automated)
        printf("%s: is suspended already\n", name);
    else
        printf("%s: has no automated sync to suspend\n", name);
}

static int set_one(struct cluster *c, const char *arg, bool suspend, struct error **err)
{
    cleanup_json json_t *app = NULL;
    cleanup_json json_t *patch = NULL;
    cleanup_json json_t *now = NULL;

    progress_say("%s %s", suspend ? "suspending" : "resuming", arg);
    if (app_get(c, arg, &app, err) < 0 || request_suspend(app, suspend, &patch, err) < 0)
        return -1;
    progress_erase();
    if (!patch) {
        tell_nothing(app, suspend);
        return 0;
    }
    if (operate_patch(c, arg, patch, &now, err) < 0 || check(now, suspend, err) < 0)
        return -1;
    progress_erase();
    warn_of_parent(app, suspend);
    printf("%s: %s\n", object_meta_string(app, "name"), suspend ? "suspended" : "resumed");
    return 0;
}

static int set_all(const struct options *o, bool suspend, struct error **err)
{
    cleanup_cluster struct cluster *c = NULL;

    if (cluster_open(o, &c, err) < 0)
        return -1;
    for (size_t i = 0; i < o->arguments.len; i++)
        if (set_one(c, options_argument(o, i), suspend, err) < 0)
            return -1;
    return 0;
}

static int suspend_run(const struct invocation *in, struct error **err)
{
    return set_all(in->options, true, err);
}

static int resume_run(const struct invocation *in, struct error **err)
{
    return set_all(in->options, false, err);
}

const struct verb suspend_verb = {
    .name = "suspend",
    .summary = "stop the automated sync of Applications",
    .arguments = "[NAMESPACE/]APP...",
    .min_arguments = 1,
    .max_arguments = VERB_ANY_ARGUMENTS,
    .about = "Sets spec.syncPolicy.automated.enabled to false, as Argo CD 3 knows it: prune,\n"
             "selfHeal and all else stay as they are, for `gitopsctl resume`. What differs is\n"
             "still told, and a sync by hand is possible. A sync of the automation that is under\n"
             "way ends.\n",
    .examples = "gitopsctl suspend shop\n",
    .common = VERB_CLUSTER,
    .group = VERB_ACT,
    .run = suspend_run,
};

const struct verb resume_verb = {
    .name = "resume",
    .summary = "go on with the automated sync of Applications",
    .arguments = "[NAMESPACE/]APP...",
    .min_arguments = 1,
    .max_arguments = VERB_ANY_ARGUMENTS,
    .about = "Takes back what `gitopsctl suspend` did. What Git and the cluster have become since\n"
             "is synced at once.\n",
    .examples = "gitopsctl resume shop\n",
    .common = VERB_CLUSTER,
    .group = VERB_ACT,
    .run = resume_run,
};
