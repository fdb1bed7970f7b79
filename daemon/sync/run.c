/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/identity.h"
#include "daemon/sync/results.h"
#include "daemon/sync/run_parts.h"
#include "lib/base/log.h"
#include "lib/base/time.h"

/* Of one run: more than the client sends at once, so that it has always something to send. */
#define MAX_PARALLEL 200

/* How long an object waits for the definition of its kind to be served. */
#define KINDS_WAIT_MS 10000

/* ---- the timer: what has to happen without an event ---- */

static bool waits(enum run_state state)
{
    return state == RUN_WRITE_AHEAD || state == RUN_CONFIRM || state == RUN_GONE ||
           state == RUN_KINDS || state == RUN_WAIT || state == RUN_RECORD;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return !a || (b && b < a) ? b : a;
}

static void on_timer(uv_timer_t *timer);

void run_look_soon(struct sync_run *run)
{
    uv_timer_start(&run->timer, on_timer, 0, 0);
}

void run_arm_timer(struct sync_run *run)
{
    uint64_t now = time_monotonic_ms();
    uint64_t next = 0;

    for (size_t i = 0; i < run->plan.len; i++)
        next = sooner(next, run->running[i].retry_at_ms);
    if (run->in_flight == 0)
        next = sooner(next, wait_until_ms(run));
    if (next)
        uv_timer_start(&run->timer, on_timer, next > now ? next - now : 0, 0);
    else
        uv_timer_stop(&run->timer);
}

static void on_timer(uv_timer_t *timer)
{
    struct sync_run *run = CONTAINER_OF(timer, struct sync_run, timer);
    uint64_t now = time_monotonic_ms();

    run->in_flight++; /* what ends at once must not end the run within this loop */
    for (size_t i = 0; i < run->plan.len; i++) {
        struct running_task *r = &run->running[i];

        if (!r->retry_at_ms || r->retry_at_ms > now)
            continue;
        r->retry_at_ms = 0;
        r->again(r);
    }
    if (run->deadline_ms && now >= run->deadline_ms && !run->canceled && !run->terminated &&
        waits(run->state) && run->state != RUN_CONFIRM) {
        run->terminated = ", triggered by controller sync timeout";
        run->blocker = run->app->op.message ? xstrdup(run->app->op.message) : NULL;
    }
    if (--run->in_flight == 0)
        run_advance(run);
    else
        run_arm_timer(run);
}

/* ---- what the states start ---- */

static void start(struct sync_run *run, size_t i, task_step_fn *step)
{
    run->running[i].state = TASK_BUSY;
    run->in_flight++;
    step(&run->running[i]);
}

static void start_task(struct sync_run *run, size_t i)
{
    struct running_task *r = &run->running[i];
    const struct task *t = r->task;

    if (t->kind_comes && !syncer_resource(run->syncer, t) &&
        (!run->kinds_deadline_ms || time_monotonic_ms() < run->kinds_deadline_ms))
        return; /* RUN_KINDS */
    switch (t->what) {
    case TASK_NAMESPACE: start(run, i, start_namespace); break;
    case TASK_APPLY: start(run, i, start_apply); break;
    case TASK_HOOK: start(run, i, start_hook); break;
    case TASK_PRUNE: start(run, i, start_prune); break;
    }
}

/* As many of the next step as may be under way. */
static void start_step(struct sync_run *run)
{
    unsigned step = run->plan.tasks[run->next].step;

    for (; run->next < run->end && run->plan.tasks[run->next].step == step &&
           run->in_flight <= MAX_PARALLEL;
         run->next++)
        if (run->running[run->next].state == TASK_PENDING)
            start_task(run, run->next);
}

static void start_checks(struct sync_run *run)
{
    for (; run->next < run->plan.len && run->in_flight <= MAX_PARALLEL; run->next++)
        if (run->running[run->next].state == TASK_PENDING)
            start(run, run->next, start_check);
}

