/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/deletion_hooks.h"

#include "daemon/app/app.h"
#include "daemon/object/identity.h"
#include "daemon/observe/observe.h"
#include "daemon/schedule.h"
#include "daemon/sync/hook_live.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#include <ctype.h>

#define SHORT_REVISION 7

/* ---- requests ---- */

struct request {
    struct app *app;
    char *key;
    char uid[37]; /* of what is deleted */
    bool is_deletion;
};

/* Before its event tells, so that it is not deleted again meanwhile. */
static void feed_deleted(struct observer *o, const struct request *rq, const json_t *answer)
{
    const struct object *object = observer_find(o, rq->key);

    if (!object || !streq(object->uid, rq->uid)) /* its successor is here already */
        return;
    if (*object_meta_string(answer, "deletionTimestamp"))
        observer_feed(o, answer);
    else
        observer_feed_gone(o, rq->key);
}

static void on_answered(void *arg, const json_t *answer, const struct error *err)
{
    struct request *rq = arg;
    struct app *app = rq->app;
    struct daemon *d = app->daemon;

    app->fetching--;
    app->deletion_requests--;
    if (!app->removed && !d->stopping) {
        if (err && error_kind(err) != ERROR_NOT_FOUND)
            log_event(LOG_WARN, rq->is_deletion ? "hook not deleted" : "hook not created", "app",
                      app->qualified, "object", rq->key, "error", error_message(err), NULL);
        else if (rq->is_deletion)
            feed_deleted(d->observer, rq, answer);
        else if (!err)
            observer_feed(d->observer, answer);
        if (err && !rq->is_deletion) {
            free(app->deletion_failure);
            app->deletion_failure = xasprintf("%s: %s", rq->key, error_message(err));
        }
        schedule_app(d, app);
    }
    free(rq->key);
    free(rq);
    app_is_gone(app);
}

static struct request *request_new(struct app *app, const char *key, bool is_deletion)
{
    struct request *rq = xcalloc(1, sizeof(*rq));

    *rq = (struct request){.app = app, .key = xstrdup(key), .is_deletion = is_deletion};
    app->fetching++;
    app->deletion_requests++;
    return rq;
}

static void create(struct daemon *d, struct app *app, const struct desired *hook, const char *name,
                   const char *key, const char *user, struct error **err)
{
    static const struct kube_apply_options options = {.field_manager = FIELD_MANAGER,
                                                      .field_validation = "Strict"};
    const struct kube_resource *r =
        kube_discovery_find(d->discovery, hook->group, hook->version, hook->kind);
    cleanup_json json_t *object = NULL;
    struct kube_client *client;

    if (!r) {
        error_set(err, ERROR_INVALID, "the API server does not serve %s in %s/%s", hook->kind,
                  hook->group, hook->version);
        return;
    }
    log_event(LOG_INFO, "hook created", "app", app->qualified, "object", key, NULL);
    object = hook_object(hook, name);
    client = user ? kube_client_as(d->client, user) : d->client;
    kube_create(client, r, hook->namespace, object, &options, on_answered,
                request_new(app, key, false));
    if (user)
        kube_client_free(client);
}

static void delete (struct daemon *d, struct app *app, const struct object *object,
                    const char *user)
{
    const struct kube_resource *r = object_resource(object);
    const char *name = strrchr(object->key, '/') + 1;
    cleanup_free char *ns = xstrdup(strchr(strchr(object->key, '/') + 1, '/') + 1);
    struct kube_client *client;
    struct request *rq;

    *strchr(ns, '/') = '\0';
    if (!r || object->deleting)
        return;
    log_event(LOG_INFO, "hook deleted", "app", app->qualified, "object", object->key, NULL);
    rq = request_new(app, object->key, true);
    snprintf(rq->uid, sizeof(rq->uid), "%s", object->uid);
    client = user ? kube_client_as(d->client, user) : d->client;
    kube_delete(client, r, ns, name, object->uid, NULL, "Background", on_answered, rq);
    if (user)
        kube_client_free(client);
}

