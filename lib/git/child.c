/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/child.h"
#include "lib/doc/yaml.h" /* cleanup_json */
#include "lib/git/remote.h"
#include "lib/git/workers.h"

#include <assert.h>
#include <stdio.h>

#define IDLE_MS 5000
/* A reference takes about 150 bytes: some 400,000 of them. */
#define ANSWER_MAX_BYTES (64u << 20)

/* starting an operation -> BUSY -> answered -> IDLE -> ... -> ENDING (killed, or its input closed)
 * -> its process is reaped. */
enum git_child_state { CHILD_IDLE, CHILD_BUSY, CHILD_ENDING };

struct git_child {
    struct git_workers *workers;
    enum git_child_state state;
    struct git_operation *op; /* while BUSY */
    char *dir;                /* what the operation writes */
    char step[64];            /* what the child said last that it does */
    struct child *process;
};

bool git_child_is_idle(const struct git_child *c)
{
    return c->state == CHILD_IDLE;
}

const char *git_child_dir(const struct git_child *c)
{
    return c->dir;
}

struct git_operation *git_child_operation(const struct git_child *c)
{
    return c->op;
}

void git_child_free(struct git_child *c)
{
    free(c->dir);
    free(c);
}

/* ---- its end ---- */

/* Takes `err`. */
static void fail(struct git_child *c, struct error *err)
{
    struct git_operation *op = TAKE(c->op);

    c->state = CHILD_ENDING;
    if (op)
        operation_finish(op, NULL, err);
    else
        error_free(err);
}

void git_child_kill(struct git_child *c, struct error *err)
{
    child_kill(c->process);
    fail(c, err);
}

static void on_killed(void *arg, const struct error *why)
{
    struct git_child *c = arg;
    struct error *err = NULL;

    if (c->op && error_kind(why) == ERROR_TIMEOUT)
        error_set(&err, ERROR_TIMEOUT,
                  "%s %s: no end after %llu ms; the server does not answer or "
                  "is too slow (raise the timeout for a large repository)",
                  c->step, c->op->shown, (unsigned long long)c->op->timeout_ms);
    fail(c, err ? err : error_copy(why));
}

static void on_ended(void *arg, const struct child_end *end)
{
    struct git_child *c = arg;
    struct error *err = NULL;

    if (c->op && end->signal)
        error_set(&err, ERROR_UNAVAILABLE,
                  "%s %s: the Git helper process ended by signal %d (%s); it is started again",
                  c->step, c->op->shown, end->signal, strsignal(end->signal));
    else if (c->op)
        error_set(&err, ERROR_UNAVAILABLE,
                  "%s %s: the Git helper process ended with status %lld; it is started again",
                  c->step, c->op->shown, (long long)end->status);
    fail(c, err);
    workers_child_gone(c->workers, c);
}

/* ---- answers ---- */

static void on_answered(struct git_child *c, const json_t *answer)
{
    struct git_operation *op = TAKE(c->op);

    free(TAKE(c->dir));
    if (op->single) {
        c->state = CHILD_ENDING;
        child_close_input(c->process); /* so it ends by itself */
    } else {
        c->state = CHILD_IDLE;
        child_set_clock(c->process, IDLE_MS);
        child_set_idle(c->process, true);
    }
    workers_wake(c->workers);
    operation_answer(op, answer);
}

static void on_line(void *arg, const char *text, size_t len)
{
    struct git_child *c = arg;
    cleanup_json json_t *line = json_loadb(text, len, 0, NULL);
    const char *step = json_string_value(json_object_get(line, "step"));
    struct error *err = NULL;

    if (c->state != CHILD_BUSY)
        return;
    if (!json_is_object(line)) {
        error_set(&err, ERROR_INTERNAL, "%s %s: the Git helper process talks nonsense", c->step,
                  c->op->shown);
        git_child_kill(c, err);
    } else if (step) {
        snprintf(c->step, sizeof(c->step), "%s", step);
    } else {
        on_answered(c, line);
    }
}

/* ---- requests ---- */

void git_child_run(struct git_child *c, struct git_operation *op)
{
    assert(c->state == CHILD_IDLE && !c->op);
    c->state = CHILD_BUSY;
    c->op = op;
    c->dir = xstrdup(op->dir);
    snprintf(c->step, sizeof(c->step), "connect to");
    child_set_idle(c->process, false);
    child_set_clock(c->process, op->timeout_ms);
    child_write(c->process, TAKE(op->request));
}

int git_child_start(struct git_workers *w, struct git_child **out, struct error **err)
{
    static const struct child_events events = {
        .line = on_line, .killed = on_killed, .ended = on_ended};
    struct git_child *c = xcalloc(1, sizeof(*c));
    char argument[] = GIT_WORKER_ARGUMENT;
    char *args[] = {w->program, argument, NULL};
    const struct child_options options = {.program = w->program,
                                          .args = args,
                                          .has_input = true,
                                          .has_own_session = true,
                                          .max_output_bytes = ANSWER_MAX_BYTES};
    cleanup_error struct error *why = NULL;

    c->workers = w;
    if (child_start(w->loop, &options, &events, c, &c->process, &why) < 0) {
        const char *remedy = remote_shortage(error_message(why));

        git_child_free(c);
        return error_set(err, ERROR_INTERNAL, "start the Git helper process %s: %s%s%s%s",
                         w->program, error_message(why), remedy ? " (" : "", remedy ? remedy : "",
                         remedy ? ")" : "");
    }
    ptrvec_push(&w->children, c);
    *out = c;
    return 0;
}
