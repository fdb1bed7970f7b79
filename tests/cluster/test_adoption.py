# SPDX-License-Identifier: Apache-2.0
"""Objects that another tool applied before: taken over without a restart, and completely."""

import copy

import pytest
import yaml

from harness import eventually
from world import config_map

OURS = ("gitopsd", "Apply")


def deployment(env=("A", "B"), port=8080, annotations=("kept", "dropped")):
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "annotations": {f"example.com/{a}": "1" for a in annotations}},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{
                "name": "web", "image": "registry.example.com/web:1",
                "env": [{"name": name, "value": "1"} for name in env],
                "ports": [{"name": "http", "containerPort": port}]}]}}}}


def by_kubectl(world, obj):
    world.cluster.kubectl("apply", "-n", world.namespace, "-f", "-", input=yaml.safe_dump(obj))


def by_helm(world, obj):
    world.cluster.request("POST", world.path_of("deployments") + "?fieldManager=helm", obj)


def by_argocd_client_side(world, obj):
    """Its kubectl library, under its own name."""
    world.cluster.kubectl("apply", "-n", world.namespace, "--field-manager=argocd-controller",
                          "-f", "-", input=yaml.safe_dump(obj))


def server_side(manager):
    def apply(world, obj):
        world.cluster.kubectl("apply", "-n", world.namespace, "--server-side",
                              f"--field-manager={manager}", "-f", "-", input=yaml.safe_dump(obj))
    return apply


def by_two(world, obj):
    """kubectl first, then Argo CD with server-side apply: both own the fields."""
    by_kubectl(world, obj)
    server_side("argocd-controller")(world, obj)


TOOLS = {"kubectl": by_kubectl, "helm": by_helm, "argocd": by_argocd_client_side,
         "argocd-server-side": server_side("argocd-controller"),
         "flux": server_side("kustomize-controller"), "kubectl-then-argocd": by_two}


def managers(obj):
    return {(e["manager"], e["operation"]) for e in obj["metadata"]["managedFields"]}


def commit(world, obj):
    world.repo.write("app/deployment.yaml", yaml.safe_dump(obj))
    return world.repo.commit()


def same_pods(before, after):
    """What decides whether a controller would restart anything. (A Deployment's generation counts
    its annotations, too, so that our tracking id raises it.)"""
    return (before["metadata"]["uid"] == after["metadata"]["uid"] and
            before["spec"] == after["spec"])


@pytest.mark.parametrize("tool", TOOLS)
def test_taken_over_without_a_restart(world, tool):
    TOOLS[tool](world, deployment())
    before = world.object("deployments", "web")
    commit(world, deployment())
    world.create("app")
    world.start()
    world.wait_synced("app")
    after = world.object("deployments", "web")
    assert same_pods(before, after)
    assert managers(after) == {OURS}
    assert "kubectl.kubernetes.io/last-applied-configuration" not in \
        after["metadata"]["annotations"]

    # What is declared no more goes, though another tool wrote it.
    world.repo.write("app/deployment.yaml",
                     yaml.safe_dump(deployment(env=["A"], annotations=["kept"])))
    world.repo.commit()
    world.wait_synced("app")
    after = world.object("deployments", "web")
    assert "example.com/dropped" not in after["metadata"]["annotations"]
    container = after["spec"]["template"]["spec"]["containers"][0]
    assert [e["name"] for e in container["env"]] == ["A"]


