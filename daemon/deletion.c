/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/deletion.h"

#include "daemon/follow.h"
#include "daemon/operation.h"
#include "daemon/permit.h"
#include "daemon/reconcile.h"
#include "daemon/sync/prune.h"
#include "daemon/wants.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#define DELETION_RETRY_MS 5000
#define CONFLICT_RETRY_MS 500

static void on_finalized(void *arg, const json_t *answer, const struct error *err)
{
    struct app *app = arg;

    (void)answer;
    app->fetching--;
    if (app_is_gone(app))
        return;
    app->finalizing = false;
    if (!err || error_kind(err) == ERROR_NOT_FOUND || app->daemon->stopping)
        return;
    app->retry_at_ms = time_monotonic_ms();
    if (error_kind(err) == ERROR_CONFLICT) { /* its event comes, or has come */
        app->retry_at_ms += CONFLICT_RETRY_MS;
    } else {
        log_event(LOG_WARN, "finalizer not removed", "app", app->qualified, "error",
                  error_message(err), NULL);
        app->retry_at_ms += DELETION_RETRY_MS;
    }
    reconcile_schedule(app->daemon, app);
}

static void remove_finalizers(struct daemon *d, struct app *app)
{
    cleanup_json json_t *rest = json_array();
    cleanup_json json_t *patch = NULL;
    const struct kube_resource *r =
        kube_discovery_find(d->discovery, "argoproj.io", "v1alpha1", "Application");
    json_t *item;
    size_t i;

    if (app->finalizing || !r)
        return;
    json_array_foreach (app->finalizers, i, item) {
        if (!str_has_prefix(json_string_value(item), "resources-finalizer.argocd.argoproj.io"))
            json_array_append(rest, item);
    }
    /* Of exactly this Application: another may have its name by now, or another finalizer. */
    patch = json_pack("{s:{s:O, s:s}}", "metadata", "finalizers", rest, "resourceVersion",
                      app->version);
    app->finalizing = true;
    app->fetching++;
    kube_merge_patch(d->client, r, app->namespace, app->name, patch, on_finalized, app);
}

static void on_progress(void *arg)
{
    (void)arg; /* its objects tell */
}

static void on_deleted_all(void *arg, struct sync_outcome *outcome)
{
    struct app *app = arg;
    struct daemon *d = app->daemon;

    app->run = NULL;
    operation_run_ended(d);
    if (outcome->end == SYNC_FAILED && !app->removed) {
        app_set_condition(app, "DeletionError", outcome->message);
        app->attempts++;
        app->retry_at_ms = time_monotonic_ms() + DELETION_RETRY_MS;
    }
    free(outcome->message);
    if (!app_is_gone(app))
        reconcile_schedule(d, app);
}

/* Delete what the application deployed, then let it go. */
void deletion_continue(struct daemon *d, struct app *app)
{
    struct plan plan;
    struct plan_options options = {.prune = true, .deletion = true};
    struct desired_set *former = app->desired;
    cleanup_error struct error *err = NULL;
    cleanup_free char *user = NULL;
    const char *blocker;
    struct map_entry *e;
    size_t it = 0;
    size_t left = 0;

    follow_stop(app);
    remotes_free(TAKE(app->remotes));
    if (former) {
        app->desired = xcalloc(1, sizeof(*app->desired));
        observer_want(d->observer, app, former);
        desired_set_free(former);
    }
    if (!d->catalog_complete || !d->discovery || app->render_running ||
        !wants_known_kinds(d, app) || !observer_is_ready(d->observer, app, &blocker) ||
        app->retry_at_ms > time_monotonic_ms() || renderer_pending(d->renderer))
        return;
    while ((e = map_next(&app->tracked, &it)))
        if (plan_is_extra(app, e->value) && !((struct object *)e->value)->no_delete) {
            if (!object_kind_is_synced(e->value)) /* its kind wakes us when it is seen again */
                return;
            left++;
        }
    if (!left) {
        remove_finalizers(d, app);
        return;
    }
    plan_build(&plan, app, d->observer, &options);
    if (!plan.len) { /* all of them are going already: their events wake us */
        plan_clear(&plan);
        return;
    }
    if (app->spec && permit_user(d, app, &user, &err) < 0) {
        plan_clear(&plan);
        app_set_condition(app, "DeletionError", error_message(err));
        return;
    }
    log_event(LOG_INFO, "deleting what the application deployed", "app", app->qualified, NULL);
    app_operation_clear(&app->op);
    app->op.started_ms = time_wall_ms();
    d->runs++;
    app->run = sync_run_start(
        d->syncer,
        &(struct sync_run_spec){.app = app,
                                .plan = &plan,
                                .propagation = app->foreground ? "Foreground" : "Background",
                                .user = user,
                                .progress = on_progress,
                                .done = on_deleted_all,
                                .arg = app});
}
