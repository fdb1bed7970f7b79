/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a hook: what an earlier operation left of it goes, it is created, it completes (see
 * run_wait.c), our finalizer is taken from it, and it is deleted by its policies.
 * The finalizer keeps an object with a time to live from vanishing before it was judged.
 */
#include "daemon/object/identity.h"
#include "daemon/sync/hook_live.h"
#include "daemon/sync/results.h"
#include "daemon/sync/run_parts.h"
#include "lib/base/log.h"
#include "lib/doc/yaml.h"

void hooks_recall(struct sync_run *run)
{
    for (size_t i = 0; i < run->plan.len; i++) {
        struct running_task *r = &run->running[i];
        const struct app_operation *op = &run->app->op;
        const struct sync_result *known =
            r->task->what == TASK_HOOK ? results_find(op, r->task) : NULL;
        const struct object *object = observer_find(run->syncer->observer, r->task->key);
        bool succeeded = known && streq(known->hook_phase, "Succeeded");

        if (!succeeded && !(known && streq(known->hook_phase, "Failed")))
            continue;
        r->result = (size_t)(known - op->results) + 1;
        r->state = succeeded ? TASK_DONE : TASK_FAILED;
        r->held = object && object->uid[0];
        run->outcome.failed += !succeeded;
    }
}

/* An object that was only held by our finalizer is gone with it. */
static void feed(struct running_task *r, const json_t *live)
{
    struct observer *o = r->run->syncer->observer;
    const json_t *metadata = json_object_get(live, "metadata");

    if (!live)
        observer_feed_gone(o, r->task->key);
    else if (*object_meta_string(live, "deletionTimestamp") &&
             json_array_size(json_object_get(metadata, "finalizers")) == 0)
        observer_feed_gone(o, r->task->key);
    else
        observer_feed(o, live);
}

/* ---- taking our finalizer away ---- */

static task_step_fn strip_first;
static task_step_fn look_and_strip;

static void stripped(struct running_task *r)
{
    r->held = false;
    r->tries = 0;
    r->then(r);
}

static void on_stripped(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;

    if (err && error_kind(err) == ERROR_INVALID && !r->run->canceled) { /* at another place */
        look_and_strip(r);
        return;
    }
    if (err && task_retries(r, err, look_and_strip))
        return;
    if (!err || error_kind(err) == ERROR_NOT_FOUND)
        feed(r, answer);
    else if (!r->run->canceled)
        log_event(LOG_WARN, "hook finalizer not removed", "app", r->run->app->qualified, "object",
                  r->task->key, "error", error_message(err), NULL);
    stripped(r);
}

static void strip_at(struct running_task *r, int index)
{
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(r->run->syncer, t);
    cleanup_json json_t *patch = hook_release_patch(index);

    if (resource)
        kube_json_patch(r->run->client, resource, t->namespace, t->name, patch, on_stripped, r);
    else
        stripped(r);
}

static void strip_first(struct running_task *r)
{
    strip_at(r, 0);
}

static void on_seen_held(void *arg, const json_t *live, const struct error *err)
{
    struct running_task *r = arg;
    int index = hook_finalizer_index(live);

    if (err && task_retries(r, err, look_and_strip))
        return;
    if (!err && index >= 0 && r->tries < 5) {
        r->tries++; /* others may take theirs away meanwhile */
        strip_at(r, index);
        return;
    }
    if (!err || error_kind(err) == ERROR_NOT_FOUND)
        feed(r, live);
    stripped(r);
}

static void look_and_strip(struct running_task *r)
{
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(r->run->syncer, t);

    if (resource)
        kube_get(r->run->syncer->client, resource, t->namespace, t->name, on_seen_held, r);
    else
        stripped(r);
}

/* Then `then` goes on. */
static void strip(struct running_task *r, task_step_fn *then)
{
    r->then = then;
    strip_first(r);
}

/* ---- what an earlier operation left ---- */

static void cleared(struct running_task *r)
{
    task_ended(r, TASK_PENDING);
}

