/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes, pkg/apis/.../v1/defaults.go and the strategies' PrepareForCreate. */
#include "tests/sandbox/defaults.h"

#include "lib/base/base64.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/apply_zero.h"
#include "tests/sandbox/defaults_fill.h"
#include "tests/sandbox/defaults_job.h"
#include "tests/sandbox/defaults_pod.h"
#include "tests/sandbox/schema_custom.h"

#include <stdio.h>

/* The JSON text of what is put in where it is not there. */
static const struct {
    const char *kind;
    const char *text;
} simple[] = {
    {"Deployment",
     "{\"spec\":{\"replicas\":1,\"revisionHistoryLimit\":10,\"progressDeadlineSeconds\":600,"
     "\"strategy\":{\"type\":\"RollingUpdate\"}}}"},
    {"StatefulSet",
     "{\"spec\":{\"replicas\":1,\"revisionHistoryLimit\":10,\"podManagementPolicy\":"
     "\"OrderedReady\",\"updateStrategy\":{\"type\":\"RollingUpdate\"},"
     "\"persistentVolumeClaimRetentionPolicy\":{\"whenDeleted\":\"Retain\",\"whenScaled\":"
     "\"Retain\"}}}"},
    {"DaemonSet",
     "{\"spec\":{\"revisionHistoryLimit\":10,\"updateStrategy\":{\"type\":\"RollingUpdate\"}}}"},
    {"ReplicaSet", "{\"spec\":{\"replicas\":1}}"},
    {"ReplicationController", "{\"spec\":{\"replicas\":1}}"},
    {"Job", "{\"spec\":{\"backoffLimit\":6,\"completionMode\":\"NonIndexed\",\"suspend\":false,"
            "\"manualSelector\":false,"
            "\"podReplacementPolicy\":\"TerminatingOrFailed\"}}"},
    {"CronJob",
     "{\"spec\":{\"concurrencyPolicy\":\"Allow\",\"suspend\":false,\"successfulJobsHistoryLimit\":"
     "3,\"failedJobsHistoryLimit\":1}}"},
    {"Secret", "{\"type\":\"Opaque\"}"},
    {"Namespace", "{\"spec\":{\"finalizers\":[\"kubernetes\"]},\"status\":{\"phase\":\"Active\"}}"},
    {"PersistentVolumeClaim",
     "{\"spec\":{\"volumeMode\":\"Filesystem\"},\"status\":{\"phase\":\"Pending\"}}"},
    {"PersistentVolume",
     "{\"spec\":{\"persistentVolumeReclaimPolicy\":\"Retain\",\"volumeMode\":\"Filesystem\"},"
     "\"status\":{\"phase\":\"Pending\"}}"},
    {"Ingress", "{\"status\":{\"loadBalancer\":{}}}"},
    {"HorizontalPodAutoscaler",
     "{\"spec\":{\"minReplicas\":1,\"metrics\":[{\"type\":\"Resource\",\"resource\":{\"name\":"
     "\"cpu\",\"target\":{\"type\":\"Utilization\",\"averageUtilization\":80}}}]}}"},
    {"StorageClass", "{\"reclaimPolicy\":\"Delete\",\"volumeBindingMode\":\"Immediate\"}"},
    {"PriorityClass", "{\"preemptionPolicy\":\"PreemptLowerPriority\"}"},
    {"CustomResourceDefinition", "{\"spec\":{\"conversion\":{\"strategy\":\"None\"}}}"},
    {"RoleBinding", "{\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\"}}"},
    {"ClusterRoleBinding", "{\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\"}}"},
};

/* ---- what a table cannot say ---- */

static void fill_rollout(json_t *spec, const char *member, const char *text)
{
    json_t *strategy = json_object_get(spec, member);

    if (streq(json_string_value(json_object_get(strategy, "type")), "RollingUpdate"))
        fill_text(strategy, text);
}

