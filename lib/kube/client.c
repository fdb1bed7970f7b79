/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client.h"

#include "lib/base/buf.h"
#include "lib/base/time.h"
#include "lib/kube/client_transport.h"
#include "lib/kube/status.h"

#include <assert.h>
#include <stdlib.h>

#define MAX_IN_FLIGHT 100
#define TIMEOUT_MS 30000
#define MAX_ANSWER_BYTES ((size_t)128 << 20)

/*
 * waiting for a place -> waiting for the credential -> sent -> (401: the credential once more;
 * busy: at rest until it is sent again) -> done.
 * ENDING: canceled or failed before it was sent; `done` runs from the loop.
 */
enum call_state { CALL_WAITING, CALL_AUTH, CALL_SENT, CALL_RESTING, CALL_ENDING, CALL_DONE };

struct kube_call {
    struct kube_client *client;
    struct kube_call *prev, *next;
    enum call_state state;
    bool is_stream;
    bool is_write;      /* it may change something: the gate counts */
    bool holds_place;   /* counted in client->in_flight */
    bool is_renewed;    /* this is the second try after a 401 */
    uint64_t placed_ms; /* monotonic: when it got its place */
    uint64_t again_ms;  /* monotonic: when it is sent again, CALL_RESTING */
    unsigned rests;     /* how often it was */
    uint64_t renewals;  /* of the client, when it was sent */
    char *method;
    char *path;
    char *content_type;
    char *accept;
    char *user; /* whom it impersonates; NULL: as the client does */
    char *body;
    size_t body_len;
    uint64_t timeout_ms;
    uint64_t idle_timeout_ms;
    struct transport *transport;
    struct http_request *http;
    struct error *err;
    kube_data_fn *data;
    kube_done_fn *done;
    void *arg;
};

struct kube_client {
    struct kube_client *base; /* of one that acts as another user: it has nothing else but that */
    char *user;
    struct kube_config *config;
    struct kube_credential *credential;
    struct transport *transport; /* for new calls; NULL before the first */
    uv_idle_t soon;
    uv_timer_t rest;  /* until the first of those that rest is sent again */
    unsigned handles; /* that are not closed */
    unsigned patience;
    struct kube_call *first, *last; /* all calls, in the order they were started */
    struct kube_call *next_waiting; /* no call before it is CALL_WAITING; may be NULL */
    unsigned in_flight;
    unsigned max_in_flight;
    size_t ending; /* calls in CALL_ENDING */
    uint64_t renewals;
    uint64_t requests;
    struct list_gate list_gate;
    kube_may_write_fn *may_write; /* NULL: always */
    void *may_write_arg;
    struct fence *fence; /* NULL: none */
    bool closing;
};

static void on_soon(uv_idle_t *handle);
static void on_rested(uv_timer_t *timer);
static void on_auth(void *arg, const struct kube_auth *auth, const struct error *err);
static void client_pump(struct kube_client *c);

static void call_link(struct kube_client *c, struct kube_call *call)
{
    call->prev = c->last;
    if (c->last)
        c->last->next = call;
    else
        c->first = call;
    c->last = call;
    if (!c->next_waiting)
        c->next_waiting = call;
}

static void call_unlink(struct kube_client *c, struct kube_call *call)
{
    if (c->next_waiting == call)
        c->next_waiting = call->next;
    if (call->prev)
        call->prev->next = call->next;
    else
        c->first = call->next;
    if (call->next)
        call->next->prev = call->prev;
    else
        c->last = call->prev;
}

static void call_set_state(struct kube_call *call, enum call_state next)
{
    struct kube_client *c = call->client;

    c->ending -= call->state == CALL_ENDING;
    c->ending += next == CALL_ENDING;
    call->state = next;
    if (next == CALL_ENDING && !c->closing)
        uv_idle_start(&c->soon, on_soon);
}

static void call_free(struct kube_call *call)
{
    free(call->method);
    free(call->path);
    free(call->content_type);
    free(call->accept);
    free(call->user);
    free(call->body);
    transport_unref(call->transport);
    error_free(call->err);
    free(call);
}

/* "PATCH /api/v1/namespaces/web/configmaps/site", without the query. */
static char *call_title(const struct kube_call *call)
{
    return xasprintf("%s %.*s", call->method, (int)strcspn(call->path, "?"), call->path);
}

static void call_set_canceled(struct kube_call *call, const char *why)
{
    cleanup_free char *title = call_title(call);

    error_free(TAKE(call->err));
    error_set(&call->err, ERROR_CANCELED, "%s: %s", title, why);
}

