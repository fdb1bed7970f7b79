/* SPDX-License-Identifier: Apache-2.0 */
/* One object is written: by server-side apply, and what another tool applied becomes ours first. */
#include "daemon/app/permission.h"
#include "daemon/object/identity.h"
#include "daemon/sync/adopt.h"
#include "daemon/sync/results.h"
#include "daemon/sync/run_parts.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

const struct kube_apply_options *apply_options(const struct task *t, bool dry_run)
{
    static const struct kube_apply_options options[2][2] = {
        {{.field_manager = FIELD_MANAGER, .force = true, .field_validation = "Strict"},
         {.field_manager = FIELD_MANAGER,
          .force = true,
          .field_validation = "Strict",
          .dry_run = true}},
        {{.field_manager = FIELD_MANAGER, .force = true, .field_validation = "Ignore"},
         {.field_manager = FIELD_MANAGER,
          .force = true,
          .field_validation = "Ignore",
          .dry_run = true}}};

    return &options[(t->options & SYNC_NO_VALIDATE) != 0][dry_run];
}

void fail_not_served(struct running_task *r)
{
    const struct task *t = r->task;
    cleanup_error struct error *err = NULL;

    error_set(&err, ERROR_NOT_FOUND,
              "the API server does not serve %s in %s%s%s: check apiVersion and kind, or install "
              "the CustomResourceDefinition of \"%s\" in this cluster",
              t->kind, t->api_group, *t->api_group ? "/" : "", t->version, t->kind);
    task_failed(r, err);
}

/* ---- the namespace of the destination ---- */

static void on_namespace(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;
    struct sync_run *run = r->run;
    cleanup_free char *name = task_display_name(r->task);

    if (!err) {
        log_event(LOG_INFO, "namespace created", "app", run->app->qualified, "revision",
                  run->revision, "object", r->task->key, NULL);
        task_set_result(r, "Synced", "Succeeded", xasprintf("%s serverside-applied", name));
    }
    if (!err || error_kind(err) == ERROR_CONFLICT) {
        if (!run->spec.dry_run)
            map_set(&run->syncer->namespaces, r->task->name, run->syncer);
        if (answer && !run->spec.dry_run)
            observer_feed(run->syncer->observer, answer);
    } else if (error_code(err) == 403) {
        /* It may exist all the same; where it does not, the objects in it say so. */
        log_event(LOG_WARN, "namespace not created", "app", run->app->qualified, "object",
                  r->task->key, "error", error_message(err), NULL);
    } else if (task_retries(r, err, start_namespace)) {
        return;
    } else {
        task_failed(r, err);
        return;
    }
    task_ended(r, TASK_DONE);
}

static void on_namespace_seen(void *arg, const json_t *live, const struct error *err)
{
    struct running_task *r = arg;
    cleanup_free char *refusal = permission_refusal(r->run->app, r->task->key);
    cleanup_error struct error *denied = NULL;

    (void)live;
    if (!err) {
        task_ended(r, TASK_DONE);
    } else if (error_kind(err) == ERROR_NOT_FOUND && refusal) {
        error_set(&denied, ERROR_DENIED, "%s", refusal);
        task_failed(r, denied);
    } else if (!task_retries(r, err, start_namespace)) {
        task_failed(r, err);
    }
}

/* Where the project does not permit to create it, it has to be there. */
static bool is_permitted(const struct running_task *r)
{
    return permission_has_key(r->run->app, r->task->key);
}

/* Without metadata of its own it only has to exist: one that does is not touched. */
void start_namespace(struct running_task *r)
{
    struct syncer *s = r->run->syncer;
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(s, t);
    const struct kube_apply_options *options = apply_options(t, r->run->spec.dry_run);
    cleanup_json json_t *object = json_loads(t->body, 0, NULL);
    const json_t *metadata = json_object_get(object, "metadata");

    if (!is_permitted(r))
        kube_get(s->client, resource, NULL, t->name, on_namespace_seen, r);
    else if (json_object_get(metadata, "annotations") || json_object_get(metadata, "labels"))
        kube_apply(r->run->client, resource, NULL, t->name, t->body, strlen(t->body), options,
                   on_namespace, r);
    else
        kube_create(r->run->client, resource, NULL, object, options, on_namespace, r);
}

/* ---- apply ---- */

/* The server answered; the object may still not be as we wrote it. Heap string. */
static char *applied_text(const struct running_task *r)
{
    const struct sync_run *run = r->run;
    const struct object *object = observer_find(run->syncer->observer, r->task->key);
    const char *verb = r->verb ? r->verb : "serverside-applied";
    cleanup_free char *name = task_display_name(r->task);

    if (!run->canceled && object && !object->judging && object->verdict == VERDICT_DRIFTED)
        return xasprintf("%s %s, but something on the server rewrites it: %s", name, verb,
                         object->drift);
    return xasprintf("%s %s", name, verb);
}

static void applied(struct running_task *r, const json_t *answer)
{
    struct sync_run *run = r->run;

    observer_feed_written(run->syncer->observer, answer);
    if (!r->is_new) {
        r->written_ms = time_monotonic_ms();
        r->written_version = object_version(answer);
    }
    task_set_result(r, "Synced", "Running", applied_text(r));
    log_event(LOG_INFO, "applied", "app", run->app->qualified, "revision", run->revision, "object",
              r->task->key, NULL);
    task_ended(r, TASK_WAITING);
}

