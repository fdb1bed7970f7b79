/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/references_table.h"

#define POD "spec"
#define TEMPLATE "spec/template/spec"
#define CRON "spec/jobTemplate/spec/template/spec"
#define RBAC .group = "rbac.authorization.k8s.io"
#define ADMISSION .group = "admissionregistration.k8s.io"
#define REF(k, p)                                                                                  \
    {                                                                                              \
        .kind = k, .path = p                                                                       \
    }

/* ConfigMaps and Secrets in a pod: the kinds that hold one, and where in it. */
#define CONFIG_MAP_REFS(at, ...)                                                                   \
    {__VA_ARGS__, .path = at "/volumes/configMap/name"},                                           \
        {__VA_ARGS__, .path = at "/containers/env/valueFrom/configMapKeyRef/name"},                \
        {__VA_ARGS__, .path = at "/initContainers/env/valueFrom/configMapKeyRef/name"},            \
        {__VA_ARGS__, .path = at "/containers/envFrom/configMapRef/name"},                         \
        {__VA_ARGS__, .path = at "/initContainers/envFrom/configMapRef/name"},                     \
    {                                                                                              \
        __VA_ARGS__, .path = at "/volumes/projected/sources/configMap/name"                        \
    }
#define SECRET_REFS(at, ...)                                                                       \
    {__VA_ARGS__, .path = at "/volumes/secret/secretName"},                                        \
        {__VA_ARGS__, .path = at "/containers/env/valueFrom/secretKeyRef/name"},                   \
        {__VA_ARGS__, .path = at "/initContainers/env/valueFrom/secretKeyRef/name"},               \
        {__VA_ARGS__, .path = at "/containers/envFrom/secretRef/name"},                            \
        {__VA_ARGS__, .path = at "/initContainers/envFrom/secretRef/name"},                        \
        {__VA_ARGS__, .path = at "/imagePullSecrets/name"},                                        \
    {                                                                                              \
        __VA_ARGS__, .path = at "/volumes/projected/sources/secret/name"                           \
    }
#define EACH_POD_OWNER(REFS)                                                                       \
    REFS(POD, .version = "v1", .kind = "Pod"), REFS("template/spec", .kind = "PodTemplate"),       \
        REFS(TEMPLATE, .kind = "Deployment"), REFS(TEMPLATE, .kind = "ReplicaSet"),                \
        REFS(TEMPLATE, .kind = "DaemonSet"), REFS(TEMPLATE, .kind = "StatefulSet"),                \
        REFS(TEMPLATE, .kind = "Job"), REFS(CRON, .kind = "CronJob")

/* Other names in a pod spec. */
#define EACH_POD_FIELD(field)                                                                      \
    REF("Pod", POD field), REF("StatefulSet", TEMPLATE field), REF("Deployment", TEMPLATE field),  \
        REF("ReplicationController", TEMPLATE field), REF("CronJob", CRON field),                  \
        REF("Job", TEMPLATE field), REF("DaemonSet", TEMPLATE field)

