/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/watch.h"

#include "lib/base/time.h"
#include "tests/sandbox/api.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/selector.h"

#define TICK_MS 500
#define BOOKMARK_MS 5000
#define TIMEOUT_S 1800
/* How long after a change its events are sent: what is written together is sent together. */
#define GATHER_MS 2

struct watch_hub {
    struct sandbox *s;
    struct ptrvec watches;
    uv_timer_t wake, tick;
    unsigned open_handles;
};

struct watch {
    struct watch_hub *hub;
    struct http_stream *stream;
    const struct kind *kind;
    char *ns;
    char *name; /* NULL: all */
    struct selector selector;
    enum api_shape shape;
    enum table_rows rows;
    bool wants_bookmarks;
    bool is_over; /* nothing more is sent */
    bool has_columns;
    uint64_t version; /* everything up to it was sent */
    uint64_t bookmarked_ms, ends_ms;
    json_t *replay; /* the last event, for the fault that repeats it */
};

static void send_line(struct watch *w, const char *type, json_t *object)
{
    cleanup_json json_t *event = json_pack("{s:s, s:o}", "type", type, "object", object);
    cleanup_free char *text = json_dumps(event, JSON_COMPACT);

    http_stream_put(w->stream, text, strlen(text));
    http_stream_put(w->stream, "\n", 1);
}

static json_t *shaped(struct watch *w, const json_t *object)
{
    json_t *shown = registry_present(w->kind, object);

    if (w->shape == SHAPE_METADATA)
        return table_metadata(shown);
    if (w->shape == SHAPE_TABLE) {
        shown = table_of_object(w->kind, shown, w->rows);
        if (w->has_columns)
            json_object_set_new(shown, "columnDefinitions", json_null());
        w->has_columns = true;
    }
    return shown;
}

static void send_bookmark(struct watch *w, bool is_initial_end)
{
    cleanup_free char *api_version = kind_api_version(w->kind);
    cleanup_free char *version = xasprintf("%llu", (unsigned long long)w->version);
    json_t *meta = json_pack("{s:s, s:n}", "resourceVersion", version, "creationTimestamp");

    if (is_initial_end)
        json_object_set_new(meta, "annotations",
                            json_pack("{s:s}", "k8s.io/initial-events-end", "true"));
    send_line(w, "BOOKMARK",
              json_pack("{s:s, s:s, s:o}", "kind", w->kind->kind, "apiVersion", api_version,
                        "metadata", meta));
    w->bookmarked_ms = time_monotonic_ms();
}

static void end(struct watch *w, bool broken)
{
    if (w->is_over)
        return;
    w->is_over = true;
    http_stream_end(w->stream, broken);
}

static void send_expired(struct watch *w)
{
    cleanup_free char *why =
        xasprintf("too old resource version: %llu (%llu)", (unsigned long long)w->version,
                  (unsigned long long)store_oldest(w->hub->s->store));
    json_t *status = NULL;

    refuse_expired(&status, why);
    send_line(w, "ERROR", status);
    end(w, false);
}

/* ---- changes ---- */

static bool concerns(const struct watch *w, const json_t *object)
{
    return (!w->ns || streq(w->ns, object_meta(object, "namespace"))) &&
           (!w->name || streq(w->name, object_meta(object, "name"))) &&
           selector_matches(&w->selector, object);
}

/* Seen through a selector an object comes and goes. */
static const char *event_type(const struct watch *w, const struct change *c)
{
    bool was = c->before && concerns(w, c->before);
    bool is = c->type != CHANGE_DELETED && concerns(w, c->object);

    if (was && is)
        return "MODIFIED";
    if (is)
        return "ADDED";
    return was ? "DELETED" : NULL;
}

static void send_event(struct watch *w, const char *type, const json_t *object)
{
    switch (faults_event(&w->hub->s->faults, w->kind->plural)) {
    case EVENT_DROP: return;
    case EVENT_TWICE: send_line(w, type, shaped(w, object)); break;
    case EVENT_REPLAY:
        if (w->replay)
            send_line(w, "MODIFIED", shaped(w, w->replay));
        break;
    case EVENT_CLOSE: end(w, true); return;
    case EVENT_EXPIRE: send_expired(w); return;
    case EVENT_SEND: break;
    }
    send_line(w, type, shaped(w, object));
    json_decref(w->replay);
    w->replay = json_incref((json_t *)object);
}

