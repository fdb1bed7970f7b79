# SPDX-License-Identifier: Apache-2.0
"""Whole applications on the full control plane: Argo CD's examples, where they are, and the fleet."""

import pytest

from harness import HERE, eventually, shared
from world import APPLICATIONS, phase, results

HOOK_EXAMPLES = {
    "pre-post-sync": {"Job/pre-post-sync-before", "Job/pre-post-sync-after"},
    "sync-waves": {"Job/maint-page-up", "Job/maint-page-down"},
    "helm-hooks": {"Job/maint-page-up", "Job/maint-page-down"},
}


def healthy(world, name, timeout=60):
    """Until an application is in sync with the newest commit and Healthy; returns it."""
    def check():
        app = world.wait_synced(name, timeout=1)
        assert app["status"]["health"]["status"] == "Healthy", app["status"]["health"]
        assert phase(app) == "Succeeded", app["status"]["operationState"]
        return app
    return eventually(check, timeout)


def give_addresses(world):
    """As a cloud does: without an address an Ingress goes on being Progressing."""
    world.wait_synced("app", timeout=90)
    ingresses = f"/apis/networking.k8s.io/v1/namespaces/{world.namespace}/ingresses"
    for ingress in world.cluster.get(ingresses)["items"]:
        world.cluster.merge_patch(f"{ingresses}/{ingress['metadata']['name']}/status", {
            "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}})


@pytest.mark.parametrize("example", ["guestbook", "kustomize-guestbook", "pre-post-sync",
                                     "sync-waves", "helm-hooks", "sock-shop"])
def test_example_becomes_healthy(full_world, example):
    world = full_world
    world.repo.copy_tree(shared(f"examples/{example}"), example)
    if example == "pre-post-sync":  # its base is another example
        world.repo.copy_tree(shared("examples/kustomize-guestbook"), "kustomize-guestbook")
    world.repo.commit()
    world.create("app", example, prune=True, self_heal=True)
    world.start()
    give_addresses(world)
    app = healthy(world, "app", timeout=90)
    hooks = {key for key, r in results(app).items() if r.get("hookType")}
    assert HOOK_EXAMPLES.get(example, set()) <= hooks
    # Nothing is out of sync later, and what is as desired is not written again.
    mark = world.cluster.audit_mark()
    world.repo.commit("nothing changed")
    healthy(world, "app")
    assert world.writes(mark) == []
    world.delete("app")


def test_fleet_becomes_healthy_and_is_deleted_in_cascade(full_world):
    """An app-of-apps: the root has the Applications and Projects of one cluster."""
    world, cluster = full_world, full_world.cluster
    world.repo.copy_tree(HERE / "fleet", replace={
        "https://git.example.com/storage/k8s-manifests": world.repo.url,
        "https://git.example.com/storage/*": f"{world.git_server.url}/*"})
    world.repo.commit()
    world.create("root", "clusters/us-east-prod", dest_namespace="argocd", prune=True,
                 finalizers=["resources-finalizer.argocd.argoproj.io"])
    world.start()
    wait_health(cluster, "key-manager", "Progressing")  # its load balancer is not there yet
    edge = "/api/v1/namespaces/key-manager/services/key-manager-edge"
    cluster.merge_patch(f"{edge}/status", {"status": {"loadBalancer": {"ingress": [
        {"ip": "192.0.2.1"}]}}})
    for name in ("key-manager", "cluster-rbac"):
        wait_health(cluster, name, "Healthy")
    root = healthy(world, "root")
    assert root["status"]["summary"]["isAppOfApps"]
    deployment = cluster.get("/apis/apps/v1/namespaces/key-manager/deployments/key-manager")
    assert deployment["status"]["availableReplicas"] == 6

    # key-manager has the finalizer and takes what it deployed along; cluster-rbac has none.
    world.delete("root")

    def check():
        assert cluster.get(APPLICATIONS)["items"] == []
    eventually(check, timeout=60)
    eventually(lambda: names_of(cluster.get("/api/v1/namespaces/key-manager/pods")) == [])
    assert not cluster.exists(edge)
    roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    ours = [r for r in cluster.get(roles)["items"]
            if "argocd.argoproj.io/tracking-id" in r["metadata"].get("annotations", {})]
    assert ours
    cluster.request("DELETE", "/api/v1/namespaces/key-manager")


def wait_health(cluster, name, status):
    def check():
        app = cluster.get(f"{APPLICATIONS}/{name}").get("status", {})
        assert app.get("sync", {}).get("status") == "Synced", app
        assert app["health"]["status"] == status, app
    eventually(check, timeout=60)


def names_of(objects):
    return [o["metadata"]["name"] for o in objects["items"]]