/* Tell the caller and give the place to the next one. */
static void call_finish(struct kube_call *call, const json_t *object)
{
    struct kube_client *c = call->client;

    call_set_state(call, CALL_DONE);
    call_unlink(c, call);
    c->in_flight -= call->holds_place;
    call->done(call->arg, call->err ? NULL : object, call->err);
    call_free(call);
    if (!c->closing)
        client_pump(c);
}

static void call_authorize(struct kube_call *call)
{
    call_set_state(call, CALL_AUTH);
    kube_credential_get(call->client->credential, on_auth, call);
}

static bool call_try_again(struct kube_call *call)
{
    struct kube_client *c = call->client;

    if (call->is_renewed || c->closing)
        return false;
    /* Of many calls that were refused together, the first one renews for all. */
    if (call->renewals == c->renewals) {
        c->renewals++;
        kube_credential_expire(c->credential);
    }
    call->is_renewed = true;
    transport_unref(TAKE(call->transport));
    call_authorize(call);
    return true;
}

/* Wait until the first of those that rest is to be sent. */
static void client_rest(struct kube_client *c)
{
    uint64_t now = time_monotonic_ms();
    uint64_t first = UINT64_MAX;

    for (const struct kube_call *call = c->first; call; call = call->next)
        if (call->state == CALL_RESTING && call->again_ms < first)
            first = call->again_ms;
    if (first != UINT64_MAX)
        uv_timer_start(&c->rest, on_rested, first > now ? first - now : 0, 0);
}

static void on_rested(uv_timer_t *timer)
{
    struct kube_client *c = timer->data;
    uint64_t now = time_monotonic_ms();

    for (struct kube_call *call = c->first; call; call = call->next)
        if (call->state == CALL_RESTING && call->again_ms <= now)
            call_authorize(call);
    client_rest(c);
}

/* Send it again if the server is busy and says when to come (client-go, Request.Do). */
static bool call_rest(struct kube_call *call, const struct http_response *response)
{
    struct kube_client *c = call->client;
    bool is_busy = response->status == 429 || response->status >= 500;
    uint64_t again_ms = time_monotonic_ms() + response->retry_after_ms;

    if (!is_busy || response->retry_after_ms == 0 || call->is_stream || c->closing ||
        call->rests == c->patience || again_ms > call->placed_ms + call->timeout_ms)
        return false;
    call->rests++;
    call->again_ms = again_ms;
    transport_unref(TAKE(call->transport));
    call_set_state(call, CALL_RESTING);
    client_rest(c);
    return true;
}

static json_t *call_parse(struct kube_call *call, const struct http_response *response)
{
    cleanup_free char *title = NULL;
    json_error_t problem;
    json_t *object;

    if (strstr(response->content_type, "text/html")) { /* of a proxy, which wants a login */
        title = call_title(call);
        error_set(&call->err, ERROR_UNAVAILABLE, "%s: the answer is a web page, not JSON", title);
        return NULL;
    }
    if (response->body.len == 0 || !strstr(response->content_type, "json"))
        return NULL;
    /* A NUL inside a string is legal and must not hide a whole list. */
    object = json_loadb(response->body.data, response->body.len, JSON_ALLOW_NUL, &problem);
    if (object)
        return object;
    title = call_title(call);
    error_set(&call->err, ERROR_UNAVAILABLE, "%s: the answer is not valid JSON: %s", title,
              problem.text);
    return NULL;
}

static void on_http_done(void *arg, const struct http_response *response, const struct error *err)
{
    struct kube_call *call = arg;
    cleanup_free char *title = NULL;
    json_t *object = NULL;

    call->http = NULL;
    if (err) {
        title = call_title(call);
        call->err = error_copy(err);
        error_wrap(&call->err, "%s", title);
    } else if (response->status == 401 && call_try_again(call)) {
        return;
    } else if (call_rest(call, response)) {
        return;
    } else if (response->status < 200 || response->status > 299) {
        title = call_title(call);
        kube_answer_error(response->status, response->body.data, response->body.len,
                          response->retry_after_ms, title, &call->err);
    } else if (!call->data) {
        object = call_parse(call, response);
    }
    call_finish(call, object);
    json_decref(object);
}

static void on_http_data(void *arg, const char *data, size_t len)
{
    struct kube_call *call = arg;

    call->data(call->arg, data, len);
}

static void put_header(struct strvec *headers, const char *name, const char *value)
{
    if (value)
        strvec_pushf(headers, "%s: %s", name, value);
}

uint64_t kube_limit_ms(uint64_t ms)
{
    static uint64_t haste;

    if (haste == 0) {
        const char *text = getenv("GITOPSD_TEST_HASTE");
        uint64_t given = text ? strtoull(text, NULL, 10) : 0;

        haste = given ? given : 1;
    }
    return ms > haste ? ms / haste : ms;
}

