# SPDX-License-Identifier: Apache-2.0
"""random_objects: valid objects of many kinds, at random, and small changes of them.

KINDS names them; make(rng, kind, name) gives one. mix(rng, a, b) takes parts of two objects of a
kind; thin(rng, a) leaves parts out. What they make may be refused by the server now and then."""

from __future__ import annotations

import base64
import copy
import random
from typing import Any

GROUP = "property.example.org"


def crds() -> list[dict]:
    """Two custom kinds: one with every way to describe a list or a map, one that says nothing."""
    text, number = {"type": "string"}, {"type": "integer"}
    item = {"type": "object", "required": ["name"], "properties": {
        "name": text, "protocol": {"type": "string", "default": "TCP"}, "port": number,
        "size": quantity_schema(), "args": {"type": "array", "items": text}}}
    spec = {"type": "object", "properties": {
        "text": text, "number": number, "ratio": {"type": "number"}, "flag": {"type": "boolean"},
        "size": quantity_schema(), "timeout": text,
        "at": {"type": "string", "format": "date-time"},
        "target": {"x-kubernetes-int-or-string": True},
        "mode": {"type": "string", "default": "auto"},
        "maybe": {"type": "string", "nullable": True},
        "parts": {"type": "array", "items": item, "x-kubernetes-list-type": "map",
                  "x-kubernetes-list-map-keys": ["name", "protocol"]},
        "colours": {"type": "array", "items": text, "x-kubernetes-list-type": "set"},
        "primes": {"type": "array", "items": number, "x-kubernetes-list-type": "set"},
        "steps": {"type": "array", "items": {"type": "object", "properties": {
            "run": text, "level": {"type": "integer", "default": 3}, "quiet": {"type": "boolean"}}}},
        "box": {"type": "object", "x-kubernetes-map-type": "atomic",
                "properties": {"width": number, "height": number, "name": text}},
        "labels": {"type": "object", "additionalProperties": text},
        "nested": {"type": "object", "properties": {
            "deep": {"type": "object", "properties": {"a": text, "b": text}}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "template": {"type": "object", "x-kubernetes-embedded-resource": True,
                     "x-kubernetes-preserve-unknown-fields": True}}}
    return [crd("Widget", "widgets", {"type": "object", "properties": {"spec": spec}}),
            crd("Thing", "things", {"type": "object",
                                    "x-kubernetes-preserve-unknown-fields": True})]


def quantity_schema() -> dict:
    return {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True,
            "pattern": r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|"
                       r"([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"}


def crd(kind: str, plural: str, schema: dict) -> dict:
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{GROUP}"},
            "spec": {"group": GROUP, "scope": "Namespaced",
                     "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
                     "versions": [{"name": "v1", "served": True, "storage": True,
                                   "schema": {"openAPIV3Schema": schema}}]}}


# --- small parts

CPU = ["0.5", "500m", 1, "1", "1000m", "100m", "0.1", "2"]
MEMORY = ["1Gi", "1024Mi", "512Mi", "0.5Gi", "128M", 134217728, "1e3"]
WORDS = ["a", "b", "web", "blue", "5", "true", "1h", "60m", "1Gi", "x y", "ü", "100%"]
TIMES = ["2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", "2026-05-05T05:05:05Z"]


def maybe(rng: random.Random, into: dict, name: str, value: Any, chance: float = 0.5) -> None:
    if rng.random() < chance:
        into[name] = value() if callable(value) else value


def some(rng: random.Random, names: list, least: int = 0) -> list:
    return rng.sample(names, rng.randint(least, len(names)))


def words(rng: random.Random) -> dict:
    return {k: rng.choice(WORDS) for k in some(rng, ["alpha", "beta", "gamma.conf", "d"])}


def labels(rng: random.Random) -> dict:
    return {k: rng.choice(["a", "b", "c1", ""]) for k in some(rng, ["tier", "example.org/x", "y"])}


def metadata(rng: random.Random, name: str) -> dict:
    meta: dict = {"name": name}
    maybe(rng, meta, "labels", lambda: labels(rng))
    meta["annotations"] = {"example.org/tracking": "x"} | words(rng)
    maybe(rng, meta, "finalizers", lambda: some(rng, ["example.org/a", "example.org/b"]), 0.1)
    return meta


def selector(rng: random.Random) -> dict:
    result: dict = {}
    maybe(rng, result, "matchLabels", lambda: labels(rng))
    maybe(rng, result, "matchExpressions", lambda: [
        {"key": k, "operator": "In", "values": some(rng, ["a", "b"], 1)}
        for k in some(rng, ["tier", "y"])])
    return result


def resources(rng: random.Random) -> dict:
    result: dict = {}
    maybe(rng, result, "requests", lambda: {"cpu": rng.choice(["0.1", "100m", "50m"]),
                                            "memory": rng.choice(["1Mi", "1024Ki", "64Mi"])})
    maybe(rng, result, "limits", lambda: {"cpu": rng.choice(CPU), "memory": rng.choice(MEMORY)})
    return result


def env(rng: random.Random) -> list:
    result: list = []
    for name in some(rng, ["A", "B", "C", "D"]):
        entry: dict = {"name": name}
        source = rng.randrange(5)
        if source < 2:
            entry["value"] = rng.choice(WORDS + [""])
        elif source == 2:
            entry["valueFrom"] = {"fieldRef": {"fieldPath": "metadata.name"}}
        elif source == 3:
            entry["valueFrom"] = {"configMapKeyRef": {"name": "c", "key": rng.choice("xy")}}
        else:
            entry["valueFrom"] = {"resourceFieldRef": {"resource": "limits.cpu"}}
            maybe(rng, entry["valueFrom"]["resourceFieldRef"], "divisor",
                  lambda: rng.choice(["1", "1000m", "1m", "0"]))
        result.append(entry)
    return result


def probe(rng: random.Random) -> dict:
    result: dict = {"httpGet": {"path": "/", "port": rng.choice([8080, "http", "8080"])}}
    maybe(rng, result, "periodSeconds", lambda: rng.randint(1, 9))
    maybe(rng, result["httpGet"], "httpHeaders", lambda: [
        {"name": n, "value": rng.choice(WORDS[:3])} for n in some(rng, ["X-A", "X-B"])])
    return result


def container(rng: random.Random, name: str) -> dict:
    result: dict = {"name": name, "image": rng.choice(["a:1", "a:2", "example.org/b"])}
    maybe(rng, result, "env", lambda: env(rng))
    maybe(rng, result, "args", lambda: some(rng, ["-a", "-b", "--c=1"]))
    maybe(rng, result, "command", lambda: some(rng, ["sh", "run"]), 0.3)
    maybe(rng, result, "resources", lambda: resources(rng))
    maybe(rng, result, "ports", lambda: ports(rng, "containerPort"))
    maybe(rng, result, "livenessProbe", lambda: probe(rng), 0.3)
    maybe(rng, result, "stdin", lambda: rng.choice([True, False]), 0.2)
    maybe(rng, result, "securityContext", lambda: {
        "privileged": False, "capabilities": {"drop": some(rng, ["ALL", "KILL"])}}, 0.3)
    maybe(rng, result, "volumeMounts", lambda: [
        {"name": "v0", "mountPath": p, "readOnly": rng.choice([True, False])}
        for p in some(rng, ["/a", "/b"])], 0.3)
    maybe(rng, result, "imagePullPolicy", "IfNotPresent", 0.2)
    return result


def ports(rng: random.Random, field: str) -> list:
    result = []
    for i, number in enumerate(some(rng, [80, 443, 53])):
        entry: dict = {field: number, "name": f"p{number}"}
        maybe(rng, entry, "protocol", lambda: rng.choice(["TCP", "UDP"]))
        if field == "port":
            maybe(rng, entry, "targetPort", lambda: rng.choice([number, "http", 8080]))
        result.append(entry)
    return result


def volume(rng: random.Random, name: str) -> dict:
    source = rng.randrange(5)
    if source == 0:
        size: dict = {}
        maybe(rng, size, "sizeLimit", lambda: rng.choice(MEMORY))
        return {"name": name, "emptyDir": size}
    if source == 1:
        return {"name": name, "configMap": {"name": "c", "items": [
            {"key": k, "path": k} for k in some(rng, ["a", "b"], 1)]}}
    if source == 2:
        token: dict = {"path": "token"}
        maybe(rng, token, "expirationSeconds", lambda: rng.choice([3600, 7200]))
        return {"name": name, "projected": {"sources": [
            {"serviceAccountToken": token},
            {"downwardAPI": {"items": [{"path": "l", "fieldRef": {
                "fieldPath": "metadata.labels"}}]}}]}}
    if source == 3:
        return {"name": name, "secret": {"secretName": rng.choice("st")}}
    return {"name": name, "hostPath": {"path": "/x"}}


def toleration(rng: random.Random) -> dict:
    result: dict = {"operator": "Exists", "key": rng.choice("kl")}
    maybe(rng, result, "effect", "NoExecute")
    if "effect" in result:
        maybe(rng, result, "tolerationSeconds", lambda: rng.choice([0, 30]))
    return result


def affinity(rng: random.Random) -> dict:
    return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": w, "podAffinityTerm": {"topologyKey": "zone", "labelSelector": selector(rng)}}
        for w in some(rng, [1, 50, 100])]}}


