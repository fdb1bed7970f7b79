/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/drift.h"

#include "daemon/app/pin.h"
#include "lib/base/time.h"

bool object_is_drifted(const struct object *object)
{
    const struct app *app = object->wanted_by;

    if (object_is_outside(object))
        return false;
    if (object->desired->denial)
        return true;     /* the project does not let us see it */
    if (object->judging) /* what is known is not enough to repair it */
        return object->problem && !app_is_synced(app);
    /* A look costs less than a repair, and what is fought over can wait; a new revision is written
     * anyway. */
    if ((object->unseen || object->held_until_ms > time_monotonic_ms()) && app_is_synced(app))
        return false;
    switch (object_verdict(object)) {
    case VERDICT_MISSING:
    case VERDICT_DRIFTED:
    case VERDICT_STALE: return true;
    case VERDICT_UNKNOWN: /* a revision is written once, seen or not */
        return !object->desired->known || (object_is_out_of_sight(object) && !app_is_synced(app));
    case VERDICT_SYNCED:
    case VERDICT_EXTRA: break;
    }
    return false;
}
