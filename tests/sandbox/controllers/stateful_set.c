/* SPDX-License-Identifier: Apache-2.0 */
/* stateful_set: numbered Pods and their claims; an update replaces them one by one, the last one
 * first. */
#include "tests/sandbox/controllers/control.h"

#include "lib/doc/yaml.h"
#include "tests/sandbox/controllers/event.h"
#include "tests/sandbox/place.h"

#include <stdio.h>

#define HASH "controller-revision-hash"
#define HASH_LEN 10

static json_t *claim_of(const json_t *set, const json_t *template, json_int_t number)
{
    cleanup_free char *name = xasprintf("%s-%s-%lld", object_meta(template, "name"),
                                        object_meta(set, "name"), (long long)number);

    return json_pack("{s:{s:s, s:s, s:O*}, s:o*}", "metadata", "name", name, "namespace",
                     object_meta(set, "namespace"), "labels",
                     place_at(set, ".spec.selector.matchLabels"), "spec",
                     json_deep_copy(json_object_get(template, "spec")));
}

static void create(struct sandbox *s, const json_t *set, json_int_t number, const char *revision)
{
    cleanup_free char *name = xasprintf("%s-%lld", object_meta(set, "name"), (long long)number);
    cleanup_free char *index = xasprintf("%lld", (long long)number);
    json_t *pod = control_pod_new(set, place_at(set, ".spec.template"), name, NULL), *template;
    size_t i;

    place_put(pod, ".metadata.labels." HASH, json_string(revision));
    place_put(pod, ".metadata.labels.statefulset\\.kubernetes\\.io/pod-name", json_string(name));
    place_put(pod, ".metadata.labels.apps\\.kubernetes\\.io/pod-index", json_string(index));
    json_array_foreach ((json_t *)place_at(set, ".spec.volumeClaimTemplates"), i, template) {
        json_t *claim = claim_of(set, template, number);

        if (store_find(store_collection(s->store, "", "persistentvolumeclaims"),
                       object_meta(claim, "namespace"), object_meta(claim, "name")))
            json_decref(claim);
        else
            control_create(s, "", "persistentvolumeclaims", claim);
    }
    event_create_pod(s, set, pod);
}

static json_int_t number_of(const json_t *pod)
{
    const char *dash = strrchr(object_meta(pod, "name"), '-');

    return dash ? strtoll(dash + 1, NULL, 10) : 0;
}

static bool is_current(const json_t *pod, const char *revision)
{
    return streq(control_text(pod, ".metadata.labels." HASH), revision);
}

/* Returns whether something moves, so that the next step has to wait. */
static bool replace_one(struct sandbox *s, const json_t *set, const json_t *pods,
                        const char *revision)
{
    json_int_t partition = control_number(set, ".spec.updateStrategy.rollingUpdate.partition");
    const json_t *last = NULL;
    size_t i;
    json_t *pod;

    json_array_foreach ((json_t *)pods, i, pod) {
        if (!is_current(pod, revision) && number_of(pod) >= partition &&
            (!last || number_of(pod) > number_of(last)))
            last = pod;
    }
    if (!last || streq(control_text(set, ".spec.updateStrategy.type"), "OnDelete"))
        return false;
    event_delete_pod(s, set, last);
    return true;
}

struct counts {
    json_int_t all, ready, updated;
    bool moves;
};

static struct counts scale(struct sandbox *s, const json_t *set, const json_t *pods,
                           const char *revision)
{
    json_int_t wanted = control_pods(set, ".spec.replicas");
    struct counts n = {0};
    size_t i;
    json_t *pod;

    json_array_foreach ((json_t *)pods, i, pod) {
        n.all++;
        n.ready += control_is_ready(pod) && !control_is_ending(pod);
        n.updated += is_current(pod, revision);
        n.moves = n.moves || control_is_ending(pod) || !control_is_ready(pod);
        if (number_of(pod) >= wanted && !control_is_ending(pod))
            event_delete_pod(s, set, pod);
    }
    for (json_int_t number = 0; number < wanted; number++) {
        cleanup_free char *name = xasprintf("%s-%lld", object_meta(set, "name"), (long long)number);

        if (!store_find(store_collection(s->store, "", "pods"), object_meta(set, "namespace"),
                        name)) {
            create(s, set, number, revision);
            n.moves = true;
        }
    }
    return n;
}

unsigned control_stateful_set(struct sandbox *s, const json_t *set)
{
    cleanup_json json_t *pods = control_children(s, "", "pods", set);
    cleanup_free char *hash = control_template_hash(place_at(set, ".spec.template"), HASH_LEN);
    cleanup_free char *revision = xasprintf("%s-%s", object_meta(set, "name"), hash);
    const char *current = control_text(set, ".status.currentRevision");
    struct counts n;
    bool is_done;

    if (control_is_ending(set))
        return 0;
    n = scale(s, set, pods, revision);
    if (!n.moves)
        replace_one(s, set, pods, revision);
    is_done = n.updated == n.all && n.ready == control_pods(set, ".spec.replicas");
    control_status(s, "apps", "statefulsets", set,
                   json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:i}", "observedGeneration",
                             control_number(set, ".metadata.generation"), "replicas", n.all,
                             "readyReplicas", n.ready, "availableReplicas", n.ready,
                             "currentReplicas", is_done ? n.all : n.all - n.updated,
                             "updatedReplicas", n.updated, "currentRevision",
                             is_done || !*current ? revision : current, "updateRevision", revision,
                             "collisionCount", 0));
    return 0;
}
