/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/progress.h"

#include "daemon/compare/jq.h"
#include "daemon/health/assess.h"
#include "daemon/leader.h"
#include "daemon/line_child.h"
#include "daemon/options/options.h"
#include "daemon/source/source.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/base/worker.h"
#include "lib/kube/client.h"

#include <stdio.h>
#include <unistd.h>

#define LOOK_MS 1000
#define STOP_LIMIT_MS 15000 /* Kubernetes gives 30 s, and systemd 90 */
#define FETCH_TIMEOUTS 4    /* a fetch has so many times --git-timeout */
#define API_LIMIT_MS 240000 /* a minute each for plugin and request, and after a 401 once more */

struct progress {
    struct daemon *daemon;
    uv_timer_t timer; /* the next look, or when the stop is to be over; keeps no loop alive */
    uint64_t late_since_ms[PROGRESS_STAGES]; /* as the last look found it; 0: in time */
    bool is_stuck[PROGRESS_STAGES];
    struct buf problem;
};

void progress_stages(const struct daemon *d, struct progress_stage out[PROGRESS_STAGES])
{
    uint64_t stall_ms = d->options->stall_timeout_ms;
    const struct progress_stage stages[PROGRESS_STAGES] = {
        {"reconcile", d->scheduled.len ? d->scheduled_since_ms : 0, stall_ms},
        {"render", worker_pool_busy_since_ms(d->pool), stall_ms},
        {"source", source_set_busy_since_ms(d->sources),
         d->options->git_timeout_ms * FETCH_TIMEOUTS + stall_ms},
        {"observe and sync", kube_client_busy_since_ms(d->client), API_LIMIT_MS + stall_ms},
        {"lease", leader_busy_since_ms(d->leader), API_LIMIT_MS + stall_ms},
        {"jq", jq_worker_busy_since_ms(d->jq), LINE_CHILD_ANSWER_MS + stall_ms},
        {"health", assessor_busy_since_ms(d->assessor), LINE_CHILD_ANSWER_MS + stall_ms},
    };

    memcpy(out, stages, sizeof(stages));
}

/* ---- one look ---- */

static void set_stuck(struct progress *p, size_t i, const struct progress_stage *stage,
                      uint64_t for_ms)
{
    char seconds[24];

    snprintf(seconds, sizeof(seconds), "%llu", (unsigned long long)for_ms / 1000);
    p->is_stuck[i] = true;
    log_event(LOG_ERROR, "a stage is stuck; only a new process helps", "stage", stage->name,
              "seconds", seconds, NULL);
}

static void set_going(struct progress *p, size_t i, const struct progress_stage *stage)
{
    p->is_stuck[i] = false;
    log_event(LOG_INFO, "the stage gets on again", "stage", stage->name, NULL);
}

void progress_look(struct progress *p, uint64_t now_ms)
{
    struct progress_stage stages[PROGRESS_STAGES];

    progress_stages(p->daemon, stages);
    buf_clear(&p->problem);
    for (size_t i = 0; i < PROGRESS_STAGES; i++) {
        const struct progress_stage *stage = &stages[i];
        uint64_t since = stage->busy_since_ms;
        bool is_late = since && now_ms > since + stage->limit_ms;

        if (is_late && since == p->late_since_ms[i] && !p->is_stuck[i])
            set_stuck(p, i, stage, now_ms - since);
        else if (!is_late && p->is_stuck[i])
            set_going(p, i, stage);
        p->late_since_ms[i] = is_late ? since : 0;
        if (p->is_stuck[i])
            buf_printf(&p->problem, "%s%s: nothing has ended for %llu s",
                       p->problem.len ? "\n" : "", stage->name,
                       (unsigned long long)(now_ms - since) / 1000);
    }
}

const char *progress_problem(const struct progress *p)
{
    return p->problem.data;
}

bool progress_is_stuck(const struct progress *p, size_t stage)
{
    return p->is_stuck[stage];
}

/* ---- from start to stop ---- */

static void on_look(uv_timer_t *timer)
{
    progress_look(CONTAINER_OF(timer, struct progress, timer), time_monotonic_ms());
}

struct progress *progress_new(struct daemon *d)
{
    struct progress *p = xcalloc(1, sizeof(*p));

    p->daemon = d;
    p->problem = BUF_UNLIMITED;
    uv_timer_init(d->loop, &p->timer);
    uv_timer_start(&p->timer, on_look, LOOK_MS, LOOK_MS);
    uv_unref((uv_handle_t *)&p->timer);
    return p;
}

/* No orderly end: that is what is waited for in vain. The next process carries on all the same. */
static void on_stop_late(uv_timer_t *timer)
{
    struct progress *p = CONTAINER_OF(timer, struct progress, timer);

    log_event(LOG_ERROR, "not stopped in time; the process is ended", "waits_for",
              worker_pool_pending(p->daemon->pool) ? "a worker thread"
                                                   : "a child process or a request",
              NULL);
    _exit(1);
}

void progress_stop(struct progress *p)
{
    uv_timer_start(&p->timer, on_stop_late, STOP_LIMIT_MS, 0);
}

static void on_closed(uv_handle_t *handle)
{
    struct progress *p = CONTAINER_OF(handle, struct progress, timer);

    buf_clear(&p->problem);
    free(p);
}

void progress_free(struct progress *p)
{
    if (p)
        uv_close((uv_handle_t *)&p->timer, on_closed);
}
