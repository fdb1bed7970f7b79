/* SPDX-License-Identifier: Apache-2.0 */
/* Field specs of labels, annotations, namespaces, images, replicas. Those of name references are
 * in references_table.c. Behaviour: kustomize v5.8. */
#include "kustomize/defaults.h"

#include "kustomize/references_table.h"

#define APPS .group = "apps"
#define BATCH .group = "batch"

#define METADATA_LABELS                                                                            \
    {.path = "metadata/labels", .create = true},                                                   \
        {.version = "v1",                                                                          \
         .kind = "ReplicationController",                                                          \
         .path = "spec/template/metadata/labels",                                                  \
         .create = true},                                                                          \
        {.kind = "Deployment", .path = "spec/template/metadata/labels", .create = true},           \
        {.kind = "ReplicaSet", .path = "spec/template/metadata/labels", .create = true},           \
        {.kind = "DaemonSet", .path = "spec/template/metadata/labels", .create = true},            \
        {APPS, .kind = "StatefulSet", .path = "spec/template/metadata/labels", .create = true},    \
        {BATCH, .kind = "Job", .path = "spec/template/metadata/labels", .create = true},           \
        {BATCH, .kind = "CronJob", .path = "spec/jobTemplate/metadata/labels", .create = true},    \
    {                                                                                              \
        BATCH, .kind = "CronJob", .path = "spec/jobTemplate/spec/template/metadata/labels",        \
               .create = true                                                                      \
    }

#define CLAIM_LABELS                                                                               \
    {                                                                                              \
        APPS, .kind = "StatefulSet", .path = "spec/volumeClaimTemplates[]/metadata/labels",        \
              .create = true                                                                       \
    }

#define AFFINITY "spec/template/spec/affinity/"
#define PREFERRED                                                                                  \
    "/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels"
