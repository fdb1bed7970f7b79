/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/time.h"
#include "lib/kube/resource.h"
#include "lib/kube/watch_parts.h"

#define INITIAL_IDLE_MS 10000 /* so long no object of a list that is streamed: by pages */
#define LASTED_MS 1000        /* a stream that lived so long was a working one */
#define ACCEPT_METADATA "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
#define TIMEOUT_MIN_S 300
#define TIMEOUT_MAX_S 600

/* Is there still somebody to tell, and a client to ask? */
static bool watch_goes_on(struct kube_watch *w, const struct error *err)
{
    w->call = NULL;
    if (w->state == WATCH_STOPPED) {
        watch_part_closed(w);
        return false;
    }
    w->open_parts--;
    if (err && error_kind(err) == ERROR_CANCELED && !w->stream_err) {
        watch_enter(w, WATCH_ORPHANED);
        return false;
    }
    return true;
}

void watch_break(struct kube_watch *w, struct error *err)
{
    if (w->state != WATCH_STREAM || !w->call || w->stream_err) {
        error_free(err);
        return;
    }
    w->stream_err = err;
    kube_call_cancel(w->call);
}

static void stream_works(struct kube_watch *w)
{
    if (w->is_working)
        return;
    w->is_working = true;
    w->has_expired = false;
    w->failures = 0;
    uv_timer_stop(&w->timer);
    watch_report_success(w);
}

/* ---- the list as the beginning of the stream ---- */

static bool is_end_of_list(const json_t *bookmark)
{
    const json_t *meta = json_object_get(bookmark, "metadata");

    return json_object_get(json_object_get(meta, "annotations"), "k8s.io/initial-events-end");
}

/* What changes while the list is sent comes in between. */
static void initial_line(struct kube_watch *w, enum watch_line kind, enum kube_event event,
                         const json_t *object)
{
    if (!w->is_begun) {
        w->is_begun = true;
        w->callbacks.list_start(w->arg, false);
    }
    if (w->state != WATCH_LIST)
        return;
    if (kind == WATCH_LINE_EVENT) {
        w->callbacks.object(w->arg, event == KUBE_DELETED ? event : KUBE_LISTED, object);
    } else if (is_end_of_list(object)) {
        uv_timer_stop(&w->timer);
        if (watch_list_complete(w, watch_meta(object, "resourceVersion"))) {
            w->state = WATCH_STREAM; /* it has begun already */
            stream_works(w);
        }
    }
}

static void on_initial_stalled(uv_timer_t *timer)
{
    struct kube_watch *w = timer->data;

    if (w->stream_err || !w->call)
        return;
    error_set(&w->stream_err, ERROR_TIMEOUT, "GET %s: the list stalled", w->path);
    kube_call_cancel(w->call);
}

/* Servers without streamed lists refuse them, or do not tell where the list ends: what works with
 * all of them is a list by pages. */
static void initial_ended(struct kube_watch *w, const struct error *err)
{
    w->pages = !err || error_code(err) == 400 || error_code(err) == 422 ||
               error_kind(err) == ERROR_TIMEOUT;
    if (w->pages)
        watch_enter(w, WATCH_LIST);
    else
        watch_list_failed(w, err);
}

/* ---- the stream ---- */

static void on_stream_lasted(uv_timer_t *timer)
{
    stream_works(timer->data);
}

/* An event that is older than what came before is a replay, or the server's history is another one
 * than it was. */
static void stream_advance(struct kube_watch *w, const char *version)
{
    uint64_t number = watch_version(version);

    if (number && number < w->version) {
        check_soon(w);
        return;
    }
    watch_set_version(w, version);
}

/* One line of the stream. Returns false when no further line is wanted. */
static bool on_line(void *arg, const char *line, size_t len)
{
    struct kube_watch *w = arg;
    enum kube_event event = KUBE_ADDED;
    json_t *object = NULL;
    enum watch_line kind = watch_line_parse(line, len, &object, &event, &w->stream_err);
    const char *version = watch_meta(object, "resourceVersion");

    w->line_began_ms = 0;
    if (kind != WATCH_LINE_FAILED && w->state == WATCH_LIST) {
        uv_timer_again(&w->timer);
        initial_line(w, kind, event, object);
    } else if (kind != WATCH_LINE_FAILED) {
        stream_works(w);
        w->has_bookmarks = w->has_bookmarks || kind == WATCH_LINE_BOOKMARK;
        if (version && w->state == WATCH_STREAM)
            stream_advance(w, version);
        if (kind == WATCH_LINE_EVENT && w->state == WATCH_STREAM) {
            check_note(w, object);
            w->callbacks.object(w->arg, event, object);
        }
    }
    json_decref(object);
    return kind != WATCH_LINE_FAILED && (w->state == WATCH_STREAM || w->state == WATCH_LIST);
}