def test_what_argocd_tracked_keeps_its_generation(world):
    obj = deployment()
    obj["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = \
        f"{world.name('app')}:apps/Deployment:{world.namespace}/web"
    server_side("argocd-controller")(world, obj)
    before = world.object("deployments", "web")
    commit(world, deployment())
    world.create("app")
    world.start()
    world.wait_synced("app")
    after = world.object("deployments", "web")
    assert same_pods(before, after) and managers(after) == {OURS}
    assert after["metadata"]["generation"] == before["metadata"]["generation"]


def test_stateful_set_keeps_its_generation(world):
    obj = deployment()
    obj["kind"] = "StatefulSet"
    obj["spec"]["serviceName"] = "web"
    by_kubectl(world, obj)
    before = world.object("statefulsets", "web")
    commit(world, obj)
    world.create("app")
    world.start()
    world.wait_synced("app")
    after = world.object("statefulsets", "web")
    assert same_pods(before, after) and managers(after) == {OURS}
    assert after["metadata"]["generation"] == before["metadata"]["generation"]


@pytest.mark.parametrize("tool", TOOLS)
def test_what_git_dropped_before_goes_with_the_first_write(world, tool):
    """The port keeps its name: side by side with the former one, the server would refuse it."""
    TOOLS[tool](world, deployment())
    commit(world, deployment(env=["B"], port=9090, annotations=["kept"]))
    world.create("app")
    world.start()
    world.wait_synced("app")
    after = world.object("deployments", "web")
    assert "example.com/dropped" not in after["metadata"]["annotations"]
    container = after["spec"]["template"]["spec"]["containers"][0]
    assert [e["name"] for e in container["env"]] == ["B"]
    assert [p["containerPort"] for p in container["ports"]] == [9090]


def test_object_of_a_kind_that_is_watched_already(world):
    """Then it was passed over as nobody's, and is not known to exist when it is first wanted."""
    world.repo.write("app/other.yaml", yaml.safe_dump(deployment() | {
        "metadata": {"name": "other"}}))
    world.repo.commit()
    world.create("app")
    by_kubectl(world, deployment())
    before = world.object("deployments", "web")
    world.start()
    world.wait_synced("app")
    commit(world, deployment(env=["B"], port=9090, annotations=["kept"]))
    world.wait_synced("app")
    after = world.object("deployments", "web")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert managers(after) == {OURS}
    assert "example.com/dropped" not in after["metadata"]["annotations"]
    container = after["spec"]["template"]["spec"]["containers"][0]
    assert [p["containerPort"] for p in container["ports"]] == [9090]


def test_object_from_before_fields_were_managed(world):
    """The server then makes an owner of everything; what it defaulted must stay."""
    by_helm(world, deployment())
    path = world.path_of("deployments", "web")
    world.cluster.merge_patch(path, {"metadata": {"managedFields": [{}]}})
    before = world.object("deployments", "web")
    assert not before["metadata"].get("managedFields")
    commit(world, deployment())
    world.create("app")
    world.start()
    world.wait_synced("app")
    assert same_pods(before, world.object("deployments", "web"))

    commit(world, deployment(env=["A"], annotations=["kept"]))
    world.wait_synced("app")
    after = world.object("deployments", "web")
    assert "example.com/dropped" not in after["metadata"]["annotations"]
    assert after["spec"]["strategy"] == before["spec"]["strategy"]
    container = after["spec"]["template"]["spec"]["containers"][0]
    assert [e["name"] for e in container["env"]] == ["A"]


def test_client_side_apply_over_ours_shares_nothing_for_ever(world):
    """A person runs `kubectl apply` on an object of ours: their extra field stays theirs, ours
    still go when Git drops them."""
    commit(world, deployment())
    world.create("app", self_heal=True)
    world.start()
    world.wait_synced("app")
    mine = copy.deepcopy(deployment())
    mine["metadata"]["annotations"]["example.com/theirs"] = "1"
    mine["spec"]["replicas"] = 5
    by_kubectl(world, mine)
    eventually(lambda: world.object("deployments", "web")["spec"]["replicas"] == 2)
    world.wait_synced("app")

    commit(world, deployment(env=["A"], annotations=["kept"]))
    world.wait_synced("app")
    annotations = world.object("deployments", "web")["metadata"]["annotations"]
    assert "example.com/theirs" in annotations and "example.com/dropped" not in annotations


def test_taking_over_is_done_once(world):
    by_kubectl(world, deployment())
    commit(world, deployment())
    world.repo.write("app/new.yaml", config_map("new"))
    world.repo.commit()
    world.create("app")
    mark = world.cluster.audit_mark()
    world.start()
    world.wait_synced("app")
    web = f"patch deployments {world.namespace}/web"
    assert world.writes(mark).count(web) == 2  # the ownership, and the fields
    assert world.writes(mark).count(f"patch configmaps {world.namespace}/new") == 1
    mark = world.cluster.audit_mark()
    world.cluster.kubectl("label", "-n", world.namespace, "deployment/web", "by=hand")
    world.cluster.kubectl("annotate", "-n", world.namespace, "deployment/web", "by=hand")
    world.repo.write("app/new.yaml", config_map("new", "2"))
    world.repo.commit()
    world.wait_synced("app")
    assert world.writes(mark) == [f"patch configmaps {world.namespace}/new"]
