/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/takeover.h"

#include "daemon/app_object.h"
#include "daemon/catalog.h"
#include "daemon/follow.h"
#include "daemon/inventory.h"
#include "daemon/observe/observe.h"
#include "daemon/options/options.h"
#include "daemon/schedule.h"
#include "daemon/status/status.h"
#include "lib/base/log.h"

void takeover_begin(struct daemon *d)
{
    d->duty = DUTY_TAKING_OVER;
    d->catalog_complete = false;
    if (!d->options->apps.len)
        catalog_again(d->catalog);
    else if (d->inventory)
        d->inventory_again = true;
    else if (d->inventory_done)
        inventory_start(d);
}

static void forget_waits(struct app *app)
{
    app->request_done = false;
    app->refresh = REFRESH_NONE;
    app->attempts = 0;
    app->retry_at_ms = 0;
    app->prune_owed = false;
    app->prune_after_ms = 0;
    app->prunes_kept = 0;
    app->finalize_at_ms = 0;
    app->stuck_since_ms = 0;
    app->stuck_look_ms = 0;
    free(TAKE(app->deletion_failure));
    app->recording = false;
    app->status_urgent = false;
    app->status_failures = 0;
    app->status_too_large = 0;
    free(TAKE(app->status_error));
}

/* What status_load() brings. */
static void forget_status(struct app *app)
{
    app_operation_clear(&app->op);
    while (app->condition_count)
        app_set_condition(app, app->conditions[0].type, NULL);
    packed_unref(TAKE(app->history));
    packed_unref(TAKE(app->inherited));
    strvec_clear(&app->ended_jobs);
    map_clear(&app->owned_kinds);
    app->recorded_kinds = 0;
    free(TAKE(app->health_message));
    free(TAKE(app->told.deletion));
    revision_set(&app->synced, "");
    app->synced_sources = 0;
    app->synced_before = false;
}

/* What was rendered and seen stays. */
static void keep_render(struct daemon *d, struct app *app)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&app->owned_kinds, &it)))
        observer_watch_kind(d->observer, e->key);
    if (!app->desired)
        return;
    observer_want(d->observer, app, app->desired);
    if (!app->synced_before)
        return;
    app->synced_before = false;
    app->synced_remotes = app->rendered_remotes;
}

bool takeover_app(struct daemon *d, struct app *app, const json_t *application)
{
    bool changed;

    follow_unpin(d, app);
    forget_waits(app);
    forget_status(app);
    changed = app_update(app, application);
    status_load(app, application);
    keep_render(d, app);
    return changed;
}
