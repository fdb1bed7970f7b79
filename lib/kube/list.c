/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/list.h"

#include "lib/base/time.h"
#include "lib/kube/list_items.h"
#include "lib/kube/resource.h"

#define MAX_AT_ONCE 16
#define PAGE_TIMEOUT_MS 300000
#define IDLE_TIMEOUT_MS 30000

enum list_state { LIST_IDLE, LIST_WAITING, LIST_RUNNING, LIST_FREED };

struct list {
    struct kube_client *client;
    struct list_spec spec;
    struct list_callbacks callbacks;
    void *arg;
    enum list_state state;
    struct list *next_waiting;
    struct list_gate *gate;
    char *api_version;
    char *continue_token; /* NULL: the first page is next */
    struct list_items items;
    bool is_begun; /* `start` ran for the pages so far */
    struct error *err;
    struct kube_call *call;
};

static void list_destroy(struct list *l)
{
    free(l->api_version);
    free(l->continue_token);
    list_items_clear(&l->items);
    error_free(l->err);
    free(l);
}

static void list_send(struct list *l);

/* The place of a list that ended goes to the one that waits longest, unless the client closes. */
static void gate_leave(struct list *l, bool is_closing)
{
    struct list_gate *gate = l->gate;
    struct list *next = gate->first;

    gate->running--;
    if (!next || is_closing)
        return;
    gate->first = next->next_waiting;
    list_send(next);
}

static void gate_enter(struct list *l)
{
    struct list **last = &l->gate->first;

    if (l->gate->running < MAX_AT_ONCE) {
        list_send(l);
        return;
    }
    l->state = LIST_WAITING;
    l->next_waiting = NULL;
    while (*last)
        last = &(*last)->next_waiting;
    *last = l;
}

static void gate_forget(struct list *l)
{
    for (struct list **p = &l->gate->first; *p; p = &(*p)->next_waiting) {
        if (*p != l)
            continue;
        *p = l->next_waiting;
        return;
    }
}

static bool on_item(void *arg, const char *text, size_t len)
{
    struct list *l = arg;
    json_error_t problem;
    json_t *object = json_loadb(text, len, JSON_ALLOW_NUL, &problem);

    if (!object) {
        error_set(&l->err, ERROR_UNAVAILABLE, "an item of the list is not valid JSON: %s",
                  problem.text);
        return false;
    }
    /* The API server leaves them out of the items of a list. */
    json_object_set_new(object, "apiVersion", json_string(l->api_version));
    json_object_set_new(object, "kind", json_string(l->spec.resource->kind));
    l->callbacks.item(l->arg, object);
    json_decref(object);
    return l->state == LIST_RUNNING;
}

static void on_data(void *arg, const char *data, size_t len)
{
    struct list *l = arg;

    if (l->state == LIST_RUNNING && !l->is_begun) {
        l->is_begun = true;
        if (l->callbacks.start)
            l->callbacks.start(l->arg);
    }
    if (l->state != LIST_RUNNING || l->err)
        return;
    list_items_feed(&l->items, data, len, on_item, l, &l->err);
    if (l->err && l->state == LIST_RUNNING)
        kube_call_cancel(l->call);
}

/* A page that was not served now may be later; any other failure starts over. */
static void list_fail(struct list *l, const struct error *err)
{
    cleanup_error struct error *why = error_copy(err);

    if (error_kind(err) != ERROR_UNAVAILABLE && error_kind(err) != ERROR_TIMEOUT) {
        free(TAKE(l->continue_token));
        l->is_begun = false;
    }
    l->is_begun = l->is_begun && l->continue_token;
    l->callbacks.done(l->arg, NULL, why);
}

static void on_done(void *arg, const json_t *object, const struct error *err)
{
    struct list *l = arg;
    cleanup_error struct error *own = TAKE(l->err);
    cleanup_free char *version = NULL;
    cleanup_free char *next = NULL;
    bool is_closing = l->state == LIST_RUNNING && !own && err && error_kind(err) == ERROR_CANCELED;

    (void)object;
    l->call = NULL;
    gate_leave(l, is_closing);
    if (l->state == LIST_FREED) {
        list_destroy(l);
        return;
    }
    l->state = LIST_IDLE;
    if (!err && !own)
        list_items_end(&l->items, &version, &next, &own);
    if (own)
        error_wrap(&own, "GET %s", l->spec.path);
    if (own || err) {
        list_fail(l, own ? own : err);
        return;
    }
    free(l->continue_token);
    l->continue_token = TAKE(next);
    if (l->continue_token) {
        list_run(l);
        return;
    }
    l->is_begun = false;
    l->callbacks.done(l->arg, version, NULL);
}

static void list_send(struct list *l)
{
    cleanup_buf struct buf path = BUF_UNLIMITED;
    char limit[16];
    struct kube_call_spec spec = {
        .method = "GET", .accept = l->spec.accept, .timeout_ms = PAGE_TIMEOUT_MS};

    snprintf(limit, sizeof(limit), "%u", l->spec.page_size);
    buf_puts(&path, l->spec.path);
    url_put_query(&path, "limit", limit);
    url_put_query(&path, "labelSelector", l->spec.label_selector);
    url_put_query(&path, "fieldSelector", l->spec.field_selector);
    url_put_query(&path, "continue", l->continue_token);
    spec.path = path.data;
    list_items_clear(&l->items);
    l->state = LIST_RUNNING;
    l->gate->running++;
    l->call = kube_stream_start(l->client, &spec, IDLE_TIMEOUT_MS, on_data, on_done, l);
}

struct list *list_new(struct kube_client *client, const struct list_spec *spec,
                      const struct list_callbacks *callbacks, void *arg)
{
    struct list *l = xcalloc(1, sizeof(*l));
    const struct kube_resource *r = spec->resource;

    l->client = client;
    l->spec = *spec;
    l->callbacks = *callbacks;
    l->arg = arg;
    l->gate = kube_client_list_gate(client);
    l->api_version = xasprintf("%s%s%s", r->group, r->group[0] ? "/" : "", r->version);
    list_items_init(&l->items, spec->max_item_bytes);
    return l;
}

void list_run(struct list *l)
{
    if (l->state == LIST_IDLE)
        gate_enter(l);
}

void list_free(struct list *l)
{
    if (!l)
        return;
    if (l->state == LIST_WAITING)
        gate_forget(l);
    if (l->state != LIST_RUNNING) {
        list_destroy(l);
        return;
    }
    l->state = LIST_FREED;
    kube_call_cancel(l->call);
}