def pod(rng: random.Random, restart: str | None = None) -> dict:
    spec: dict = {"containers": [container(rng, n) for n in some(rng, ["web", "side", "log"], 1)],
                  "volumes": [volume(rng, f"v{i}") for i in range(rng.randint(1, 3))]}
    maybe(rng, spec, "initContainers", lambda: [
        container(rng, n) for n in some(rng, ["i1", "i2", "i3"])], 0.4)
    for c in spec.get("initContainers", []):
        c.pop("livenessProbe", None)
    maybe(rng, spec, "tolerations", lambda: [toleration(rng) for _ in range(rng.randint(0, 2))])
    maybe(rng, spec, "nodeSelector", lambda: labels(rng), 0.3)
    maybe(rng, spec, "affinity", lambda: affinity(rng), 0.3)
    maybe(rng, spec, "hostNetwork", False, 0.2)
    maybe(rng, spec, "securityContext", lambda: rng.choice([{}, {"runAsUser": 5}]), 0.3)
    maybe(rng, spec, "terminationGracePeriodSeconds", lambda: rng.choice([0, 5, 30]), 0.3)
    maybe(rng, spec, "imagePullSecrets", lambda: [{"name": n} for n in some(rng, ["r", "s"])], 0.2)
    maybe(rng, spec, "topologySpreadConstraints", lambda: [
        {"maxSkew": 1, "topologyKey": k, "whenUnsatisfiable": "DoNotSchedule",
         "labelSelector": selector(rng)} for k in some(rng, ["zone", "host"])], 0.2)
    maybe(rng, spec, "hostAliases", lambda: [
        {"ip": ip, "hostnames": some(rng, ["h", "i"], 1)} for ip in some(rng, ["1.1.1.1", "::1"])],
          0.2)
    if restart:
        spec["restartPolicy"] = restart
    return spec


