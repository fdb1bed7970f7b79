/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of Kubernetes that the sandbox serves, in the order of the real server's discovery. One
 * version of each, and the older one of what kubectl autoscale makes. */
#include "tests/sandbox/kinds.h"

#define NS KIND_NAMESPACED
#define ST KIND_STATUS
#define SC KIND_SCALE
#define GEN KIND_GENERATION
#define ASK KIND_CREATE_ONLY
#define PUT KIND_CREATED_BY_UPDATE

#define KIND(group_, version_, kind_, plural_, singular_, short_, categories_, traits_)            \
    {                                                                                              \
        .group = (group_), .version = (version_), .kind = (kind_), .plural = (plural_),            \
        .singular = (singular_), .short_names = (short_), .categories = (categories_),             \
        .traits = (traits_),                                                                       \
    }

/* clang-format off */
const struct kind kinds_table[] = {
    KIND("", "v1", "ConfigMap", "configmaps", "configmap", "cm", "", NS),
    KIND("", "v1", "Endpoints", "endpoints", "endpoints", "ep", "", NS | PUT),
    KIND("", "v1", "Event", "events", "event", "ev", "", NS | PUT),
    KIND("", "v1", "LimitRange", "limitranges", "limitrange", "limits", "", NS | PUT),
    KIND("", "v1", "Namespace", "namespaces", "namespace", "ns", "", ST),
    KIND("", "v1", "Node", "nodes", "node", "no", "", ST),
    KIND("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim", "pvc", "", NS | ST),
    KIND("", "v1", "PersistentVolume", "persistentvolumes", "persistentvolume", "pv", "", ST),
    KIND("", "v1", "Pod", "pods", "pod", "po", "all", NS | ST | GEN),
    KIND("", "v1", "PodTemplate", "podtemplates", "podtemplate", "", "", NS | GEN),
    KIND("", "v1", "ReplicationController", "replicationcontrollers", "replicationcontroller", "rc", "all", NS | ST | SC | GEN),
    KIND("", "v1", "ResourceQuota", "resourcequotas", "resourcequota", "quota", "", NS | ST),
    KIND("", "v1", "Secret", "secrets", "secret", "", "", NS),
    KIND("", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", "sa", "", NS),
    KIND("", "v1", "Service", "services", "service", "svc", "all", NS | ST | PUT),
    KIND("events.k8s.io", "v1", "Event", "events", "event", "ev", "", NS | PUT),
    KIND("authentication.k8s.io", "v1", "TokenReview", "tokenreviews", "tokenreview", "", "", ASK),
    KIND("authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", "selfsubjectreview", "", "", ASK),
    KIND("authorization.k8s.io", "v1", "LocalSubjectAccessReview", "localsubjectaccessreviews", "localsubjectaccessreview", "", "", NS | ASK),
    KIND("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", "selfsubjectaccessreview", "", "", ASK),
    KIND("authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", "selfsubjectrulesreview", "", "", ASK),
    KIND("authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews", "subjectaccessreview", "", "", ASK),
    KIND("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "horizontalpodautoscaler", "hpa", "all", NS | ST),
    KIND("autoscaling", "v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "horizontalpodautoscaler", "hpa", "all", NS | ST | KIND_CONVERTED),
    KIND("batch", "v1", "CronJob", "cronjobs", "cronjob", "cj", "all", NS | ST | GEN),
    KIND("batch", "v1", "Job", "jobs", "job", "", "all", NS | ST | GEN | KIND_ORPHANS),
    KIND("networking.k8s.io", "v1", "IngressClass", "ingressclasses", "ingressclass", "", "", GEN),
    KIND("networking.k8s.io", "v1", "Ingress", "ingresses", "ingress", "ing", "", NS | ST | GEN),
    KIND("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy", "netpol", "", NS | GEN),
    KIND("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", "pdb", "", NS | ST | GEN),
    KIND("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", "clusterrolebinding", "", "", PUT),
    KIND("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "clusterrole", "", "", PUT),
    KIND("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", "rolebinding", "", "", NS | PUT),
    KIND("rbac.authorization.k8s.io", "v1", "Role", "roles", "role", "", "", NS | PUT),
    KIND("storage.k8s.io", "v1", "CSIDriver", "csidrivers", "csidriver", "", "", GEN),
    KIND("storage.k8s.io", "v1", "StorageClass", "storageclasses", "storageclass", "sc", "", 0),
    KIND("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", "volumeattachment", "", "", ST),
    KIND("apps", "v1", "ControllerRevision", "controllerrevisions", "controllerrevision", "", "", NS),
    KIND("apps", "v1", "DaemonSet", "daemonsets", "daemonset", "ds", "all", NS | ST | GEN),
    KIND("apps", "v1", "Deployment", "deployments", "deployment", "deploy", "all", NS | ST | SC | GEN),
    KIND("apps", "v1", "ReplicaSet", "replicasets", "replicaset", "rs", "all", NS | ST | SC | GEN),
    KIND("apps", "v1", "StatefulSet", "statefulsets", "statefulset", "sts", "all", NS | ST | SC | GEN),
    KIND("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "mutatingwebhookconfiguration", "", "api-extensions", GEN),
    KIND("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", "validatingadmissionpolicy", "", "api-extensions", ST | GEN),
    KIND("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", "validatingadmissionpolicybinding", "", "api-extensions", GEN),
    KIND("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "validatingwebhookconfiguration", "", "api-extensions", GEN),
    KIND("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", "customresourcedefinition", "crd,crds", "api-extensions", ST | GEN),
    KIND("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass", "pc", "", GEN),
    KIND("coordination.k8s.io", "v1", "Lease", "leases", "lease", "", "", NS | PUT),
    KIND("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", "runtimeclass", "", "", 0),
    KIND("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "endpointslice", "", "", NS | GEN),
};
/* clang-format on */
const size_t kinds_table_len = ARRAY_LEN(kinds_table);
