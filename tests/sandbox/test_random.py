# SPDX-License-Identifier: Apache-2.0
"""Documents that make no sense: whatever is sent, the sandbox answers, goes on and ends cleanly."""

import copy
import http.client
import json
import random

import pytest

from harness import seeds

APPS = "/apis/apps/v1/namespaces/default"
CORE = "/api/v1/namespaces/default"
POD = {"metadata": {"labels": {"a": "b"}}, "spec": {
    "nodeSelector": {"a": "b"}, "volumes": [{"name": "v", "emptyDir": {}}],
    "containers": [{"name": "c", "image": "i:1", "ports": [{"containerPort": 1}]}]}}
WORKLOAD = {"metadata": {"name": "x"}, "spec": {
    "replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": POD,
    "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}}
SAMPLES = {
    f"{CORE}/configmaps": {"data": {"k": "v"}, "metadata": {
        "name": "x", "labels": {"a": "b"}, "finalizers": ["x.y/z"], "ownerReferences": [
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u"}]}},
    f"{CORE}/secrets": {"metadata": {"name": "x"}, "stringData": {"a": "b"}, "data": {"c": "aGk="}},
    f"{CORE}/services": {"metadata": {"name": "x"}, "spec": {
        "type": "LoadBalancer", "selector": {"a": "b"}, "ports": [{"port": 80}]}},
    f"{APPS}/deployments": WORKLOAD, f"{APPS}/statefulsets": WORKLOAD, f"{APPS}/daemonsets": WORKLOAD,
    "/apis/batch/v1/namespaces/default/jobs": {"metadata": {"generateName": "x"}, "spec": {
        "ttlSecondsAfterFinished": 0, "activeDeadlineSeconds": 1, "template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "c", "image": "i:fail"}]}}}},
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions": {
        "metadata": {"name": "ws.e.com"}, "spec": {
            "group": "e.com", "scope": "Namespaced", "names": {"plural": "ws", "kind": "W"},
            "versions": [{
                "name": "v1", "served": True, "storage": True,
                "subresources": {"status": {}, "scale": {
                    "specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n"}},
                "additionalPrinterColumns": [
                    {"name": "A", "type": "string", "jsonPath": '.spec.l[?(@.k=="x")].k'}],
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {
                    "type": "object", "properties": {
                        "n": {"type": "integer", "default": 1, "minimum": 0},
                        "l": {"type": "array", "x-kubernetes-list-type": "map",
                              "x-kubernetes-list-map-keys": ["k"], "items": {
                                  "type": "object", "properties": {
                                      "k": {"type": "string", "pattern": "^a"}}}}}}}}}}]}},
    "/apis/e.com/v1/namespaces/default/ws": {
        "metadata": {"name": "x"}, "spec": {"n": 2, "l": [{"k": "a"}]}, "status": {"n": 1}},
}
VALUES = [None, True, 5, -1, 1.5, 10 ** 18, "", "x", "\N{COLLISION SYMBOL}", "a" * 300, "..", [], {},
          [1], [None], [{}], [[]], {"a": None}, {"a": {"b": 1}}, "delete", "replace"]
KEYS = ["$patch", "$retainKeys", "$setElementOrder/ports", "metadata", "kind", "managedFields", "x"]
PATCHES = ["application/apply-patch+yaml", "application/merge-patch+json",
           "application/strategic-merge-patch+json"]
QUERIES = ["", "?dryRun=All", "?fieldValidation=Strict", "?propagationPolicy=Foreground",
           "?propagationPolicy=Orphan", "?fieldManager=f&force=true", "?limit=1"]


def places(value, container=None, key=None):
    """(container, key) of everything below a document."""
    if container is not None:
        yield container, key
    items = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for k, v in list(items):
        yield from places(v, value, k)


def mutated(rng, document):
    document = copy.deepcopy(document)
    for _ in range(rng.randint(1, 3)):
        found = list(places(document))
        if not found:
            break
        container, key = rng.choice(found)
        if rng.random() < 0.2:
            del container[key]
        elif rng.random() < 0.25 and isinstance(container, dict):
            container[rng.choice(KEYS)] = copy.deepcopy(rng.choice(VALUES))
        else:
            container[key] = copy.deepcopy(rng.choice(VALUES))
    return document


@pytest.mark.parametrize("seed", seeds(1, 2))
def test_whatever_is_sent_it_goes_on(sandbox, seed):
    print(f"seed {seed}")
    rng, connection = random.Random(seed), sandbox.connect()
    for _ in range(1500):
        path, document = rng.choice(list(SAMPLES.items()))
        name = document["metadata"].get("name", "x")
        one = f"{path}/{name}" + rng.choice(["", "", "", "/status", "/scale"])
        method = rng.choice(["POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "GET"])
        type = rng.choice(PATCHES) if method == "PATCH" else "application/json"
        try:
            connection.request(
                method, (path if method == "POST" else one) + rng.choice(QUERIES),
                None if method == "GET" else json.dumps(mutated(rng, document)),
                {"Content-Type": type, "Accept": "application/json;as=Table, application/json"})
            connection.getresponse().read()
        except (http.client.HTTPException, ConnectionError):
            assert sandbox._process.poll() is None, sandbox.log_file.read_text()[:4000]
            connection = sandbox.connect()
    connection.close()
    assert sandbox.get("/version")
