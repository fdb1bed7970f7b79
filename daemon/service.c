/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/service.h"

#include "daemon/leader.h"
#include "daemon/notify.h"
#include "daemon/progress.h"
#include "daemon/status/status.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/kube/client.h"

#define STATUS_INTERVAL_MS 1000

struct service {
    struct daemon *daemon;
    struct notify notify;
    uv_timer_t status;
    uv_timer_t watchdog;
    char *told; /* the last STATUS= */
    unsigned open_parts;
};

static void on_watchdog(uv_timer_t *timer)
{
    struct service *s = CONTAINER_OF(timer, struct service, watchdog);

    if (!*progress_problem(s->daemon->progress))
        notify_send(&s->notify, "WATCHDOG=1");
}

/* ---- the status ---- */

static char *status_text(const struct daemon *d)
{
    size_t synced = 0;
    struct map_entry *e;
    size_t it = 0;

    if (leader_problem(d->leader))
        return xasprintf("the lease cannot be taken: %s", leader_problem(d->leader));
    if (!d->discovery)
        return xasprintf("waiting for the API server %s", kube_client_server(d->client));
    if (!d->catalog_complete)
        return xstrdup("waiting for the list of Applications");
    while ((e = map_next(&d->apps, &it)))
        synced += streq(status_sync(e->value, d->observer), "Synced");
    return xasprintf("%s%s: %zu applications, %zu of them synced, %zu operations run",
                     d->duty == DUTY_ACTING ? "acting" : "standing by for ",
                     d->duty == DUTY_ACTING ? "" : leader_name(d->leader), d->apps.count, synced,
                     d->runs);
}

static void on_status(uv_timer_t *timer)
{
    struct service *s = CONTAINER_OF(timer, struct service, status);
    char *text = status_text(s->daemon);

    if (!streq(text, s->told) &&
        !notify_send(&s->notify, "STATUS=%.*s", (int)strcspn(text, "\n"), text)) {
        free(text);
        service_wake(s); /* dropped: once more */
        return;
    }
    free(s->told);
    s->told = text;
}

void service_wake(struct service *s)
{
    if (s->notify.fd >= 0 && !uv_is_active((uv_handle_t *)&s->status))
        uv_timer_start(&s->status, on_status, STATUS_INTERVAL_MS, 0);
}

/* ---- from start to stop ---- */

struct service *service_new(struct daemon *d)
{
    struct service *s = xcalloc(1, sizeof(*s));
    cleanup_error struct error *err = NULL;

    s->daemon = d;
    uv_timer_init(d->loop, &s->status);
    uv_timer_init(d->loop, &s->watchdog);
    if (notify_open(&s->notify, &err) < 0)
        log_event(LOG_WARN, "systemd is not told how it is", "error", error_message(err), NULL);
    return s;
}

void service_ready(struct service *s)
{
    uint64_t interval = s->notify.watchdog_ms / 2;

    notify_send(&s->notify, "READY=1");
    if (interval && !uv_is_active((uv_handle_t *)&s->watchdog))
        uv_timer_start(&s->watchdog, on_watchdog, 0, interval);
    service_wake(s);
}

void service_reloading(struct service *s)
{
    notify_send(&s->notify, "RELOADING=1\nMONOTONIC_USEC=%llu",
                (unsigned long long)time_monotonic_us());
}

static void part_closed(struct service *s)
{
    if (--s->open_parts > 0)
        return;
    notify_close(&s->notify);
    free(s->told);
    free(s);
}

static void on_status_closed(uv_handle_t *handle)
{
    part_closed(CONTAINER_OF(handle, struct service, status));
}

static void on_watchdog_closed(uv_handle_t *handle)
{
    part_closed(CONTAINER_OF(handle, struct service, watchdog));
}

void service_free(struct service *s)
{
    notify_send(&s->notify, "STOPPING=1\nSTATUS=stopping");
    s->open_parts = 2;
    uv_close((uv_handle_t *)&s->status, on_status_closed);
    uv_close((uv_handle_t *)&s->watchdog, on_watchdog_closed);
}
