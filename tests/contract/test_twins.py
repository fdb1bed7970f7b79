# SPDX-License-Identifier: Apache-2.0
"""Both servers at the same time: the same requests, the same answers. What the cases do not think
of: sequences of random writes by several managers, and what becomes of objects of many kinds."""

import random

import pytest

from contract import APPLY, GROUP, MERGE, obj, widget

WRITES = 12  # of each sequence
SEQUENCES = 40
OWN = ("uid", "resourceVersion", "creationTimestamp", "deletionTimestamp")


@pytest.fixture(scope="session")
def twins(started):
    return started("kube-apiserver"), started("sandbox")


@pytest.fixture
def namespaces(twins, new_namespace):
    """Of each twin."""
    return [new_namespace(server) for server in twins]


def plain(value, names=()):
    """Without what differs from server to server, and with what has no order sorted."""
    if isinstance(value, list):
        return [plain(item, names) for item in value]
    if isinstance(value, str):
        for name in names:
            value = value.replace(name, "NAMESPACE")
        return value
    if not isinstance(value, dict):
        return value
    out = {k: plain(v, names) for k, v in value.items() if k not in OWN}
    if "managedFields" in out:
        out["managedFields"] = sorted(
            ({**entry, "time": "time" in entry} for entry in out["managedFields"]),
            key=lambda e: (e["operation"], e["manager"], e.get("subresource", "")))
    if "causes" in out:
        out["causes"] = sorted(out["causes"], key=str)
    return out


def compare(twins, namespaces, method, path, body=None, type="application/json"):
    """Both must answer the same. The status code."""
    answers = [server.request(method, path.replace("$ns", ns), body, type=type)
               for server, ns in zip(twins, namespaces)]
    real, other = (plain(a.body, namespaces) for a in answers)
    found = list(differences({"code": answers[0].code, "body": real},
                             {"code": answers[1].code, "body": other}))
    assert not found, "\n".join([f"{method} {path} {body}", *found])
    return answers[0].code


def differences(real, other, at=""):
    """Where two documents differ, a line for each place."""
    if isinstance(real, dict) and isinstance(other, dict):
        for key in sorted({*real, *other}):
            yield from differences(real.get(key), other.get(key), f"{at}.{key}")
    elif isinstance(real, list) and isinstance(other, list) and len(real) == len(other):
        for i, (r, o) in enumerate(zip(real, other)):
            yield from differences(r, o, f"{at}[{i}]")
    elif real != other:
        yield f"{at}: kube-apiserver {real!r}, sandbox {other!r}"


# --- random writes


def random_spec(rng: random.Random) -> dict:
    """Some fields of a Widget, with few values, so that managers meet."""
    some = lambda values: rng.sample(values, rng.randint(0, len(values)))  # noqa: E731
    fields = {
        "size": lambda: rng.randint(1, 2),
        "color": lambda: rng.choice(["blue", "green"]),
        "label": lambda: rng.choice(["x", "y"]),
        "tags": lambda: some(["a", "b", "c"]),
        "ports": lambda: [{"port": port, **rng.choice([{}, {"protocol": "UDP"}, {"name": "n"},
                                                      {"name": "m"}])}
                          for port in some([1, 2, 3])],
        "steps": lambda: some(["s", "t"]),
        "limits": lambda: {k: rng.choice("12") for k in some(["cpu", "memory"])},
        "target": lambda: {k: rng.choice("12") for k in some(["kind", "name"])},
        "free": lambda: rng.choice([{}, {"x": {"y": rng.randint(1, 2)}}, {"x": {"z": 1}},
                                    {"list": [rng.randint(1, 2)]}, {"x": 1}]),
    }
    return {name: fields[name]() for name in rng.sample(sorted(fields), rng.randint(0, 4))}


def random_metadata(rng: random.Random) -> dict:
    metadata = {}
    if rng.random() < 0.3:
        metadata["labels"] = {k: rng.choice("12") for k in rng.sample("kl", rng.randint(0, 2))}
    if rng.random() < 0.2:
        metadata["finalizers"] = rng.sample(["e.com/a", "e.com/b"], rng.randint(0, 2))
    return metadata


def random_write(rng: random.Random) -> tuple:
    """(method, path, body, type) of one write."""
    manager = rng.choice(["one", "two", "three"])
    kind = rng.choice(["apply", "apply", "apply", "merge", "status", "remove"])
    query = f"?fieldManager={manager}" + ("&dryRun=All" if rng.random() < 0.1 else "")
    path = f"/apis/{GROUP}/v1/namespaces/$ns/widgets/a"
    body = widget("a", random_spec(rng), **random_metadata(rng))
    if kind == "apply":
        force = "&force=true" if rng.random() < 0.5 else ""
        return "PATCH", path + query + force, body, APPLY
    if kind == "status":
        body["status"] = {"phase": rng.choice("xy"), "conditions": [
            {"type": t, "status": rng.choice(["True", "False"])}
            for t in rng.sample("AB", rng.randint(0, 2))]}
        return "PATCH", f"{path}/status{query}&force=true", body, APPLY
    if kind == "remove":
        field = rng.choice(["size", "tags", "ports", "limits", "free"])
        return "PATCH", path + query, {"spec": {field: None}}, MERGE
    return "PATCH", path + query, {"spec": random_spec(rng)}, MERGE


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_random_writes(twins, namespaces, seed):
    rng = random.Random(seed)
    done = []
    for _ in range(WRITES):
        method, path, body, type = random_write(rng)
        done.append((path.split("?", 1)[-1], body.get("spec"), body.get("metadata")))
        try:
            compare(twins, namespaces, method, path, body, type)
        except AssertionError as e:
            raise AssertionError(f"{e}\nafter\n" + "\n".join(map(str, done[:-1]))) from None


