/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/autoscaler.h"

#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

static bool is_autoscaler(const struct desired *d)
{
    return (streq(d->group, "autoscaling") && streq(d->kind, "HorizontalPodAutoscaler")) ||
           (streq(d->group, "keda.sh") && streq(d->kind, "ScaledObject"));
}

/* A ScaledObject need not say what kind its target is. Source: KEDA, spec.scaleTargetRef. */
static const char *or_default(const char *text, const char *fallback)
{
    return *text ? text : fallback;
}

static void report(const struct desired *d, autoscaled_fn *found, void *arg)
{
    cleanup_json json_t *body = json_loadb(d->body, d->body_len, JSON_ALLOW_NUL, NULL);
    const json_t *target = json_object_get(json_object_get(body, "spec"), "scaleTargetRef");
    const char *name = object_string(target, "name");
    cleanup_free char *group = NULL, *version = NULL;

    if (!*name)
        return;
    api_version_parts(or_default(object_string(target, "apiVersion"), "apps/v1"), &group, &version);
    found(arg, group, or_default(object_string(target, "kind"), "Deployment"), d->namespace, name);
}

void autoscaler_targets(const struct desired_set *desired, autoscaled_fn *found, void *arg)
{
    for (size_t i = 0; desired && i < desired->len; i++)
        if (is_autoscaler(&desired->items[i]))
            report(&desired->items[i], found, arg);
}
