/* SPDX-License-Identifier: Apache-2.0 */
/* Written by tests/golden/generate-schema; do not edit. */
/* clang-format off */
#include "kustomize/schema.h"

static const struct merge_type type_admissionregistration_v1_MutatingWebhookConfiguration;
static const struct merge_type type_apps_v1_ControllerRevision;
static const struct merge_type type_apps_v1_DaemonSet;
static const struct merge_type type_apps_v1_DaemonSetSpec;
static const struct merge_type type_apps_v1_DaemonSetStatus;
static const struct merge_type type_apps_v1_StatefulSet;
static const struct merge_type type_apps_v1_StatefulSetSpec;
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
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "webhooks", .shape = MERGE_LIST, .merges = true, .keys = {"name"}},
};
static const struct merge_type type_admissionregistration_v1_MutatingWebhookConfiguration = {ARRAY_LEN(type_admissionregistration_v1_MutatingWebhookConfiguration_fields), type_admissionregistration_v1_MutatingWebhookConfiguration_fields};

static const struct merge_field type_apps_v1_ControllerRevision_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
};
static const struct merge_type type_apps_v1_ControllerRevision = {ARRAY_LEN(type_apps_v1_ControllerRevision_fields), type_apps_v1_ControllerRevision_fields};

static const struct merge_field type_apps_v1_DaemonSet_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "spec", .shape = MERGE_VALUE, .type = &type_apps_v1_DaemonSetSpec},
    {.name = "status", .shape = MERGE_VALUE, .type = &type_apps_v1_DaemonSetStatus},
};
static const struct merge_type type_apps_v1_DaemonSet = {ARRAY_LEN(type_apps_v1_DaemonSet_fields), type_apps_v1_DaemonSet_fields};

static const struct merge_field type_apps_v1_DaemonSetSpec_fields[] = {
    {.name = "template", .shape = MERGE_VALUE, .type = &type_core_v1_PodTemplateSpec},
};
static const struct merge_type type_apps_v1_DaemonSetSpec = {ARRAY_LEN(type_apps_v1_DaemonSetSpec_fields), type_apps_v1_DaemonSetSpec_fields};

static const struct merge_field type_apps_v1_DaemonSetStatus_fields[] = {
    {.name = "conditions", .shape = MERGE_LIST, .merges = true, .keys = {"type"}},
};
static const struct merge_type type_apps_v1_DaemonSetStatus = {ARRAY_LEN(type_apps_v1_DaemonSetStatus_fields), type_apps_v1_DaemonSetStatus_fields};

static const struct merge_field type_apps_v1_StatefulSet_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "spec", .shape = MERGE_VALUE, .type = &type_apps_v1_StatefulSetSpec},
    {.name = "status", .shape = MERGE_VALUE, .type = &type_apps_v1_DaemonSetStatus},
};
static const struct merge_type type_apps_v1_StatefulSet = {ARRAY_LEN(type_apps_v1_StatefulSet_fields), type_apps_v1_StatefulSet_fields};

static const struct merge_field type_apps_v1_StatefulSetSpec_fields[] = {
    {.name = "template", .shape = MERGE_VALUE, .type = &type_core_v1_PodTemplateSpec},
    {.name = "volumeClaimTemplates", .shape = MERGE_LIST, .type = &type_core_v1_Namespace},
};
static const struct merge_type type_apps_v1_StatefulSetSpec = {ARRAY_LEN(type_apps_v1_StatefulSetSpec_fields), type_apps_v1_StatefulSetSpec_fields};

static const struct merge_field type_batch_v1_CronJob_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "spec", .shape = MERGE_VALUE, .type = &type_batch_v1_CronJobSpec},
};
static const struct merge_type type_batch_v1_CronJob = {ARRAY_LEN(type_batch_v1_CronJob_fields), type_batch_v1_CronJob_fields};

static const struct merge_field type_batch_v1_CronJobSpec_fields[] = {
    {.name = "jobTemplate", .shape = MERGE_VALUE, .type = &type_batch_v1_JobTemplateSpec},
};
static const struct merge_type type_batch_v1_CronJobSpec = {ARRAY_LEN(type_batch_v1_CronJobSpec_fields), type_batch_v1_CronJobSpec_fields};

static const struct merge_field type_batch_v1_JobTemplateSpec_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "spec", .shape = MERGE_VALUE, .type = &type_apps_v1_DaemonSetSpec},
};
static const struct merge_type type_batch_v1_JobTemplateSpec = {ARRAY_LEN(type_batch_v1_JobTemplateSpec_fields), type_batch_v1_JobTemplateSpec_fields};

static const struct merge_field type_core_v1_ComponentStatus_fields[] = {
    {.name = "conditions", .shape = MERGE_LIST, .merges = true, .keys = {"type"}},
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
};
static const struct merge_type type_core_v1_ComponentStatus = {ARRAY_LEN(type_core_v1_ComponentStatus_fields), type_core_v1_ComponentStatus_fields};

