/* SPDX-License-Identifier: Apache-2.0 */
/* One object that is not wanted any more is deleted: GET, then DELETE with preconditions. */
#include "daemon/object/identity.h"
#include "daemon/sync/results.h"
#include "daemon/sync/run_parts.h"
#include "daemon/sync/users.h"
#include "lib/base/log.h"
#include "lib/doc/yaml.h"

static void pruned(struct running_task *r, enum task_state state)
{
    struct sync_run *run = r->run;

    run->syncer->stats.pruned++;
    run->outcome.pruned++;
    task_set_result(r, "Pruned", "Succeeded", xstrdup("pruned"));
    log_event(LOG_INFO, "pruned", "app", run->app->qualified, "revision", run->revision, "object",
              r->task->key, NULL);
    task_ended(r, state);
}

static void skipped(struct running_task *r, const char *message)
{
    task_set_result(r, "PruneSkipped", "Succeeded", xstrdup(message));
    task_ended(r, TASK_DONE);
}

/* Unless another object of that name has been created meanwhile. */
static void feed_gone(struct observer *o, const struct task *t)
{
    const struct object *object = observer_find(o, t->key);

    if (object && streq(object->uid, t->uid))
        observer_feed_gone(o, t->key);
}

void task_leaves(struct running_task *r, const json_t *live)
{
    const json_t *finalizers = json_object_get(json_object_get(live, "metadata"), "finalizers");
    const json_t *item;
    size_t i;

    snprintf(r->leaving, sizeof(r->leaving), "%s", object_meta_string(live, "uid"));
    free(TAKE(r->finalizers));
    json_array_foreach (finalizers, i, item) {
        cleanup_free char *before = TAKE(r->finalizers);
        const char *name = json_string_value(item);

        r->finalizers =
            xasprintf("%s%s%s", before ? before : "", before ? ", " : "", name ? name : "");
    }
}

/* Its event may have come before the answer: what is gone must not come back. */
static void feed_going(struct observer *o, const struct task *t, const json_t *answer)
{
    const struct object *object = observer_find(o, t->key);

    if (object && streq(object->uid, t->uid))
        observer_feed(o, answer);
}

static void on_deleted(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;
    struct sync_run *run = r->run;

    if (err && error_kind(err) != ERROR_NOT_FOUND) {
        if (!task_retries(r, err, start_prune)) /* a conflict: it is looked at again */
            task_failed(r, err);
        return;
    }
    /* What stays for a while, because of finalizers, comes back marked; the rest is gone, and need
     * not be told so by its event. */
    if (*object_meta_string(answer, "deletionTimestamp")) {
        feed_going(run->syncer->observer, r->task, answer);
        task_leaves(r, answer);
        pruned(r, TASK_WAITING);
        return;
    }
    feed_gone(run->syncer->observer, r->task);
    pruned(r, TASK_DONE);
}

/* What came to be known since the plan was made. */
static bool may_delete(const struct sync_run *run, const struct task *t, const json_t *live)
{
    const struct object *object = observer_find(run->syncer->observer, t->key);
    cleanup_free char *instance = observer_instance(run->syncer->observer, live);

    return !run->canceled && streq(object_meta_string(live, "uid"), t->uid) &&
           streq(instance, run->app->instance) && object && !object->deleting &&
           !object->wanted_by && !(t->deletion ? object->no_delete : object->no_prune);
}

static void delete_it(struct running_task *r, const json_t *live)
{
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(r->run->syncer, t);

    if (resource)
        kube_delete(r->run->client, resource, t->namespace, t->name, t->uid,
                    object_meta_string(live, "resourceVersion"), r->run->spec.propagation,
                    on_deleted, r);
    else
        task_ended(r, TASK_DONE);
}

static void on_users(void *arg, const char *user, const struct error *err)
{
    struct running_task *r = arg;
    cleanup_json json_t *live = TAKE(r->answer);
    cleanup_free char *message = NULL;

    if (err && !task_retries(r, err, start_prune)) {
        task_failed(r, err);
    } else if (user && !err) {
        message = xasprintf("kept: %s still uses it", user);
        r->run->outcome.kept++;
        skipped(r, message);
    } else if (!err) {
        if (may_delete(r->run, r->task, live))
            delete_it(r, live);
        else
            task_ended(r, TASK_DONE);
    }
}

static void on_seen(void *arg, const json_t *live, const struct error *err)
{
    struct running_task *r = arg;
    struct sync_run *run = r->run;
    struct task *t = r->task;

    if (err && error_kind(err) == ERROR_NOT_FOUND) {
        feed_gone(run->syncer->observer, t);
        pruned(r, TASK_DONE);
        return;
    }
    if (err) {
        if (!task_retries(r, err, start_prune))
            task_failed(r, err);
        return;
    }
    observer_feed(run->syncer->observer, live);
    if (!may_delete(run, t, live)) {
        /* Another object by now, or somebody else's, or one that asks to stay. */
        task_ended(r, TASK_DONE);
    } else if (t->named_by_hash) {
        r->answer = json_incref((json_t *)live);
        users_find(run->syncer->client, t->namespace, t->name, on_users, r);
    } else {
        delete_it(r, live);
    }
}

/* It is going already. */
static void await_end(struct running_task *r)
{
    snprintf(r->leaving, sizeof(r->leaving), "%s", r->task->uid);
    task_set_result(r, "Pruned", "Succeeded", xstrdup("pruned"));
    task_ended(r, TASK_WAITING);
}

void start_prune(struct running_task *r)
{
    struct sync_run *run = r->run;
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(run->syncer, t);
    const struct object *object = observer_find(run->syncer->observer, t->key);

    if (t->ignored) {
        skipped(r, t->ignored);
    } else if (t->terminating) {
        await_end(r);
    } else if (run->outcome.failed || run->no_prunes) {
        skipped(r, "skipped: another object failed");
    } else if (!resource || !object || object->wanted_by || !object_kind_is_synced(object)) {
        /* Wanted by somebody again, or a kind that we cannot see: do not touch. */
        skipped(r, "skipped: its state is not known for certain");
    } else if (run->spec.dry_run) {
        task_set_result(r, "Pruned", "Succeeded", xstrdup("pruned (dry run)"));
        task_ended(r, TASK_DONE);
    } else {
        kube_get(run->syncer->client, resource, t->namespace, t->name, on_seen, r);
    }
}
