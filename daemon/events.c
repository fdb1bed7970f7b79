/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/events.h"

#include "daemon/event_limit.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#include <inttypes.h>

#define COMPONENT "gitopsd"
#define MAX_MESSAGE_BYTES 1000
#define MAX_NAME_BYTES 253
#define MAX_WAITING 1024
#define MAX_AT_ONCE 4
#define BUSY_PAUSE_MS 50 /* between two, while operations run */
#define DENIED_PAUSE_MS 600000
#define FAILURE_PAUSE_MS 10000

struct event {
    struct event *next;
    struct events *events;
    json_t *object;
    char *namespace;
};

struct events {
    uv_timer_t timer; /* of a pause */
    struct kube_client *client;
    struct kube_resource resource; /* strings borrowed from the discovery that the daemon holds */
    const char *reasons;
    bool has_resource;
    bool busy;
    bool stopping;
    struct event *first, **end; /* that wait, in order */
    size_t waiting;
    size_t sending;
    uint64_t paused_until_ms; /* monotonic */
    uint64_t last_ns;         /* of the last name */
    char *failure;            /* why the last one was refused; NULL: it was not */
    struct events_stats stats;
};

static void send_waiting(struct events *e);

static void event_free(struct event *event)
{
    json_decref(event->object);
    free(event->namespace);
    free(event);
}

static void on_timer(uv_timer_t *timer)
{
    send_waiting(CONTAINER_OF(timer, struct events, timer));
}

struct events *events_new(uv_loop_t *loop, struct kube_client *client, const char *reasons)
{
    struct events *e = xcalloc(1, sizeof(*e));

    uv_timer_init(loop, &e->timer);
    e->client = client;
    e->reasons = reasons;
    e->end = &e->first;
    return e;
}

static void drop_all(struct events *e)
{
    struct event *event;

    while ((event = e->first)) {
        e->first = event->next;
        e->stats.dropped++;
        event_free(event);
    }
    e->end = &e->first;
    e->waiting = 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct events *e = CONTAINER_OF(handle, struct events, timer);

    free(e->failure);
    free(e);
}

void events_free(struct events *e)
{
    if (!e)
        return;
    e->stopping = true;
    drop_all(e);
    uv_close((uv_handle_t *)&e->timer, on_closed);
}

void events_set_resource(struct events *e, const struct kube_resource *r)
{
    e->has_resource = r != NULL;
    if (r)
        e->resource = *r;
}

void events_set_busy(struct events *e, bool busy)
{
    e->busy = busy;
    if (!busy)
        send_waiting(e);
}

struct events_stats events_stats(const struct events *e)
{
    return e->stats;
}

/* ---- sending ---- */

/* A failure that repeats is told when it changes. */
static void refused(struct events *e, const struct error *err)
{
    bool is_denied = error_kind(err) == ERROR_DENIED;

    e->stats.dropped++;
    if (e->stopping)
        return;
    e->paused_until_ms = time_monotonic_ms() + (is_denied ? DENIED_PAUSE_MS : FAILURE_PAUSE_MS);
    if (streq(e->failure, error_message(err)))
        return;
    free(e->failure);
    e->failure = xstrdup(error_message(err));
    log_event(LOG_WARN, "Event not written", "error", e->failure, NULL);
}

static void on_sent(void *arg, const json_t *answer, const struct error *err)
{
    struct event *event = arg;
    struct events *e = event->events;

    (void)answer;
    event_free(event);
    e->sending--;
    if (err) {
        refused(e, err);
    } else {
        e->stats.sent++;
        free(TAKE(e->failure));
    }
    if (e->stopping)
        return;
    if (e->busy && e->paused_until_ms < time_monotonic_ms())
        e->paused_until_ms = time_monotonic_ms() + BUSY_PAUSE_MS;
    send_waiting(e);
}

static void send_waiting(struct events *e)
{
    uint64_t now = time_monotonic_ms();

    if (e->stopping || !e->has_resource || !e->first)
        return;
    if (e->paused_until_ms > now) {
        uv_timer_start(&e->timer, on_timer, e->paused_until_ms - now, 0);
        return;
    }
    while (e->first && e->sending < (e->busy ? 1 : MAX_AT_ONCE)) {
        struct event *event = e->first;

        e->first = event->next;
        if (!e->first)
            e->end = &e->first;
        e->waiting--;
        e->sending++;
        kube_create(e->client, &e->resource, event->namespace, event->object, NULL, on_sent, event);
    }
}

/* ---- making ---- */

static bool is_wanted(const struct events *e, const char *reason)
{
    const char *at = e->reasons;
    size_t len = strlen(reason);

    if (streq(at, "all") || streq(at, "none"))
        return streq(at, "all");
    while ((at = strstr(at, reason))) {
        if ((at == e->reasons || at[-1] == ',') && (!at[len] || at[len] == ','))
            return true;
        at += len;
    }
    return false;
}

/* "APP.NANOSECONDS": of a fleet of Events no two have one. */
static char *name_of(struct events *e, const struct app *app)
{
    uint64_t ns = (uint64_t)time_wall_ms() * 1000000;

    if (ns <= e->last_ns)
        ns = e->last_ns + 1;
    e->last_ns = ns;
    return xasprintf("%.*s.%" PRIx64, MAX_NAME_BYTES - 17, app->name, ns);
}

