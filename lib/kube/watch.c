/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hash.h"
#include "lib/base/time.h"
#include "lib/kube/resource.h"
#include "lib/kube/status.h"
#include "lib/kube/watch_parts.h"

#define ACCEPT_METADATA_LIST "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
#define RELIST_MS 600000

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

void watch_part_closed(struct kube_watch *w)
{
    if (--w->open_parts == 0)
        watch_destroy(w);
}

static void on_timer_closed(uv_handle_t *handle)
{
    watch_part_closed(handle->data);
}

void watch_report_success(struct kube_watch *w)
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

void watch_pause(struct kube_watch *w, uint64_t delay, enum watch_state then)
{
    w->after_wait = then;
    watch_enter(w, WATCH_WAIT);
    uv_update_time(w->timer.loop);
    uv_timer_start(&w->timer, on_wait_over, delay, 0);
}

void watch_fail(struct kube_watch *w, const struct error *err, enum watch_state again)
{
    uint64_t delay = watch_delay(w, err);

    w->failures++;
    w->failed_state = w->state;
    report_failure(w, err, delay);
    if (w->state != WATCH_STOPPED)
        watch_pause(w, delay, again);
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

void watch_set_version(struct kube_watch *w, const char *version)
{
    char *copy = xstrdup(version);

    free(w->resource_version);
    w->resource_version = copy;
    w->version = watch_version(version);
}

const char *watch_meta(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(json_object_get(object, "metadata"), key));
}

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

void watch_list_failed(struct kube_watch *w, const struct error *err)
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

bool watch_list_complete(struct kube_watch *w, const char *version)
{
    watch_set_version(w, version);
    check_plan(w);
    w->callbacks.list_done(w->arg, w->version);
    if (w->state != WATCH_STOPPED)
        watch_report_success(w);
    return w->state != WATCH_STOPPED;
}

static void on_list_done(void *arg, const char *version, const struct error *err)
{
    struct kube_watch *w = arg;

    if (err)
        watch_list_failed(w, err);
    else if (watch_list_complete(w, version))
        watch_enter(w, WATCH_STREAM);
}

void watch_enter(struct kube_watch *w, enum watch_state next)
{
    w->state = next;
    switch (next) {
    case WATCH_LIST:
        check_off(w);
        if (w->pages)
            list_run(w->list);
        else
            watch_start_stream(w);
        break;
    case WATCH_STREAM: watch_start_stream(w); break;
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
