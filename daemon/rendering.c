/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/rendering.h"

#include "daemon/app/permission.h"
#include "daemon/app/pin.h"
#include "daemon/discover.h"
#include "daemon/follow.h"
#include "daemon/ignoring.h"
#include "daemon/options/options.h"
#include "daemon/orphans.h"
#include "daemon/permit.h"
#include "daemon/schedule.h"
#include "daemon/sync/prune.h"
#include "daemon/sync/run.h"
#include "lib/base/log.h"

static void on_remotes(void *arg)
{
    struct app *app = arg;

    schedule_app(app->daemon, app);
}

static char *on_repository(void *arg, const char *url)
{
    return permit_repository(arg, url);
}

/* The rules come first: what arrived before the render is compared in observer_want. */
static void update_ignore(struct daemon *d, struct app *app, const struct desired_set *former)
{
    cleanup_ignore_rules struct ignore_rules *before = ignore_rules_ref(app->ignore);
    bool changed = ignoring_update(d, app);

    observer_want(d->observer, app, former);
    if (changed && before)
        observer_rules_changed(d->observer, app, before);
}

static void warn_about(struct app *app, const char *type, const struct strvec *objects)
{
    cleanup_free char *message = strvec_join(objects, "; ", OBJECTS_TOLD_MAX);

    app_set_condition(app, type, message);
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
    permission_mark(app);
    update_ignore(d, app, former);
    desired_set_unref(former);
    orphans_judge(d->orphans);
    warn_about(app, "RepeatedResourceWarning", &app->desired->warnings);
    warn_about(app, "ExcludedResourceWarning", &app->desired->excluded);
    discover_kinds_of(d, app);
}

/* An object that leaves one application may be wanted by another whose render was not ready: prunes
 * and deletions waited for it. */
static void schedule_waiting_for_renders(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it)))
        if (((struct app *)e->value)->deleting || plan_count_extra(e->value, false))
            schedule_app(d, e->value);
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
    schedule_app(d, app);
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

bool rendering_is_done(const struct daemon *d, const struct app *app)
{
    return streq(app->rendered, app->target) && app->rendered_spec == wanted_spec(d, app) &&
           app->rendered_remotes == remotes_version(app->remotes);
}

bool rendering_has_failed(const struct daemon *d, const struct app *app)
{
    return streq(app->broken, app->target) && app->broken_spec == wanted_spec(d, app) &&
           app->broken_remotes == remotes_version(app->remotes);
}

void rendering_start(struct daemon *d, struct app *app)
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