/* It is still there, but not selected any more: what is told is how it was, with the version of the
 * change. */
static void send_gone(struct watch *w, const struct change *c)
{
    cleanup_json json_t *object = json_copy(c->before);
    json_t *meta = json_copy(json_object_get(c->before, "metadata"));

    json_object_set(meta, "resourceVersion",
                    json_object_get(json_object_get(c->object, "metadata"), "resourceVersion"));
    json_object_set_new(object, "metadata", meta);
    send_event(w, "DELETED", object);
}

static void send_changes(struct watch *w)
{
    const struct store *store = w->hub->s->store;
    const struct change *c;

    if (w->version < store_oldest(store)) {
        send_expired(w);
        return;
    }
    while (!w->is_over && (c = store_change_after(store, w->version))) {
        const char *type = c->collection == w->kind->collection ? event_type(w, c) : NULL;

        w->version = c->version;
        if (streq(type, "DELETED") && c->type != CHANGE_DELETED)
            send_gone(w, c);
        else if (type)
            send_event(w, type, c->object);
    }
}

/* What is there at the start. */
static void send_state(struct watch *w)
{
    cleanup_ptrvec struct ptrvec objects = {0};

    store_list(w->hub->s->store, w->kind->collection, w->ns, 0, &objects);
    for (size_t i = 0; i < objects.len; i++)
        if (concerns(w, objects.items[i]))
            send_line(w, "ADDED", shaped(w, objects.items[i]));
    w->version = store_version(w->hub->s->store);
}

/* ---- the hub ---- */

static void on_wake(uv_timer_t *timer)
{
    struct watch_hub *hub = timer->data;

    for (size_t i = 0; i < hub->watches.len; i++) {
        struct watch *w = hub->watches.items[i];

        if (!w->is_over)
            send_changes(w);
    }
}

void watch_hub_wake(struct watch_hub *hub)
{
    if (!uv_is_active((uv_handle_t *)&hub->wake) && !uv_is_closing((uv_handle_t *)&hub->wake))
        uv_timer_start(&hub->wake, on_wake, GATHER_MS, 0);
}

static void on_tick(uv_timer_t *timer)
{
    struct watch_hub *hub = timer->data;
    uint64_t now = time_monotonic_ms();

    for (size_t i = 0; i < hub->watches.len; i++) {
        struct watch *w = hub->watches.items[i];

        if (w->is_over)
            continue;
        if (w->wants_bookmarks && (now >= w->bookmarked_ms + BOOKMARK_MS || now >= w->ends_ms) &&
            faults_event(&hub->s->faults, "bookmarks") == EVENT_SEND)
            send_bookmark(w, false);
        if (now >= w->ends_ms || !w->kind->is_served)
            end(w, false);
    }
}

struct watch_hub *watch_hub_new(struct sandbox *s)
{
    struct watch_hub *hub = xcalloc(1, sizeof(*hub));

    hub->s = s;
    uv_timer_init(s->loop, &hub->wake);
    uv_timer_init(s->loop, &hub->tick);
    hub->wake.data = hub->tick.data = hub;
    hub->open_handles = 2;
    uv_timer_start(&hub->tick, on_tick, TICK_MS, TICK_MS);
    return hub;
}

static void on_closed(uv_handle_t *handle)
{
    struct watch_hub *hub = handle->data;

    if (--hub->open_handles > 0)
        return;
    ptrvec_clear(&hub->watches);
    free(hub);
}

void watch_hub_close(struct watch_hub *hub)
{
    uv_close((uv_handle_t *)&hub->wake, on_closed);
    uv_close((uv_handle_t *)&hub->tick, on_closed);
}

static bool is_chosen(const struct watch *w, const char *plural)
{
    return !w->is_over && (!plural || streq(plural, w->kind->plural));
}

