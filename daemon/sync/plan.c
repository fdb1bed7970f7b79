/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/plan.h"

#include "daemon/object/compare_options.h"
#include "daemon/object/identity.h"
#include "daemon/sync/drift.h"
#include "daemon/sync/hook_live.h"
#include "daemon/sync/order.h"
#include "daemon/sync/prune.h"
#include "lib/doc/yaml.h"

/* What an operation asks of an apply; the rest is about prunes, or the whole application. */
#define APPLY_OPTIONS                                                                              \
    (SYNC_NO_VALIDATE | SYNC_REPLACE | SYNC_FORCE | SYNC_SERVER_SIDE | SYNC_NO_MIGRATION |         \
     SYNC_SKIP_DRY_RUN | SYNC_RESPECT_IGNORED)

struct planning {
    struct plan *plan;
    const struct app *app;
    const struct observer *observer;
    const struct plan_options *options;
    struct map defined; /* "GROUP/KIND": what definitions among the desired objects define */
};

/* ---- the destination's namespace ---- */

static bool brings_namespace(const struct app *app)
{
    cleanup_free char *key = object_key("", "Namespace", "", app->spec->dest_namespace);

    for (size_t i = 0; i < app->desired->len; i++)
        if (streq(app->desired->items[i].key, key))
            return true;
    return false;
}

/* With managed metadata it gets exactly that, and says that it is to be applied by the server, so
 * that labels of others stay. It is tracked by nobody. Heap string. */
static char *namespace_body(const char *name, const json_t *managed)
{
    cleanup_json json_t *object = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind",
                                            "Namespace", "metadata", "name", name);
    json_t *metadata = json_object_get(object, "metadata");
    json_t *labels = json_object_get(managed, "labels");
    json_t *annotations = json_object_get(managed, "annotations");

    if (managed) {
        if (json_object_size(labels))
            json_object_set(metadata, "labels", labels);
        annotations = json_is_object(annotations) ? json_copy(annotations) : json_object();
        json_object_set_new(annotations, SYNC_OPTIONS_ANNOTATION,
                            json_string("ServerSideApply=true"));
        json_object_set_new(metadata, "annotations", annotations);
    }
    return json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
}

static void add_namespace(struct planning *p)
{
    const char *name = p->app->spec->dest_namespace;
    const json_t *managed = p->app->spec->namespace_metadata;

    if (!(p->options->sync_options & SYNC_CREATE_NAMESPACE) || !*name || brings_namespace(p->app) ||
        (p->options->namespace_exists && !managed))
        return;
    *plan_add(p->plan) = (struct task){
        .what = TASK_NAMESPACE,
        .phase = PHASE_PRE_SYNC,
        .key = object_key("", "Namespace", "", name),
        .api_group = xstrdup(""),
        .version = xstrdup("v1"),
        .kind = xstrdup("Namespace"),
        .namespace = xstrdup(""),
        .name = xstrdup(name),
        .body = namespace_body(name, managed),
    };
}

/* Source: Argo CD, which compares them with those of the last sync's result. */
bool plan_namespace_differs(const struct app *app)
{
    const struct app_spec *spec = app->spec;

    return spec && spec->namespace_metadata && *spec->dest_namespace &&
           (spec->sync_options & SYNC_CREATE_NAMESPACE) && app->desired && app->op.phase &&
           !json_equal(spec->namespace_metadata, app->op.namespace_metadata) &&
           !brings_namespace(app);
}

/* Does nothing of a namespace that the application brings itself exist yet? */
static bool is_home_missing(const struct planning *p)
{
    const char *name = p->app->spec ? p->app->spec->dest_namespace : "";
    cleanup_free char *key = object_key("", "Namespace", "", name);
    const struct object *object = observer_find(p->observer, key);

    if (object && object->wanted_by == p->app)
        return object->verdict == VERDICT_MISSING;
    return !p->options->namespace_exists;
}

/* ---- what is applied ---- */

static void find_definitions(struct planning *p)
{
    for (size_t i = 0; i < p->app->desired->len; i++)
        if (p->app->desired->items[i].defines)
            map_set(&p->defined, p->app->desired->items[i].defines, p);
}

