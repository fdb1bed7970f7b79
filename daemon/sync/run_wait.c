/* SPDX-License-Identifier: Apache-2.0 */
/* What a run waits for, by the word of the observer, and how that is told. */
#include "daemon/sync/hook_live.h"
#include "daemon/sync/results.h"
#include "daemon/sync/run_parts.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/time.h"

/* How long the status of a custom resource that was changed may be of before: its controller need
 * not say which generation it speaks of. Argo CD waits that long after each group. */
#define SETTLE_MS 2000

/* Of a message that tells of many failures. */
#define MAX_REASON_BYTES 4096

/* ---- looking ---- */

static bool is_there(const struct object *object)
{
    return object && object->uid[0];
}

/* What it says may be about the object as it was before we wrote it. */
static bool is_settling(const struct running_task *r, const struct object *object)
{
    const char *group = r->task->api_group;

    return r->written_ms && object->has_health && strchr(group, '.') &&
           !str_has_suffix(group, ".k8s.io") && object->resource_version <= r->written_version &&
           time_monotonic_ms() < r->written_ms + SETTLE_MS;
}

static void come_to(struct running_task *r, enum task_state state, char *message)
{
    struct sync_run *run = r->run;

    r->state = state;
    if (state == TASK_FAILED) {
        run->outcome.failed++;
        run->outcome.transient = false;
        run->awaited = true;
        run->syncer->stats.failed++;
        log_event(LOG_ERROR, r->task->what == TASK_HOOK ? "hook failed" : "not healthy", "app",
                  run->app->qualified, "revision", run->revision, "object", r->task->key, "error",
                  message ? message : "", NULL);
    }
    task_set_result(r, NULL, state == TASK_FAILED ? "Failed" : "Succeeded", message);
}

static char *missing_text(const struct running_task *r)
{
    cleanup_free char *path = task_path(r->task);

    return xasprintf("Resource %s is missing, it might have been deleted", path);
}

static void look_at_hook(struct running_task *r, const struct object *object)
{
    switch (hook_outcome(object->has_health, object->health)) {
    case HOOK_RUNS: break;
    case HOOK_SUCCEEDED:
        come_to(r, TASK_DONE, object->health_message ? xstrdup(object->health_message) : NULL);
        break;
    case HOOK_FAILED:
        come_to(r, TASK_FAILED, object->health_message ? xstrdup(object->health_message) : NULL);
        break;
    }
}

static void look_at_object(struct running_task *r, const struct object *object)
{
    if (is_settling(r, object))
        return;
    if (!object->has_health || object->health == HEALTH_HEALTHY)
        come_to(r, TASK_DONE, NULL);
    else if (object->health == HEALTH_DEGRADED)
        come_to(r, TASK_FAILED,
                xasprintf("it is Degraded: %s",
                          object->health_message ? object->health_message : "no reason is given"));
}

static void look_at(struct running_task *r)
{
    const struct object *object = observer_find(r->run->syncer->observer, r->task->key);

    if (r->task->what == TASK_PRUNE) {
        if (!is_there(object) || !streq(object->uid, r->leaving))
            r->state = TASK_DONE;
        return;
    }
    if (object && (object_is_out_of_sight(object) || object->assessing))
        return;
    if (object && r->task->what == TASK_APPLY && object_is_done(object))
        come_to(r, TASK_DONE, NULL);
    else if (!is_there(object) || (*r->uid && !streq(object->uid, r->uid)))
        come_to(r, TASK_FAILED, missing_text(r));
    else if (r->task->what == TASK_HOOK)
        look_at_hook(r, object);
    else
        look_at_object(r, object);
}

/* The last group of a run that does well is not awaited, except for its hooks: the objects of a
 * plan with one group never are. Source: Argo CD. */
static bool is_awaited(const struct sync_run *run, const struct running_task *r)
{
    bool is_last = run->end == run->plan.len || run->plan.tasks[run->end].phase == PHASE_SYNC_FAIL;

    if (r->state != TASK_WAITING)
        return false;
    if (r->task->what == TASK_HOOK)
        return true;
    return run->has_groups && (!is_last || run->awaited);
}

void wait_look(struct sync_run *run)
{
    for (size_t i = run->first; i < run->end; i++)
        if (is_awaited(run, &run->running[i]))
            look_at(&run->running[i]);
}

bool wait_goes_on(const struct sync_run *run)
{
    for (size_t i = run->first; i < run->end; i++)
        if (is_awaited(run, &run->running[i]) &&
            (!run->outcome.failed || run->plan.tasks[i].what == TASK_HOOK))
            return true;
    return false;
}

static bool is_leaving(const struct sync_run *run, const struct running_task *r)
{
    const struct object *object = observer_find(run->syncer->observer, r->task->key);

    return r->task->what == TASK_HOOK && *r->leaving && is_there(object) &&
           streq(object->uid, r->leaving);
}

bool wait_for_gone(const struct sync_run *run)
{
    for (size_t i = run->first; i < run->end; i++)
        if (is_leaving(run, &run->running[i]))
            return true;
    return false;
}

static bool needs_kind(const struct sync_run *run, const struct running_task *r)
{
    return r->state == TASK_PENDING && r->task->kind_comes &&
           !syncer_resource(run->syncer, r->task);
}

bool wait_for_kinds(const struct sync_run *run)
{
    if (run->kinds_deadline_ms && time_monotonic_ms() >= run->kinds_deadline_ms)
        return false;
    for (size_t i = run->first; i < run->end; i++)
        if (needs_kind(run, &run->running[i]))
            return true;
    return false;
}

static bool needs_approval(const struct running_task *r)
{
    return r->task->what == TASK_PRUNE && r->task->confirm && !r->task->ignored;
}