# --- what becomes of objects


POD = {"containers": [{"name": "web", "image": "web:1", "ports": [{"containerPort": 80}],
                       "env": [{"name": "A", "value": "1"}],
                       "resources": {"requests": {"cpu": "100m", "memory": "1Gi"}},
                       "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
                       "volumeMounts": [{"name": "data", "mountPath": "/data"}]}],
       "volumes": [{"name": "data", "emptyDir": {}},
                   {"name": "config", "configMap": {"name": "c"}}]}
TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": POD}
SELECTOR = {"matchLabels": {"app": "a"}}
RBAC = "rbac.authorization.k8s.io"

OBJECTS = {
    "configmaps": obj("v1", "ConfigMap", "a", data={"k": "v"}, binaryData={"b": "dg=="}),
    "secrets": obj("v1", "Secret", "a", data={"k": "dg=="}),
    "serviceaccounts": obj("v1", "ServiceAccount", "a"),
    "pods": obj("v1", "Pod", "a", spec=POD),
    "apps/v1/deployments": obj("apps/v1", "Deployment", "a", spec={
        "replicas": 2, "selector": SELECTOR, "template": TEMPLATE}),
    "apps/v1/statefulsets": obj("apps/v1", "StatefulSet", "a", spec={
        "serviceName": "a", "selector": SELECTOR, "template": TEMPLATE,
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}),
    "apps/v1/daemonsets": obj("apps/v1", "DaemonSet", "a", spec={
        "selector": SELECTOR, "template": TEMPLATE}),
    "apps/v1/replicasets": obj("apps/v1", "ReplicaSet", "a", spec={
        "selector": SELECTOR, "template": TEMPLATE}),
    "batch/v1/cronjobs": obj("batch/v1", "CronJob", "a", spec={
        "schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": {
            **POD, "restartPolicy": "Never"}}}}}),
    "networking.k8s.io/v1/ingresses": obj("networking.k8s.io/v1", "Ingress", "a", spec={
        "rules": [{"host": "a.example.com", "http": {"paths": [
            {"path": "/", "pathType": "Prefix",
             "backend": {"service": {"name": "a", "port": {"number": 80}}}}]}}]}),
    "networking.k8s.io/v1/networkpolicies": obj("networking.k8s.io/v1", "NetworkPolicy", "a", spec={
        "podSelector": {}, "ingress": [{"from": [{"podSelector": SELECTOR}]}]}),
    "policy/v1/poddisruptionbudgets": obj("policy/v1", "PodDisruptionBudget", "a", spec={
        "minAvailable": 1, "selector": SELECTOR}),
    "autoscaling/v2/horizontalpodautoscalers": obj(
        "autoscaling/v2", "HorizontalPodAutoscaler", "a", spec={
            "maxReplicas": 3, "minReplicas": 1, "scaleTargetRef": {
                "apiVersion": "apps/v1", "kind": "Deployment", "name": "a"},
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {
                "type": "Utilization", "averageUtilization": 80}}}]}),
    f"{RBAC}/v1/roles": obj(f"{RBAC}/v1", "Role", "a", rules=[
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]),
    f"{RBAC}/v1/rolebindings": obj(f"{RBAC}/v1", "RoleBinding", "a", roleRef={
        "apiGroup": RBAC, "kind": "Role", "name": "a"}, subjects=[
        {"kind": "ServiceAccount", "name": "a", "namespace": "default"}]),
    "coordination.k8s.io/v1/leases": obj("coordination.k8s.io/v1", "Lease", "a", spec={
        "holderIdentity": "me", "leaseDurationSeconds": 15}),
    f"{GROUP}/v1/widgets": widget("a", {"size": 1, "ports": [{"port": 80}], "free": {"x": 1}}),
}


def path_of(resource: str) -> str:
    version, _, plural = resource.rpartition("/")
    return f"{'/apis/' + version if version else '/api/v1'}/namespaces/$ns/{plural}"


@pytest.mark.parametrize("resource", OBJECTS)
def test_what_becomes_of_an_object(twins, namespaces, resource):
    """Its defaults and who owns them: created by a post, changed by an update of nothing and by
    one of labels, and applied."""
    path, body = path_of(resource), OBJECTS[resource]
    assert compare(twins, namespaces, "POST", path, body) == 201
    assert compare(twins, namespaces, "PATCH", f"{path}/a?fieldManager=labeller",
                   {"metadata": {"labels": {"l": "1"}}}, MERGE) == 200
    assert compare(twins, namespaces, "PATCH", f"{path}/a?fieldManager=one&force=true", body,
                   APPLY) == 200
    applied = {**body, "metadata": {"name": "b"}}
    for code in (201, 200):
        assert compare(twins, namespaces, "PATCH", f"{path}/b?fieldManager=one", applied,
                       APPLY) == code
