/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/jq.h"

#include "daemon/line_child.h"
#include "lib/base/buf.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/program.h"
#include "lib/doc/yaml.h"

/* What is kept of each document, and of how many. */
#define KEPT_MAX 2000
#define KEPT_MAX_BYTES 2048
#define BAD_MAX 1000
#define QUICK_MAX 10000
#define QUICK_US 20000
#define EXPRESSION_MAX_BYTES 16384
/* When the process cannot be started, as while files are exchanged. */
#define RESTART_MS 5000

struct jq_request {
    struct jq_worker *worker;
    struct strvec expressions;
    size_t position; /* the expression that is next, or is being evaluated */
    unsigned again;  /* ... so often once more */
    char *document;  /* JSON; NULL when it was answered from what was kept */
    char *keep_as;   /* NULL: not kept */
    json_t *paths;
    jq_done_fn *done; /* NULL: canceled */
    void *arg;
};

struct jq_worker {
    uv_loop_t *loop;
    char *program;
    struct line_child *child; /* NULL: none runs */
    struct ptrvec waiting;    /* struct jq_request */
    struct jq_request *now;   /* one of these, which the child evaluates; NULL: none */
    struct map bad;           /* expression -> why, heap */
    struct map quick;    /* expressions that took no time when they were evaluated last -> worker */
    struct map kept;     /* see keep_name -> JSON text of paths, heap */
    char *failure;       /* why the process cannot be started */
    uv_timer_t dispatch; /* looks at `waiting`, in the next turn or after RESTART_MS */
    bool freed;
    jq_bad_fn *on_bad;
    void *arg;
    struct jq_stats stats;
};

static void request_free(struct jq_request *r)
{
    strvec_clear(&r->expressions);
    free(r->document);
    free(r->keep_as);
    json_decref(r->paths);
    free(r);
}

static void on_dispatch(uv_timer_t *timer);

static void dispatch(struct jq_worker *w, uint64_t delay_ms)
{
    if (!w->freed)
        uv_timer_start(&w->dispatch, on_dispatch, delay_ms, 0);
}

/* ---- what is kept ---- */

/* "HASH OF THE EXPRESSIONS/HASH OF THE DOCUMENT" */
static char *keep_name(const struct strvec *expressions, uint64_t document_hash)
{
    cleanup_buf struct buf all = BUF_UNLIMITED;

    for (size_t i = 0; i < expressions->len; i++)
        buf_put(&all, expressions->items[i], strlen(expressions->items[i]) + 1);
    return xasprintf("%016llx/%016llx", (unsigned long long)hash64(all.data, all.len),
                     (unsigned long long)document_hash);
}

/* The oldest goes first: a render replaces the objects of an application, and those stay unused. */
static void keep(struct jq_worker *w, const struct jq_request *r)
{
    char *text = r->keep_as ? json_dumps(r->paths, JSON_COMPACT) : NULL;
    struct map_entry *e;
    size_t it = 0;

    if (!text || strlen(text) > KEPT_MAX_BYTES) {
        free(text);
        return;
    }
    if (w->kept.count >= KEPT_MAX && (e = map_next(&w->kept, &it)))
        free(map_remove(&w->kept, e->key));
    free(map_set(&w->kept, r->keep_as, text));
}

/* ---- bad expressions ---- */

static void mark_bad(struct jq_worker *w, const char *expression, const char *why)
{
    struct map_entry *e;
    size_t it = 0;

    if (w->bad.count >= BAD_MAX && (e = map_next(&w->bad, &it)))
        free(map_remove(&w->bad, e->key));
    log_event(LOG_WARN, "bad jq expression", "expression", expression, "error", why, NULL);
    free(map_set(&w->bad, expression, xstrdup(why)));
    if (w->on_bad)
        w->on_bad(w->arg, expression);
}

const char *jq_worker_problem(const struct jq_worker *w, const char *expression)
{
    const char *why = map_find(&w->bad, expression);

    return why ? why : w->failure;
}

/* ---- evaluating ---- */

static void finish(struct jq_worker *w, size_t index)
{
    struct jq_request *r = w->waiting.items[index];
    jq_done_fn *done = r->done;

    ptrvec_remove(&w->waiting, index);
    if (r->document)
        keep(w, r);
    if (done)
        done(r->arg, r->paths);
    request_free(r);
}

/* The next of its expressions that is not known to be bad. */
static const char *next_expression(struct jq_worker *w, struct jq_request *r)
{
    for (; r->document && r->position < r->expressions.len; r->position++) {
        const char *expression = r->expressions.items[r->position];

        if (map_has(&w->bad, expression))
            continue;
        if (strlen(expression) <= EXPRESSION_MAX_BYTES)
            return expression;
        mark_bad(w, expression, "longer than 16 KiB");
    }
    return NULL;
}

static void note_time(struct jq_worker *w, const char *expression, const json_t *answer)
{
    const json_t *us = json_object_get(answer, "us");

    if (w->quick.count >= QUICK_MAX)
        map_clear(&w->quick);
    if (us && json_integer_value(us) <= QUICK_US)
        map_set(&w->quick, expression, w);
    else
        map_remove(&w->quick, expression);
}

