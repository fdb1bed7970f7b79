/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reconcile.h"

#include "daemon/identity.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

/* A cluster that undoes our repairs more often than this in a minute is fighting us. */
#define REPAIRS_PER_MINUTE 10
#define MAX_REPAIR_DELAY_MS 300000
#define DELETION_RETRY_MS 5000
#define LOOK_RETRY_MS 5000
#define CONFLICT_RETRY_MS 500

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

uint64_t reconcile_next_retry(const struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;
    uint64_t next = 0;

    while ((e = map_next(&d->apps, &it))) {
        const struct app *app = e->value;

        if (app->retry_at_ms && (!next || app->retry_at_ms < next))
            next = app->retry_at_ms;
    }
    return next;
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

static void on_source(void *arg, const char *oid, const struct error *err)
{
    struct app *app = arg;

    free(app->source_error);
    app->source_error = err ? xstrdup(error_message(err)) : NULL;
    strcpy(app->target, oid);
    reconcile_schedule(app->daemon, app);
}

static void subscribe(struct daemon *d, struct app *app)
{
    if (app->subscription)
        source_unsubscribe(app->subscription);
    app->subscription = NULL;
    app->target[0] = '\0';
    if (app->spec && daemon_is_own_cluster(d, app->spec) && !app->deleting)
        app->subscription = source_subscribe(d->sources, app->spec->repo_url,
                                             app->spec->target_revision, on_source, app);
}

void reconcile_app_changed(struct daemon *d, struct app *app, bool spec_changed)
{
    if (!app->requested)
        app->request_done = false;
    if (spec_changed) {
        log_event(LOG_INFO, "application changed", "app", app->qualified, NULL);
        tree_record_free(app->record);
        app->record = NULL;
        app->retry_at_ms = 0;
        app->attempts = 0;
        subscribe(d, app);
    }
    if (app->refresh_asked && app->subscription) {
        source_poll_now(app->subscription);
        app->retry_at_ms = 0;
        app->status_dirty = true;
    }
    reconcile_schedule(d, app);
}

void reconcile_app_removed(struct daemon *d, struct app *app)
{
    log_event(LOG_INFO, "application removed", "app", app->qualified, NULL);
    if (app->subscription)
        source_unsubscribe(app->subscription);
    status_writer_forget(d->status, app);
    observer_remove_app(d->observer, app);
    map_remove(&d->apps, app->qualified);
    for (size_t i = 0; i < d->scheduled.len; i++)
        if (d->scheduled.items[i] == app)
            d->scheduled.items[i] = NULL;
    if (app->run)
        sync_run_cancel(app->run);
    app->removed = true;
    if (!app->run && !app->render_running && !app->fetching)
        app_free(app);
    reconcile_schedule_all(d); /* what it held may now belong to others */
}

/* A callback of something that ran for a removed application: is it the last one? */
static bool is_gone(struct app *app)
{
    if (!app->removed)
        return false;
    if (!app->run && !app->render_running && !app->fetching)
        app_free(app);
    return true;
}

/* ---- render ---- */

static void take_render(struct daemon *d, struct app *app, struct render_output *out)
{
    struct desired_set *former = app->desired;

    strcpy(app->rendered, app->rendering);
    app->rendered_spec = app->rendering_spec;
    tree_record_free(app->record);
    app->record = TAKE(out->record);
    app->broken[0] = '\0';
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
    app->is_kustomize = out->is_kustomize;
    app->desired = TAKE(out->desired);
    observer_want(d->observer, app, former);
    desired_set_free(former);
    app_set_condition(app, "RepeatedResourceWarning",
                      app->desired->warnings.len ? app->desired->warnings.items[0] : NULL);
    daemon_look_for_kinds(d, app);
}

/* An object that leaves one application may be wanted by another whose render was not ready: prunes
 * and deletions waited for it. */
static void schedule_waiting_for_renders(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it)))
        if (((struct app *)e->value)->deleting || plan_count_extra(e->value))
            reconcile_schedule(d, e->value);
}