def template(rng: random.Random, restart: str | None = None) -> dict:
    return {"metadata": {"labels": {"app": "x", **labels(rng)}}, "spec": pod(rng, restart)}


# --- kinds

def deployment(rng: random.Random) -> dict:
    spec: dict = {"selector": {"matchLabels": {"app": "x"}}, "template": template(rng)}
    maybe(rng, spec, "replicas", lambda: rng.randint(0, 3))
    maybe(rng, spec, "paused", lambda: rng.choice([True, False]), 0.2)
    maybe(rng, spec, "strategy", lambda: {"rollingUpdate": {
        "maxSurge": rng.choice([1, "25%", "1%"])}}, 0.3)
    return {"spec": spec}


def claim(rng: random.Random) -> dict:
    spec: dict = {"accessModes": some(rng, ["ReadWriteOnce", "ReadOnlyMany"], 1),
                  "resources": {"requests": {"storage": rng.choice(["1Gi", "1024Mi", "2Gi"])}}}
    maybe(rng, spec, "storageClassName", lambda: rng.choice(["fast", ""]))
    maybe(rng, spec, "volumeMode", "Filesystem", 0.3)
    return spec


def stateful_set(rng: random.Random) -> dict:
    spec: dict = {"selector": {"matchLabels": {"app": "x"}}, "serviceName": "s",
                  "template": template(rng),
                  "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim(rng)}]}
    maybe(rng, spec, "replicas", lambda: rng.randint(0, 3))
    maybe(rng, spec, "podManagementPolicy", "OrderedReady", 0.3)
    return {"spec": spec}


def cron_job(rng: random.Random) -> dict:
    job: dict = {"template": {"spec": pod(rng, rng.choice(["Never", "OnFailure"]))}}
    if job["template"]["spec"]["restartPolicy"] == "Never":
        maybe(rng, job, "podFailurePolicy", lambda: {"rules": [
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
            {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [
                *sorted(some(rng, [1, 2, 3], 1))]}}]}, 0.4)
    maybe(rng, job, "backoffLimit", lambda: rng.randint(0, 3))
    spec: dict = {"schedule": rng.choice(["0 0 * * *", "@hourly"]), "jobTemplate": {"spec": job}}
    maybe(rng, spec, "suspend", lambda: rng.choice([True, False]))
    return {"spec": spec}


