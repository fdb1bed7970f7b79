/* SPDX-License-Identifier: Apache-2.0 */
/* Written by tests/golden/generate-schema; do not edit. */
/* clang-format off */
#include "kustomize/schema.h"

static const struct merge_type type_admissionregistration_v1_MutatingWebhookConfiguration;
static const struct merge_type type_apps_v1_ControllerRevision;
static const struct merge_type type_apps_v1_DaemonSet;
static const struct merge_type type_apps_v1_DaemonSetSpec;
static const struct merge_type type_apps_v1_DaemonSetStatus;
static const struct merge_type type_apps_v1_Kustomization;
static const struct merge_type type_batch_v1_CronJob;
static const struct merge_type type_batch_v1_CronJobSpec;
static const struct merge_type type_batch_v1_JobTemplateSpec;
static const struct merge_type type_core_v1_ComponentStatus;
static const struct merge_type type_core_v1_Container;
static const struct merge_type type_core_v1_EphemeralContainer;
static const struct merge_type type_core_v1_EphemeralVolumeSource;
static const struct merge_type type_core_v1_Namespace;
static const struct merge_type type_core_v1_Node;
static const struct merge_type type_core_v1_NodeSpec;
static const struct merge_type type_core_v1_NodeStatus;
static const struct merge_type type_core_v1_Pod;
static const struct merge_type type_core_v1_PodSpec;
static const struct merge_type type_core_v1_PodStatus;
static const struct merge_type type_core_v1_PodTemplate;
static const struct merge_type type_core_v1_PodTemplateSpec;
static const struct merge_type type_core_v1_Service;
static const struct merge_type type_core_v1_ServiceAccount;
static const struct merge_type type_core_v1_ServiceSpec;
static const struct merge_type type_core_v1_Volume;
static const struct merge_type type_storage_v1_CSINode;
static const struct merge_type type_storage_v1_CSINodeSpec;
static const struct merge_type type_meta_v1_ObjectMeta;

static const struct merge_field type_admissionregistration_v1_MutatingWebhookConfiguration_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"webhooks", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name")}},
};
static const struct merge_type type_admissionregistration_v1_MutatingWebhookConfiguration = {.field_count = ARRAY_LEN(type_admissionregistration_v1_MutatingWebhookConfiguration_fields), .fields = type_admissionregistration_v1_MutatingWebhookConfiguration_fields};

static const struct merge_field type_apps_v1_ControllerRevision_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
};
static const struct merge_type type_apps_v1_ControllerRevision = {.field_count = ARRAY_LEN(type_apps_v1_ControllerRevision_fields), .fields = type_apps_v1_ControllerRevision_fields};

static const struct merge_field type_apps_v1_DaemonSet_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"spec", &type_apps_v1_DaemonSetSpec},
    {"status", &type_apps_v1_DaemonSetStatus},
};
static const struct merge_type type_apps_v1_DaemonSet = {.field_count = ARRAY_LEN(type_apps_v1_DaemonSet_fields), .fields = type_apps_v1_DaemonSet_fields};

static const struct merge_field type_apps_v1_DaemonSetSpec_fields[] = {
    {"template", &type_core_v1_PodTemplateSpec},
};
static const struct merge_type type_apps_v1_DaemonSetSpec = {.field_count = ARRAY_LEN(type_apps_v1_DaemonSetSpec_fields), .fields = type_apps_v1_DaemonSetSpec_fields};

static const struct merge_field type_apps_v1_DaemonSetStatus_fields[] = {
    {"conditions", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("type")}},
};
static const struct merge_type type_apps_v1_DaemonSetStatus = {.field_count = ARRAY_LEN(type_apps_v1_DaemonSetStatus_fields), .fields = type_apps_v1_DaemonSetStatus_fields};

static const struct merge_field type_apps_v1_Kustomization_fields[] = {
    {"configMapGenerator", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name")}},
    {"secretGenerator", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name")}},
};
static const struct merge_type type_apps_v1_Kustomization = {.field_count = ARRAY_LEN(type_apps_v1_Kustomization_fields), .fields = type_apps_v1_Kustomization_fields};

static const struct merge_field type_batch_v1_CronJob_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"spec", &type_batch_v1_CronJobSpec},
};
static const struct merge_type type_batch_v1_CronJob = {.field_count = ARRAY_LEN(type_batch_v1_CronJob_fields), .fields = type_batch_v1_CronJob_fields};

