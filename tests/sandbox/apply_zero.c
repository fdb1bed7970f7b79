/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/apply_zero.h"

#include "lib/base/mem.h"

#define POD "{'metadata': {}, 'spec': {'containers': null}}"
#define JOB "{'template': " POD "}"

/* With ' for ". Of fields that are structs, or have no omitempty, in the Go types of k8s.io/api
 * and of apiextensions. */
static const struct zero {
    const char *api_version;
    const char *kind;
    const char *text;
} zeros[] = {
    {"v1", "Namespace", "{'metadata': {}, 'spec': {}, 'status': {}}"},
    {"v1", "Node",
     "{'metadata': {}, 'spec': {}, 'status': {'daemonEndpoints': "
     "{'kubeletEndpoint': {'Port': 0}}, 'nodeInfo': {}}}"},
    {"v1", "PersistentVolume", "{'metadata': {}, 'spec': {}, 'status': {}}"},
    {"v1", "PersistentVolumeClaim", "{'metadata': {}, 'spec': {'resources': {}}, 'status': {}}"},
    {"v1", "Pod", "{'metadata': {}, 'spec': {'containers': null}, 'status': {}}"},
    {"v1", "PodTemplate", "{'metadata': {}, 'template': " POD "}"},
    {"v1", "ReplicationController", "{'metadata': {}, 'spec': {}, 'status': {'replicas': 0}}"},
    {"v1", "LimitRange", "{'metadata': {}, 'spec': {'limits': null}}"},
    {"v1", "ResourceQuota", "{'metadata': {}, 'spec': {}, 'status': {}}"},
    {"v1", "Service", "{'metadata': {}, 'spec': {}, 'status': {'loadBalancer': {}}}"},
    {"v1", "Event", "{'metadata': {}, 'involvedObject': {}, 'source': {}}"},
    {"apps/v1", "DaemonSet",
     "{'metadata': {}, 'spec': {'selector': null, 'template': " POD ", 'updateStrategy': {}}, "
     "'status': {'currentNumberScheduled': 0, 'numberMisscheduled': 0, "
     "'desiredNumberScheduled': 0, 'numberReady': 0}}"},
    {"apps/v1", "Deployment",
     "{'metadata': {}, 'spec': {'selector': null, 'template': " POD ", 'strategy': {}}, "
     "'status': {}}"},
    {"apps/v1", "ReplicaSet",
     "{'metadata': {}, 'spec': {'selector': null, 'template': " POD "}, "
     "'status': {'replicas': 0}}"},
    {"apps/v1", "StatefulSet",
     "{'metadata': {}, 'spec': {'selector': null, 'template': " POD ", 'serviceName': '', "
     "'updateStrategy': {}}, 'status': {'replicas': 0, 'availableReplicas': 0}}"},
    {"autoscaling/v2", "HorizontalPodAutoscaler",
     "{'metadata': {}, 'spec': {'scaleTargetRef': {'kind': '', 'name': ''}, 'maxReplicas': 0}, "
     "'status': {'desiredReplicas': 0, 'currentMetrics': null}}"},
    {"batch/v1", "CronJob",
     "{'metadata': {}, 'spec': {'schedule': '', 'jobTemplate': {'metadata': {}, 'spec': " JOB
     "}}, 'status': {}}"},
    {"batch/v1", "Job", "{'metadata': {}, 'spec': " JOB ", 'status': {}}"},
    {"coordination.k8s.io/v1", "Lease", "{'metadata': {}, 'spec': {}}"},
    {"networking.k8s.io/v1", "Ingress",
     "{'metadata': {}, 'spec': {}, 'status': {'loadBalancer': {}}}"},
    {"networking.k8s.io/v1", "IngressClass", "{'metadata': {}, 'spec': {}}"},
    {"networking.k8s.io/v1", "NetworkPolicy", "{'metadata': {}, 'spec': {'podSelector': {}}}"},
    {"policy/v1", "PodDisruptionBudget",
     "{'metadata': {}, 'spec': {}, 'status': {'disruptionsAllowed': 0, 'currentHealthy': 0, "
     "'desiredHealthy': 0, 'expectedPods': 0}}"},
    {"rbac.authorization.k8s.io/v1", "Role", "{'metadata': {}, 'rules': null}"},
    {"rbac.authorization.k8s.io/v1", "ClusterRole", "{'metadata': {}, 'rules': null}"},
    {"rbac.authorization.k8s.io/v1", "RoleBinding",
     "{'metadata': {}, 'roleRef': {'apiGroup': '', 'kind': '', 'name': ''}}"},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding",
     "{'metadata': {}, 'roleRef': {'apiGroup': '', 'kind': '', 'name': ''}}"},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition",
     "{'metadata': {}, 'spec': {'group': '', 'names': {'plural': '', 'kind': ''}, 'scope': '', "
     "'versions': null}, 'status': {'conditions': null, 'acceptedNames': {'plural': '', "
     "'kind': ''}, 'storedVersions': null}}"},
};

static json_t *parse(const char *text)
{
    cleanup_free char *json = xstrdup(text);

    for (char *c = json; *c; c++)
        if (*c == '\'')
            *c = '"';
    return json_loads(json, 0, NULL);
}

json_t *apply_zero(const char *api_version, const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
        if (streq(zeros[i].api_version, api_version) && streq(zeros[i].kind, kind))
            return parse(zeros[i].text);
    return json_object();
}
