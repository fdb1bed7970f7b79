/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/deletion.h"

#include "daemon/deletion_hooks.h"
#include "daemon/finalizers.h"
#include "daemon/follow.h"
#include "daemon/object/identity.h"
#include "daemon/object/sync_options.h"
#include "daemon/operation.h"
#include "daemon/permit.h"
#include "daemon/project/projects.h"
#include "daemon/schedule.h"
#include "daemon/status/status.h"
#include "daemon/sync/prune.h"
#include "daemon/sync/run.h"
#include "daemon/wants.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#define RETRY_FIRST_MS 5000
#define RETRY_MAX_MS 180000
/* What is still there after this time is looked at: something holds it. */
#define STUCK_AFTER_MS 5000
#define STUCK_LOOK_MS 30000

void deletion_is_blocked(struct app *app, const char *why)
{
    cleanup_free char *text =
        xasprintf("its hooks for the deletion cannot be rendered: %s; to delete it without them, "
                  "remove the finalizers pre-delete-finalizer.argocd.argoproj.io and "
                  "post-delete-finalizer.argocd.argoproj.io",
                  why);

    app_set_condition(app, "DeletionError", text);
}

static void failed(struct app *app, const char *why)
{
    uint64_t delay = RETRY_FIRST_MS;

    for (int i = 0; i < app->attempts && delay < RETRY_MAX_MS; i++)
        delay *= 2;
    app->attempts++;
    app->retry_at_ms = time_monotonic_ms() + (delay < RETRY_MAX_MS ? delay : RETRY_MAX_MS);
    app_set_condition(app, "DeletionError", why);
    log_event(LOG_ERROR, "deletion failed", "app", app->qualified, "error", why, NULL);
}

/* A part is done. */
static void finished(struct daemon *d, struct app *app, unsigned finalizers)
{
    app->attempts = 0;
    app_set_condition(app, "DeletionError", NULL);
    app_set_condition(app, "DeletionWarning", NULL);
    finalizers_change(d, app, 0, finalizers);
}

/* ---- an object that does not go ---- */

struct look {
    struct app *app;
    char *key;
};

static char *held_by(const json_t *live)
{
    const json_t *finalizers = json_object_get(json_object_get(live, "metadata"), "finalizers");
    char *text = xstrdup("");
    const json_t *item;
    size_t i;

    json_array_foreach (finalizers, i, item) {
        char *more = xasprintf("%s%s%s", text, i ? ", " : "", json_string_value(item));

        free(text);
        text = more;
    }
    return text;
}

static void on_looked(void *arg, const json_t *live, const struct error *err)
{
    struct look *look = arg;
    struct app *app = look->app;
    struct daemon *d = app->daemon;

    app->fetching--;
    app->deletion_requests--;
    if (app->removed || d->stopping) {
        /* nobody is left to tell */
    } else if (err && error_kind(err) == ERROR_NOT_FOUND) {
        observer_feed_gone(d->observer, look->key);
    } else if (live) {
        cleanup_free char *finalizers = held_by(live);
        cleanup_free char *text =
            xasprintf("waiting for deletion of %s, which has the finalizers [%s] (since %s)",
                      look->key, finalizers, object_meta_string(live, "deletionTimestamp"));

        app_set_condition(app, "DeletionWarning", text);
        observer_feed(d->observer, live);
        status_writer_wake(d->status, app);
    }
    free(look->key);
    free(look);
    app_is_gone(app);
}

static void look_at(struct daemon *d, struct app *app, const struct object *object)
{
    const struct kube_resource *r = object_resource(object);
    const char *name = strrchr(object->key, '/') + 1;
    cleanup_free char *ns = xstrdup(strchr(strchr(object->key, '/') + 1, '/') + 1);
    struct look *look;

    if (!r)
        return;
    *strchr(ns, '/') = '\0';
    look = xcalloc(1, sizeof(*look));
    *look = (struct look){.app = app, .key = xstrdup(object->key)};
    app->fetching++;
    app->deletion_requests++;
    kube_get(d->client, r, ns, name, on_looked, look);
}

