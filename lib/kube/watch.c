/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/watch.h"

#include "lib/base/hash.h"
#include "lib/base/time.h"
#include "lib/kube/resource.h"
#include "lib/kube/status.h"
#include "lib/kube/watch_line.h"

#define LASTED_MS 1000 /* a stream that lived so long was a working one */
#define TIMEOUT_MIN_S 300
#define TIMEOUT_MAX_S 600

/* list (page by page) -> stream -> stream ...; 410: list. A failure: wait, then the step again.
 * ORPHANED: the client is gone. */
#define ACCEPT_METADATA "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
#define ACCEPT_METADATA_LIST "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

enum watch_state { WATCH_LIST, WATCH_STREAM, WATCH_WAIT, WATCH_ORPHANED, WATCH_STOPPED };

struct kube_watch {
    struct kube_client *client;
    const struct kube_resource *resource;
    char *path;
    char *label_selector;
    char *field_selector;
    char *api_version;
    struct kube_watch_tuning tuning;
    struct kube_watch_callbacks callbacks;
    void *arg;
    enum watch_state state;
    enum watch_state after_wait;
    enum watch_state failed_state; /* which step the reported error belongs to */
    struct kube_call *call;
    uv_timer_t timer; /* WAIT: the end of it. STREAM: it has lasted. */
    unsigned page_size;
    char *continue_token;   /* NULL: the first page is next */
    char *resource_version; /* of the last page, event or bookmark */
    struct watch_lines lines;
    struct error *stream_err; /* why the stream was ended by us or by an ERROR event */
    struct error *reported;   /* last passed to `failed`; NULL: all is well */
    uint64_t opened_ms;       /* when the stream's headers came; 0: not yet */
    bool is_working;          /* the stream delivered something or has lasted */
    bool has_expired;         /* and no stream worked since: the next time waits */
    unsigned failures;
    unsigned open_parts; /* timer, call */
};

static void watch_enter(struct kube_watch *w, enum watch_state next);

static uint64_t random_below(uint64_t limit)
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
    free(w->api_version);
    free(w->continue_token);
    free(w->resource_version);
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

/* Doubling, plus or minus a fifth, and never before the server wants to see us again. */
static uint64_t next_delay(struct kube_watch *w, const struct error *err)
{
    uint64_t delay = w->tuning.backoff_min_ms;

    for (unsigned i = 0; i < w->failures && delay < w->tuning.backoff_max_ms; i++)
        delay *= 2;
    if (delay > w->tuning.backoff_max_ms)
        delay = w->tuning.backoff_max_ms;
    delay = delay * 4 / 5 + random_below(delay * 2 / 5 + 1);
    return delay > error_retry_after_ms(err) ? delay : error_retry_after_ms(err);
}

static void on_wait_over(uv_timer_t *timer)
{
    struct kube_watch *w = timer->data;

    watch_enter(w, w->after_wait);
}

