/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/look.h"

#include "lib/base/time.h"

#define LOOK_RETRY_MS 5000

struct look {
    struct app *app;
    char *key;
};

static void on_looked(void *arg, const json_t *live, const struct error *err)
{
    struct look *look = arg;
    struct app *app = look->app;

    app->fetching--;
    if (!app->removed && live)
        observer_feed(app->daemon->observer, live);
    else if (!app->removed && error_kind(err) == ERROR_NOT_FOUND)
        observer_feed_gone(app->daemon->observer, look->key);
    else if (!app->removed && error_is_transient(err))
        app->retry_at_ms = time_monotonic_ms() + LOOK_RETRY_MS;
    free(look->key);
    free(look);
    app_is_gone(app);
}

void look_again(struct daemon *d, struct app *app, bool at_stale)
{
    if (app->fetching)
        return;
    for (size_t i = 0; i < app->desired->len; i++) {
        const struct desired *want = &app->desired->items[i];
        const struct object *object = observer_find(d->observer, want->key);
        const struct kube_resource *r; /* in another version its answer would tell nothing */
        struct look *look;

        if (!object || object->wanted_by != app ||
            !(object->unseen || (at_stale && object->verdict == VERDICT_STALE)))
            continue;
        r = kube_discovery_find(d->discovery, want->group, want->version, want->kind);
        if (!r)
            continue;
        look = xcalloc(1, sizeof(*look));
        *look = (struct look){.app = app, .key = xstrdup(want->key)};
        app->fetching++;
        kube_get(d->client, r, want->namespace, want->name, on_looked, look);
    }
}
