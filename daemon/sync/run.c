/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/run.h"

#include "daemon/identity.h"
#include "daemon/images.h"
#include "daemon/redact.h"
#include "daemon/sync/adopt.h"
#include "daemon/sync/respect_write.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#include <ctype.h>
#include <stdio.h>

/* How long a custom resource waits for its definition to be served, and how often we look. */
#define DISCOVERY_WAIT_MS 10000
#define DISCOVERY_POLL_MS 200

struct syncer {
    uv_loop_t *loop;
    struct kube_client *client;
    struct observer *observer;
    struct kube_discovery *discovery;
    struct jq_worker *jq;
    syncer_refresh_fn *refresh;
    void *arg;
    struct map namespaces; /* created or seen by this process: name -> self */
    struct syncer_stats stats;
};

/* start a group -> wait for its answers -> next group ... -> done. A group with a kind that is not
 * served yet, after a definition was written, waits for discovery first. */
enum run_state { RUN_NEXT, RUN_DISCOVERY, RUN_ANSWERS, RUN_DONE };

struct running_task {
    struct sync_run *run;
    struct task *task;
    bool is_new;                      /* as far as we know the object does not exist */
    bool adopted;                     /* what another tool applied has been made ours */
    json_t *answer;                   /* of the apply, while shared ownership is ended; else NULL */
    struct respect_write *respecting; /* while it runs; else NULL */
};

struct sync_run {
    struct syncer *syncer;
    char *qualified; /* for logs */
    char *instance;
    char revision[GIT_OID_HEX_BYTES]; /* for logs; "" when the application is deleted */
    struct plan plan;
    struct running_task *running; /* one for each task of the plan */
    size_t position;              /* first task that has not been started */
    size_t in_flight;
    enum run_state state;
    uv_timer_t timer; /* of RUN_DISCOVERY, and to leave sync_run_start first */
    uint64_t discovery_deadline_ms;
    bool wrote_definition; /* a CustomResourceDefinition */
    bool canceled;
    struct ignore_rules *ignore;
    bool respects_ignored; /* RespectIgnoreDifferences=true for all objects */
    const char *propagation;
    struct sync_outcome outcome;
    sync_done_fn *done;
    void *arg;
};

static void run_enter(struct sync_run *run, enum run_state next);

/* ---- the syncer ---- */

struct syncer *syncer_new(uv_loop_t *loop, struct kube_client *client, struct observer *observer,
                          syncer_refresh_fn *refresh, void *arg)
{
    struct syncer *s = xcalloc(1, sizeof(*s));

    s->loop = loop;
    s->client = client;
    s->observer = observer;
    s->refresh = refresh;
    s->arg = arg;
    return s;
}

void syncer_free(struct syncer *s)
{
    if (!s)
        return;
    map_clear(&s->namespaces);
    kube_discovery_unref(s->discovery);
    free(s);
}

void syncer_set_discovery(struct syncer *s, struct kube_discovery *d)
{
    kube_discovery_unref(s->discovery);
    s->discovery = kube_discovery_ref(d);
}

void syncer_set_jq(struct syncer *s, struct jq_worker *jq)
{
    s->jq = jq;
}

bool syncer_knows_namespace(const struct syncer *s, const char *name)
{
    return map_has(&s->namespaces, name);
}

struct syncer_stats syncer_stats(const struct syncer *s)
{
    return s->stats;
}

/* ---- results ---- */

