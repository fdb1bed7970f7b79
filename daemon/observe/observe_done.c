/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Job that ended well and then vanished by its time to live has done what was desired: to create
 * it again would run it again. What is remembered is what was desired of it, so that another
 * template runs; a process that comes later learns it from the status of the one before.
 */
#include "daemon/object/identity.h"
#include "daemon/observe/observe_parts.h"

static bool may_vanish(const struct desired *desired)
{
    return streq(desired->kind, "Job") && streq(desired->group, "batch") &&
           strstr(desired->body, "\"ttlSecondsAfterFinished\"");
}

bool object_is_done(const struct object *object)
{
    return !object_exists(object) && object->desired && object->done &&
           object->done == object->desired->hash;
}

void object_note_end(struct object *object)
{
    if (object_exists(object) && object->verdict == VERDICT_SYNCED && object->desired &&
        object->has_health && object->health == HEALTH_HEALTHY && may_vanish(object->desired))
        object->done = object->desired->hash;
}

void object_recall_end(struct object *object)
{
    const struct app *app = object->wanted_by;

    if (!strvec_has(&app->ended_jobs, object->key) || !streq(app->synced, app->rendered) ||
        !may_vanish(object->desired))
        return;
    object->done = object->desired->hash;
}
