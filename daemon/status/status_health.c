/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/identity.h"
#include "daemon/status/status.h"
#include "daemon/status/status_parts.h"
#include "daemon/sync/prune.h"
#include "lib/base/buf.h"
#include "lib/base/time.h"

/* More would not help anybody. */
#define MAX_CAUSES 10

/* Source: Argo CD (argocd-behaviour 6.4). */
struct aggregate {
    const struct app *app;
    enum health_status worst;
    struct strvec causes; /* keys of the objects that are no better than `worst` */
    size_t expected;
    size_t live;
    bool is_open; /* the health script of an object has never answered yet */
};

static bool is_application(const struct object *object)
{
    return str_has_prefix(object->key, "argoproj.io/Application/");
}

static bool is_itself(const struct app *app, const struct object *object)
{
    cleanup_free char *key = object_key("argoproj.io", "Application", app->namespace, app->name);

    return streq(object->key, key);
}

static void add_object(struct aggregate *a, const struct object *object)
{
    a->expected++;
    a->live += object && object_is_done(object);
    if (!object || !object->uid[0] || status_is_denied(object))
        return; /* a missing object counts only when all are missing */
    a->live++;
    a->is_open = a->is_open ||
                 ((object->assessing || object->unasked || object->reassess) && !object->assessed);
    if (!object->has_health || object->ignore_health || object->health < a->worst)
        return;
    if (is_application(object) && (object->health == HEALTH_MISSING ||
                                   object->health == HEALTH_UNKNOWN || is_itself(a->app, object)))
        return;
    if (object->health > a->worst)
        strvec_clear(&a->causes);
    a->worst = object->health;
    if (a->worst != HEALTH_HEALTHY)
        strvec_push(&a->causes, object->key);
}

static void add_objects(struct aggregate *a, const struct observer *observer)
{
    const struct app *app = a->app;
    struct map_entry *e;
    size_t it = 0;

    for (size_t i = 0; app->desired && i < app->desired->len; i++)
        add_object(a, observer_find(observer, app->desired->items[i].key));
    while ((e = map_next(&app->tracked, &it)))
        if (plan_is_extra(app, e->value))
            add_object(a, e->value);
    if (a->expected && !a->live && a->worst < HEALTH_MISSING)
        a->worst = HEALTH_MISSING;
}

/* "Caused by apps/Deployment:NAMESPACE/NAME, ..."; NULL: nothing in particular. Heap string. */
static char *message_of(struct aggregate *a)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (!a->causes.len)
        return NULL;
    strvec_sort(&a->causes);
    for (size_t i = 0; i < a->causes.len && i < MAX_CAUSES; i++) {
        char *cause = a->causes.items[i];

        *strchr(strchr(cause, '/') + 1, '/') = ':';
        buf_printf(&text, "%s%s", i ? ", " : "Caused by ", cause);
    }
    if (a->causes.len > MAX_CAUSES)
        buf_printf(&text, " and %zu more", a->causes.len - MAX_CAUSES);
    return xstrdup(text.data);
}

static void take(struct app *app, enum health_status health, char *message)
{
    if (health == app->health && app->health_since_ms && streq(message, app->health_message)) {
        free(message);
        return;
    }
    if (health != app->health || !app->health_since_ms)
        app->health_since_ms = time_wall_ms();
    app->health = health;
    free(app->health_message);
    app->health_message = message;
    app->status_dirty = true;
}

void status_update_health(struct app *app, const struct observer *observer)
{
    struct aggregate a = {.app = app};

    bool is_valid = app->spec && !app->refusal;

    if (is_valid && !app->desired && app->inherited)
        return; /* not all that the last process told of has been looked for */
    if (is_valid)
        add_objects(&a, observer);
    /* Nothing is known of what it should consist of. */
    if (!is_valid || (!app->desired && !a.live)) {
        take(app, HEALTH_UNKNOWN, NULL);
        return;
    }
    if (!a.is_open)
        take(app, a.worst, message_of(&a));
    strvec_clear(&a.causes);
}

json_t *status_health(const struct app *app)
{
    json_t *health = json_pack("{s:s}", "status", health_status_name(app->health));

    status_put_time(health, "lastTransitionTime", app->health_since_ms);
    object_put_text(health, "message", app->health_message);
    return health;
}