static bool is_sync_fail(const struct sync_run *run, size_t i)
{
    return run->plan.tasks[i].phase == PHASE_SYNC_FAIL;
}

/* SyncFail hooks are for a run that failed, and all else is for one that did not. */
static void take_group(struct sync_run *run)
{
    bool failed = run->outcome.failed > 0;

    run->first = run->end;
    while (run->first < run->plan.len && is_sync_fail(run, run->first) != failed)
        run->first++;
    run->end = run->first;
    while (run->end < run->plan.len &&
           run->plan.tasks[run->end].group == run->plan.tasks[run->first].group)
        run->end++;
    run->next = run->first;
}

static bool group_has_hooks(const struct sync_run *run)
{
    for (size_t i = run->first; i < run->end; i++)
        if (run->plan.tasks[i].what == TASK_HOOK)
            return true;
    return false;
}

/* Of the group, those hooks that have not come: one after the other, because the order in which
 * objects go is told to people, and is the plan's. */
static void clear_next(struct sync_run *run)
{
    for (; run->next_hook < run->end && run->in_flight == 1; run->next_hook++)
        if (run->plan.tasks[run->next_hook].what == TASK_HOOK &&
            run->running[run->next_hook].state == TASK_PENDING)
            start(run, run->next_hook, start_clear);
}

/* Of the whole plan, those hooks that have come so far, likewise. How a task stands stays as it
 * is. */
static void step_next_hook(struct sync_run *run, task_step_fn *step)
{
    for (; run->next_hook < run->plan.len && run->in_flight == 1; run->next_hook++) {
        struct running_task *r = &run->running[run->next_hook];

        if (r->task->what != TASK_HOOK || r->state < TASK_WAITING)
            continue;
        run->in_flight++;
        step(r);
    }
}

/* What the dry run refused will say so itself when it is written. Only nothing is pruned. */
static void forgive_checks(struct sync_run *run)
{
    run->no_prunes = run->outcome.failed > 0;
    run->outcome.failed = 0;
    for (size_t i = 0; i < run->plan.len; i++) {
        run->running[i].verb = NULL; /* nothing has been done */
        if (run->running[i].state == TASK_FAILED)
            run->running[i].state = TASK_PENDING;
    }
}

static void ask_to_record(struct sync_run *run)
{
    run->is_recorded = run->spec.record == NULL;
    if (run->spec.record)
        run->spec.record(run->spec.arg);
}

/* ---- the machine ---- */

static enum run_state after_group(const struct sync_run *run)
{
    bool over = run->outcome.failed && !is_sync_fail(run, run->first);

    return over ? RUN_CLEAN : RUN_GROUP;
}

/* A hook that could not be created is to be tried again when what is in its way is gone. */
static bool has_come_back(const struct sync_run *run)
{
    for (size_t i = run->first; i < run->end; i++)
        if (run->running[i].state == TASK_PENDING && run->running[i].tries &&
            run->plan.tasks[i].what == TASK_HOOK)
            return true;
    return false;
}

/* Before anything is done, nothing has failed but what the dry run refused. */
static bool is_refused(const struct sync_run *run)
{
    return run->outcome.failed && run->has_hooks;
}

/* The map. */
static enum run_state next_state(const struct sync_run *run)
{
    bool is_end = run->first == run->plan.len;
    bool hooks_remain = run->next_hook < run->plan.len;