static void on_cleared(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;

    if (err && error_kind(err) != ERROR_NOT_FOUND) {
        if (!task_retries(r, err, start_clear))
            task_failed(r, err);
        return;
    }
    if (*object_meta_string(answer, "deletionTimestamp")) {
        observer_feed(r->run->syncer->observer, answer);
        task_leaves(r, answer);
    } else {
        feed(r, NULL);
    }
    cleared(r);
}

static void delete_leftover(struct running_task *r)
{
    const struct task *t = r->task;
    struct syncer *s = r->run->syncer;
    const struct kube_resource *resource = syncer_resource(s, t);

    if (r->run->canceled || !resource || !*r->uid) {
        cleared(r);
        return;
    }
    kube_delete(r->run->client, resource, t->namespace, t->name, r->uid, NULL,
                r->run->spec.propagation, on_cleared, r);
    r->uid[0] = '\0';
}

/* It runs for this operation already: an earlier process created it. */
static void take_own(struct running_task *r, const json_t *live)
{
    cleanup_free char *name = task_display_name(r->task);

    snprintf(r->uid, sizeof(r->uid), "%s", object_meta_string(live, "uid"));
    r->held = hook_finalizer_index(live) >= 0;
    task_set_result(r, "Synced", "Running", xasprintf("%s created", name));
    task_ended(r, TASK_WAITING);
}

static bool is_own(const struct running_task *r, const json_t *live)
{
    return streq(object_annotation(live, OPERATION_ANNOTATION), r->run->id);
}

/* An object that is nobody's hook, or of another application, is not ours to delete. */
static bool may_replace(const struct running_task *r, const json_t *live)
{
    cleanup_free char *instance = observer_instance(r->run->syncer->observer, live);

    return instance ? streq(instance, r->run->app->instance) : hook_is(live);
}

static void on_leftover(void *arg, const json_t *live, const struct error *err)
{
    struct running_task *r = arg;
    cleanup_error struct error *other = NULL;

    if (err && error_kind(err) == ERROR_NOT_FOUND) {
        feed(r, NULL);
        cleared(r);
        return;
    }
    if (err) {
        if (!task_retries(r, err, start_clear))
            task_failed(r, err);
        return;
    }
    observer_feed(r->run->syncer->observer, live);
    if (r->run->canceled) {
        cleared(r);
    } else if (is_own(r, live)) {
        take_own(r, live);
    } else if (!may_replace(r, live)) {
        error_set(&other, ERROR_CONFLICT,
                  "the hook cannot run: an object of this name exists, and is no hook of this "
                  "application; delete it, or rename the hook");
        task_failed(r, other);
    } else if (r->task->desired->hook_policies & HOOK_DELETE_BEFORE_CREATION) {
        snprintf(r->uid, sizeof(r->uid), "%s", object_meta_string(live, "uid"));
        if (hook_finalizer_index(live) >= 0)
            strip(r, delete_leftover);
        else
            delete_leftover(r);
    } else {
        r->kept = true;
        cleared(r);
    }
}

static void look_for_leftover(struct running_task *r)
{
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(r->run->syncer, t);

    if (resource)
        kube_get(r->run->syncer->client, resource, t->namespace, t->name, on_leftover, r);
    else
        cleared(r);
}

void start_clear(struct running_task *r)
{
    const struct object *object = observer_find(r->run->syncer->observer, r->task->key);

    if (!r->run->spec.dry_run && object && object->uid[0])
        look_for_leftover(r);
    else
        cleared(r);
}

/* ---- running it ---- */

static void on_created(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;
    struct sync_run *run = r->run;
    cleanup_free char *name = NULL;

    if (err && error_code(err) == 409 && !r->kept && !r->tries && !run->canceled) {
        r->tries++; /* it is there: perhaps ours, of which we do not know yet */
        look_for_leftover(r);
        return;
    }
    if (err && task_retries(r, err, error_code(err) == 409 ? look_for_leftover : start_hook))
        return;
    if (err) {
        task_failed(r, err);
        return;
    }
    name = task_display_name(r->task);
    if (run->spec.dry_run) {
        task_set_result(r, "Synced", "Succeeded", xasprintf("%s created (dry run)", name));
        task_ended(r, TASK_DONE);
        return;
    }
    run->syncer->stats.applied++;
    run->outcome.applied++;
    log_event(LOG_INFO, "hook created", "app", run->app->qualified, "revision", run->revision,
              "object", r->task->key, NULL);
    observer_feed(run->syncer->observer, answer);
    snprintf(r->uid, sizeof(r->uid), "%s", object_meta_string(answer, "uid"));
    r->held = true;
    task_set_result(r, "Synced", "Running", xasprintf("%s created", name));
    task_ended(r, TASK_WAITING);
}

