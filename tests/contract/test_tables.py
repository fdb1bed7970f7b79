# SPDX-License-Identifier: Apache-2.0
"""What kubectl get prints: columns and cells of objects of many kinds, both servers at the same
time. Ages differ, of course."""

import re

import pytest

from contract import GROUP, definition, obj, wait_established, widget
from test_twins import OBJECTS, POD, SELECTOR, TEMPLATE, differences, twins  # noqa: F401

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
RBAC = "rbac.authorization.k8s.io/v1"
ADMISSION = "admissionregistration.k8s.io/v1"

# By the path of their kind, "$ns" where it has namespaces; beside those of test_twins.
MORE = {
    "/api/v1/namespaces/$ns/services": [
        obj("v1", "Service", "a", spec={
            "clusterIP": "None", "selector": {"b": "2", "a": "1"},
            "ports": [{"name": "t", "port": 80}, {"name": "u", "port": 53, "protocol": "UDP"}]}),
        obj("v1", "Service", "b", spec={"type": "ExternalName", "externalName": "b.example.com"}),
        obj("v1", "Service", "c", spec={"clusterIP": "None", "externalIPs": ["192.0.2.1"],
                                        "ports": [{"port": 80}]}),
        obj("v1", "Service", "d", spec={"type": "LoadBalancer", "clusterIP": "10.0.0.77",
                                        "allocateLoadBalancerNodePorts": False,
                                        "ports": [{"port": 80}]})],
    "/api/v1/namespaces/$ns/endpoints": [
        obj("v1", "Endpoints", "a"),
        obj("v1", "Endpoints", "b", subsets=[{
            "addresses": [{"ip": "192.0.2.1"}, {"ip": "192.0.2.2"}],
            "ports": [{"name": "x", "port": 80}, {"name": "y", "port": 81}]}])],
    "/apis/discovery.k8s.io/v1/namespaces/$ns/endpointslices": [
        obj("discovery.k8s.io/v1", "EndpointSlice", "a", addressType="IPv4", endpoints=[]),
        obj("discovery.k8s.io/v1", "EndpointSlice", "b", addressType="IPv4", endpoints=[
            {"addresses": [f"192.0.2.{i}"]} for i in range(5)], ports=[{"port": 80}])],
    "/api/v1/namespaces/$ns/pods": [
        obj("v1", "Pod", "b", spec={**POD, "readinessGates": [{"conditionType": "e.com/x"}]})],
    "/api/v1/namespaces/$ns/podtemplates": [obj("v1", "PodTemplate", "a", template=TEMPLATE)],
    "/api/v1/namespaces/$ns/replicationcontrollers": [
        obj("v1", "ReplicationController", "a", spec={"selector": {"app": "a"},
                                                      "template": TEMPLATE})],
    "/api/v1/namespaces/$ns/persistentvolumeclaims": [
        obj("v1", "PersistentVolumeClaim", "a", spec={
            "accessModes": ["ReadWriteOnce"], "storageClassName": "fast",
            "resources": {"requests": {"storage": "1Gi"}}}),
        obj("v1", "PersistentVolumeClaim", "b", spec={
            "accessModes": ["ReadWriteMany"], "volumeName": "v", "volumeMode": "Block",
            "resources": {"requests": {"storage": "1Gi"}}})],
    "/api/v1/persistentvolumes": [
        obj("v1", "PersistentVolume", "table", spec={
            "accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "capacity": {"storage": "1Gi"},
            "hostPath": {"path": "/x"}, "storageClassName": "fast",
            "claimRef": {"namespace": "x", "name": "y"}})],
    "/api/v1/namespaces/$ns/resourcequotas": [
        obj("v1", "ResourceQuota", "a", spec={"hard": {"pods": "1", "limits.cpu": "2"}})],
    "/api/v1/namespaces/$ns/limitranges": [
        obj("v1", "LimitRange", "a", spec={"limits": [{"type": "Pod", "max": {"cpu": "1"}}]})],
    "/api/v1/namespaces/$ns/events": [
        obj("v1", "Event", "a", {"namespace": "$ns"}, type="Normal", reason="Pulled", message="m",
            count=3, firstTimestamp="2020-01-01T00:00:00Z", lastTimestamp="2020-01-01T00:00:00Z",
            source={"component": "kubelet", "host": "n"},
            involvedObject={"kind": "Pod", "name": "p", "namespace": "$ns",
                            "fieldPath": "spec.containers{x}"})],
    "/api/v1/nodes": [
        obj("v1", "Node", "table", {"labels": {"node-role.kubernetes.io/worker": ""}},
            spec={"unschedulable": True},
            status={"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {},
                    "addresses": [{"type": "InternalIP", "address": "192.0.2.1"}]})],
    "/apis/apps/v1/namespaces/$ns/controllerrevisions": [
        obj("apps/v1", "ControllerRevision", "a", revision=3, data={}),
        obj("apps/v1", "ControllerRevision", "b", {"ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "x", "uid": "u",
             "controller": True}]}, revision=4, data={})],
    "/apis/apps/v1/namespaces/$ns/deployments": [
        obj("apps/v1", "Deployment", "b", spec={
            "selector": {"matchLabels": {"app": "a"}, "matchExpressions": [
                {"key": "x", "operator": "NotIn", "values": ["1", "2"]},
                {"key": "y", "operator": "DoesNotExist"}]},
            "template": {**TEMPLATE, "spec": {**POD, "containers": [
                {"name": "b", "image": "b:1"}, {"name": "a", "image": "a:1"}]}}})],
    "/apis/apps/v1/namespaces/$ns/daemonsets": [
        obj("apps/v1", "DaemonSet", "b", spec={"selector": SELECTOR, "template": {
            **TEMPLATE, "spec": {**POD, "nodeSelector": {"a": "b"}}}})],
    "/apis/batch/v1/namespaces/$ns/jobs": [
        obj("batch/v1", "Job", "a", spec={"parallelism": 3, "manualSelector": True,
                                          "selector": SELECTOR, "suspend": True, "template": {
            **TEMPLATE, "spec": {**POD, "restartPolicy": "Never"}}})],
    "/apis/autoscaling/v2/namespaces/$ns/horizontalpodautoscalers": [
        obj("autoscaling/v2", "HorizontalPodAutoscaler", "b", spec={
            "maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment",
                                                 "name": "a"},
            "metrics": [
                {"type": "Resource", "resource": {"name": "memory", "target": {
                    "type": "AverageValue", "averageValue": "1Gi"}}},
                {"type": "Pods", "pods": {"metric": {"name": "m"}, "target": {
                    "type": "AverageValue", "averageValue": "10"}}},
                {"type": "External", "external": {"metric": {"name": "m"}, "target": {
                    "type": "Value", "value": "10"}}}]})],
    "/apis/networking.k8s.io/v1/namespaces/$ns/ingresses": [
        obj("networking.k8s.io/v1", "Ingress", "b", spec={
            "ingressClassName": "x", "tls": [{"hosts": ["a"]}],
            "defaultBackend": {"service": {"name": "a", "port": {"number": 80}}},
            "rules": [{"host": f"{c}.example.com"} for c in "abcd"]})],
    "/apis/networking.k8s.io/v1/namespaces/$ns/networkpolicies": [
        obj("networking.k8s.io/v1", "NetworkPolicy", "b", spec={"podSelector": SELECTOR})],
    "/apis/networking.k8s.io/v1/ingressclasses": [
        obj("networking.k8s.io/v1", "IngressClass", "table", spec={"controller": "e.com/c"}),
        obj("networking.k8s.io/v1", "IngressClass", "table-b", spec={
            "controller": "e.com/c", "parameters": {"apiGroup": "e.com", "kind": "P",
                                                    "name": "p"}})],
    "/apis/policy/v1/namespaces/$ns/poddisruptionbudgets": [
        obj("policy/v1", "PodDisruptionBudget", "b", spec={"maxUnavailable": "30%",
                                                           "selector": SELECTOR})],
    f"/apis/{RBAC}/clusterroles": [obj(RBAC, "ClusterRole", "table", rules=[])],
    f"/apis/{RBAC}/clusterrolebindings": [
        obj(RBAC, "ClusterRoleBinding", "table", subjects=[
            {"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"},
            {"kind": "Group", "name": "g", "apiGroup": "rbac.authorization.k8s.io"},
            {"kind": "ServiceAccount", "name": "s", "namespace": "n"}],
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"})],
    "/apis/storage.k8s.io/v1/storageclasses": [
        obj("storage.k8s.io/v1", "StorageClass", "table", provisioner="e.com/p",
            allowVolumeExpansion=True),
        obj("storage.k8s.io/v1", "StorageClass", "table-default", {"annotations": {
            "storageclass.kubernetes.io/is-default-class": "true"}}, provisioner="e.com/p",
            reclaimPolicy="Retain", volumeBindingMode="WaitForFirstConsumer")],
    "/apis/scheduling.k8s.io/v1/priorityclasses": [
        obj("scheduling.k8s.io/v1", "PriorityClass", "table", value=7)],
    "/apis/node.k8s.io/v1/runtimeclasses": [
        obj("node.k8s.io/v1", "RuntimeClass", "table", handler="runc")],
    f"/apis/{ADMISSION}/validatingwebhookconfigurations": [
        obj(ADMISSION, "ValidatingWebhookConfiguration", "table", webhooks=[])],
    f"/apis/{ADMISSION}/mutatingwebhookconfigurations": [
        obj(ADMISSION, "MutatingWebhookConfiguration", "table", webhooks=[])],
    f"/apis/{ADMISSION}/validatingadmissionpolicies": [
        obj(ADMISSION, "ValidatingAdmissionPolicy", "table", spec={
            "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
            "matchConstraints": {"resourceRules": [{"apiGroups": ["e.com"], "apiVersions": ["v1"],
                                                    "operations": ["CREATE"],
                                                    "resources": ["x"]}]},
            "validations": [{"expression": "true"}]})],
    f"/apis/{ADMISSION}/validatingadmissionpolicybindings": [
        obj(ADMISSION, "ValidatingAdmissionPolicyBinding", "table", spec={
            "policyName": "p", "validationActions": ["Deny"],
            "paramRef": {"name": "n", "namespace": "x", "parameterNotFoundAction": "Deny"}})],
}


def objects() -> dict[str, list[dict]]:
    all = {path: list(items) for path, items in MORE.items()}
    for resource, body in OBJECTS.items():
        version, _, plural = resource.rpartition("/")
        path = f"{'/apis/' + version if version else '/api/v1'}/namespaces/$ns/{plural}"
        all.setdefault(path, []).append(body)
    return all


def table(server, path: str, names: set[str]) -> tuple:
    """Columns and cells of these objects."""
    body = server.request("GET", path, accept=TABLE).body
    assert body["kind"] == "Table", body
    columns = [{k: c[k] for k in ("name", "type", "format", "priority")}
               for c in body["columnDefinitions"]]
    rows = {row["object"]["metadata"]["name"]: [
        "AGE" if re.search("Age|Created At|Duration|Seen", c["name"]) else cell
        for c, cell in zip(columns, row["cells"], strict=True)] for row in body["rows"]}
    return columns, {name: rows[name] for name in names}


def place(value, ns):
    if isinstance(value, dict):
        return {k: place(v, ns) for k, v in value.items()}
    if isinstance(value, list):
        return [place(v, ns) for v in value]
    return value.replace("$ns", ns) if isinstance(value, str) else value


def same_tables(twins, new_namespace, path, bodies):  # noqa: F811
    names = {body["metadata"]["name"] for body in bodies}
    shown = []
    for server in twins:
        ns = new_namespace(server)
        for body in bodies:
            answer = server.request("POST", place(path, ns), place(body, ns))
            assert answer.code == 201, answer.body
        shown.append(table(server, place(path, ns), names))
        for body in bodies if "$ns" not in path else ():  # a default class is one for all cases
            server.must("DELETE", f"{path}/{body['metadata']['name']}")
    (real_columns, real), (columns, cells) = shown
    assert columns == real_columns
    found = list(differences(real, cells))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", objects())
def test_tables_of_built_in_kinds(twins, new_namespace, path):  # noqa: F811
    same_tables(twins, new_namespace, path, objects()[path])


def test_tables_of_a_custom_kind(twins, new_namespace):  # noqa: F811
    columns = [{"name": "Size", "type": "integer", "jsonPath": ".spec.size",
                "description": "how large"},
               {"name": "Free", "type": "string", "jsonPath": ".spec.free.x", "priority": 1},
               {"name": "None", "type": "string", "jsonPath": ".spec.nothing"},
               {"name": "Ready", "type": "string",
                "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
               {"name": "Made", "type": "date", "jsonPath": ".metadata.creationTimestamp"}]
    for server in twins:
        server.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                    definition("shown", "Shown", additionalPrinterColumns=columns))
        wait_established(server, f"shown.{GROUP}")
    body = obj(f"{GROUP}/v1", "Shown", "a", spec={"size": 3, "free": {"x": "y"}},
               status={"conditions": [{"type": "Other", "status": "False"},
                                      {"type": "Ready", "status": "True"}]})
    path = f"/apis/{GROUP}/v1/namespaces/$ns/"
    same_tables(twins, new_namespace, path + "shown",
                [body, obj(f"{GROUP}/v1", "Shown", "b")])
    same_tables(twins, new_namespace, path + "gadgets", [obj(f"{GROUP}/v1", "Gadget", "a")])
    same_tables(twins, new_namespace, path + "widgets", [widget("b")])