/* A conflict or another failure leaves the ownership shared; the next write tries again. */
static void on_unshared(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;
    cleanup_json json_t *written = TAKE(r->answer);

    if (err)
        log_debug("%s: ownership not taken over: %s", r->task->key, error_message(err));
    applied(r, answer ? answer : written);
}

/* Did it exist after all, applied by another tool, when we had not seen it yet? A write that lacks
 * the other tool's fields can be refused where the result holds both (a renamed port). */
static bool was_foreign(const struct running_task *r, const json_t *answer, const struct error *err)
{
    cleanup_json json_t *move = NULL;

    if (!r->is_new || r->adopted || r->run->canceled)
        return false;
    if (err)
        return error_code(err) == 422;
    move = adopt_patch_move(answer, object_string(answer, "apiVersion"));
    return move != NULL;
}

static task_step_fn adopt;
static task_step_fn send_apply;

static void on_applied(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;
    struct sync_run *run = r->run;
    struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(run->syncer, t);
    cleanup_json json_t *share = NULL;

    r->respecting = NULL;
    if (was_foreign(r, answer, err)) {
        adopt(r);
        return;
    }
    if (err && (task_retries(r, err, send_apply) || replaces_immutable(r, err)))
        return;
    if (err) {
        if (error_kind(err) == ERROR_NOT_FOUND)
            map_remove(&run->syncer->namespaces, t->namespace);
        apply_failed(r, err);
        return;
    }
    run->syncer->stats.applied++;
    run->outcome.applied++;
    share = t->options & SYNC_NO_MIGRATION ? NULL : adopt_patch_share(answer);
    if (!share || !resource || run->canceled) {
        applied(r, answer);
        return;
    }
    r->answer = json_incref((json_t *)answer);
    kube_json_patch(run->client, resource, t->namespace, t->name, share, on_unshared, r);
}

static void send_apply(struct running_task *r)
{
    struct syncer *s = r->run->syncer;
    struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(s, t);
    const struct kube_apply_options *options = apply_options(t, false);
    struct respect_spec spec = {.client = r->run->client,
                                .jq = s->jq,
                                .discovery = s->discovery,
                                .desired = t->desired,
                                .rules = r->run->ignore,
                                .implied_only = !(t->options & SYNC_RESPECT_IGNORED),
                                .options = options};

    if (!resource) {
        fail_not_served(r);
        return;
    }
    syncer_count_repair(s, observer_find(s->observer, t->key));
    if (respect_is_needed(spec.rules, t->desired, spec.implied_only)) {
        spec.resource = resource;
        r->respecting = respect_write_start(&spec, on_applied, r);
        return;
    }
    kube_apply(r->run->client, resource, t->namespace, t->name, t->desired->body,
               t->desired->body_len, options, on_applied, r);
}

static void on_adopted(void *arg, const json_t *live, const struct error *err)
{
    struct running_task *r = arg;

    (void)live;
    if (err && task_retries(r, err, adopt))
        return;
    if (err)
        task_failed(r, err);
    else if (r->run->canceled)
        task_ended(r, TASK_FAILED);
    else
        send_apply(r);
}

static void adopt(struct running_task *r)
{
    struct syncer *s = r->run->syncer;
    struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(s, t);
    cleanup_free char *api_version =
        xasprintf("%s%s%s", t->api_group, *t->api_group ? "/" : "", t->version);

    r->adopted = true;
    if (resource)
        adopt_start(r->run->client, s->discovery, resource, t->namespace, t->name, api_version,
                    on_adopted, r);
    else
        send_apply(r);
}

bool apply_adopts(const struct running_task *r, const struct object *object)
{
    return object && (object->foreign || object->is_hook) &&
           !(r->task->options & SYNC_NO_MIGRATION);
}

void apply_object(struct running_task *r)
{
    const struct object *object = observer_find(r->run->syncer->observer, r->task->key);

    r->is_new = !object || !object->uid[0];
    if (apply_adopts(r, object))
        adopt(r);
    else
        send_apply(r);
}

/* ---- the start ---- */

static void on_tried(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;
    cleanup_free char *name = task_display_name(r->task);

    (void)answer;
    if (err) {
        apply_failed(r, err);
        return;
    }
    task_set_result(r, "Synced", "Succeeded", xasprintf("%s serverside-applied (dry run)", name));
    task_ended(r, TASK_DONE);
}

static void try_apply(struct running_task *r)
{
    struct syncer *s = r->run->syncer;
    struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(s, t);

    if (resource)
        kube_apply(r->run->client, resource, t->namespace, t->name, t->desired->body,
                   t->desired->body_len, apply_options(t, true), on_tried, r);
    else
        fail_not_served(r);
}

/* What another tool applied becomes ours first, so that what is declared no more goes with the
 * same write. */
void start_apply(struct running_task *r)
{
    cleanup_free char *name = NULL;

    if (r->task->unchanged) {
        name = task_display_name(r->task);
        task_set_result(r, "Synced", "Running", xasprintf("%s unchanged", name));
        task_ended(r, TASK_WAITING);
    } else if (r->run->spec.dry_run) {
        try_apply(r);
    } else if (r->task->options & SYNC_REPLACE) {
        start_replace(r);
    } else {
        apply_object(r);
    }
}
