/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/plan_options.h"

#include "daemon/app/pin.h"
#include "daemon/options/options.h"
#include "daemon/sync/run.h"
#include "daemon/wants.h"
#include "lib/base/time.h"

/* operation.sync.syncStrategy.{apply,hook}.force */
static bool is_forced(const json_t *strategy)
{
    return json_is_true(json_object_get(json_object_get(strategy, "apply"), "force")) ||
           json_is_true(json_object_get(json_object_get(strategy, "hook"), "force"));
}

static void read_request(const struct daemon *d, const json_t *request, struct plan_options *o)
{
    const json_t *sync = json_object_get(request, "sync");
    const json_t *options = json_object_get(sync, "syncOptions");
    const json_t *strategy = json_object_get(sync, "syncStrategy");

    o->prune = json_is_true(json_object_get(sync, "prune")) && wants_may_prune(d);
    o->without_hooks = json_is_object(json_object_get(strategy, "apply"));
    o->resources = json_object_get(sync, "resources");
    if (json_is_array(options))
        o->sync_options = sync_options_of_app(options);
    if (is_forced(strategy))
        o->sync_options |= SYNC_FORCE;
}

/* What the spec asks for. Where nothing can be pruned now, that is said of each object. */
static bool is_prune_automated(const struct daemon *d, const struct app *app)
{
    return app->spec->automated && app->spec->prune && wants_may_prune(d) && !wants_wipe_out(app);
}

struct plan_options plan_options_next(const struct daemon *d, const struct app *app,
                                      const json_t *request)
{
    bool goes_on = operation_is_open(app);
    struct plan_options o = {
        .prune = is_prune_automated(d, app),
        .repair = !request && (goes_on ? app->op.heal_attempts > 0
                                       : app_is_synced(app) && !wants_successor(app) &&
                                             !plan_namespace_differs(app)),
        .namespace_exists = syncer_knows_namespace(d->syncer, app->spec->dest_namespace),
        .sync_options = app->spec->sync_options,
        .revision = app->rendered,
        .started_ms = goes_on ? app->op.started_ms : time_wall_ms(),
        .prune_limit = d->options->prune_limit,
        .prune_limit_percent = d->options->prune_limit_percent,
    };

    if (request)
        read_request(d, request, &o);
    return o;
}

struct plan_options plan_options_full(const struct daemon *d, const struct app *app,
                                      const json_t *request, bool prune)
{
    struct plan_options o = plan_options_next(d, app, request);

    o.repair = false;
    o.prune |= prune;
    return o;
}