static void on_rendered(void *arg, struct render_output *out, const struct error *err)
{
    struct app *app = arg;
    struct daemon *d = app->daemon;

    app->render_running = false;
    d->stats.render_us += out->duration_us;
    if (!renderer_pending(d->renderer))
        schedule_waiting_for_renders(d);
    if (is_gone(app) || d->stopping) /* when it stops, no source and no API server is left */
        return;
    if (!err) {
        take_render(d, app, out);
    } else if (out->repo_damaged && app->subscription && error_kind(err) != ERROR_CANCELED) {
        log_event(LOG_WARN, "clone damaged, fetching it again", "app", app->qualified, "error",
                  error_message(err), NULL);
        app->target[0] = '\0';
        source_forget(app->subscription);
    } else {
        d->stats.renders_failed++;
        strcpy(app->broken, app->rendering);
        app->broken_spec = app->rendering_spec;
        free(app->render_error);
        app->render_error = xstrdup(error_message(err));
        log_event(LOG_ERROR, "render failed", "app", app->qualified, "revision", app->rendering,
                  "error", error_message(err), NULL);
    }
    app->status_dirty = true;
    reconcile_schedule(d, app);
}

static void start_render(struct daemon *d, struct app *app)
{
    struct app_spec *spec = app->spec;
    struct render_input input = {
        .repo_dir = source_dir(app->subscription),
        .commit = app->target,
        .path = spec->path,
        .dir_explicit = spec->dir_explicit,
        .dir_recurse = spec->dir_recurse,
        .dir_include = spec->dir_include,
        .dir_exclude = spec->dir_exclude,
        .instance = app->instance,
        .namespace = spec->dest_namespace,
        .discovery = d->discovery,
        .record = app->desired && app->rendered_spec == app->spec_hash ? TAKE(app->record) : NULL,
    };

    strcpy(app->rendering, app->target);
    app->rendering_spec = app->spec_hash;
    app->render_running = true;
    render_start(d->renderer, &input, on_rendered, app);
}

/* ---- what is to do ---- */

static bool is_drifted(const struct object *object)
{
    switch (object->verdict) {
    case VERDICT_MISSING:
    case VERDICT_DRIFTED:
    case VERDICT_STALE: return true;
    case VERDICT_UNKNOWN: return !object->desired->known;
    case VERDICT_SYNCED:
    case VERDICT_EXTRA: break;
    }
    return false;
}

static size_t count_drifted(const struct daemon *d, const struct app *app)
{
    size_t count = 0;

    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct object *object = observer_find(d->observer, app->desired->items[i].key);

        count += object && object->wanted_by == app && is_drifted(object);
    }
    return count;
}

/* Only when every application of this moment has been rendered is it certain that nobody wants an
 * object that one of them dropped. */
static bool may_prune(const struct daemon *d)
{
    return d->catalog_complete && !renderer_pending(d->renderer);
}

/* What a prune would delete now: nothing of a kind whose watch fails. */
static size_t count_prunable(const struct app *app)
{
    struct map_entry *e;
    size_t it = 0;
    size_t count = 0;

    while ((e = map_next(&app->tracked, &it)))
        count += plan_is_prunable(app, e->value, false) && object_kind_is_synced(e->value);
    return count;
}

static size_t count_owed(const struct app *app)
{
    struct map_entry *e;
    size_t it = 0;
    size_t count = 0;

    while ((e = map_next(&app->tracked, &it)))
        count += plan_is_prunable(app, e->value, false);
    return app->spec && app->spec->automated && app->spec->prune ? count : 0;
}

static bool has_request(const struct app *app)
{
    return app->requested && !app->request_done;
}

static bool request_prunes(const struct app *app)
{
    return json_is_true(json_object_get(json_object_get(app->requested, "sync"), "prune"));
}

static bool is_synced_revision(const struct app *app)
{
    return streq(app->synced, app->rendered) && app->synced_spec == app->rendered_spec;
}

/* Would pruning leave nothing of the application? Argo CD's allowEmpty guards against it. */
static bool would_wipe_out(const struct app *app)
{
    return app->desired->len == 0 && !app->spec->allow_empty && count_prunable(app) > 0;
}

static bool wants_prune(const struct daemon *d, const struct app *app)
{
    return (app->spec->automated && app->spec->prune && may_prune(d) && count_prunable(app) > 0 &&
            !would_wipe_out(app));
}

static bool wants_sync(const struct daemon *d, const struct app *app)
{
    if (app->deleting) /* for others to finish: ours is done, or was not asked for */
        return false;
    if (has_request(app))
        return true;
    if (!app->spec->automated)
        return false;
    if (is_synced_revision(app) && !app->spec->self_heal)
        return app->prune_owed && wants_prune(d, app);
    return count_drifted(d, app) > 0 || wants_prune(d, app);
}

