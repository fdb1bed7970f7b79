/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/operation.h"

#include "daemon/app/pin.h"
#include "daemon/events.h"
#include "daemon/follow.h"
#include "daemon/operation_document.h"
#include "daemon/operation_file.h"
#include "daemon/operation_parts.h"
#include "daemon/permit.h"
#include "daemon/plan_options.h"
#include "daemon/schedule.h"
#include "daemon/shared.h"
#include "daemon/signing.h"
#include "daemon/status/status.h"
#include "daemon/sync/drift.h"
#include "daemon/sync/results.h"
#include "daemon/sync/run.h"
#include "daemon/wants.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

/* ---- what a person asks for ---- */

/* What a request asks for that cannot be done: refused, never ignored. Its own revision and sources
 * count from here on. Heap string or NULL. */
static char *request_problem(struct daemon *d, struct app *app, const json_t *request)
{
    const json_t *sync = json_object_get(request, "sync");
    cleanup_error struct error *err = NULL;

    if (!json_is_object(sync))
        return xstrdup("Invalid operation request: no operation specified");
    if (json_array_size(json_object_get(sync, "manifests")))
        return xstrdup("operation.sync.manifests is not supported: what is synced comes from Git, "
                       "so that it can be seen and compared again; push it to a branch and name "
                       "that in operation.sync.revision");
    return follow_pin(d, app, sync, &err) < 0 ? xstrdup(error_message(err)) : NULL;
}

/* Takes `request`. */
static void open_operation(struct app *app, json_t *request, bool automated)
{
    const json_t *sync = json_object_get(request, "sync");
    bool is_managed = app->spec && app->spec->namespace_metadata;
    /* As they were written last. */
    json_t *namespace_metadata = is_managed ? TAKE(app->op.namespace_metadata) : NULL;

    app_operation_clear(&app->op);
    app->op = (struct app_operation){
        .phase = "Running",
        .source = app->spec ? packed_ref(app_sources_now(app)->written) : NULL,
        .request = packed_new(request),
        .started_ms = time_wall_ms(),
        .automated = automated,
        .is_placed = true,
        .namespace_metadata = namespace_metadata,
        .prune = json_is_true(json_object_get(sync, "prune")),
        .partial = json_array_size(json_object_get(sync, "resources")) > 0,
        .heal_attempts = (int)json_integer_value(json_object_get(sync, "autoHealAttemptsCount")),
    };
    revision_set(&app->op.revision, app->rendered);
    json_decref(request);
}

static bool names_its_own(const json_t *request)
{
    static const char *const fields[] = {"revision", "revisions", "source", "sources"};
    const json_t *sync = json_object_get(request, "sync");

    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (json_object_get(sync, fields[i]))
            return true;
    return false;
}

/* An application that goes, or cannot be compared, cannot be synced, either, unless it is to
 * something else. Heap string or NULL. */
static char *application_problem(const struct app *app)
{
    cleanup_json json_t *request = app->deleting ? NULL : wants_requested(app);
    bool stuck = app->state == APP_INVALID || (app->state == APP_BROKEN && !names_its_own(request));
    const char *type = app->state == APP_INVALID ? "InvalidSpecError" : "ComparisonError";
    const char *message = app_condition_message(app, type);

    if (app->deleting)
        return xstrdup("application is deleting");
    return stuck && message ? xasprintf("%s: %s", type, message) : NULL;
}

/* Takes `problem`. */
static void open_request(struct daemon *d, struct app *app, char *problem)
{
    if (!problem)
        problem = request_problem(d, app, app->requested);
    open_operation(app, operation_document_requested(app->requested), false);
    app->retry_at_ms = 0;
    app->status_dirty = true;
    if (!problem)
        return;
    log_event(LOG_WARN, "operation refused", "app", app->qualified, "error", problem, NULL);
    operation_close(d, app, "Error", problem);
}

/* An open one that does not run, and is to end. With hooks that run it has to do so first. */
static void terminate(struct daemon *d, struct app *app)
{
    app->op.phase = "Terminating";
    app->status_dirty = true;
    if (app->run)
        sync_run_terminate(app->run);
    else if (app->op.finished_ms) /* its last try is over */
        operation_close(d, app, "Failed", xstrdup(OPERATION_TERMINATED));
}

/* An automated one that waits for its next try, or is of an earlier process: is it still what the
 * automation wants? */
static bool is_stale(const struct app *app)
{
    return operation_is_open(app) && app->op.automated && !app->run && app->desired && app->spec &&
           *app->rendered &&
           (!app->spec->automated || !streq(app->op.revision, app->rendered) ||
            !packed_equal(app->op.source, app->spec->sources.written));
}

/* The operation of a person that does not run yet: what it names is still to be had. Heap string or
 * NULL. */
static char *open_problem(struct daemon *d, struct app *app)
{
    cleanup_json json_t *request = NULL;
    const char *problem;

    if (!app->op.is_placed) { /* an earlier process began it */
        app->op.is_placed = true;
        request = packed_load(app->op.request);
        return request_problem(d, app, request);
    }
    if (signing_problem(app))
        return xasprintf("ComparisonError: %s", signing_problem(app));
    problem = app_pin_problem(app);
    return problem ? xstrdup(problem) : NULL;
}