/* Of its timeout: what it rested before counts. */
static uint64_t time_left_ms(const struct kube_call *call)
{
    uint64_t now = time_monotonic_ms(), end = call->placed_ms + call->timeout_ms;

    if (call->rests == 0)
        return call->timeout_ms;
    return end > now ? end - now : 1;
}

static void call_send(struct kube_call *call, const char *authorization)
{
    struct kube_client *c = call->client;
    bool is_gated = call->is_write && c->may_write;
    cleanup_free char *url = xasprintf("%s%s", c->config->server, call->path);
    cleanup_strvec struct strvec headers = {0};
    struct http_request_spec spec = {
        .method = call->method,
        .url = url,
        .body = call->body,
        .body_len = call->body_len,
        .timeout_ms = kube_limit_ms(time_left_ms(call)),
        .idle_timeout_ms = kube_limit_ms(call->idle_timeout_ms),
        .max_body_bytes = MAX_ANSWER_BYTES,
        .may_send = is_gated ? c->may_write : NULL,
        .may_send_arg = c->may_write_arg,
    };

    put_header(&headers, "Authorization", authorization);
    put_header(&headers, "Impersonate-User", call->user ? call->user : c->config->impersonate_user);
    put_header(&headers, "Accept", call->accept ? call->accept : "application/json");
    put_header(&headers, "Content-Type", call->content_type);
    spec.headers = (const char *const *)headers.items;
    c->requests += call->timeout_ms > 0; /* a watch has none */
    call->renewals = c->renewals;
    call->transport = transport_ref(c->transport);
    call_set_state(call, CALL_SENT);
    call->http = http_start(call->transport->http, &spec, call->data ? on_http_data : NULL,
                            on_http_done, call);
}

static void on_auth(void *arg, const struct kube_auth *auth, const struct error *err)
{
    struct kube_call *call = arg;
    struct kube_client *c = call->client;

    if (call->state != CALL_AUTH)
        return; /* canceled: `done` is on its way */
    if (err) {
        call->err = error_copy(err);
        call_set_state(call, CALL_ENDING);
        return;
    }
    if (call->is_write && c->may_write && !c->may_write(c->may_write_arg)) {
        call_set_canceled(call, "not sent: another process may write now");
        call_set_state(call, CALL_ENDING);
        return;
    }
    if (!c->transport || c->transport->generation != auth->generation) {
        transport_unref(c->transport);
        c->transport = transport_new(c->soon.loop, c->config, auth, c->fence);
    }
    call_send(call, auth->authorization);
}

/* Send what waits, as far as there are places. */
static void client_pump(struct kube_client *c)
{
    while (c->next_waiting && c->in_flight < c->max_in_flight) {
        struct kube_call *call = c->next_waiting;

        c->next_waiting = call->next;
        if (call->state != CALL_WAITING)
            continue;
        call->holds_place = true;
        call->placed_ms = time_monotonic_ms();
        c->in_flight++;
        call_authorize(call);
    }
}

static void on_soon(uv_idle_t *handle)
{
    struct kube_client *c = handle->data;

    uv_idle_stop(handle);
    while (c->ending > 0 && !c->closing) {
        struct kube_call *call = c->first;

        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): call_finish took the last one off the list */
        while (call->state != CALL_ENDING)
            call = call->next;
        call_finish(call, NULL);
    }
}

struct kube_client *kube_client_new(uv_loop_t *loop, const struct kube_config *config,
                                    unsigned max_in_flight)
{
    struct kube_client *c = xcalloc(1, sizeof(*c));

    c->config = kube_config_copy(config);
    c->credential = kube_credential_new(loop, c->config);
    c->max_in_flight = max_in_flight ? max_in_flight : MAX_IN_FLIGHT;
    uv_idle_init(loop, &c->soon);
    uv_timer_init(loop, &c->rest);
    c->soon.data = c->rest.data = c;
    c->handles = 2;
    return c;
}

struct kube_client *kube_client_as(struct kube_client *client, const char *user)
{
    struct kube_client *c = xcalloc(1, sizeof(*c));

    c->base = client->base ? client->base : client;
    c->user = xstrdup(user);
    return c;
}

static void on_closed(uv_handle_t *handle)
{
    struct kube_client *c = handle->data;

    if (--c->handles == 0)
        free(c);
}

