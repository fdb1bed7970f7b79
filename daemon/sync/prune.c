/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/prune.h"

#include "daemon/app/permission.h"
#include "daemon/object/identity.h"

#define HASH_LEN 10
#define HASH_LETTERS "2456789bcdfghkmt"
#define PRUNE_OPTIONS                                                                              \
    (SYNC_NO_PRUNE | SYNC_CONFIRM_PRUNE | SYNC_PRUNE_LAST | SYNC_BACKGROUND | SYNC_FOREGROUND |    \
     SYNC_ORPHAN)

/* Its pruning would take everything else along, right after it was asked for. */
static bool is_home(const struct app *app, const struct object *object)
{
    static const char prefix[] = "/Namespace//";

    return app->spec && (app->spec->sync_options & SYNC_CREATE_NAMESPACE) &&
           str_has_prefix(object->key, prefix) &&
           streq(object->key + strlen(prefix), app->spec->dest_namespace);
}

bool plan_is_extra(const struct app *app, const struct object *object)
{
    return !object->wanted_by && object->uid[0] && streq(object->instance, app->instance) &&
           !object->is_hook &&
           !(app->desired && desired_set_has_aside(app->desired, object->key)) &&
           permission_has_key(app, object->key) && !is_home(app, object);
}

static bool asks_to_stay(const struct object *object, unsigned options)
{
    return object->no_prune || (options & SYNC_NO_PRUNE);
}

static unsigned app_options(const struct app *app)
{
    return app->spec ? app->spec->sync_options : 0;
}

bool plan_is_prunable(const struct app *app, const struct object *object)
{
    return plan_is_extra(app, object) && !object->deleting &&
           !asks_to_stay(object, app_options(app));
}

/* An application may hold its own Application. */
static bool is_itself(const struct app *app, const struct object *object)
{
    cleanup_free char *key = object_key("argoproj.io", "Application", app->namespace, app->name);

    return streq(object->key, key);
}

bool plan_goes_with_app(const struct app *app, const struct object *object)
{
    return !object->wanted_by && object->uid[0] && streq(object->instance, app->instance) &&
           !object->no_delete && !(app_options(app) & SYNC_NO_DELETE) &&
           !(object->hooks & (HOOK_PRE_DELETE | HOOK_POST_DELETE)) &&
           permission_has_key(app, object->key) && !is_itself(app, object);
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

/* ---- names that are made of the content ---- */

static size_t base_len(const char *name)
{
    size_t len = strlen(name);
    const char *hash = name + len - HASH_LEN;

    if (len < HASH_LEN + 2 || hash[-1] != '-' || strspn(hash, HASH_LETTERS) != HASH_LEN)
        return 0;
    return len - HASH_LEN - 1;
}

/* Is it named by its content, as kustomize's generators do: BASE-HASH? */
static bool is_named_by_hash(const char *group, const char *kind, const char *name)
{
    return !*group && (streq(kind, "ConfigMap") || streq(kind, "Secret")) && base_len(name);
}

/* Does a desired object with another content take its place? */
static bool is_replaced(const struct app *app, const struct task *t)
{
    size_t len = base_len(t->name);

    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct desired *d = &app->desired->items[i];

        if (streq(d->kind, t->kind) && streq(d->namespace, t->namespace) &&
            base_len(d->name) == len && strncmp(d->name, t->name, len) == 0)
            return true;
    }
    return false;
}

/* ---- the tasks ---- */

/* Applications that go as well need their projects until they are gone. */
static bool is_project(const struct kube_resource *resource)
{
    return streq(resource->group, "argoproj.io") && streq(resource->kind, "AppProject");
}

static void name_parts(const char *key, char **ns, char **name)
{
    const char *last = strrchr(key, '/') + 1;
    const char *first = strchr(strchr(key, '/') + 1, '/') + 1;

    *name = xstrdup(last);
    *ns = xstrndup(first, (size_t)(last - 1 - first));
}

static void add_prune(struct plan *plan, const struct object *object,
                      const struct kube_resource *resource, const struct plan_options *options)
{
    struct task t = {
        .what = TASK_PRUNE,
        .phase = PHASE_SYNC,
        .wave = object->wave,
        .options = (options->sync_options | object->options) & PRUNE_OPTIONS,
        .uid = xstrdup(object->uid),
        .deletion = options->deletion,
        .terminating = object->deleting,
    };

    name_parts(object->key, &t.namespace, &t.name);
    if (!options->prune)
        t.ignored = "ignored (requires pruning)";
    else if (!options->deletion && asks_to_stay(object, options->sync_options))
        t.ignored = "ignored (no prune)";
    t.named_by_hash = !options->deletion && !t.ignored &&
                      is_named_by_hash(resource->group, resource->kind, t.name);
    t.at_end = t.named_by_hash || (is_project(resource) && !t.ignored);
    t.confirm =
        !options->deletion && !t.ignored && !t.terminating && (t.options & SYNC_CONFIRM_PRUNE);
    if ((options->repair && t.ignored) || !plan_is_selected(options->resources, resource->group,
                                                            resource->kind, t.namespace, t.name)) {
        free(t.namespace);
        free(t.name);
        free(t.uid);
        return;
    }
    t.key = xstrdup(object->key);
    t.api_group = xstrdup(resource->group);
    t.version = xstrdup(resource->version);
    t.kind = xstrdup(resource->kind);
    *plan_add(plan) = t;
}

/* ---- too many at once ---- */

static size_t count_live(const struct app *app, const struct observer *observer)
{
    size_t count = plan_count_extra(app, false);

    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct object *object = observer_find(observer, app->desired->items[i].key);

        count += object && object->wanted_by == app && object->uid[0];
    }
    return count;
}

/* A generated object that makes way for its successor is no loss. */
static size_t count_losses(const struct plan *plan, const struct app *app)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->len; i++) {
        const struct task *t = &plan->tasks[i];

        count += t->what == TASK_PRUNE && !t->ignored && !t->terminating &&
                 !(t->named_by_hash && is_replaced(app, t));
    }
    return count;
}

static void guard(struct plan *plan, const struct app *app, const struct observer *observer,
                  const struct plan_options *options)
{
    size_t losses = options->deletion || !options->prune_limit ? 0 : count_losses(plan, app);
    size_t live;

    if (losses <= options->prune_limit)
        return;
    live = count_live(app, observer);
    if (losses * 100 <= live * options->prune_limit_percent)
        return;
    plan->guard = xasprintf(
        "would prune %zu of %zu objects, which is more than --prune-limit %zu and more than "
        "--prune-limit-percent %u: if that is meant, run kubectl -n %s annotate "
        "applications.argoproj.io %s --overwrite "
        "argocd.argoproj.io/deletion-approved=$(date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ)",
        losses, live, options->prune_limit, options->prune_limit_percent, app->namespace,
        app->name);
    for (size_t i = 0; i < plan->len; i++) {
        struct task *t = &plan->tasks[i];

        if (t->what == TASK_PRUNE && !t->ignored && !t->terminating)
            t->confirm = t->at_end = true;
    }
}

void plan_add_prunes(struct plan *plan, const struct app *app, const struct observer *observer,
                     const struct plan_options *options)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&app->tracked, &it))) {
        const struct object *object = e->value;
        const struct kube_resource *resource = object_resource(object);

        if (resource &&
            (options->deletion ? plan_goes_with_app(app, object) : plan_is_extra(app, object)))
            add_prune(plan, object, resource, options);
    }
    guard(plan, app, observer, options);
}
