/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reconcile.h"

#include "daemon/conditions.h"
#include "daemon/deletion.h"
#include "daemon/finalizers.h"
#include "daemon/follow.h"
#include "daemon/identity.h"
#include "daemon/look.h"
#include "daemon/operation.h"
#include "daemon/orphans.h"
#include "daemon/permit.h"
#include "daemon/pin.h"
#include "daemon/project_release.h"
#include "daemon/refresh.h"
#include "daemon/signing.h"
#include "daemon/sync/prune.h"
#include "daemon/wants.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

/* ---- scheduling ---- */

static void on_turn(uv_idle_t *idle)
{
    (void)idle; /* an active idle handle keeps the loop from waiting */
}

void reconcile_schedule(struct daemon *d, struct app *app)
{
    if (app->scheduled || d->stopping)
        return;
    app->scheduled = true;
    if (!d->scheduled.len)
        d->scheduled_since_ms = time_monotonic_ms();
    ptrvec_push(&d->scheduled, app);
    uv_idle_start(&d->turn, on_turn);
}

void reconcile_schedule_all(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it)))
        reconcile_schedule(d, e->value);
}

/* All that an application waits for by the clock. */
#define WAKE_COUNT 7
static void wakes_of(struct app *app, uint64_t *out[WAKE_COUNT])
{
    out[0] = &app->retry_at_ms;
    out[1] = &app->fights_until_ms;
    out[2] = &app->shut_until_ms;
    out[3] = &app->finalize_at_ms;
    out[4] = &app->stuck_look_ms;
    out[5] = &app->prune_after_ms;
    out[6] = &app->signing_again_ms;
}

uint64_t reconcile_next_retry(const struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;
    uint64_t next = 0;

    while ((e = map_next(&d->apps, &it))) {
        uint64_t *wakes[WAKE_COUNT];

        wakes_of(e->value, wakes);
        for (size_t i = 0; i < WAKE_COUNT; i++)
            if (*wakes[i] && (!next || *wakes[i] < next))
                next = *wakes[i];
    }
    return next;
}

void reconcile_wake_due(struct daemon *d)
{
    uint64_t now = time_monotonic_ms();
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it))) {
        uint64_t *wakes[WAKE_COUNT];

        wakes_of(e->value, wakes);
        for (size_t i = 0; i < WAKE_COUNT; i++) {
            if (!*wakes[i] || *wakes[i] > now)
                continue;
            *wakes[i] = 0;
            reconcile_schedule(d, e->value);
        }
    }
}

void reconcile_retry_transient(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it))) {
        struct app *app = e->value;

        app->status_failures = 0;
        if (app->retry_at_ms && app->op.transient)
            app->retry_at_ms = 0;
        reconcile_schedule(d, app); /* a prune may have waited for the watch */
    }
}

/* ---- source ---- */

static void on_remotes(void *arg)
{
    struct app *app = arg;

    reconcile_schedule(app->daemon, app);
}

static char *on_repository(void *arg, const char *url)
{
    return permit_repository(arg, url);
}

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
    reconcile_schedule(d, app);
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
    reconcile_schedule_all(d);
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
    reconcile_schedule_all(d); /* what it held may now belong to others */
    project_release(d);
    orphans_follow(d->orphans);
}

/* ---- render ---- */

static bool update_rules(const struct daemon *d, struct app *app)
{
    return app_update_ignore(app, d->settings ? d->settings->ignore_differences : NULL);
}

void reconcile_rules_changed(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it))) {
        struct app *app = e->value;
        cleanup_ignore_rules struct ignore_rules *before = ignore_rules_ref(app->ignore);

        if (app->desired && update_rules(d, app))
            observer_rules_changed(d->observer, app, before);
    }
    reconcile_schedule_all(d);
}

/* The rules come first: what arrived before the render is compared in observer_want. */
static void update_ignore(struct daemon *d, struct app *app, const struct desired_set *former)
{
    cleanup_ignore_rules struct ignore_rules *before = ignore_rules_ref(app->ignore);
    bool changed = update_rules(d, app);

    observer_want(d->observer, app, former);
    if (changed && before)
        observer_rules_changed(d->observer, app, before);
}

static void take_render(struct daemon *d, struct app *app, struct render_output *out)
{
    struct desired_set *former = app->desired;

    revision_set(&app->rendered, app->rendering);
    app->rendered_spec = app->rendering_spec;
    app->rendered_remotes = app->rendering_remotes;
    if (app->synced_before)
        app->synced_remotes = app->rendered_remotes;
    app->synced_before = false;
    render_record_free(app->record);
    app->record = TAKE(out->record);
    revision_set(&app->broken, "");
    free(app->render_error);
    app->render_error = NULL;
    if (out->reused) {
        d->stats.renders_reused++;
        return;
    }
    d->stats.renders++;
    app->retry_at_ms = 0;
    app->attempts = 0;
    if (app->run) /* the newest commit wins */
        sync_run_cancel(app->run);
    strvec_clear(&app->tools);
    app->tools = out->tools;
    out->tools = (struct strvec){0};
    app->desired = TAKE(out->desired);
    permit_mark(app);
    update_ignore(d, app, former);
    desired_set_unref(former);
    orphans_judge(d->orphans);
    app_set_condition(app, "RepeatedResourceWarning",
                      app->desired->warnings.len ? app->desired->warnings.items[0] : NULL);
    app_set_condition(app, "ExcludedResourceWarning",
                      app->desired->excluded.len ? app->desired->excluded.items[0] : NULL);
    daemon_look_for_kinds(d, app);
}

