/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/shared.h"

static bool wants(const struct app *app, const char *key)
{
    for (size_t i = 0; i < app->desired->len; i++)
        if (streq(app->desired->items[i].key, key))
            return true;
    return false;
}

/* Whose tracking id it carries was rendered, and does not want it any more. */
static bool moves(const struct object *object, const struct observer *observer)
{
    const struct app *tracker = observer_find_app(observer, object->instance);

    return tracker && tracker->desired && !wants(tracker, object->key);
}

/* Who else says that the object is its own. In the cluster that may also be an instance that is
 * none of ours. Heap string or NULL. */
static char *other_owner(const struct app *app, const struct object *object,
                         const struct observer *observer)
{
    char *name;

    if (object->wanted_by && object->wanted_by != app)
        return xstrdup(object->wanted_by->qualified);
    if (!object->elsewhere &&
        (!object->instance || streq(object->instance, app->instance) || moves(object, observer)))
        return NULL;
    name = xstrdup(object->elsewhere ? object->elsewhere : object->instance);
    for (char *c = name; *c && *c != ' '; c++)
        if (*c == '_')
            *c = '/';
    return name;
}

char *shared_objects(const struct app *app, const struct observer *observer)
{
    cleanup_strvec struct strvec shared = {0};

    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct desired *want = &app->desired->items[i];
        const struct object *object = observer_find(observer, want->key);
        cleanup_free char *other = object ? other_owner(app, object, observer) : NULL;

        if (other)
            strvec_pushf(&shared, "%s/%s is part of applications %s and %s", want->kind, want->name,
                         app->qualified, other);
    }
    return strvec_join(&shared, "; ", OBJECTS_TOLD_MAX);
}