/* With the mark of the operation and our finalizer. New reference. */
static json_t *marked_object(const struct running_task *r)
{
    json_t *object = hook_object(r->task->desired, r->task->name);
    json_t *metadata = json_object_get(object, "metadata");
    json_t *annotations = json_object_get(metadata, "annotations");
    json_t *finalizers = json_object_get(metadata, "finalizers");

    if (!annotations)
        json_object_set_new(metadata, "annotations", annotations = json_object());
    json_object_set_new(annotations, OPERATION_ANNOTATION, json_string(r->run->id));
    if (!finalizers)
        json_object_set_new(metadata, "finalizers", finalizers = json_array());
    if (hook_finalizer_index(object) < 0)
        json_array_append_new(finalizers, json_string(HOOK_FINALIZER));
    return object;
}

/* A new object; one that its policies keep is applied. */
void start_hook(struct running_task *r)
{
    const struct task *t = r->task;
    struct syncer *s = r->run->syncer;
    const struct kube_resource *resource = syncer_resource(s, t);
    const struct kube_apply_options *options = apply_options(t, r->run->spec.dry_run);
    cleanup_json json_t *object = NULL;
    cleanup_free char *text = NULL;

    if (!resource) {
        fail_not_served(r);
        return;
    }
    object = marked_object(r);
    if (!r->kept) {
        kube_create(r->run->client, resource, t->namespace, object, options, on_created, r);
        return;
    }
    text = json_dumps(object, JSON_COMPACT);
    kube_apply(r->run->client, resource, t->namespace, t->name, text, strlen(text), options,
               on_created, r);
}

/* ---- the end ---- */

/* How it ended is known, and written down: it may vanish now. */
void start_release(struct running_task *r)
{
    if (r->held && r->state != TASK_WAITING)
        strip(r, request_ended);
    else
        request_ended(r);
}

static void on_removed(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;

    if (!err || error_kind(err) == ERROR_NOT_FOUND) {
        if (*object_meta_string(answer, "deletionTimestamp"))
            feed(r, answer);
        else
            feed(r, NULL);
    } else if (error_kind(err) != ERROR_CONFLICT && !r->run->canceled) {
        log_event(LOG_WARN, "hook not deleted", "app", r->run->app->qualified, "object",
                  r->task->key, "error", error_message(err), NULL);
    }
    request_ended(r);
}

static void remove_hook(struct running_task *r)
{
    const struct task *t = r->task;
    struct syncer *s = r->run->syncer;
    const struct kube_resource *resource = syncer_resource(s, t);
    const struct object *object = observer_find(s->observer, t->key);
    const char *uid = *r->uid || !object ? r->uid : object->uid;

    if (r->run->canceled || !resource || !object || !object->uid[0] || !*uid) {
        request_ended(r);
        return;
    }
    log_event(LOG_INFO, "hook deleted", "app", r->run->app->qualified, "object", t->key, NULL);
    kube_delete(r->run->client, resource, t->namespace, t->name, uid, NULL,
                r->run->spec.propagation, on_removed, r);
}

/* Its policies speak of how the whole operation went. */
void start_clean(struct running_task *r)
{
    unsigned policy = r->run->outcome.failed ? HOOK_DELETE_FAILED : HOOK_DELETE_SUCCEEDED;

    if (r->run->spec.dry_run || !(r->task->desired->hook_policies & policy))
        request_ended(r);
    else if (r->held)
        strip(r, remove_hook);
    else
        remove_hook(r);
}

void start_terminate(struct running_task *r)
{
    if (r->state == TASK_WAITING)
        strip(r, remove_hook);
    else
        start_release(r);
}