def service(rng: random.Random) -> dict:
    spec: dict = {"ports": ports(rng, "port") or [{"port": 80}]}
    maybe(rng, spec, "selector", lambda: labels(rng))
    maybe(rng, spec, "type", lambda: rng.choice(["ClusterIP", "NodePort", "LoadBalancer"]), 0.3)
    maybe(rng, spec, "sessionAffinity", "None", 0.2)
    maybe(rng, spec, "externalIPs", lambda: some(rng, ["9.9.9.9", "8.8.8.8"]), 0.2)
    return {"spec": spec}


def config_map(rng: random.Random) -> dict:
    result: dict = {}
    maybe(rng, result, "data", lambda: words(rng), 0.8)
    maybe(rng, result, "binaryData", lambda: {
        k: base64.b64encode(rng.choice(WORDS).encode()).decode() for k in some(rng, ["p", "q"])},
          0.3)
    return result


def secret(rng: random.Random) -> dict:
    result: dict = {"data": {
        k: base64.b64encode(rng.choice(WORDS + [""]).encode()).decode()
        for k in some(rng, ["user", "password", "ca.crt"])}}
    maybe(rng, result, "type", "Opaque")
    return result


def ingress(rng: random.Random) -> dict:
    def path(p: str) -> dict:
        return {"path": p, "pathType": "Prefix", "backend": {"service": {
            "name": "s", "port": {"number": rng.choice([80, 81])}}}}

    def rule(host: str) -> dict:
        return {"host": host, "http": {"paths": [path(p) for p in some(rng, ["/", "/a"], 1)]}}
    spec: dict = {"rules": [rule(h) for h in some(rng, ["a.example", "b.example"], 1)]}
    maybe(rng, spec, "tls", lambda: [{"hosts": ["a.example"], "secretName": rng.choice("tu")}])
    maybe(rng, spec, "ingressClassName", lambda: rng.choice(["x", "y"]))
    return {"spec": spec}


def network_policy(rng: random.Random) -> dict:
    def rule(side: str) -> dict:
        result: dict = {}
        maybe(rng, result, side, lambda: rng.choice([
            [{"podSelector": selector(rng)}], [{"namespaceSelector": selector(rng)}],
            [{"ipBlock": {"cidr": "10.0.0.0/8"}}]]))
        maybe(rng, result, "ports", lambda: [
            {"port": p} | ({"protocol": "UDP"} if rng.random() < 0.3 else {})
            for p in some(rng, [80, "http"], 1)])
        return result
    spec: dict = {"podSelector": selector(rng)}
    maybe(rng, spec, "ingress", lambda: [rule("from") for _ in range(rng.randint(0, 2))])
    maybe(rng, spec, "egress", lambda: [rule("to") for _ in range(rng.randint(0, 2))])
    maybe(rng, spec, "policyTypes", lambda: some(rng, ["Ingress", "Egress"], 1))
    return {"spec": spec}


