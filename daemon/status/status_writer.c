/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status/status.h"

#include "daemon/status/status_patch.h"
#include "daemon/status/status_size.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#define MIN_INTERVAL_MS 1000
#define MAX_FAILURE_DELAY_MS 60000
#define STATUS_SMALL_ENTRIES 200 /* of so many, with long messages, no status is too large */
#define TICK_MS 100
#define COMPARING_MS 3000 /* an outcome is mostly known sooner, and not Unknown until then */
#define MAX_WRITES 32
#define MAX_WRITES_BUSY 1

struct status_writer {
    uv_timer_t timer;
    struct kube_client *client;
    struct observer *observer;
    struct kube_resource resource; /* strings borrowed from the discovery that the daemon holds */
    bool has_resource;
    bool busy;
    bool paused;
    struct map waiting; /* qualified name -> struct app */
    size_t writing;
    uint64_t count;
    status_written_fn *written;
    void *arg;
};

struct status_write {
    struct status_writer *writer;
    struct app *app; /* NULL: it went away meanwhile */
    uint64_t hash;   /* of the status that it writes; 0: it is not the whole of it */
    size_t kinds;    /* of the inventory that this write records */
    bool urgent;
    bool ends_refresh; /* it removes the annotation that asks for one */
};

static void wake_timer(struct status_writer *w);

/* etcd's own refusal has no status code of its own. */
static bool is_too_large(const struct error *err)
{
    return error_kind(err) == ERROR_TOO_LARGE || strstr(error_message(err), "too large");
}

/* A failure that repeats is told when it changes. */
static void write_failed(struct app *app, const struct status_write *write, const struct error *err)
{
    if (write->hash && is_too_large(err))
        app->status_too_large = write->hash;
    app->status_failures++;
    if (error_kind(err) == ERROR_CANCELED || streq(app->status_error, error_message(err)))
        return;
    free(app->status_error);
    app->status_error = xstrdup(error_message(err));
    log_event(LOG_WARN, "status not written", "app", app->qualified, "error", app->status_error,
              NULL);
}

static void write_succeeded(struct app *app, const struct status_write *write, const json_t *answer)
{
    app->status_failures = 0;
    free(app->status_error);
    app->status_error = NULL;
    status_seen(app, answer);
    if (write->hash)
        app->status_hash = write->hash;
    if (write->ends_refresh && app->refresh == REFRESH_OVER)
        app->refresh = REFRESH_NONE; /* another one may be asked for before the event comes */
    if (write->kinds > app->recorded_kinds)
        app->recorded_kinds = write->kinds;
}

static void on_written(void *arg, const json_t *answer, const struct error *err)
{
    struct status_write *write = arg;
    struct status_writer *w = write->writer;
    struct app *app = write->app;

    w->writing--;
    if (app) {
        app->status_writing = false;
        if (!err) {
            write_succeeded(app, write, answer);
        } else if (error_kind(err) != ERROR_NOT_FOUND) { /* else it is being deleted */
            write_failed(app, write, err);
            app->status_dirty = true;
            app->status_urgent |= write->urgent;
            map_set(&w->waiting, app->qualified, app);
        }
        if (!err)
            w->written(w->arg, app, write->urgent, write->hash != 0);
    }
    free(write);
    wake_timer(w);
}

/* Takes `status`. `whole`: nothing else of the live one stays. */
static json_t *patch_of(const struct app *app, json_t *status, bool whole)
{
    json_t *patch = json_pack("{s:o}", "status", status);

    if (whole)
        status_patch_drop(status, app->status_shape);
    if (app->refresh == REFRESH_OVER)
        json_object_set_new(patch, "metadata",
                            json_pack("{s:{s:n}}", "annotations", "argocd.argoproj.io/refresh"));
    if (app->requested && app->request_done)
        json_object_set_new(patch, "operation", json_null());
    return patch;
}

static void start_write(struct status_writer *w, struct app *app, const json_t *patch,
                        uint64_t hash, bool urgent)
{
    struct status_write *write = xcalloc(1, sizeof(*write));

    *write = (struct status_write){.writer = w,
                                   .app = app,
                                   .hash = hash,
                                   .kinds = app->owned_kinds.count,
                                   .urgent = urgent,
                                   .ends_refresh = json_object_get(patch, "metadata") != NULL};
    app->status_writing = true;
    app->status_write = write;
    app->status_written_ms = time_monotonic_ms();
    w->writing++;
    w->count++;
    kube_merge_patch(w->client, &w->resource, app->namespace, app->name, patch, on_written, write);
}

/* Desired or not, and what was done. */
static bool may_be_large(const struct app *app)
{
    return (app->desired ? app->desired->len : 0) + app->tracked.count + app->op.result_count >
           STATUS_SMALL_ENTRIES;
}

/* What can be written of it. */
static json_t *fitting_status(const struct status_writer *w, const struct app *app)
{
    json_t *status = status_build(app, w->observer);

    if (may_be_large(app))
        status_tell_cut(status, status_fit(status, STATUS_MAX_BYTES));
    return status;
}

