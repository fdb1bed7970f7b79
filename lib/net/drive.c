/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/drive.h"

#include <assert.h>

struct drive {
    CURLM *multi; /* NULL once closing */
    uv_timer_t timer;
    uv_idle_t soon;
    const struct drive_hooks *hooks;
    void *arg;
    unsigned open_handles;
    bool inside;
    bool timeout_due; /* curl asked for a timeout of zero */
};

/* One socket of curl's. */
struct drive_poll {
    uv_poll_t poll;
    struct drive *drive;
    curl_socket_t fd;
};

static void handle_closed(struct drive *d)
{
    if (--d->open_handles > 0)
        return;
    d->hooks->closed(d->arg);
    free(d);
}

static void on_own_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct drive_poll *p = CONTAINER_OF(handle, struct drive_poll, poll);
    struct drive *d = p->drive;

    free(p);
    handle_closed(d);
}

static void run_curl(struct drive *d, curl_socket_t fd, int events)
{
    int running, left;
    CURLMsg *message;

    d->inside = true;
    curl_multi_socket_action(d->multi, fd, events, &running);
    d->inside = false;
    /* `ended` may free the drive; its memory lives until the loop runs again. */
    while (d->multi && (message = curl_multi_info_read(d->multi, &left)))
        if (message->msg == CURLMSG_DONE)
            d->hooks->ended(d->arg, message->easy_handle, message->data.result);
}

static void on_soon(uv_idle_t *handle)
{
    struct drive *d = handle->data;
    bool due = d->timeout_due;

    uv_idle_stop(handle);
    d->timeout_due = false;
    d->hooks->idle(d->arg);
    if (due && d->multi)
        run_curl(d, CURL_SOCKET_TIMEOUT, 0);
}

static void on_timer(uv_timer_t *handle)
{
    run_curl(handle->data, CURL_SOCKET_TIMEOUT, 0);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct drive_poll *p = CONTAINER_OF(handle, struct drive_poll, poll);
    int flags = 0;

    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    run_curl(p->drive, p->fd, flags);
}

/* A timeout of zero does not become a timer: libuv would run a chain of those without looking at
 * any socket in between. */
static int on_curl_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct drive *d = arg;

    (void)multi;
    uv_timer_stop(&d->timer);
    d->timeout_due = timeout_ms == 0;
    if (timeout_ms == 0) {
        drive_kick(d);
    } else if (timeout_ms > 0) {
        uv_update_time(d->timer.loop);
        uv_timer_start(&d->timer, on_timer, (uint64_t)timeout_ms, 0);
    }
    return 0;
}

static struct drive_poll *poll_new(struct drive *d, curl_socket_t fd)
{
    struct drive_poll *p = xcalloc(1, sizeof(*p));

    p->drive = d;
    p->fd = fd;
    if (uv_poll_init_socket(d->timer.loop, &p->poll, fd) < 0) {
        free(p);
        return NULL;
    }
    d->open_handles++;
    curl_multi_assign(d->multi, fd, p);
    return p;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct drive *d = arg;
    struct drive_poll *p = socket_arg;
    int events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        /* curl closes the descriptor next: it must leave the poll set now. */
        if (p) {
            uv_poll_stop(&p->poll);
            uv_close((uv_handle_t *)&p->poll, on_poll_closed);
        }
        return 0;
    }
    if (!p && !(p = poll_new(d, fd)))
        return -1;
    if (what & CURL_POLL_IN)
        events |= UV_READABLE;
    if (what & CURL_POLL_OUT)
        events |= UV_WRITABLE;
    return uv_poll_start(&p->poll, events, on_poll) < 0 ? -1 : 0;
}

struct drive *drive_new(uv_loop_t *loop, const struct drive_hooks *hooks, void *arg)
{
    static bool curl_is_ready;
    struct drive *d = xcalloc(1, sizeof(*d));

    if (!curl_is_ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
    curl_is_ready = true;
    d->hooks = hooks;
    d->arg = arg;
    if (!(d->multi = curl_multi_init()))
        abort();
    uv_timer_init(loop, &d->timer);
    uv_idle_init(loop, &d->soon);
    d->timer.data = d->soon.data = d;
    d->open_handles = 2;
    curl_multi_setopt(d->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(d->multi, CURLMOPT_SOCKETDATA, d);
    curl_multi_setopt(d->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(d->multi, CURLMOPT_TIMERDATA, d);
    curl_multi_setopt(d->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    return d;
}

void drive_free(struct drive *d)
{
    CURLM *multi;

    if (!d)
        return;
    assert(!d->inside);
    multi = TAKE(d->multi);
    curl_multi_cleanup(multi); /* closes the connections, and with them the polls */
    uv_close((uv_handle_t *)&d->timer, on_own_closed);
    uv_close((uv_handle_t *)&d->soon, on_own_closed);
}

CURLM *drive_multi(struct drive *d)
{
    return d->multi;
}

bool drive_is_inside(const struct drive *d)
{
    return d->inside;
}

void drive_kick(struct drive *d)
{
    uv_idle_start(&d->soon, on_soon);
}
