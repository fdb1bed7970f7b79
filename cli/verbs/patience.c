/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/patience.h"

#include <signal.h>

static void end(struct patience *p)
{
    p->is_exhausted = !*p->is_over;
    *p->is_over = true;
}

static void on_deadline(uv_timer_t *timer)
{
    end(timer->data);
}

static void on_interrupt(uv_signal_t *signal, int number)
{
    struct patience *p = signal->data;

    (void)number;
    p->is_interrupted = true;
    end(p);
}

static void on_closed(uv_handle_t *handle)
{
    ((struct patience *)handle->data)->open--;
}

void patience_start(struct patience *p, uv_loop_t *loop, uint64_t timeout_ms, bool *is_over)
{
    *p = (struct patience){.timeout_ms = timeout_ms, .is_over = is_over, .open = 2};
    uv_timer_init(loop, &p->deadline);
    uv_signal_init(loop, &p->interrupt);
    p->deadline.data = p->interrupt.data = p;
    if (timeout_ms)
        uv_timer_start(&p->deadline, on_deadline, timeout_ms, 0);
    uv_signal_start_oneshot(&p->interrupt, on_interrupt, SIGINT);
}

void patience_stop(struct patience *p)
{
    uv_close((uv_handle_t *)&p->deadline, on_closed);
    uv_close((uv_handle_t *)&p->interrupt, on_closed);
    while (p->open)
        uv_run(p->deadline.loop, UV_RUN_ONCE);
}

int patience_error(const struct patience *p, const struct error *trouble, struct error **err)
{
    if (p->is_interrupted)
        return error_set(err, ERROR_CANCELED, "interrupted");
    return error_set(err, ERROR_TIMEOUT, "not within %llu s%s%s",
                     (unsigned long long)(p->timeout_ms + 999) / 1000,
                     trouble ? "; the API server cannot be asked now: " : "",
                     trouble ? error_message(trouble) : "");
}
