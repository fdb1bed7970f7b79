# SPDX-License-Identifier: Apache-2.0
"""What the API server saw, in the order in which it saw it, is what the rules say."""

import random

import yaml

from harness import eventually
from test_full_sync import WAVE, job
from world import WRITES, results

# As in Argo CD, of the kinds that are used here.
KINDS = ["ResourceQuota", "LimitRange", "PodDisruptionBudget", "ServiceAccount", "Secret",
         "ConfigMap", "Role", "RoleBinding", "Service", "Deployment", "StatefulSet", "Job",
         "CronJob"]
PHASES = ["PreSync", "Sync", "PostSync"]

TEMPLATE = {"metadata": {"labels": {"app": "x"}},
            "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}
WORKLOAD = {"selector": {"matchLabels": {"app": "x"}}, "template": TEMPLATE}
JOB = {"template": {"spec": {"restartPolicy": "Never",
                             "containers": [{"name": "c", "image": "busybox"}]}}}
BODIES = {
    "ResourceQuota": ("v1", {"spec": {"hard": {"count/things.example.com": "10"}}}),
    "LimitRange": ("v1", {"spec": {"limits": [{"type": "PersistentVolumeClaim",
                                               "max": {"storage": "1Gi"}}]}}),
    "PodDisruptionBudget": ("policy/v1", {"spec": {"maxUnavailable": 1, "selector": {
        "matchLabels": {"app": "nothing"}}}}),
    "ServiceAccount": ("v1", {}),
    "Secret": ("v1", {"stringData": {"k": "v"}}),
    "ConfigMap": ("v1", {"data": {"k": "v"}}),
    "Role": ("rbac.authorization.k8s.io/v1", {"rules": [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", {"roleRef": {
        "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}}),
    "Service": ("v1", {"spec": {"ports": [{"port": 80}], "selector": {"app": "x"}}}),
    "Deployment": ("apps/v1", {"spec": {"replicas": 1, **WORKLOAD}}),
    "StatefulSet": ("apps/v1", {"spec": {"replicas": 1, "serviceName": "s", **WORKLOAD}}),
    "Job": ("batch/v1", {"spec": JOB}),
    "CronJob": ("batch/v1", {"spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": JOB}}}),
}


def manifest(kind, name, wave, value="1"):
    api_version, body = BODIES[kind]
    return {"apiVersion": api_version, "kind": kind, "metadata": {
        "name": name, "labels": {"value": value}, "annotations": {WAVE: str(wave)}}, **body}


def write_all(world, objects):
    text = "---\n".join(yaml.safe_dump(o) for o in objects)
    world.repo.write("app/all.yaml", text)


def requests(world, since):
    """(verb, kind, name, asked, answered) of each write, dry runs aside."""
    found = []
    for e in world.cluster.audit_events(verbs=WRITES, since=since):
        ref = e.get("objectRef", {})
        if ref.get("namespace") != world.namespace or "dryRun" in e["requestURI"] or \
                ref["resource"] == "events":
            continue
        kind = next(k for k in KINDS if f"{k.lower()}s" == ref["resource"])
        verb = "delete" if e["verb"] == "delete" else "write"
        found.append((verb, kind, ref["name"], e["requestReceivedTimestamp"], e["stageTimestamp"]))
    return found


def assert_in_order(seen, rank):
    """Nothing was asked before all that ranks lower was answered."""
    for _, kind, name, asked, _ in seen:
        for _, kind2, name2, _, answered in seen:
            if rank(kind2, name2) < rank(kind, name):
                assert answered <= asked, f"{kind}/{name} was asked before {kind2}/{name2} was done"


def test_writes_come_as_planned(full_world):
    """Sixty objects in five waves, in a random order in Git; then half of them change or go."""
    world, rng = full_world, random.Random(6)
    waves = {}
    for kind in KINDS:
        for i in range(5 if kind != "RoleBinding" else 1):
            waves[kind, f"{kind.lower()}-{i}"] = rng.choice([-2, 0, 0, 1, 7])
    keys = list(waves)
    rng.shuffle(keys)
    write_all(world, [manifest(kind, name, waves[kind, name]) for kind, name in keys])
    world.repo.commit()
    mark = world.cluster.audit_mark()
    world.create("app", prune=True, annotations={
        "argocd.argoproj.io/deletion-approved": "2099-01-01T00:00:00Z"})
    world.start()
    world.wait_synced("app", timeout=120)
    seen = requests(world, mark)
    assert sorted((kind, name) for _, kind, name, _, _ in seen) == sorted(keys)
    assert_in_order(seen, lambda kind, name: (waves[kind, name], KINDS.index(kind)))

    # Whether a write is needed is known object by object: no other one is sent.
    fates = {key: rng.choice(["stays", "changes", "goes"]) for key in keys}
    write_all(world, [manifest(kind, name, waves[kind, name],
                               "2" if fates[kind, name] == "changes" else "1")
                      for kind, name in keys if fates[kind, name] != "goes"])
    sha = world.repo.commit()
    mark = world.cluster.audit_mark()
    app = world.wait_synced("app", sha, timeout=120)
    seen = requests(world, mark)
    expected = [("delete" if fates[key] == "goes" else "write", *key)
                for key in keys if fates[key] != "stays"]
    assert sorted((verb, kind, name) for verb, kind, name, _, _ in seen) == sorted(expected)
    assert_in_order([s for s in seen if s[0] == "write"],
                    lambda kind, name: (waves[kind, name], KINDS.index(kind)))
    # Prunes run backwards: the highest wave first, and in it the last kind.
    assert_in_order([s for s in seen if s[0] == "delete"],
                    lambda kind, name: (-waves[kind, name], -KINDS.index(kind)))
    unchanged = {key for key, r in results(app).items() if r["message"].endswith(" unchanged")}
    assert unchanged == {f"{kind}/{name}" for kind, name in keys if fates[kind, name] == "stays"}


def test_hooks_come_as_planned(full_world):
    """Hooks of three phases in two waves each, around two plain objects."""
    world = full_world
    ranks, texts = {}, []
    for i, hook in enumerate(PHASES):
        for wave in (3, -1):
            name = f"{hook.lower()}-{wave + 1}"
            ranks[name] = (i, wave)
            texts.append(job(name, hook, wave=wave))
    for name, wave in (("early", -1), ("late", 3)):
        ranks[name] = (1, wave)
        texts.append(yaml.safe_dump(manifest("ConfigMap", name, wave)))
    random.Random(1).shuffle(texts)
    world.repo.write("app/all.yaml", "---\n".join(texts))
    world.repo.commit()
    mark = world.cluster.audit_mark()
    world.create("app")
    world.start()
    world.wait_synced("app", timeout=120)
    first, seen = set(), []
    for request in requests(world, mark):  # the first write of each: the others end its hook
        if request[2] not in first:
            seen.append(request)
        first.add(request[2])
    assert first == set(ranks)
    assert_in_order(seen, lambda kind, name: ranks[name])


def test_what_is_as_desired_is_not_written(full_world):
    """Not by a sync that was asked for, not by a start, not by a commit elsewhere."""
    world = full_world
    keys = [(kind, f"{kind.lower()}-0") for kind in KINDS]
    write_all(world, [manifest(kind, name, 0) for kind, name in keys])
    world.repo.commit()
    world.create("app", prune=True, self_heal=True)
    daemon = world.start()
    world.wait_synced("app", timeout=60)
    mark = world.cluster.audit_mark()
    world.patch("app", {"operation": {"sync": {}, "initiatedBy": {"username": "me"}}})

    def finished():
        app = world.get("app")
        operation = app["status"]["operationState"]["operation"]
        return "operation" not in app and operation["initiatedBy"].get("username") == "me" and app
    app = eventually(finished, timeout=60)
    assert set(results(app)) == {f"{kind}/{name}" for kind, name in keys}
    assert all(r["message"].endswith(" unchanged") for r in results(app).values())
    daemon.stop()
    daemon.start()
    world.repo.write("elsewhere", "x")
    world.wait_synced("app", world.repo.commit(), timeout=60)
    assert requests(world, mark) == []