static const struct merge_field type_core_v1_Container_fields[] = {
    {.name = "env", .shape = MERGE_LIST, .merges = true, .keys = {"name"}},
    {.name = "ports", .shape = MERGE_LIST, .merges = true, .keys = {"containerPort", "protocol"}},
    {.name = "volumeDevices", .shape = MERGE_LIST, .merges = true, .keys = {"devicePath"}},
    {.name = "volumeMounts", .shape = MERGE_LIST, .merges = true, .keys = {"mountPath"}},
};
static const struct merge_type type_core_v1_Container = {ARRAY_LEN(type_core_v1_Container_fields), type_core_v1_Container_fields};

static const struct merge_field type_core_v1_EphemeralContainer_fields[] = {
    {.name = "env", .shape = MERGE_LIST, .merges = true, .keys = {"name"}},
    {.name = "volumeDevices", .shape = MERGE_LIST, .merges = true, .keys = {"devicePath"}},
    {.name = "volumeMounts", .shape = MERGE_LIST, .merges = true, .keys = {"mountPath"}},
};
static const struct merge_type type_core_v1_EphemeralContainer = {ARRAY_LEN(type_core_v1_EphemeralContainer_fields), type_core_v1_EphemeralContainer_fields};

static const struct merge_field type_core_v1_EphemeralVolumeSource_fields[] = {
    {.name = "volumeClaimTemplate", .shape = MERGE_VALUE, .type = &type_apps_v1_ControllerRevision},
};
static const struct merge_type type_core_v1_EphemeralVolumeSource = {ARRAY_LEN(type_core_v1_EphemeralVolumeSource_fields), type_core_v1_EphemeralVolumeSource_fields};

static const struct merge_field type_core_v1_Namespace_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "status", .shape = MERGE_VALUE, .type = &type_apps_v1_DaemonSetStatus},
};
static const struct merge_type type_core_v1_Namespace = {ARRAY_LEN(type_core_v1_Namespace_fields), type_core_v1_Namespace_fields};

static const struct merge_field type_core_v1_Node_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "spec", .shape = MERGE_VALUE, .type = &type_core_v1_NodeSpec},
    {.name = "status", .shape = MERGE_VALUE, .type = &type_core_v1_NodeStatus},
};
static const struct merge_type type_core_v1_Node = {ARRAY_LEN(type_core_v1_Node_fields), type_core_v1_Node_fields};

static const struct merge_field type_core_v1_NodeSpec_fields[] = {
    {.name = "podCIDRs", .shape = MERGE_LIST, .merges = true},
};
static const struct merge_type type_core_v1_NodeSpec = {ARRAY_LEN(type_core_v1_NodeSpec_fields), type_core_v1_NodeSpec_fields};

static const struct merge_field type_core_v1_NodeStatus_fields[] = {
    {.name = "addresses", .shape = MERGE_LIST, .merges = true, .keys = {"type"}},
    {.name = "conditions", .shape = MERGE_LIST, .merges = true, .keys = {"type"}},
};
static const struct merge_type type_core_v1_NodeStatus = {ARRAY_LEN(type_core_v1_NodeStatus_fields), type_core_v1_NodeStatus_fields};

static const struct merge_field type_core_v1_Pod_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "spec", .shape = MERGE_VALUE, .type = &type_core_v1_PodSpec},
    {.name = "status", .shape = MERGE_VALUE, .type = &type_core_v1_PodStatus},
};
static const struct merge_type type_core_v1_Pod = {ARRAY_LEN(type_core_v1_Pod_fields), type_core_v1_Pod_fields};

static const struct merge_field type_core_v1_PodSpec_fields[] = {
    {.name = "containers", .shape = MERGE_LIST, .merges = true, .keys = {"name"}, .type = &type_core_v1_Container},
    {.name = "ephemeralContainers", .shape = MERGE_LIST, .merges = true, .keys = {"name"}, .type = &type_core_v1_EphemeralContainer},
    {.name = "hostAliases", .shape = MERGE_LIST, .merges = true, .keys = {"ip"}},
    {.name = "imagePullSecrets", .shape = MERGE_LIST, .merges = true, .keys = {"name"}},
    {.name = "initContainers", .shape = MERGE_LIST, .merges = true, .keys = {"name"}, .type = &type_core_v1_Container},
    {.name = "topologySpreadConstraints", .shape = MERGE_LIST, .merges = true, .keys = {"topologyKey", "whenUnsatisfiable"}},
    {.name = "volumes", .shape = MERGE_LIST, .merges = true, .keys = {"name"}, .type = &type_core_v1_Volume},
};
static const struct merge_type type_core_v1_PodSpec = {ARRAY_LEN(type_core_v1_PodSpec_fields), type_core_v1_PodSpec_fields};

