/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoints: which Pods a Service leads to, as Endpoints and as an EndpointSlice. A Service without
 * a selector has none of ours.
 */
#include "tests/sandbox/controllers/control.h"

#include "lib/doc/yaml.h"
#include "tests/sandbox/place.h"

#define SLICES "discovery.k8s.io"
#define OF_SERVICE "kubernetes.io/service-name"

/* The number that a named port has in the Pod; 0: the Pod has no port of this name. */
static json_int_t port_of(const json_t *pod, const json_t *target)
{
    size_t i, k;
    json_t *container, *port;

    if (json_is_integer(target))
        return json_integer_value(target);
    json_array_foreach ((json_t *)place_at(pod, ".spec.containers"), i, container) {
        json_array_foreach (json_object_get(container, "ports"), k, port) {
            if (streq(control_text(port, ".name"), json_string_value(target)))
                return control_number(port, ".containerPort");
        }
    }
    return 0;
}

/* As they are in the first of the Pods: they come from one template. */
static json_t *ports_of(const json_t *service, const json_t *pods)
{
    json_t *ports = json_array(), *port;
    size_t i;

    json_array_foreach ((json_t *)place_at(service, ".spec.ports"), i, port) {
        json_int_t number = port_of(json_array_get(pods, 0), json_object_get(port, "targetPort"));

        if (number > 0)
            json_array_append_new(ports, json_pack("{s:s, s:I, s:O}", "name",
                                                   control_text(port, ".name"), "port", number,
                                                   "protocol", json_object_get(port, "protocol")));
    }
    return ports;
}

static json_t *reference_to(const json_t *pod)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "kind", "Pod", "namespace",
                     object_meta(pod, "namespace"), "name", object_meta(pod, "name"), "uid",
                     object_meta(pod, "uid"));
}

/* Those with an address that are not over. A new array. */
static json_t *pods_of(struct sandbox *s, const json_t *service)
{
    cleanup_json json_t *selector =
        json_pack("{s:O}", "matchLabels", place_at(service, ".spec.selector"));
    cleanup_json json_t *all = control_selected(s, object_meta(service, "namespace"), selector);
    json_t *pods = json_array(), *pod;
    size_t i;

    json_array_foreach (all, i, pod) {
        if (*control_text(pod, ".status.podIP") && !control_is_over(pod))
            json_array_append(pods, pod);
    }
    return pods;
}

/* ---- Endpoints ---- */

static json_t *subsets_of(const json_t *service, const json_t *pods)
{
    json_t *ready = json_array(), *others = json_array(), *subset, *pod;
    cleanup_json json_t *ports = ports_of(service, pods);
    bool all = json_is_true(place_at(service, ".spec.publishNotReadyAddresses"));
    size_t i;

    json_array_foreach ((json_t *)pods, i, pod) {
        if (!control_is_ending(pod))
            json_array_append_new(
                all || control_is_ready(pod) ? ready : others,
                json_pack("{s:s, s:O, s:o}", "ip", control_text(pod, ".status.podIP"), "nodeName",
                          place_at(pod, ".spec.nodeName"), "targetRef", reference_to(pod)));
    }
    subset = json_pack("{s:o, s:o, s:O}", "addresses", ready, "notReadyAddresses", others, "ports",
                       ports);
    if (json_array_size(ready) == 0)
        json_object_del(subset, "addresses");
    if (json_array_size(others) == 0)
        json_object_del(subset, "notReadyAddresses");
    if (json_object_size(subset) > 1)
        return json_pack("[o]", subset);
    json_decref(subset);
    return json_array();
}

/* ---- the slice ---- */

