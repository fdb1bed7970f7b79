# SPDX-License-Identifier: Apache-2.0
"""What a sync would change, as people read it: /api/v1/applications/NAMESPACE/NAME/diff."""

import json
import re

import yaml

from harness import eventually
from world import config_map, deployment


def secret(name, **values):
    return yaml.safe_dump({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
                           "stringData": values})


def diff(world, name, query=""):
    status, body = world.daemon.http(
        "GET", f"/api/v1/applications/argocd/{world.name(name)}/diff{query}")[:2]
    assert status == 200, body
    return body if query else {o["name"]: o for o in json.loads(body)["objects"]}


def changes(entry):
    return {c["path"]: (c["op"], c.get("from"), c.get("to")) for c in entry["changes"]}


def out_of_sync(world, name, *objects):
    """Until the daemon has seen that these differ."""
    def check():
        status = {r["name"]: r["status"] for r in world.get(name)["status"]["resources"]}
        assert all(status[o] == "OutOfSync" for o in objects), status
    eventually(check)


def test_changes_are_told_by_field_and_as_text(world):
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.write("app/map.yaml", config_map("same"))
    world.repo.write("app/gone.yaml", config_map("gone"))
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app")
    assert diff(world, "app") == {}

    world.create("manual", "app2", automated=False)
    world.repo.write("app2/web.yaml", deployment("other", replicas=3))
    world.repo.remove("app/gone.yaml")
    world.repo.commit()
    out_of_sync(world, "app", "gone")
    world.cluster.merge_patch(world.path_of("deployments", "web"), {"spec": {"replicas": 7}})
    out_of_sync(world, "app", "web", "gone")
    out_of_sync(world, "manual", "other")
    told = diff(world, "app")
    assert set(told) == {"web", "gone"}
    assert told["web"]["change"] == "update"
    assert changes(told["web"]) == {".spec.replicas": ("replace", 7, 1)}
    assert "-  replicas: 7\n+  replicas: 1\n" in told["web"]["unified"]
    assert told["gone"]["change"] == "prune"
    created = diff(world, "manual")["other"]
    assert created["change"] == "create" and created["changes"][0]["to"]["spec"]["replicas"] == 3
    # What the server would add is part of it, what only it writes is not.
    assert created["changes"][0]["to"]["spec"]["revisionHistoryLimit"] == 10
    assert "managedFields" not in created["unified"] and "uid" not in created["unified"]

    text = diff(world, "app", "?format=unified")
    assert f"--- a/Deployment.apps/{world.namespace}/web\n" in text
    assert f"--- a/ConfigMap/{world.namespace}/gone\n+++ /dev/null\n" in text


def test_values_of_secrets_are_digests(world):
    world.repo.write("app/secret.yaml", secret("token", changed="canary-before", same="canary-same"))
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app")
    world.cluster.merge_patch(world.path_of("secrets", "token"), {
        "stringData": {"changed": "canary-after"}, "metadata": {"annotations": {
            "kubectl.kubernetes.io/last-applied-configuration":
                json.dumps({"kind": "Secret", "stringData": {"changed": "canary-last"}})}}})
    out_of_sync(world, "app", "token")
    told = diff(world, "app")["token"]
    assert set(changes(told)) == {".data.changed"}
    op, before, after = changes(told)[".data.changed"]
    assert op == "replace" and before != after
    assert re.fullmatch(r"digest:[0-9a-f]{16} \(12 bytes\)", before)
    assert "canary" not in json.dumps(told) and "Y2FuYXJ5" not in json.dumps(told)
    same = re.search(r"  same: (.*)", told["unified"])
    assert same and same[1].startswith("digest:")


def test_what_the_server_refuses_is_told_for_that_object(world):
    world.repo.write("app/bad.yaml", deployment("bad").replace("replicas: 1", "replicas: -1"))
    world.repo.write("app/good.yaml", config_map("good"))
    world.repo.commit()
    world.create("app", automated=False)
    world.start()
    out_of_sync(world, "app", "bad", "good")
    told = diff(world, "app")
    assert "spec.replicas" in told["bad"]["error"]
    assert told["good"]["change"] == "create"
    assert "# Deployment" in diff(world, "app", "?format=unified")


def test_an_unknown_application_is_not_found(world):
    world.start()
    status, body = world.daemon.http("GET", "/api/v1/applications/argocd/none/diff")[:2]
    assert status == 404 and "no such application" in body
