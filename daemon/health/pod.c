/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/health/check.h"
#include "lib/base/buf.h"

static bool is_error_reason(const char *reason)
{
    return str_has_prefix(reason, "Err") || str_has_suffix(reason, "Error") ||
           str_has_suffix(reason, "BackOff");
}

/* Containers that wait because of an error. Only a Pod that is always restarted is judged by them:
 * for others a container that failed may be the expected end. */
static bool find_waiting_errors(const json_t *containers, struct buf *messages)
{
    const json_t *container;
    bool found = false;
    size_t i;

    json_array_foreach (containers, i, container) {
        const json_t *waiting = object_at(container, "state", "waiting", NULL);

        if (!is_error_reason(object_text(waiting, "reason")))
            continue;
        if (found)
            buf_puts(messages, ", ");
        buf_puts(messages, object_text(waiting, "message"));
        found = true;
    }
    return found;
}

/* Why a container of a failed Pod ended; NULL: it does not say. Heap string. */
static char *failure_message(const json_t *container)
{
    const json_t *ended = object_at(container, "state", "terminated", NULL);

    if (*object_text(ended, "message"))
        return xstrdup(object_text(ended, "message"));
    if (streq(object_text(ended, "reason"), "OOMKilled"))
        return xstrdup("OOMKilled");
    if (object_number(ended, "exitCode") != 0)
        return xasprintf("container \"%s\" failed with exit code %lld",
                         object_text(container, "name"), object_number(ended, "exitCode"));
    return NULL;
}

static struct verdict check_failed(const json_t *status)
{
    static const char *const lists[] = {"initContainerStatuses", "containerStatuses"};
    struct verdict v = {.status = HEALTH_DEGRADED};

    if (*object_text(status, "message"))
        return verdict_text(HEALTH_DEGRADED, object_text(status, "message"));
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        const json_t *container;
        size_t i;

        json_array_foreach (json_object_get(status, lists[l]), i, container) {
            v.message = failure_message(container);
            if (v.message)
                return v;
        }
    }
    return v;
}

static struct verdict check_running(const json_t *object, const json_t *status)
{
    const char *policy = object_text(object_at(object, "spec", NULL), "restartPolicy");
    const char *message = object_text(status, "message");
    const json_t *container;
    size_t i;

    if (streq(policy, "OnFailure") || streq(policy, "Never"))
        return verdict_text(HEALTH_PROGRESSING, message);
    if (!streq(policy, "Always"))
        return verdict_text(HEALTH_UNKNOWN, message);
    if (condition_is(condition_find(object, "Ready"), "True"))
        return verdict_text(HEALTH_HEALTHY, message);
    json_array_foreach (json_object_get(status, "containerStatuses"), i, container)
        if (object_at(container, "lastState", "terminated", NULL))
            return verdict_text(HEALTH_DEGRADED, message);
    return verdict_text(HEALTH_PROGRESSING, message);
}

struct verdict check_pod(const json_t *object)
{
    const json_t *status = object_at(object, "status", NULL);
    const char *phase = object_text(status, "phase");
    const char *message = object_text(status, "message");
    cleanup_buf struct buf errors = BUF_UNLIMITED;

    if (streq(object_text(object_at(object, "spec", NULL), "restartPolicy"), "Always") &&
        find_waiting_errors(json_object_get(status, "containerStatuses"), &errors))
        return verdict_text(HEALTH_DEGRADED, errors.data);
    if (streq(phase, "Pending"))
        return verdict_text(HEALTH_PROGRESSING, message);
    if (streq(phase, "Succeeded"))
        return verdict_text(HEALTH_HEALTHY, message);
    if (streq(phase, "Failed"))
        return check_failed(status);
    if (streq(phase, "Running"))
        return check_running(object, status);
    return verdict_text(HEALTH_UNKNOWN, message);
}
