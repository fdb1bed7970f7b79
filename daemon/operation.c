/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/operation.h"

#include "daemon/identity.h"
#include "daemon/operation_document.h"
#include "daemon/permit.h"
#include "daemon/pin.h"
#include "daemon/plan_options.h"
#include "daemon/reconcile.h"
#include "daemon/wants.h"
#include "lib/base/log.h"
#include "lib/base/time.h"

#include <stdio.h>

static uint64_t backoff_delay(const struct app *app)
{
    double delay = (double)app->spec->backoff_ms;

    for (int i = 1; i < app->attempts && delay < (double)app->spec->backoff_max_ms; i++)
        delay *= app->spec->backoff_factor;
    if (app->spec->backoff_max_ms && delay > (double)app->spec->backoff_max_ms)
        delay = (double)app->spec->backoff_max_ms;
    return (uint64_t)delay;
}

static void operation_succeeded(struct daemon *d, struct app *app, char *message)
{
    app->op.phase = "Succeeded";
    app->op.message = message;
    app->attempts = 0;
    app->retry_at_ms = 0;
    d->stats.syncs_succeeded++;
    app_set_condition(app, "SyncError", NULL);
    if (!app->op.partial) {
        revision_set(&app->synced, app->op.revision);
        app->synced_spec = app->rendered_spec;
        app->synced_remotes = app->rendered_remotes;
        app->prune_owed = wants_owed(app) > 0;
        status_add_history(app);
    }
}

/* Takes `message`. */
static void operation_failed(struct daemon *d, struct app *app, char *message)
{
    cleanup_free char *condition = NULL;

    app->op.phase = "Failed";
    app->op.message = xasprintf("%s (retried %d times).", message, app->op.retry_count);
    free(message);
    app->attempts++;
    app->retry_at_ms = app->spec ? time_monotonic_ms() + backoff_delay(app) : 0;
    d->stats.syncs_failed++;
    condition =
        xasprintf("Failed last sync attempt to [%s]: %s", app->op.revision, app->op.message);
    app_set_condition(app, "SyncError", condition);
    log_event(LOG_ERROR, "sync failed", "app", app->qualified, "revision", app->op.revision,
              "error", app->op.message, NULL);
}

void operation_run_ended(struct daemon *d)
{
    if (--d->runs || d->stopping) /* then there is no status writer any more */
        return;
    status_writer_set_busy(d->status, false);
    events_set_busy(d->events, false);
    daemon_settle(d);
}

/* The project does not permit what was planned: nothing has been written. */
static void operation_refused(struct daemon *d, struct app *app, const char *phase)
{
    char *reason = TAKE(app->op.message);

    app->op.finished_ms = time_wall_ms();
    operation_failed(d, app, reason);
    app->op.phase = phase;
    app->request_done |= !app->op.automated;
    reconcile_schedule(d, app);
}

static void log_synced(const struct app *app, const struct sync_outcome *outcome)
{
    char count[32];

    snprintf(count, sizeof(count), "%zu", outcome->applied + outcome->pruned);
    log_event(LOG_INFO, "synced", "app", app->qualified, "revision", app->op.revision, "objects",
              count, NULL);
}

static void on_synced(void *arg, struct sync_outcome *outcome)
{
    struct app *app = arg;
    struct daemon *d = app->daemon;
    cleanup_free char *message = TAKE(outcome->message);

    app->run = NULL;
    operation_run_ended(d);
    if (app_is_gone(app))
        return;
    app->op.finished_ms = time_wall_ms();
    app->op.transient = outcome->transient;
    free(TAKE(app->op.message));
    switch (outcome->end) {
    case SYNC_CANCELED:
        app->op.phase = "Failed";
        app->op.message = xasprintf("superseded by revision %s", app->rendered);
        log_event(LOG_INFO, "sync superseded", "app", app->qualified, "revision", app->op.revision,
                  NULL);
        break;
    case SYNC_FAILED:
    case SYNC_TERMINATED: operation_failed(d, app, TAKE(message)); break;
    case SYNC_SUCCEEDED:
        operation_succeeded(d, app, TAKE(message));
        log_synced(app, outcome);
        break;
    }
    if (!app->op.automated && outcome->end != SYNC_CANCELED) /* else a newer one is asked for */
        app->request_done = true;
    daemon_look_for_kinds(d, app);
    app->status_dirty = true;
    reconcile_schedule(d, app);
}

static void on_progress(void *arg)
{
    struct app *app = arg;

    app->status_dirty = true;
    if (!app->removed && !app->daemon->stopping)
        status_writer_wake(app->daemon->status, app);
}

static void on_record(void *arg)
{
    struct app *app = arg;

    if (app->removed || app->daemon->stopping)
        return;
    app->status_urgent = true;
    status_writer_wake(app->daemon->status, app);
}

static void log_repair(const struct daemon *d, const struct app *app)
{
    for (size_t i = 0; i < app->desired->len; i++) {
        const struct object *object = observer_find(d->observer, app->desired->items[i].key);

        if (object && object->wanted_by == app && object_is_drifted(object))
            log_event(LOG_INFO, "drift", "app", app->qualified, "object", object->key, "drift",
                      object->verdict == VERDICT_MISSING ? "deleted" : object->drift, NULL);
    }
}

/* What a request may ask for and this version does not do: refused, never ignored. NULL: nothing.
 * Heap string. */
