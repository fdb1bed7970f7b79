/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/operate.h"
#include "cli/verbs/table.h"

#include <limits.h>

struct rollback {
    json_int_t id; /* -1: the one before the last */
    struct sync_request request;
};

static int make_rollback(void *arg, const json_t *app, json_t **operation, struct error **err)
{
    struct rollback *r = arg;

    return request_rollback(app, r->id, &r->request, operation, err);
}

static int read_id(const char *text, json_int_t *id, struct error **err)
{
    char *end;

    if (!text)
        return 0;
    *id = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || *id == LONG_MAX)
        return misuse(err, "%s is no id of an entry of the history: gitopsctl history lists them",
                      text);
    return 0;
}

static int rollback_run(const struct invocation *in, struct error **err)
{
    const struct options *o = in->options;
    cleanup_cluster struct cluster *c = NULL;
    struct rollback r = {.id = -1,
                         .request = {.prune = options_has(o, "prune"),
                                     .dry_run = options_has(o, "dry-run"),
                                     .force = options_has(o, "force")}};
    struct operate op = {.app = options_argument(o, 0),
                         .verb = "rollback",
                         .is_dry_run = r.request.dry_run,
                         .make = make_rollback,
                         .arg = &r,
                         .request = &r.request};

    if (read_id(options_argument(o, 1), &r.id, err) < 0)
        return VERB_MISUSE;
    if (cluster_open(o, &c, err) < 0)
        return -1;
    return operate_run(o, c, &op, err);
}

static const struct option_spec options[] = {
    OPERATE_OPTIONS,
    {.name = NULL},
};

const struct verb rollback_verb = {
    .name = "rollback",
    .summary = "have an Application synced to what it was before",
    .arguments = "[NAMESPACE/]APP [ID]",
    .min_arguments = 1,
    .max_arguments = 2,
    .about = "ID is that of an entry of `gitopsctl history`; by default the one before the last.\n"
             "As with Argo CD its hooks do not run.\n"
             "\n"
             "An Application that follows a branch by itself would come back at once, and is\n"
             "refused: revert the commit in Git, which rolls back every cluster alike, or suspend\n"
             "the Application first.\n",
    .examples = "gitopsctl suspend shop && gitopsctl rollback shop\n"
                "gitopsctl rollback shop 12 --prune\n",
    .options = options,
    .common = VERB_CLUSTER,
    .group = VERB_ACT,
    .run = rollback_run,
};
