/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes, pkg/apis/autoscaling/v1/conversion.go. */
#include "tests/sandbox/convert.h"

#include "lib/doc/yaml.h"
#include "tests/sandbox/place.h"

#define TARGET "targetCPUUtilizationPercentage"

/* What v1 says about: the use of CPU by all containers together. */
static const json_t *cpu_target(const json_t *metric)
{
    const char *type = json_string_value(json_object_get(metric, "type"));
    const char *name = json_string_value(place_at(metric, ".resource.name"));

    return streq(type, "Resource") && streq(name, "cpu")
               ? place_at(metric, ".resource.target.averageUtilization")
               : NULL;
}

static json_t *metrics_of(const json_t *target, const json_t *old)
{
    json_t *metrics = json_array(), *metric;
    size_t i;

    json_array_foreach ((json_t *)place_at(old, ".spec.metrics"), i, metric) {
        if (!cpu_target(metric))
            json_array_append(metrics, metric);
    }
    if (target)
        json_array_append_new(metrics, json_pack("{s:s, s:{s:s, s:{s:s, s:O}}}", "type", "Resource",
                                                 "resource", "name", "cpu", "target", "type",
                                                 "Utilization", "averageUtilization", target));
    return metrics;
}

json_t *convert_to_stored(json_t *object, const json_t *old)
{
    json_t *spec = json_object_get(object, "spec");

    json_object_set_new(object, "apiVersion", json_string("autoscaling/v2"));
    if (json_is_object(spec)) {
        json_t *metrics = metrics_of(json_object_get(spec, TARGET), old);

        json_object_del(spec, TARGET);
        if (json_array_size(metrics) > 0)
            json_object_set(spec, "metrics", metrics);
        json_decref(metrics);
    }
    return object;
}

json_t *convert_from_stored(const json_t *stored)
{
    json_t *object = json_deep_copy(stored);
    json_t *spec = json_object_get(object, "spec"), *status = json_object_get(object, "status");
    size_t i;
    json_t *metric;

    json_object_set_new(object, "apiVersion", json_string("autoscaling/v1"));
    json_array_foreach ((json_t *)place_at(stored, ".spec.metrics"), i, metric) {
        if (cpu_target(metric))
            json_object_set(spec, TARGET, (json_t *)cpu_target(metric));
    }
    json_object_del(spec, "metrics");
    json_object_del(spec, "behavior");
    json_object_del(status, "currentMetrics");
    json_object_del(status, "conditions");
    return object;
}
