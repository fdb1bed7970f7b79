/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/look.h"

#include "daemon/app/app.h"
#include "daemon/observe/observe.h"
#include "lib/base/time.h"
#include "lib/kube/client.h"
#include "lib/kube/discovery.h"

#define LOOK_RETRY_MS 5000

struct look {
    struct app *app;
    char *key;
};

static void look_later(struct app *app, const char *key)
{
    struct object *object = observer_find(app->daemon->observer, key);

    app->retry_at_ms = time_monotonic_ms() + LOOK_RETRY_MS;
    if (object && object->reassess)
        object->unasked = true;
}

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
        look_later(app, look->key);
    free(look->key);
    free(look);
    app_is_gone(app);
}

static void look_at(struct daemon *d, struct app *app, const struct kube_resource *r,
                    const char *key, const char *ns, const char *name)
{
    struct look *look = xcalloc(1, sizeof(*look));

    *look = (struct look){.app = app, .key = xstrdup(key)};
    app->fetching++;
    kube_get(d->client, r, ns, name, on_looked, look);
}

void look_again(struct daemon *d, struct app *app, bool at_stale)
{
    if (app->fetching)
        return;
    for (size_t i = 0; i < app->desired->len; i++) {
        const struct desired *want = &app->desired->items[i];
        const struct object *object = observer_find(d->observer, want->key);
        const struct kube_resource *r; /* in another version its answer would tell nothing */

        if (!object || object->wanted_by != app ||
            !(object->unseen || (at_stale && object->verdict == VERDICT_STALE)))
            continue;
        r = kube_discovery_find(d->discovery, want->group, want->version, want->kind);
        if (r)
            look_at(d, app, r, want->key, want->namespace, want->name);
    }
}

/* What is wanted is compared anew, which assesses it, too. */
void look_at_unasked(struct daemon *d, struct app *app)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&app->tracked, &it))) {
        struct object *object = e->value;
        const struct kube_resource *r = object_resource(object);
        cleanup_free char *ns = NULL;

        if (!object->unasked || object->wanted_by || !r)
            continue;
        object->unasked = false;
        object->reassess = true;
        ns = xstrdup(strchr(strchr(object->key, '/') + 1, '/') + 1);
        *strchr(ns, '/') = '\0';
        look_at(d, app, r, object->key, ns, strrchr(object->key, '/') + 1);
    }
}