    if (run->canceled || (run->terminated && run->state == RUN_TERMINATE && !hooks_remain))
        return RUN_DONE;
    if (run->terminated)
        return RUN_TERMINATE;
    switch (run->state) {
    case RUN_START: return run->has_hooks || run->has_groups ? RUN_WRITE_AHEAD : RUN_CHECK;
    case RUN_WRITE_AHEAD: return run->is_recorded ? RUN_CHECK : RUN_WRITE_AHEAD;
    case RUN_CHECK:
        if (check_is_due(run) && run->next < run->plan.len)
            return RUN_CHECK;
        return is_refused(run) ? RUN_DONE : RUN_GROUP;
    case RUN_GROUP: return is_end ? RUN_CLEAN : RUN_CONFIRM;
    case RUN_CONFIRM: return run->app->shut || wait_for_approval(run) ? RUN_CONFIRM : RUN_CLEAR;
    case RUN_CLEAR: return run->next_hook < run->end ? RUN_CLEAR : RUN_GONE;
    case RUN_GONE: return wait_for_gone(run) ? RUN_GONE : RUN_STEP;
    case RUN_STEP:
        if (run->next < run->end)
            return RUN_STEP;
        if (has_come_back(run))
            return RUN_GONE;
        return wait_for_kinds(run) ? RUN_KINDS : RUN_WAIT;
    case RUN_KINDS: return wait_for_kinds(run) ? RUN_KINDS : RUN_STEP;
    case RUN_WAIT:
        if (wait_goes_on(run))
            return RUN_WAIT;
        return group_has_hooks(run) ? RUN_RECORD : after_group(run);
    case RUN_RECORD: return run->is_recorded ? RUN_RELEASE : RUN_RECORD;
    case RUN_RELEASE: return hooks_remain ? RUN_RELEASE : after_group(run);
    case RUN_CLEAN:
        if (hooks_remain)
            return RUN_CLEAN;
        return is_end ? RUN_DONE : RUN_GROUP;
    case RUN_TERMINATE:
    case RUN_DONE: break;
    }
    UNREACHABLE();
}

static void on_closed(uv_handle_t *handle)
{
    struct sync_run *run = CONTAINER_OF(handle, struct sync_run, timer);

    for (size_t i = 0; i < run->plan.len; i++)
        free(run->running[i].finalizers);
    if (run->client != run->syncer->client)
        kube_client_free(run->client);
    plan_clear(&run->plan);
    free(run->running);
    free(run->id);
    free(run->blocker);
    revision_clear(&run->revision);
    ignore_rules_unref(run->ignore);
    desired_set_unref(run->desired);
    free(run);
}

static void end(struct sync_run *run)
{
    struct sync_outcome *o = &run->outcome;

    if (run->canceled) {
        o->end = SYNC_CANCELED;
    } else if (run->terminated) {
        o->end = SYNC_TERMINATED;
        o->message = xasprintf(OPERATION_TERMINATED "%s%s%s", run->terminated,
                               run->blocker ? ": " : "", run->blocker ? run->blocker : "");
    } else if (o->failed) {
        o->end = SYNC_FAILED;
        o->message = wait_failure_message(run);
    } else {
        o->end = SYNC_SUCCEEDED;
        o->message = xasprintf("successfully synced (%s)",
                               run->awaited || !run->plan.len ? "no more tasks" : "all tasks run");
    }
    uv_close((uv_handle_t *)&run->timer, on_closed);
    run->spec.done(run->spec.arg, o);
}

static void take_next_group(struct sync_run *run)
{
    take_group(run);
    run->kinds_deadline_ms = 0; /* each has the time for its own */
    if (run->first < run->plan.len)
        run->awaited = group_has_hooks(run);
}

static void await_kinds(struct sync_run *run)
{
    if (!run->kinds_deadline_ms)
        run->kinds_deadline_ms = time_monotonic_ms() + KINDS_WAIT_MS;
    run->syncer->refresh(run->syncer->arg);
}

