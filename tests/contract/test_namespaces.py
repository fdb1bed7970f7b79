# SPDX-License-Identifier: Apache-2.0
"""Namespaces, and what a cluster's controllers do for all: the garbage of owners, the end of
namespaces. These run on a control plane with controllers."""

import pytest

from contract import (ABSENT, ANY, DELETE, GET, PATCH, POST, PUT, Has, Not, Text, case, check, checks_of,
                      config_map, deployment, obj, status_of)

SPACE = "/api/v1/namespaces/$ns"
OTHER = "/api/v1/namespaces/$ns-other"

PLAIN = [
    case("a namespace is active and has a label with its name",
         GET(SPACE, want={"status": {"phase": "Active"}, "spec": {"finalizers": ["kubernetes"]},
                          "metadata": {"labels": {"kubernetes.io/metadata.name": "$ns"}}})),
    case("a namespace has a DNS label as its name",
         POST("/api/v1/namespaces", obj("v1", "Namespace", "a.b"), code=422)),
    case("the namespaces that are always there cannot be deleted",
         DELETE("/api/v1/namespaces/default", code=403, want=status_of(
             "Forbidden", 'namespaces "default" is forbidden: this namespace may not be '
             'deleted'))),
]

CASES = [
    case("a namespace ends with all that is in it",
         POST("/api/v1/namespaces", obj("v1", "Namespace", "$ns-other")),
         POST(f"{OTHER}/configmaps", config_map()),
         DELETE(OTHER), GET(OTHER, code=404, eventually=True),
         GET(f"{OTHER}/configmaps/a", code=404)),
    case("a namespace waits for finalizers in it",
         POST("/api/v1/namespaces", obj("v1", "Namespace", "$ns-other")),
         POST(f"{OTHER}/configmaps", config_map(finalizers=["example.com/wait"])),
         DELETE(OTHER, want={"status": {"phase": "Terminating"}, "metadata": {
             "deletionTimestamp": ANY}}),
         GET(f"{OTHER}/configmaps/a", eventually=True,
             want={"metadata": {"deletionTimestamp": ANY}}),
         GET(OTHER, want={"status": {"phase": "Terminating"}}),
         POST(f"{OTHER}/configmaps", config_map("b"), code=403, want=status_of(
             "Forbidden", 'configmaps "b" is forbidden: unable to create new content in namespace '
             '$ns-other because it is being terminated', details={"causes": [
                 {"reason": "NamespaceTerminating", "field": "metadata.namespace"}]})),
         PATCH(f"{OTHER}/configmaps/a", {"metadata": {"finalizers": None}}),
         GET(OTHER, code=404, eventually=True)),
    case("what an owner leaves is deleted in the background",
         POST("configmaps", config_map("owner"), save={"uid": "metadata.uid"}),
         POST("configmaps", config_map("child", ownerReferences=[
             {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "$uid"}])),
         DELETE("configmaps/owner"), GET("configmaps/owner", code=404),
         GET("configmaps/child", code=404, eventually=True)),
    case("the garbage of garbage is deleted too",
         POST("configmaps", config_map("owner"), save={"uid": "metadata.uid"}),
         POST("configmaps", config_map("child", ownerReferences=[
             {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "$uid"}]),
              save={"uid": "metadata.uid"}),
         POST("configmaps", config_map("grandchild", ownerReferences=[
             {"apiVersion": "v1", "kind": "ConfigMap", "name": "child", "uid": "$uid"}])),
         DELETE("configmaps/owner"),
         GET("configmaps/grandchild", code=404, eventually=True)),
    case("in the foreground the owner waits for what blocks it",
         POST("configmaps", config_map("owner"), save={"uid": "metadata.uid"}),
         POST("configmaps", config_map("child", finalizers=["example.com/wait"], ownerReferences=[
             {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "$uid",
              "blockOwnerDeletion": True}])),
         DELETE("configmaps/owner?propagationPolicy=Foreground"),
         GET("configmaps/child", eventually=True, want={"metadata": {"deletionTimestamp": ANY}}),
         GET("configmaps/owner", want={"metadata": {"finalizers": ["foregroundDeletion"]}}),
         PATCH("configmaps/child", {"metadata": {"finalizers": None}}),
         GET("configmaps/owner", code=404, eventually=True)),
    case("orphans lose their owner and stay",
         POST("configmaps", config_map("owner"), save={"uid": "metadata.uid"}),
         POST("configmaps", config_map("child", ownerReferences=[
             {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "$uid"}])),
         DELETE("configmaps/owner?propagationPolicy=Orphan"),
         GET("configmaps/owner", code=404, eventually=True),
         GET("configmaps/child", want={"metadata": {"ownerReferences": ABSENT,
                                                    "deletionTimestamp": ABSENT}})),
    case("what has another owner stays",
         POST("configmaps", config_map("owner"), save={"uid": "metadata.uid"}),
         POST("configmaps", config_map("second"), save={"uid2": "metadata.uid"}),
         POST("configmaps", config_map("child", ownerReferences=[
             {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "$uid"},
             {"apiVersion": "v1", "kind": "ConfigMap", "name": "second", "uid": "$uid2"}])),
         DELETE("configmaps/owner"),
         GET("configmaps/child", eventually=True, want={"metadata": {"ownerReferences": [
             {"name": "second"}]}})),
    case("what is owned by nobody that is there is garbage",
         POST("configmaps", config_map("child", ownerReferences=[
             {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner",
              "uid": "00000000-0000-0000-0000-000000000000"}])),
         GET("configmaps/child", code=404, eventually=True)),
    case("a deployment takes its replicasets and pods along",
         POST("deployments", deployment(replicas=1)),
         GET("pods", eventually=True, want={"items": [{"status": {"phase": "Running"}}]}),
         GET("deployments/a", eventually=True, want={"status": {"availableReplicas": 1}}),
         DELETE("deployments/a"),
         GET("replicasets", eventually=True, want={"items": []}),
         GET("pods", eventually=True, want={"items": []})),
    case("a job completes",
         POST("jobs", obj("batch/v1", "Job", "a", spec={"template": {"spec": {
             "restartPolicy": "Never", "containers": [{"name": "x", "image": "x:1"}]}}})),
         GET("jobs/a", eventually=True, want={"status": {"succeeded": 1, "conditions": Has(
             {"type": "Complete", "status": "True"})}})),
]


@pytest.mark.parametrize("case", PLAIN, ids=lambda c: c.name)
def test_namespaces(server, ns, case):
    check(server, ns, case.steps)


@pytest.fixture(scope="module")
def outcomes(full_server, selected, new_namespace):
    with checks_of(full_server, selected(CASES), new_namespace) as outcomes:
        yield outcomes


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_controllers(outcomes, case):
    outcomes[case.name].result()
