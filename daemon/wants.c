/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/wants.h"

#include "daemon/app/pin.h"
#include "daemon/sync/drift.h"
#include "daemon/sync/prune.h"
#include "daemon/sync/run.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

size_t wants_drifted(const struct daemon *d, const struct app *app)
{
    size_t count = 0;

    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct object *object = observer_find(d->observer, app->desired->items[i].key);

        count += object && object->wanted_by == app && object_is_drifted(object);
    }
    return count;
}

bool wants_may_prune(const struct daemon *d)
{
    return d->catalog_complete && !renderer_pending(d->renderer);
}

size_t wants_prunable(const struct app *app)
{
    struct map_entry *e;
    size_t it = 0;
    size_t count = 0;

    while ((e = map_next(&app->tracked, &it)))
        count += plan_is_prunable(app, e->value) && object_kind_is_synced(e->value);
    return count;
}

size_t wants_owed(const struct app *app)
{
    struct map_entry *e;
    size_t it = 0;
    size_t count = 0;

    while ((e = map_next(&app->tracked, &it)))
        count += plan_is_prunable(app, e->value) &&
                 !((const struct object *)e->value)->ignore_extraneous;
    return count;
}

bool operation_is_open(const struct app *app)
{
    return streq(app->op.phase, "Running") || streq(app->op.phase, "Terminating");
}

bool wants_operation(const struct app *app)
{
    return app->requested && !app->request_done && (!operation_is_open(app) || app->op.automated);
}

bool wants_request(const struct app *app)
{
    return operation_is_open(app) && !app->op.automated ? app->op.request != NULL
                                                        : wants_operation(app);
}

json_t *wants_requested(const struct app *app)
{
    if (operation_is_open(app) && !app->op.automated)
        return packed_load(app->op.request);
    return wants_operation(app) ? json_incref(app->requested) : NULL;
}

bool wants_wipe_out(const struct app *app)
{
    return app->desired->len == 0 && !app->spec->allow_empty && wants_prunable(app) > 0;
}

bool wants_prune(const struct daemon *d, const struct app *app)
{
    return (app->spec->automated && app->spec->prune && wants_may_prune(d) &&
            wants_prunable(app) > 0 && !wants_wipe_out(app));
}

/* What asks not to count goes with the next sync, and is no reason for one. */
static bool prune_is_due(const struct daemon *d, const struct app *app)
{
    return wants_prune(d, app) && plan_count_extra(app, true) > 0 &&
           app->prune_after_ms <= time_monotonic_ms();
}

/* A person ended the operation of this revision: the automation does not begin it again. */
static bool was_terminated(const struct app *app)
{
    return streq(app->op.phase, "Failed") && streq(app->op.message, OPERATION_TERMINATED) &&
           streq(app->op.revision, app->rendered);
}

bool wants_successor(const struct app *app)
{
    return app->op.automated && streq(app->op.phase, "Failed") && app->op.message &&
           str_has_prefix(app->op.message, OPERATION_SUPERSEDED) && !wants_wipe_out(app);
}

bool wants_sync(const struct daemon *d, const struct app *app)
{
    if (app->deleting) /* for others to finish: ours is done, or was not asked for */
        return false;
    if (operation_is_open(app) || wants_request(app))
        return true;
    if (!app->spec->automated || was_terminated(app))
        return false;
    if (wants_successor(app) || plan_namespace_differs(app))
        return true;
    if (app_is_synced(app) && !app->spec->self_heal)
        return app->prune_owed && prune_is_due(d, app);
    return wants_drifted(d, app) > 0 || prune_is_due(d, app);
}

bool wants_renders(const struct daemon *d, const struct app *app)
{
    cleanup_json json_t *request = NULL;

    if (wants_may_prune(d) || !wants_request(app) || !wants_prunable(app))
        return false;
    request = wants_requested(app);
    return json_is_true(json_object_get(json_object_get(request, "sync"), "prune"));
}

bool wants_judgement(const struct daemon *d, const struct app *app)
{
    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct object *object = observer_find(d->observer, app->desired->items[i].key);

        if (!object || object->wanted_by != app || object->problem ||
            object_is_out_of_sight(object))
            continue;
        if (object->judging ? object->verdict != VERDICT_SYNCED
                            : object->uid[0] && object->verdict == VERDICT_UNKNOWN)
            return true;
    }
    return false;
}

bool wants_known_kinds(const struct daemon *d, const struct app *app)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&app->owned_kinds, &it)))
        if (!observer_kind_is_known(d->observer, e->key))
            return false;
    return true;
}