/* All that is left is going: its events wake us, and what takes long is looked at. */
static void wait_for(struct daemon *d, struct app *app, const struct object *object)
{
    uint64_t now = time_monotonic_ms();

    if (!app->stuck_since_ms)
        app->stuck_since_ms = now;
    if (now >= app->stuck_since_ms + STUCK_AFTER_MS && now >= app->stuck_look_ms) {
        look_at(d, app, object);
        app->stuck_look_ms = now + STUCK_LOOK_MS;
    } else if (app->stuck_look_ms <= now) {
        app->stuck_look_ms = app->stuck_since_ms + STUCK_AFTER_MS;
    }
}

/* ---- what it deployed ---- */

static void on_progress(void *arg)
{
    struct app *app = arg;

    if (app->op.message && !app->removed && !app->daemon->stopping) {
        app_set_condition(app, "DeletionWarning", app->op.message);
        status_writer_wake(app->daemon->status, app);
    }
}

static void on_deleted_all(void *arg, struct sync_outcome *outcome)
{
    struct app *app = arg;
    struct daemon *d = app->daemon;

    app->run = NULL;
    operation_run_ended(d);
    app->stuck_since_ms = 0;
    if (!app->removed && outcome->end == SYNC_FAILED)
        failed(app, outcome->message);
    free(outcome->message);
    if (!app_is_gone(app))
        schedule_app(d, app);
}

/* Desired objects are not wanted any more; hooks are, until they have run. */
static void want_nothing(struct daemon *d, struct app *app)
{
    struct desired_set *former = app->desired;

    if (!former || (!former->len && !former->skipped_count))
        return;
    app->desired = desired_set_hooks(former);
    observer_want(d->observer, app, former);
    desired_set_unref(former);
}

struct left {
    size_t count;                /* that are to go and are still there */
    size_t staying;              /* of them: not being deleted yet */
    const struct object *going;  /* one that is */
    const struct object *unsure; /* one of a kind that cannot be seen now */
    const struct object *asks;   /* one that wants a person's word */
};

static struct left what_is_left(const struct app *app)
{
    unsigned options = app->spec ? app->spec->sync_options : 0;
    struct left left = {0};
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&app->tracked, &it))) {
        const struct object *object = e->value;

        if (!plan_goes_with_app(app, object))
            continue;
        left.count++;
        if (!object_kind_is_synced(object))
            left.unsure = object;
        if (object->deleting)
            left.going = object;
        else
            left.staying++;
        if (!object->deleting &&
            ((object->options | options) & (SYNC_CONFIRM_DELETE | SYNC_CONFIRM_PRUNE)))
            left.asks = object;
    }
    return left;
}

static void ask_for_word(struct app *app, const struct left *left)
{
    cleanup_free char *text = xasprintf(
        "waiting for confirmation of the deletion of %zu objects, because %s asks for it "
        "(Delete=confirm): run kubectl -n %s annotate applications.argoproj.io %s --overwrite "
        "argocd.argoproj.io/deletion-approved=$(date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ)",
        left->count, left->asks->key, app->namespace, app->name);

    app_set_condition(app, "DeletionWarning", text);
}

static void start_run(struct daemon *d, struct app *app, const char *user)
{
    struct plan_options options = {.prune = true, .deletion = true};
    struct plan plan;

    plan_build(&plan, app, d->observer, &options);
    log_event(LOG_INFO, "deleting what the application deployed", "app", app->qualified, NULL);
    app_operation_clear(&app->op);
    app->op.started_ms = time_wall_ms();
    d->runs++;
    app->run = sync_run_start(
        d->syncer, &(struct sync_run_spec){.app = app,
                                           .plan = &plan,
                                           .propagation = app->finalizer_bits & FINALIZER_FOREGROUND
                                                              ? "Foreground"
                                                              : "Background",
                                           .user = user,
                                           .progress = on_progress,
                                           .done = on_deleted_all,
                                           .arg = app});
}