static const struct merge_field type_batch_v1_CronJobSpec_fields[] = {
    {"jobTemplate", &type_batch_v1_JobTemplateSpec},
};
static const struct merge_type type_batch_v1_CronJobSpec = {.field_count = ARRAY_LEN(type_batch_v1_CronJobSpec_fields), .fields = type_batch_v1_CronJobSpec_fields};

static const struct merge_field type_batch_v1_JobTemplateSpec_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"spec", &type_apps_v1_DaemonSetSpec},
};
static const struct merge_type type_batch_v1_JobTemplateSpec = {.field_count = ARRAY_LEN(type_batch_v1_JobTemplateSpec_fields), .fields = type_batch_v1_JobTemplateSpec_fields};

static const struct merge_field type_core_v1_ComponentStatus_fields[] = {
    {"conditions", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("type")}},
    {"metadata", &type_meta_v1_ObjectMeta},
};
static const struct merge_type type_core_v1_ComponentStatus = {.field_count = ARRAY_LEN(type_core_v1_ComponentStatus_fields), .fields = type_core_v1_ComponentStatus_fields};

static const struct merge_field type_core_v1_Container_fields[] = {
    {"env", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name")}},
    {"ports", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("containerPort", "protocol")}},
    {"volumeDevices", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("devicePath")}},
    {"volumeMounts", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("mountPath")}},
};
static const struct merge_type type_core_v1_Container = {.field_count = ARRAY_LEN(type_core_v1_Container_fields), .fields = type_core_v1_Container_fields};

static const struct merge_field type_core_v1_EphemeralContainer_fields[] = {
    {"env", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name")}},
    {"volumeDevices", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("devicePath")}},
    {"volumeMounts", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("mountPath")}},
};
static const struct merge_type type_core_v1_EphemeralContainer = {.field_count = ARRAY_LEN(type_core_v1_EphemeralContainer_fields), .fields = type_core_v1_EphemeralContainer_fields};

static const struct merge_field type_core_v1_EphemeralVolumeSource_fields[] = {
    {"volumeClaimTemplate", &type_apps_v1_ControllerRevision},
};
static const struct merge_type type_core_v1_EphemeralVolumeSource = {.field_count = ARRAY_LEN(type_core_v1_EphemeralVolumeSource_fields), .fields = type_core_v1_EphemeralVolumeSource_fields};

static const struct merge_field type_core_v1_Namespace_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"status", &type_apps_v1_DaemonSetStatus},
};
static const struct merge_type type_core_v1_Namespace = {.field_count = ARRAY_LEN(type_core_v1_Namespace_fields), .fields = type_core_v1_Namespace_fields};

static const struct merge_field type_core_v1_Node_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"spec", &type_core_v1_NodeSpec},
    {"status", &type_core_v1_NodeStatus},
};
static const struct merge_type type_core_v1_Node = {.field_count = ARRAY_LEN(type_core_v1_Node_fields), .fields = type_core_v1_Node_fields};

static const struct merge_field type_core_v1_NodeSpec_fields[] = {
    {"podCIDRs", &(const struct merge_type){.merges = true}},
};
static const struct merge_type type_core_v1_NodeSpec = {.field_count = ARRAY_LEN(type_core_v1_NodeSpec_fields), .fields = type_core_v1_NodeSpec_fields};

static const struct merge_field type_core_v1_NodeStatus_fields[] = {
    {"addresses", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("type")}},
    {"conditions", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("type")}},
};
static const struct merge_type type_core_v1_NodeStatus = {.field_count = ARRAY_LEN(type_core_v1_NodeStatus_fields), .fields = type_core_v1_NodeStatus_fields};

static const struct merge_field type_core_v1_Pod_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"spec", &type_core_v1_PodSpec},
    {"status", &type_core_v1_PodStatus},
};
static const struct merge_type type_core_v1_Pod = {.field_count = ARRAY_LEN(type_core_v1_Pod_fields), .fields = type_core_v1_Pod_fields};