bool wait_for_approval(const struct sync_run *run)
{
    if (run->spec.dry_run || plan_is_approved(run->app, run->app->op.started_ms))
        return false;
    for (size_t i = run->first; i < run->end; i++)
        if (needs_approval(&run->running[i]))
            return true;
    return false;
}

bool sync_run_awaits_approval(const struct sync_run *run)
{
    return run->state == RUN_CONFIRM && !run->app->shut && wait_for_approval(run);
}

/* ---- telling ---- */

static bool is_blocker(const struct sync_run *run, const struct running_task *r)
{
    switch (run->state) {
    case RUN_CONFIRM: return needs_approval(r);
    case RUN_GONE: return is_leaving(run, r);
    case RUN_KINDS: return needs_kind(run, r);
    case RUN_WAIT: return is_awaited(run, r);
    default: return false;
    }
}

static const char *what_is_awaited(const struct sync_run *run, const struct task *t)
{
    switch (run->state) {
    case RUN_CONFIRM: return "pruning confirmation of";
    case RUN_GONE: return "deletion of hook";
    case RUN_KINDS: return "the definition of the kind of";
    default:
        if (t->what == TASK_HOOK)
            return "completion of hook";
        return t->what == TASK_PRUNE ? "deletion of" : "healthy state of";
    }
}

/* Hooks come first, and what is being deleted last, as in Argo CD. */
static int urgency(const struct task *t)
{
    return t->what == TASK_HOOK ? 2 : t->what != TASK_PRUNE;
}

void wait_tell(struct sync_run *run)
{
    const struct running_task *first = NULL;
    cleanup_free char *path = NULL;
    cleanup_free char *more = NULL;
    char since[TIME_RFC3339_BYTES];
    size_t count = 0;
    size_t hooks = 0;

    if (run->state == RUN_CONFIRM && run->app->shut) {
        free(run->app->op.message);
        run->app->op.message = xstrdup(run->app->shut);
        return;
    }
    for (size_t i = run->first; i < run->end; i++) {
        const struct running_task *r = &run->running[i];

        if (!is_blocker(run, r))
            continue;
        count++;
        hooks += r->task->what == TASK_HOOK;
        if (!first || urgency(r->task) > urgency(first->task))
            first = r;
    }
    if (!first)
        return;
    if (!run->waiting_since_ms)
        run->waiting_since_ms = time_wall_ms();
    time_format_rfc3339(run->waiting_since_ms, since);
    path = task_path(first->task);
    more = count > 1
               ? xasprintf(" and %zu more %s", count - 1, hooks == count ? "hooks" : "resources")
               : xstrdup("");
    free(run->app->op.message);
    run->app->op.message =
        xasprintf("waiting for %s %s%s%s%s%s (since %s)%s%s", what_is_awaited(run, first->task),
                  path, more, first->finalizers ? ", which has the finalizers [" : "",
                  first->finalizers ? first->finalizers : "", first->finalizers ? "]" : "", since,
                  run->state == RUN_CONFIRM && run->plan.guard ? ": " : "",
                  run->state == RUN_CONFIRM && run->plan.guard ? run->plan.guard : "");
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return !a || (b && b < a) ? b : a;
}

uint64_t wait_until_ms(const struct sync_run *run)
{
    uint64_t next = run->state == RUN_KINDS ? run->kinds_deadline_ms : 0;

    if (run->state != RUN_CONFIRM) /* a person may take all the time in the world */
        next = sooner(next, run->deadline_ms);
    for (size_t i = run->first; run->state == RUN_WAIT && i < run->end; i++) {
        const struct running_task *r = &run->running[i];
        const struct object *object = observer_find(run->syncer->observer, r->task->key);

        if (is_awaited(run, r) && object && is_settling(r, object))
            next = sooner(next, r->written_ms + SETTLE_MS);
    }
    return next;
}

/* ---- how it failed ---- */

/* An object is named, unless its message does so. */
static void add_reason(struct buf *reasons, const struct sync_run *run,
                       const struct running_task *r)
{
    const char *message = r->result ? run->app->op.results[r->result - 1].message : "";
    cleanup_free char *quoted = xasprintf("\"%s\"", r->task->name);
    cleanup_free char *title = task_title(r->task);
    cleanup_free char *text =
        strstr(message, quoted) ? xstrdup(message) : xasprintf("%s: %s", title, message);

    if ((reasons->len && strstr(reasons->data, text)) ||
        reasons->len + strlen(text) > MAX_REASON_BYTES)
        return;
    buf_puts(reasons, reasons->len ? "," : ", reason: ");
    buf_puts(reasons, text);
}

static void add_reasons(struct buf *text, const struct sync_run *run, bool of_sync_fail)
{
    cleanup_buf struct buf reasons = BUF_UNLIMITED;

    for (size_t i = 0; i < run->plan.len; i++)
        if (run->running[i].state == TASK_FAILED &&
            (run->plan.tasks[i].phase == PHASE_SYNC_FAIL) == of_sync_fail)
            add_reason(&reasons, run, &run->running[i]);
    if (of_sync_fail && reasons.len)
        buf_puts(text, "\none or more SyncFail hooks failed");
    if (reasons.len)
        buf_puts(text, reasons.data);
}

char *wait_failure_message(const struct sync_run *run)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (run->end == 0)
        buf_puts(&text, "one or more objects failed to apply (dry run)");
    else
        buf_puts(&text, run->awaited ? "one or more synchronization tasks completed unsuccessfully"
                                     : "one or more objects failed to apply");
    add_reasons(&text, run, false);
    add_reasons(&text, run, true);
    return xstrdup(text.data);
}