/* An object that leaves one application may be wanted by another whose render was not ready: prunes
 * and deletions waited for it. */
static void schedule_waiting_for_renders(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it)))
        if (((struct app *)e->value)->deleting || plan_count_extra(e->value, false))
            reconcile_schedule(d, e->value);
}

/* What a reused render asked for is what the last one did. */
static void follow_remotes(struct daemon *d, struct app *app, const struct render_output *out,
                           bool complete)
{
    if (out->reused)
        return;
    if (out->questions->len && !app->remotes)
        app->remotes = remotes_new(d->sources, d->remote_files, on_repository, on_remotes, app);
    remotes_follow(app->remotes, out->questions, complete);
}

static void mark_broken(struct app *app, const struct error *err)
{
    revision_set(&app->broken, app->rendering);
    app->broken_spec = app->rendering_spec;
    app->broken_remotes = app->rendering_remotes;
    free(app->render_error);
    app->render_error = xstrdup(error_message(err));
}

static void on_rendered(void *arg, struct render_output *out, const struct error *err)
{
    struct app *app = arg;
    struct daemon *d = app->daemon;

    app->render_running = false;
    app->waits = false;
    d->stats.render_us += out->duration_us;
    if (!renderer_pending(d->renderer))
        schedule_waiting_for_renders(d);
    if (app_is_gone(app) || d->stopping) /* when it stops, no source and no API server is left */
        return;
    follow_remotes(d, app, out, err == NULL);
    if (!err) {
        take_render(d, app, out);
    } else if (out->repo_damaged && follow_is_on(app) && error_kind(err) != ERROR_CANCELED) {
        log_event(LOG_WARN, "clone damaged, fetching it again", "app", app->qualified, "error",
                  error_message(err), NULL);
        follow_forget(app);
        remotes_forget(app->remotes);
    } else {
        mark_broken(app, err);
        app->waits = out->waits;
    }
    if (err && !out->waits && !out->repo_damaged) {
        d->stats.renders_failed++;
        log_event(LOG_ERROR, "render failed", "app", app->qualified, "revision", app->rendering,
                  "error", error_message(err), NULL);
    }
    app->status_dirty = true;
    reconcile_schedule(d, app);
}

/* What the spec and the settings say of a render. */
static uint64_t wanted_spec(const struct daemon *d, const struct app *app)
{
    return app->spec_hash + pin_hash(app) + d->settings_version;
}

/* All that a render depends on but the tree is as it was. */
static bool is_render_comparable(const struct daemon *d, const struct app *app)
{
    return app->desired && app->rendered_spec == wanted_spec(d, app) &&
           app->rendered_remotes == remotes_version(app->remotes);
}

static void start_render(struct daemon *d, struct app *app)
{
    const struct app_sources *from = app_sources_now(app);
    struct render_source *sources = xcalloc(from->count, sizeof(*sources));
    struct render_input input = {
        .sources = sources,
        .source_count = from->count,
        .of_several = app_sources_are_several(from),
        .instance = app->instance,
        .namespace = app->spec->dest_namespace,
        .project = app->spec->project,
        .discovery = d->discovery,
        .settings = d->settings,
        .allow_remote = &d->options->allow_remote,
        .remotes = remotes_view(app->remotes),
        .record = is_render_comparable(d, app) ? TAKE(app->record) : NULL,
    };

    for (size_t i = 0; i < from->count; i++) {
        sources[i].repo_dir = follow_dir(app, i);
        sources[i].source = &from->items[i];
        revision_at(app->target, i, sources[i].commit);
    }
    revision_set(&app->rendering, app->target);
    app->rendering_spec = wanted_spec(d, app);
    app->rendering_remotes = remotes_version(app->remotes);
    app->render_running = true;
    render_start(d->renderer, &input, on_rendered, app);
    free(sources);
}

/* ---- the map ---- */

/* The map. Facts in, state out; nothing is changed here. */
static enum app_state next_state(const struct daemon *d, const struct app *app)
{
    const char *blocker;

    if (deletion_is_ours(app) && !daemon_acts(d) && !app->run)
        return APP_STANDBY;
    if (deletion_is_ours(app) &&
        (!deletion_wants_render(app) || !app->spec || !daemon_is_own_cluster(d, app->spec) ||
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
    if (!streq(app->rendered, app->target) || app->rendered_spec != wanted_spec(d, app) ||
        app->rendered_remotes != remotes_version(app->remotes)) {
        if (!streq(app->broken, app->target) || app->broken_spec != wanted_spec(d, app) ||
            app->broken_remotes != remotes_version(app->remotes))
            return APP_RENDER;
        return app->waits ? APP_REMOTE : APP_BROKEN;
    }
    if (app->run)
        return APP_SYNC;
    if (signing_is_pending(app))
        return APP_VERIFY;
    if (signing_problem(app))
        return APP_BROKEN;
    if (deletion_is_ours(app))
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
    app->prune_owed = wants_owed(app) > 0 && (app->prune_owed || !wants_is_synced(app));
    revision_set(&app->synced, app->rendered);
    app->synced_spec = app->rendered_spec;
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

    if (app->state != next)
        log_debug("app %s: %s -> %s", app->qualified, app_state_name(app->state),
                  app_state_name(next));
    app->state = next;
    switch (next) {
    case APP_RENDER:
        if (render_wanted)
            start_render(d, app);
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
        if (deletion_is_ours(app))
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
    if (conditions_are_settled(app))
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
