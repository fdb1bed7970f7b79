/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/health/runner.h"

#include "daemon/line_child.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/program.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"

#define SLOW_US 20000
#define SLOW_FACTOR 9 /* how many times as long as it ran it waits */
#define TIMEOUT_US 1000000
#define SLOW_MAX 1000
/* When the process cannot be started, as while files are exchanged. */
#define RESTART_MS 5000

struct health_run {
    uint64_t script;          /* hash */
    char *name;               /* of the object, for the log */
    char *line;               /* the question */
    health_run_done_fn *done; /* NULL: canceled */
    void *arg;
    bool told;      /* that it cannot be run now */
    unsigned again; /* so often once more, because its process was killed from outside */
};

struct health_runner {
    uv_loop_t *loop;
    char *program;
    struct line_child *child; /* NULL: none runs */
    struct ptrvec waiting;    /* struct health_run, the oldest first */
    struct health_run *now;   /* is being run, and not in `waiting` any more; NULL: none */
    struct map slow;          /* hash of a script -> uint64_t *: monotonic ms when it may run */
    uv_timer_t dispatch;      /* looks at `waiting` */
    bool freed, failing;
    struct health_runner_stats stats;
};

static void run_free(struct health_run *run)
{
    free(run->name);
    free(run->line);
    free(run);
}

static void on_dispatch(uv_timer_t *timer);

static void dispatch(struct health_runner *r, uint64_t delay_ms)
{
    if (!r->freed)
        uv_timer_start(&r->dispatch, on_dispatch, delay_ms, 0);
}

/* ---- slow scripts ---- */

static const char *script_name(uint64_t script, char name[static 17])
{
    snprintf(name, 17, "%016llx", (unsigned long long)script);
    return name;
}

/* Monotonic ms; 0: at once. */
static uint64_t due_ms(const struct health_runner *r, uint64_t script)
{
    char name[17];
    const uint64_t *due = r->slow.count ? map_find(&r->slow, script_name(script, name)) : NULL;

    return due ? *due : 0;
}

static void note_time(struct health_runner *r, uint64_t script, uint64_t us)
{
    char name[17];
    uint64_t *due;

    script_name(script, name);
    if (us < SLOW_US) {
        free(map_remove(&r->slow, name));
        return;
    }
    if (r->slow.count >= SLOW_MAX)
        map_clear_with(&r->slow, free);
    due = xmalloc(sizeof(*due));
    *due = time_monotonic_ms() + us * SLOW_FACTOR / 1000;
    free(map_set(&r->slow, name, due));
}

/* ---- answers ---- */

static void tell(struct health_run *run, const struct health_outcome *outcome)
{
    if (run->done)
        run->done(run->arg, outcome);
}

static struct health_outcome read_answer(const json_t *answer)
{
    const char *error = json_string_value(json_object_get(answer, "error"));
    const char *status = json_string_value(json_object_get(answer, "status"));
    struct health_outcome outcome = {
        .is_final = true,
        .message = json_string_value(json_object_get(answer, "message")),
    };

    outcome.has_health = health_of_script(error, status, &outcome.status, &outcome.message);
    return outcome;
}

static void on_answer(void *arg, const json_t *answer, const struct error *err)
{
    struct health_runner *r = arg;
    struct health_run *run = TAKE(r->now);
    const json_t *us = json_object_get(answer, "us");
    struct health_outcome outcome;

    if (err && error_kind(err) == ERROR_UNAVAILABLE && run->again < LINE_CHILD_AGAIN) {
        run->again++;
        r->child = NULL;
        ptrvec_push(&r->waiting, run);
        dispatch(r, 0);
        return;
    }
    r->stats.runs++;
    note_time(r, run->script, err ? TIMEOUT_US : (uint64_t)json_integer_value(us));
    if (err) {
        cleanup_free char *message = xasprintf("the health script %s", error_message(err));

        r->child = NULL;
        r->stats.killed++;
        log_event(LOG_WARN, "health script ended", "object", run->name, "error", message, NULL);
        outcome = (struct health_outcome){
            .is_final = true, .has_health = true, .status = HEALTH_UNKNOWN, .message = message};
        tell(run, &outcome);
    } else {
        outcome = read_answer(answer);
        tell(run, &outcome);
    }
    run_free(run);
    dispatch(r, 0);
}

static void on_child_gone(void *arg)
{
    struct health_runner *r = arg;

    r->child = NULL;
}

/* Everybody who waits hears once that it takes long, and why. */
static void tell_failure(struct health_runner *r, const char *why)
{
    struct health_outcome outcome = {.has_health = true, .status = HEALTH_UNKNOWN, .message = why};

    for (size_t i = 0; i < r->waiting.len; i++) {
        struct health_run *run = r->waiting.items[i];

        if (!run->told)
            tell(run, &outcome);
        run->told = true;
    }
}

