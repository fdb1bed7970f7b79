# SPDX-License-Identifier: Apache-2.0
"""Somebody else in the cluster keeps changing back what we write: found, named, and backed off from;
never a write loop."""

import contextlib
import math
import threading
import time

import yaml

from harness import ApiError, eventually
from world import conditions, config_map, deployment


class Opponent:
    """Sets a field back as soon as it has changed, as a controller does."""

    def __init__(self, world, path, body, manager):
        self.world, self.path, self.body, self.manager = world, path, body, manager
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped.is_set():
            with contextlib.suppress(ApiError, OSError):
                self.world.cluster.request("PATCH", f"{self.path}?fieldManager={self.manager}",
                                           self.body, "application/merge-patch+json")
            time.sleep(0.05)

    def stop(self):
        self.stopped.set()
        self.thread.join()


def writes_of(world, mark, name):
    return sum(name in write for write in world.writes(mark))


def most(began):
    """So many writes are no storm: five, and after pauses of 1 s, 2 s, 4 s, ... one more each."""
    return 6 + math.floor(math.log2(1 + time.monotonic() - began))


def test_a_fighting_controller_is_named_and_left_alone_for_longer_and_longer(world):
    world.repo.write("app/web.yaml", deployment("web", replicas=2))
    world.repo.write("app/map.yaml", config_map("map"))
    world.repo.commit()
    world.create("app", self_heal=True)
    world.start()
    world.wait_synced("app")
    mark, began = world.cluster.audit_mark(), time.monotonic()
    opponent = Opponent(world, world.path_of("deployments", "web"), {"spec": {"replicas": 5}},
                        "autoscaler")
    told = world.wait_condition("app", "NotConvergingWarning")
    assert f"Deployment {world.namespace}/web: .spec.replicas keeps changing back" in told
    assert "Git says 2, field manager autoscaler makes it 5" in told
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")

    # Others of the same application are repaired at once.
    world.cluster.merge_patch(world.path_of("configmaps", "map"), {"data": {"key": "edited"}})
    eventually(lambda: world.object("configmaps", "map")["data"]["key"] == "1")
    time.sleep(6)
    opponent.stop()
    assert 5 <= writes_of(world, mark, "deployments") <= most(began)
    # Nobody undoes the next one.
    eventually(lambda: world.object("deployments", "web")["spec"]["replicas"] == 2, timeout=60)

    # Another revision is written at once, whatever was before.
    world.repo.write("app/web.yaml", deployment("web", replicas=3))
    world.repo.commit()
    app = world.wait_synced("app")
    assert "NotConvergingWarning" not in conditions(app)


def test_an_object_that_is_deleted_again_and_again(world):
    world.repo.write("app/map.yaml", config_map("map"))
    world.repo.commit()
    world.create("app", self_heal=True)
    world.start()
    world.wait_synced("app")
    mark, began = world.cluster.audit_mark(), time.monotonic()
    path = world.path_of("configmaps", "map")

    def delete_again():
        if world.cluster.exists(path):
            world.cluster.request("DELETE", path)
        return conditions(world.get("app")).get("NotConvergingWarning")
    assert "Git says it exists" in eventually(lambda: delete_again(), interval=0.05)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        delete_again()
    assert 5 <= writes_of(world, mark, "configmaps") <= most(began)


def test_values_of_a_secret_are_not_told(world):
    world.repo.write("app/secret.yaml", yaml.safe_dump({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
        "stringData": {"a": "canary-git"}}))
    world.repo.commit()
    world.create("app", self_heal=True)
    world.start()
    world.wait_synced("app")
    opponent = Opponent(world, world.path_of("secrets", "s"), {"stringData": {"a": "canary-live"}},
                        "somebody")
    told = world.wait_condition("app", "NotConvergingWarning")
    opponent.stop()
    assert ".data keeps changing back" in told and told.count("digest:") == 2
    assert "canary" not in told and "Y2FuYXJ5" not in told


MUTATION = """
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {{name: {name}}}
spec:
  matchConstraints:
    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}
    resourceRules:
    - {{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}}
  reinvocationPolicy: Never
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration: {{expression: "Object{{spec: Object.spec{{replicas: 7}}}}"}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {{name: {name}}}
spec: {{policyName: {name}}}
"""


def test_what_admission_rewrites_is_no_write_loop(world):
    text = MUTATION.format(name=world.name("mutation"), namespace=world.namespace)
    world.cluster.apply(text)
    try:
        probe = yaml.safe_load(deployment("probe"))
        eventually(lambda: world.cluster.request(
            "POST", world.path_of("deployments") + "?dryRun=All", probe)["spec"]["replicas"] == 7)
        world.repo.write("app/web.yaml", deployment("web", replicas=2))
        world.repo.commit()
        world.create("app", self_heal=True)
        mark, began = world.cluster.audit_mark(), time.monotonic()
        world.start()
        told = world.wait_condition("app", "NotConvergingWarning")
        assert "Git says 2" in told and "7" in told
        app = world.get("app")
        assert app["status"]["operationState"]["phase"] == "Succeeded"
        time.sleep(5)
        assert 5 <= writes_of(world, mark, "deployments") <= most(began)
    finally:
        world.cluster.kubectl("delete", "-f", "-", input=text)
