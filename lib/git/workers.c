/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/workers.h"

static struct error *canceled_error(const struct git_operation *op)
{
    struct error *err = NULL;

    error_set(&err, ERROR_CANCELED, "%s: canceled", op->shown);
    return err;
}

/* ---- which operation may run on which child ---- */

static bool is_dir_busy(const struct git_workers *w, const char *dir)
{
    for (size_t i = 0; dir && i < w->children.len; i++) {
        const char *busy = git_child_dir(w->children.items[i]);
        if (busy && strcmp(busy, dir) == 0)
            return true;
    }
    return false;
}

static struct git_child *find_idle(const struct git_workers *w)
{
    for (size_t i = 0; i < w->children.len; i++) {
        if (git_child_is_idle(w->children.items[i]))
            return w->children.items[i];
    }
    return NULL;
}

/* Killed ones count until they are gone, so that the limit holds. */
static bool may_start(const struct git_workers *w)
{
    return w->children.len < w->max_children;
}

/* An operation that needs a child of its own takes a fresh one: an idle one makes room. */
static struct git_child *find_child(struct git_workers *w, struct error **err)
{
    struct git_child *c = find_idle(w);

    if (!c && may_start(w))
        git_child_start(w, &c, err);
    return c;
}

/* ---- the dispatcher ---- */

static void end_canceled(struct git_workers *w)
{
    for (size_t i = 0; i < w->waiting.len;) {
        struct git_operation *op = w->waiting.items[i];
        if (op->canceled || op->early) {
            ptrvec_remove(&w->waiting, i);
            struct error *early = TAKE(op->early);
            operation_finish(op, NULL, early ? early : canceled_error(op));
            i = 0; /* `done` may have changed the list */
        } else {
            i++;
        }
    }
    for (size_t i = 0; i < w->children.len; i++) {
        struct git_operation *op = git_child_operation(w->children.items[i]);
        if (op && op->canceled)
            git_child_kill(w->children.items[i], canceled_error(op));
    }
}

static void start_waiting(struct git_workers *w)
{
    for (size_t i = 0; i < w->waiting.len;) {
        struct git_operation *op = w->waiting.items[i];
        struct error *err = NULL;
        if (is_dir_busy(w, op->dir)) {
            i++;
            continue;
        }
        struct git_child *c = find_child(w, &err);
        if (!c && !err)
            return; /* all are busy */
        ptrvec_remove(&w->waiting, i);
        if (c)
            git_child_run(c, op);
        else
            operation_finish(op, NULL, err);
        i = 0;
    }
}

static void on_dispatch(uv_timer_t *timer)
{
    struct git_workers *w = timer->data;

    end_canceled(w);
    start_waiting(w);
}

void workers_wake(struct git_workers *w)
{
    if (!w->stopping)
        uv_timer_start(&w->dispatch, on_dispatch, 0, 0);
}

void workers_submit(struct git_operation *op)
{
    ptrvec_push(&op->workers->waiting, op);
    workers_wake(op->workers);
}

/* ---- beginning and end ---- */

struct git_workers *git_workers_new(uv_loop_t *loop, const char *program, unsigned max_children)
{
    struct git_workers *w = xcalloc(1, sizeof(*w));

    w->loop = loop;
    w->program = xstrdup(program ? program : "/proc/self/exe");
    w->max_children = max_children > 0 ? max_children : 1;
    uv_timer_init(loop, &w->dispatch);
    w->dispatch.data = w;
    return w;
}

static void cancel_waiting(struct git_workers *w)
{
    while (w->waiting.len > 0) {
        struct git_operation *op = w->waiting.items[0];
        ptrvec_remove(&w->waiting, 0);
        operation_finish(op, NULL, canceled_error(op));
    }
}

static void free_when_empty(struct git_workers *w)
{
    if (!w->dispatch_closed || w->children.len > 0)
        return;
    cancel_waiting(w); /* what a `done` asked for during the end */
    ptrvec_clear(&w->waiting);
    ptrvec_clear(&w->children);
    free(w->program);
    free(w);
}

static void on_dispatch_closed(uv_handle_t *handle)
{
    struct git_workers *w = handle->data;

    w->dispatch_closed = true;
    free_when_empty(w);
}

void workers_child_gone(struct git_workers *w, struct git_child *c)
{
    for (size_t i = 0; i < w->children.len; i++) {
        if (w->children.items[i] == c) {
            ptrvec_remove(&w->children, i);
            break;
        }
    }
    git_child_free(c);
    if (w->stopping)
        free_when_empty(w);
    else
        workers_wake(w);
}

void git_workers_free(struct git_workers *w)
{
    if (!w)
        return;
    w->stopping = true;
    cancel_waiting(w);
    for (size_t i = 0; i < w->children.len; i++) {
        struct git_operation *op = git_child_operation(w->children.items[i]);
        git_child_kill(w->children.items[i], op ? canceled_error(op) : NULL);
    }
    uv_close((uv_handle_t *)&w->dispatch, on_dispatch_closed);
}
