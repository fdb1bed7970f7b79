/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/http.h"

#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/net/drive.h"
#include "lib/net/http_easy.h"

#include <assert.h>

#define MAX_BODY_BYTES ((size_t)64 << 20)
#define MAX_CONNECTIONS_PER_HOST 2
#define MAX_CONCURRENT_STREAMS 1000 /* the server's own limit is what counts */
/* Each keeps some 36 KiB of buffers. */
#define POOLED_HANDLES 16
#define MAX_CUT_OFF 3
#define MAX_REFUSALS 10

/*
 * WAITING: started from inside curl, or refused: to be looked at outside of curl.
 * RUNNING: curl has it.
 * ENDING: canceled, timed out or refused, `err` says which; `done` runs from the loop.
 * GONE: `done` ran while curl still held the handle (the client was freed from inside curl).
 */
enum http_state { HTTP_WAITING, HTTP_RUNNING, HTTP_ENDING, HTTP_GONE };

struct http_request {
    struct http_client *client;
    struct http_request *prev, *next;
    enum http_state state;
    CURL *easy;
    bool added; /* to the multi handle */
    struct easy_lists lists;
    char *body;
    char *origin; /* "https://host:port", for messages */
    struct buf answer;
    struct error *err;
    unsigned refusals;
    uint64_t idle_timeout_ms;
    uint64_t last_byte_ms;
    http_may_send_fn *may_send;
    void *may_send_arg;
    http_data_fn *data;
    http_done_fn *done;
    void *arg;
    char detail[CURL_ERROR_SIZE];
};

struct http_client {
    struct drive *drive;
    struct easy_config config;
    struct ptrvec pool; /* of CURL *, not in use */
    struct http_request *requests;
    size_t unsettled;       /* requests WAITING or ENDING */
    uv_timer_t idle_timer;  /* looks for requests that have been silent for too long */
    uint64_t idle_check_ms; /* when it is due; 0: not running */
    struct http_stats stats;
    unsigned open_parts; /* drive, idle_timer */
    bool closing;
};

static void request_link(struct http_client *c, struct http_request *r)
{
    r->next = c->requests;
    if (r->next)
        r->next->prev = r;
    c->requests = r;
}

static void request_unlink(struct http_client *c, struct http_request *r)
{
    if (r->next)
        r->next->prev = r->prev;
    if (r->prev)
        r->prev->next = r->next;
    else
        c->requests = r->next;
}

static bool is_unsettled(enum http_state state)
{
    return state == HTTP_WAITING || state == HTTP_ENDING;
}

static void request_set_state(struct http_request *r, enum http_state next)
{
    struct http_client *c = r->client;

    c->unsettled -= is_unsettled(r->state);
    c->unsettled += is_unsettled(next);
    r->state = next;
    if (is_unsettled(next) && !c->closing)
        drive_kick(c->drive);
}

/* Not from inside curl. */
static void request_free(struct http_request *r)
{
    struct http_client *c = r->client;

    request_set_state(r, HTTP_GONE);
    request_unlink(c, r);
    if (r->added)
        curl_multi_remove_handle(drive_multi(c->drive), r->easy);
    if (c->pool.len < POOLED_HANDLES && !c->closing)
        ptrvec_push(&c->pool, r->easy);
    else
        curl_easy_cleanup(r->easy);
    easy_lists_clear(&r->lists);
    free(r->body);
    free(r->origin);
    buf_clear(&r->answer);
    error_free(r->err);
    free(r);
}

/* Tell the caller. The request is out of sight afterwards, so that nothing tells it twice. */
static void request_deliver(struct http_request *r)
{
    struct http_response response = {.body = r->answer};

    request_set_state(r, HTTP_GONE);
    if (r->err) {
        r->client->stats.errors++;
        r->done(r->arg, NULL, r->err);
        return;
    }
    easy_answer(r->easy, &response);
    r->done(r->arg, &response, NULL);
}

static void request_fail(struct http_request *r, CURLcode code)
{
    easy_error(code, r->detail, &r->err);
    error_wrap(&r->err, "%s", r->origin);
}

static bool is_streamed(const struct http_request *r)
{
    int status = easy_status(r->easy);

    return r->data && status >= 200 && status <= 299;
}

/* curl's callbacks, inside curl. Anything but `len` ends the transfer. */
static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
    struct http_request *r = arg;
    size_t len = size * count;

    if (r->state != HTTP_RUNNING)
        return 0;
    r->last_byte_ms = time_monotonic_ms();
    if (line[0] == '\r' && is_streamed(r)) /* the empty line after the headers */
        r->data(r->arg, "", 0);
    return r->state == HTTP_RUNNING ? len : 0;
}

static size_t on_write(char *data, size_t size, size_t count, void *arg)
{
    struct http_request *r = arg;
    size_t len = size * count;

    if (r->state != HTTP_RUNNING)
        return 0;
    r->last_byte_ms = time_monotonic_ms();
    if (!is_streamed(r))
        return buf_append(&r->answer, data, len, &r->err) < 0 ? 0 : len;
    r->data(r->arg, data, len);
    return r->state == HTTP_RUNNING ? len : 0;
}

