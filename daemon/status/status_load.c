/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/identity.h"
#include "daemon/status/status.h"
#include "daemon/status/status_patch.h"
#include "lib/base/hash.h"
#include "lib/base/interned.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#include <stdlib.h>

static int64_t time_of(const json_t *object, const char *field)
{
    cleanup_error struct error *err = NULL;
    int64_t wall_ms = 0;

    return time_parse_rfc3339(object_string(object, field), &wall_ms, &err) == 0 ? wall_ms : 0;
}

/* A word of a known set, which is static; NULL: another one. */
static const char *word_of(const json_t *object, const char *field)
{
    static const char *const words[] = {
        "Running", "Succeeded",    "Failed",     "Error",       "Synced",   "SyncFailed",
        "Pruned",  "PruneSkipped", "PreSync",    "Sync",        "PostSync", "SyncFail",
        "Skip",    "PreDelete",    "PostDelete", "Terminating", "SyncError"};
    const char *word = object_string(object, field);

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (streq(word, words[i]))
            return words[i];
    return NULL;
}

/* ---- the operation ---- */

static void load_result(struct sync_result *r, const json_t *item)
{
    const json_t *image;
    size_t i;

    *r = (struct sync_result){
        .key = interned_take(object_key(object_string(item, "group"), object_string(item, "kind"),
                                        object_string(item, "namespace"),
                                        object_string(item, "name"))),
        .group = interned_ref(object_string(item, "group")),
        .version = interned_ref(object_string(item, "version")),
        .kind = interned_ref(object_string(item, "kind")),
        .namespace = interned_ref(object_string(item, "namespace")),
        .name = interned_ref(object_string(item, "name")),
        .status = word_of(item, "status"),
        .message = interned_ref(object_string(item, "message")),
        .sync_phase = word_of(item, "syncPhase"),
        .hook_type = word_of(item, "hookType"),
        .hook_phase = word_of(item, "hookPhase"),
    };
    json_array_foreach (json_object_get(item, "images"), i, image)
        if (json_is_string(image))
            strvec_push(&r->images, json_string_value(image));
}

static void load_results(struct app_operation *op, const json_t *list)
{
    const json_t *item;
    size_t i;

    op->results = xcalloc(json_array_size(list), sizeof(*op->results));
    json_array_foreach (list, i, item)
        load_result(&op->results[op->result_count++], item);
}

void status_load_operation(struct app *app, const json_t *state)
{
    json_t *result = json_object_get(state, "syncResult");
    json_t *operation = json_object_get(state, "operation");
    const json_t *sync = json_object_get(operation, "sync");
    cleanup_free char *revision = revision_of(result);
    const json_t *sources = json_object_get(result, "sources");
    struct app_operation *op = &app->op;

    op->phase = word_of(state, "phase");
    if (!op->phase)
        return;
    if (*object_string(state, "message"))
        op->message = xstrdup(object_string(state, "message"));
    revision_set(&op->revision, revision);
    op->source =
        packed_new_like(json_array_size(sources) ? sources : json_object_get(result, "source"),
                        app->spec ? app->spec->sources.written : NULL);
    op->request = packed_new(operation);
    op->namespace_metadata = json_deep_copy(json_object_get(result, "managedNamespaceMetadata"));
    op->started_ms = time_of(state, "startedAt");
    op->finished_ms = time_of(state, "finishedAt");
    op->retry_count = (int)json_integer_value(json_object_get(state, "retryCount"));
    op->heal_attempts = (int)json_integer_value(json_object_get(sync, "autoHealAttemptsCount"));
    op->prune = json_is_true(json_object_get(sync, "prune"));
    op->partial = json_array_size(json_object_get(sync, "resources")) > 0;
    op->automated =
        json_is_true(json_object_get(json_object_get(operation, "initiatedBy"), "automated"));
    load_results(op, json_object_get(result, "resources"));
}

static bool is_of_spec(const struct app *app, const char *revision, const struct packed *source)
{
    char oid[GIT_OID_HEX_BYTES];

    return app->spec && revision_at(revision, 0, oid) &&
           packed_equal(source, app->spec->sources.written);
}

/* What was synced last is where the history ends, whatever was only tried or selected since. */
static char *synced_before_that(const struct app *app)
{
    cleanup_json json_t *history = packed_load(app->history);
    size_t count = json_array_size(history);
    json_t *last = json_array_get(history, count ? count - 1 : 0);
    json_t *sources = json_object_get(last, "sources");
    struct packed *source =
        packed_new(json_array_size(sources) ? sources : json_object_get(last, "source"));
    cleanup_free char *revision = revision_of(last);
    bool is_so = is_of_spec(app, revision, source);

    packed_unref(source);
    return is_so ? TAKE(revision) : NULL;
}

/* A repair of drift is none. */
static bool is_selection(const struct app_operation *op)
{
    return op->partial && !op->heal_attempts;
}

/* The revision that was synced as a whole, as the sources of the spec say it; NULL: none. A repair
 * of drift comes after such a sync. Heap string. */
