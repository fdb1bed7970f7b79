/* SPDX-License-Identifier: Apache-2.0 */
/* service: the built-in kinds around workloads: network, storage, scaling. */
#include "daemon/health/check.h"
#include "lib/base/mem.h"

static bool has_load_balancer(const json_t *object)
{
    return json_array_size(object_at(object, "status", "loadBalancer", "ingress", NULL)) > 0;
}

struct verdict check_ingress(const json_t *object)
{
    return verdict_text(has_load_balancer(object) ? HEALTH_HEALTHY : HEALTH_PROGRESSING, NULL);
}

struct verdict check_service(const json_t *object)
{
    bool waits = streq(object_text(object_at(object, "spec", NULL), "type"), "LoadBalancer") &&
                 !has_load_balancer(object);

    return verdict_text(waits ? HEALTH_PROGRESSING : HEALTH_HEALTHY, NULL);
}

struct verdict check_volume_claim(const json_t *object)
{
    const char *phase = object_text(object_at(object, "status", NULL), "phase");

    if (streq(phase, "Lost"))
        return verdict_text(HEALTH_DEGRADED, NULL);
    if (streq(phase, "Pending"))
        return verdict_text(HEALTH_PROGRESSING, NULL);
    if (streq(phase, "Bound"))
        return verdict_text(HEALTH_HEALTHY, NULL);
    return verdict_text(HEALTH_UNKNOWN, NULL);
}

/* A condition of an autoscaler that says that it cannot work, whatever its status. */
static bool is_broken(const json_t *condition)
{
    static const struct {
        const char *type, *reason;
    } broken[] = {
        {"AbleToScale", "FailedGetScale"},
        {"AbleToScale", "FailedUpdateScale"},
        {"ScalingActive", "FailedGetResourceMetric"},
        {"ScalingActive", "FailedGetObjectMetric"},
        {"ScalingActive", "FailedGetPodsMetric"},
        {"ScalingActive", "FailedGetExternalMetric"},
        {"ScalingActive", "FailedComputeMetricsReplicas"},
        {"ScalingActive", "InvalidSelector"},
    };

    for (size_t i = 0; i < ARRAY_LEN(broken); i++)
        if (streq(object_text(condition, "type"), broken[i].type) &&
            streq(object_text(condition, "reason"), broken[i].reason))
            return true;
    return false;
}

static bool is_working(const json_t *condition)
{
    const char *type = object_text(condition, "type");

    return (streq(type, "AbleToScale") || streq(type, "ScalingLimited")) &&
           condition_is(condition, "True");
}

static struct verdict check_scaling(const json_t *conditions)
{
    const json_t *condition;
    size_t i;

    json_array_foreach (conditions, i, condition)
        if (is_broken(condition))
            return verdict_text(HEALTH_DEGRADED, object_text(condition, "message"));
    json_array_foreach (conditions, i, condition)
        if (is_working(condition))
            return verdict_text(HEALTH_HEALTHY, object_text(condition, "message"));
    return verdict_of(HEALTH_PROGRESSING, "Waiting to Autoscale");
}

/* autoscaling/v1 has no conditions: the API server serves them in an annotation. */
static struct verdict check_scaling_v1(const json_t *object)
{
    const char *text = object_text(object_at(object, "metadata", "annotations", NULL),
                                   "autoscaling.alpha.kubernetes.io/conditions");
    json_t *conditions = *text ? json_loads(text, 0, NULL) : json_array();
    struct verdict v;

    if (conditions)
        v = check_scaling(conditions);
    else
        v = verdict_of(HEALTH_UNKNOWN, "annotation autoscaling.alpha.kubernetes.io/conditions is "
                                       "not JSON");
    json_decref(conditions);
    return v;
}

struct verdict check_autoscaler(const json_t *object)
{
    const char *version = object_text(object, "apiVersion");

    if (streq(version, "autoscaling/v2"))
        return check_scaling(object_at(object, "status", "conditions", NULL));
    if (streq(version, "autoscaling/v1"))
        return check_scaling_v1(object);
    return verdict_of(HEALTH_UNKNOWN, "unsupported HPA GVK: %s, Kind=HorizontalPodAutoscaler",
                      version);
}

/* Too few Pods is what a budget is there to report; any other False means that it does not work. */
struct verdict check_disruption_budget(const json_t *object)
{
    const json_t *conditions = object_at(object, "status", "conditions", NULL);
    const json_t *condition = NULL;
    size_t i;

    json_array_foreach (conditions, i, condition)
        if (condition_is(condition, "False") &&
            !streq(object_text(condition, "reason"), "InsufficientPods"))
            return verdict_of(HEALTH_DEGRADED, "PodDisruptionBudget has %s",
                              object_text(condition, "reason"));
    condition = json_array_get(conditions, json_array_size(conditions) - 1);
    if (!condition)
        return verdict_of(HEALTH_PROGRESSING, "Waiting for status");
    return verdict_of(HEALTH_HEALTHY, "PodDisruptionBudget has %s",
                      object_text(condition, "reason"));
}