static char *request_problem(const struct app *app)
{
    static const char *const fields[] = {"dryRun", "resources", "manifests", "source", "sources"};
    const json_t *sync = json_object_get(app->requested, "sync");
    const char *revision = object_string(sync, "revision");

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const json_t *value = json_object_get(sync, fields[i]);

        if (json_is_true(value) || json_array_size(value) || json_object_size(value))
            return xasprintf("operation.sync.%s is not supported", fields[i]);
    }
    if (*revision && !streq(revision, app->rendered) &&
        !streq(revision, app->spec->sources.items[0].target_revision))
        return xasprintf("operation.sync.revision is %s, but the application follows "
                         "spec.source.targetRevision %s, which is %s",
                         revision, app->spec->sources.items[0].target_revision, app->rendered);
    return NULL;
}

/* Is the request that is next one that cannot be served? Then it has ended. */
bool operation_refuse(struct daemon *d, struct app *app)
{
    char *problem = wants_request(app) ? request_problem(app) : NULL;

    if (!problem)
        return false;
    app_operation_clear(&app->op);
    app->op = (struct app_operation){.phase = "Error",
                                     .message = problem,
                                     .source = json_incref(app_sources_now(app)->written),
                                     .request = operation_document_requested(app->requested),
                                     .started_ms = time_wall_ms(),
                                     .finished_ms = time_wall_ms()};
    revision_set(&app->op.revision, app->rendered);
    app->request_done = true;
    log_event(LOG_WARN, "operation refused", "app", app->qualified, "error", problem, NULL);
    reconcile_schedule(d, app);
    return true;
}

/* Of a repair: what is repaired. New reference. */
static json_t *planned_resources(const struct plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->len; i++)
        json_array_append_new(list, operation_document_resource(plan->tasks[i].api_group,
                                                                plan->tasks[i].kind,
                                                                plan->tasks[i].name));
    return list;
}

/* As status.operationState.operation. New reference. */
static json_t *document_of(const struct app *app, const struct plan *plan)
{
    const struct app_operation *op = &app->op;
    struct operation_ask ask = {
        .revision = op->revision, .prune = app->spec->prune, .heal_attempts = op->heal_attempts};

    if (!op->automated)
        return operation_document_requested(app->requested);
    if (op->partial)
        ask.resources = planned_resources(plan);
    return operation_document_automated(app, &ask);
}

/* New reference or NULL. */
static json_t *applied_metadata(const struct app_spec *spec)
{
    return spec->sync_options & SYNC_CREATE_NAMESPACE ? json_incref(spec->namespace_metadata)
                                                      : NULL;
}

void operation_block(struct app *app)
{
    if (streq(app->op.phase, "Running") && streq(app->op.message, app->shut))
        return;
    app_operation_clear(&app->op);
    app->op = (struct app_operation){.phase = "Running",
                                     .message = xstrdup(app->shut),
                                     .source = json_incref(app_sources_now(app)->written),
                                     .request = operation_document_requested(app->requested),
                                     .started_ms = time_wall_ms()};
    revision_set(&app->op.revision, app->rendered);
    log_event(LOG_INFO, "sync waits for a window", "app", app->qualified, NULL);
}

void operation_start(struct daemon *d, struct app *app)
{
    bool manual = wants_request(app);
    bool partial = !manual && wants_is_synced(app);
    struct plan_options options = plan_options_next(d, app);
    cleanup_error struct error *err = NULL;
    cleanup_free char *user = NULL;
    struct plan plan;
    int heals =
        partial ? 1 + (streq(app->op.revision, app->rendered) ? app->op.heal_attempts : 0) : 0;
    int retries = streq(app->op.phase, "Failed") && streq(app->op.revision, app->rendered)
                      ? app->op.retry_count + 1
                      : 0;

    if (partial) {
        d->stats.repairs++;
        log_repair(d, app);
    }
    plan_build(&plan, app, d->observer, &options);
    app_operation_clear(&app->op);
    app->op = (struct app_operation){.phase = "Running",
                                     .source = json_incref(app_sources_now(app)->written),
                                     .started_ms = time_wall_ms(),
                                     .retry_count = retries,
                                     .automated = !manual,
                                     .prune = options.prune,
                                     .heal_attempts = heals,
                                     .partial = partial,
                                     .namespace_metadata = applied_metadata(app->spec)};
    revision_set(&app->op.revision, app->rendered);
    app->op.request = document_of(app, &plan);
    if (permit_refuses(app, &plan, &app->op.results, &app->op.result_count, &app->op.message)) {
        plan_clear(&plan);
        operation_refused(d, app, "Failed");
        return;
    }
    if (permit_user(d, app, &user, &err) < 0) {
        plan_clear(&plan);
        app->op.message = xstrdup(error_message(err));
        operation_refused(d, app, "Error");
        return;
    }
    d->runs++;
    status_writer_set_busy(d->status, true);
    events_set_busy(d->events, true);
    /* Foreground deletion would leave an object behind for as long as the cluster's garbage
     * collector is away, and blocks its name; see docs/decisions.md. */
    app->run = sync_run_start(d->syncer,
                              &(struct sync_run_spec){.app = app,
                                                      .plan = &plan,
                                                      .propagation = "Background",
                                                      .user = user,
                                                      .record = app->from_file ? NULL : on_record,
                                                      .progress = on_progress,
                                                      .done = on_synced,
                                                      .arg = app});
}

/* The process that started this operation did not live to see its end. */
void operation_finish_inherited(struct app *app, bool all_done)
{
    const char *message = "successfully synced (all tasks run)";

    if (!streq(app->op.phase, "Running"))
        return;
    if (!all_done)
        message = "interrupted by a restart";
    else if (!streq(app->op.revision, app->rendered))
        message = "interrupted, and superseded by another revision";
    app->op.finished_ms = time_wall_ms();
    app->op.phase = all_done && streq(app->op.revision, app->rendered) ? "Succeeded" : "Failed";
    free(app->op.message);
    app->op.message = xstrdup(message);
    if (streq(app->op.phase, "Succeeded"))
        status_add_history(app);
}
