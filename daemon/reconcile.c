/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reconcile.h"

#include "daemon/app/pin.h"
#include "daemon/conditions.h"
#include "daemon/deletion.h"
#include "daemon/finalizers.h"
#include "daemon/follow.h"
#include "daemon/look.h"
#include "daemon/operation.h"
#include "daemon/orphans.h"
#include "daemon/permit.h"
#include "daemon/project_release.h"
#include "daemon/refresh.h"
#include "daemon/rendering.h"
#include "daemon/schedule.h"
#include "daemon/signing.h"
#include "daemon/status/status.h"
#include "daemon/sync/prune.h"
#include "daemon/sync/run.h"
#include "daemon/wants.h"
#include "lib/base/log.h"
#include "lib/base/time.h"

/* ---- source ---- */

static void subscribe(struct daemon *d, struct app *app)
{
    remotes_free(TAKE(app->remotes));
    follow_start(d, app);
}

void reconcile_app_changed(struct daemon *d, struct app *app, bool spec_changed)
{
    if (!app->requested)
        app->request_done = false;
    if (spec_changed) {
        log_event(LOG_INFO, "application changed", "app", app->qualified, NULL);
        render_record_free(TAKE(app->record));
        app->retry_at_ms = 0;
        app->attempts = 0;
        permit_follow(d, app);
        subscribe(d, app);
        project_release(d); /* it may have left one */
        orphans_follow(d->orphans);
    }
    schedule_app(d, app);
}

void reconcile_projects_changed(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it))) {
        struct app *app = e->value;

        if (permit_follow(d, app))
            subscribe(d, app);
        remotes_permit_again(app->remotes);
        if (app->refusal && app->run)
            sync_run_cancel(app->run);
        app->retry_at_ms = 0;
    }
    project_release(d);
    orphans_follow(d->orphans);
    schedule_all(d);
}

void reconcile_app_removed(struct daemon *d, struct app *app)
{
    log_event(LOG_INFO, "application removed", "app", app->qualified, NULL);
    follow_stop(app);
    remotes_free(TAKE(app->remotes));
    status_writer_forget(d->status, app);
    if (daemon_acts(d))
        operation_release_hooks(d, app);
    observer_remove_app(d->observer, app);
    map_remove(&d->apps, app->qualified);
    for (size_t i = 0; i < d->scheduled.len; i++)
        if (d->scheduled.items[i] == app)
            d->scheduled.items[i] = NULL;
    if (app->run)
        sync_run_cancel(app->run);
    app->removed = true;
    app_is_gone(app);
    schedule_all(d); /* what it held may now belong to others */
    project_release(d);
    orphans_follow(d->orphans);
}

/* ---- the map ---- */

/* The map. Facts in, state out; nothing is changed here. */
static enum app_state next_state(const struct daemon *d, const struct app *app)
{
    const char *blocker;

    if (finalizers_ask_us(app) && !daemon_acts(d) && !app->run)
        return APP_STANDBY;
    if (finalizers_ask_us(app) &&
        (!finalizers_want_render(app) || !app->spec || !daemon_is_own_cluster(d, app->spec) ||
         !app->project || app->refusal))
        return app->run ? APP_SYNC : APP_DELETING;
    if (!app->spec || !daemon_is_own_cluster(d, app->spec))
        return APP_INVALID;
    if (app->refusal)
        return app->run ? APP_SYNC : APP_INVALID;
    if (!app->project || !app->target[0] || !d->discovery || !d->settings)
        return APP_SOURCE;
    if (app->render_running)
        return APP_RENDER;
    if (!rendering_is_done(d, app)) {
        if (!rendering_has_failed(d, app))
            return APP_RENDER;
        return app->waits ? APP_REMOTE : APP_BROKEN;
    }
    if (app->run)
        return APP_SYNC;
    if (signing_is_pending(app))
        return APP_VERIFY;
    if (signing_problem(app))
        return APP_BROKEN;
    if (finalizers_ask_us(app))
        return APP_DELETING;
    if (!observer_is_ready(d->observer, app, &blocker))
        return APP_OBSERVE;
    if (wants_judgement(d, app))
        return APP_OBSERVE;
    if (!daemon_acts(d))
        return APP_STANDBY;
    if (app->retry_at_ms > time_monotonic_ms() && (operation_is_open(app) || !wants_request(app)))
        return APP_BACKOFF;
    if (!wants_sync(d, app))
        return APP_IDLE;
    if (app->shut)
        return operation_is_open(app) ? APP_WINDOW : APP_IDLE;
    if (!app->from_file && app->recorded_kinds < app->owned_kinds.count)
        return APP_RECORD;
    if (wants_renders(d, app)) /* the last one wakes it */
        return APP_OBSERVE;
    return APP_SYNC;
}

