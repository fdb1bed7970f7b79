/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/operation.h"

#include "daemon/app/pin.h"
#include "daemon/app/retry.h"
#include "daemon/discover.h"
#include "daemon/events.h"
#include "daemon/follow.h"
#include "daemon/object/identity.h"
#include "daemon/operation_document.h"
#include "daemon/operation_file.h"
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

#include <stdio.h>

/* How soon it is looked again whether what is to be pruned is still in use; twice as long each
 * time. */
#define USED_RETRY_MS 10000
#define USED_RETRY_MAX_SHIFT 5

static bool is_dry_run(const struct app_operation *op)
{
    cleanup_json json_t *request = packed_load(op->request);

    return json_is_true(json_object_get(json_object_get(request, "sync"), "dryRun"));
}

static struct retry_policy retry_policy_of(const struct app_operation *op)
{
    cleanup_json json_t *request = packed_load(op->request);

    return retry_policy_read(json_object_get(request, "retry"));
}

/* ---- the end ---- */

/* Takes `message`. */
static void close_operation(struct daemon *d, struct app *app, const char *phase, char *message)
{
    app->op.phase = phase;
    free(app->op.message);
    app->op.message = message;
    app->op.finished_ms = time_wall_ms();
    app->request_done |= !app->op.automated;
    app->terminate_asked = false;
    follow_unpin(d, app);
    operation_file_remove(app);
    app->status_dirty = true;
    schedule_app(d, app);
}

/* What an operation of the automation gives way to. Heap string. */
static char *successor(const struct app *app)
{
    if (wants_operation(app))
        return xstrdup("an operation that a person asked for");
    if (app->refusal)
        return xstrdup("a project that does not permit it");
    if (!app->spec || !app->spec->automated)
        return xstrdup("a spec without automated sync");
    if (streq(app->op.revision, app->rendered))
        return xstrdup("a change of the application");
    return xasprintf("revision %s", app->rendered);
}

/* What is newer follows, and then is what the state of the operation tells (wants_successor). */
static void supersede(struct daemon *d, struct app *app)
{
    cleanup_free char *by = successor(app);

    log_event(LOG_INFO, "sync superseded", "app", app->qualified, "revision", app->op.revision,
              "by", by, NULL);
    close_operation(d, app, "Failed", xasprintf(OPERATION_SUPERSEDED "%s", by));
}

/* ---- hooks that nobody waits for any more ---- */

static void on_released(void *arg, const json_t *answer, const struct error *err)
{
    struct app *app = arg;

    (void)answer;
    if (err)
        log_debug("%s: finalizer of an old hook: %s", app->qualified, error_message(err));
    app->fetching--;
    app_is_gone(app);
}

void operation_release_hooks(struct daemon *d, struct app *app)
{
    cleanup_json json_t *patch =
        json_pack("[{s:s, s:s, s:s}, {s:s, s:s}]", "op", "test", "path", "/metadata/finalizers/0",
                  "value", HOOK_FINALIZER, "op", "remove", "path", "/metadata/finalizers/0");
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&app->tracked, &it))) {
        const struct object *object = e->value;
        const struct kube_resource *r = object_resource(object);
        cleanup_free char *ns = NULL;

        if (!object->is_held || !r)
            continue;
        ns = xstrdup(strchr(strchr(object->key, '/') + 1, '/') + 1);
        *strchr(ns, '/') = '\0';
        app->fetching++;
        kube_json_patch(d->client, r, ns, strrchr(object->key, '/') + 1, patch, on_released, app);
    }
}

static void operation_succeeded(struct daemon *d, struct app *app, char *message)
{
    app->attempts = 0;
    app->retry_at_ms = 0;
    d->stats.syncs_succeeded++;
    close_operation(d, app, "Succeeded", message);
    if (is_dry_run(&app->op))
        return;
    app_set_condition(app, "SyncError", NULL);
    if (app->op.partial)
        return;
    operation_release_hooks(d, app); /* of operations that were pre-empted, in Git no more */
    revision_set(&app->synced, app->op.revision);
    app->synced_spec = app->rendered_spec;
    app->synced_remotes = app->rendered_remotes;
    app->prune_owed = wants_owed(app) > 0;
    status_add_history(app);
}

static void tell_failure(struct app *app)
{
    cleanup_free char *condition =
        xasprintf("Failed last sync attempt to [%s]: %s", app->op.revision, app->op.message);

    app_set_condition(app, "SyncError", condition);
    log_event(LOG_ERROR, "sync failed", "app", app->qualified, "revision", app->op.revision,
              "error", app->op.message, NULL);
}

/* Before the next try of an operation that failed once more. */
static uint64_t next_delay(struct app *app)
{
    struct retry_policy policy = retry_policy_of(&app->op);

    return retry_delay_ms(&policy, ++app->attempts);
}

/* Tried again as the same operation while its policy lets us, and by the automation for ever.
 * Takes `message`. */
