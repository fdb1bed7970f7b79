/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replace=true and Force=true: an object is put in the place of the live one, or the live one is
 * deleted and created anew. Afterwards it is applied, so that its fields are ours.
 */
#include "daemon/object/identity.h"
#include "daemon/sync/run_parts.h"
#include "lib/base/log.h"
#include "lib/doc/yaml.h"

static const char approve[] = "annotate the Application with "
                              "argocd.argoproj.io/deletion-approved: <the time now, RFC 3339>";

static task_step_fn recreate;
static task_step_fn create;

/* Deleting one of these takes with it what no Git repository holds. */
static bool holds_data(const struct task *t)
{
    static const char *const core[] = {"PersistentVolumeClaim", "PersistentVolume", "Namespace"};

    for (size_t i = 0; !*t->api_group && i < ARRAY_LEN(core); i++)
        if (streq(t->kind, core[i]))
            return true;
    return streq(t->kind, "CustomResourceDefinition");
}

static bool may_recreate(const struct running_task *r)
{
    return !holds_data(r->task) || plan_is_approved(r->run->app, r->run->app->op.started_ms);
}

static bool is_immutable(const struct error *err)
{
    static const char *const signs[] = {
        "immutable",
        "may not change once set",
        "may not be changed",
        "pod updates may not change fields other than",
        "Forbidden: updates to ", /* a StatefulSet's spec, a StorageClass's parameters */
        "cannot change roleRef",
    };

    for (size_t i = 0; error_code(err) == 422 && i < ARRAY_LEN(signs); i++)
        if (strstr(error_message(err), signs[i]))
            return true;
    return false;
}

void apply_failed(struct running_task *r, const struct error *err)
{
    cleanup_error struct error *told = NULL;

    if (!is_immutable(err)) {
        task_failed(r, err);
        return;
    }
    if (holds_data(r->task) && (r->task->options & SYNC_FORCE))
        error_set(&told, error_kind(err),
                  "%s (Force=true would delete the %s and all that is in it: to let it, %s)",
                  error_message(err), r->task->kind, approve);
    else
        error_set(
            &told, error_kind(err),
            "%s (such a field is set when the object is created: the annotation "
            "argocd.argoproj.io/sync-options: Force=true lets it be deleted and created anew)",
            error_message(err));
    task_failed(r, told);
}

/* The new object is there, and is applied; or it was refused. */
static void in_place(struct running_task *r, const json_t *answer, const struct error *err)
{
    if (err) {
        apply_failed(r, err);
        return;
    }
    observer_feed(r->run->syncer->observer, answer);
    if (r->run->canceled)
        task_ended(r, TASK_FAILED);
    else
        apply_object(r);
}

/* ---- delete and create ---- */

static void on_created(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;

    if (!err || !task_retries(r, err, create)) /* a conflict: the last one is still going */
        in_place(r, answer, err);
}

static void create(struct running_task *r)
{
    const struct task *t = r->task;
    struct syncer *s = r->run->syncer;
    cleanup_json json_t *object =
        json_loadb(t->desired->body, t->desired->body_len, JSON_ALLOW_NUL, NULL);
    const struct kube_resource *resource = syncer_resource(s, t);

    if (resource)
        kube_create(r->run->client, resource, t->namespace, object, apply_options(t, is_check(r)),
                    is_check(r) ? on_checked : on_created, r);
    else
        fail_not_served(r);
}

static void on_deleted(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;

    (void)answer;
    if (err && error_kind(err) != ERROR_NOT_FOUND) {
        if (!task_retries(r, err, recreate))
            task_failed(r, err);
    } else if (r->run->canceled) {
        task_ended(r, TASK_FAILED);
    } else {
        r->tries = 0;
        create(r);
    }
}

static bool is_of_another(const struct sync_run *run, const json_t *live)
{
    cleanup_free char *instance = observer_instance(run->syncer->observer, live);

    return instance && !streq(instance, run->app->instance);
}

static void delete_it(struct running_task *r, const json_t *live)
{
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(r->run->syncer, t);

    if (!resource) {
        fail_not_served(r);
        return;
    }
    log_event(LOG_INFO, "deleted to be created anew", "app", r->run->app->qualified, "revision",
              r->run->revision, "object", t->key, NULL);
    kube_delete(r->run->client, resource, t->namespace, t->name, object_meta_string(live, "uid"),
                object_meta_string(live, "resourceVersion"), r->run->spec.propagation, on_deleted,
                r);
}

