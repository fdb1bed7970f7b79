/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/redact.h"
#include "daemon/sync/results.h"
#include "daemon/sync/run_parts.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

/* How often and when a request that the server could not serve now is sent again. A run with hooks
 * takes more trouble, because a failure runs them again. */
#define RETRY_FIRST_MS 250
#define RETRY_MAX_MS 8000
#define RETRY_MAX_WISH_MS 30000
#define RETRY_TRIES 3
#define RETRY_TRIES_WITH_HOOKS 8

void task_ended(struct running_task *r, enum task_state state)
{
    struct sync_run *run = r->run;

    r->state = state;
    if (--run->in_flight == 0)
        run_advance(run);
}

void request_ended(struct running_task *r)
{
    if (--r->run->in_flight == 0)
        run_advance(r->run);
}

void task_set_result(struct running_task *r, const char *status, const char *hook_phase,
                     char *message)
{
    struct app_operation *op = &r->run->app->op;

    if (!r->result)
        r->result = results_of_task(op, r->task) + 1;
    results_set(op, r->result - 1, status, hook_phase, message);
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

void task_failed(struct running_task *r, const struct error *err)
{
    struct sync_run *run = r->run;
    struct sync_outcome *o = &run->outcome;
    const struct task *t = r->task;
    char *text;

    if (!run->canceled) { /* else nobody waits for it */
        text = failure_text(t, err);
        o->transient = error_is_transient(err) && (o->transient || !o->failed);
        o->failed++;
        run->syncer->stats.failed++;
        log_event(LOG_ERROR, t->what == TASK_PRUNE ? "prune failed" : "apply failed", "app",
                  run->app->qualified, "revision", run->revision, "object", t->key, "error", text,
                  NULL);
        task_set_result(r, "SyncFailed", "Failed", text);
    }
    task_ended(r, TASK_FAILED);
}

/* A patch that does not fit the types of its kind is answered with 500, too. */
static bool is_mismatch(const struct error *err)
{
    return strstr(error_message(err), "failed to create typed patch object") != NULL;
}

static bool is_worth_another_try(const struct sync_run *run, const struct error *err)
{
    switch (error_code(err)) {
    case 500: return !is_mismatch(err);
    case 409:
    case 429:
    case 502:
    case 503:
    case 504: return true;
    case 0: return run->has_hooks && error_is_transient(err); /* no connection */
    default: return false;
    }
}

bool task_retries(struct running_task *r, const struct error *err, task_step_fn *again)
{
    struct sync_run *run = r->run;
    uint64_t wish = error_retry_after_ms(err);
    uint64_t delay = RETRY_FIRST_MS << r->tries;
    cleanup_free char *text = NULL;

    if (run->canceled || run->terminated || !is_worth_another_try(run, err) ||
        wish > RETRY_MAX_WISH_MS ||
        r->tries >= (run->has_hooks ? RETRY_TRIES_WITH_HOOKS : RETRY_TRIES))
        return false;
    r->tries++;
    if (delay > RETRY_MAX_MS)
        delay = RETRY_MAX_MS;
    text = failure_text(r->task, err);
    log_debug("%s: %s, tried again", r->task->key, text);
    r->again = again;
    r->retry_at_ms = time_monotonic_ms() + (wish > delay ? wish : delay);
    run_arm_timer(run);
    return true;
}

void tasks_drop_retries(struct sync_run *run)
{
    for (size_t i = 0; i < run->plan.len; i++) {
        struct running_task *r = &run->running[i];

        if (r->respecting)
            respect_write_cancel(r->respecting);
        if (!r->retry_at_ms)
            continue;
        r->retry_at_ms = 0;
        r->state = TASK_FAILED;
        run->in_flight--;
    }
    if (run->in_flight == 0)
        run_look_soon(run);
}
