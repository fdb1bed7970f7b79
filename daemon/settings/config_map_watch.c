/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings/config_map_watch.h"

#include "daemon/object/identity.h"
#include "lib/kube/watch.h"

struct config_map_watch {
    const struct config_map_callbacks *callbacks;
    void *arg;
    struct kube_discovery *discovery;
    struct kube_watch *watch;
    json_t *data;          /* as it arrived last; NULL: there is none */
    uint64_t data_version; /* its resourceVersion */
    bool in_list;          /* a first list; only its end tells the whole */
    bool seen;             /* the ConfigMap, since the list began */
};

static void tell(struct config_map_watch *w)
{
    w->callbacks->changed(w->arg, w->data);
}

static void on_list_start(void *arg, bool is_check)
{
    struct config_map_watch *w = arg;

    w->in_list = !is_check;
    w->seen = false;
}

static void on_object(void *arg, enum kube_event event, const json_t *config_map)
{
    struct config_map_watch *w = arg;

    json_decref(w->data);
    w->data = event == KUBE_DELETED ? NULL : json_incref(json_object_get(config_map, "data"));
    w->data_version = object_version(config_map);
    w->seen = true;
    if (!w->in_list)
        tell(w);
}

/* A check leaves out what is newer than it. */
static void on_list_done(void *arg, uint64_t version)
{
    struct config_map_watch *w = arg;

    if (!w->seen && (w->in_list || w->data_version <= version))
        json_decref(TAKE(w->data));
    w->in_list = false;
    tell(w);
}

static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct config_map_watch *w = arg;

    (void)retry_ms;
    if (err)
        w->callbacks->failed(w->arg, err);
}

struct config_map_watch *config_map_watch_start(struct kube_client *client,
                                                struct kube_discovery *d, const char *namespace,
                                                const char *name, const char *label_selector,
                                                const struct config_map_callbacks *callbacks,
                                                void *arg)
{
    static const struct kube_watch_callbacks watched = {.list_start = on_list_start,
                                                        .object = on_object,
                                                        .list_done = on_list_done,
                                                        .failed = on_failed};
    const struct kube_resource *r = kube_discovery_find(d, "", "v1", "ConfigMap");
    cleanup_free char *by_name = xasprintf("metadata.name=%s", name);
    struct kube_watch_tuning tuning = {.field_selector = by_name};
    struct config_map_watch *w;

    if (!r)
        return NULL;
    w = xcalloc(1, sizeof(*w));
    w->callbacks = callbacks;
    w->arg = arg;
    w->discovery = kube_discovery_ref(d);
    w->watch = kube_watch_start_tuned(client, r, namespace, label_selector, &tuning, &watched, w);
    return w;
}

void config_map_watch_free(struct config_map_watch *w)
{
    if (!w)
        return;
    kube_watch_stop(w->watch);
    kube_discovery_unref(w->discovery);
    json_decref(w->data);
    free(w);
}