/* The map. Facts in, state out; nothing is changed here. */
static enum app_state next_state(const struct daemon *d, const struct app *app)
{
    const char *blocker;

    if (app->deleting && app->cascade)
        return app->run ? APP_SYNC : APP_DELETING;
    if (!app->spec || !daemon_is_own_cluster(d, app->spec))
        return APP_INVALID;
    if (!app->target[0] || !d->discovery)
        return APP_SOURCE;
    if (app->render_running)
        return APP_RENDER;
    if (!streq(app->rendered, app->target) || app->rendered_spec != app->spec_hash) {
        if (streq(app->broken, app->target) && app->broken_spec == app->spec_hash)
            return APP_BROKEN;
        return APP_RENDER;
    }
    if (app->run)
        return APP_SYNC;
    if (!observer_is_ready(d->observer, app, &blocker))
        return APP_OBSERVE;
    if (app->retry_at_ms > time_monotonic_ms() && !has_request(app))
        return APP_BACKOFF;
    if (!wants_sync(d, app))
        return APP_IDLE;
    if (!app->from_file && app->recorded_kinds < app->owned_kinds.count)
        return APP_RECORD;
    return APP_SYNC;
}

/* ---- sync ---- */

static uint64_t backoff_delay(const struct app *app)
{
    double delay = (double)app->spec->backoff_ms;

    for (int i = 1; i < app->attempts && delay < (double)app->spec->backoff_max_ms; i++)
        delay *= app->spec->backoff_factor;
    if (app->spec->backoff_max_ms && delay > (double)app->spec->backoff_max_ms)
        delay = (double)app->spec->backoff_max_ms;
    return (uint64_t)delay;
}

static void operation_succeeded(struct daemon *d, struct app *app)
{
    app->op.phase = "Succeeded";
    app->op.message = xstrdup("successfully synced (all tasks run)");
    app->attempts = 0;
    app->retry_at_ms = 0;
    d->stats.syncs_succeeded++;
    app_set_condition(app, "SyncError", NULL);
    if (!app->op.partial) {
        strcpy(app->synced, app->op.revision);
        app->synced_spec = app->rendered_spec;
        app->prune_owed = count_owed(app) > 0;
        status_add_history(app);
    }
}

static void operation_failed(struct daemon *d, struct app *app, const char *reason)
{
    cleanup_free char *condition = NULL;

    app->op.phase = "Failed";
    app->op.message =
        xasprintf("one or more objects failed to apply, reason: %s (retried %d times)", reason,
                  app->op.retry_count);
    app->attempts++;
    app->retry_at_ms = app->spec ? time_monotonic_ms() + backoff_delay(app) : 0;
    d->stats.syncs_failed++;
    condition = xasprintf("Failed last sync attempt to [%s]: %s", app->op.revision, reason);
    app_set_condition(app, "SyncError", condition);
    log_event(LOG_ERROR, "sync failed", "app", app->qualified, "revision", app->op.revision,
              "error", reason, NULL);
}

static void run_ended(struct daemon *d)
{
    if (--d->runs || d->stopping) /* then there is no status writer any more */
        return;
    status_writer_set_busy(d->status, false);
    daemon_settle(d);
}

static void on_synced(void *arg, struct sync_outcome *outcome)
{
    struct app *app = arg;
    struct daemon *d = app->daemon;

    app->run = NULL;
    run_ended(d);
    app->op.finished_ms = time_wall_ms();
    app->op.results = TAKE(outcome->results);
    app->op.result_count = outcome->result_count;
    app->op.transient = outcome->transient;
    if (is_gone(app)) {
        free(outcome->message);
        return;
    }
    if (outcome->canceled) {
        app->op.phase = "Failed";
        app->op.message = xasprintf("superseded by revision %s", app->rendered);
        log_event(LOG_INFO, "sync superseded", "app", app->qualified, "revision", app->op.revision,
                  NULL);
    } else if (outcome->failed) {
        operation_failed(d, app, outcome->message);
    } else {
        char count[32];

        snprintf(count, sizeof(count), "%zu", outcome->applied + outcome->pruned);
        operation_succeeded(d, app);
        log_event(LOG_INFO, "synced", "app", app->qualified, "revision", app->op.revision,
                  "objects", count, NULL);
    }
    if (!app->op.automated && !outcome->canceled) /* a newer revision is what is asked for now */
        app->request_done = true;
    free(outcome->message);
    daemon_look_for_kinds(d, app);
    app->status_dirty = true;
    reconcile_schedule(d, app);
}

