/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/plan.h"

#include "daemon/identity.h"
#include "daemon/permit.h"
#include "daemon/wants.h"

bool plan_is_extra(const struct app *app, const struct object *object)
{
    return !object->wanted_by && object->uid[0] && streq(object->instance, app->instance) &&
           !object->is_hook &&
           !(app->desired && desired_set_has_aside(app->desired, object->key)) &&
           permit_has_key(app, object->key);
}

bool plan_is_prunable(const struct app *app, const struct object *object, bool deletion)
{
    return plan_is_extra(app, object) && !object->deleting &&
           !(deletion ? object->no_delete : object->no_prune);
}

size_t plan_count_extra(const struct app *app, bool that_count)
{
    struct map_entry *e;
    size_t it = 0;
    size_t count = 0;

    while ((e = map_next(&app->tracked, &it))) {
        const struct object *object = e->value;

        count += plan_is_extra(app, object) && !(that_count && object->ignore_extraneous);
    }
    return count;
}

static struct task *add(struct plan *plan)
{
    plan->tasks = xrealloc(plan->tasks, (plan->len + 1) * sizeof(*plan->tasks));
    plan->tasks[plan->len] = (struct task){0};
    return &plan->tasks[plan->len++];
}

static bool declares_namespace(const struct app *app, const char *name)
{
    cleanup_free char *key = object_key("", "Namespace", "", name);

    for (size_t i = 0; i < app->desired->len; i++)
        if (streq(app->desired->items[i].key, key))
            return true;
    return false;
}

static unsigned plan_namespace(struct plan *plan, const struct app *app)
{
    const char *name = app->spec->dest_namespace;
    struct task *t;

    if (!*name || declares_namespace(app, name))
        return 0;
    t = add(plan);
    *t = (struct task){
        .what = TASK_NAMESPACE,
        .key = object_key("", "Namespace", "", name),
        .api_group = xstrdup(""),
        .version = xstrdup("v1"),
        .kind = xstrdup("Namespace"),
        .namespace = xstrdup(""),
        .name = xstrdup(name),
        .body = xasprintf("{\"apiVersion\":\"v1\",\"kind\":\"Namespace\","
                          "\"metadata\":{\"name\":\"%s\"}}",
                          name),
    };
    return 1;
}

static unsigned plan_applies(struct plan *plan, const struct app *app,
                             const struct observer *observer, bool repair, unsigned step)
{
    const struct desired *last = NULL;

    for (size_t i = 0; i < app->desired->len; i++) {
        const struct desired *d = &app->desired->items[i];
        const struct object *object = observer_find(observer, d->key);
        struct task *t;

        if (object &&
            ((object->verdict == VERDICT_SYNCED && !d->denial) || object->wanted_by != app))
            continue; /* as desired, or another application's, too: that one applies it */
        if (object && (object_is_outside(object) || (repair && !object_is_drifted(object))))
            continue;
        if (last && (last->wave != d->wave || last->rank != d->rank))
            step++;
        last = d;
        t = add(plan);
        *t = (struct task){
            .what = TASK_APPLY,
            .phase = PHASE_SYNC,
            .wave = d->wave,
            .step = step,
            .desired = d,
            .key = xstrdup(d->key),
            .api_group = xstrdup(d->group),
            .version = xstrdup(d->version),
            .kind = xstrdup(d->kind),
            .namespace = xstrdup(d->namespace),
            .name = xstrdup(d->name),
        };
    }
    return step + 1;
}

/* The highest rank goes first: the reverse of creation. */
static int compare_prunes(const void *a, const void *b)
{
    const struct task *x = a;
    const struct task *y = b;
    int rank = kind_rank(y->kind) - kind_rank(x->kind);

    return rank ? rank : strcmp(y->key, x->key);
}

static void plan_prunes(struct plan *plan, const struct app *app, unsigned step, bool deletion)
{
    size_t first = plan->len;
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&app->tracked, &it))) {
        const struct object *object = e->value;
        const struct kube_resource *resource = object_resource(object);
        const char *name;
        const char *ns;
        struct task *t;

        if (!plan_is_prunable(app, object, deletion) || !resource)
            continue;
        name = strrchr(object->key, '/') + 1;
        ns = strchr(strchr(object->key, '/') + 1, '/') + 1;
        t = add(plan);
        *t = (struct task){
            .what = TASK_PRUNE,
            .key = xstrdup(object->key),
            .api_group = xstrdup(resource->group),
            .version = xstrdup(resource->version),
            .kind = xstrdup(resource->kind),
            .namespace = xstrndup(ns, (size_t)(name - 1 - ns)),
            .name = xstrdup(name),
            .uid = xstrdup(object->uid),
            .deletion = deletion,
        };
    }
    if (plan->len == first)
        return;
    qsort(plan->tasks + first, plan->len - first, sizeof(*plan->tasks), compare_prunes);
    for (size_t i = first; i < plan->len; i++) {
        if (i > first && !streq(plan->tasks[i].kind, plan->tasks[i - 1].kind))
            step++;
        plan->tasks[i].phase = PHASE_SYNC;
        plan->tasks[i].step = step;
    }
}

void plan_build(struct plan *plan, const struct app *app, const struct observer *observer,
                const struct plan_options *options)
{
    unsigned step = 0;

    *plan = (struct plan){0};
    if (app->desired) {
        if ((options->sync_options & SYNC_CREATE_NAMESPACE) && !options->namespace_exists)
            step = plan_namespace(plan, app);
        step = plan_applies(plan, app, observer, options->repair, step);
    }
    if (options->prune)
        plan_prunes(plan, app, step, options->deletion);
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
    *plan = (struct plan){0};
}

/* An annotation has no fractions of a second. */
bool plan_is_approved(const struct app *app, int64_t started_ms)
{
    return app->approved_ms && app->approved_ms / 1000 >= started_ms / 1000;
}