static void deployment(struct sandbox *s, json_t *object)
{
    (void)s;
    fill_rollout(json_object_get(object, "spec"), "strategy",
                 "{\"rollingUpdate\":{\"maxUnavailable\":\"25%\",\"maxSurge\":\"25%\"}}");
}

static void stateful_set(struct sandbox *s, json_t *object)
{
    json_t *spec = json_object_get(object, "spec");
    size_t i;
    json_t *claim;

    (void)s;
    fill_rollout(spec, "updateStrategy", "{\"rollingUpdate\":{\"partition\":0}}");
    json_array_foreach (json_object_get(spec, "volumeClaimTemplates"), i, claim) {
        fill_text(claim, "{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolumeClaim\",\"spec\":"
                         "{\"volumeMode\":\"Filesystem\"},\"status\":{\"phase\":\"Pending\"}}");
    }
}

static void daemon_set(struct sandbox *s, json_t *object)
{
    (void)s;
    fill_text(object, "{\"metadata\":{\"annotations\":"
                      "{\"deprecated.daemonset.template.generation\":\"1\"}}}");
    fill_rollout(json_object_get(object, "spec"), "updateStrategy",
                 "{\"rollingUpdate\":{\"maxUnavailable\":1,\"maxSurge\":0}}");
}

/* What is written as text is kept as base64. */
static void secret(struct sandbox *s, json_t *object)
{
    json_t *texts = json_object_get(object, "stringData");
    const char *key;
    json_t *value;

    (void)s;
    if (json_is_object(texts) && json_object_size(texts) > 0)
        fill_text(object, "{\"data\":{}}");
    json_object_foreach (texts, key, value) {
        cleanup_free char *encoded =
            base64_encode(json_string_value(value), json_string_length(value));

        json_object_set_new(json_object_get(object, "data"), key, json_string(encoded));
    }
    json_object_del(object, "stringData");
}

static void namespace(struct sandbox *s, json_t *object)
{
    json_t *meta = json_object_get(object, "metadata");

    (void)s;
    fill_text(meta, "{\"labels\":{}}");
    json_object_set(json_object_get(meta, "labels"), "kubernetes.io/metadata.name",
                    json_object_get(meta, "name"));
}

static void network_policy(struct sandbox *s, json_t *object)
{
    json_t *spec = json_object_get(object, "spec");
    json_t *types;

    (void)s;
    if (!json_is_object(spec) || json_object_get(spec, "policyTypes"))
        return;
    types = json_pack("[s]", "Ingress");
    if (json_array_size(json_object_get(spec, "egress")) > 0)
        json_array_append_new(types, json_string("Egress"));
    json_object_set_new(spec, "policyTypes", types);
}

static void binding(struct sandbox *s, json_t *object)
{
    size_t i;
    json_t *subject;

    (void)s;
    json_array_foreach (json_object_get(object, "subjects"), i, subject) {
        if (!streq(json_string_value(json_object_get(subject, "kind")), "ServiceAccount"))
            fill_text(subject, "{\"apiGroup\":\"rbac.authorization.k8s.io\"}");
    }
}

static void webhooks(struct sandbox *s, json_t *object)
{
    bool mutates =
        streq(json_string_value(json_object_get(object, "kind")), "MutatingWebhookConfiguration");
    size_t i, k;
    json_t *hook, *rule;

    (void)s;
    json_array_foreach (json_object_get(object, "webhooks"), i, hook) {
        json_t *service = json_object_get(json_object_get(hook, "clientConfig"), "service");

        fill_text(hook, "{\"failurePolicy\":\"Fail\",\"matchPolicy\":\"Equivalent\","
                        "\"namespaceSelector\":{},\"objectSelector\":{},\"timeoutSeconds\":10}");
        fill_text(mutates ? hook : NULL, "{\"reinvocationPolicy\":\"Never\"}");
        fill_text(service, "{\"port\":443}");
        json_array_foreach (json_object_get(hook, "rules"), k, rule) {
            fill_text(rule, "{\"scope\":\"*\"}");
        }
    }
}