/* ---- entering a state ---- */

static void enter_idle(struct daemon *d, struct app *app)
{
    cleanup_free char *wipe = NULL;

    look_again(d, app, !app->spec->automated || !app->spec->self_heal);
    if (wants_drifted(d, app))
        return;
    if (!app->spec->automated || wants_successor(app)) /* which waits for a window */
        return;
    app->prune_owed = wants_owed(app) > 0 && (app->prune_owed || !app_is_synced(app));
    revision_set(&app->synced, app->rendered);
    app->synced_sources = packed_hash(app_sources_now(app)->written);
    app->synced_remotes = app->rendered_remotes;
    if (app->spec->prune && wants_wipe_out(app))
        wipe = xasprintf("Skipping sync attempt to [%s]: auto-sync will wipe out all resources; "
                         "set spec.syncPolicy.automated.allowEmpty if that is meant",
                         app->rendered);
    app_set_condition(app, "SyncError", wipe);
}

/* The only place that changes the state. */
static void app_enter(struct daemon *d, struct app *app, enum app_state next)
{
    bool render_wanted = next == APP_RENDER && !app->render_running;

    if (app->state != next) {
        log_debug("app %s: %s -> %s", app->qualified, app_state_name(app->state),
                  app_state_name(next));
        app->state_since_ms = time_monotonic_ms();
    }
    app->state = next;
    switch (next) {
    case APP_RENDER:
        if (render_wanted)
            rendering_start(d, app);
        break;
    case APP_RECORD:
        app->status_urgent |= !app->recording;
        app->recording = true;
        break;
    case APP_SYNC:
        if (!app->run)
            operation_start(d, app);
        break;
    case APP_WINDOW: operation_block(app); break;
    case APP_IDLE: enter_idle(d, app); break;
    case APP_DELETING: deletion_continue(d, app); break;
    case APP_OBSERVE:
        if (wants_judgement(d, app))
            look_again(d, app, false);
        break;
    case APP_INVALID:
    case APP_SOURCE:
    case APP_VERIFY:
    case APP_REMOTE:
    case APP_STANDBY:
    case APP_BACKOFF: break;
    case APP_BROKEN:
        if (finalizers_ask_us(app))
            deletion_is_blocked(app,
                                signing_problem(app) ? signing_problem(app) : app->render_error);
        break;
    }
}

/* All that the last process owned has been looked for. */
static void forget_inherited(struct daemon *d, struct app *app)
{
    if (!app->inherited || !wants_known_kinds(d, app))
        return;
    packed_unref(TAKE(app->inherited));
}

static void reconcile(struct daemon *d, struct app *app)
{
    const char *blocker = NULL;

    if (daemon_acts(d)) {
        forget_inherited(d, app);
        refresh_begin(d, app);
        operation_follow(d, app);
        operation_release_going(d, app);
    }
    permit_look_at_windows(app);
    signing_look(d, app);
    look_at_unasked(d, app);
    if (app->run)
        sync_run_wake(app->run);
    app_enter(d, app, next_state(d, app));
    if (app->state == APP_OBSERVE)
        observer_is_ready(d->observer, app, &blocker);
    if (!conditions_update(d, app, blocker)) {
        if (app->status_urgent)
            status_writer_wake(d->status, app);
        return;
    }
    if (conditions_have_outcome(app))
        refresh_end(app);
    if (daemon_acts(d))
        finalizers_follow_hooks(d, app);
    status_update_health(app, d->observer);
    app->reconciled_ms = time_wall_ms();
    app->status_dirty = true; /* whether anything changed is found when it is written */
    status_writer_wake(d->status, app);
}

void reconcile_run(struct daemon *d)
{
    /* What is scheduled meanwhile is looked at in the next turn. */
    struct ptrvec now = d->scheduled;

    d->scheduled = (struct ptrvec){0};
    for (size_t i = 0; i < now.len; i++) {
        struct app *app = now.items[i];

        if (!app || app->removed)
            continue;
        app->scheduled = false;
        d->stats.reconciles++;
        reconcile(d, app);
    }
    ptrvec_clear(&now);
}