static void on_answer(void *arg, const json_t *answer, const struct error *err)
{
    struct jq_worker *w = arg;
    struct jq_request *r = TAKE(w->now);
    const char *expression;
    const char *invalid = json_string_value(json_object_get(answer, "invalid"));
    const char *failed = json_string_value(json_object_get(answer, "error"));

    if (err && error_kind(err) == ERROR_UNAVAILABLE && r->again < LINE_CHILD_AGAIN) {
        r->again++; /* an expression is bad for all that use it, and for long */
        w->child = NULL;
        dispatch(w, 0);
        return;
    }
    r->again = 0;
    expression = r->expressions.items[r->position++];
    w->stats.evaluations++;
    note_time(w, expression, answer);
    if (err) {
        w->child = NULL;
        w->stats.killed++;
        mark_bad(w, expression, error_message(err));
    } else if (invalid) {
        mark_bad(w, expression, invalid);
    } else if (failed) {
        log_debug("jq \"%s\": %s", expression, failed);
    } else {
        json_array_extend(r->paths, json_object_get(answer, "paths"));
    }
    dispatch(w, 0);
}

static void on_child_gone(void *arg)
{
    struct jq_worker *w = arg;

    w->child = NULL;
}

static bool ensure_child(struct jq_worker *w)
{
    cleanup_error struct error *err = NULL;

    if (w->child ||
        line_child_start(w->loop, w->program, on_answer, on_child_gone, w, &w->child, &err) == 0) {
        free(TAKE(w->failure));
        return true;
    }
    if (!w->failure)
        log_event(LOG_ERROR, "jq does not start", "error", error_message(err), NULL);
    free(w->failure);
    w->failure = xstrdup(error_message(err));
    return false;
}

/* The next one to be evaluated: the oldest whose expression is known to be quick, so that slow and
 * endless expressions of one application do not hold up those of all others. */
static size_t choose(struct jq_worker *w)
{
    for (size_t i = 0; i < w->waiting.len; i++) {
        struct jq_request *r = w->waiting.items[i];
        const char *expression = r->done ? next_expression(w, r) : NULL;

        if (!expression || map_has(&w->quick, expression))
            return i;
    }
    return 0;
}

static void ask(struct jq_worker *w, struct jq_request *r, const char *expression)
{
    cleanup_json json_t *text = json_string(expression);
    cleanup_free char *quoted = json_dumps(text, JSON_ENCODE_ANY);

    w->now = r;
    line_child_ask(w->child,
                   xasprintf("{\"expression\":%s,\"document\":%s}\n", quoted, r->document));
}

static void on_dispatch(uv_timer_t *timer)
{
    struct jq_worker *w = timer->data;

    while (w->waiting.len && !w->now && !w->freed) {
        size_t index = choose(w);
        struct jq_request *r = w->waiting.items[index];
        const char *expression = r->done ? next_expression(w, r) : NULL;

        if (!expression) {
            finish(w, index);
        } else if (ensure_child(w)) {
            ask(w, r, expression);
        } else {
            dispatch(w, RESTART_MS);
            return;
        }
    }
}

/* ---- what others call ---- */

/* Who owned which field is of no use to an expression, and half of the document. */
static char *document_text(const json_t *document)
{
    cleanup_json json_t *copy =
        json_is_object(document) ? json_copy((json_t *)document) : json_incref((json_t *)document);
    json_t *metadata = json_object_get(copy, "metadata");
    char *text;

    if (json_object_get(metadata, "managedFields")) {
        metadata = json_copy(metadata);
        json_object_del(metadata, "managedFields");
        json_object_set_new(copy, "metadata", metadata);
    }
    text = json_dumps(copy, JSON_COMPACT | JSON_ENCODE_ANY);
    return text ? text : xstrdup("null");
}

struct jq_request *jq_worker_paths(struct jq_worker *w, const struct strvec *expressions,
                                   const json_t *document, uint64_t document_hash, jq_done_fn *done,
                                   void *arg)
{
    struct jq_request *r = xcalloc(1, sizeof(*r));
    const char *known = NULL;

    r->worker = w;
    r->done = done;
    r->arg = arg;
    for (size_t i = 0; i < expressions->len; i++)
        strvec_push(&r->expressions, expressions->items[i]);
    if (document_hash) {
        r->keep_as = keep_name(expressions, document_hash);
        known = map_find(&w->kept, r->keep_as);
    }
    if (known) {
        r->paths = json_loads(known, 0, NULL);
        w->stats.kept++;
    } else {
        r->paths = json_array();
        r->document = document_text(document);
    }
    ptrvec_push(&w->waiting, r);
    dispatch(w, 0);
    return r;
}

void jq_request_cancel(struct jq_request *r)
{
    if (r)
        r->done = NULL;
}

struct jq_stats jq_worker_stats(const struct jq_worker *w)
{
    return w->stats;
}

uint64_t jq_worker_busy_since_ms(const struct jq_worker *w)
{
    return w ? line_child_busy_since_ms(w->child) : 0;
}

struct jq_worker *jq_worker_new(uv_loop_t *loop, const char *program, jq_bad_fn *bad, void *arg)
{
    struct jq_worker *w = xcalloc(1, sizeof(*w));

    w->loop = loop;
    w->program = program ? xstrdup(program) : program_find("gitopsd-jq");
    w->on_bad = bad;
    w->arg = arg;
    uv_timer_init(loop, &w->dispatch);
    w->dispatch.data = w;
    return w;
}

static void on_dispatch_closed(uv_handle_t *handle)
{
    struct jq_worker *w = handle->data;

    ptrvec_clear(&w->waiting);
    map_clear_with(&w->bad, free);
    map_clear(&w->quick);
    map_clear_with(&w->kept, free);
    free(w->failure);
    free(w->program);
    free(w);
}

void jq_worker_free(struct jq_worker *w)
{
    if (!w)
        return;
    w->freed = true;
    if (w->child)
        line_child_end(w->child);
    for (size_t i = 0; i < w->waiting.len; i++) {
        struct jq_request *r = w->waiting.items[i];

        if (r->done)
            r->done(r->arg, NULL);
        request_free(r);
    }
    uv_close((uv_handle_t *)&w->dispatch, on_dispatch_closed);
}