/* Source: Argo CD; of Replace and Force the live object may say so, too. */
static unsigned apply_options(const struct planning *p, const struct desired *d,
                              const struct object *object, bool kind_comes)
{
    unsigned bits =
        ((p->options->sync_options | d->options) & APPLY_OPTIONS) | (d->options & SYNC_CLIENT_SIDE);

    if (object)
        bits |= object->options & (SYNC_REPLACE | SYNC_FORCE);
    if (bits & SYNC_CLIENT_SIDE)
        bits &= ~(unsigned)SYNC_SERVER_SIDE;
    return kind_comes ? bits | SYNC_SKIP_DRY_RUN : bits;
}

static void add_object(struct planning *p, const struct task *as, const struct desired *d,
                       const struct object *object, const char *name)
{
    struct task *t = plan_add(p->plan);
    cleanup_free char *kind = xasprintf("%s/%s", d->group, d->kind);

    *t = *as;
    t->wave = d->wave;
    t->desired = d;
    t->key = object_key(d->group, d->kind, d->namespace, name);
    t->api_group = xstrdup(d->group);
    t->version = xstrdup(d->version);
    t->kind = xstrdup(d->kind);
    t->namespace = xstrdup(d->namespace);
    t->name = xstrdup(name);
    t->kind_comes = map_has(&p->defined, kind);
    t->options = apply_options(p, d, object, t->kind_comes);
}

/* As desired objects have no result where only others are asked for. */
static bool is_left_out(const struct planning *p, const struct object *object)
{
    bool only_drifted = p->options->sync_options & SYNC_OUT_OF_SYNC_ONLY;

    if (!object)
        return false;
    if (object->wanted_by != p->app || object_is_outside(object))
        return true;                       /* another application's, too: that one applies it */
    if (object->verdict == VERDICT_SYNCED) /* what is denied is to be told */
        return p->options->repair || (only_drifted && !object->desired->denial);
    return p->options->repair && !object_is_drifted(object);
}

static void add_applies(struct planning *p)
{
    const struct desired_set *set = p->app->desired;

    for (size_t i = 0; i < set->len; i++) {
        const struct desired *d = &set->items[i];
        const struct object *object = observer_find(p->observer, d->key);
        struct task as = {.what = TASK_APPLY,
                          .phase = PHASE_SYNC,
                          .unchanged = object && object->verdict == VERDICT_SYNCED};

        if (!is_left_out(p, object) &&
            plan_is_selected(p->options->resources, d->group, d->kind, d->namespace, d->name))
            add_object(p, &as, d, object, d->name);
    }
}

static void add_hook(struct planning *p, const struct desired *d, enum sync_phase phase)
{
    const struct plan_options *o = p->options;
    struct task as = {.what = TASK_HOOK, .phase = phase};
    cleanup_free char *name =
        d->generate_name
            ? hook_name(d->generate_name, o->revision ? o->revision : "", phase, o->started_ms)
            : xstrdup(d->name);
    cleanup_free char *key = object_key(d->group, d->kind, d->namespace, name);

    add_object(p, &as, d, observer_find(p->observer, key), name);
}

static void add_hooks(struct planning *p)
{
    const struct desired_set *set = p->app->desired;

    if (p->options->without_hooks || p->options->repair || json_array_size(p->options->resources))
        return;
    for (size_t i = 0; i < set->hook_count; i++)
        for (unsigned phase = 0; phase < SYNC_PHASE_COUNT; phase++)
            if (set->hooks[i].hooks & (1u << phase))
                add_hook(p, &set->hooks[i], (enum sync_phase)phase);
}

/* ---- the plan ---- */

void plan_build(struct plan *plan, const struct app *app, const struct observer *observer,
                const struct plan_options *options)
{
    struct planning p = {.plan = plan, .app = app, .observer = observer, .options = options};

    *plan = (struct plan){0};
    if (app->desired && !options->deletion) {
        find_definitions(&p);
        add_namespace(&p);
        add_applies(&p);
        add_hooks(&p);
        map_clear(&p.defined);
    }
    plan_add_prunes(plan, app, observer, options);
    plan_order(plan, app->spec ? app->spec->dest_namespace : "", is_home_missing(&p));
}

/* An annotation has no fractions of a second. */
bool plan_is_approved(const struct app *app, int64_t started_ms)
{
    return app->approved_ms && app->approved_ms / 1000 >= started_ms / 1000;
}