static void cascade(struct daemon *d, struct app *app, const char *user)
{
    struct left left;

    want_nothing(d, app);
    left = what_is_left(app);
    if (!left.count) {
        finished(d, app, FINALIZER_CASCADE | FINALIZER_FOREGROUND);
    } else if (left.unsure) {
        return; /* its kind wakes us when it is seen again */
    } else if (left.asks && !plan_is_approved(app, app->deleting_since_ms)) {
        ask_for_word(app, &left);
    } else if (left.staying) {
        start_run(d, app, user);
    } else {
        wait_for(d, app, left.going);
    }
}

/* ---- hooks ---- */

static void run_hooks(struct daemon *d, struct app *app, enum hook_type type, unsigned finalizer,
                      const char *user)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *waits = NULL;

    if (!app->desired) {
        deletion_is_blocked(app, app->refusal      ? app->refusal
                                 : app->spec_error ? app->spec_error
                                                   : "they are not rendered yet");
        return;
    }
    if (deletion_hooks_run(d, app, type, user, &waits, &err)) {
        finished(d, app, finalizer);
        return;
    }
    if (err)
        failed(app, error_message(err));
    app_set_condition(app, "DeletionWarning", waits);
}

static void clean_hooks(struct daemon *d, struct app *app, enum hook_type type, unsigned finalizer,
                        const char *user)
{
    cleanup_free char *waits = NULL;

    if (deletion_hooks_clean(d, app, type, user, &waits))
        finished(d, app, finalizer);
    else
        app_set_condition(app, "DeletionWarning", waits);
}

/* ---- the order ---- */

/* Is all known that there is to know, and nothing under way? */
static bool is_ready(struct daemon *d, struct app *app)
{
    const char *blocker;

    return d->catalog_complete && d->discovery && d->settings && !app->run &&
           !app->render_running && !app->finalizing && !app->deletion_requests &&
           app->retry_at_ms <= time_monotonic_ms() && wants_known_kinds(d, app) &&
           observer_is_ready(d->observer, app, &blocker);
}

/* Without its project nobody knows what may be deleted. */
static bool has_project(struct daemon *d, struct app *app)
{
    const char *why;

    if (!app->spec || app->project)
        return true;
    if (projects_are_known(d->projects, &why))
        app_set_condition(app, "DeletionError", app->refusal);
    return false;
}

void deletion_continue(struct daemon *d, struct app *app)
{
    unsigned bits = app->finalizer_bits;
    cleanup_error struct error *err = NULL;
    cleanup_free char *user = NULL;

    if (!finalizers_want_render(app)) {
        follow_stop(app);
        remotes_free(TAKE(app->remotes));
        revision_set(&app->target, "");
    }
    if (!is_ready(d, app))
        return;
    if (app->spec && !daemon_is_own_cluster(d, app->spec)) {
        finished(d, app, bits & FINALIZERS_OF_OURS); /* what it deployed is in another cluster */
        return;
    }
    if (!has_project(d, app))
        return;
    if (app->spec && permit_user(d, app, &user, &err) < 0) {
        failed(app, error_message(err));
        return;
    }
    if (bits & FINALIZER_PRE_DELETE)
        run_hooks(d, app, HOOK_PRE_DELETE, FINALIZER_PRE_DELETE, user);
    else if ((bits & FINALIZER_CASCADE) && !renderer_pending(d->renderer))
        cascade(d, app, user);
    else if (bits & FINALIZER_CASCADE)
        return; /* an object may be on its way to another application */
    else if (bits & FINALIZER_POST_DELETE)
        run_hooks(d, app, HOOK_POST_DELETE, FINALIZER_POST_DELETE, user);
    else if (bits & FINALIZER_PRE_DELETE_CLEANUP)
        clean_hooks(d, app, HOOK_PRE_DELETE, FINALIZER_PRE_DELETE_CLEANUP, user);
    else if (bits & FINALIZER_POST_DELETE_CLEANUP)
        clean_hooks(d, app, HOOK_POST_DELETE, FINALIZER_POST_DELETE_CLEANUP, user);
}
