/* SPDX-License-Identifier: Apache-2.0 */
/* replica_set: as many Pods of its template as it wants. */
#include "tests/sandbox/controllers/control.h"

#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/controllers/event.h"
#include "tests/sandbox/place.h"

struct counts {
    json_int_t alive, ready, available;
    int64_t next_ms; /* when one more is available; 0: when something changes */
};

/* Ready is not available before it lasted. */
static struct counts count(const json_t *pods, json_int_t min_ready_s)
{
    int64_t now = time_wall_ms();
    struct counts n = {0};
    size_t i;
    json_t *pod;

    json_array_foreach ((json_t *)pods, i, pod) {
        if (control_is_ending(pod) || control_is_over(pod))
            continue;
        n.alive++;
        n.ready += control_is_ready(pod);
        if (control_is_ready(pod)) {
            int64_t due = control_ready_since(pod) + min_ready_s * 1000;

            n.available += min_ready_s == 0 || due <= now;
            if (min_ready_s > 0 && due > now && (n.next_ms == 0 || due < n.next_ms))
                n.next_ms = due;
        }
    }
    return n;
}

static void add_pods(struct sandbox *s, const json_t *set, json_int_t number)
{
    cleanup_free char *base = xasprintf("%s-", object_meta(set, "name"));

    for (; number > 0; number--)
        event_create_pod(s, set, control_pod_new(set, place_at(set, ".spec.template"), NULL, base));
}

/* Those that are not ready first. */
static void remove_pods(struct sandbox *s, const json_t *set, const json_t *pods, json_int_t number)
{
    for (int pass = 0; pass < 2; pass++) {
        size_t i;
        json_t *pod;

        json_array_foreach ((json_t *)pods, i, pod) {
            if (number == 0)
                return;
            if (control_is_ending(pod) || control_is_over(pod) ||
                control_is_ready(pod) != (pass == 1))
                continue;
            event_delete_pod(s, set, pod);
            number--;
        }
    }
}

unsigned control_replica_set(struct sandbox *s, const json_t *set)
{
    cleanup_json json_t *pods = control_children(s, "", "pods", set);
    json_int_t wanted = control_pods(set, ".spec.replicas");
    struct counts n = count(pods, control_seconds(set, ".spec.minReadySeconds"));
    int64_t now = time_wall_ms();
    json_t *status;

    if (control_is_ending(set))
        return 0;
    if (n.alive < wanted)
        add_pods(s, set, wanted - n.alive);
    else if (n.alive > wanted)
        remove_pods(s, set, pods, n.alive - wanted);
    status =
        json_pack("{s:I, s:I, s:I}", "replicas", n.alive, "observedGeneration",
                  control_number(set, ".metadata.generation"), "fullyLabeledReplicas", n.alive);
    if (n.ready > 0)
        json_object_set_new(status, "readyReplicas", json_integer(n.ready));
    if (n.available > 0)
        json_object_set_new(status, "availableReplicas", json_integer(n.available));
    if (n.alive == 0)
        json_object_del(status, "fullyLabeledReplicas");
    control_status(s, "apps", "replicasets", set, status);
    return n.next_ms > 0 ? control_again(n.next_ms - now) : 0;
}