/* kubectl's name of an object: "deployment.apps/web". */
static char *display_name(const struct task *t)
{
    char *name = *t->api_group ? xasprintf("%s.%s/%s", t->kind, t->api_group, t->name)
                               : xasprintf("%s/%s", t->kind, t->name);

    for (char *c = name; *c && *c != '.' && *c != '/'; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

static void add_result(struct sync_run *run, const struct task *t, const char *status,
                       char *message)
{
    struct sync_outcome *o = &run->outcome;

    o->results = xrealloc(o->results, (o->result_count + 1) * sizeof(*o->results));
    o->results[o->result_count++] = (struct sync_result){
        .key = xstrdup(t->key),
        .group = xstrdup(t->api_group),
        .version = xstrdup(t->version),
        .kind = xstrdup(t->kind),
        .namespace = xstrdup(t->namespace),
        .name = xstrdup(t->name),
        .status = status,
        .hook_phase = streq(status, "SyncFailed") ? "Failed"
                      : streq(status, "Synced")   ? "Running"
                                                  : "Succeeded",
        .sync_phase = sync_phase_name(t->phase),
        .message = message,
    };
    if (t->desired)
        images_of_text(t->desired->body, &o->results[o->result_count - 1].images);
}

/* The server's words; of a Secret it may have repeated a value. Heap string. */
static char *failure_text(const struct task *t, const struct error *err)
{
    cleanup_json json_t *secret = NULL;

    if (!t->desired || !streq(t->kind, "Secret") || *t->api_group)
        return xstrdup(error_message(err));
    secret = json_loadb(t->desired->body, t->desired->body_len, 0, NULL);
    return redact_secret(error_message(err), secret);
}

static void task_failed(struct sync_run *run, const struct task *t, const struct error *err)
{
    struct sync_outcome *o = &run->outcome;
    char *text;

    if (run->canceled) /* what it was about may be gone, and nobody waits for it */
        return;
    text = failure_text(t, err);
    if (o->failed++ == 0) {
        o->transient = true;
        o->message = xasprintf("%s %s%s%s: %s", t->kind, t->namespace, *t->namespace ? "/" : "",
                               t->name, text);
    }
    o->transient = o->transient && error_is_transient(err);
    run->syncer->stats.failed++;
    log_event(LOG_ERROR, t->what == TASK_PRUNE ? "prune failed" : "apply failed", "app",
              run->qualified, "revision", run->revision, "object", t->key, "error", text, NULL);
    add_result(run, t, "SyncFailed", text);
}

static void task_ended(struct sync_run *run)
{
    if (--run->in_flight == 0)
        run_enter(run, RUN_NEXT);
}

/* ---- apply ---- */

static void on_namespace(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;
    struct sync_run *run = r->run;

    if (!err)
        log_event(LOG_INFO, "namespace created", "app", run->qualified, "revision", run->revision,
                  "object", r->task->key, NULL);
    if (!err || error_kind(err) == ERROR_CONFLICT) {
        map_set(&run->syncer->namespaces, r->task->name, run->syncer);
        if (answer)
            observer_feed(run->syncer->observer, answer);
    } else if (error_code(err) == 403) {
        /* It may exist all the same; where it does not, the objects in it say so. */
        log_event(LOG_WARN, "namespace not created", "app", run->qualified, "object", r->task->key,
                  "error", error_message(err), NULL);
    } else {
        task_failed(run, r->task, err);
    }
    task_ended(run);
}

static const struct kube_resource *resource_of(const struct syncer *s, const struct task *t)
{
    return kube_discovery_find(s->discovery, t->api_group, t->version, t->kind);
}

/* The server answered; the object may still not be as we wrote it. Heap string. */
static char *applied_text(const struct sync_run *run, const struct task *t)
{
    const struct object *object = observer_find(run->syncer->observer, t->key);
    cleanup_free char *name = display_name(t);

    if (!run->canceled && object && !object->judging && object->verdict == VERDICT_DRIFTED)
        return xasprintf("%s serverside-applied, but something on the server rewrites it: %s", name,
                         object->drift);
    return xasprintf("%s serverside-applied", name);
}

static void applied(struct running_task *r, const json_t *answer)
{
    struct sync_run *run = r->run;

    observer_feed_written(run->syncer->observer, answer);
    add_result(run, r->task, "Synced", applied_text(run, r->task));
    log_event(LOG_INFO, "applied", "app", run->qualified, "revision", run->revision, "object",
              r->task->key, NULL);
    task_ended(run);
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

static void adopt(struct running_task *r);

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

static void on_applied(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;
    struct sync_run *run = r->run;
    struct task *t = r->task;
    const struct kube_resource *resource = resource_of(run->syncer, t);
    cleanup_json json_t *share = NULL;

    r->respecting = NULL;
    if (was_foreign(r, answer, err)) {
        adopt(r);
        return;
    }
    if (err) {
        if (error_kind(err) == ERROR_NOT_FOUND)
            map_remove(&run->syncer->namespaces, t->namespace);
        task_failed(run, t, err);
        task_ended(run);
        return;
    }
    run->syncer->stats.applied++;
    run->outcome.applied++;
    run->wrote_definition |= streq(t->kind, "CustomResourceDefinition");
    share = adopt_patch_share(answer);
    if (!share || !resource || run->canceled) {
        applied(r, answer);
        return;
    }
    r->answer = json_incref((json_t *)answer);
    kube_json_patch(run->syncer->client, resource, t->namespace, t->name, share, on_unshared, r);
}

static void start_namespace(struct running_task *r)
{
    struct syncer *s = r->run->syncer;
    const struct kube_resource *resource = kube_discovery_find(s->discovery, "", "v1", "Namespace");
    cleanup_json json_t *object = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind",
                                            "Namespace", "metadata", "name", r->task->name);

    kube_create(s->client, resource, NULL, object, on_namespace, r);
}

/* Are differences that are ignored left alone when this object is applied, too? */
static bool respects_ignored(const struct sync_run *run, const struct desired *d)
{
    return run->respects_ignored || (d->options & SYNC_RESPECT_IGNORED);
}

static void count_repair(struct syncer *s, const struct object *object)
{
    static const uint64_t bounds_ms[] = SYNCER_REPAIR_BOUNDS_MS;
    uint64_t took_us;
    size_t i = 0;

    if (!object || !object->changed_at_us)
        return;
    took_us = time_monotonic_us() - object->changed_at_us;
    while (i < ARRAY_LEN(bounds_ms) && took_us > bounds_ms[i] * 1000)
        i++;
    s->stats.repairs[i]++;
    s->stats.repair_us += took_us;
}

static void send_apply(struct running_task *r)
{
    static const struct kube_apply_options options = {
        .field_manager = FIELD_MANAGER, .force = true, .field_validation = "Strict"};
    struct syncer *s = r->run->syncer;
    struct task *t = r->task;
    const struct kube_resource *resource = resource_of(s, t);
    struct respect_spec spec = {.client = s->client,
                                .jq = s->jq,
                                .discovery = s->discovery,
                                .desired = t->desired,
                                .rules = r->run->ignore,
                                .options = &options};

    if (!resource) {
        cleanup_error struct error *err = NULL;

        error_set(&err, ERROR_NOT_FOUND,
                  "the API server does not serve %s in %s%s%s: check apiVersion and kind, or "
                  "install the CustomResourceDefinition of \"%s\" in this cluster",
                  t->kind, t->api_group, *t->api_group ? "/" : "", t->version, t->kind);
        task_failed(r->run, t, err);
        task_ended(r->run);
        return;
    }
    count_repair(s, observer_find(s->observer, t->key));
    spec.implied_only = !respects_ignored(r->run, t->desired);
    if (respect_is_needed(spec.rules, t->desired, spec.implied_only)) {
        spec.resource = resource;
        r->respecting = respect_write_start(&spec, on_applied, r);
        return;
    }
    kube_apply(s->client, resource, t->namespace, t->name, t->desired->body, t->desired->body_len,
               &options, on_applied, r);
}

static void on_adopted(void *arg, const json_t *live, const struct error *err)
{
    struct running_task *r = arg;

    (void)live;
    if (err)
        task_failed(r->run, r->task, err);
    if (err || r->run->canceled) /* then the desired object may be gone */
        task_ended(r->run);
    else
        send_apply(r);
}

static void adopt(struct running_task *r)
{
    struct syncer *s = r->run->syncer;
    struct task *t = r->task;
    const struct kube_resource *resource = resource_of(s, t);
    cleanup_free char *api_version =
        xasprintf("%s%s%s", t->api_group, *t->api_group ? "/" : "", t->version);

    r->adopted = true;
    if (resource)
        adopt_start(s->client, s->discovery, resource, t->namespace, t->name, api_version,
                    on_adopted, r);
    else
        send_apply(r);
}

/* What another tool applied becomes ours first, so that what is declared no more goes with the
 * same write. */
static void start_apply(struct running_task *r)
{
    const struct object *object = observer_find(r->run->syncer->observer, r->task->key);

    r->is_new = !object || !object->uid[0];
    if (object && object->foreign)
        adopt(r);
    else
        send_apply(r);
}

/* ---- prune: GET, then DELETE with preconditions ---- */

static void pruned(struct running_task *r)
{
    struct sync_run *run = r->run;

    run->syncer->stats.pruned++;
    run->outcome.pruned++;
    add_result(run, r->task, "Pruned", xstrdup("pruned"));
    log_event(LOG_INFO, "pruned", "app", run->qualified, "revision", run->revision, "object",
              r->task->key, NULL);
    task_ended(run);
}

/* Unless another object of that name has been created meanwhile. */
static void feed_gone(struct observer *o, const struct task *t)
{
    const struct object *object = observer_find(o, t->key);

    if (object && streq(object->uid, t->uid))
        observer_feed_gone(o, t->key);
}

static void on_deleted(void *arg, const json_t *answer, const struct error *err)
{
    struct running_task *r = arg;
    struct sync_run *run = r->run;

    if (err && error_kind(err) != ERROR_NOT_FOUND) {
        task_failed(run, r->task, err);
        task_ended(run);
        return;
    }
    /* What stays for a while, because of finalizers, comes back marked; the rest is gone, and need
     * not be told so by its event. */
    if (*object_meta_string(answer, "deletionTimestamp"))
        observer_feed(run->syncer->observer, answer);
    else
        feed_gone(run->syncer->observer, r->task);
    pruned(r);
}

/* What came to be known since the plan was made. */
static bool may_delete(const struct sync_run *run, const struct task *t, const json_t *live)
{
    const struct object *object = observer_find(run->syncer->observer, t->key);
    cleanup_free char *instance = observer_instance(run->syncer->observer, live);

    return !run->canceled && streq(object_meta_string(live, "uid"), t->uid) &&
           streq(instance, run->instance) && object && !object->deleting && !object->wanted_by &&
           !(t->deletion ? object->no_delete : object->no_prune);
}

static void on_prune_seen(void *arg, const json_t *live, const struct error *err)
{
    struct running_task *r = arg;
    struct sync_run *run = r->run;
    struct task *t = r->task;
    const struct kube_resource *resource = resource_of(run->syncer, t);

    if (err && error_kind(err) == ERROR_NOT_FOUND) {
        feed_gone(run->syncer->observer, t);
        pruned(r);
        return;
    }
    if (err) {
        task_failed(run, t, err);
        task_ended(run);
        return;
    }
    observer_feed(run->syncer->observer, live);
    if (!resource || !may_delete(run, t, live)) {
        /* Another object by now, or somebody else's, or one that asks to stay. */
        task_ended(run);
        return;
    }
    kube_delete(run->syncer->client, resource, t->namespace, t->name, t->uid,
                object_meta_string(live, "resourceVersion"), run->propagation, on_deleted, r);
}

static void start_prune(struct running_task *r)
{
    struct sync_run *run = r->run;
    const struct kube_resource *resource = resource_of(run->syncer, r->task);
    const struct object *object = observer_find(run->syncer->observer, r->task->key);

    /* Wanted by somebody again, a failure before us, or a kind that we cannot see: do not touch. */
    if (run->outcome.failed || !resource || !object || object->wanted_by ||
        !object_kind_is_synced(object)) {
        add_result(run, r->task, "PruneSkipped",
                   xstrdup(run->outcome.failed ? "skipped: another object failed"
                                               : "skipped: its state is not known for certain"));
        task_ended(run);
        return;
    }
    kube_get(run->syncer->client, resource, r->task->namespace, r->task->name, on_prune_seen, r);
}

/* ---- the run ---- */

static void on_closed(uv_handle_t *handle)
{
    struct sync_run *run = CONTAINER_OF(handle, struct sync_run, timer);

    plan_clear(&run->plan);
    free(run->running);
    free(run->qualified);
    free(run->instance);
    ignore_rules_unref(run->ignore);
    free(run);
}

static void on_timer(uv_timer_t *timer)
{
    run_enter(CONTAINER_OF(timer, struct sync_run, timer), RUN_NEXT);
}

/* Is there a kind in the next group that a definition written by this run may soon serve? */
static bool must_wait_for_discovery(const struct sync_run *run)
{
    unsigned step = run->plan.tasks[run->position].step;

    if (!run->wrote_definition || time_monotonic_ms() > run->discovery_deadline_ms)
        return false;
    for (size_t i = run->position; i < run->plan.len && run->plan.tasks[i].step == step; i++)
        if (run->plan.tasks[i].what == TASK_APPLY && !resource_of(run->syncer, &run->plan.tasks[i]))
            return true;
    return false;
}

static void start_group(struct sync_run *run)
{
    unsigned step = run->plan.tasks[run->position].step;
    size_t first = run->position;
    size_t end = first;

    while (end < run->plan.len && run->plan.tasks[end].step == step)
        end++;
    run->position = end;
    run->in_flight = end - first + 1; /* one more, so that an early end waits for the loop below */
    for (size_t i = first; i < end; i++) {
        struct running_task *r = &run->running[i];

        *r = (struct running_task){.run = run, .task = &run->plan.tasks[i]};
        switch (r->task->what) {
        case TASK_NAMESPACE: start_namespace(r); break;
        case TASK_APPLY: start_apply(r); break;
        case TASK_PRUNE: start_prune(r); break;
        case TASK_HOOK: task_ended(run); break;
        }
    }
    task_ended(run);
}

/* The only place that changes the state. */
static void run_enter(struct sync_run *run, enum run_state next)
{
    if (next == RUN_NEXT) {
        if (run->canceled || run->position == run->plan.len)
            next = RUN_DONE;
        else
            next = must_wait_for_discovery(run) ? RUN_DISCOVERY : RUN_ANSWERS;
    }
    run->state = next;
    switch (next) {
    case RUN_NEXT: UNREACHABLE();
    case RUN_DISCOVERY:
        run->syncer->refresh(run->syncer->arg);
        uv_timer_start(&run->timer, on_timer, DISCOVERY_POLL_MS, 0);
        break;
    case RUN_ANSWERS: start_group(run); break;
    case RUN_DONE:
        run->outcome.canceled = run->canceled;
        run->done(run->arg, &run->outcome);
        uv_close((uv_handle_t *)&run->timer, on_closed);
        break;
    }
}

struct sync_run *sync_run_start(struct syncer *s, const struct app *app, struct plan *plan,
                                const char *propagation, sync_done_fn *done, void *arg)
{
    struct sync_run *run = xcalloc(1, sizeof(*run));

    run->syncer = s;
    run->qualified = xstrdup(app->qualified);
    run->instance = xstrdup(app->instance);
    run->ignore = ignore_rules_ref(app->ignore);
    run->respects_ignored = app->spec && (app->spec->sync_options & SYNC_RESPECT_IGNORED);
    strcpy(run->revision, app->op.revision);
    run->plan = *plan;
    *plan = (struct plan){0};
    run->running = xcalloc(run->plan.len, sizeof(*run->running));
    run->propagation = propagation;
    run->discovery_deadline_ms = time_monotonic_ms() + DISCOVERY_WAIT_MS;
    run->done = done;
    run->arg = arg;
    uv_timer_init(s->loop, &run->timer);
    run->state = RUN_DISCOVERY;
    uv_timer_start(&run->timer, on_timer, 0, 0);
    return run;
}

void sync_run_cancel(struct sync_run *run)
{
    run->canceled = true;
    for (size_t i = 0; i < run->plan.len; i++)
        if (run->running[i].respecting)
            respect_write_cancel(run->running[i].respecting);
    if (run->state == RUN_DISCOVERY)
        uv_timer_start(&run->timer, on_timer, 0, 0);
}