/* ---- running ---- */

/* The same in each look, so that a live one is found again. Heap string. */
static char *name_of(const struct app *app, const struct desired *hook, enum hook_type type)
{
    int shown =
        strlen(app->rendered) > SHORT_REVISION ? SHORT_REVISION : (int)strlen(app->rendered);

    if (!hook->generate_name)
        return xstrdup(hook->name);
    return xasprintf("%s%.*s-%s-%lld", hook->generate_name, shown, app->rendered,
                     type == HOOK_PRE_DELETE ? "predelete" : "postdelete",
                     (long long)(app->deleting_since_ms / 1000));
}

static void list_key(struct buf *list, const char *key)
{
    const char *place = strchr(strchr(key, '/') + 1, '/') + 1;

    buf_printf(list, "%s%s", list->len ? ", " : "", *place == '/' ? place + 1 : place);
}

bool deletion_hooks_run(struct daemon *d, struct app *app, enum hook_type type, const char *user,
                        char **waits, struct error **err)
{
    const char *title = type == HOOK_PRE_DELETE ? "PreDelete" : "PostDelete";
    cleanup_buf struct buf failed = BUF_UNLIMITED;
    cleanup_buf struct buf running = BUF_UNLIMITED;

    if (app->deletion_failure) {
        error_set(err, ERROR_INVALID, "%s hook: %s", title, app->deletion_failure);
        free(TAKE(app->deletion_failure));
        return false;
    }
    for (size_t i = 0; i < app->desired->hook_count && !*err; i++) {
        const struct desired *hook = &app->desired->hooks[i];
        cleanup_free char *name = name_of(app, hook, type);
        cleanup_free char *key = object_key(hook->group, hook->kind, hook->namespace, name);
        const struct object *object = observer_find(d->observer, key);

        if (!(hook->hooks & type) || hook->denial)
            continue;
        if (!object || !object->uid[0]) {
            create(d, app, hook, name, key, user, err);
            list_key(&running, key);
        } else if (object->deleting) {
            list_key(&running, key);
        } else if (hook_outcome(object->has_health, object->health) == HOOK_RUNS) {
            list_key(&running, key);
        } else if (hook_outcome(object->has_health, object->health) == HOOK_FAILED) {
            list_key(&failed, key);
            delete (d, app, object, user);
        }
    }
    if (failed.len)
        error_set(err, ERROR_INVALID, "%s hook(s) failed: %s", title, failed.data);
    if (running.len)
        *waits = xasprintf("waiting for completion of %s hook(s) %s", title, running.data);
    return !failed.len && !running.len && !*err;
}

/* ---- cleaning up ---- */

static bool is_live_hook(const struct object *object, enum hook_type type)
{
    return object->uid[0] && (object->hooks & (unsigned)type);
}

bool deletion_hooks_clean(struct daemon *d, struct app *app, enum hook_type type, const char *user,
                          char **waits)
{
    enum health_status worst = HEALTH_HEALTHY;
    cleanup_buf struct buf going = BUF_UNLIMITED;
    struct map_entry *e;
    unsigned policies;
    size_t it = 0;

    while ((e = map_next(&app->tracked, &it))) {
        const struct object *object = e->value;

        if (is_live_hook(object, type) && object->has_health && object->health > worst)
            worst = object->health;
    }
    policies = worst == HEALTH_HEALTHY    ? HOOK_DELETE_SUCCEEDED
               : worst == HEALTH_DEGRADED ? HOOK_DELETE_FAILED
                                          : 0;
    for (it = 0; (e = map_next(&app->tracked, &it));) {
        const struct object *object = e->value;

        if (!is_live_hook(object, type) || !(object->hook_policies & policies))
            continue;
        list_key(&going, object->key);
        delete (d, app, object, user);
    }
    if (going.len)
        *waits = xasprintf("waiting for deletion of hook(s) %s", going.data);
    return !going.len;
}
