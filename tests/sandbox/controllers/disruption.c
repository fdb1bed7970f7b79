/* SPDX-License-Identifier: Apache-2.0 */
/* disruption: how many of its Pods a PodDisruptionBudget lets go. */
#include "tests/sandbox/controllers/control.h"

#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/label_selector.h"
#include "tests/sandbox/place.h"

#define OWNERS_MAX 10       /* one above the other: objects may own each other in a circle */
#define DISRUPTED_MS 120000 /* what was evicted and is there longer was not (DeletionTimeout) */

struct counts {
    json_int_t pods, healthy;
    json_int_t scale;  /* of what made the Pods: so many are meant to be */
    json_t *disrupted; /* those that were evicted and are still there */
};

/* What decides how many there are: the Deployment of a ReplicaSet. */
static const json_t *top_of(struct sandbox *s, const json_t *object, unsigned levels)
{
    size_t i;
    json_t *owner;

    json_array_foreach ((json_t *)place_at(object, ".metadata.ownerReferences"), i, owner) {
        const json_t *found = store_find_uid(s->store, control_text(owner, ".uid"));

        if (found && levels > 0 && json_is_true(json_object_get(owner, "controller")))
            return top_of(s, found, levels - 1);
    }
    return object;
}

static bool is_recent(const json_t *since)
{
    cleanup_error struct error *err = NULL;
    int64_t then_ms;

    return since && time_parse_rfc3339(json_string_value(since), &then_ms, &err) == 0 &&
           time_wall_ms() - then_ms < DISRUPTED_MS;
}

static void count_pod(struct sandbox *s, const json_t *pod, const json_t *before, json_t *tops,
                      struct counts *n)
{
    const char *name = object_meta(pod, "name");
    const json_t *top = top_of(s, pod, OWNERS_MAX), *since = json_object_get(before, name);

    if (!is_recent(since))
        since = NULL;
    if (!json_object_get(tops, object_meta(top, "uid"))) {
        const json_t *replicas = place_at(top, ".spec.replicas");

        json_object_set_new(tops, object_meta(top, "uid"), json_true());
        n->scale += replicas ? json_integer_value(replicas) : 1;
    }
    n->pods++;
    if (since && !control_is_ending(pod))
        json_object_set(n->disrupted, name, (json_t *)since);
    n->healthy += control_is_ready(pod) && !control_is_ending(pod) && !since;
}

static struct counts count(struct sandbox *s, const json_t *budget)
{
    struct counts n = {.disrupted = json_object()};
    cleanup_json json_t *tops = json_object();
    cleanup_json json_t *pods =
        control_selected(s, object_meta(budget, "namespace"), place_at(budget, ".spec.selector"));
    size_t i;
    json_t *pod;

    json_array_foreach (pods, i, pod) {
        if (!control_is_over(pod))
            count_pod(s, pod, place_at(budget, ".status.disruptedPods"), tops, &n);
    }
    return n;
}

/* A number, or a part of `whole`, rounded up. */
static json_int_t part_of(const json_t *value, json_int_t whole)
{
    if (json_is_integer(value))
        return json_integer_value(value);
    return (whole * strtoll(json_string_value(value), NULL, 10) + 99) / 100;
}

unsigned control_budget(struct sandbox *s, const json_t *budget)
{
    const json_t *min = place_at(budget, ".spec.minAvailable");
    const json_t *max = place_at(budget, ".spec.maxUnavailable");
    struct counts n = count(s, budget);
    json_int_t expected = json_is_integer(min) ? n.pods : n.scale, desired, allowed;
    unsigned again_ms = json_object_size(n.disrupted) > 0 ? DISRUPTED_MS : 0;
    json_t *condition, *status;

    desired = min ? part_of(min, expected) : max ? expected - part_of(max, expected) : 0;
    desired = desired < 0 ? 0 : desired;
    allowed = n.pods > 0 && n.healthy > desired ? n.healthy - desired : 0;
    condition =
        control_condition(place_at(budget, ".status.conditions"), "DisruptionAllowed", allowed > 0,
                          allowed > 0 ? "SufficientPods" : "InsufficientPods", "");
    json_object_del(condition, "lastUpdateTime");
    json_object_set(condition, "observedGeneration",
                    (json_t *)place_at(budget, ".metadata.generation"));
    status = json_pack("{s:O, s:I, s:I, s:I, s:I, s:[o]}", "observedGeneration",
                       place_at(budget, ".metadata.generation"), "currentHealthy", n.healthy,
                       "desiredHealthy", desired, "disruptionsAllowed", allowed, "expectedPods",
                       expected, "conditions", condition);
    if (json_object_size(n.disrupted) > 0)
        json_object_set(status, "disruptedPods", n.disrupted);
    json_decref(n.disrupted);
    if (control_is_ending(budget))
        json_decref(status);
    else
        control_status(s, "policy", "poddisruptionbudgets", budget, status);
    return again_ms;
}
