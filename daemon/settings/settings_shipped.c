/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings/settings_shipped.h"

#include "lib/base/mem.h"

#define UPDATES "resource.customizations.ignoreResourceUpdates."
#define ANNOTATIONS "- /metadata/annotations/"

static const char exclusions[] =
    "- apiGroups: ['', discovery.k8s.io]\n"
    "  kinds: [Endpoints, EndpointSlice]\n"
    "- apiGroups: [coordination.k8s.io]\n"
    "  kinds: [Lease]\n"
    "- apiGroups: [authentication.k8s.io, authorization.k8s.io]\n"
    "  kinds: [SelfSubjectReview, TokenReview, LocalSubjectAccessReview, SelfSubjectAccessReview,\n"
    "          SelfSubjectRulesReview, SubjectAccessReview]\n"
    "- apiGroups: [certificates.k8s.io]\n"
    "  kinds: [CertificateSigningRequest]\n"
    "- apiGroups: [cert-manager.io]\n"
    "  kinds: [CertificateRequest]\n"
    "- apiGroups: [cilium.io]\n"
    "  kinds: [CiliumIdentity, CiliumEndpoint, CiliumEndpointSlice]\n"
    "- apiGroups: [kyverno.io, reports.kyverno.io, wgpolicyk8s.io]\n"
    "  kinds: [PolicyReport, ClusterPolicyReport, EphemeralReport, ClusterEphemeralReport,\n"
    "          AdmissionReport, ClusterAdmissionReport, BackgroundScanReport,\n"
    "          ClusterBackgroundScanReport, UpdateRequest]\n";

static const struct settings_shipped shipped[] = {
    {"resource.exclusions", exclusions},
    {UPDATES "all", "jsonPointers: [/status]"},
    {UPDATES "ConfigMap",
     "jsonPointers:\n" ANNOTATIONS "cluster-autoscaler.kubernetes.io~1last-updated\n" ANNOTATIONS
     "control-plane.alpha.kubernetes.io~1leader\n"},
    {UPDATES "Endpoints", "jsonPointers: [/metadata, /subsets]"},
    {UPDATES "apps_ReplicaSet",
     "jsonPointers:\n" ANNOTATIONS "deployment.kubernetes.io~1desired-replicas\n" ANNOTATIONS
     "deployment.kubernetes.io~1max-replicas\n" ANNOTATIONS
     "rollout.argoproj.io~1desired-replicas\n"},
    {UPDATES "argoproj.io_Application",
     "jsonPointers:\n- /operation\n" ANNOTATIONS "notified.notifications.argoproj.io\n" ANNOTATIONS
     "argocd.argoproj.io~1refresh\n" ANNOTATIONS "argocd.argoproj.io~1hydrate\n"},
    {UPDATES "argoproj.io_Rollout",
     "jsonPointers:\n" ANNOTATIONS "notified.notifications.argoproj.io\n"},
    {UPDATES "autoscaling_HorizontalPodAutoscaler",
     "jsonPointers:\n" ANNOTATIONS "autoscaling.alpha.kubernetes.io~1behavior\n" ANNOTATIONS
     "autoscaling.alpha.kubernetes.io~1conditions\n" ANNOTATIONS
     "autoscaling.alpha.kubernetes.io~1metrics\n" ANNOTATIONS
     "autoscaling.alpha.kubernetes.io~1current-metrics\n"},
    {UPDATES "discovery.k8s.io_EndpointSlice", "jsonPointers: [/metadata, /endpoints, /ports]"},
};

const struct settings_shipped *settings_shipped(size_t *count)
{
    *count = ARRAY_LEN(shipped);
    return shipped;
}