static int on_before_send(void *arg, char *to, char *from, int to_port, int from_port)
{
    struct http_request *r = arg;

    (void)to;
    (void)from;
    (void)to_port;
    (void)from_port;
    if (r->may_send(r->may_send_arg))
        return CURL_PREREQFUNC_OK;
    if (!r->err)
        error_set(&r->err, ERROR_CANCELED, "not sent: it may not be sent any more");
    return CURL_PREREQFUNC_ABORT;
}

/* A refusal whose text was cut off is still a refusal: its status tells what it is about. */
static bool is_answer_enough(const struct http_request *r, CURLcode code)
{
    return !r->err && easy_was_cut_off(code) && easy_status(r->easy) >= 400;
}

/* A server that closes an HTTP/2 connection (GOAWAY) refuses the streams that it did not look at.
 * curl sends these again, but gives up after five times, which is soon reached with a hundred
 * streams on a server that sheds load. No byte of an answer has come, as with curl's own tries. */
static bool was_refused(const struct http_request *r, CURLcode code)
{
    if (code == CURLE_OK || r->err || r->state != HTTP_RUNNING || r->client->closing)
        return false;
    if (str_has_prefix(r->detail, "Connection died, tried"))
        return r->refusals < MAX_REFUSALS;
    return easy_was_cut_off(code) && easy_status(r->easy) == 0 && easy_is_get(r->easy) &&
           r->refusals < MAX_CUT_OFF;
}

static void request_send_again(struct http_request *r)
{
    r->refusals++;
    curl_multi_remove_handle(drive_multi(r->client->drive), r->easy);
    r->added = false;
    r->detail[0] = '\0';
    request_set_state(r, HTTP_WAITING);
}

static void on_ended(void *arg, CURL *easy, CURLcode code)
{
    struct http_request *r = NULL;
    struct http_client *c = arg;
    long connects = 0;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&r);
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    c->stats.connections += (uint64_t)connects;
    if (r->state == HTTP_GONE)
        return;
    if (was_refused(r, code)) {
        request_send_again(r);
        return;
    }
    if (r->err && r->state == HTTP_RUNNING)
        error_wrap(&r->err, "%s", r->origin);
    else if (!r->err && code != CURLE_OK && !is_answer_enough(r, code))
        request_fail(r, code);
    request_deliver(r);
    if (!c->closing)
        request_free(r);
}

static void request_run(struct http_request *r)
{
    CURLMcode rc = curl_multi_add_handle(drive_multi(r->client->drive), r->easy);

    if (rc != CURLM_OK) {
        error_set(&r->err, ERROR_INTERNAL, "%s: %s", r->origin, curl_multi_strerror(rc));
        request_set_state(r, HTTP_ENDING);
        return;
    }
    r->added = true;
    request_set_state(r, HTTP_RUNNING);
}

static void client_destroy(struct http_client *c)
{
    while (c->requests)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it takes itself off the list */
        request_free(c->requests);
    while (c->pool.len > 0)
        curl_easy_cleanup(c->pool.items[--c->pool.len]);
    ptrvec_clear(&c->pool);
    drive_free(c->drive);
}

static struct http_request *find_unsettled(struct http_client *c)
{
    for (struct http_request *r = c->requests; r; r = r->next)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): what is freed is off the list */
        if (is_unsettled(r->state))
            return r;
    UNREACHABLE();
}

/* Outside of curl: what had to wait for that. A request that is started meanwhile is not WAITING,
 * and one that is canceled meanwhile is found by the loop. */
static void on_idle(void *arg)
{
    struct http_client *c = arg;

    if (c->closing) {
        client_destroy(c);
        return;
    }
    while (c->unsettled > 0) {
        struct http_request *r = find_unsettled(c);

        if (r->state == HTTP_WAITING) {
            request_run(r);
            continue;
        }
        request_deliver(r);
        if (c->closing)
            return;
        request_free(r);
    }
}

static void idle_schedule(struct http_client *c, uint64_t now_ms, uint64_t due_ms);

static void on_idle_timer(uv_timer_t *timer)
{
    struct http_client *c = timer->data;
    uint64_t now_ms = time_monotonic_ms();

    c->idle_check_ms = 0;
    for (struct http_request *r = c->requests; r; r = r->next) {
        if (r->state != HTTP_RUNNING || r->idle_timeout_ms == 0)
            continue;
        if (r->last_byte_ms + r->idle_timeout_ms > now_ms) {
            idle_schedule(c, now_ms, r->last_byte_ms + r->idle_timeout_ms);
            continue;
        }
        error_set(&r->err, ERROR_TIMEOUT, "%s: no data for %llu ms", r->origin,
                  (unsigned long long)r->idle_timeout_ms);
        request_set_state(r, HTTP_ENDING);
    }
}

static void idle_schedule(struct http_client *c, uint64_t now_ms, uint64_t due_ms)
{
    if (c->idle_check_ms && c->idle_check_ms <= due_ms)
        return;
    c->idle_check_ms = due_ms;
    uv_update_time(c->idle_timer.loop);
    uv_timer_start(&c->idle_timer, on_idle_timer, due_ms - now_ms, 0);
}