static const struct fieldspec storage_class[] = {
    REF("PersistentVolume", "spec/storageClassName"),
    REF("PersistentVolumeClaim", "spec/storageClassName"),
    REF("StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
};

static const struct fieldspec service_account[] = {
    {RBAC, .kind = "RoleBinding", .path = "subjects"},
    {RBAC, .kind = "ClusterRoleBinding", .path = "subjects"},
    EACH_POD_FIELD("/serviceAccountName"),
};

static const struct fieldspec role[] = {{RBAC, .kind = "RoleBinding", .path = "roleRef/name"}};

static const struct fieldspec cluster_role[] = {
    {RBAC, .kind = "RoleBinding", .path = "roleRef/name"},
    {RBAC, .kind = "ClusterRoleBinding", .path = "roleRef/name"},
};

static const struct fieldspec config_map[] = {
    EACH_POD_OWNER(CONFIG_MAP_REFS),
    REF("Node", "spec/configSource/configMap"),
    REF("Role", "rules/resourceNames"),
    REF("ClusterRole", "rules/resourceNames"),
    REF("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"),
};

static const struct fieldspec secret[] = {
    EACH_POD_OWNER(SECRET_REFS),
    REF("Ingress", "spec/tls/secretName"),
    REF("Ingress", "metadata/annotations/ingress.kubernetes.io\\/auth-secret"),
    REF("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret"),
    REF("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
    REF("ServiceAccount", "imagePullSecrets/name"),
    REF("StorageClass", "parameters/secretName"),
    REF("StorageClass", "parameters/adminSecretName"),
    REF("StorageClass", "parameters/userSecretName"),
    REF("StorageClass", "parameters/secretRef"),
    REF("Role", "rules/resourceNames"),
    REF("ClusterRole", "rules/resourceNames"),
    {.group = "serving.knative.dev",
     .version = "v1",
     .kind = "Service",
     .path = TEMPLATE "/containers/env/valueFrom/secretKeyRef/name"},
    REF("PersistentVolume", "spec/azureFile/secretName"),
};

static const struct fieldspec service[] = {
    {.group = "apps", .kind = "StatefulSet", .path = "spec/serviceName"},
    REF("Ingress", "spec/rules/http/paths/backend/serviceName"),
    REF("Ingress", "spec/backend/serviceName"),
    REF("Ingress", "spec/rules/http/paths/backend/service/name"),
    REF("Ingress", "spec/defaultBackend/service/name"),
    {.group = "apiregistration.k8s.io", .kind = "APIService", .path = "spec/service/name"},
    {ADMISSION, .kind = "ValidatingWebhookConfiguration", .path = "webhooks/clientConfig/service"},
    {ADMISSION, .kind = "MutatingWebhookConfiguration", .path = "webhooks/clientConfig/service"},
};

static const struct fieldspec priority_class[] = {EACH_POD_FIELD("/priorityClassName")};

static const struct fieldspec volume[] = {
    REF("PersistentVolumeClaim", "spec/volumeName"),
    REF("ClusterRole", "rules/resourceNames"),
};

static const struct fieldspec volume_claim[] = {
    EACH_POD_FIELD("/volumes/persistentVolumeClaim/claimName"),
};

static const struct fieldspec scaled[] = {
    REF("HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
};

static const struct fieldspec admission_policy[] = {
    {ADMISSION, .kind = "ValidatingAdmissionPolicyBinding", .path = "spec/policyName"},
};

static const struct fieldspec ingress_class[] = {REF("Ingress", "spec/ingressClassName")};

#define SPECS(table) .referrers = {.items = (table), .len = ARRAY_LEN(table)}

const struct name_reference default_references[DEFAULT_REFERENCE_COUNT] = {
    {.group = "storage.k8s.io", .version = "v1", .kind = "StorageClass", SPECS(storage_class)},
    {.version = "v1", .kind = "ServiceAccount", SPECS(service_account)},
    {RBAC, .kind = "Role", SPECS(role)},
    {RBAC, .kind = "ClusterRole", SPECS(cluster_role)},
    {.version = "v1", .kind = "ConfigMap", SPECS(config_map)},
    {.version = "v1", .kind = "Secret", SPECS(secret)},
    {.version = "v1", .kind = "Service", SPECS(service)},
    {.group = "scheduling.k8s.io", .version = "v1", .kind = "PriorityClass", SPECS(priority_class)},
    {.version = "v1", .kind = "PersistentVolume", SPECS(volume)},
    {.version = "v1", .kind = "PersistentVolumeClaim", SPECS(volume_claim)},
    {.kind = "Deployment", SPECS(scaled)},
    {.kind = "StatefulSet", SPECS(scaled)},
    {ADMISSION, .kind = "ValidatingAdmissionPolicy", SPECS(admission_policy)},
    /* The group is as kustomize has it: it selects nothing. */
    {.group = "networking.k8s.io/v1",
     .version = "v1",
     .kind = "IngressClass",
     SPECS(ingress_class)},
    {.kind = "ReplicaSet", SPECS(scaled)},
    {.kind = "ReplicationController", SPECS(scaled)},
};