static json_t *object_of(struct events *e, const struct app *app, const char *type,
                         const char *reason, const char *message, unsigned count)
{
    cleanup_free char *name = name_of(e, app);
    char now[TIME_RFC3339_BYTES];

    time_format_rfc3339(time_wall_ms(), now);
    return json_pack(
        "{s:s, s:s, s:{s:s, s:s, s:{s:s, s:s}}, s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:{s:s}, s:s, "
        "s:s, s:s, s:s, s:i, s:s, s:s}",
        "apiVersion", "v1", "kind", "Event", "metadata", "name", name, "namespace", app->namespace,
        "annotations", "dest-server", app->spec ? app->spec->dest_server : "", "dest-namespace",
        app->spec ? app->spec->dest_namespace : "", "involvedObject", "apiVersion",
        "argoproj.io/v1alpha1", "kind", "Application", "namespace", app->namespace, "name",
        app->name, "uid", app->uid, "resourceVersion", app->version, "source", "component",
        COMPONENT, "reportingComponent", COMPONENT, "type", type, "reason", reason, "message",
        message, "count", (int)count, "firstTimestamp", now, "lastTimestamp", now);
}

/* Of what others said no more than fits, and only what is UTF-8. */
static char *clean(const char *text)
{
    size_t len = strlen(text);
    char *copy;
    json_t *valid;

    if (len > MAX_MESSAGE_BYTES)
        for (len = MAX_MESSAGE_BYTES; len && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
            ;
    copy = xstrndup(text, len);
    valid = json_string(copy);
    for (char *c = copy; !valid && *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    json_decref(valid);
    return copy;
}

static void tell(struct events *e, struct app *app, const char *type, const char *reason,
                 const char *text)
{
    cleanup_free char *message = clean(text);
    struct event *event;
    unsigned count;

    if (!e->has_resource || !is_wanted(e, reason))
        return;
    count = event_limit_take(&app->event_limit, reason, message, time_monotonic_ms());
    if (!count || e->waiting >= MAX_WAITING) {
        e->stats.dropped++;
        return;
    }
    event = xcalloc(1, sizeof(*event));
    *event = (struct event){.events = e,
                            .object = object_of(e, app, type, reason, message, count),
                            .namespace = xstrdup(app->namespace)};
    *e->end = event;
    e->end = &event->next;
    e->waiting++;
}

/* The commits of several sources, as Argo CD separates them; empty while none is known. Heap
 * string. */
static char *revision_text(const struct app_operation *op)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    for (const char *c = op->revision ? op->revision : ""; *c; c++)
        *c == ' ' ? buf_puts(&text, ", ") : buf_putc(&text, *c);
    return xstrdup(text.data);
}

static void tell_operation(struct events *e, struct app *app)
{
    const struct app_operation *op = &app->op;
    cleanup_json json_t *request = packed_load(op->request);
    const json_t *sync = json_object_get(request, "sync");
    bool partial = json_array_size(json_object_get(sync, "resources")) > 0;
    bool succeeded = streq(op->phase, "Succeeded");
    cleanup_free char *revision = revision_text(op);
    cleanup_free char *started = xasprintf("Initiated automated sync to '%s'", revision);
    cleanup_free char *ended = NULL;

    if (!op->phase)
        return;
    if (op->automated && op->started_ms != app->told.started_ms)
        tell(e, app, "Normal", "OperationStarted", started);
    app->told.started_ms = op->started_ms;
    if (op->finished_ms == app->told.finished_ms || streq(op->phase, "Running"))
        return;
    app->told.finished_ms = op->finished_ms;
    if (!op->finished_ms)
        return;
    ended = xasprintf(
        "%s operation to %s %s%s", partial ? "Partial sync" : "Sync", revision,
        succeeded ? "succeeded" : "failed: ", succeeded || !op->message ? "" : op->message);
    tell(e, app, succeeded ? "Normal" : "Warning", "OperationCompleted", ended);
}

static void tell_deletion(struct events *e, struct app *app)
{
    const char *problem = app_condition_message(app, "DeletionError");
    cleanup_free char *text = NULL;

    if (problem && !streq(problem, app->told.deletion)) {
        text = xasprintf("Unable to delete application resources: %s", problem);
        tell(e, app, "Warning", "StatusRefreshed", text);
    }
    free(app->told.deletion);
    app->told.deletion = problem ? xstrdup(problem) : NULL;
}

void events_tell(struct events *e, struct app *app, const char *sync)
{
    struct app_told *told = &app->told;
    cleanup_free char *of_sync =
        xasprintf("Updated sync status: %s -> %s", told->sync ? told->sync : "", sync);
    cleanup_free char *of_health = xasprintf(
        "Updated health status: %s -> %s", told->has_health ? health_status_name(told->health) : "",
        health_status_name(app->health));

    tell_operation(e, app);
    if (!streq(told->sync, sync))
        tell(e, app, "Normal", "ResourceUpdated", of_sync);
    if (!told->has_health || told->health != app->health)
        tell(e, app, "Normal", "ResourceUpdated", of_health);
    told->sync = sync;
    told->has_health = true;
    told->health = app->health;
    tell_deletion(e, app);
    send_waiting(e);
}
