/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/line_child.h"

#include "lib/base/child.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#include <signal.h>

#define IDLE_MS 10000
#define ANSWER_MAX_BYTES (8u << 20)

enum line_child_state { CHILD_IDLE, CHILD_ASKED };

struct line_child {
    enum line_child_state state;
    uint64_t asked_ms; /* monotonic */
    struct child *process;
    bool is_late;
    bool is_wrong; /* what it said is no answer, or too long for one */
    line_answer_fn *answered;
    line_gone_fn *gone; /* NULL: nobody listens any more */
    void *arg;
};

static int failure(const struct line_child *c, const struct child_end *end, struct error **err)
{
    if (c->is_wrong)
        return error_set(err, ERROR_INVALID, "its answer is too long, or cannot be read");
    if (c->is_late || end->signal == SIGPROF)
        return error_set(err, c->is_late ? ERROR_UNAVAILABLE : ERROR_TIMEOUT,
                         "took longer than 1 s");
    if (end->signal == SIGKILL)
        return error_set(err, ERROR_UNAVAILABLE,
                         "was killed by the system, which had no memory left, or by a person");
    if (end->signal)
        return error_set(err, ERROR_INVALID, "took too much memory, or a bug: signal %d (%s)",
                         end->signal, strsignal(end->signal));
    return error_set(err, ERROR_INTERNAL, "its process ended with status %lld",
                     (long long)end->status);
}

/* Nothing is asked, so there is nothing to tell when it has ended. */
static void tell_gone(struct line_child *c)
{
    line_gone_fn *gone = TAKE(c->gone);

    if (gone)
        gone(c->arg);
}

/* Whoever asked hears of it when it has ended. */
static void on_killed(void *arg, const struct error *why)
{
    struct line_child *c = arg;

    c->is_late = error_kind(why) == ERROR_TIMEOUT;
    c->is_wrong = !c->is_late;
    if (c->state == CHILD_IDLE)
        tell_gone(c);
}

static void on_ended(void *arg, const struct child_end *end)
{
    struct line_child *c = arg;
    cleanup_error struct error *err = NULL;

    failure(c, end, &err);
    if (c->state == CHILD_IDLE)
        tell_gone(c);
    else if (c->gone)
        c->answered(c->arg, NULL, err);
    free(c);
}

static void on_line(void *arg, const char *text, size_t len)
{
    struct line_child *c = arg;
    cleanup_json json_t *answer = json_loadb(text, len, 0, NULL);

    if (c->state != CHILD_ASKED || !json_is_object(answer)) {
        c->is_wrong = true;
        child_kill(c->process);
        if (c->state == CHILD_IDLE)
            tell_gone(c);
        return;
    }
    c->state = CHILD_IDLE;
    child_set_clock(c->process, IDLE_MS);
    child_set_idle(c->process, true);
    c->answered(c->arg, answer, NULL);
}

void line_child_ask(struct line_child *c, char *line)
{
    c->state = CHILD_ASKED;
    c->asked_ms = time_monotonic_ms();
    child_set_idle(c->process, false);
    /* Its own clock counts 1 s of processor time for each evaluation. This one is for a process
     * that gets no processor, or is stopped. */
    child_set_clock(c->process, LINE_CHILD_ANSWER_MS);
    child_write(c->process, line);
}

uint64_t line_child_busy_since_ms(const struct line_child *c)
{
    return c && c->state == CHILD_ASKED ? c->asked_ms : 0;
}

void line_child_end(struct line_child *c)
{
    c->gone = NULL;
    child_kill(c->process);
}

int line_child_start(uv_loop_t *loop, const char *program, line_answer_fn *answered,
                     line_gone_fn *gone, void *arg, struct line_child **out, struct error **err)
{
    static const struct child_events events = {
        .line = on_line, .killed = on_killed, .ended = on_ended};
    struct line_child *c = xcalloc(1, sizeof(*c));
    char *args[] = {(char *)program, NULL};
    char *env[] = {NULL};
    const struct child_options options = {.program = program,
                                          .args = args,
                                          .env = env,
                                          .has_input = true,
                                          .has_own_session = true,
                                          .max_output_bytes = ANSWER_MAX_BYTES};
    cleanup_error struct error *why = NULL;

    c->answered = answered;
    c->gone = gone;
    c->arg = arg;
    if (child_start(loop, &options, &events, c, &c->process, &why) < 0) {
        free(c);
        return error_set(err, ERROR_INTERNAL, "start %s, which must be beside gitopsd: %s", program,
                         error_message(why));
    }
    child_set_idle(c->process, true);
    *out = c;
    return 0;
}
