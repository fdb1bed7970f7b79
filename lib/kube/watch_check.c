/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/time.h"
#include "lib/kube/watch_parts.h"

#define SETTLE_MS 1000 /* what is on its way while a check lists comes in so long */

static void notice(struct kube_watch *w, enum kube_notice what)
{
    if (w->callbacks.noticed)
        w->callbacks.noticed(w->arg, what);
}

static void on_check_timer(uv_timer_t *timer);

static void check_arm(struct kube_watch *w, uint64_t delay)
{
    uv_update_time(w->check_timer.loop);
    uv_timer_start(&w->check_timer, on_check_timer, delay, 0);
}

void check_off(struct kube_watch *w)
{
    list_free(TAKE(w->check.list));
    map_clear(&w->check.touched);
    w->check.state = CHECK_OFF;
    uv_timer_stop(&w->check_timer);
}

void check_plan(struct kube_watch *w)
{
    uint64_t period = w->tuning.relist_ms;

    check_off(w);
    w->check.state = CHECK_DUE;
    check_arm(w, period * 7 / 10 + watch_random_below(period * 6 / 10 + 1));
}

void check_soon(struct kube_watch *w)
{
    uint64_t gap = w->tuning.relist_ms / 10;
    uint64_t since = time_monotonic_ms() - w->check.started_ms;
    uint64_t delay = watch_random_below(gap < 1000 ? gap + 1 : 1000);

    if (w->check.state != CHECK_DUE)
        return;
    if (w->check.started_ms && since < gap)
        delay += gap - since;
    if (uv_timer_get_due_in(&w->check_timer) > delay)
        check_arm(w, delay);
}

static void on_check_item(void *arg, const json_t *object)
{
    struct kube_watch *w = arg;
    const char *uid = watch_meta(object, "uid");
    uint64_t version = watch_version(watch_meta(object, "resourceVersion"));
    bool is_news = w->version && version > w->version;

    if (uid && map_has(&w->check.touched, uid))
        return;
    if (is_news && version > w->check.newest)
        w->check.newest = version;
    w->callbacks.object(w->arg, is_news ? KUBE_ADDED : KUBE_LISTED, object);
}

/* The server's history is shorter than what we know of it. */
static void went_back(struct kube_watch *w)
{
    struct error *err = NULL;

    check_off(w);
    notice(w, KUBE_NOTICE_WENT_BACK);
    w->has_expired = false;
    error_set(&err, ERROR_EXPIRED, "GET %s: the list is older than what the watch has told",
              w->path);
    if (w->state == WATCH_WAIT)
        w->after_wait = WATCH_LIST;
    watch_break(w, err);
}

static void on_check_done(void *arg, const char *version, const struct error *err)
{
    struct kube_watch *w = arg;

    list_free(TAKE(w->check.list));
    if (err) {
        check_off(w);
        if (error_kind(err) == ERROR_CANCELED)
            return;
        w->check.state = CHECK_DUE;
        check_arm(w, watch_delay(w, err) + w->tuning.relist_ms / 10);
        return;
    }
    w->check.version = watch_version(version);
    if (w->check.version && w->check.version < w->check.floor) {
        went_back(w);
        return;
    }
    w->check.state = CHECK_SETTLING;
    check_arm(w, w->tuning.relist_ms / 10 < SETTLE_MS ? w->tuning.relist_ms / 10 : SETTLE_MS);
}

static void check_start(struct kube_watch *w)
{
    static const struct list_callbacks callbacks = {NULL, on_check_item, on_check_done};

    w->check.state = CHECK_LISTING;
    w->check.started_ms = time_monotonic_ms();
    w->check.floor = w->version;
    w->check.newest = 0;
    w->check.list = list_new(w->client, &w->list_spec, &callbacks, w);
    /* Before the request: what the watch tells from here on is left out of the check. */
    w->callbacks.list_start(w->arg, true);
    if (w->check.list) /* else it was stopped */
        list_run(w->check.list);
}

/* The watch had the time to tell what the list has shown. */
static void check_finish(struct kube_watch *w)
{
    bool is_stalled = w->check.newest > w->version && w->state == WATCH_STREAM;
    struct error *err = NULL;

    check_plan(w);
    w->callbacks.list_done(w->arg, w->check.version);
    if (w->state == WATCH_STOPPED || !is_stalled)
        return;
    notice(w, KUBE_NOTICE_STALLED);
    error_set(&err, ERROR_TIMEOUT, "GET %s: the watch keeps back events", w->path);
    w->is_working = true; /* it is to go on where it was, at once */
    watch_break(w, err);
}

static void on_check_timer(uv_timer_t *timer)
{
    struct kube_watch *w = timer->data;

    if (w->check.state == CHECK_SETTLING)
        check_finish(w);
    else if (w->state == WATCH_STREAM || (w->state == WATCH_WAIT && w->after_wait == WATCH_STREAM))
        check_start(w); /* where no watch lasts, checks are all that is seen */
    else
        check_arm(w, w->tuning.relist_ms / 10); /* a list follows anyway */
}

void check_note(struct kube_watch *w, const json_t *object)
{
    const char *uid = watch_meta(object, "uid");

    if (uid && (w->check.state == CHECK_LISTING || w->check.state == CHECK_SETTLING))
        map_set(&w->check.touched, uid, w);
}