static void definition(struct sandbox *s, json_t *object)
{
    json_t *names = json_object_get(json_object_get(object, "spec"), "names");
    const char *kind = json_string_value(json_object_get(names, "kind"));
    cleanup_free char *lower = xstrdup(kind);
    cleanup_free char *list = kind ? xasprintf("%sList", kind) : NULL;

    (void)s;
    if (!kind)
        return;
    for (char *p = lower; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    if (!json_object_get(names, "singular"))
        json_object_set_new(names, "singular", json_string(lower));
    if (!json_object_get(names, "listKind"))
        json_object_set_new(names, "listKind", json_string(list));
}

static const struct {
    const char *kind;
    void (*fill)(struct sandbox *s, json_t *object);
} special[] = {
    {"Deployment", deployment},
    {"StatefulSet", stateful_set},
    {"DaemonSet", daemon_set},
    {"Job", defaults_job},
    {"Secret", secret},
    {"Service", defaults_service},
    {"Namespace", namespace},
    {"NetworkPolicy", network_policy},
    {"RoleBinding", binding},
    {"ClusterRoleBinding", binding},
    {"MutatingWebhookConfiguration", webhooks},
    {"ValidatingWebhookConfiguration", webhooks},
    {"CustomResourceDefinition", definition},
};

/* What Go writes in any case. */
static void fill_zero(const struct kind *kind, json_t *object)
{
    cleanup_free char *api_version = kind_api_version(kind);
    cleanup_json json_t *zero = apply_zero(api_version, kind->kind);

    fill_json(object, zero);
}

void defaults_apply(struct sandbox *s, const struct kind *kind, json_t *object)
{
    if (kind_is_custom(kind)) {
        schema_custom_defaults(kind, object);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(simple); i++)
        if (streq(simple[i].kind, kind->kind))
            fill_text(object, simple[i].text);
    for (size_t i = 0; i < ARRAY_LEN(special); i++)
        if (streq(special[i].kind, kind->kind))
            special[i].fill(s, object);
    defaults_pod_of(kind, object);
    fill_zero(kind, object);
}

static void keep_ports(const json_t *old, json_t *spec)
{
    const json_t *old_ports = json_object_get(old, "ports");
    size_t i;
    json_t *port;

    json_array_foreach (json_object_get(spec, "ports"), i, port) {
        json_t *given = json_object_get(json_array_get(old_ports, i), "nodePort");

        if (given && !json_object_get(port, "nodePort") &&
            !streq(json_string_value(json_object_get(spec, "type")), "ClusterIP"))
            json_object_set(port, "nodePort", given);
    }
}

void defaults_keep(const struct kind *kind, const json_t *old, json_t *object)
{
    static const char *const of_services[] = {"clusterIP", "clusterIPs", "healthCheckNodePort"};
    const json_t *old_spec = json_object_get(old, "spec");
    json_t *spec = json_object_get(object, "spec");

    json_object_set(json_object_get(object, "metadata"), "uid",
                    json_object_get(json_object_get(old, "metadata"), "uid"));
    if (kind_is_custom(kind) || !json_is_object(spec))
        return;
    if (streq(kind->kind, "Service") &&
        !streq(json_string_value(json_object_get(spec, "type")), "ExternalName")) {
        for (size_t i = 0; i < ARRAY_LEN(of_services); i++)
            if (!json_object_get(spec, of_services[i]) && json_object_get(old_spec, of_services[i]))
                json_object_set(spec, of_services[i], json_object_get(old_spec, of_services[i]));
        keep_ports(old_spec, spec);
    }
    if (streq(kind->kind, "Job") && !json_object_get(spec, "selector"))
        json_object_set(spec, "selector", json_object_get(old_spec, "selector"));
    if (streq(kind->kind, "Namespace") && !json_object_get(spec, "finalizers"))
        json_object_set(spec, "finalizers", json_object_get(old_spec, "finalizers"));
}
