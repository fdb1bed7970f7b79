/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/conditions.h"

#include "daemon/project/projects.h"
#include "daemon/shared.h"
#include "daemon/signing.h"
#include "daemon/sync/run.h"

/* Is its state told by what is known now? While the daemon starts, or reads a new revision, the
 * last status stands. */
static bool conditions_are_settled(const struct app *app)
{
    return app->state != APP_SOURCE && app->state != APP_RENDER && app->state != APP_REMOTE &&
           app->state != APP_VERIFY && app->state != APP_OBSERVE;
}

bool conditions_have_outcome(const struct app *app)
{
    return conditions_are_settled(app) || (app->state == APP_SOURCE && app->source_error) ||
           (app->state == APP_REMOTE && remotes_problem(app->remotes));
}

/* NULL: the spec can be used. Heap string. */
static char *invalid_spec(const struct daemon *d, const struct app *app)
{
    if (!app->spec)
        return xstrdup(app->spec_error);
    if (!daemon_is_own_cluster(d, app->spec))
        return xasprintf("spec.destination %s is another cluster than this one: ignored here "
                         "(https://kubernetes.default.svc or in-cluster is this one)",
                         *app->spec->dest_server ? app->spec->dest_server : app->spec->dest_name);
    if (app->refusal && streq(app->refusal_type, "InvalidSpecError"))
        return xstrdup(app->refusal);
    return NULL;
}

/* Why desired and live cannot be compared. NULL: they can. Heap string. */
static char *no_comparison(const struct daemon *d, const struct app *app, const char *blocker)
{
    const char *unknown_projects;

    if (!projects_are_known(d->projects, &unknown_projects) && unknown_projects)
        return xasprintf("Failed to load the projects: %s", unknown_projects);
    if (app->source_error)
        return xasprintf("Failed to load target state: %s", app->source_error);
    if (app->state == APP_BROKEN && signing_problem(app))
        return xstrdup(signing_problem(app));
    if (app->state == APP_BROKEN)
        return xasprintf("Failed to load target state: revision %s: %s", app->broken,
                         app->render_error);
    if (remotes_problem(app->remotes))
        return xasprintf("Failed to load target state: %s", remotes_problem(app->remotes));
    if (blocker)
        return xasprintf("Failed to load live state: %s", blocker);
    return observer_problem(d->observer, app);
}

/* What a sync would delete, and a person has to confirm. NULL: nothing. Heap string. */
static char *unconfirmed_prune(const struct app *app)
{
    const char *message = app->op.message;

    if (!app->run || !message || !sync_run_awaits_approval(app->run))
        return NULL;
    if (strstr(message, "deletion-approved"))
        return xstrdup(message);
    return xasprintf("%s: the annotation argocd.argoproj.io/deletion-approved of the Application, "
                     "with the time of now, confirms it",
                     message);
}

bool conditions_update(struct daemon *d, struct app *app, const char *blocker)
{
    cleanup_free char *invalid = invalid_spec(d, app);
    cleanup_free char *comparison = no_comparison(d, app, blocker);
    cleanup_free char *shared = shared_objects(app, d->observer);
    cleanup_free char *outside = observer_outside(d->observer, app);
    cleanup_free char *rules = ignore_rules_report(app->ignore, d->jq);
    cleanup_free char *fights = observer_fights(d->observer, app, &app->fights_until_ms);
    cleanup_free char *prune = unconfirmed_prune(app);

    if (!conditions_are_settled(app) && !comparison)
        return false;
    app_set_condition(app, "InvalidSpecError", invalid);
    app_set_condition(app, "UnknownError", app->refusal && !invalid ? app->refusal : NULL);
    app_set_condition(app, "ComparisonError", comparison);
    app_set_condition(app, "SharedResourceWarning", shared);
    app_set_condition(app, "NotConvergingWarning", fights);
    app_set_condition(app, "NamespaceNotWatchedError", outside);
    app_set_condition(app, "IgnoreDifferencesWarning", rules);
    app_set_condition(app, "PruneConfirmationWarning", prune);
    return true;
}