static char *was_synced(const struct app *app)
{
    const struct app_operation *op = &app->op;
    cleanup_free char *before = NULL;

    if (operation_is_dry_run(op))
        return synced_before_that(app);
    if (!streq(op->phase, "Succeeded"))
        return NULL;
    if (is_selection(op)) {
        before = synced_before_that(app);
        return streq(before, op->revision) ? TAKE(before) : NULL;
    }
    return is_of_spec(app, op->revision, op->source) ? xstrdup(op->revision) : NULL;
}

/* ---- the rest ---- */

/* Types are of a known set, which is static. */
static const char *condition_type(const char *type)
{
    static const char *const types[] = {"ComparisonError",
                                        "DeletionError",
                                        "DeletionWarning",
                                        "ExcludedResourceWarning",
                                        "IgnoreDifferencesWarning",
                                        "InvalidSpecError",
                                        "NamespaceNotWatchedError",
                                        "NotConvergingWarning",
                                        "OrphanedResourceWarning",
                                        "PruneConfirmationWarning",
                                        "RepeatedResourceWarning",
                                        "SharedResourceWarning",
                                        "SyncError",
                                        "UnknownError"};

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (streq(type, types[i]))
            return types[i];
    return NULL;
}

static void load_conditions(struct app *app, const json_t *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        const char *type = condition_type(object_string(item, "type"));
        const char *message = object_string(item, "message");

        if (!type || !*message)
            continue;
        app_set_condition(app, type, message);
        for (size_t j = 0; j < app->condition_count; j++)
            if (streq(app->conditions[j].type, type))
                app->conditions[j].since_ms = time_of(item, "lastTransitionTime");
    }
}

/* Healthy is a Job when it has ended well. */
static void load_ended_job(struct app *app, const char *kind, const json_t *item)
{
    cleanup_free char *key = NULL;

    if (!streq(kind, "batch/Job") || !streq(object_string(item, "status"), "Synced") ||
        !streq(object_string(json_object_get(item, "health"), "status"), "Healthy"))
        return;
    key = object_key("batch", "Job", object_string(item, "namespace"), object_string(item, "name"));
    strvec_push(&app->ended_jobs, key);
}

static void load_inventory(struct app *app, const json_t *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        cleanup_free char *kind =
            xasprintf("%s/%s", object_string(item, "group"), object_string(item, "kind"));

        map_set(&app->owned_kinds, kind, app);
        load_ended_job(app, kind, item);
        app->prune_owed |= json_is_true(json_object_get(item, "requiresPruning"));
    }
    if (app->owned_kinds.count)
        app->inherited = packed_new(list);
    app->recorded_kinds = app->owned_kinds.count;
}

static void load_health(struct app *app, const json_t *health)
{
    const char *message = object_string(health, "message");

    if (!health_status_parse(object_string(health, "status"), &app->health))
        return;
    app->health_since_ms = time_of(health, "lastTransitionTime");
    if (*message)
        app->health_message = xstrdup(message);
}

/* What the last process wrote, it has told. */
static void load_told(struct app *app, const json_t *status)
{
    const char *deletion = app_condition_message(app, "DeletionError");

    app->told = (struct app_told){
        .sync = word_of(json_object_get(status, "sync"), "status"),
        .has_health = json_object_get(status, "health") != NULL,
        .health = app->health,
        .started_ms = app->op.started_ms,
        .finished_ms = app->op.finished_ms,
        .deletion = deletion ? xstrdup(deletion) : NULL,
    };
}

void status_load(struct app *app, const json_t *application)
{
    const json_t *status = json_object_get(application, "status");
    const json_t *history = json_object_get(status, "history");
    cleanup_free char *synced = NULL;

    if (json_array_size(history))
        app->history = packed_new(history);
    load_inventory(app, json_object_get(status, "resources"));
    load_health(app, json_object_get(status, "health"));
    load_conditions(app, json_object_get(status, "conditions"));
    status_load_operation(app, json_object_get(status, "operationState"));
    load_told(app, status);
    synced = was_synced(app);
    if (synced) {
        revision_set(&app->synced, synced);
        app->synced_sources = packed_hash(app->spec->sources.written);
        app->synced_before = true;
        /* The history does not tell whether a sync was to prune: after another one nothing is owed.
         */
        app->prune_owed &=
            app->op.prune && !operation_is_dry_run(&app->op) && !is_selection(&app->op);
    }
    app->status_hash = app->status_live; /* status_seen() came first */
}

/* ---- what the cluster has ---- */

uint64_t status_hash(const json_t *status)
{
    json_t *copy = json_is_object(status) ? json_copy((json_t *)status) : json_object();
    cleanup_free char *text = NULL;

    json_object_del(copy, "reconciledAt");
    text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(copy);
    return text ? hash64(text, strlen(text)) | 1 : 1;
}

void status_seen(struct app *app, const json_t *application)
{
    const json_t *status = json_object_get(application, "status");
    uint64_t version = object_version(application);
    uint64_t live;

    if (version <= app->status_version)
        return;
    live = status_hash(status);
    app->status_version = version;
    interned_unref(app->status_shape);
    app->status_shape = interned_take(status_shape(status));
    if (live == app->status_live)
        return;
    app->status_live = live;
    app->status_hash = 0; /* somebody else's, unless the answer to a write of ours says otherwise */
    app->status_dirty = true;
}
