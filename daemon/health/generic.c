/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generic: custom resources of which nothing is known but the conventions of the API.
 * As kstatus, and Flux after it, reads them: a controller that has not seen the spec yet, then the
 * conditions Stalled, Reconciling and Ready. Who says nothing of that kind has no health.
 * Kubernetes' own objects are not meant: their groups have no dot, or no such conditions.
 */
#include "daemon/health/check.h"
#include "lib/base/mem.h"

static bool is_custom(const json_t *object)
{
    const char *api_version = object_text(object, "apiVersion");
    const char *slash = strchr(api_version, '/');
    const char *dot = strchr(api_version, '.');

    return slash && dot && dot < slash;
}

/* Only numbers count: there are controllers that write something else. */
static bool is_behind(const json_t *object, const json_t *observer)
{
    const json_t *seen = json_object_get(observer, "observedGeneration");

    return json_is_integer(seen) &&
           json_integer_value(seen) <
               object_number(object_at(object, "metadata", NULL), "generation");
}

/* Reasons that say that it is not ready yet, not that it failed. */
static bool is_on_its_way(const char *reason)
{
    static const char *const parts[] = {
        "Pending",     "Progressing", "InProgress",   "Creating", "Provisioning",
        "Reconciling", "Installing",  "Initializing", "Waiting",  "NotReady",
        "Updating",    "Starting",    "Deploying",
    };

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (strstr(reason, parts[i]))
            return true;
    return false;
}

static struct verdict check_ready(const json_t *ready)
{
    const char *message = object_text(ready, "message");

    if (condition_is(ready, "True"))
        return verdict_text(HEALTH_HEALTHY, message);
    if (condition_is(ready, "False") && !is_on_its_way(object_text(ready, "reason")))
        return verdict_text(HEALTH_DEGRADED, message);
    return verdict_text(HEALTH_PROGRESSING, message);
}

bool check_generic(const json_t *object, struct verdict *out)
{
    const json_t *stalled = condition_find(object, "Stalled");
    const json_t *reconciling = condition_find(object, "Reconciling");
    const json_t *ready = condition_find(object, "Ready");

    if (!is_custom(object))
        return false;
    if (is_behind(object, object_at(object, "status", NULL)) || is_behind(object, ready))
        *out = verdict_of(HEALTH_PROGRESSING, "Waiting for the current generation to be observed");
    else if (condition_is(stalled, "True"))
        *out = verdict_text(HEALTH_DEGRADED, object_text(stalled, "message"));
    else if (condition_is(reconciling, "True"))
        *out = verdict_text(HEALTH_PROGRESSING, object_text(reconciling, "message"));
    else if (ready)
        *out = check_ready(ready);
    else
        return false;
    return true;
}
