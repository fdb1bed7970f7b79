/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings_watch.h"

#include "lib/base/log.h"
#include "lib/kube/watch.h"

#define PART_OF_ARGOCD "app.kubernetes.io/part-of=argocd"

struct settings_watch {
    struct kube_client *client;
    struct kube_discovery *discovery;
    struct kube_watch *watch;
    char *namespace;
    settings_changed_fn *changed;
    void *arg;
    struct settings *now;  /* NULL: nothing was told yet */
    json_t *data;          /* of the ConfigMap, as it arrived last; NULL: there is none */
    uint64_t data_version; /* its resourceVersion */
    bool in_list;          /* a first list; only its end tells the whole */
    bool seen;             /* the ConfigMap, since the list began */
};

static bool says_the_same(const struct settings *a, const struct settings *b)
{
    if (a->hash != b->hash || a->problems.len != b->problems.len)
        return false;
    for (size_t i = 0; i < a->problems.len; i++)
        if (!streq(a->problems.items[i], b->problems.items[i]))
            return false;
    return true;
}

static void log_problems(const struct settings *now, const struct settings *former)
{
    for (size_t i = 0; i < now->problems.len; i++)
        if (!former || !strvec_has(&former->problems, now->problems.items[i]))
            log_event(LOG_WARN, "setting not understood", "error", now->problems.items[i], NULL);
}

static void tell(struct settings_watch *w)
{
    struct settings *former = w->now;
    struct settings *now =
        settings_parse(w->data, w->namespace, kube_client_server(w->client), former);

    if (former && says_the_same(now, former)) {
        settings_unref(now);
        return;
    }
    log_problems(now, former);
    w->now = now;
    w->changed(w->arg, now);
    settings_unref(former);
}

static void on_list_start(void *arg, bool is_check)
{
    struct settings_watch *w = arg;

    w->in_list = !is_check;
    w->seen = false;
}

static void on_object(void *arg, enum kube_event event, const json_t *config_map)
{
    struct settings_watch *w = arg;

    if (!streq(object_meta_string(config_map, "name"), SETTINGS_CONFIG_MAP))
        return;
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
    struct settings_watch *w = arg;

    if (!w->seen && (w->in_list || w->data_version <= version))
        json_decref(TAKE(w->data));
    w->in_list = false;
    tell(w);
}

/* Without the right to read it there is nothing to wait for. */
static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct settings_watch *w = arg;

    (void)retry_ms;
    if (!err)
        return;
    log_event(LOG_WARN, "cannot read the ConfigMap " SETTINGS_CONFIG_MAP, "namespace", w->namespace,
              "error", error_message(err), "instead",
              w->now ? "the settings read last" : "the defaults", NULL);
    if (!w->now && error_kind(err) == ERROR_DENIED)
        tell(w);
}

struct settings_watch *settings_watch_start(struct kube_client *client, struct kube_discovery *d,
                                            const char *namespace, settings_changed_fn *changed,
                                            void *arg)
{
    static const struct kube_watch_callbacks callbacks = {.list_start = on_list_start,
                                                          .object = on_object,
                                                          .list_done = on_list_done,
                                                          .failed = on_failed};
    const struct kube_resource *r = kube_discovery_find(d, "", "v1", "ConfigMap");
    struct settings_watch *w = xcalloc(1, sizeof(*w));

    w->client = client;
    w->discovery = kube_discovery_ref(d);
    w->namespace = xstrdup(namespace);
    w->changed = changed;
    w->arg = arg;
    if (r)
        w->watch = kube_watch_start(client, r, namespace, PART_OF_ARGOCD, &callbacks, w);
    else
        tell(w);
    return w;
}

void settings_watch_free(struct settings_watch *w)
{
    if (!w)
        return;
    if (w->watch)
        kube_watch_stop(w->watch);
    kube_discovery_unref(w->discovery);
    settings_unref(w->now);
    json_decref(w->data);
    free(w->namespace);
    free(w);
}
