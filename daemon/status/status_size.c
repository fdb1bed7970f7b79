/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status/status_size.h"

#include "daemon/object/identity.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"

/* Of the objects of a repair, where there is not room for all. */
#define REPAIR_TOLD 100

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

/* ---- lists that are cut ---- */

enum rank { RANK_MUST, RANK_NEEDED, RANK_TELLS, RANK_OTHER, RANK_COUNT };

typedef enum rank rank_fn(const json_t *item, struct map *seen);

/* A restart looks for objects of each kind that is listed, and does not run again the Jobs that
 * ended well. */
static enum rank rank_of_resource(const json_t *item, struct map *seen)
{
    cleanup_free char *kind =
        xasprintf("%s/%s", object_string(item, "group"), object_string(item, "kind"));
    const json_t *health = json_object_get(item, "health");

    if (!map_has(seen, kind)) {
        map_set(seen, kind, seen);
        return RANK_MUST;
    }
    if (streq(kind, "batch/Job"))
        return RANK_NEEDED;
    return streq(object_string(item, "status"), "Synced") &&
                   (!health || streq(object_string(health, "status"), "Healthy"))
               ? RANK_OTHER
               : RANK_TELLS;
}

/* A restart must know which hooks have run. */
static enum rank rank_of_result(const json_t *item, struct map *seen)
{
    (void)seen;
    return *object_string(item, "hookType") ? RANK_MUST : RANK_OTHER;
}

/* What of the list fits into so many bytes, in its order. New reference. */
static json_t *cut(const json_t *list, size_t max_bytes, rank_fn *rank_of)
{
    size_t len = json_array_size(list);
    enum rank *ranks = xcalloc(len, sizeof(*ranks));
    bool *kept = xcalloc(len, sizeof(*kept));
    cleanup_map struct map seen = {0};
    json_t *short_list = json_array();
    size_t bytes = 0;

    for (size_t i = 0; i < len; i++)
        ranks[i] = rank_of(json_array_get(list, i), &seen);
    for (enum rank rank = RANK_MUST; rank < RANK_COUNT; rank++) {
        for (size_t i = 0; i < len; i++) {
            if (ranks[i] != rank)
                continue;
            bytes += size_of(json_array_get(list, i)) + 1;
            kept[i] = rank == RANK_MUST || bytes <= max_bytes;
        }
    }
    for (size_t i = 0; i < len; i++)
        if (kept[i])
            json_array_append(short_list, json_array_get(list, i));
    free(ranks);
    free(kept);
    return short_list;
}

/* Failures of thousands of objects seldom have so many reasons. */
static void cut_results(json_t *status, size_t max_bytes)
{
    json_t *state = own(status, "operationState");
    json_t *result = own(state, "syncResult");
    const json_t *list = json_object_get(result, "resources");
    cleanup_free char *message = NULL;
    json_t *kept;

    if (size_of(list) <= max_bytes)
        return;
    kept = cut(list, max_bytes, rank_of_result);
    message = xasprintf("%s (%zu more results are left out)", object_string(state, "message"),
                        json_array_size(list) - json_array_size(kept));
    json_object_set_new(result, "resources", kept);
    json_object_set_new(state, "message", json_string(message));
}

/* A repair of thousands of objects names them all; whoever carries it on finds them by itself. */
static void cut_repair(json_t *status)
{
    json_t *operation = own(own(status, "operationState"), "operation");
    json_t *sync = own(operation, "sync");
    json_t *list = own(sync, "resources");

    if (!json_is_true(json_object_get(json_object_get(operation, "initiatedBy"), "automated")))
        return;
    while (json_array_size(list) > REPAIR_TOLD)
        json_array_remove(list, json_array_size(list) - 1);
}

static size_t cut_resources(json_t *status, size_t max_bytes)
{
    json_t *list = json_object_get(status, "resources");
    size_t before = json_array_size(list);
    size_t rest = size_of(status) - size_of(list);

    list = cut(list, rest < max_bytes ? max_bytes - rest : 0, rank_of_resource);
    json_object_set_new(status, "resources", list);
    return before - json_array_size(list);
}

size_t status_fit(json_t *status, size_t max_bytes)
{
    if (size_of(status) <= max_bytes)
        return 0;
    drop_results(status);
    if (size_of(status) > max_bytes)
        drop_health_messages(status);
    if (size_of(status) > max_bytes)
        cut_results(status, max_bytes / 4);
    if (size_of(status) > max_bytes)
        cut_repair(status);
    return size_of(status) > max_bytes ? cut_resources(status, max_bytes) : 0;
}

void status_tell_cut(json_t *status, size_t left_out)
{
    json_t *list = own(status, "conditions");
    cleanup_free char *message = NULL;

    if (!left_out)
        return;
    if (!list) {
        list = json_array();
        json_object_set_new(status, "conditions", list);
    }
    message = xasprintf("%zu objects are not listed in status.resources, which would be too large "
                        "for the API server; they are synced and counted all the same. Split the "
                        "application to see them",
                        left_out);
    json_array_append_new(list,
                          json_pack("{s:s, s:s}", "type", "StatusSizeWarning", "message", message));
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