static void write_status(struct status_writer *w, struct app *app)
{
    json_t *status = fitting_status(w, app);
    uint64_t hash = status_hash(status);
    bool fits = hash != app->status_too_large;
    cleanup_json json_t *patch = NULL;

    if (!fits) {
        json_decref(status);
        status = status_too_large(time_wall_ms());
    }
    patch = patch_of(app, status, fits);
    app->status_dirty = false;
    if (hash != app->status_hash || app->refresh == REFRESH_OVER ||
        (app->requested && app->request_done))
        start_write(w, app, patch, hash, false);
}

/* Before the first object of a new kind: the rest of the status follows when there is time. */
static void write_inventory(struct status_writer *w, struct app *app)
{
    json_t *inventory = status_build_inventory(app, w->observer);
    cleanup_json json_t *patch = json_pack("{s:o}", "status", inventory);

    status_fit(inventory, STATUS_MAX_BYTES);
    start_write(w, app, patch, 0, true);
}

/* An operation goes on only when it is written where it stands: all of it, for nothing may stay of
 * the last one. */
static void write_operation(struct status_writer *w, struct app *app)
{
    json_t *status = fitting_status(w, app);
    uint64_t hash = status_hash(status);
    cleanup_json json_t *patch = patch_of(app, status, true);

    app->status_dirty = false;
    start_write(w, app, patch, hash, true);
}

static void write_urgent(struct status_writer *w, struct app *app)
{
    app->status_urgent = false;
    if (app->run)
        write_operation(w, app);
    else
        write_inventory(w, app);
}

/* How long after the last write; none for the first urgent one. */
static uint64_t write_interval(const struct app *app)
{
    uint64_t delay = MIN_INTERVAL_MS;

    if (!app->status_failures)
        return app->status_urgent ? 0 : delay;
    for (unsigned i = 1; i < app->status_failures && delay < MAX_FAILURE_DELAY_MS; i++)
        delay *= 2;
    return delay;
}

static bool may_write(const struct status_writer *w, const struct app *app, uint64_t now)
{
    if (app->status_writing || now - app->status_written_ms < write_interval(app))
        return false;
    if (app->status_urgent)
        return true;
    if (app->state == APP_OBSERVE && now - app->state_since_ms < COMPARING_MS)
        return false;
    return w->writing < (w->busy ? MAX_WRITES_BUSY : MAX_WRITES);
}

static bool can_write(const struct status_writer *w)
{
    return w->has_resource && !w->paused;
}

static void on_tick(uv_timer_t *timer)
{
    struct status_writer *w = CONTAINER_OF(timer, struct status_writer, timer);
    uint64_t now = time_monotonic_ms();
    struct map_entry *e;
    size_t it = 0;

    while (can_write(w) && (e = map_next(&w->waiting, &it))) {
        struct app *app = e->value;

        if (!may_write(w, app, now))
            continue;
        map_remove(&w->waiting, e->key);
        if (app->status_urgent)
            write_urgent(w, app);
        else
            write_status(w, app);
    }
    wake_timer(w);
}

static void wake_timer(struct status_writer *w)
{
    if (w->waiting.count && can_write(w) && !uv_is_active((uv_handle_t *)&w->timer))
        uv_timer_start(&w->timer, on_tick, TICK_MS, 0);
}

struct status_writer *status_writer_new(uv_loop_t *loop, struct kube_client *client,
                                        struct observer *observer, status_written_fn *written,
                                        void *arg)
{
    struct status_writer *w = xcalloc(1, sizeof(*w));

    uv_timer_init(loop, &w->timer);
    w->client = client;
    w->observer = observer;
    w->written = written;
    w->arg = arg;
    return w;
}

static void on_closed(uv_handle_t *handle)
{
    struct status_writer *w = CONTAINER_OF(handle, struct status_writer, timer);

    map_clear(&w->waiting);
    free(w);
}

void status_writer_free(struct status_writer *w)
{
    if (w)
        uv_close((uv_handle_t *)&w->timer, on_closed);
}

void status_writer_set_resource(struct status_writer *w, const struct kube_resource *r)
{
    w->has_resource = r != NULL;
    if (r)
        w->resource = *r;
    wake_timer(w);
}

void status_writer_set_busy(struct status_writer *w, bool busy)
{
    w->busy = busy;
}

void status_writer_set_paused(struct status_writer *w, bool paused)
{
    w->paused = paused;
    wake_timer(w);
}

void status_writer_wake(struct status_writer *w, struct app *app)
{
    if (app->from_file) {
        app->status_dirty = app->status_urgent = false;
        return;
    }
    map_set(&w->waiting, app->qualified, app);
    if (app->status_urgent && can_write(w) && may_write(w, app, time_monotonic_ms())) {
        write_urgent(w, app);
        return;
    }
    wake_timer(w);
}

void status_writer_forget(struct status_writer *w, struct app *app)
{
    map_remove(&w->waiting, app->qualified);
    if (app->status_writing)
        app->status_write->app = NULL;
}

uint64_t status_writer_count(const struct status_writer *w)
{
    return w->count;
}
