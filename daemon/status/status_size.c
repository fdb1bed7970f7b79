/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status/status_size.h"

#include "daemon/object/identity.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"

static size_t size_of(const json_t *value)
{
    return json_dumpb(value, NULL, 0, JSON_COMPACT);
}

/* Replace `field` by a copy of its own. Borrowed; NULL: it is none. */
static json_t *own(json_t *object, const char *field)
{
    json_t *value = json_object_get(object, field);

    if (!value)
        return NULL;
    json_object_set_new(object, field, json_copy(value));
    return json_object_get(object, field);
}

static bool went_well(const json_t *result)
{
    const char *phase = object_string(result, "hookPhase");

    return !streq(object_string(result, "status"), "SyncFailed") && !streq(phase, "Failed") &&
           !streq(phase, "Error") && !*object_string(result, "hookType");
}

/* Hooks stay: a restart must know which of them have run. */
static void drop_results(json_t *status)
{
    json_t *state = own(status, "operationState");
    json_t *result = own(state, "syncResult");
    json_t *list = json_object_get(result, "resources");
    json_t *kept = json_array();
    cleanup_free char *message = NULL;
    size_t dropped = 0;
    json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        dropped += went_well(item);
        if (!went_well(item))
            json_array_append(kept, item);
    }
    if (!dropped) {
        json_decref(kept);
        return;
    }
    message =
        xasprintf("%s (%zu results that are well are left out: the status would be too large)",
                  object_string(state, "message"), dropped);
    json_object_set_new(result, "resources", kept);
    json_object_set_new(state, "message", json_string(message));
}

static void drop_health_messages(json_t *status)
{
    json_t *list = json_object_get(status, "resources");
    json_t *slim = json_array();
    json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        json_t *copy = json_copy(item);
        json_t *health = own(copy, "health");

        json_object_del(health, "message");
        json_array_append_new(slim, copy);
    }
    json_object_set_new(status, "resources", slim);
}

void status_fit(json_t *status, size_t max_bytes)
{
    if (size_of(status) <= max_bytes)
        return;
    drop_results(status);
    if (size_of(status) > max_bytes)
        drop_health_messages(status);
}

json_t *status_too_large(int64_t wall_ms)
{
    char when[TIME_RFC3339_BYTES];

    time_format_rfc3339(wall_ms, when);
    return json_pack("{s:[{s:s, s:s, s:s}]}", "conditions", "type", "UnknownError", "message",
                     "Application status exceeds the Kubernetes resource size limit and could not "
                     "be persisted. Split it into several applications.",
                     "lastTransitionTime", when);
}
