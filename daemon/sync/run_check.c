/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dry run: before a plan is begun that would leave a mess when it is refused half way, the
 * server is asked about each of its writes. Only a clear no counts: what the server cannot tell now
 * is left to the write itself, and so is what depends on this very plan (a kind, a namespace). Of
 * an object that is to be made ours first, what does not fit together may be the fault of what is
 * there.
 */
#include "daemon/object/identity.h"
#include "daemon/sync/hook_live.h"
#include "daemon/sync/run_parts.h"
#include "lib/doc/yaml.h"

bool check_is_due(const struct sync_run *run)
{
    if (run->spec.dry_run)
        return false;
    if (run->has_hooks)
        return true;
    for (size_t i = 0; i < run->plan.len; i++)
        if (run->plan.tasks[i].what == TASK_PRUNE && !run->plan.tasks[i].ignored &&
            !run->plan.tasks[i].deletion)
            return true;
    return false;
}

bool is_check(const struct running_task *r)
{
    return r->run->state == RUN_CHECK;
}

static const struct object *object_of(const struct running_task *r)
{
    return observer_find(r->run->syncer->observer, r->task->key);
}

static bool is_refusal(const struct running_task *r, const struct error *err)
{
    if (apply_adopts(r, object_of(r)) && error_code(err) == 422)
        return false;
    switch (error_kind(err)) {
    case ERROR_INVALID:
    case ERROR_DENIED: return !strstr(error_message(err), "dry run");
    default: return false;
    }
}

void on_checked(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;

    (void)answer;
    if (err && is_refusal(r, err))
        apply_failed(r, err);
    else
        task_ended(r, TASK_PENDING);
}

static void on_applied(void *arg, const json_t *answer, const struct error *err)
{
    if (!err || !replaces_immutable(arg, err))
        on_checked(arg, answer, err);
}

static bool can_be_checked(const struct running_task *r)
{
    const struct object *object = object_of(r);

    switch (r->task->what) {
    case TASK_APPLY: return !r->task->unchanged;
    case TASK_HOOK: return !object || !object->uid[0];
    case TASK_NAMESPACE:
    case TASK_PRUNE: break;
    }
    return false;
}

void start_check(struct running_task *r)
{
    struct syncer *s = r->run->syncer;
    const struct task *t = r->task;
    const struct kube_resource *resource = syncer_resource(s, t);
    cleanup_json json_t *object = NULL;

    if (!resource && t->desired && !t->kind_comes && !(t->options & SYNC_SKIP_DRY_RUN)) {
        fail_not_served(r);
    } else if (!resource || !can_be_checked(r)) {
        task_ended(r, TASK_PENDING);
    } else if (t->what == TASK_HOOK) {
        object = hook_object(t->desired, t->name);
        kube_create(r->run->client, resource, t->namespace, object, apply_options(t, true),
                    on_checked, r);
    } else if (t->options & SYNC_REPLACE) {
        start_replace(r);
    } else {
        kube_apply(r->run->client, resource, t->namespace, t->name, t->desired->body,
                   t->desired->body_len, apply_options(t, true), on_applied, r);
    }
}