static void watch_fail(struct kube_watch *w, const struct error *err, enum watch_state again)
{
    uint64_t delay = next_delay(w, err);

    w->failures++;
    w->failed_state = w->state;
    w->after_wait = again;
    report_failure(w, err, delay);
    if (w->state == WATCH_STOPPED)
        return;
    watch_enter(w, WATCH_WAIT);
    uv_update_time(w->timer.loop);
    uv_timer_start(&w->timer, on_wait_over, delay, 0);
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

static void hand_over_items(struct kube_watch *w, const json_t *items)
{
    size_t index;
    json_t *item;

    json_array_foreach (items, index, item) {
        /* The API server leaves them out of the items of a list. */
        json_object_set_new(item, "apiVersion", json_string(w->api_version));
        json_object_set_new(item, "kind", json_string(w->resource->kind));
        w->callbacks.object(w->arg, KUBE_LISTED, item);
        if (w->state == WATCH_STOPPED)
            return;
    }
}

static void list_failed(struct kube_watch *w, const struct error *err)
{
    bool was_expired = error_kind(err) == ERROR_EXPIRED && w->continue_token;

    /* Objects can be so big that a page of them passes the limit for an answer. */
    if (error_kind(err) == ERROR_TOO_LARGE && w->page_size > 1)
        w->page_size = (w->page_size + 3) / 4;
    free(TAKE(w->continue_token));
    if (was_expired && !w->has_expired) {
        w->has_expired = true;
        watch_enter(w, WATCH_LIST);
    } else {
        watch_fail(w, err, WATCH_LIST);
    }
}

static void on_list_page(void *arg, const json_t *list, const struct error *err)
{
    struct kube_watch *w = arg;
    const json_t *meta = json_object_get(list, "metadata");
    const char *version = json_string_value(json_object_get(meta, "resourceVersion"));
    const char *next = json_string_value(json_object_get(meta, "continue"));
    cleanup_error struct error *bad = NULL;

    if (!watch_goes_on(w, err))
        return;
    if (!err && !version) {
        error_set(&bad, ERROR_UNAVAILABLE, "GET %s: the answer is not a list", w->path);
        err = bad;
    }
    if (err) {
        list_failed(w, err);
        return;
    }
    if (!w->continue_token)
        w->callbacks.list_start(w->arg, false);
    if (w->state != WATCH_STOPPED)
        hand_over_items(w, json_object_get(list, "items"));
    if (w->state == WATCH_STOPPED)
        return;
    string_set(&w->resource_version, version);
    string_set(&w->continue_token, next && next[0] ? next : NULL);
    if (w->continue_token) {
        watch_enter(w, WATCH_LIST);
        return;
    }
    w->callbacks.list_done(w->arg, strtoull(version, NULL, 10));
    if (w->state != WATCH_STOPPED)
        report_success(w);
    if (w->state != WATCH_STOPPED)
        watch_enter(w, WATCH_STREAM);
}

static void start_list(struct kube_watch *w)
{
    cleanup_buf struct buf path = BUF_UNLIMITED;
    char limit[16];
    struct kube_call_spec spec = {.method = "GET",
                                  .accept = w->tuning.metadata_only ? ACCEPT_METADATA_LIST : NULL};

    snprintf(limit, sizeof(limit), "%u", w->page_size);
    buf_puts(&path, w->path);
    url_put_query(&path, "limit", limit);
    url_put_query(&path, "labelSelector", w->label_selector);
    url_put_query(&path, "fieldSelector", w->field_selector);
    url_put_query(&path, "continue", w->continue_token);
    spec.path = path.data;
    w->open_parts++;
    w->call = kube_call_start(w->client, &spec, on_list_page, w);
}

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

/* One line of the stream. Returns false when no further line is wanted. */
static bool on_line(void *arg, const char *line, size_t len)
{
    struct kube_watch *w = arg;
    enum kube_event event = KUBE_ADDED;
    json_t *object = NULL;
    enum watch_line kind = watch_line_parse(line, len, &object, &event, &w->stream_err);
    const char *version =
        json_string_value(json_object_get(json_object_get(object, "metadata"), "resourceVersion"));

    if (kind != WATCH_LINE_FAILED) {
        stream_works(w);
        if (version && w->state == WATCH_STREAM)
            string_set(&w->resource_version, version);
        if (kind == WATCH_LINE_EVENT && w->state == WATCH_STREAM)
            w->callbacks.object(w->arg, event, object);
    }
    json_decref(object);
    return kind != WATCH_LINE_FAILED && w->state == WATCH_STREAM;
}

static void on_stream_data(void *arg, const char *data, size_t len)
{
    struct kube_watch *w = arg;

    if (w->state != WATCH_STREAM || w->stream_err)
        return;
    if (w->opened_ms == 0) {
        w->opened_ms = time_monotonic_ms();
        uv_update_time(w->timer.loop);
        uv_timer_start(&w->timer, on_stream_lasted, LASTED_MS, 0);
    }
    watch_lines_feed(&w->lines, data, len, on_line, w, &w->stream_err);
    if (w->stream_err && w->call && w->state == WATCH_STREAM)
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
    if (w->is_working && (!err || error_code(err) == 0)) {
        watch_enter(w, WATCH_STREAM);
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
    stream_ended(w, own ? own : err);
}

static void start_stream(struct kube_watch *w)
{
    cleanup_buf struct buf path = BUF_UNLIMITED;
    char timeout[16];
    struct kube_call_spec spec = {.method = "GET",
                                  .accept = w->tuning.metadata_only ? ACCEPT_METADATA : NULL};

    snprintf(timeout, sizeof(timeout), "%d",
             TIMEOUT_MIN_S + (int)random_below(TIMEOUT_MAX_S - TIMEOUT_MIN_S));
    buf_puts(&path, w->path);
    url_put_query(&path, "watch", "true");
    url_put_query(&path, "allowWatchBookmarks", "true");
    url_put_query(&path, "resourceVersion", w->resource_version);
    url_put_query(&path, "timeoutSeconds", timeout);
    url_put_query(&path, "labelSelector", w->label_selector);
    url_put_query(&path, "fieldSelector", w->field_selector);
    spec.path = path.data;
    watch_lines_clear(&w->lines); /* half a line of the stream before is sent again whole */
    w->is_working = false;
    w->opened_ms = 0;
    w->open_parts++;
    w->call = kube_stream_start(w->client, &spec, w->tuning.idle_timeout_ms, on_stream_data,
                                on_stream_done, w);
}

/* The only place that changes the state. */
static void watch_enter(struct kube_watch *w, enum watch_state next)
{
    w->state = next;
    switch (next) {
    case WATCH_LIST: start_list(w); break;
    case WATCH_STREAM: start_stream(w); break;
    case WATCH_WAIT: break; /* the timer is running */
    case WATCH_ORPHANED: break;
    case WATCH_STOPPED:
        if (w->call)
            kube_call_cancel(w->call);
        uv_close((uv_handle_t *)&w->timer, on_timer_closed);
        break;
    }
}

static struct kube_watch_tuning with_defaults(const struct kube_watch_tuning *t)
{
    return (struct kube_watch_tuning){
        .page_size = t->page_size ? t->page_size : 500,
        .idle_timeout_ms = t->idle_timeout_ms ? t->idle_timeout_ms : 90000,
        .backoff_min_ms = t->backoff_min_ms ? t->backoff_min_ms : 1000,
        .backoff_max_ms = t->backoff_max_ms ? t->backoff_max_ms : 30000,
        .max_line_bytes = t->max_line_bytes ? t->max_line_bytes : (size_t)16 << 20,
    };
}

struct kube_watch *kube_watch_start_tuned(struct kube_client *client, const struct kube_resource *r,
                                          const char *ns, const char *label_selector,
                                          const struct kube_watch_tuning *tuning,
                                          const struct kube_watch_callbacks *callbacks, void *arg)
{
    struct kube_watch *w = xcalloc(1, sizeof(*w));

    w->client = client;
    w->resource = r;
    w->path = kube_resource_path(r, ns, NULL);
    w->label_selector = xstrdup(label_selector);
    w->field_selector = xstrdup(tuning->field_selector);
    w->api_version = xasprintf("%s%s%s", r->group, r->group[0] ? "/" : "", r->version);
    w->tuning = with_defaults(tuning);
    w->page_size = w->tuning.page_size;
    w->callbacks = *callbacks;
    w->arg = arg;
    watch_lines_init(&w->lines, w->tuning.max_line_bytes);
    uv_timer_init(kube_client_loop(client), &w->timer);
    w->timer.data = w;
    w->open_parts = 1;
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