void kube_client_free(struct kube_client *c)
{
    struct kube_call *call;

    if (!c)
        return;
    if (c->base) {
        free(c->user);
        free(c);
        return;
    }
    assert(!c->closing);
    c->closing = true;
    while ((call = c->first)) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): call_finish took the last one off the list */
        struct transport *t = call->transport;

        if (call->state == CALL_SENT) {
            transport_ref(t);
            transport_close(t); /* finishes this call, and all that share the transport */
            transport_unref(t);
            continue;
        }
        call_set_canceled(call, "the client was closed");
        if (call->state == CALL_AUTH) {
            call_set_state(call, CALL_ENDING);
            kube_credential_cancel(c->credential, call);
        }
        call_finish(call, NULL);
    }
    transport_unref(c->transport);
    kube_credential_free(c->credential);
    kube_config_free(c->config);
    fence_unref(c->fence);
    uv_close((uv_handle_t *)&c->soon, on_closed);
    uv_close((uv_handle_t *)&c->rest, on_closed);
}

const char *kube_client_server(const struct kube_client *c)
{
    return (c->base ? c->base : c)->config->server;
}

uv_loop_t *kube_client_loop(const struct kube_client *c)
{
    return (c->base ? c->base : c)->soon.loop;
}

struct list_gate *kube_client_list_gate(struct kube_client *c)
{
    return &(c->base ? c->base : c)->list_gate;
}

uint64_t kube_client_requests(const struct kube_client *c)
{
    return (c->base ? c->base : c)->requests;
}

uint64_t kube_client_busy_since_ms(const struct kube_client *c)
{
    for (const struct kube_call *call = c->first; call; call = call->next)
        if (call->holds_place) /* places are given in the order of the list */
            return call->placed_ms;
    return 0;
}

static struct kube_call *call_new(struct kube_client *c, const struct kube_call_spec *spec,
                                  kube_done_fn *done, void *arg)
{
    struct kube_call *call = xcalloc(1, sizeof(*call));

    call->user = xstrdup(c->user);
    c = c->base ? c->base : c;
    assert(!c->closing);
    call->client = c;
    call->state = CALL_WAITING;
    call->is_write = !streq(spec->method, "GET") && !spec->is_dry_run;
    call->method = xstrdup(spec->method);
    call->path = xstrdup(spec->path);
    call->content_type = xstrdup(spec->content_type);
    call->accept = xstrdup(spec->accept);
    if (spec->body) {
        call->body = xmalloc(spec->body_len + 1);
        memcpy(call->body, spec->body, spec->body_len);
        call->body_len = spec->body_len;
    }
    call->timeout_ms = spec->timeout_ms;
    call->done = done;
    call->arg = arg;
    call_link(c, call);
    return call;
}

struct kube_call *kube_call_start(struct kube_client *c, const struct kube_call_spec *spec,
                                  kube_done_fn *done, void *arg)
{
    struct kube_call *call = call_new(c, spec, done, arg);

    if (call->timeout_ms == 0)
        call->timeout_ms = TIMEOUT_MS;
    client_pump(call->client);
    return call;
}

struct kube_call *kube_stream_start(struct kube_client *c, const struct kube_call_spec *spec,
                                    uint64_t idle_timeout_ms, kube_data_fn *data,
                                    kube_done_fn *done, void *arg)
{
    struct kube_call *call = call_new(c, spec, done, arg);

    call->is_stream = true;
    call->idle_timeout_ms = idle_timeout_ms;
    call->data = data;
    call_authorize(call);
    return call;
}

void kube_call_cancel(struct kube_call *call)
{
    switch (call->state) {
    case CALL_WAITING:
    case CALL_RESTING:
        call_set_canceled(call, "canceled");
        call_set_state(call, CALL_ENDING);
        break;
    case CALL_AUTH:
        call_set_canceled(call, "canceled");
        call_set_state(call, CALL_ENDING);
        kube_credential_cancel(call->client->credential, call);
        break;
    case CALL_SENT: http_cancel(call->http); break;
    case CALL_ENDING:
    case CALL_DONE: break;
    }
}

void kube_client_set_gate(struct kube_client *c, kube_may_write_fn *may_write, void *arg)
{
    assert(!c->base);
    c->may_write = may_write;
    c->may_write_arg = arg;
}

void kube_client_set_fence(struct kube_client *c, struct fence *fence)
{
    assert(!c->base && !c->transport);
    fence_unref(c->fence);
    c->fence = fence_ref(fence);
}

void kube_client_set_patience(struct kube_client *c, unsigned times)
{
    assert(!c->base);
    c->patience = times;
}

void kube_client_cancel_writes(struct kube_client *c)
{
    for (struct kube_call *call = c->first; call; call = call->next)
        if (call->is_write)
            kube_call_cancel(call);
}
