/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/schedule.h"

#include "daemon/app/app.h"
#include "lib/base/time.h"

static void on_turn(uv_idle_t *idle)
{
    (void)idle; /* an active idle handle keeps the loop from waiting */
}

void schedule_app(struct daemon *d, struct app *app)
{
    if (app->scheduled || d->stopping)
        return;
    app->scheduled = true;
    if (!d->scheduled.len)
        d->scheduled_since_ms = time_monotonic_ms();
    ptrvec_push(&d->scheduled, app);
    uv_idle_start(&d->turn, on_turn);
}

void schedule_all(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it)))
        schedule_app(d, e->value);
}

/* All that an application waits for by the clock. */
#define WAKE_COUNT 7
static void wakes_of(struct app *app, uint64_t *out[WAKE_COUNT])
{
    out[0] = &app->retry_at_ms;
    out[1] = &app->fights_until_ms;
    out[2] = &app->shut_until_ms;
    out[3] = &app->finalize_at_ms;
    out[4] = &app->stuck_look_ms;
    out[5] = &app->prune_after_ms;
    out[6] = &app->signing_again_ms;
}

uint64_t schedule_next_ms(const struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;
    uint64_t next = 0;

    while ((e = map_next(&d->apps, &it))) {
        uint64_t *wakes[WAKE_COUNT];

        wakes_of(e->value, wakes);
        for (size_t i = 0; i < WAKE_COUNT; i++)
            if (*wakes[i] && (!next || *wakes[i] < next))
                next = *wakes[i];
    }
    return next;
}

void schedule_due(struct daemon *d)
{
    uint64_t now = time_monotonic_ms();
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it))) {
        uint64_t *wakes[WAKE_COUNT];

        wakes_of(e->value, wakes);
        for (size_t i = 0; i < WAKE_COUNT; i++) {
            if (!*wakes[i] || *wakes[i] > now)
                continue;
            *wakes[i] = 0;
            schedule_app(d, e->value);
        }
    }
}

void schedule_transient(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it))) {
        struct app *app = e->value;

        app->status_failures = 0;
        if (app->retry_at_ms && app->op.transient)
            app->retry_at_ms = 0;
        schedule_app(d, app); /* a prune may have waited for the watch */
    }
}
