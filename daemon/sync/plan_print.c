/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/plan_print.h"

#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

static const char *action_of(const struct task *t)
{
    switch (t->what) {
    case TASK_NAMESPACE: return "create";
    case TASK_APPLY: return t->unchanged ? "none" : "apply";
    case TASK_HOOK: return "hook";
    case TASK_PRUNE: return t->ignored || t->terminating ? "none" : "prune";
    }
    UNREACHABLE();
}

static char *reason_of_apply(const struct object *object)
{
    if (!object)
        return NULL;
    switch (object_verdict(object)) {
    case VERDICT_MISSING: return xstrdup("missing");
    case VERDICT_DRIFTED: return object->drift ? xstrdup(object->drift) : NULL;
    case VERDICT_STALE:
    case VERDICT_UNKNOWN: return xstrdup("not compared");
    case VERDICT_SYNCED:
    case VERDICT_EXTRA: break;
    }
    return NULL;
}

static char *reason_of_prune(const struct task *t)
{
    if (t->ignored || t->terminating)
        return xstrdup(t->ignored ? t->ignored : "is being deleted");
    return t->named_by_hash ? xstrdup("when no ReplicaSet or Pod uses it") : NULL;
}

/* Heap string or NULL. */
static char *reason_of(const struct task *t, const struct observer *observer)
{
    static const char *const policies[] = {"HookSucceeded", "HookFailed", "BeforeHookCreation"};
    char *reason;

    switch (t->what) {
    case TASK_NAMESPACE: return NULL;
    case TASK_APPLY: return t->unchanged ? NULL : reason_of_apply(observer_find(observer, t->key));
    case TASK_PRUNE: return reason_of_prune(t);
    case TASK_HOOK: break;
    }
    reason = xstrdup("deleted at:");
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        char *longer;

        if (!(t->desired->hook_policies & (1u << i)))
            continue;
        longer = xasprintf("%s %s", reason, policies[i]);
        free(reason);
        reason = longer;
    }
    return reason;
}

static json_t *task_json(const struct task *t, const struct observer *observer)
{
    cleanup_free char *reason = reason_of(t, observer);
    json_t *task = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "action", action_of(t), "group",
                             t->api_group, "version", t->version, "kind", t->kind, "namespace",
                             t->namespace, "name", t->name);
    json_t *options = sync_options_words(t->options);

    if (reason)
        json_object_set_new(task, "reason", json_string(reason));
    if (json_array_size(options))
        json_object_set(task, "options", options);
    json_decref(options);
    if (t->confirm)
        json_object_set_new(task, "confirm", json_true());
    return task;
}

json_t *plan_json(const struct plan *plan, const struct app *app, const struct observer *observer)
{
    json_t *groups = json_array();
    json_t *steps = NULL;
    json_t *step = NULL;

    for (size_t i = 0; i < plan->len; i++) {
        const struct task *t = &plan->tasks[i];

        if (i == 0 || t->group != t[-1].group) {
            steps = json_array();
            json_array_append_new(groups,
                                  json_pack("{s:s, s:i, s:o}", "phase", sync_phase_name(t->phase),
                                            "wave", t->wave, "steps", steps));
        }
        if (i == 0 || t->step != t[-1].step) {
            step = json_array();
            json_array_append_new(steps, step);
        }
        json_array_append_new(step, task_json(t, observer));
    }
    return json_pack("{s:s, s:s, s:s*, s:o}", "application", app->qualified, "revision",
                     app->rendered, "guard", plan->guard, "groups", groups);
}

/* ---- text ---- */

struct counts {
    size_t create, apply, hook, prune, none;
};

static void count(struct counts *c, const char *action)
{
    c->create += streq(action, "create");
    c->apply += streq(action, "apply");
    c->hook += streq(action, "hook");
    c->prune += streq(action, "prune");
    c->none += streq(action, "none");
}

static void put_task(const json_t *task, unsigned step, struct buf *out)
{
    const char *group = object_string(task, "group");
    const char *ns = object_string(task, "namespace");
    const char *reason = object_string(task, "reason");
    const json_t *options = json_object_get(task, "options");
    const json_t *option;
    size_t i;

    buf_printf(out, "  %3u  %-6s  %s%s%s %s%s%s", step, object_string(task, "action"),
               object_string(task, "kind"), *group ? "." : "", group, ns, *ns ? "/" : "",
               object_string(task, "name"));
    if (*reason)
        buf_printf(out, "  (%s)", reason);
    if (json_is_true(json_object_get(task, "confirm")))
        buf_puts(out, "  [waits for approval]");
    json_array_foreach ((json_t *)options, i, option)
        buf_printf(out, "  %s", json_string_value(option));
    buf_putc(out, '\n');
}

static void put_group(const json_t *group, unsigned *step, struct counts *counts, struct buf *out)
{
    size_t i;
    size_t j;
    const json_t *tasks;
    const json_t *task;

    buf_printf(out, "%s, wave %d\n", object_string(group, "phase"),
               (int)json_integer_value(json_object_get(group, "wave")));
    json_array_foreach (json_object_get(group, "steps"), i, tasks) {
        ++*step;
        json_array_foreach ((json_t *)tasks, j, task) {
            count(counts, object_string(task, "action"));
            put_task(task, *step, out);
        }
    }
}

void plan_text(const json_t *plan, struct buf *out)
{
    cleanup_buf struct buf groups = BUF_UNLIMITED;
    const char *guard = object_string(plan, "guard");
    struct counts c = {0};
    unsigned step = 0;
    size_t i;
    const json_t *group;

    json_array_foreach (json_object_get(plan, "groups"), i, group)
        put_group(group, &step, &c, &groups);
    buf_printf(out, "%s at %s: %zu to apply, %zu hooks, %zu to prune, %zu as they are\n",
               object_string(plan, "application"), object_string(plan, "revision"),
               c.create + c.apply, c.hook, c.prune, c.none);
    if (*guard)
        buf_printf(out, "%s\n", guard);
    if (groups.len)
        buf_put(out, groups.data, groups.len);
}
