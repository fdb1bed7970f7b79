/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/time.h"
#include "lib/kube/client_parts.h"
#include "lib/kube/status.h"

#include <assert.h>

#define TIMEOUT_MS 30000
#define MAX_ANSWER_BYTES ((size_t)128 << 20)

static void on_auth(void *arg, const struct kube_auth *auth, const struct error *err);

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

void call_set_state(struct kube_call *call, enum call_state next)
{
    struct kube_client *c = call->client;

    c->ending -= call->state == CALL_ENDING;
    c->ending += next == CALL_ENDING;
    call->state = next;
    if (next == CALL_ENDING && !c->closing)
        client_end_soon(c);
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

void call_set_canceled(struct kube_call *call, const char *why)
{
    cleanup_free char *title = call_title(call);

    error_free(TAKE(call->err));
    error_set(&call->err, ERROR_CANCELED, "%s: %s", title, why);
}

void call_finish(struct kube_call *call, const json_t *object)
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

void call_authorize(struct kube_call *call)
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
