/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/retry.h"
#include "daemon/discover.h"
#include "daemon/events.h"
#include "daemon/follow.h"
#include "daemon/operation.h"
#include "daemon/operation_file.h"
#include "daemon/operation_parts.h"
#include "daemon/schedule.h"
#include "daemon/status/status.h"
#include "daemon/wants.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

/* How soon it is looked again whether what is to be pruned is still in use; twice as long each
 * time. */
#define USED_RETRY_MS 10000
#define USED_RETRY_MAX_SHIFT 5

static struct retry_policy retry_policy_of(const struct app_operation *op)
{
    cleanup_json json_t *request = packed_load(op->request);

    return retry_policy_read(json_object_get(request, "retry"));
}

void operation_close(struct daemon *d, struct app *app, const char *phase, char *message)
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

void operation_supersede(struct daemon *d, struct app *app)
{
    cleanup_free char *by = successor(app);

    log_event(LOG_INFO, "sync superseded", "app", app->qualified, "revision", app->op.revision,
              "by", by, NULL);
    operation_close(d, app, "Failed", xasprintf(OPERATION_SUPERSEDED "%s", by));
}

static void on_released(void *arg, const json_t *answer, const struct error *err)
{
    struct app *app = arg;

    (void)answer;
    if (err)
        log_debug("%s: finalizer of an old hook: %s", app->qualified, error_message(err));
    app->releasing--;
    app_is_gone(app);
}

static void release_hooks(struct daemon *d, struct app *app, bool only_going)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&app->tracked, &it))) {
        const struct object *object = e->value;
        const struct kube_resource *r = object_resource(object);
        cleanup_json json_t *patch = NULL;
        cleanup_free char *ns = NULL;

        if (!object->held_at || !r || (only_going && !object->deleting))
            continue;
        ns = xstrdup(strchr(strchr(object->key, '/') + 1, '/') + 1);
        *strchr(ns, '/') = '\0';
        patch = hook_release_patch(object->held_at - 1);
        app->releasing++;
        kube_json_patch(d->client, r, ns, strrchr(object->key, '/') + 1, patch, on_released, app);
    }
}

void operation_release_hooks(struct daemon *d, struct app *app)
{
    release_hooks(d, app, false);
}

void operation_release_going(struct daemon *d, struct app *app)
{
    /* What an earlier process began goes on, and judges them itself. */
    bool goes_on = operation_is_open(app) && !app->op.finished_ms;

    if (!app->run && !app->releasing && !goes_on)
        release_hooks(d, app, true);
}

static void operation_succeeded(struct daemon *d, struct app *app, char *message)
{
    app->attempts = 0;
    app->retry_at_ms = 0;
    d->stats.syncs_succeeded++;
    operation_close(d, app, "Succeeded", message);
    if (operation_is_dry_run(&app->op))
        return;
    app_set_condition(app, "SyncError", NULL);
    if (app->op.partial)
        return;
    operation_release_hooks(d, app); /* of operations that were pre-empted, in Git no more */
    revision_set(&app->synced, app->op.revision);
    app->synced_sources = packed_hash(app->op.source);
    app->synced_remotes = app->rendered_remotes;
    app->prune_owed = app->op.prune && wants_owed(app) > 0;
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

void operation_failed(struct daemon *d, struct app *app, const char *phase, char *message)
{
    struct app_operation *op = &app->op;
    struct retry_policy policy = retry_policy_of(op);
    uint64_t delay_ms = next_delay(app);
    char *text = message;

    d->stats.syncs_failed++;
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
        operation_close(d, app, phase, text);
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
        operation_supersede(d, app);
}

static void look_again_at_used(struct app *app, bool kept)
{
    unsigned shift =
        app->prunes_kept < USED_RETRY_MAX_SHIFT ? app->prunes_kept : USED_RETRY_MAX_SHIFT;

    app->prune_after_ms = kept ? time_monotonic_ms() + ((uint64_t)USED_RETRY_MS << shift) : 0;
    app->prunes_kept = kept ? app->prunes_kept + 1 : 0;
}

/* What came of the destination's namespace in this operation; NULL: nothing yet. */
static const char *namespace_status(const struct app *app)
{
    for (size_t i = 0; app->spec && i < app->op.result_count; i++) {
        const struct sync_result *r = &app->op.results[i];

        if (streq(r->kind, "Namespace") && !*r->group && streq(r->name, app->spec->dest_namespace))
            return r->status;
    }
    return NULL;
}

/* A run that did not succeed may have ended before its namespace got the metadata. */
static void forget_namespace(struct app *app)
{
    if (!operation_is_dry_run(&app->op) && !streq(namespace_status(app), "Synced"))
        json_decref(TAKE(app->op.namespace_metadata));
}

void operation_on_synced(void *arg, struct sync_outcome *outcome)
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
    if (outcome->end != SYNC_SUCCEEDED)
        forget_namespace(app);
    switch (outcome->end) {
    case SYNC_CANCELED: on_canceled(d, app); break;
    case SYNC_FAILED: operation_failed(d, app, "Failed", TAKE(message)); break;
    case SYNC_TERMINATED:
        app->retry_at_ms = time_monotonic_ms() + next_delay(app);
        operation_close(d, app, "Failed", TAKE(message));
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
