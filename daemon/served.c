/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/served.h"

#include "daemon/object/identity.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/kube/watch.h"

#define CALM_MS 150
#define LATER_MS 3000

/* "PLURAL.GROUP" and "VERSION.GROUP" are their names. */
static const struct {
    const char *group, *kind;
} sources[] = {{"apiextensions.k8s.io", "CustomResourceDefinition"},
               {"apiregistration.k8s.io", "APIService"}};

struct source {
    struct served *served;
    struct kube_discovery *discovery; /* holds the resource */
    struct kube_watch *watch;
    struct map versions; /* name -> resourceVersion, as a number in the pointer */
    struct map listed;   /* the names of the list that is handed over */
    bool in_list;
    bool known; /* listed once */
    bool failed;
};

struct served {
    struct kube_client *client;
    served_changed_fn *changed;
    void *arg;
    struct source sources[ARRAY_LEN(sources)];
    uv_timer_t timer;
    bool again; /* the timer runs for the first time of two */
};

static void on_timer(uv_timer_t *timer)
{
    struct served *s = CONTAINER_OF(timer, struct served, timer);

    if (s->again)
        uv_timer_start(&s->timer, on_timer, LATER_MS, 0);
    s->again = false;
    s->changed(s->arg);
}

static void note_change(struct source *source)
{
    if (!source->known) /* discovery is as new */
        return;
    source->served->again = true;
    uv_timer_start(&source->served->timer, on_timer, CALM_MS, 0);
}

static void on_list_start(void *arg, bool is_check)
{
    struct source *source = arg;

    (void)is_check;
    map_clear(&source->listed);
    source->in_list = true;
}

static void on_object(void *arg, enum kube_event event, const json_t *object)
{
    struct source *source = arg;
    const char *name = object_meta_string(object, "name");
    uintptr_t version = object_version(object);

    if (source->in_list && event != KUBE_DELETED) /* a check leaves out what the watch tells */
        map_set(&source->listed, name, source);
    if (event == KUBE_DELETED) {
        if (map_remove(&source->versions, name))
            note_change(source);
    } else if ((uintptr_t)map_set(&source->versions, name, (void *)version) != version) {
        note_change(source);
    }
}

static void on_list_done(void *arg, uint64_t version)
{
    struct source *source = arg;
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&source->versions, &it))) {
        if (map_has(&source->listed, e->key) || (uintptr_t)e->value > version)
            continue;
        map_remove(&source->versions, e->key);
        note_change(source);
    }
    map_clear(&source->listed);
    source->in_list = false;
    source->known = true;
}

static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct source *source = arg;

    (void)retry_ms;
    source->failed = err != NULL;
    if (err)
        log_event(LOG_WARN, "cannot watch what is served", "error", error_message(err), NULL);
}

struct served *served_new(struct kube_client *client, served_changed_fn *changed, void *arg)
{
    struct served *s = xcalloc(1, sizeof(*s));

    s->client = client;
    s->changed = changed;
    s->arg = arg;
    for (size_t i = 0; i < ARRAY_LEN(sources); i++)
        s->sources[i].served = s;
    uv_timer_init(kube_client_loop(client), &s->timer);
    return s;
}

void served_watch(struct served *s, struct kube_discovery *d)
{
    static const struct kube_watch_callbacks callbacks = {.list_start = on_list_start,
                                                          .object = on_object,
                                                          .list_done = on_list_done,
                                                          .failed = on_failed};
    static const struct kube_watch_tuning tuning = {.metadata_only = true};

    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        struct source *source = &s->sources[i];
        const struct kube_resource *r =
            kube_discovery_preferred(d, sources[i].group, sources[i].kind);

        if (source->watch || !r || !r->can_watch)
            continue;
        source->discovery = kube_discovery_ref(d);
        source->watch =
            kube_watch_start_tuned(s->client, r, NULL, NULL, &tuning, &callbacks, source);
    }
}

static void on_closed(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct served, timer));
}

void served_free(struct served *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        struct source *source = &s->sources[i];

        if (source->watch)
            kube_watch_stop(source->watch);
        kube_discovery_unref(source->discovery);
        map_clear(&source->versions);
        map_clear(&source->listed);
    }
    uv_close((uv_handle_t *)&s->timer, on_closed);
}

bool served_expects(const struct served *s, const char *group)
{
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        const struct source *source = &s->sources[i];
        struct map_entry *e;
        size_t it = 0;

        if (source->watch && !source->known && !source->failed)
            return true;
        while ((e = map_next(&source->versions, &it)))
            if (streq(e->key + strcspn(e->key, ".") + (strchr(e->key, '.') != NULL), group))
                return true;
    }
    return false;
}
