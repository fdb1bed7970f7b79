/* SPDX-License-Identifier: Apache-2.0 */
/* fixed: what is bound, given an address or ready as soon as it is looked at: claims, load
 * balancers, Ingresses, and the Node. */
#include "tests/sandbox/controllers/control.h"

#include "tests/sandbox/place.h"

#define ADDRESS "192.0.2.10"

unsigned control_service(struct sandbox *s, const json_t *service)
{
    if (streq(control_text(service, ".spec.type"), "LoadBalancer") && !control_is_ending(service))
        control_status(s, "", "services", service,
                       json_pack("{s:{s:[{s:s, s:s}]}}", "loadBalancer", "ingress", "ip", ADDRESS,
                                 "ipMode", "VIP"));
    control_endpoints(s, service);
    return 0;
}

unsigned control_ingress(struct sandbox *s, const json_t *ingress)
{
    if (!control_is_ending(ingress))
        control_status(s, "networking.k8s.io", "ingresses", ingress,
                       json_pack("{s:{s:[{s:s}]}}", "loadBalancer", "ingress", "ip", ADDRESS));
    return 0;
}

unsigned control_claim(struct sandbox *s, const json_t *claim)
{
    cleanup_free char *volume = xasprintf("pvc-%s", object_meta(claim, "uid"));
    json_t *next;

    if (control_is_ending(claim) || streq(control_text(claim, ".status.phase"), "Bound"))
        return 0;
    if (!*control_text(claim, ".spec.volumeName")) {
        next = json_deep_copy(claim);
        place_put(next, ".spec.volumeName", json_string(volume));
        control_update(s, kinds_find(&s->kinds, "", "v1", "persistentvolumeclaims"), next, NULL);
        return 1;
    }
    control_status(s, "", "persistentvolumeclaims", claim,
                   json_pack("{s:s, s:O*, s:O*}", "phase", "Bound", "accessModes",
                             place_at(claim, ".spec.accessModes"), "capacity",
                             place_at(claim, ".spec.resources.requests")));
    return 0;
}

void control_start(struct sandbox *s)
{
    const struct kind *nodes = kinds_find(&s->kinds, "", "v1", "nodes");
    const json_t *node;

    control_create(s, "", "nodes",
                   json_pack("{s:{s:s, s:{s:s, s:s}}}", "metadata", "name", CONTROL_NODE, "labels",
                             "kubernetes.io/hostname", CONTROL_NODE, "kubernetes.io/os", "linux"));
    node = store_find(nodes->collection, NULL, CONTROL_NODE);
    if (node)
        control_status(s, "", "nodes", node,
                       json_pack("{s:[{s:s, s:s, s:s}], s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s},"
                                 " s:{s:s}, s:[{s:s, s:s}]}",
                                 "conditions", "type", "Ready", "status", "True", "reason",
                                 "Simulated", "capacity", "cpu", "16", "memory", "64Gi", "pods",
                                 "10000", "allocatable", "cpu", "16", "memory", "64Gi", "pods",
                                 "10000", "nodeInfo", "kubeletVersion", KINDS_KUBERNETES,
                                 "addresses", "type", "InternalIP", "address", CONTROL_NODE_IP));
}