static const struct merge_field type_core_v1_PodSpec_fields[] = {
    {"containers", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name"), .items = &type_core_v1_Container}},
    {"ephemeralContainers", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name"), .items = &type_core_v1_EphemeralContainer}},
    {"hostAliases", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("ip")}},
    {"imagePullSecrets", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name")}},
    {"initContainers", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name"), .items = &type_core_v1_Container}},
    {"topologySpreadConstraints", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("topologyKey", "whenUnsatisfiable")}},
    {"volumes", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name"), .items = &type_core_v1_Volume}},
};
static const struct merge_type type_core_v1_PodSpec = {.field_count = ARRAY_LEN(type_core_v1_PodSpec_fields), .fields = type_core_v1_PodSpec_fields};

static const struct merge_field type_core_v1_PodStatus_fields[] = {
    {"conditions", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("type")}},
    {"podIPs", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("ip")}},
};
static const struct merge_type type_core_v1_PodStatus = {.field_count = ARRAY_LEN(type_core_v1_PodStatus_fields), .fields = type_core_v1_PodStatus_fields};

static const struct merge_field type_core_v1_PodTemplate_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"template", &type_core_v1_PodTemplateSpec},
};
static const struct merge_type type_core_v1_PodTemplate = {.field_count = ARRAY_LEN(type_core_v1_PodTemplate_fields), .fields = type_core_v1_PodTemplate_fields};

static const struct merge_field type_core_v1_PodTemplateSpec_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"spec", &type_core_v1_PodSpec},
};
static const struct merge_type type_core_v1_PodTemplateSpec = {.field_count = ARRAY_LEN(type_core_v1_PodTemplateSpec_fields), .fields = type_core_v1_PodTemplateSpec_fields};

static const struct merge_field type_core_v1_Service_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"spec", &type_core_v1_ServiceSpec},
    {"status", &type_apps_v1_DaemonSetStatus},
};
static const struct merge_type type_core_v1_Service = {.field_count = ARRAY_LEN(type_core_v1_Service_fields), .fields = type_core_v1_Service_fields};

static const struct merge_field type_core_v1_ServiceAccount_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"secrets", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name")}},
};
static const struct merge_type type_core_v1_ServiceAccount = {.field_count = ARRAY_LEN(type_core_v1_ServiceAccount_fields), .fields = type_core_v1_ServiceAccount_fields};

static const struct merge_field type_core_v1_ServiceSpec_fields[] = {
    {"ports", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("port", "protocol")}},
};
static const struct merge_type type_core_v1_ServiceSpec = {.field_count = ARRAY_LEN(type_core_v1_ServiceSpec_fields), .fields = type_core_v1_ServiceSpec_fields};

static const struct merge_field type_core_v1_Volume_fields[] = {
    {"ephemeral", &type_core_v1_EphemeralVolumeSource},
};
static const struct merge_type type_core_v1_Volume = {.field_count = ARRAY_LEN(type_core_v1_Volume_fields), .fields = type_core_v1_Volume_fields};

static const struct merge_field type_storage_v1_CSINode_fields[] = {
    {"metadata", &type_meta_v1_ObjectMeta},
    {"spec", &type_storage_v1_CSINodeSpec},
};
static const struct merge_type type_storage_v1_CSINode = {.field_count = ARRAY_LEN(type_storage_v1_CSINode_fields), .fields = type_storage_v1_CSINode_fields};

static const struct merge_field type_storage_v1_CSINodeSpec_fields[] = {
    {"drivers", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("name")}},
};
static const struct merge_type type_storage_v1_CSINodeSpec = {.field_count = ARRAY_LEN(type_storage_v1_CSINodeSpec_fields), .fields = type_storage_v1_CSINodeSpec_fields};

static const struct merge_field type_meta_v1_ObjectMeta_fields[] = {
    {"finalizers", &(const struct merge_type){.merges = true}},
    {"ownerReferences", &(const struct merge_type){.merges = true, .keys = MERGE_KEYS("uid")}},
};
static const struct merge_type type_meta_v1_ObjectMeta = {.field_count = ARRAY_LEN(type_meta_v1_ObjectMeta_fields), .fields = type_meta_v1_ObjectMeta_fields};