#define REQUIRED "/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels"
#define SCHEDULING(k)                                                                              \
    {APPS, .kind = k, .path = AFFINITY "podAffinity" PREFERRED},                                   \
        {APPS, .kind = k, .path = AFFINITY "podAffinity" REQUIRED},                                \
        {APPS, .kind = k, .path = AFFINITY "podAntiAffinity" PREFERRED},                           \
        {APPS, .kind = k, .path = AFFINITY "podAntiAffinity" REQUIRED},                            \
    {                                                                                              \
        APPS, .kind = k,                                                                           \
              .path = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels"     \
    }

static const struct fieldspec common_labels[] = {
    {.version = "v1", .kind = "Service", .path = "spec/selector", .create = true},
    {.version = "v1", .kind = "ReplicationController", .path = "spec/selector", .create = true},
    {.kind = "Deployment", .path = "spec/selector/matchLabels", .create = true},
    SCHEDULING("Deployment"),
    {.kind = "ReplicaSet", .path = "spec/selector/matchLabels", .create = true},
    {.kind = "DaemonSet", .path = "spec/selector/matchLabels", .create = true},
    {APPS, .kind = "StatefulSet", .path = "spec/selector/matchLabels", .create = true},
    SCHEDULING("StatefulSet"),
    {BATCH, .kind = "Job", .path = "spec/selector/matchLabels"},
    {BATCH, .kind = "CronJob", .path = "spec/jobTemplate/spec/selector/matchLabels"},
    {.group = "policy", .kind = "PodDisruptionBudget", .path = "spec/selector/matchLabels"},
    {.group = "networking.k8s.io", .kind = "NetworkPolicy", .path = "spec/podSelector/matchLabels"},
    {.group = "networking.k8s.io",
     .kind = "NetworkPolicy",
     .path = "spec/ingress/from/podSelector/matchLabels"},
    {.group = "networking.k8s.io",
     .kind = "NetworkPolicy",
     .path = "spec/egress/to/podSelector/matchLabels"},
    METADATA_LABELS,
    CLAIM_LABELS,
};

static const struct fieldspec template_labels[] = {METADATA_LABELS};
static const struct fieldspec claim_labels[] = {CLAIM_LABELS};

static const struct fieldspec common_annotations[] = {
    {.path = "metadata/annotations", .create = true},
    {.version = "v1",
     .kind = "ReplicationController",
     .path = "spec/template/metadata/annotations",
     .create = true},
    {.kind = "Deployment", .path = "spec/template/metadata/annotations", .create = true},
    {.kind = "ReplicaSet", .path = "spec/template/metadata/annotations", .create = true},
    {.kind = "DaemonSet", .path = "spec/template/metadata/annotations", .create = true},
    {.kind = "StatefulSet", .path = "spec/template/metadata/annotations", .create = true},
    {BATCH, .kind = "Job", .path = "spec/template/metadata/annotations", .create = true},
    {BATCH, .kind = "CronJob", .path = "spec/jobTemplate/metadata/annotations", .create = true},
    {BATCH, .kind = "CronJob", .path = "spec/jobTemplate/spec/template/metadata/annotations",
     .create = true},
};

static const struct fieldspec namespaces[] = {
    {.kind = "Namespace", .path = "metadata/name", .create = true},
    {.group = "apiregistration.k8s.io",
     .kind = "APIService",
     .path = "spec/service/namespace",
     .create = true},
    {.group = "apiextensions.k8s.io",
     .kind = "CustomResourceDefinition",
     .path = "spec/conversion/webhook/clientConfig/service/namespace"},
};

static const struct fieldspec names[] = {{.path = "metadata/name"}};

static const struct fieldspec images[] = {
    {.path = "spec/containers[]/image", .create = true},
    {.path = "spec/initContainers[]/image", .create = true},
    {.path = "spec/volumes[]/image/reference", .create = true},
    {.path = "spec/template/spec/containers[]/image", .create = true},
    {.path = "spec/template/spec/initContainers[]/image", .create = true},
    {.path = "spec/template/spec/volumes[]/image/reference", .create = true},
    {.path = "spec/jobTemplate/spec/template/spec/volumes[]/image/reference", .create = true},
};

static const struct fieldspec replicas[] = {
    {.kind = "Deployment", .path = "spec/replicas", .create = true},
    {.kind = "ReplicationController", .path = "spec/replicas", .create = true},
    {.kind = "ReplicaSet", .path = "spec/replicas", .create = true},
    {.kind = "StatefulSet", .path = "spec/replicas", .create = true},
};

#define VARS_IN_CONTAINERS(k, pod, list)                                                           \
    {.kind = k, .path = pod "/" list "/args"}, {.kind = k, .path = pod "/" list "/command"},       \
        {.kind = k, .path = pod "/" list "/env/value"},                                            \
    {                                                                                              \
        .kind = k, .path = pod "/" list "/volumeMounts/mountPath"                                  \
    }
#define VARS_IN_POD(k, pod, nfs)                                                                   \
    VARS_IN_CONTAINERS(k, pod, "containers"), VARS_IN_CONTAINERS(k, pod, "initContainers"),        \
    {                                                                                              \
        .kind = k, .path = nfs "/nfs/server"                                                       \
    }
#define TEMPLATE "spec/template/spec"
#define CRON_TEMPLATE "spec/jobTemplate/spec/template"

static const struct fieldspec var_references[] = {
    VARS_IN_POD("CronJob", CRON_TEMPLATE "/spec", CRON_TEMPLATE "/volumes"),
    VARS_IN_POD("DaemonSet", TEMPLATE, TEMPLATE "/volumes"),
    VARS_IN_POD("Deployment", TEMPLATE, TEMPLATE "/volumes"),
    {.kind = "Deployment", .path = "spec/template/metadata/annotations"},
    {.kind = "Ingress", .path = "spec/rules/host"},
    {.kind = "Ingress", .path = "spec/tls/hosts"},
    {.kind = "Ingress", .path = "spec/tls/secretName"},
    VARS_IN_POD("Job", TEMPLATE, TEMPLATE "/volumes"),
    VARS_IN_POD("Pod", "spec", "spec/volumes"),
    VARS_IN_POD("ReplicaSet", TEMPLATE, TEMPLATE "/volumes"),
    {.kind = "Service", .path = "spec/ports/port"},
    {.kind = "Service", .path = "spec/ports/targetPort"},
    VARS_IN_POD("StatefulSet", TEMPLATE, "spec/volumeClaimTemplates/spec"),
    {.kind = "PersistentVolume", .path = "spec/nfs/server"},
    {.path = "metadata/labels"},
    {.path = "metadata/annotations"},
};

#define SPECS(table)                                                                               \
    {                                                                                              \
        .items = (table), .len = ARRAY_LEN(table)                                                  \
    }

const struct field_config *field_config_default(void)
{
    static const struct field_config config = {
        .name_prefix = SPECS(names),
        .name_suffix = SPECS(names),
        .namespace = SPECS(namespaces),
        .common_labels = SPECS(common_labels),
        .template_labels = SPECS(template_labels),
        .volume_claim_template_labels = SPECS(claim_labels),
        .common_annotations = SPECS(common_annotations),
        .var_reference = SPECS(var_references),
        .images = SPECS(images),
        .replicas = SPECS(replicas),
        .references = default_references,
        .reference_count = DEFAULT_REFERENCE_COUNT,
    };

    return &config;
}