static bool ensure_child(struct health_runner *r)
{
    cleanup_error struct error *err = NULL;

    if (r->child ||
        line_child_start(r->loop, r->program, on_answer, on_child_gone, r, &r->child, &err) == 0) {
        r->failing = false;
        return true;
    }
    if (!r->failing)
        log_event(LOG_ERROR, "health scripts cannot be run", "error", error_message(err), NULL);
    r->failing = true;
    tell_failure(r, error_message(err));
    return false;
}

/* ---- the queue ---- */

static void drop_canceled(struct health_runner *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->waiting.len; i++) {
        struct health_run *run = r->waiting.items[i];

        if (run->done)
            r->waiting.items[kept++] = run;
        else
            run_free(run);
    }
    r->waiting.len = kept;
}

/* The oldest that may run now. NULL: none; `*wait_ms` says for how long, where any waits. */
static struct health_run *take_next(struct health_runner *r, uint64_t *wait_ms)
{
    uint64_t now = time_monotonic_ms();

    for (size_t i = 0; i < r->waiting.len; i++) {
        struct health_run *run = r->waiting.items[i];
        uint64_t due = due_ms(r, run->script);

        if (due <= now) {
            ptrvec_remove(&r->waiting, i);
            return run;
        }
        *wait_ms = i == 0 || due - now < *wait_ms ? due - now : *wait_ms;
    }
    return NULL;
}

static void on_dispatch(uv_timer_t *timer)
{
    struct health_runner *r = timer->data;
    uint64_t wait_ms = 0;

    if (r->now || r->freed)
        return;
    drop_canceled(r);
    if (!r->waiting.len)
        return;
    if (!ensure_child(r)) {
        dispatch(r, RESTART_MS);
        return;
    }
    r->now = take_next(r, &wait_ms);
    if (r->now)
        line_child_ask(r->child, xstrdup(r->now->line));
    else
        dispatch(r, wait_ms);
}

/* Who owned which field is of no use to a script, and half of the document. */
static char *question(const struct health_script *script, const json_t *object)
{
    cleanup_json json_t *copy = json_copy((json_t *)object);
    cleanup_json json_t *request = NULL;
    cleanup_free char *text = NULL;
    json_t *metadata = json_object_get(copy, "metadata");

    if (json_object_get(metadata, "managedFields")) {
        metadata = json_copy(metadata);
        json_object_del(metadata, "managedFields");
        json_object_set_new(copy, "metadata", metadata);
    }
    request = json_pack("{s:s, s:b, s:O}", "script", script->text, "openLibs", script->open_libs,
                        "object", copy);
    text = json_dumps(request, JSON_COMPACT);
    return xasprintf("%s\n", text ? text : "null");
}

struct health_run *health_runner_start(struct health_runner *r, const struct health_script *script,
                                       const json_t *object, health_run_done_fn *done, void *arg)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const char *ns = json_string_value(json_object_get(metadata, "namespace"));
    const char *name = json_string_value(json_object_get(metadata, "name"));
    const char *kind = json_string_value(json_object_get(object, "kind"));
    struct health_run *run = xcalloc(1, sizeof(*run));

    run->script = hash64(script->text, strlen(script->text));
    run->name = xasprintf("%s/%s/%s", kind ? kind : "", ns ? ns : "", name ? name : "");
    run->line = question(script, object);
    run->done = done;
    run->arg = arg;
    ptrvec_push(&r->waiting, run);
    if (!r->now && !r->failing)
        dispatch(r, 0);
    return run;
}

void health_run_cancel(struct health_run *run)
{
    if (run)
        run->done = NULL;
}

/* ---- the runner ---- */

struct health_runner_stats health_runner_stats(const struct health_runner *r)
{
    return r->stats;
}

uint64_t health_runner_busy_since_ms(const struct health_runner *r)
{
    return line_child_busy_since_ms(r->child);
}

struct health_runner *health_runner_new(uv_loop_t *loop, const char *program)
{
    struct health_runner *r = xcalloc(1, sizeof(*r));

    r->loop = loop;
    r->program = program ? xstrdup(program) : program_find("gitopsd-lua");
    uv_timer_init(loop, &r->dispatch);
    r->dispatch.data = r;
    return r;
}

static void on_closed(uv_handle_t *handle)
{
    struct health_runner *r = handle->data;

    if (r->now)
        run_free(r->now);
    for (size_t i = 0; i < r->waiting.len; i++)
        run_free(r->waiting.items[i]);
    ptrvec_clear(&r->waiting);
    map_clear_with(&r->slow, free);
    free(r->program);
    free(r);
}

void health_runner_free(struct health_runner *r)
{
    if (!r)
        return;
    r->freed = true;
    if (r->child)
        line_child_end(r->child);
    uv_close((uv_handle_t *)&r->dispatch, on_closed);
}