static void part_closed(struct http_client *c)
{
    if (--c->open_parts > 0)
        return;
    easy_config_clear(&c->config);
    free(c);
}

static void on_drive_closed(void *arg)
{
    part_closed(arg);
}

static void on_timer_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

static const struct drive_hooks hooks = {on_ended, on_idle, on_drive_closed};

struct http_client *http_client_new(uv_loop_t *loop, const struct http_options *options)
{
    struct http_client *c = xcalloc(1, sizeof(*c));
    unsigned per_host = options->max_connections_per_host;

    c->drive = drive_new(loop, &hooks, c);
    easy_config_init(&c->config, options);
    uv_timer_init(loop, &c->idle_timer);
    uv_unref((uv_handle_t *)&c->idle_timer);
    c->idle_timer.data = c;
    c->open_parts = 2;
    curl_multi_setopt(drive_multi(c->drive), CURLMOPT_MAX_HOST_CONNECTIONS,
                      (long)(per_host ? per_host : MAX_CONNECTIONS_PER_HOST));
    curl_multi_setopt(drive_multi(c->drive), CURLMOPT_MAX_CONCURRENT_STREAMS,
                      (long)MAX_CONCURRENT_STREAMS);
    return c;
}

void http_client_free(struct http_client *c)
{
    if (!c)
        return;
    assert(!c->closing);
    c->closing = true;
    uv_close((uv_handle_t *)&c->idle_timer, on_timer_closed);
    /* Nothing new can come, so the list only loses what is told here. */
    for (struct http_request *r = c->requests; r; r = r->next) {
        if (r->state == HTTP_GONE)
            continue;
        if (!r->err)
            error_set(&r->err, ERROR_CANCELED, "%s: the client was closed", r->origin);
        request_deliver(r);
    }
    drive_kick(c->drive);
}

/* Scheme, host and port: what may be printed of a URL. */
static char *url_origin(const char *url)
{
    const char *host = strstr(url, "://");
    const char *at;
    size_t len;

    if (!host)
        return xstrdup("malformed URL");
    host += 3;
    len = strcspn(host, "/?#");
    at = memrchr(host, '@', len);
    if (at) {
        len -= (size_t)(at + 1 - host);
        return xasprintf("%.*s%.*s", (int)(host - url), url, (int)len, at + 1);
    }
    return xstrndup(url, (size_t)(host - url) + len);
}

static CURL *client_take_easy(struct http_client *c)
{
    if (c->pool.len > 0)
        return c->pool.items[--c->pool.len];
    return easy_new(&c->config, on_header, on_write);
}

static void request_prepare(struct http_request *r, const struct http_request_spec *spec)
{
    if (spec->body) {
        r->body = xmalloc(spec->body_len + 1);
        memcpy(r->body, spec->body, spec->body_len);
    }
    curl_easy_setopt(r->easy, CURLOPT_HEADERDATA, r);
    curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(r->easy, CURLOPT_PRIVATE, r);
    curl_easy_setopt(r->easy, CURLOPT_ERRORBUFFER, r->detail);
    curl_easy_setopt(r->easy, CURLOPT_PREREQDATA, r);
    curl_easy_setopt(r->easy, CURLOPT_PREREQFUNCTION, spec->may_send ? on_before_send : NULL);
    if (easy_prepare(r->easy, &r->client->config, spec, r->body, &r->lists, &r->err) < 0)
        request_set_state(r, HTTP_ENDING);
    else if (drive_is_inside(r->client->drive))
        request_set_state(r, HTTP_WAITING);
    else
        request_run(r);
}

struct http_request *http_start(struct http_client *c, const struct http_request_spec *spec,
                                http_data_fn *data, http_done_fn *done, void *arg)
{
    struct http_request *r = xcalloc(1, sizeof(*r));

    assert(!c->closing);
    r->client = c;
    r->state = HTTP_GONE; /* until prepared */
    r->easy = client_take_easy(c);
    r->origin = url_origin(spec->url);
    r->answer = BUF_INIT(spec->max_body_bytes ? spec->max_body_bytes : MAX_BODY_BYTES);
    r->idle_timeout_ms = spec->idle_timeout_ms;
    r->last_byte_ms = time_monotonic_ms();
    r->may_send = spec->may_send;
    r->may_send_arg = spec->may_send_arg;
    r->data = data;
    r->done = done;
    r->arg = arg;
    c->stats.requests++;
    request_link(c, r);
    request_prepare(r, spec);
    if (r->idle_timeout_ms)
        idle_schedule(c, r->last_byte_ms, r->last_byte_ms + r->idle_timeout_ms);
    return r;
}

void http_cancel(struct http_request *r)
{
    if (r->state == HTTP_GONE)
        return;
    error_free(TAKE(r->err));
    error_set(&r->err, ERROR_CANCELED, "%s: canceled", r->origin);
    request_set_state(r, HTTP_ENDING);
}

struct http_stats http_client_stats(const struct http_client *c)
{
    return c->stats;
}