void operation_follow(struct daemon *d, struct app *app)
{
    cleanup_free char *problem = wants_request(app) && !app->run ? application_problem(app) : NULL;

    if (!app->spec && !problem)
        return;
    if (app->terminate_asked && operation_is_open(app))
        terminate(d, app);
    app->terminate_asked = false;
    if (is_stale(app))
        operation_supersede(d, app);
    if (wants_operation(app)) {
        if (app->run)
            sync_run_cancel(app->run); /* of the automation: a person asks for something else */
        else if (operation_is_open(app))
            operation_supersede(d, app);
        if (!app->run)
            open_request(d, app, TAKE(problem));
        return;
    }
    if (operation_is_open(app) && !app->op.automated && !app->run && !problem)
        problem = open_problem(d, app);
    if (problem && operation_is_open(app))
        operation_close(d, app, "Error", TAKE(problem));
}

void operation_block(struct app *app)
{
    if (streq(app->op.message, app->shut))
        return;
    free(app->op.message);
    app->op.message = xstrdup(app->shut);
    log_event(LOG_INFO, "sync waits for a window", "app", app->qualified, NULL);
}

/* ---- the start ---- */

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
    if (app->from_file) {
        operation_file_write(app);
        return;
    }
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

static void open_automated(struct daemon *d, struct app *app, const struct plan_options *options,
                           const struct plan *plan)
{
    bool goes_on = options->repair && streq(app->op.revision, app->rendered);
    struct operation_ask ask = {.revision = app->rendered,
                                .prune = app->spec->prune,
                                .heal_attempts =
                                    options->repair ? 1 + (goes_on ? app->op.heal_attempts : 0) : 0,
                                .resources = options->repair ? planned_resources(plan) : NULL};

    if (options->repair) {
        d->stats.repairs++;
        log_repair(d, app);
    }
    open_operation(app, operation_document_automated(app, &ask), true);
    app->op.started_ms = options->started_ms;
}

/* Another try, or what an earlier process began. */
static void carry_on(struct app *app)
{
    struct packed *sources = app_sources_now(app)->written;
    struct app_operation *op = &app->op;

    if (op->finished_ms) {
        free(op->message);
        op->message = xasprintf("Retrying operation. Attempt #%d", op->retry_count);
        op->finished_ms = 0;
        results_clear(op);
    }
    if (!streq(op->revision, app->rendered) || (op->source && !packed_equal(op->source, sources))) {
        revision_set(&op->revision, app->rendered);
        packed_unref(op->source);
        op->source = packed_ref(sources);
        results_clear(op);
    }
    results_keep_hooks(op);
}

/* Is it not permitted? Then nothing has been written, and it has failed. `*user` is as whom it may
 * be done. */
static bool is_refused(struct daemon *d, struct app *app, const struct plan_options *options,
                       const struct plan *plan, char **user)
{
    cleanup_free char *shared =
        options->sync_options & SYNC_FAIL_ON_SHARED ? shared_objects(app, d->observer) : NULL;
    cleanup_error struct error *err = NULL;
    const char *phase = "Failed";
    char *message = NULL;

    if (shared) {
        message = xasprintf("Shared resource found: %s", shared);
    } else if (permit_user(d, app, user, &err) < 0) {
        phase = "Error";
        message = xstrdup(error_message(err));
    } else if (!permit_refuses(app, plan, &app->op.results, &app->op.result_count, &message)) {
        return false;
    }
    app->op.transient = false;
    operation_failed(d, app, phase, message);
    return true;
}

static void note_namespace(struct app_operation *op, json_t *metadata)
{
    json_decref(op->namespace_metadata);
    op->namespace_metadata = json_incref(metadata);
}

void operation_start(struct daemon *d, struct app *app)
{
    cleanup_json json_t *request = wants_requested(app);
    struct plan_options options = plan_options_next(d, app, request);
    const char *propagation = sync_options_propagation(options.sync_options);
    cleanup_free char *user = NULL;
    struct plan plan;

    plan_build(&plan, app, d->observer, &options);
    if (operation_is_open(app))
        carry_on(app);
    else
        open_automated(d, app, &options, &plan);
    if (is_refused(d, app, &options, &plan, &user)) {
        plan_clear(&plan);
        return;
    }
    if (!operation_is_dry_run(&app->op) && (options.sync_options & SYNC_CREATE_NAMESPACE))
        note_namespace(&app->op, app->spec->namespace_metadata);
    if (!operation_is_dry_run(&app->op) && !streq(app->op.revision, app->synced))
        revision_set(&app->synced, ""); /* it may end half-way: the former one is there no more */
    d->runs++;
    status_writer_set_busy(d->status, true);
    events_set_busy(d->events, true);
    /* Foreground deletion would leave an object behind for as long as the cluster's garbage
     * collector is away, and blocks its name; see docs/decisions.md. */
    app->run = sync_run_start(
        d->syncer, &(struct sync_run_spec){.app = app,
                                           .plan = &plan,
                                           .propagation = propagation ? propagation : "Background",
                                           .user = user,
                                           .dry_run = operation_is_dry_run(&app->op),
                                           .record = on_record,
                                           .progress = on_progress,
                                           .done = operation_on_synced,
                                           .arg = app});
    if (streq(app->op.phase, "Terminating"))
        sync_run_terminate(app->run);
}
