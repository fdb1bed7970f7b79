/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of Pods and Nodes. */
#include "lib/base/buf.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/table/column.h"

json_t *cell_pod_ready(const json_t *object)
{
    json_int_t ready = 0;
    size_t i;
    json_t *status;

    json_array_foreach ((json_t *)place_at(object, ".status.containerStatuses"), i, status) {
        ready += json_is_true(json_object_get(status, "ready"));
    }
    return cell_ratio(ready, (json_int_t)json_array_size(place_at(object, ".spec.containers")));
}

json_t *cell_pod_status(const json_t *object)
{
    const char *reason = cell_text(object, ".status.reason");
    size_t i;
    json_t *status;

    if (*cell_text(object, ".metadata.deletionTimestamp"))
        return json_string("Terminating");
    if (!*reason)
        reason = cell_text(object, ".status.phase");
    json_array_foreach ((json_t *)place_at(object, ".status.containerStatuses"), i, status) {
        const char *waiting = cell_text(status, ".state.waiting.reason");
        const char *ended = cell_text(status, ".state.terminated.reason");

        if (*waiting || *ended) {
            reason = *waiting ? waiting : ended;
            break;
        }
    }
    return json_string(reason);
}

json_t *cell_pod_restarts(const json_t *object)
{
    json_int_t restarts = 0;
    size_t i;
    json_t *status;

    json_array_foreach ((json_t *)place_at(object, ".status.containerStatuses"), i, status) {
        restarts += cell_number(status, ".restartCount");
    }
    return json_sprintf("%lld", (long long)restarts);
}

json_t *cell_readiness_gates(const json_t *object)
{
    const json_t *gates = place_at(object, ".spec.readinessGates");
    json_int_t met = 0;
    size_t i, k;
    json_t *gate, *condition;

    if (json_array_size(gates) == 0)
        return json_string("<none>");
    json_array_foreach ((json_t *)gates, i, gate) {
        json_array_foreach ((json_t *)place_at(object, ".status.conditions"), k, condition) {
            met += streq(cell_text(condition, ".type"), cell_text(gate, ".conditionType")) &&
                   streq(cell_text(condition, ".status"), "True");
        }
    }
    return cell_ratio(met, (json_int_t)json_array_size(gates));
}

/* ---- Nodes ---- */

json_t *cell_node_status(const json_t *object)
{
    const char *ready = cell_text(object, ".status.conditions[?(@.type==\"Ready\")].status");
    const char *word = streq(ready, "True") ? "Ready" : *ready ? "NotReady" : "Unknown";

    return json_sprintf(
        "%s%s", word,
        json_is_true(place_at(object, ".spec.unschedulable")) ? ",SchedulingDisabled" : "");
}

json_t *cell_node_roles(const json_t *object)
{
    static const char prefix[] = "node-role.kubernetes.io/";
    cleanup_strvec struct strvec roles = {0};
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)place_at(object, ".metadata.labels"), key, value) {
        if (str_has_prefix(key, prefix) && key[strlen(prefix)])
            strvec_push(&roles, key + strlen(prefix));
        else if (streq(key, "kubernetes.io/role") && *cell_text(value, ""))
            strvec_push(&roles, cell_text(value, ""));
    }
    strvec_sort(&roles);
    for (size_t i = 0; i < roles.len; i++)
        buf_printf(&text, "%s%s", i > 0 ? "," : "", roles.items[i]);
    return json_string(text.len > 0 ? text.data : "<none>");
}

static json_t *address_of(const json_t *node, const char *type)
{
    size_t i;
    json_t *address;

    json_array_foreach ((json_t *)place_at(node, ".status.addresses"), i, address) {
        if (streq(cell_text(address, ".type"), type))
            return json_string(cell_text(address, ".address"));
    }
    return json_string("<none>");
}

json_t *cell_internal_ip(const json_t *object)
{
    return address_of(object, "InternalIP");
}

json_t *cell_external_ip(const json_t *object)
{
    return address_of(object, "ExternalIP");
}