/* Only what the object itself is to blame for: a quota, a port or what a webhook compares may be
 * taken by the one that goes. */
static bool is_malformed(const struct error *err)
{
    return (error_code(err) == 400 || error_code(err) == 422) &&
           !strstr(error_message(err), "already allocated");
}

static void on_tried(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;
    cleanup_json json_t *live = TAKE(r->answer);

    (void)answer;
    if (err && is_malformed(err))
        apply_failed(r, err);
    else if (is_check(r))
        on_checked(r, NULL, NULL);
    else if (r->run->canceled)
        task_ended(r, TASK_FAILED);
    else
        delete_it(r, live);
}

/* Nothing is deleted whose successor would be refused. The server judges it before it finds that
 * the name is taken. */
static void try_create(struct running_task *r, const struct kube_resource *resource)
{
    const struct task *t = r->task;
    cleanup_json json_t *object =
        json_loadb(t->desired->body, t->desired->body_len, JSON_ALLOW_NUL, NULL);

    kube_create(r->run->client, resource, t->namespace, object, apply_options(t, true), on_tried,
                r);
}

static void on_condemned(void *arg, const json_t *live, const struct error *err)
{
    cleanup_error struct error *other = NULL;
    struct running_task *r = arg;
    const struct task *t = r->task;
    struct syncer *s = r->run->syncer;
    const struct kube_resource *resource = syncer_resource(s, t);

    if (r->run->canceled) {
        task_ended(r, TASK_FAILED);
    } else if (err && error_kind(err) == ERROR_NOT_FOUND) {
        create(r);
    } else if (err && is_check(r)) {
        on_checked(r, NULL, err);
    } else if (err) {
        if (!task_retries(r, err, recreate))
            task_failed(r, err);
    } else if (!resource) {
        fail_not_served(r);
    } else if (is_of_another(r->run, live)) {
        error_set(&other, ERROR_DENIED,
                  "it belongs to another application: it is not deleted to be created anew");
        task_failed(r, other);
    } else {
        r->answer = json_incref((json_t *)live);
        try_create(r, resource);
    }
}

static void recreate(struct running_task *r)
{
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(r->run->syncer, t);

    if (resource)
        kube_get(r->run->syncer->client, resource, t->namespace, t->name, on_condemned, r);
    else
        fail_not_served(r);
}

bool replaces_immutable(struct running_task *r, const struct error *err)
{
    if (!is_immutable(err) || !(r->task->options & SYNC_FORCE) || r->verb || r->run->canceled ||
        !may_recreate(r))
        return false;
    r->verb = "replaced";
    recreate(r);
    return true;
}

/* ---- put in its place ---- */

static void on_put(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;

    if (!err || !task_retries(r, err, start_replace)) /* a conflict: somebody wrote meanwhile */
        in_place(r, answer, err);
}

static void put(struct running_task *r, const struct kube_resource *resource, const json_t *live)
{
    const struct task *t = r->task;
    cleanup_json json_t *object =
        json_loadb(t->desired->body, t->desired->body_len, JSON_ALLOW_NUL, NULL);

    json_object_set(json_object_get(object, "metadata"), "resourceVersion",
                    json_object_get(json_object_get(live, "metadata"), "resourceVersion"));
    kube_replace(r->run->client, resource, t->namespace, t->name, object,
                 apply_options(t, is_check(r)), is_check(r) ? on_checked : on_put, r);
}

static void on_seen(void *arg, const json_t *live, const struct error *err)
{
    struct running_task *r = arg;
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(r->run->syncer, t);
    bool is_core = streq(t->kind, "CustomResourceDefinition") || streq(t->kind, "Namespace");

    if (r->run->canceled) {
        task_ended(r, TASK_FAILED);
    } else if (err && error_kind(err) == ERROR_NOT_FOUND) {
        r->verb = "created";
        create(r);
    } else if (err && is_check(r)) {
        on_checked(r, NULL, err);
    } else if (err) {
        if (!task_retries(r, err, start_replace))
            task_failed(r, err);
    } else if (!resource) {
        fail_not_served(r);
    } else if ((t->options & SYNC_FORCE) && !is_core && may_recreate(r)) {
        r->verb = "replaced";
        recreate(r);
    } else {
        r->verb = is_core ? "updated" : "replaced";
        put(r, resource, live);
    }
}

void start_replace(struct running_task *r)
{
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(r->run->syncer, t);

    if (resource)
        kube_get(r->run->syncer->client, resource, t->namespace, t->name, on_seen, r);
    else
        fail_not_served(r);
}
