/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_set: one Pod, for there is one Node. */
#include "tests/sandbox/controllers/control.h"

#include "lib/doc/yaml.h"
#include "tests/sandbox/controllers/event.h"
#include "tests/sandbox/place.h"

#define HASH "controller-revision-hash"
#define HASH_LEN 10

unsigned control_daemon_set(struct sandbox *s, const json_t *set)
{
    cleanup_json json_t *pods = control_children(s, "", "pods", set);
    cleanup_free char *hash = control_template_hash(place_at(set, ".spec.template"), HASH_LEN);
    cleanup_free char *base = xasprintf("%s-", object_meta(set, "name"));
    int present = 0, ready = 0, updated = 0;
    size_t i;
    json_t *pod;

    if (control_is_ending(set))
        return 0;
    json_array_foreach (pods, i, pod) {
        bool is_current = streq(control_text(pod, ".metadata.labels." HASH), hash);

        present++;
        ready += control_is_ready(pod) && !control_is_ending(pod);
        updated += is_current;
        if (!is_current && !control_is_ending(pod))
            event_delete_pod(s, set, pod);
    }
    if (present == 0) {
        pod = control_pod_new(set, place_at(set, ".spec.template"), NULL, base);
        place_put(pod, ".metadata.labels." HASH, json_string(hash));
        event_create_pod(s, set, pod);
    }
    control_status(s, "apps", "daemonsets", set,
                   json_pack("{s:I, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "observedGeneration",
                             control_number(set, ".metadata.generation"), "desiredNumberScheduled",
                             1, "currentNumberScheduled", present > 0, "updatedNumberScheduled",
                             updated > 0, "numberReady", ready > 0, "numberAvailable", ready > 0,
                             "numberUnavailable", ready == 0, "numberMisscheduled", 0));
    return 0;
}