def hpa(rng: random.Random) -> dict:
    def metric() -> dict:
        if rng.random() < 0.5:
            return {"type": "Resource", "resource": {"name": rng.choice(["cpu", "memory"]),
                    "target": {"type": "Utilization", "averageUtilization": rng.randint(1, 99)}}}
        target = rng.choice([{"type": "AverageValue", "averageValue": rng.choice(CPU)},
                             {"type": "Value", "value": rng.choice(MEMORY)}])
        return {"type": "External", "external": {"metric": {"name": "m"}, "target": target}}
    spec: dict = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
                  "maxReplicas": rng.randint(3, 9)}
    maybe(rng, spec, "minReplicas", lambda: rng.randint(1, 3))
    maybe(rng, spec, "metrics", lambda: [metric() for _ in range(rng.randint(0, 2))])
    maybe(rng, spec, "behavior", lambda: {"scaleDown": {
        "stabilizationWindowSeconds": rng.choice([0, 60]),
        "policies": [{"type": "Pods", "value": rng.randint(1, 4), "periodSeconds": 60}]}})
    return {"spec": spec}


def pdb(rng: random.Random) -> dict:
    spec = rng.choice([{"minAvailable": rng.choice([1, "50%", 0])},
                       {"maxUnavailable": rng.choice([1, "10%"])}])
    return {"spec": {**spec, "selector": selector(rng)}}


def rules(rng: random.Random) -> list:
    result = []
    for _ in range(rng.randint(0, 2)):
        rule: dict = {"apiGroups": [rng.choice(["", "apps"])], "resources": ["pods"],
                      "verbs": some(rng, ["get", "list", "watch"], 1)}
        maybe(rng, rule, "resourceNames", lambda: some(rng, ["n", "m"]), 0.3)
        result.append(rule)
    return result


def role(rng: random.Random) -> dict:
    return {"rules": rules(rng)}


def thing(rng: random.Random) -> dict:
    result: dict = {"spec": json_value(rng, 3)}
    if not isinstance(result["spec"], dict):
        result["spec"] = {"value": result["spec"]}
    return result


def json_value(rng: random.Random, depth: int) -> Any:
    shape = rng.randrange(8 if depth else 5)
    if shape < 5:
        return [rng.choice(WORDS), rng.randint(-3, 3), rng.choice([True, False]), "", 1.5][shape]
    if shape < 7:
        return {k: json_value(rng, depth - 1) for k in some(rng, ["a", "b", "name", "limits"])}
    return [json_value(rng, depth - 1) for _ in range(rng.randint(0, 2))]


def widget(rng: random.Random) -> dict:
    def part() -> dict:
        entry: dict = {"name": rng.choice("xyz")}
        maybe(rng, entry, "protocol", lambda: rng.choice(["TCP", "UDP"]))
        maybe(rng, entry, "port", lambda: rng.randint(0, 3))
        maybe(rng, entry, "size", lambda: rng.choice(CPU), 0.2)
        maybe(rng, entry, "args", lambda: some(rng, ["1", "2"]), 0.2)
        return entry

    def parts() -> list:
        found = {(p["name"], p.get("protocol", "TCP")): p for p in (part() for _ in range(3))}
        return list(found.values())
    spec: dict = {}
    for name, value in {
            "text": lambda: rng.choice(WORDS + [""]), "number": lambda: rng.randint(0, 3),
            "ratio": lambda: rng.choice([0.5, 1, 1.25]), "flag": lambda: rng.random() < 0.5,
            "size": lambda: rng.choice(CPU), "timeout": lambda: rng.choice(["1h", "60m", "5s"]),
            "at": lambda: rng.choice(TIMES), "target": lambda: rng.choice([80, "80", "http"]),
            "mode": lambda: rng.choice(["auto", "off"]), "maybe": lambda: rng.choice(WORDS),
            "parts": parts, "colours": lambda: some(rng, ["red", "green", "blue"]),
            "primes": lambda: some(rng, [2, 3, 5, 7]), "labels": lambda: labels(rng),
            "steps": lambda: [{"run": rng.choice("ab")} | ({"level": rng.choice([3, 4])}
                              if rng.random() < 0.9 else {}) for _ in range(rng.randint(0, 2))],
            "box": lambda: {k: rng.randint(0, 2) for k in some(rng, ["width", "height"])},
            "nested": lambda: rng.choice([{}, {"deep": {}}, {"deep": {"a": "1"}},
                                          {"deep": {"a": "1", "b": "2"}}]),
            "free": lambda: {k: json_value(rng, 2) for k in some(rng, ["f", "g"])},
            "template": lambda: {"apiVersion": "v1", "kind": "ConfigMap",
                                 "metadata": metadata(rng, "inner"), **config_map(rng)}}.items():
        maybe(rng, spec, name, value, 0.3)
    return {"spec": spec}