size_t watch_hub_end(struct watch_hub *hub, const char *plural, bool broken)
{
    size_t count = 0;

    for (size_t i = 0; i < hub->watches.len; i++) {
        struct watch *w = hub->watches.items[i];

        if (is_chosen(w, plural)) {
            end(w, broken);
            count++;
        }
    }
    return count;
}

size_t watch_hub_expire(struct watch_hub *hub, const char *plural)
{
    size_t count = 0;

    for (size_t i = 0; i < hub->watches.len; i++) {
        struct watch *w = hub->watches.items[i];

        if (is_chosen(w, plural)) {
            send_expired(w);
            count++;
        }
    }
    return count;
}

/* ---- a request ---- */

static void on_stream_closed(void *arg)
{
    struct watch *w = arg;
    struct ptrvec *all = &w->hub->watches;

    for (size_t i = 0; i < all->len; i++)
        if (all->items[i] == w) {
            ptrvec_remove(all, i);
            break;
        }
    selector_clear(&w->selector);
    json_decref(w->replay);
    free(w->ns);
    free(w->name);
    free(w);
}

/* Where it begins. */
struct beginning {
    uint64_t version; /* 0: with what is there */
    bool with_state;
    bool marks_end; /* of what is there, by a bookmark */
};

static int beginning_read(struct api_request *r, struct beginning *b, json_t **refused)
{
    const char *version = http_call_query(r->http, "resourceVersion");
    const char *match = http_call_query(r->http, "resourceVersionMatch");
    const char *initial = http_call_query(r->http, "sendInitialEvents");
    char *rest = "";

    b->version = version ? strtoull(version, &rest, 10) : 0;
    if (*rest)
        return refuse(refused, 500, NULL, NULL,
                      "resourceVersion: Invalid value: \"%s\": strconv.ParseUint: parsing \"%s\": "
                      "invalid syntax",
                      version, version);
    b->with_state = b->version == 0;
    if (initial && !streq(match, "NotOlderThan")) {
        json_t *causes = json_array();

        cause_add(causes, "FieldValueForbidden", "resourceVersionMatch",
                  "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        return refuse(refused, 422, "Invalid", json_pack("{s:o}", "causes", causes),
                      "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
                      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if (initial) {
        b->with_state = http_query_is_true(r->http, "sendInitialEvents");
        b->marks_end = b->with_state && http_query_is_true(r->http, "allowWatchBookmarks");
        if (!b->with_state && b->version == 0)
            b->version = store_version(r->s->store);
    }
    return 0;
}

static struct watch *watch_new(struct api_request *r, struct selector *selector)
{
    struct watch *w = xcalloc(1, sizeof(*w));
    const char *timeout = http_call_query(r->http, "timeoutSeconds");
    uint64_t timeout_s = timeout ? strtoull(timeout, NULL, 10) : 0;

    w->hub = r->s->watches;
    w->kind = r->kind;
    w->ns = xstrdup(r->ns);
    w->name = xstrdup(r->name);
    w->selector = *selector;
    *selector = (struct selector){{0}};
    w->shape = r->shape;
    w->rows = r->rows;
    w->wants_bookmarks = http_query_is_true(r->http, "allowWatchBookmarks");
    w->bookmarked_ms = time_monotonic_ms();
    w->ends_ms = w->bookmarked_ms + 1000 * (timeout_s ? timeout_s : TIMEOUT_S);
    ptrvec_push(&w->hub->watches, w);
    return w;
}

void api_watch(struct api_request *r)
{
    cleanup_selector struct selector selector = {{0}};
    struct beginning b = {0};
    json_t *refused = NULL;
    struct watch *w;

    if (selector_parse(r->kind, http_call_query(r->http, "labelSelector"),
                       http_call_query(r->http, "fieldSelector"), &selector, &refused) < 0 ||
        beginning_read(r, &b, &refused) < 0) {
        api_refuse(r->http, refused);
        return;
    }
    w = watch_new(r, &selector);
    w->stream = http_stream_start(r->http, "application/json", on_stream_closed, w);
    w->version = b.version;
    if (b.with_state)
        send_state(w);
    if (b.marks_end)
        send_bookmark(w, true);
    send_changes(w);
}
