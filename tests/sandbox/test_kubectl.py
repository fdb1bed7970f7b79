# SPDX-License-Identifier: Apache-2.0
"""What somebody meets who explores the sandbox with kubectl, beside what test_sandbox.py has first:
what the simulated controllers keep up to date, and what a Pod that does not run refuses."""

import pytest

from control_plane import ApiError
from harness import eventually
from process import CommandError

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: %s, selector: {matchLabels: {app: web}}}
"""


def pods(sandbox):
    return [p for p in sandbox.kubectl_json("get", "pods", "-l", "app=web")["items"]
            if "deletionTimestamp" not in p["metadata"]]


def status_of(sandbox, *what):
    return sandbox.kubectl_json("get", *what).get("status", {})


def evict(sandbox, pod):
    name = pod["metadata"]["name"]
    sandbox.request("POST", f"/api/v1/namespaces/default/pods/{name}/eviction", {
        "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}})


def test_a_drain_asks_the_budgets(sandbox):
    sandbox.apply(WEB % 1)
    eventually(lambda: status_of(sandbox, "pdb", "web").get("disruptionsAllowed") == 1)
    sandbox.kubectl("cordon", "sandbox")
    assert "SchedulingDisabled" in sandbox.kubectl("get", "nodes")
    first, second = pods(sandbox)
    evict(sandbox, first)
    with pytest.raises(ApiError, match="disruption budget"):
        evict(sandbox, second)
    eventually(lambda: sorted(p["status"]["phase"] for p in pods(sandbox)) == [
        "Pending", "Running"])
    with pytest.raises(ApiError, match="disruption budget"):
        evict(sandbox, second)
    pending = next(p for p in pods(sandbox) if p["status"]["phase"] == "Pending")
    eventually(lambda: "unschedulable" in sandbox.kubectl(
        "get", "pod", pending["metadata"]["name"], "-o", "jsonpath={.status.conditions}"))

    sandbox.kubectl("uncordon", "sandbox")
    eventually(lambda: status_of(sandbox, "pdb", "web")["currentHealthy"] == 2)
    sandbox.kubectl("delete", "pdb", "web")
    assert "drained" in sandbox.kubectl("drain", "sandbox", "--timeout=60s")
    eventually(lambda: [p["status"]["phase"] for p in pods(sandbox)] == ["Pending"] * 2)


@pytest.mark.parametrize("budget, desired", [("50%", 1), ("100%", 2), ("0", 0)])
def test_a_budget_may_be_a_part(sandbox, budget, desired):
    sandbox.apply(WEB % budget)
    eventually(lambda: status_of(sandbox, "pdb", "web").get("currentHealthy") == 2)
    status = status_of(sandbox, "pdb", "web")
    assert status["desiredHealthy"] == desired and status["expectedPods"] == 2
    assert status["disruptionsAllowed"] == 2 - desired


def test_the_endpoints_of_a_service_follow_its_pods(sandbox):
    def addresses():
        return {a["ip"] for subset in sandbox.kubectl_json("get", "endpoints", "web")["subsets"]
                for a in subset.get("addresses", []) if subset["ports"][0]["port"] == 8080}

    def ready():
        return {p["status"]["podIP"] for p in pods(sandbox)}
    sandbox.apply(WEB % 0)
    eventually(lambda: len(addresses()) == 2)
    assert addresses() == ready()
    slices = sandbox.kubectl_json("get", "endpointslices", "-l", "kubernetes.io/service-name=web")
    assert {e["addresses"][0] for e in slices["items"][0]["endpoints"]} == ready()
    sandbox.kubectl("scale", "deployment", "web", "--replicas=3")
    eventually(lambda: len(addresses()) == 3)
    sandbox.kubectl("set", "image", "deployment/web", "web=web:never-ready")
    eventually(lambda: "notReadyAddresses" in sandbox.kubectl_json(
        "get", "endpoints", "web")["subsets"][0])
    assert len(addresses()) == 3
    sandbox.kubectl("delete", "service", "web")
    eventually(lambda: sandbox.kubectl("get", "endpoints,endpointslices", "-o", "name") == "")


def test_a_pod_runs_nothing_and_says_so(sandbox):
    sandbox.kubectl("run", "p", "--image=p:1")
    sandbox.kubectl("wait", "--for=condition=Ready", "pod/p", "--timeout=60s")
    for command in (["exec", "p", "--", "ls"], ["attach", "p"], ["port-forward", "p", "8080:80"]):
        with pytest.raises(CommandError, match="pod p is simulated: nothing runs in it"):
            sandbox.kubectl(*command)
    assert "nothing runs in it" in sandbox.kubectl("logs", "p")


def test_older_versions_and_tokens(sandbox):
    sandbox.apply(WEB % 0)
    sandbox.kubectl("autoscale", "deployment", "web", "--max=5", "--cpu-percent=70")
    assert "cpu: <unknown>/70%" in sandbox.kubectl("get", "hpa")
    sandbox.kubectl("create", "serviceaccount", "robot")
    assert sandbox.kubectl("create", "token", "robot").strip()


def test_what_get_prints(sandbox):
    """Wide columns, and an order that needs the objects themselves."""
    sandbox.apply(WEB % 1)
    sandbox.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    wide = sandbox.kubectl("get", "deployments", "-o", "wide").split("\n")
    assert wide[0].split()[-3:] == ["CONTAINERS", "IMAGES", "SELECTOR"]
    assert wide[1].split()[-3:] == ["web", "web:1", "app=web"]
    ips = [line.split()[5] for line in sandbox.kubectl(
        "get", "pods", "-o", "wide", "--no-headers", "--sort-by=.status.podIP").splitlines()]
    assert len(ips) == 2 and ips == sorted(ips)
