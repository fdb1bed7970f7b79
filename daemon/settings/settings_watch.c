/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings/settings_watch.h"

#include "daemon/settings/config_map_watch.h"
#include "lib/base/log.h"

#define PART_OF_ARGOCD "app.kubernetes.io/part-of=argocd"

struct settings_watch {
    struct kube_client *client;
    struct config_map_watch *watch; /* NULL: the server has no ConfigMaps */
    char *namespace;
    settings_changed_fn *changed;
    void *arg;
    struct settings *now; /* NULL: nothing was told yet */
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

static void on_changed(void *arg, const json_t *data)
{
    struct settings_watch *w = arg;
    struct settings *former = w->now;
    struct settings *now =
        settings_parse(data, w->namespace, kube_client_server(w->client), former);

    if (former && says_the_same(now, former)) {
        settings_unref(now);
        return;
    }
    log_problems(now, former);
    w->now = now;
    w->changed(w->arg, now);
    settings_unref(former);
}

/* Without the right to read it there is nothing to wait for. */
static void on_failed(void *arg, const struct error *err)
{
    struct settings_watch *w = arg;

    log_event(LOG_WARN, "cannot read the ConfigMap " SETTINGS_CONFIG_MAP, "namespace", w->namespace,
              "error", error_message(err), "instead",
              w->now ? "the settings read last" : "the defaults", NULL);
    if (!w->now && error_kind(err) == ERROR_DENIED)
        on_changed(w, NULL);
}

struct settings_watch *settings_watch_start(struct kube_client *client, struct kube_discovery *d,
                                            const char *namespace, settings_changed_fn *changed,
                                            void *arg)
{
    static const struct config_map_callbacks callbacks = {on_changed, on_failed};
    struct settings_watch *w = xcalloc(1, sizeof(*w));

    w->client = client;
    w->namespace = xstrdup(namespace);
    w->changed = changed;
    w->arg = arg;
    w->watch = config_map_watch_start(client, d, namespace, SETTINGS_CONFIG_MAP, PART_OF_ARGOCD,
                                      &callbacks, w);
    if (!w->watch)
        on_changed(w, NULL);
    return w;
}

void settings_watch_free(struct settings_watch *w)
{
    if (!w)
        return;
    config_map_watch_free(w->watch);
    settings_unref(w->now);
    free(w->namespace);
    free(w);
}