static const struct merge_field type_core_v1_PodStatus_fields[] = {
    {.name = "conditions", .shape = MERGE_LIST, .merges = true, .keys = {"type"}},
    {.name = "podIPs", .shape = MERGE_LIST, .merges = true, .keys = {"ip"}},
};
static const struct merge_type type_core_v1_PodStatus = {ARRAY_LEN(type_core_v1_PodStatus_fields), type_core_v1_PodStatus_fields};

static const struct merge_field type_core_v1_PodTemplate_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "template", .shape = MERGE_VALUE, .type = &type_core_v1_PodTemplateSpec},
};
static const struct merge_type type_core_v1_PodTemplate = {ARRAY_LEN(type_core_v1_PodTemplate_fields), type_core_v1_PodTemplate_fields};

static const struct merge_field type_core_v1_PodTemplateSpec_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "spec", .shape = MERGE_VALUE, .type = &type_core_v1_PodSpec},
};
static const struct merge_type type_core_v1_PodTemplateSpec = {ARRAY_LEN(type_core_v1_PodTemplateSpec_fields), type_core_v1_PodTemplateSpec_fields};

static const struct merge_field type_core_v1_Service_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "spec", .shape = MERGE_VALUE, .type = &type_core_v1_ServiceSpec},
    {.name = "status", .shape = MERGE_VALUE, .type = &type_apps_v1_DaemonSetStatus},
};
static const struct merge_type type_core_v1_Service = {ARRAY_LEN(type_core_v1_Service_fields), type_core_v1_Service_fields};

static const struct merge_field type_core_v1_ServiceAccount_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "secrets", .shape = MERGE_LIST, .merges = true, .keys = {"name"}},
};
static const struct merge_type type_core_v1_ServiceAccount = {ARRAY_LEN(type_core_v1_ServiceAccount_fields), type_core_v1_ServiceAccount_fields};

static const struct merge_field type_core_v1_ServiceSpec_fields[] = {
    {.name = "ports", .shape = MERGE_LIST, .merges = true, .keys = {"port", "protocol"}},
};
static const struct merge_type type_core_v1_ServiceSpec = {ARRAY_LEN(type_core_v1_ServiceSpec_fields), type_core_v1_ServiceSpec_fields};

static const struct merge_field type_core_v1_Volume_fields[] = {
    {.name = "ephemeral", .shape = MERGE_VALUE, .type = &type_core_v1_EphemeralVolumeSource},
};
static const struct merge_type type_core_v1_Volume = {ARRAY_LEN(type_core_v1_Volume_fields), type_core_v1_Volume_fields};

static const struct merge_field type_storage_v1_CSINode_fields[] = {
    {.name = "metadata", .shape = MERGE_VALUE, .type = &type_meta_v1_ObjectMeta},
    {.name = "spec", .shape = MERGE_VALUE, .type = &type_storage_v1_CSINodeSpec},
};
static const struct merge_type type_storage_v1_CSINode = {ARRAY_LEN(type_storage_v1_CSINode_fields), type_storage_v1_CSINode_fields};

static const struct merge_field type_storage_v1_CSINodeSpec_fields[] = {
    {.name = "drivers", .shape = MERGE_LIST, .merges = true, .keys = {"name"}},
};
static const struct merge_type type_storage_v1_CSINodeSpec = {ARRAY_LEN(type_storage_v1_CSINodeSpec_fields), type_storage_v1_CSINodeSpec_fields};

static const struct merge_field type_meta_v1_ObjectMeta_fields[] = {
    {.name = "finalizers", .shape = MERGE_LIST, .merges = true},
    {.name = "ownerReferences", .shape = MERGE_LIST, .merges = true, .keys = {"uid"}},
};
static const struct merge_type type_meta_v1_ObjectMeta = {ARRAY_LEN(type_meta_v1_ObjectMeta_fields), type_meta_v1_ObjectMeta_fields};

const struct schema_kind schema_kinds[] = {
    {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", SCHEMA_CLUSTER, &type_admissionregistration_v1_MutatingWebhookConfiguration},
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
    {"apps/v1", "StatefulSet", SCHEMA_NAMESPACED, &type_apps_v1_StatefulSet},
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
    {"networking.k8s.io/v1", "Ingress", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"networking.k8s.io/v1", "IngressClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"networking.k8s.io/v1", "NetworkPolicy", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"networking.k8s.io/v1beta1", "Ingress", SCHEMA_NAMESPACED, &type_apps_v1_ControllerRevision},
    {"networking.k8s.io/v1beta1", "IngressClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"node.k8s.io/v1", "RuntimeClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"node.k8s.io/v1beta1", "RuntimeClass", SCHEMA_CLUSTER, &type_apps_v1_ControllerRevision},
    {"policy/v1", "PodDisruptionBudget", SCHEMA_NAMESPACED, &type_core_v1_Namespace},
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
