# SPDX-License-Identifier: Apache-2.0
"""What controllers and the scheduler tell of what they do, in Events: as the real ones. (What a kubelet
tells is in tests/sandbox/test_sandbox.py: the real server has a simulated one, which tells nothing.)"""

import re

import pytest

from contract import obj
from harness import eventually

POD = {"metadata": {"labels": {"app": "x"}},
       "spec": {"containers": [{"name": "c", "image": "registry.example.com/x:1"}]}}
SELECTOR = {"matchLabels": {"app": "x"}}
END = {**POD, "spec": {**POD["spec"], "restartPolicy": "Never"}}

WORKLOADS = {
    "deployments": ("apps/v1", "Deployment",
                    {"replicas": 2, "selector": SELECTOR, "template": POD}),
    "statefulsets": ("apps/v1", "StatefulSet",
                     {"replicas": 1, "serviceName": "x", "selector": SELECTOR, "template": POD}),
    "daemonsets": ("apps/v1", "DaemonSet", {"selector": SELECTOR, "template": POD}),
    "jobs": ("batch/v1", "Job", {"template": END}),
}

TOLD = {
    "deployments": {
        ("Deployment a", "ScalingReplicaSet", "deployment-controller",
         "Scaled up replica set a-HASH from 0 to 2"),
        ("ReplicaSet a-HASH", "SuccessfulCreate", "replicaset-controller",
         "Created pod: a-HASH-xxxxx"),
        ("Pod a-HASH-xxxxx", "Scheduled", "default-scheduler",
         "Successfully assigned $ns/a-HASH-xxxxx to NODE")},
    "statefulsets": {
        ("StatefulSet a", "SuccessfulCreate", "statefulset-controller",
         "Create Pod a-0 in StatefulSet a successful"),
        ("Pod a-0", "Scheduled", "default-scheduler", "Successfully assigned $ns/a-0 to NODE")},
    "daemonsets": {
        ("DaemonSet a", "SuccessfulCreate", "daemonset-controller", "Created pod: a-xxxxx"),
        ("Pod a-xxxxx", "Scheduled", "default-scheduler",
         "Successfully assigned $ns/a-xxxxx to NODE")},
    "jobs": {
        ("Job a", "SuccessfulCreate", "job-controller", "Created pod: a-xxxxx"),
        ("Pod a-xxxxx", "Scheduled", "default-scheduler",
         "Successfully assigned $ns/a-xxxxx to NODE"),
        ("Job a", "Completed", "job-controller", "Job completed")},
}


def general(text: str, ns: str) -> str:
    """Without what is made up."""
    text = re.sub(r"\ba-[a-z0-9]{8,10}\b", "a-HASH", text.replace(f"{ns}/", "$ns/"))
    text = re.sub(r"\b(a|a-HASH)-(?=[a-z0-9]{5}\b)[a-z0-9]{5}", r"\1-xxxxx", text)
    return re.sub(r" to (?!\d)\S+$", " to NODE", text)


def told(server, ns: str) -> set:
    """(object, reason, who, message) of each Event but a kubelet's."""
    found = set()
    for event in server.must("GET", f"/api/v1/namespaces/{ns}/events")["items"]:
        who = event.get("reportingComponent") or event["source"]["component"]
        about = event["involvedObject"]
        assert about["namespace"] == event["metadata"]["namespace"] == ns
        assert about["uid"]
        if who not in ("kubelet", "kwok"):
            found.add((general(f"{about['kind']} {about['name']}", ns), event["reason"], who,
                       general(event["message"], ns)))
    return found


@pytest.mark.parametrize("plural", WORKLOADS)
def test_what_a_workload_becomes_is_told(full_server, new_namespace, plural):
    ns = new_namespace(full_server)
    version, kind, spec = WORKLOADS[plural]
    full_server.must("POST", f"/apis/{version}/namespaces/{ns}/{plural}",
                     obj(version, kind, "a", spec=spec))

    def all_is_told():
        assert told(full_server, ns) >= TOLD[plural]
    eventually(all_is_told, timeout=60)


GONE = {
    "deployments": {
        ("Deployment a", "ScalingReplicaSet", "deployment-controller",
         "Scaled down replica set a-HASH from 1 to 0"),
        ("ReplicaSet a-HASH", "SuccessfulDelete", "replicaset-controller",
         "Deleted pod: a-HASH-xxxxx")},
    "statefulsets": {
        ("StatefulSet a", "SuccessfulDelete", "statefulset-controller",
         "Delete Pod a-0 in StatefulSet a successful")},
}


@pytest.mark.parametrize("plural", GONE)
def test_pods_that_go_are_told(full_server, new_namespace, plural):
    ns = new_namespace(full_server)
    version, kind, spec = WORKLOADS[plural]
    path = f"/apis/{version}/namespaces/{ns}/{plural}"
    full_server.must("POST", path, obj(version, kind, "a", spec={**spec, "replicas": 1}))
    eventually(lambda: "Scheduled" in str(told(full_server, ns)), timeout=60)
    full_server.must("PATCH", f"{path}/a", {"spec": {"replicas": 0}},
                     type="application/merge-patch+json")

    def all_is_told():
        assert told(full_server, ns) >= GONE[plural]
    eventually(all_is_told, timeout=60)


def test_a_pod_that_fits_no_node_says_so(full_server, new_namespace):
    ns = new_namespace(full_server)
    # Refused until a controller has made the service account of a new namespace.
    eventually(lambda: full_server.must(
        "POST", f"/api/v1/namespaces/{ns}/pods", obj("v1", "Pod", "a", spec={
            **POD["spec"], "nodeSelector": {"no": "where"}})))

    def is_told():
        events = full_server.must("GET", f"/api/v1/namespaces/{ns}/events?fieldSelector="
                                  "involvedObject.kind=Pod,involvedObject.name=a")["items"]
        assert {(e["type"], e["reason"]) for e in events} == {("Warning", "FailedScheduling")}
        assert any("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
                   in e["message"] for e in events)
    eventually(is_told, timeout=60)