/* The only place that changes the state. */
static void run_enter(struct sync_run *run, enum run_state next)
{
    enum run_state former = run->state;

    run->state = next;
    run->waiting_since_ms = 0;
    if (former != next)
        run->next_hook = 0;
    run->in_flight++; /* what ends at once must not go on before all is started */
    switch (next) {
    case RUN_START: UNREACHABLE();
    case RUN_WRITE_AHEAD:
    case RUN_RECORD: ask_to_record(run); break;
    case RUN_CHECK:
        if (check_is_due(run))
            start_checks(run);
        break;
    case RUN_GROUP:
        if (former == RUN_CHECK)
            forgive_checks(run);
        take_next_group(run);
        break;
    case RUN_CLEAR:
        if (former != RUN_CLEAR)
            run->next_hook = run->first;
        clear_next(run);
        break;
    case RUN_STEP:
        if (former != RUN_STEP)
            run->next = run->first;
        start_step(run);
        break;
    case RUN_KINDS: await_kinds(run); break;
    case RUN_RELEASE: step_next_hook(run, start_release); break;
    case RUN_CLEAN: step_next_hook(run, start_clean); break;
    case RUN_TERMINATE: step_next_hook(run, start_terminate); break;
    case RUN_CONFIRM:
    case RUN_GONE:
    case RUN_WAIT: break;
    case RUN_DONE: end(run); break;
    }
    run->in_flight--;
}

/* Nothing is under way: go on as far as there is nothing to wait for. */
void run_advance(struct sync_run *run)
{
    while (run->in_flight == 0 && run->state != RUN_DONE) {
        enum run_state next;

        if (run->state == RUN_WAIT)
            wait_look(run);
        next = next_state(run);
        if (next == run->state && waits(next))
            break;
        run_enter(run, next);
    }
    if (run->state == RUN_DONE)
        return;
    if (run->in_flight == 0)
        wait_tell(run);
    run_arm_timer(run);
    run->spec.progress(run->spec.arg);
}

static char *operation_id(const struct app_operation *op)
{
    char started[TIME_RFC3339_BYTES];

    time_format_rfc3339(op->started_ms, started);
    return xasprintf("%s/%s/%d", started, op->revision ? op->revision : "", op->retry_count);
}

static void look_at_plan(struct sync_run *run)
{
    for (size_t i = 0; i < run->plan.len; i++) {
        const struct task *t = &run->plan.tasks[i];

        run->running[i] = (struct running_task){.run = run, .task = &run->plan.tasks[i]};
        run->has_hooks |= t->what == TASK_HOOK && t->phase != PHASE_SYNC_FAIL;
        run->has_groups |= t->group != run->plan.tasks[0].group;
    }
}

struct sync_run *sync_run_start(struct syncer *s, const struct sync_run_spec *spec)
{
    struct sync_run *run = xcalloc(1, sizeof(*run));
    struct app *app = spec->app;
    int64_t age_ms = time_wall_ms() - app->op.started_ms;

    run->syncer = s;
    run->spec = *spec;
    run->app = app;
    run->client = spec->user ? kube_client_as(s->client, spec->user) : s->client;
    run->id = operation_id(&app->op);
    run->ignore = ignore_rules_ref(app->ignore);
    revision_set(&run->revision, app->op.revision ? app->op.revision : "");
    run->desired = desired_set_ref(app->desired);
    run->plan = *spec->plan;
    *spec->plan = (struct plan){0};
    run->running = xcalloc(run->plan.len, sizeof(*run->running));
    look_at_plan(run);
    hooks_recall(run);
    if (s->timeout_ms) {
        run->deadline_ms = time_monotonic_ms() + s->timeout_ms;
        if (age_ms > 0 && (uint64_t)age_ms < s->timeout_ms) /* of an operation that is carried on */
            run->deadline_ms -= (uint64_t)age_ms;
    }
    uv_timer_init(s->loop, &run->timer);
    run_look_soon(run);
    return run;
}

void sync_run_wake(struct sync_run *run)
{
    if (waits(run->state) && run->in_flight == 0)
        run_advance(run);
}

void sync_run_recorded(struct sync_run *run)
{
    run->is_recorded = true;
    sync_run_wake(run);
}

void sync_run_cancel(struct sync_run *run)
{
    run->canceled = true;
    tasks_drop_retries(run);
}

void sync_run_terminate(struct sync_run *run)
{
    if (run->terminated || run->canceled)
        return;
    run->terminated = "";
    tasks_drop_retries(run);
}
