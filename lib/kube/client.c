/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/time.h"
#include "lib/kube/client_parts.h"

#include <assert.h>
#include <stdlib.h>

#define MAX_IN_FLIGHT 100

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

static void on_rested(uv_timer_t *timer);

void client_rest(struct kube_client *c)
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

void client_pump(struct kube_client *c)
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

        while (call->state != CALL_ENDING)
            call = call->next;
        call_finish(call, NULL);
    }
}

void client_end_soon(struct kube_client *c)
{
    uv_idle_start(&c->soon, on_soon);
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