/* A byte now and then is no sign of life: a line has to end. */
static void stream_limit_line(struct kube_watch *w)
{
    uint64_t now = time_monotonic_ms(), limit = kube_limit_ms(w->tuning.idle_timeout_ms);

    if (w->lines.partial.len == 0)
        w->line_began_ms = 0;
    else if (w->line_began_ms == 0)
        w->line_began_ms = now;
    else if (now - w->line_began_ms > limit && !w->stream_err)
        error_set(&w->stream_err, ERROR_TIMEOUT, "GET %s: an event takes longer than %llu s",
                  w->path, (unsigned long long)(limit + 999) / 1000);
}

static void on_stream_data(void *arg, const char *data, size_t len)
{
    struct kube_watch *w = arg;

    if ((w->state != WATCH_STREAM && w->state != WATCH_LIST) || w->stream_err)
        return;
    if (w->state == WATCH_STREAM && w->opened_ms == 0) {
        w->opened_ms = time_monotonic_ms();
        uv_update_time(w->timer.loop);
        uv_timer_start(&w->timer, on_stream_lasted, LASTED_MS, 0);
    }
    watch_lines_feed(&w->lines, data, len, on_line, w, &w->stream_err);
    stream_limit_line(w);
    if (w->stream_err && w->call && w->state != WATCH_STOPPED)
        kube_call_cancel(w->call);
}

/* What the stream's end means: NULL err is a clean end, which is how the server's own timeout
 * looks. */
static void stream_ended(struct kube_watch *w, const struct error *err)
{
    cleanup_error struct error *short_lived = NULL;

    if (err && error_kind(err) == ERROR_EXPIRED) {
        if (!w->has_expired) {
            w->has_expired = true;
            watch_enter(w, WATCH_LIST);
        } else {
            watch_fail(w, err, WATCH_LIST);
        }
        return;
    }
    /* An event that cannot be read would be sent again: a list goes around it. A kind that is not
     * there (404) may come back with another history. */
    if (err && (error_kind(err) == ERROR_INVALID || error_kind(err) == ERROR_TOO_LARGE ||
                error_kind(err) == ERROR_NOT_FOUND)) {
        watch_fail(w, err, WATCH_LIST);
        return;
    }
    /* Silent, where there should be bookmarks: is its version one that the server ever had? */
    if (err && error_kind(err) == ERROR_TIMEOUT && w->has_bookmarks)
        check_soon(w);
    if (w->is_working && !err) {
        watch_enter(w, WATCH_STREAM);
        return;
    }
    if (w->is_working && error_code(err) == 0) { /* so are all others: not at once */
        watch_pause(w, watch_random_below(w->tuning.backoff_min_ms), WATCH_STREAM);
        return;
    }
    if (!err) {
        error_set(&short_lived, ERROR_UNAVAILABLE, "GET %s: the watch ended at once", w->path);
        err = short_lived;
    }
    watch_fail(w, err, WATCH_STREAM);
}

static void on_stream_done(void *arg, const json_t *object, const struct error *err)
{
    struct kube_watch *w = arg;
    cleanup_error struct error *own = NULL;

    (void)object;
    uv_timer_stop(&w->timer);
    if (!watch_goes_on(w, err))
        return;
    own = TAKE(w->stream_err);
    if (w->state == WATCH_LIST)
        initial_ended(w, own ? own : err);
    else
        stream_ended(w, own ? own : err);
}

void watch_start_stream(struct kube_watch *w)
{
    cleanup_buf struct buf path = BUF_UNLIMITED;
    char timeout[16];
    struct kube_call_spec spec = {.method = "GET",
                                  .accept = w->tuning.metadata_only ? ACCEPT_METADATA : NULL};

    snprintf(timeout, sizeof(timeout), "%d",
             TIMEOUT_MIN_S + (int)watch_random_below(TIMEOUT_MAX_S - TIMEOUT_MIN_S));
    buf_puts(&path, w->path);
    url_put_query(&path, "watch", "true");
    url_put_query(&path, "allowWatchBookmarks", "true");
    if (w->state == WATCH_LIST) {
        url_put_query(&path, "sendInitialEvents", "true");
        url_put_query(&path, "resourceVersionMatch", "NotOlderThan");
        uv_timer_start(&w->timer, on_initial_stalled, kube_limit_ms(INITIAL_IDLE_MS),
                       kube_limit_ms(INITIAL_IDLE_MS));
    } else {
        url_put_query(&path, "resourceVersion", w->resource_version);
    }
    url_put_query(&path, "timeoutSeconds", timeout);
    url_put_query(&path, "labelSelector", w->label_selector);
    url_put_query(&path, "fieldSelector", w->field_selector);
    spec.path = path.data;
    watch_lines_clear(&w->lines); /* half a line of the stream before is sent again whole */
    w->is_working = w->is_begun = false;
    w->opened_ms = w->line_began_ms = 0;
    w->open_parts++;
    w->call = kube_stream_start(w->client, &spec, w->tuning.idle_timeout_ms, on_stream_data,
                                on_stream_done, w);
}