# kind -> (apiVersion, plural, namespaced, generator)
KINDS = {
    "Deployment": ("apps/v1", "deployments", True, deployment),
    "StatefulSet": ("apps/v1", "statefulsets", True, stateful_set),
    "CronJob": ("batch/v1", "cronjobs", True, cron_job),
    "Service": ("v1", "services", True, service),
    "ConfigMap": ("v1", "configmaps", True, config_map),
    "Secret": ("v1", "secrets", True, secret),
    "PersistentVolumeClaim": ("v1", "persistentvolumeclaims", True,
                              lambda rng: {"spec": claim(rng)}),
    "Ingress": ("networking.k8s.io/v1", "ingresses", True, ingress),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies", True, network_policy),
    "HorizontalPodAutoscaler": ("autoscaling/v2", "horizontalpodautoscalers", True, hpa),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets", True, pdb),
    "Role": ("rbac.authorization.k8s.io/v1", "roles", True, role),
    "ClusterRole": ("rbac.authorization.k8s.io/v1", "clusterroles", False, role),
    "Widget": (f"{GROUP}/v1", "widgets", True, widget),
    "Thing": (f"{GROUP}/v1", "things", True, thing),
}


def make(rng: random.Random, kind: str, name: str) -> dict:
    return {"apiVersion": KINDS[kind][0], "kind": kind, "metadata": metadata(rng, name),
            **KINDS[kind][3](rng)}


def path_of(kind: str, namespace: str, name: str = "") -> str:
    api_version, plural, namespaced, _ = KINDS[kind]
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    return (root + (f"/namespaces/{namespace}" if namespaced else "") + f"/{plural}" +
            (f"/{name}" if name else ""))


# --- changes

# podFailurePolicy: the server stores an empty one as none, though its dry-run says otherwise.
FIXED = {"apiVersion", "kind", "name", "selector", "podFailurePolicy",
         "example.org/tracking"}


def _name(item: Any) -> str | None:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else None


def mix(rng: random.Random, a: Any, b: Any, chance: float = 0.3) -> Any:
    """`a` with parts of `b`."""
    if isinstance(a, dict) and isinstance(b, dict):
        result = copy.deepcopy(a)
        for name, value in b.items():
            if name in FIXED and name in a:
                continue
            if name in a and rng.random() < 0.7:
                result[name] = mix(rng, a[name], value, chance)
            elif rng.random() < chance:
                result[name] = copy.deepcopy(value)
        return result
    if isinstance(a, list) and isinstance(b, list) and rng.random() < 0.7:
        named = {_name(x): x for x in b if _name(x)}
        result = [mix(rng, x, named.get(_name(x), x), chance) if _name(x) else x
                  for x in copy.deepcopy(a)]
        known = {_name(x) for x in a if _name(x)}
        for x in b:
            if rng.random() < chance and x not in result and _name(x) not in known:
                result.insert(rng.randint(0, len(result)), copy.deepcopy(x))
        if rng.random() < 0.05:
            rng.shuffle(result)
        return result
    return copy.deepcopy(b if rng.random() < chance else a)


def thin(rng: random.Random, a: Any, chance: float = 0.1) -> Any:
    """`a` without some of its parts; what names it stays."""
    if isinstance(a, dict):
        return {k: v if k in FIXED else thin(rng, v, chance) for k, v in a.items()
                if k in FIXED or k in ("metadata", "annotations", "template") or rng.random() >= chance}
    if isinstance(a, list):
        return [thin(rng, x, chance) for x in a if rng.random() >= chance]
    return a