/* A repair that is undone again and again is slowed down, not repeated as fast as we can. */
static bool is_fighting(struct app *app)
{
    uint64_t now = time_monotonic_ms();
    uint64_t delay = 1000;

    if (now < app->repair_again_ms) {
        app->retry_at_ms = app->repair_again_ms;
        app_set_condition(app, "SyncError",
                          "something in the cluster keeps undoing the repairs of this application; "
                          "repairing it less often");
        return true;
    }
    if (now - app->repair_again_ms > 60000)
        app->repairs = 0;
    app->repair_again_ms = now;
    if (++app->repairs < REPAIRS_PER_MINUTE)
        return false;
    for (unsigned i = REPAIRS_PER_MINUTE; i < app->repairs && delay < MAX_REPAIR_DELAY_MS; i++)
        delay *= 2;
    app->repair_again_ms += delay;
    return false;
}

static void log_repair(const struct daemon *d, const struct app *app)
{
    for (size_t i = 0; i < app->desired->len; i++) {
        const struct object *object = observer_find(d->observer, app->desired->items[i].key);

        if (object && object->wanted_by == app && is_drifted(object))
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
        !streq(revision, app->spec->target_revision))
        return xasprintf("operation.sync.revision is %s, but the application follows "
                         "spec.source.targetRevision %s, which is %s",
                         revision, app->spec->target_revision, app->rendered);
    return NULL;
}

/* Is the request that is next one that cannot be served? Then it has ended. */
static bool refuse_request(struct daemon *d, struct app *app)
{
    char *problem = has_request(app) ? request_problem(app) : NULL;

    if (!problem)
        return false;
    app_operation_clear(&app->op);
    app->op = (struct app_operation){.phase = "Error",
                                     .message = problem,
                                     .source = json_incref(app->spec->source),
                                     .started_ms = time_wall_ms(),
                                     .finished_ms = time_wall_ms()};
    strcpy(app->op.revision, app->rendered);
    app->request_done = true;
    log_event(LOG_WARN, "operation refused", "app", app->qualified, "error", problem, NULL);
    reconcile_schedule(d, app);
    return true;
}

static void start_sync(struct daemon *d, struct app *app)
{
    bool manual = has_request(app);
    bool partial = !manual && is_synced_revision(app);
    struct plan_options options = {
        .prune = manual ? request_prunes(app) && may_prune(d) : wants_prune(d, app),
        .create_namespace = app->spec->create_namespace &&
                            !syncer_knows_namespace(d->syncer, app->spec->dest_namespace),
    };
    struct plan plan;
    int retries = streq(app->op.phase, "Failed") && streq(app->op.revision, app->rendered)
                      ? app->op.retry_count + 1
                      : 0;

    if (partial && is_fighting(app)) {
        app->state = APP_BACKOFF;
        return;
    }
    if (partial) {
        d->stats.repairs++;
        log_repair(d, app);
    }
    plan_build(&plan, app, d->observer, &options);
    app_operation_clear(&app->op);
    app->op = (struct app_operation){.phase = "Running",
                                     .source = json_incref(app->spec->source),
                                     .started_ms = time_wall_ms(),
                                     .retry_count = retries,
                                     .automated = !manual,
                                     .prune = options.prune,
                                     .partial = partial};
    strcpy(app->op.revision, app->rendered);
    d->runs++;
    status_writer_set_busy(d->status, true);
    /* Foreground deletion would leave an object behind for as long as the cluster's garbage
     * collector is away, and blocks its name; see docs/decisions.md. */
    app->run = sync_run_start(d->syncer, app, &plan, "Background", on_synced, app);
}

/* ---- deletion of an application ---- */

static void on_finalized(void *arg, const json_t *answer, const struct error *err)
{
    struct app *app = arg;

    (void)answer;
    app->fetching--;
    if (is_gone(app))
        return;
    app->finalizing = false;
    if (!err || error_kind(err) == ERROR_NOT_FOUND || app->daemon->stopping)
        return;
    app->retry_at_ms = time_monotonic_ms();
    if (error_kind(err) == ERROR_CONFLICT) { /* its event comes, or has come */
        app->retry_at_ms += CONFLICT_RETRY_MS;
    } else {
        log_event(LOG_WARN, "finalizer not removed", "app", app->qualified, "error",
                  error_message(err), NULL);
        app->retry_at_ms += DELETION_RETRY_MS;
    }
    reconcile_schedule(app->daemon, app);
}

