/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/defaults_pod.h"

#include "tests/sandbox/defaults_fill.h"
#include "tests/sandbox/defaults_job.h"

/* An image without a tag, or with the tag latest, is pulled always. */
static const char *pull_policy(const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *colon = strrchr(slash ? slash : image, ':');

    if (strchr(image, '@'))
        return "IfNotPresent";
    return !colon || streq(colon, ":latest") ? "Always" : "IfNotPresent";
}

static void fill_probe(json_t *probe)
{
    json_t *get = json_object_get(probe, "httpGet");

    fill_text(probe, "{\"timeoutSeconds\":1,\"periodSeconds\":10,\"successThreshold\":1,"
                     "\"failureThreshold\":3}");
    fill_text(get, "{\"scheme\":\"HTTP\",\"path\":\"/\"}");
    fill_text(json_object_get(probe, "grpc"), "{\"service\":\"\"}");
}

static void fill_container(json_t *container)
{
    const char *image = json_string_value(json_object_get(container, "image"));
    size_t i;
    json_t *item;

    fill_text(container, "{\"terminationMessagePath\":\"/dev/termination-log\","
                         "\"terminationMessagePolicy\":\"File\",\"resources\":{}}");
    if (!json_object_get(container, "imagePullPolicy") && json_is_object(container))
        json_object_set_new(container, "imagePullPolicy",
                            json_string(pull_policy(image ? image : "")));
    fill_probe(json_object_get(container, "livenessProbe"));
    fill_probe(json_object_get(container, "readinessProbe"));
    fill_probe(json_object_get(container, "startupProbe"));
    json_array_foreach (json_object_get(container, "ports"), i, item) {
        fill_text(item, "{\"protocol\":\"TCP\"}");
    }
    json_array_foreach (json_object_get(container, "env"), i, item) {
        fill_text(json_object_get(json_object_get(item, "valueFrom"), "fieldRef"),
                  "{\"apiVersion\":\"v1\"}");
    }
}

static void fill_volume(json_t *volume)
{
    static const char *const with_mode[] = {"secret", "configMap", "downwardAPI", "projected"};

    for (size_t i = 0; i < ARRAY_LEN(with_mode); i++)
        fill_text(json_object_get(volume, with_mode[i]), "{\"defaultMode\":420}");
    fill_text(json_object_get(volume, "hostPath"), "{\"type\":\"\"}");
    if (json_object_size(volume) == 1)
        fill_text(volume, "{\"emptyDir\":{}}");
}

/* Two names for the same. */
static void fill_account(json_t *spec)
{
    json_t *name = json_object_get(spec, "serviceAccountName");
    json_t *old = json_object_get(spec, "serviceAccount");

    if (name && !old)
        json_object_set(spec, "serviceAccount", name);
    else if (old && !name)
        json_object_set(spec, "serviceAccountName", old);
}

static void fill_pod_spec(json_t *spec)
{
    static const char *const lists[] = {"initContainers", "containers"};
    size_t i;
    json_t *item;

    if (!json_is_object(spec))
        return;
    fill_text(spec, "{\"restartPolicy\":\"Always\",\"terminationGracePeriodSeconds\":30,"
                    "\"dnsPolicy\":\"ClusterFirst\",\"securityContext\":{},\"schedulerName\":"
                    "\"default-scheduler\"}");
    fill_account(spec);
    for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
        json_array_foreach (json_object_get(spec, lists[k]), i, item) {
            fill_container(item);
        }
    }
    json_array_foreach (json_object_get(spec, "volumes"), i, item) {
        fill_volume(item);
    }
}

static const char admitted[] =
    "{\"priority\":0,\"preemptionPolicy\":\"PreemptLowerPriority\",\"tolerations\":["
    "{\"key\":\"node.kubernetes.io/not-ready\",\"operator\":\"Exists\",\"effect\":\"NoExecute\","
    "\"tolerationSeconds\":300},{\"key\":\"node.kubernetes.io/unreachable\","
    "\"operator\":\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300}]}";

void defaults_admitted(const struct kind *kind, json_t *object)
{
    if (streq(kind->kind, "Pod") && !*kind->group)
        fill_text(json_object_get(object, "spec"), admitted);
    if (streq(kind->kind, "Job") && streq(kind->group, "batch"))
        defaults_job_admitted(object);
}

