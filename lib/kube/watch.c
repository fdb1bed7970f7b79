/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hash.h"
#include "lib/base/time.h"
#include "lib/kube/resource.h"
#include "lib/kube/status.h"
#include "lib/kube/watch_parts.h"

#define INITIAL_IDLE_MS 10000 /* so long no object of a list that is streamed: by pages */
#define LASTED_MS 1000        /* a stream that lived so long was a working one */
#define ACCEPT_METADATA "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
#define ACCEPT_METADATA_LIST "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
#define RELIST_MS 600000
#define TIMEOUT_MIN_S 300
#define TIMEOUT_MAX_S 600

static void watch_enter(struct kube_watch *w, enum watch_state next);

uint64_t watch_random_below(uint64_t limit)
{
    static uint64_t counter;
    uint64_t seed[2] = {time_monotonic_us(), counter++};

    return hash64(seed, sizeof(seed)) % limit;
}

static void watch_destroy(struct kube_watch *w)
{
    free(w->path);
    free(w->label_selector);
    free(w->field_selector);
    free(w->resource_version);
    map_clear(&w->check.touched);
    watch_lines_clear(&w->lines);
    error_free(w->stream_err);
    error_free(w->reported);
    free(w);
}

static void part_closed(struct kube_watch *w)
{
    if (--w->open_parts == 0)
        watch_destroy(w);
}

static void on_timer_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

static void string_set(char **p, const char *value)
{
    char *copy = xstrdup(value);

    free(*p);
    *p = copy;
}

/* "It works again", if the step that works is the one that had failed. */
static void report_success(struct kube_watch *w)
{
    if (!w->reported || (w->failed_state == WATCH_STREAM && w->state == WATCH_LIST))
        return;
    error_free(TAKE(w->reported));
    w->callbacks.failed(w->arg, NULL, 0);
}

static void report_failure(struct kube_watch *w, const struct error *err, uint64_t retry_ms)
{
    bool is_news = !w->reported || error_kind(w->reported) != error_kind(err) ||
                   !streq(error_message(w->reported), error_message(err));

    if (!is_news)
        return;
    error_free(w->reported);
    w->reported = error_copy(err);
    w->callbacks.failed(w->arg, w->reported, retry_ms);
}

/* Doubling, plus or minus a fifth, and never before the server wants to see us again. Rights that
 * are missing seldom come soon. */
uint64_t watch_delay(struct kube_watch *w, const struct error *err)
{
    uint64_t delay = w->tuning.backoff_min_ms;
    uint64_t max = w->tuning.backoff_max_ms * (error_code(err) == 403 ? 4 : 1);
    uint64_t wish = error_retry_after_ms(err);

    for (unsigned i = 0; i < w->failures && delay < max; i++)
        delay *= 2;
    if (delay > max)
        delay = max;
    delay = delay * 4 / 5 + watch_random_below(delay * 2 / 5 + 1);
    wish += watch_random_below(wish / 5 + 1); /* not all watches at once */
    return delay > wish ? delay : wish;
}

static void on_wait_over(uv_timer_t *timer)
{
    struct kube_watch *w = timer->data;

    watch_enter(w, w->after_wait);
}

static void watch_pause(struct kube_watch *w, uint64_t delay, enum watch_state then)
{
    w->after_wait = then;
    watch_enter(w, WATCH_WAIT);
    uv_update_time(w->timer.loop);
    uv_timer_start(&w->timer, on_wait_over, delay, 0);
}

static void watch_fail(struct kube_watch *w, const struct error *err, enum watch_state again)
{
    uint64_t delay = watch_delay(w, err);

    w->failures++;
    w->failed_state = w->state;
    report_failure(w, err, delay);
    if (w->state != WATCH_STOPPED)
        watch_pause(w, delay, again);
}

/* Is there still somebody to tell, and a client to ask? */
static bool watch_goes_on(struct kube_watch *w, const struct error *err)
{
    w->call = NULL;
    if (w->state == WATCH_STOPPED) {
        part_closed(w);
        return false;
    }
    w->open_parts--;
    if (err && error_kind(err) == ERROR_CANCELED && !w->stream_err) {
        watch_enter(w, WATCH_ORPHANED);
        return false;
    }
    return true;
}

uint64_t watch_version(const char *version)
{
    char *end = NULL;
    uint64_t number;

    if (!version || version[0] < '0' || version[0] > '9')
        return 0;
    number = strtoull(version, &end, 10);
    return *end ? 0 : number;
}

const char *watch_meta(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(json_object_get(object, "metadata"), key));
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

/* ---- the list ---- */

static void on_list_start(void *arg)
{
    struct kube_watch *w = arg;

    w->callbacks.list_start(w->arg, false);
}

static void on_list_item(void *arg, const json_t *object)
{
    struct kube_watch *w = arg;

    w->callbacks.object(w->arg, KUBE_LISTED, object);
}

static void list_failed(struct kube_watch *w, const struct error *err)
{
    if (error_kind(err) == ERROR_CANCELED) {
        watch_enter(w, WATCH_ORPHANED);
    } else if (error_kind(err) == ERROR_EXPIRED && !w->has_expired) {
        w->has_expired = true;
        watch_enter(w, WATCH_LIST);
    } else {
        watch_fail(w, err, WATCH_LIST);
    }
}