static void remove_finalizers(struct daemon *d, struct app *app)
{
    cleanup_json json_t *rest = json_array();
    cleanup_json json_t *patch = NULL;
    const struct kube_resource *r =
        kube_discovery_find(d->discovery, "argoproj.io", "v1alpha1", "Application");
    json_t *item;
    size_t i;

    if (app->finalizing || !r)
        return;
    json_array_foreach (app->finalizers, i, item) {
        if (!str_has_prefix(json_string_value(item), "resources-finalizer.argocd.argoproj.io"))
            json_array_append(rest, item);
    }
    /* Of exactly this Application: another may have its name by now, or another finalizer. */
    patch = json_pack("{s:{s:O, s:s}}", "metadata", "finalizers", rest, "resourceVersion",
                      app->version);
    app->finalizing = true;
    app->fetching++;
    kube_merge_patch(d->client, r, app->namespace, app->name, patch, on_finalized, app);
}

static void on_deleted_all(void *arg, struct sync_outcome *outcome)
{
    struct app *app = arg;
    struct daemon *d = app->daemon;

    app->run = NULL;
    run_ended(d);
    if (outcome->failed && !app->removed) {
        app_set_condition(app, "DeletionError", outcome->message);
        app->attempts++;
        app->retry_at_ms = time_monotonic_ms() + DELETION_RETRY_MS;
    }
    app_operation_clear(&app->op);
    app->op.results = outcome->results;
    app->op.result_count = outcome->result_count;
    free(outcome->message);
    if (!is_gone(app))
        reconcile_schedule(d, app);
}

/* Has everything been looked for that the application may own? */
static bool knows_all_kinds(const struct daemon *d, const struct app *app)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&app->owned_kinds, &it)))
        if (!observer_kind_is_known(d->observer, e->key))
            return false;
    return true;
}

/* Delete what the application deployed, then let it go. */
static void continue_deletion(struct daemon *d, struct app *app)
{
    struct plan plan;
    struct plan_options options = {.prune = true, .deletion = true};
    struct desired_set *former = app->desired;
    const char *blocker;
    struct map_entry *e;
    size_t it = 0;
    size_t left = 0;

    if (app->subscription)
        source_unsubscribe(app->subscription);
    app->subscription = NULL;
    app->target[0] = '\0';
    if (former) {
        app->desired = xcalloc(1, sizeof(*app->desired));
        observer_want(d->observer, app, former);
        desired_set_free(former);
    }
    if (!d->catalog_complete || !d->discovery || app->render_running || !knows_all_kinds(d, app) ||
        !observer_is_ready(d->observer, app, &blocker) || app->retry_at_ms > time_monotonic_ms() ||
        renderer_pending(d->renderer))
        return;
    while ((e = map_next(&app->tracked, &it)))
        left += plan_is_extra(app, e->value) && !((struct object *)e->value)->no_delete;
    if (!left) {
        remove_finalizers(d, app);
        return;
    }
    plan_build(&plan, app, d->observer, &options);
    if (!plan.len) { /* all of them are going already: their events wake us */
        plan_clear(&plan);
        return;
    }
    log_event(LOG_INFO, "deleting what the application deployed", "app", app->qualified, NULL);
    d->runs++;
    app->run = sync_run_start(d->syncer, app, &plan, app->foreground ? "Foreground" : "Background",
                              on_deleted_all, app);
}

/* ---- an object whose verdict is out of date, and that nobody will write: look at it ---- */

struct look {
    struct app *app;
    char *key;
};

static void on_looked(void *arg, const json_t *live, const struct error *err)
{
    struct look *look = arg;
    struct app *app = look->app;

    app->fetching--;
    if (!app->removed && live)
        observer_feed(app->daemon->observer, live);
    else if (!app->removed && error_kind(err) == ERROR_NOT_FOUND)
        observer_feed_gone(app->daemon->observer, look->key);
    else if (!app->removed && error_is_transient(err))
        app->retry_at_ms = time_monotonic_ms() + LOOK_RETRY_MS;
    free(look->key);
    free(look);
    is_gone(app);
}

