# SPDX-License-Identifier: Apache-2.0
"""The commands of docs/start.md and docs/migration.md, run in their order as they are written."""

import re

import pytest
import yaml

from docs import commands_of, follow, follow_text, script_of, work_tree
from harness import eventually, git
from world import config_map, deployment

CONTROLLER = {
    "apiVersion": "apps/v1", "kind": "StatefulSet",
    "metadata": {"name": "argocd-application-controller", "namespace": "argocd"},
    "spec": {"serviceName": "", "selector": {"matchLabels": {"app": "c"}},
             "template": {"metadata": {"labels": {"app": "c"}},
                          "spec": {"containers": [{"name": "c", "image": "argocd"}]}}}}


def test_start_in_five_minutes(tmp_path):
    assert "/tmp/start" in script_of("start.md", "2. Play with it")
    text = script_of("start.md", "2. Play with it").replace("/tmp/start", f"{tmp_path}/start")
    told = follow_text(f"trap 'kill $(jobs -p); wait' EXIT\n{text}", tmp_path,
                       env={"GITOPSD_LISTEN": "127.0.0.1:0"}, cwd=work_tree(tmp_path))
    assert re.search(r"^configmap/|^greeting-\w+ +1 ", told, re.MULTILINE), told
    assert "text: hello" in told


@pytest.fixture
def argocd(world):
    """What an Argo CD deployed: two Applications, and the clone of a person."""
    for name in ("shop", "blog"):
        world.repo.write(f"overlays/{name}/web.yaml", deployment("web-" + name))
        world.repo.write(f"overlays/{name}/c.yaml", config_map("c-" + name))
        world.repo.write(f"overlays/{name}/kustomization.yaml", "resources: [web.yaml, c.yaml]\n")
    world.repo.commit()
    for name in ("shop", "blog"):
        app = yaml.safe_load(world.app_text(name, f"overlays/{name}", self_heal=True, prune=True))
        app["metadata"]["name"] = name
        world.cluster.apply(yaml.safe_dump(app))
        for text in deployment("web-" + name), config_map("c-" + name):
            made = yaml.safe_load(text)
            kind, group = made["kind"], made["apiVersion"].rpartition("/")[0]
            made["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id":
                                               f"{name}:{group}/{kind}:shop/{made['metadata']['name']}"}
            world.cluster.kubectl("-n", "shop", "apply", "-f", "-", input=yaml.safe_dump(made))
    world.cluster.request("POST", "/apis/apps/v1/namespaces/argocd/statefulsets", CONTROLLER)
    return world


def pods(world):
    return {p["metadata"]["uid"] for p in
            world.cluster.get("/api/v1/namespaces/shop/pods")["items"]}


def test_from_argo_cd_to_gitopsd(argocd, tmp_path):
    world = argocd
    eventually(lambda: len(pods(world)) == 2)
    before = pods(world)
    git("clone", "-q", world.repo.url, tmp_path / "clone")

    kubeconfig = world.cluster.kubeconfig
    told = follow("migration.md", "1. See what would happen", tmp_path, kubeconfig,
                  cwd=tmp_path / "clone")
    assert "differ" not in told
    follow("migration.md", "2. Install it beside Argo CD", tmp_path, kubeconfig)
    daemon = world.start(args=["--selector", "gitopsd.io/managed=true", "--beside-argocd"])
    follow("migration.md", "3. Hand over one Application", tmp_path, kubeconfig)
    looked, = commands_of("migration.md", "3. Hand over one Application", "kubectl")
    assert "Synced" in follow_text(looked.text, tmp_path, kubeconfig)
    follow("migration.md", "4. Hand over the rest", tmp_path, kubeconfig)
    daemon.stop()
    follow("migration.md", "5. Take Argo CD away", tmp_path, kubeconfig)
    world.start()
    for name in ("shop", "blog"):
        path = f"/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{name}"
        world.repo.write(f"overlays/{name}/c.yaml", config_map("c-" + name, "2"))
        world.repo.commit()
        eventually(lambda: world.object("configmaps", "c-" + name)["data"] == {"key": "2"})
        eventually(lambda: world.cluster.get(path)["status"]["health"]["status"] == "Healthy")
    assert pods(world) == before, "a Pod was restarted"