/* Returns false when the watch was stopped. */
static bool list_complete(struct kube_watch *w, const char *version)
{
    string_set(&w->resource_version, version);
    w->version = watch_version(version);
    check_plan(w);
    w->callbacks.list_done(w->arg, w->version);
    if (w->state != WATCH_STOPPED)
        report_success(w);
    return w->state != WATCH_STOPPED;
}

static void on_list_done(void *arg, const char *version, const struct error *err)
{
    struct kube_watch *w = arg;

    if (err)
        list_failed(w, err);
    else if (list_complete(w, version))
        watch_enter(w, WATCH_STREAM);
}

/* ---- the list as the beginning of the stream ---- */

static void stream_works(struct kube_watch *w);

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
        if (list_complete(w, watch_meta(object, "resourceVersion"))) {
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
        list_failed(w, err);
}

/* ---- the stream ---- */

static void stream_works(struct kube_watch *w)
{
    if (w->is_working)
        return;
    w->is_working = true;
    w->has_expired = false;
    w->failures = 0;
    uv_timer_stop(&w->timer);
    report_success(w);
}

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
    string_set(&w->resource_version, version);
    w->version = number;
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

static void start_stream(struct kube_watch *w)
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

/* The only place that changes the state. */
static void watch_enter(struct kube_watch *w, enum watch_state next)
{
    w->state = next;
    switch (next) {
    case WATCH_LIST:
        check_off(w);
        if (w->pages)
            list_run(w->list);
        else
            start_stream(w);
        break;
    case WATCH_STREAM: start_stream(w); break;
    case WATCH_WAIT: break; /* the timer is running */
    case WATCH_ORPHANED: break;
    case WATCH_STOPPED:
        if (w->call)
            kube_call_cancel(w->call);
        list_free(TAKE(w->list));
        check_off(w);
        uv_close((uv_handle_t *)&w->timer, on_timer_closed);
        uv_close((uv_handle_t *)&w->check_timer, on_timer_closed);
        break;
    }
}

/* The tests of the daemon cannot wait for minutes. */
static uint64_t default_relist_ms(void)
{
    const char *text = getenv("GITOPSD_TEST_RELIST_MS");
    uint64_t ms = text ? strtoull(text, NULL, 10) : 0;

    return ms ? ms : RELIST_MS;
}

static struct kube_watch_tuning with_defaults(const struct kube_watch_tuning *t)
{
    return (struct kube_watch_tuning){
        .page_size = t->page_size ? t->page_size : 500,
        .idle_timeout_ms = t->idle_timeout_ms ? t->idle_timeout_ms : 90000,
        .backoff_min_ms = t->backoff_min_ms ? t->backoff_min_ms : 1000,
        .backoff_max_ms = t->backoff_max_ms ? t->backoff_max_ms : 30000,
        .relist_ms = t->relist_ms ? t->relist_ms : default_relist_ms(),
        .metadata_only = t->metadata_only,
        .max_line_bytes = t->max_line_bytes ? t->max_line_bytes : (size_t)16 << 20,
    };
}

struct kube_watch *kube_watch_start_tuned(struct kube_client *client, const struct kube_resource *r,
                                          const char *ns, const char *label_selector,
                                          const struct kube_watch_tuning *tuning,
                                          const struct kube_watch_callbacks *callbacks, void *arg)
{
    static const struct list_callbacks list_callbacks = {on_list_start, on_list_item, on_list_done};
    struct kube_watch *w = xcalloc(1, sizeof(*w));

    w->client = client;
    w->path = kube_resource_path(r, ns, NULL);
    w->label_selector = xstrdup(label_selector);
    w->field_selector = xstrdup(tuning->field_selector);
    w->tuning = with_defaults(tuning);
    w->callbacks = *callbacks;
    w->arg = arg;
    w->list_spec =
        (struct list_spec){.resource = r,
                           .path = w->path,
                           .label_selector = w->label_selector,
                           .field_selector = w->field_selector,
                           .accept = w->tuning.metadata_only ? ACCEPT_METADATA_LIST : NULL,
                           .page_size = w->tuning.page_size,
                           .max_item_bytes = w->tuning.max_line_bytes};
    w->list = list_new(client, &w->list_spec, &list_callbacks, w);
    watch_lines_init(&w->lines, w->tuning.max_line_bytes);
    uv_timer_init(kube_client_loop(client), &w->timer);
    uv_timer_init(kube_client_loop(client), &w->check_timer);
    w->timer.data = w->check_timer.data = w;
    w->pages = tuning->pages;
    w->open_parts = 2;
    watch_enter(w, WATCH_LIST);
    return w;
}

struct kube_watch *kube_watch_start(struct kube_client *client, const struct kube_resource *r,
                                    const char *ns, const char *label_selector,
                                    const struct kube_watch_callbacks *callbacks, void *arg)
{
    struct kube_watch_tuning defaults = {0};

    return kube_watch_start_tuned(client, r, ns, label_selector, &defaults, callbacks, arg);
}

void kube_watch_stop(struct kube_watch *w)
{
    if (w && w->state != WATCH_STOPPED)
        watch_enter(w, WATCH_STOPPED);
}