/* Guaranteed: all containers ask for what limits them; BestEffort: none asks for anything. */
static void fill_quality(const json_t *spec, json_t *status)
{
    static const char *const resources[] = {"cpu", "memory"};
    bool any = false, all = true;
    size_t i;
    json_t *container;

    json_array_foreach (json_object_get(spec, "containers"), i, container) {
        const json_t *own = json_object_get(container, "resources");
        const json_t *limits = json_object_get(own, "limits");
        const json_t *requests = json_object_get(own, "requests");

        any = any || json_object_size(limits) > 0 || json_object_size(requests) > 0;
        for (size_t k = 0; k < ARRAY_LEN(resources); k++) {
            const json_t *limit = json_object_get(limits, resources[k]);
            const json_t *request = json_object_get(requests, resources[k]);

            all = all && limit && (!request || json_equal(limit, request));
        }
    }
    if (!json_object_get(status, "qosClass"))
        json_object_set_new(status, "qosClass",
                            json_string(!any  ? "BestEffort"
                                        : all ? "Guaranteed"
                                              : "Burstable"));
}

void defaults_pod_of(const struct kind *kind, json_t *object)
{
    static const char *const with_template[] = {
        "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "ReplicationController"};
    json_t *spec = json_object_get(object, "spec");

    if (streq(kind->kind, "Pod")) {
        fill_pod_spec(spec);
        fill_text(object, "{\"status\":{\"phase\":\"Pending\"},\"spec\":{\"enableServiceLinks\":"
                          "true}}");
        fill_quality(spec, json_object_get(object, "status"));
    } else if (streq(kind->kind, "PodTemplate")) {
        fill_pod_spec(json_object_get(json_object_get(object, "template"), "spec"));
    } else if (streq(kind->kind, "CronJob")) {
        spec = json_object_get(json_object_get(spec, "jobTemplate"), "spec");
        fill_pod_spec(json_object_get(json_object_get(spec, "template"), "spec"));
    }
    for (size_t i = 0; i < ARRAY_LEN(with_template); i++)
        if (streq(kind->kind, with_template[i]))
            fill_pod_spec(json_object_get(json_object_get(spec, "template"), "spec"));
}

/* ---- Services ---- */

#define NODE_PORT_FIRST 30000

static void fill_ports(struct sandbox *s, json_t *spec, bool on_nodes)
{
    size_t i;
    json_t *port;

    json_array_foreach (json_object_get(spec, "ports"), i, port) {
        fill_text(port, "{\"protocol\":\"TCP\"}");
        if (json_is_object(port) && !json_object_get(port, "targetPort"))
            json_object_set(port, "targetPort", json_object_get(port, "port"));
        if (on_nodes && !json_object_get(port, "nodePort"))
            json_object_set_new(port, "nodePort",
                                json_integer(NODE_PORT_FIRST + s->next_address++ % 2768));
    }
}

static void fill_address(struct sandbox *s, json_t *spec)
{
    const char *given = json_string_value(json_object_get(spec, "clusterIP"));
    unsigned n;

    if (!given || !*given) {
        cleanup_free char *address = NULL;

        n = ++s->next_address;
        address = xasprintf("10.96.%u.%u", n / 250 % 250, n % 250 + 1);
        json_object_set_new(spec, "clusterIP", json_string(address));
    }
    if (!json_object_get(spec, "clusterIPs"))
        json_object_set_new(spec, "clusterIPs",
                            json_pack("[O]", json_object_get(spec, "clusterIP")));
    fill_text(spec, "{\"ipFamilies\":[\"IPv4\"],\"ipFamilyPolicy\":\"SingleStack\","
                    "\"internalTrafficPolicy\":\"Cluster\"}");
}

void defaults_service(struct sandbox *s, json_t *object)
{
    json_t *spec = json_object_get(object, "spec");
    const char *type;
    bool on_nodes;

    if (!json_is_object(spec))
        return;
    fill_text(spec, "{\"type\":\"ClusterIP\",\"sessionAffinity\":\"None\"}");
    fill_text(object, "{\"status\":{\"loadBalancer\":{}}}");
    type = json_string_value(json_object_get(spec, "type"));
    on_nodes = streq(type, "NodePort") || streq(type, "LoadBalancer");
    if (streq(type, "LoadBalancer"))
        fill_text(spec, "{\"allocateLoadBalancerNodePorts\":true}");
    fill_ports(s, spec,
               on_nodes && !json_is_false(json_object_get(spec, "allocateLoadBalancerNodePorts")));
    if (!streq(type, "ExternalName"))
        fill_address(s, spec);
    if (on_nodes)
        fill_text(spec, "{\"externalTrafficPolicy\":\"Cluster\"}");
}