static void operation_failed(struct daemon *d, struct app *app, const char *phase, char *message)
{
    struct app_operation *op = &app->op;
    struct retry_policy policy = retry_policy_of(op);
    uint64_t delay_ms = next_delay(app);
    char *text = message;

    d->stats.syncs_failed++;
    json_decref(TAKE(op->namespace_metadata)); /* who knows */
    app->retry_at_ms = app->spec ? time_monotonic_ms() + delay_ms : 0;
    if (app->spec && (policy.limit < 0 || op->retry_count < policy.limit)) {
        free(op->message);
        op->message = retry_message(message, ++op->retry_count, time_wall_ms() + (int64_t)delay_ms);
        op->finished_ms = time_wall_ms();
        free(message);
        if (operation_file_exists(app))
            operation_file_write(app);
        schedule_app(d, app);
    } else {
        if (op->retry_count) {
            text = xasprintf("%s (retried %d times).", message, op->retry_count);
            free(message);
        }
        close_operation(d, app, phase, text);
    }
    tell_failure(app);
}

void operation_run_ended(struct daemon *d)
{
    if (--d->runs || d->stopping) /* then there is no status writer any more */
        return;
    status_writer_set_busy(d->status, false);
    events_set_busy(d->events, false);
}

static void log_synced(const struct app *app, const struct sync_outcome *outcome)
{
    char count[32];

    snprintf(count, sizeof(count), "%zu", outcome->applied + outcome->pruned);
    log_event(LOG_INFO, "synced", "app", app->qualified, "revision", app->op.revision, "objects",
              count, NULL);
}

/* What pre-empted a run: for a person's operation the newest revision is what is asked for now. */
static void on_canceled(struct daemon *d, struct app *app)
{
    if (app->op.automated && daemon_acts(d)) /* who takes over carries on */
        supersede(d, app);
}

static void look_again_at_used(struct app *app, bool kept)
{
    unsigned shift =
        app->prunes_kept < USED_RETRY_MAX_SHIFT ? app->prunes_kept : USED_RETRY_MAX_SHIFT;

    app->prune_after_ms = kept ? time_monotonic_ms() + ((uint64_t)USED_RETRY_MS << shift) : 0;
    app->prunes_kept = kept ? app->prunes_kept + 1 : 0;
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
    app->op.transient = outcome->transient;
    look_again_at_used(app, outcome->kept > 0);
    switch (outcome->end) {
    case SYNC_CANCELED: on_canceled(d, app); break;
    case SYNC_FAILED: operation_failed(d, app, "Failed", TAKE(message)); break;
    case SYNC_TERMINATED:
        app->retry_at_ms = time_monotonic_ms() + next_delay(app);
        close_operation(d, app, "Failed", TAKE(message));
        tell_failure(app);
        break;
    case SYNC_SUCCEEDED:
        log_synced(app, outcome);
        operation_succeeded(d, app, TAKE(message));
        break;
    }
    discover_kinds_of(d, app);
    app->status_dirty = true;
    schedule_app(d, app);
}

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

    json_t *namespace_metadata = TAKE(app->op.namespace_metadata); /* as they were written last */

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
    close_operation(d, app, "Error", problem);
}

/* An open one that does not run, and is to end. With hooks that run it has to do so first. */
static void terminate(struct daemon *d, struct app *app)
{
    app->op.phase = "Terminating";
    app->status_dirty = true;
    if (app->run)
        sync_run_terminate(app->run);
    else if (app->op.finished_ms) /* its last try is over */
        close_operation(d, app, "Failed", xstrdup(OPERATION_TERMINATED));
}

/* An automated one that waits for its next try, or is of an earlier process: is it still what the
 * automation wants? */
static bool is_stale(const struct app *app)
{
    return operation_is_open(app) && app->op.automated && !app->run && app->desired && app->spec &&
           *app->rendered && (!app->spec->automated || !streq(app->op.revision, app->rendered));
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
        supersede(d, app);
    if (wants_operation(app)) {
        if (app->run)
            sync_run_cancel(app->run); /* of the automation: a person asks for something else */
        else if (operation_is_open(app))
            supersede(d, app);
        if (!app->run)
            open_request(d, app, TAKE(problem));
        return;
    }
    if (operation_is_open(app) && !app->op.automated && !app->run && !problem)
        problem = open_problem(d, app);
    if (problem && operation_is_open(app))
        close_operation(d, app, "Error", TAKE(problem));
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
    struct app_operation *op = &app->op;

    if (op->finished_ms) {
        free(op->message);
        op->message = xasprintf("Retrying operation. Attempt #%d", op->retry_count);
        op->finished_ms = 0;
        results_clear(op);
    }
    if (!streq(op->revision, app->rendered)) {
        revision_set(&op->revision, app->rendered);
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
        options->sync_options & SYNC_FAIL_ON_SHARED ? shared_object(app, d->observer) : NULL;
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
    if (!is_dry_run(&app->op) && (options.sync_options & SYNC_CREATE_NAMESPACE))
        note_namespace(&app->op, app->spec->namespace_metadata);
    if (!is_dry_run(&app->op) && !streq(app->op.revision, app->synced))
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
                                           .dry_run = is_dry_run(&app->op),
                                           .record = on_record,
                                           .progress = on_progress,
                                           .done = on_synced,
                                           .arg = app});
    if (streq(app->op.phase, "Terminating"))
        sync_run_terminate(app->run);
}
