/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/task.h"

#include "daemon/object/identity.h"

struct task *plan_add(struct plan *plan)
{
    plan->tasks = xrealloc(plan->tasks, (plan->len + 1) * sizeof(*plan->tasks));
    plan->tasks[plan->len] = (struct task){0};
    return &plan->tasks[plan->len++];
}

bool plan_is_selected(const json_t *resources, const char *group, const char *kind, const char *ns,
                      const char *name)
{
    size_t i;
    const json_t *item;

    if (!json_array_size(resources))
        return true;
    json_array_foreach ((json_t *)resources, i, item) {
        const char *wanted = object_string(item, "namespace");

        if (streq(object_string(item, "group"), group) &&
            streq(object_string(item, "kind"), kind) && streq(object_string(item, "name"), name) &&
            (!*wanted || streq(wanted, ns)))
            return true;
    }
    return false;
}

void plan_clear(struct plan *plan)
{
    for (size_t i = 0; i < plan->len; i++) {
        struct task *t = &plan->tasks[i];

        free(t->key);
        free(t->api_group);
        free(t->version);
        free(t->kind);
        free(t->namespace);
        free(t->name);
        free(t->body);
        free(t->uid);
    }
    free(plan->tasks);
    free(plan->guard);
    *plan = (struct plan){0};
}
