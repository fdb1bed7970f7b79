/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/apps.h"
#include "cli/verbs/follow.h"
#include "cli/verbs/operate.h"
#include "cli/verbs/print.h"
#include "cli/verbs/progress.h"
#include "cli/verbs/standing.h"
#include "cli/verbs/table.h"
#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

static int make_sync(void *arg, const json_t *app, json_t **operation, struct error **err)
{
    return request_sync(app, arg, operation, err);
}

static int read_resources(const struct options *o, json_t **list, struct error **err)
{
    cleanup_strvec struct strvec texts = {0};

    options_list(o, "resource", &texts);
    for (size_t i = 0; i < texts.len; i++)
        if (request_add_resource(list, texts.items[i], err) < 0)
            return VERB_MISUSE;
    return 0;
}

/* ---- the end of one ---- */

struct ending {
    char *outcome;
};

static bool has_ended(void *arg, const struct map *apps, struct error **err)
{
    struct ending *ending = arg;
    cleanup_standing struct standing s = {0};
    const struct map_entry *e;
    const json_t *state;
    size_t it = 0;

    (void)err;
    if (!(e = map_next(apps, &it)))
        return true;
    standing_read(e->value, &s);
    state = json_object_get(json_object_get(e->value, "status"), "operationState");
    progress_say("%s: ending its operation: %s", e->key, object_string(state, "message"));
    if (s.is_under_way)
        return false;
    ending->outcome = standing_line(object_string(state, "message"));
    return true;
}

static int terminate(const struct options *o, struct cluster *c, const char *name,
                     struct error **err)
{
    cleanup_json json_t *app = NULL;
    cleanup_json json_t *patch = NULL;
    cleanup_strvec struct strvec keys = {0};
    struct ending ending = {0};
    cleanup_free char *outcome = NULL;
    uint64_t timeout_ms = options_duration_ms(o, "timeout", OPERATE_TIMEOUT_MS);
    int result;

    progress_say("ending the operation of %s", name);
    if (app_get(c, name, &app, err) < 0 || request_terminate(app, &patch, err) < 0 ||
        operate_patch(c, name, patch, NULL, err) < 0)
        return -1;
    if (options_has(o, "no-wait")) {
        progress_erase();
        printf("%s: the end of its operation is asked for\n", name);
        return 0;
    }
    strvec_take(&keys, follow_key(app));
    result =
        follow_until(c, &(struct follow_spec){.keys = &keys}, timeout_ms, has_ended, &ending, err);
    outcome = ending.outcome;
    if (result < 0)
        return error_wrap(err, "%s: its operation has not ended", name);
    progress_erase();
    printf("%s: %s\n", name, outcome && *outcome ? outcome : "its operation has ended");
    return 0;
}

/* ---- the verb ---- */

static int sync_one(const struct options *o, struct cluster *c, struct operate *op, const char *app,
                    struct error **err)
{
    op->app = app;
    return options_has(o, "terminate") ? terminate(o, c, app, err) : operate_run(o, c, op, err);
}

/* One after the other; one that fails does not keep the others from it. */
static int sync_each(const struct options *o, struct cluster *c, struct operate *op,
                     const struct strvec *names, struct error **err)
{
    size_t failed = 0;

    for (size_t i = 0; i < names->len; i++) {
        cleanup_error struct error *why = NULL;

        if (sync_one(o, c, op, names->items[i], &why) == 0)
            continue;
        if (names->len == 1 || error_kind(why) == ERROR_CANCELED)
            return error_move(err, &why);
        if (!str_has_prefix(error_message(why), names->items[i]))
            error_wrap(&why, "%s", names->items[i]);
        print_note("gitopsctl sync: %s", error_message(why));
        failed++;
    }
    return failed
               ? error_set(err, ERROR_INVALID, "%zu of %zu Applications failed", failed, names->len)
               : 0;
}

/* As they were named, or by key where they were selected. */
static int choose_names(const struct options *o, struct cluster *c, struct strvec *names,
                        struct error **err)
{
    cleanup_json json_t *apps = NULL;

    for (size_t i = 0; i < o->arguments.len; i++)
        strvec_push(names, options_argument(o, i));
    if (names->len)
        return 0;
    if (app_choose_some(c, o, &apps, err) < 0)
        return -1;
    follow_keys(apps, names);
    return 0;
}

static int sync_run(const struct invocation *in, struct error **err)
{
    const struct options *o = in->options;
    cleanup_cluster struct cluster *c = NULL;
    cleanup_json json_t *resources = NULL;
    cleanup_strvec struct strvec names = {0};
    struct sync_request request = {.revision = options_text(o, "revision"),
                                   .prune = options_has(o, "prune"),
                                   .dry_run = options_has(o, "dry-run"),
                                   .force = options_has(o, "force")};
    struct operate op = {.verb = "sync",
                         .is_dry_run = request.dry_run,
                         .make = make_sync,
                         .arg = &request,
                         .request = &request};

    if (app_check_choice(o, err) < 0 || read_resources(o, &resources, err) < 0)
        return VERB_MISUSE;
    request.resources = resources;
    if (cluster_open(o, &c, err) < 0 || choose_names(o, c, &names, err) < 0)
        return -1;
    return sync_each(o, c, &op, &names, err);
}

static const struct option_spec options[] = {
    {"revision", 0, "REVISION", "a commit, branch or tag instead of what the Application follows"},
    {"resource", 0, "GROUP:KIND:NAMESPACE/NAME",
     "only this object (apps:Deployment:shop/web); may be repeated"},
    {"terminate", 0, NULL, "end the operation that is under way"},
    OPERATE_OPTIONS,
    {.name = NULL},
};

const struct verb sync_verb = {
    .name = "sync",
    .summary = "have Applications synced now, and tell how it goes",
    .arguments = "[NAMESPACE/]APP...",
    .max_arguments = VERB_ANY_ARGUMENTS,
    .about =
        "Writes the operation that `argocd app sync` writes, waits for its end, and prints what\n"
        "became of each object. Fails (1) where the operation does, with its message and the\n"
        "objects that were refused. Several Applications are synced one after the other. Of each,\n"
        "only one operation of a person runs at a time.\n"
        "\n"
        "An Application that follows a branch by itself is not synced to another revision:\n"
        "suspend it first. With --resource no hooks run, and the history is not written.\n",
    .examples = "gitopsctl sync shop\n"
                "gitopsctl sync -l team=payments\n"
                "# What would the API server say?\n"
                "gitopsctl sync shop --dry-run --prune\n"
                "gitopsctl sync shop --resource apps:Deployment:shop/web\n"
                "# What is under way does not come to an end\n"
                "gitopsctl sync shop --terminate\n",
    .options = options,
    .common = VERB_CLUSTER | VERB_SELECTOR,
    .group = VERB_ACT,
    .run = sync_run,
};