const struct schema_kind schema_kinds[] = {
    {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", SCHEMA_CLUSTER, &type_admissionregistration_v1_MutatingWebhookConfiguration},
    {"admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", SCHEMA_CLUSTER, NULL},
    {"admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", SCHEMA_CLUSTER, NULL},
    {"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", SCHEMA_CLUSTER, &type_admissionregistration_v1_MutatingWebhookConfiguration},
    {"admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", SCHEMA_CLUSTER, &type_admissionregistration_v1_MutatingWebhookConfiguration},
    {"admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", SCHEMA_CLUSTER, &type_admissionregistration_v1_MutatingWebhookConfiguration},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"apiregistration.k8s.io/v1", "APIService", SCHEMA_CLUSTER, &type_core_v1_Namespace},
    {"apiregistration.k8s.io/v1beta1", "APIService", SCHEMA_CLUSTER, &type_core_v1_Namespace},
    {"apps/v1", "ControllerRevision", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"apps/v1", "DaemonSet", SCHEMA_NAMESPACED, &type_apps_v1_DaemonSet},
    {"apps/v1", "Deployment", SCHEMA_NAMESPACED, &type_apps_v1_DaemonSet},
    {"apps/v1", "ReplicaSet", SCHEMA_NAMESPACED, &type_apps_v1_DaemonSet},
    {"apps/v1", "StatefulSet", SCHEMA_NAMESPACED, &type_apps_v1_DaemonSet},
    {"authentication.k8s.io/v1", "TokenRequest", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"authentication.k8s.io/v1", "TokenReview", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"authentication.k8s.io/v1beta1", "TokenReview", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"authorization.k8s.io/v1", "LocalSubjectAccessReview", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"authorization.k8s.io/v1", "SelfSubjectAccessReview", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"authorization.k8s.io/v1", "SelfSubjectRulesReview", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"authorization.k8s.io/v1", "SubjectAccessReview", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"authorization.k8s.io/v1beta1", "LocalSubjectAccessReview", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"authorization.k8s.io/v1beta1", "SelfSubjectAccessReview", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"authorization.k8s.io/v1beta1", "SelfSubjectRulesReview", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"authorization.k8s.io/v1beta1", "SubjectAccessReview", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"autoscaling/v1", "HorizontalPodAutoscaler", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"autoscaling/v1", "Scale", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"autoscaling/v2beta1", "HorizontalPodAutoscaler", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"autoscaling/v2beta2", "HorizontalPodAutoscaler", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"batch/v1", "CronJob", SCHEMA_NAMESPACED, &type_batch_v1_CronJob},
    {"batch/v1", "Job", SCHEMA_NAMESPACED, &type_apps_v1_DaemonSet},
    {"batch/v1beta1", "CronJob", SCHEMA_NAMESPACED, &type_batch_v1_CronJob},
    {"certificates.k8s.io/v1", "CertificateSigningRequest", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"certificates.k8s.io/v1beta1", "CertificateSigningRequest", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"coordination.k8s.io/v1", "Lease", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"coordination.k8s.io/v1beta1", "Lease", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"discovery.k8s.io/v1", "EndpointSlice", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"discovery.k8s.io/v1beta1", "EndpointSlice", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"events.k8s.io/v1", "Event", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"events.k8s.io/v1beta1", "Event", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"extensions/v1beta1", "Ingress", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfiguration", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"kustomize.config.k8s.io/v1beta1", "Kustomization", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_Kustomization},
    {"networking.k8s.io/v1", "Ingress", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"networking.k8s.io/v1", "IngressClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"networking.k8s.io/v1", "NetworkPolicy", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"networking.k8s.io/v1beta1", "Ingress", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"networking.k8s.io/v1beta1", "IngressClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"node.k8s.io/v1", "RuntimeClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"node.k8s.io/v1beta1", "RuntimeClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"policy/v1", "PodDisruptionBudget", SCHEMA_NAMESPACED, &type_core_v1_Namespace},
    {"policy/v1beta1", "Eviction", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"policy/v1beta1", "PodDisruptionBudget", SCHEMA_NAMESPACED, &type_core_v1_Namespace},
    {"policy/v1beta1", "PodSecurityPolicy", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"rbac.authorization.k8s.io/v1", "ClusterRole", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"rbac.authorization.k8s.io/v1", "Role", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"rbac.authorization.k8s.io/v1", "RoleBinding", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"rbac.authorization.k8s.io/v1beta1", "ClusterRole", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"rbac.authorization.k8s.io/v1beta1", "Role", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"rbac.authorization.k8s.io/v1beta1", "RoleBinding", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"scheduling.k8s.io/v1", "PriorityClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"scheduling.k8s.io/v1beta1", "PriorityClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"storage.k8s.io/v1", "CSIDriver", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"storage.k8s.io/v1", "CSINode", SCHEMA_CLUSTER, &type_storage_v1_CSINode},
    {"storage.k8s.io/v1", "StorageClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"storage.k8s.io/v1", "VolumeAttachment", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"storage.k8s.io/v1beta1", "CSIDriver", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"storage.k8s.io/v1beta1", "CSINode", SCHEMA_CLUSTER, &type_storage_v1_CSINode},
    {"storage.k8s.io/v1beta1", "CSIStorageCapacity", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"storage.k8s.io/v1beta1", "StorageClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"storage.k8s.io/v1beta1", "VolumeAttachment", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"v1", "Binding", SCHEMA_SCOPE_UNKNOWN, &type_apps_v1_ControllerRevision},
    {"v1", "ComponentStatus", SCHEMA_CLUSTER, &type_core_v1_ComponentStatus},
    {"v1", "ConfigMap", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"v1", "Endpoints", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"v1", "Event", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"v1", "LimitRange", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"v1", "Namespace", SCHEMA_CLUSTER, &type_core_v1_Namespace},
    {"v1", "Node", SCHEMA_CLUSTER, &type_core_v1_Node},
    {"v1", "NodeProxyOptions", SCHEMA_CLUSTER, NULL},
    {"v1", "PersistentVolume", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"v1", "PersistentVolumeClaim", SCHEMA_NAMESPACED, &type_core_v1_Namespace},
    {"v1", "Pod", SCHEMA_NAMESPACED, &type_core_v1_Pod},
    {"v1", "PodAttachOptions", SCHEMA_NAMESPACED, NULL},
    {"v1", "PodExecOptions", SCHEMA_NAMESPACED, NULL},
    {"v1", "PodPortForwardOptions", SCHEMA_NAMESPACED, NULL},
    {"v1", "PodProxyOptions", SCHEMA_NAMESPACED, NULL},
    {"v1", "PodTemplate", SCHEMA_NAMESPACED, &type_core_v1_PodTemplate},
    {"v1", "ReplicationController", SCHEMA_NAMESPACED, &type_apps_v1_DaemonSet},
    {"v1", "ResourceQuota", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"v1", "Secret", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"v1", "Service", SCHEMA_NAMESPACED, &type_core_v1_Service},
    {"v1", "ServiceAccount", SCHEMA_NAMESPACED, &type_core_v1_ServiceAccount},
    {"v1", "ServiceProxyOptions", SCHEMA_NAMESPACED, NULL},
};
const size_t schema_kind_count = ARRAY_LEN(schema_kinds);

const struct schema_definition schema_definitions[] = {
    {"io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration", &type_admissionregistration_v1_MutatingWebhookConfiguration},
    {"io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration", &type_admissionregistration_v1_MutatingWebhookConfiguration},
    {"io.k8s.api.admissionregistration.v1beta1.MutatingWebhookConfiguration", &type_admissionregistration_v1_MutatingWebhookConfiguration},
    {"io.k8s.api.admissionregistration.v1beta1.ValidatingWebhookConfiguration", &type_admissionregistration_v1_MutatingWebhookConfiguration},
    {"io.k8s.api.apps.v1.ControllerRevision", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.apps.v1.DaemonSet", &type_apps_v1_DaemonSet},
    {"io.k8s.api.apps.v1.DaemonSetSpec", &type_apps_v1_DaemonSetSpec},
    {"io.k8s.api.apps.v1.DaemonSetStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.apps.v1.Deployment", &type_apps_v1_DaemonSet},
    {"io.k8s.api.apps.v1.DeploymentSpec", &type_apps_v1_DaemonSetSpec},
    {"io.k8s.api.apps.v1.DeploymentStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.apps.v1.Kustomization", &type_apps_v1_Kustomization},
    {"io.k8s.api.apps.v1.ReplicaSet", &type_apps_v1_DaemonSet},
    {"io.k8s.api.apps.v1.ReplicaSetSpec", &type_apps_v1_DaemonSetSpec},
    {"io.k8s.api.apps.v1.ReplicaSetStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.apps.v1.StatefulSet", &type_apps_v1_DaemonSet},
    {"io.k8s.api.apps.v1.StatefulSetSpec", &type_apps_v1_DaemonSetSpec},
    {"io.k8s.api.apps.v1.StatefulSetStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.authentication.v1.TokenRequest", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.authentication.v1.TokenReview", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.authentication.v1beta1.TokenReview", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.authorization.v1.LocalSubjectAccessReview", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.authorization.v1.SelfSubjectAccessReview", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.authorization.v1.SelfSubjectRulesReview", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.authorization.v1.SubjectAccessReview", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.authorization.v1beta1.LocalSubjectAccessReview", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.authorization.v1beta1.SelfSubjectAccessReview", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.authorization.v1beta1.SelfSubjectRulesReview", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.authorization.v1beta1.SubjectAccessReview", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.autoscaling.v1.Scale", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.autoscaling.v2beta1.HorizontalPodAutoscaler", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.autoscaling.v2beta2.HorizontalPodAutoscaler", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.batch.v1.CronJob", &type_batch_v1_CronJob},
    {"io.k8s.api.batch.v1.CronJobSpec", &type_batch_v1_CronJobSpec},
    {"io.k8s.api.batch.v1.Job", &type_apps_v1_DaemonSet},
    {"io.k8s.api.batch.v1.JobSpec", &type_apps_v1_DaemonSetSpec},
    {"io.k8s.api.batch.v1.JobStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.batch.v1.JobTemplateSpec", &type_batch_v1_JobTemplateSpec},
    {"io.k8s.api.batch.v1beta1.CronJob", &type_batch_v1_CronJob},
    {"io.k8s.api.batch.v1beta1.CronJobSpec", &type_batch_v1_CronJobSpec},
    {"io.k8s.api.batch.v1beta1.JobTemplateSpec", &type_batch_v1_JobTemplateSpec},
    {"io.k8s.api.certificates.v1.CertificateSigningRequest", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.certificates.v1beta1.CertificateSigningRequest", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.coordination.v1.Lease", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.coordination.v1beta1.Lease", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.core.v1.Binding", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.core.v1.ComponentStatus", &type_core_v1_ComponentStatus},
    {"io.k8s.api.core.v1.ConfigMap", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.core.v1.Container", &type_core_v1_Container},
    {"io.k8s.api.core.v1.Endpoints", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.core.v1.EphemeralContainer", &type_core_v1_EphemeralContainer},
    {"io.k8s.api.core.v1.EphemeralVolumeSource", &type_core_v1_EphemeralVolumeSource},
    {"io.k8s.api.core.v1.Event", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.core.v1.LimitRange", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.core.v1.Namespace", &type_core_v1_Namespace},
    {"io.k8s.api.core.v1.NamespaceStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.core.v1.Node", &type_core_v1_Node},
    {"io.k8s.api.core.v1.NodeSpec", &type_core_v1_NodeSpec},
    {"io.k8s.api.core.v1.NodeStatus", &type_core_v1_NodeStatus},
    {"io.k8s.api.core.v1.PersistentVolume", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.core.v1.PersistentVolumeClaim", &type_core_v1_Namespace},
    {"io.k8s.api.core.v1.PersistentVolumeClaimStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.core.v1.PersistentVolumeClaimTemplate", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.core.v1.Pod", &type_core_v1_Pod},
    {"io.k8s.api.core.v1.PodSpec", &type_core_v1_PodSpec},
    {"io.k8s.api.core.v1.PodStatus", &type_core_v1_PodStatus},
    {"io.k8s.api.core.v1.PodTemplate", &type_core_v1_PodTemplate},
    {"io.k8s.api.core.v1.PodTemplateSpec", &type_core_v1_PodTemplateSpec},
    {"io.k8s.api.core.v1.ReplicationController", &type_apps_v1_DaemonSet},
    {"io.k8s.api.core.v1.ReplicationControllerSpec", &type_apps_v1_DaemonSetSpec},
    {"io.k8s.api.core.v1.ReplicationControllerStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.core.v1.ResourceQuota", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.core.v1.Secret", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.core.v1.Service", &type_core_v1_Service},
    {"io.k8s.api.core.v1.ServiceAccount", &type_core_v1_ServiceAccount},
    {"io.k8s.api.core.v1.ServiceSpec", &type_core_v1_ServiceSpec},
    {"io.k8s.api.core.v1.ServiceStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.core.v1.Volume", &type_core_v1_Volume},
    {"io.k8s.api.discovery.v1.EndpointSlice", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.discovery.v1beta1.EndpointSlice", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.events.v1.Event", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.events.v1beta1.Event", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.extensions.v1beta1.Ingress", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.flowcontrol.v1beta1.FlowSchema", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.flowcontrol.v1beta1.PriorityLevelConfiguration", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.networking.v1.Ingress", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.networking.v1.IngressClass", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.networking.v1.NetworkPolicy", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.networking.v1beta1.Ingress", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.networking.v1beta1.IngressClass", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.node.v1.RuntimeClass", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.node.v1beta1.RuntimeClass", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.policy.v1.PodDisruptionBudget", &type_core_v1_Namespace},
    {"io.k8s.api.policy.v1.PodDisruptionBudgetStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.policy.v1beta1.Eviction", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.policy.v1beta1.PodDisruptionBudget", &type_core_v1_Namespace},
    {"io.k8s.api.policy.v1beta1.PodDisruptionBudgetStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.api.policy.v1beta1.PodSecurityPolicy", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.rbac.v1.ClusterRole", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.rbac.v1.ClusterRoleBinding", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.rbac.v1.Role", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.rbac.v1.RoleBinding", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.rbac.v1beta1.ClusterRole", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.rbac.v1beta1.ClusterRoleBinding", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.rbac.v1beta1.Role", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.rbac.v1beta1.RoleBinding", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.scheduling.v1.PriorityClass", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.scheduling.v1beta1.PriorityClass", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.storage.v1.CSIDriver", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.storage.v1.CSINode", &type_storage_v1_CSINode},
    {"io.k8s.api.storage.v1.CSINodeSpec", &type_storage_v1_CSINodeSpec},
    {"io.k8s.api.storage.v1.StorageClass", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.storage.v1.VolumeAttachment", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.storage.v1beta1.CSIDriver", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.storage.v1beta1.CSINode", &type_storage_v1_CSINode},
    {"io.k8s.api.storage.v1beta1.CSINodeSpec", &type_storage_v1_CSINodeSpec},
    {"io.k8s.api.storage.v1beta1.CSIStorageCapacity", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.storage.v1beta1.StorageClass", &type_apps_v1_ControllerRevision},
    {"io.k8s.api.storage.v1beta1.VolumeAttachment", &type_apps_v1_ControllerRevision},
    {"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition", &type_apps_v1_ControllerRevision},
    {"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.CustomResourceDefinition", &type_apps_v1_ControllerRevision},
    {"io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", &type_meta_v1_ObjectMeta},
    {"io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService", &type_core_v1_Namespace},
    {"io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus", &type_apps_v1_DaemonSetStatus},
    {"io.k8s.kube-aggregator.pkg.apis.apiregistration.v1beta1.APIService", &type_core_v1_Namespace},
    {"io.k8s.kube-aggregator.pkg.apis.apiregistration.v1beta1.APIServiceStatus", &type_apps_v1_DaemonSetStatus},
};
const size_t schema_definition_count = ARRAY_LEN(schema_definitions);