static json_t *endpoints_of(const json_t *service, const json_t *pods)
{
    bool all = json_is_true(place_at(service, ".spec.publishNotReadyAddresses"));
    json_t *endpoints = json_array(), *pod;
    size_t i;

    json_array_foreach ((json_t *)pods, i, pod) {
        bool is_ending = control_is_ending(pod), is_ready = control_is_ready(pod);

        json_array_append_new(
            endpoints, json_pack("{s:[s], s:{s:b, s:b, s:b}, s:O, s:o}", "addresses",
                                 control_text(pod, ".status.podIP"), "conditions", "ready",
                                 all || (is_ready && !is_ending), "serving", is_ready,
                                 "terminating", is_ending, "nodeName",
                                 place_at(pod, ".spec.nodeName"), "targetRef", reference_to(pod)));
    }
    return endpoints;
}

/* The slice of the Service; NULL: none yet. Borrowed. */
static const json_t *find_slice(struct sandbox *s, const json_t *service)
{
    cleanup_json json_t *slices = control_children(s, SLICES, "endpointslices", service);

    return store_find(store_collection(s->store, SLICES, "endpointslices"),
                      object_meta(service, "namespace"),
                      object_meta(json_array_get(slices, 0), "name"));
}

/* ---- writing ---- */

/* `found` (NULL: none) with the fields of `wanted`, which is taken. */
static void put(struct sandbox *s, const char *group, const char *plural, const json_t *found,
                json_t *wanted)
{
    const struct kind *kind = kinds_find(&s->kinds, group, "v1", plural);
    json_t *next;

    if (!found) {
        control_create(s, group, plural, wanted);
        return;
    }
    next = json_deep_copy(found);
    json_object_del(wanted, "metadata");
    json_object_update(next, wanted);
    json_decref(wanted);
    if (json_equal(next, found))
        json_decref(next);
    else
        control_update(s, kind, next, NULL);
}

static json_t *labels_of(const json_t *service, const char *name, const char *value)
{
    json_t *labels = json_copy((json_t *)place_at(service, ".metadata.labels"));

    if (!labels)
        labels = json_object();
    json_object_set_new(labels, name, json_string(value));
    return labels;
}

static void put_endpoints(struct sandbox *s, const json_t *service, const json_t *pods)
{
    const char *ns = object_meta(service, "namespace"), *name = object_meta(service, "name");

    put(s, "", "endpoints", store_find(store_collection(s->store, "", "endpoints"), ns, name),
        json_pack("{s:{s:s, s:s, s:o}, s:o}", "metadata", "name", name, "namespace", ns, "labels",
                  labels_of(service, "endpoints.kubernetes.io/managed-by", "endpoint-controller"),
                  "subsets", subsets_of(service, pods)));
}

static void put_slice(struct sandbox *s, const json_t *service, const json_t *pods)
{
    const char *ns = object_meta(service, "namespace"), *name = object_meta(service, "name");
    cleanup_free char *base = xasprintf("%s-", name);
    json_t *labels = labels_of(service, OF_SERVICE, name);

    json_object_set_new(labels, "endpointslice.kubernetes.io/managed-by",
                        json_string("endpointslice-controller.k8s.io"));
    put(s, SLICES, "endpointslices", find_slice(s, service),
        json_pack("{s:{s:s, s:s, s:o, s:o}, s:s, s:o, s:o}", "metadata", "generateName", base,
                  "namespace", ns, "labels", labels, "ownerReferences", control_owner(service),
                  "addressType", "IPv4", "endpoints", endpoints_of(service, pods), "ports",
                  ports_of(service, pods)));
}

void control_endpoints(struct sandbox *s, const json_t *service)
{
    cleanup_json json_t *pods = NULL;

    if (control_is_ending(service) || json_object_size(place_at(service, ".spec.selector")) == 0)
        return;
    pods = pods_of(s, service);
    put_endpoints(s, service, pods);
    put_slice(s, service, pods);
}

void control_service_gone(struct sandbox *s, const char *ns, const char *name)
{
    const json_t *endpoints = store_find(store_collection(s->store, "", "endpoints"), ns, name);

    if (endpoints && place_at(endpoints, ".metadata.labels.endpoints\\.kubernetes\\.io/managed-by"))
        control_delete(s, "", "endpoints", endpoints);
}