static void look_again(struct daemon *d, struct app *app, bool at_stale)
{
    if (app->fetching)
        return;
    for (size_t i = 0; i < app->desired->len; i++) {
        const struct desired *want = &app->desired->items[i];
        const struct object *object = observer_find(d->observer, want->key);
        const struct kube_resource *r; /* in another version its answer would tell nothing */
        struct look *look;

        if (!object || object->wanted_by != app ||
            !(object->unseen || (at_stale && object->verdict == VERDICT_STALE)))
            continue;
        r = kube_discovery_find(d->discovery, want->group, want->version, want->kind);
        if (!r)
            continue;
        look = xcalloc(1, sizeof(*look));
        *look = (struct look){.app = app, .key = xstrdup(want->key)};
        app->fetching++;
        kube_get(d->client, r, want->namespace, want->name, on_looked, look);
    }
}

/* ---- entering a state ---- */

/* Source: Argo CD, SharedResourceWarning. */
static char *shared_object(const struct daemon *d, const struct app *app)
{
    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct desired *want = &app->desired->items[i];
        const struct object *object = observer_find(d->observer, want->key);

        if (object && object->wanted_by && object->wanted_by != app)
            return xasprintf("%s/%s is part of applications %s and %s", want->kind, want->name,
                             app->qualified, object->wanted_by->qualified);
    }
    return NULL;
}

static void set_conditions(struct daemon *d, struct app *app, const char *blocker)
{
    cleanup_free char *invalid = NULL;
    cleanup_free char *comparison = NULL;
    cleanup_free char *shared = shared_object(d, app);

    if (!app->spec)
        invalid = xstrdup(app->spec_error);
    else if (!daemon_is_own_cluster(d, app->spec))
        invalid =
            xasprintf("spec.destination %s is another cluster than this one: ignored here "
                      "(https://kubernetes.default.svc or in-cluster is this one)",
                      *app->spec->dest_server ? app->spec->dest_server : app->spec->dest_name);
    if (app->source_error)
        comparison = xasprintf("Failed to load target state: %s", app->source_error);
    else if (app->state == APP_BROKEN)
        comparison = xasprintf("Failed to load target state: revision %s: %s", app->broken,
                               app->render_error);
    else if (blocker)
        comparison = xasprintf("Failed to load live state: %s", blocker);
    app_set_condition(app, "InvalidSpecError", invalid);
    app_set_condition(app, "ComparisonError", comparison);
    app_set_condition(app, "SharedResourceWarning", shared);
}

/* The process that started this operation did not live to see its end. */
static void finish_inherited(struct app *app, bool all_done)
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

static void enter_idle(struct daemon *d, struct app *app)
{
    cleanup_free char *wipe = NULL;

    look_again(d, app, !app->spec->automated || !app->spec->self_heal);
    finish_inherited(app, count_drifted(d, app) == 0);
    if (count_drifted(d, app))
        return;
    if (!app->spec->automated)
        return;
    app->prune_owed = count_owed(app) > 0 && (app->prune_owed || !is_synced_revision(app));
    strcpy(app->synced, app->rendered);
    app->synced_spec = app->rendered_spec;
    if (app->spec->prune && would_wipe_out(app))
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
        if (!app->run && !refuse_request(d, app))
            start_sync(d, app);
        break;
    case APP_IDLE: enter_idle(d, app); break;
    case APP_DELETING: continue_deletion(d, app); break;
    case APP_INVALID:
    case APP_SOURCE:
    case APP_BROKEN:
    case APP_OBSERVE:
    case APP_BACKOFF: break;
    }
}

/* All that the last process owned has been looked for. */
static void forget_inherited(struct daemon *d, struct app *app)
{
    if (!app->inherited || !knows_all_kinds(d, app))
        return;
    json_decref(app->inherited);
    app->inherited = NULL;
}

static void reconcile(struct daemon *d, struct app *app)
{
    const char *blocker = NULL;

    forget_inherited(d, app);
    app_enter(d, app, next_state(d, app));
    if (app->state == APP_OBSERVE)
        observer_is_ready(d->observer, app, &blocker);
    set_conditions(d, app, blocker);
    status_update_health(app, d->observer);
    app->reconciled_ms = time_wall_ms();
    app->status_dirty = true; /* whether anything changed is found when it is written */
    if (app->state != APP_SOURCE || app->source_error)
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
        reconcile(d, app);
    }
    ptrvec_clear(&now);
}
