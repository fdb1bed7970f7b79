# SPDX-License-Identifier: Apache-2.0
"""Broken commits: the application says what and where, nothing is lost, the next commit heals it."""

import base64
import json
import re
import time

import pytest

from harness import eventually
from world import (assert_synced, conditions, config_map, definition, deployment, has_failed,
                   resources, results, service)

RETRY = {"limit": -1, "backoff": {"duration": "300ms", "factor": 1}}


@pytest.fixture
def web(world):
    """A synced application `web` of two objects and a healthy neighbour `other`, all automatic."""
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.write("other/other.yaml", config_map("other"))
    world.repo.commit()
    for name in ("web", "other"):
        world.create(name, prune=True, self_heal=True, retry=RETRY)
    world.start(args=["--log-level", "debug"])  # which must not tell secrets either
    world.wait_synced("web")
    world.wait_synced("other")
    return world


# --- commits that cannot be rendered

KUSTOMIZATION = "kustomization.yaml"
BROKEN = [  # a file of the application, and what must be said about it
    ("broken.yaml", "kind: ConfigMap\nmetadata:\n  name: x\n bad: indent\n", r"/broken\.yaml:4"),
    ("tab.yaml", "kind: ConfigMap\nmetadata:\n\tname: x\n", r"/tab\.yaml:3"),
    ("twice.yaml", "apiVersion: v1\nkind: ConfigMap\nkind: Secret\nmetadata: {name: x}\n",
     r"/twice\.yaml:3.*kind"),
    ("binary.yaml", "apiVersion: v1\nkind: \x01\n", r"/binary\.yaml:2"),
    ("broken.json", '{"apiVersion": "v1",\n "kind": ]', r"/broken\.json:2"),
    ("values.yaml", "replicas: 3\nimage: web\n", r"/values\.yaml.*(apiVersion|Kubernetes object)"),
    ("noname.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", r"ConfigMap.*metadata\.name"),
    (KUSTOMIZATION, "resources: [../base]\n", r"\.\./base"),
    (KUSTOMIZATION, "resources: [a.yaml, missing.yaml]\n", r"missing\.yaml"),
    (KUSTOMIZATION, "resources: [a.yaml\nnamePrefix: x\n", r"kustomization\.yaml:\d"),
    (KUSTOMIZATION, "resources: [a.yaml]\nnoSuchField: 1\n", r"kustomization\.yaml.*noSuchField"),
    (KUSTOMIZATION, "resources: [a.yaml]\npatches: [{path: gone.yaml}]\n", r"gone\.yaml"),
    (KUSTOMIZATION, "resources: [a.yaml, a.yaml]\n", r"ConfigMap.*a"),
    (KUSTOMIZATION, "resources: [.]\n", r"cycle|itself|encloses"),
    (None, "", r"app path does not exist"),  # the whole directory is gone
]


def test_commit_that_breaks_many_applications(world):
    """Each says what is wrong and where; nothing of them is applied or pruned; the others go on."""
    repo, names = world.repo, [f"case{i}" for i in range(len(BROKEN))]
    for name in [*names, "other"]:
        repo.write(f"{name}/a.yaml", config_map(f"{name}-a"))
        repo.write(f"{name}/b.yaml", config_map(f"{name}-b"))
    repo.commit()
    for name in [*names, "other"]:
        world.create(name, prune=True, self_heal=True, retry=RETRY)
    world.start()
    good = {name: world.wait_synced(name) for name in [*names, "other"]}
    before, mark = world.uids("configmaps"), world.cluster.audit_mark()

    for name, (file, text, _) in zip(names, BROKEN):
        repo.remove(f"{name}/b.yaml")  # would be pruned if the render counted
        if file is None:
            repo.remove(name)
        else:
            repo.write(f"{name}/{file}", text)
    repo.write("other/a.yaml", config_map("other-a", "2"))
    broken = repo.commit("broken")
    world.wait_synced("other", broken)
    for name, (file, text, expected) in zip(names, BROKEN):
        message = world.wait_condition(name, "ComparisonError")
        assert re.search(expected, message, re.DOTALL), f"{text!r}: {message}"
        assert broken in message and name in message, message
        app = world.get(name)
        assert app["status"]["sync"]["status"] == "Unknown"
        assert app["status"]["history"] == good[name]["status"]["history"]
        errors = [e for e in world.daemon.events("render failed")
                  if e["app"] == f"argocd/{world.name(name)}"]
        assert [e["revision"] for e in errors] == [broken], "told once"
    assert world.writes(mark) == [f"patch configmaps {world.namespace}/other-a"]
    assert world.uids("configmaps") == before

    for name, (file, _, _) in zip(names, BROKEN):
        if file is not None:
            repo.remove(f"{name}/{file}")
        repo.write(f"{name}/a.yaml", config_map(f"{name}-a", "healed"))
    healed = repo.commit("good again")
    for name in [*names, "other"]:
        world.wait_synced(name, healed)
    assert world.names("configmaps") == {*(f"{name}-a" for name in names), "other-a", "other-b"}
    assert world.object("configmaps", "case0-a")["data"] == {"key": "healed"}


def heal(world):
    world.repo.write("web/a.yaml", config_map("a", "healed"))
    sha = world.repo.commit("good again")
    world.wait_synced("web", sha)
    world.wait_synced("other", sha)
    assert world.object("configmaps", "a")["data"] == {"key": "healed"}


# --- objects that the cluster does not take


def wait_failed(world, revision):
    def check():
        app = world.get("web")
        operation = app["status"]["operationState"]
        assert has_failed(app) and operation["syncResult"]["revision"] == revision
        assert app["status"]["sync"] == {**app["status"]["sync"], "status": "OutOfSync",
                                         "revision": revision}
        return app
    return eventually(check)


def test_unknown_kind(web):
    mark = web.cluster.audit_mark()
    web.repo.write("web/widget.yaml", "apiVersion: example.com/v1\nkind: Widget\n"
                                      "metadata: {name: w}\nspec: {size: 1}\n")
    web.repo.write("web/a.yaml", config_map("a", "2"))
    web.repo.remove("web/b.yaml")
    web.repo.write("web/c.yaml", config_map("c"))
    sha = web.repo.commit("unknown kind")
    app = wait_failed(web, sha)
    for text in (app["status"]["operationState"]["message"], conditions(app)["SyncError"],
                 results(app)["Widget/w"]["message"]):
        assert "Widget" in text and "example.com/v1" in text
    assert results(app)["Widget/w"]["status"] == "SyncFailed"
    # The others were applied, and nothing pruned by an operation that failed.
    assert web.object("configmaps", "a")["data"] == {"key": "2"}
    assert web.names("configmaps") == {"a", "b", "c", "other"}
    assert web.deletes(mark) == []
    web.wait_synced("other", sha)

    web.repo.remove("web/widget.yaml")
    heal(web)
    assert web.names("configmaps") == {"a", "c", "other"}


def test_unknown_kind_is_applied_once_it_is_served(fragile_world):
    world = fragile_world
    world.repo.write("web/widget.yaml", "apiVersion: example.com/v1\nkind: Widget\n"
                                        "metadata: {name: w}\nspec: {size: 1}\n")
    world.repo.commit()
    world.create("web", retry=RETRY)
    world.start()
    eventually(lambda: has_failed(world.get("web")))
    world.cluster.apply(definition("widgets", "Widget"))
    world.wait_synced("web")
    assert "w" in world.cluster.kubectl("get", "widgets", "-n", world.namespace)


def test_definition_and_its_object_in_one_commit(fragile_world):
    world = fragile_world
    world.repo.write("web/all.yaml", """
apiVersion: example.com/v1
kind: Gadget
metadata: {name: g}
spec: {size: 1}
---
""" + definition("gadgets", "Gadget"))
    sha = world.repo.commit()
    world.create("web", retry=RETRY, prune=True, self_heal=True)
    world.start()
    world.wait_synced("web", sha)
    assert "g" in world.cluster.kubectl("get", "gadgets", "-n", world.namespace)


def test_invalid_value(web):
    web.repo.write("web/service.yaml", service("Not_A_Name", 99999))
    web.repo.write("web/c.yaml", config_map("c"))
    web.repo.remove("web/b.yaml")
    sha = web.repo.commit("invalid")
    app = wait_failed(web, sha)
    message = results(app)["Service/Not_A_Name"]["message"]
    assert "metadata.name" in message and "spec.ports[0].port" in message, message
    assert "Not_A_Name" in app["status"]["operationState"]["message"]
    assert web.names("configmaps") == {"a", "b", "c", "other"}
    assert resources(app)["Service/Not_A_Name"]["status"] == "OutOfSync"
    web.wait_synced("other", sha)
    web.repo.write("web/service.yaml", service("fine"))
    heal(web)
    assert web.names("services") == {"fine"}
    assert web.names("configmaps") == {"a", "c", "other"}


def test_unknown_field_is_refused(web):
    web.repo.write("web/deployment.yaml", deployment("d").replace("replicas:", "replicsa:"))
    app = wait_failed(web, web.repo.commit("typo"))
    assert "replicsa" in results(app)["Deployment/d"]["message"]
    assert not web.exists("deployments", "d")
    web.repo.write("web/deployment.yaml", deployment("d"))
    heal(web)


def test_immutable_field(web):
    web.repo.write("web/deployment.yaml", deployment("d"))
    web.wait_synced("web", web.repo.commit())
    uid = web.object("deployments", "d")["metadata"]["uid"]
    web.repo.replace("web/deployment.yaml", "app: d", "app: e")
    sha = web.repo.commit("another selector")
    app = wait_failed(web, sha)
    message = results(app)["Deployment/d"]["message"]
    assert "spec.selector" in message and "immutable" in message, message
    live = web.object("deployments", "d")
    assert live["metadata"]["uid"] == uid and live["spec"]["selector"]["matchLabels"] == {"app": "d"}
    web.wait_synced("other", sha)
    web.repo.replace("web/deployment.yaml", "app: e", "app: d")
    heal(web)
    assert web.object("deployments", "d")["metadata"]["uid"] == uid


def test_failing_object_is_retried_with_backoff(web):
    """A failure does not turn into a storm of requests, and the newest commit does not wait."""
    web.patch("web", {"spec": {"syncPolicy": {"retry": {"backoff": {"duration": "1h"}}}}})
    web.repo.write("web/service.yaml", service("bad", 99999))
    wait_failed(web, web.repo.commit("invalid"))
    mark = web.cluster.audit_mark()
    time.sleep(2)
    assert web.writes(mark) == []
    web.repo.remove("web/service.yaml")
    heal(web)


def test_one_object_in_two_applications(web):
    """The second one is told, and the object is not fought over."""
    web.repo.write("other/a.yaml", config_map("a", "not mine"))
    web.repo.commit()
    eventually(lambda: "a" in conditions(web.get("other")).get("SharedResourceWarning", "")
               or "a" in conditions(web.get("web")).get("SharedResourceWarning", ""))
    web.wait_quiet(2)


# --- secrets


def test_secret_values_are_never_told(web):
    canary = "canary-4711-value"
    encoded = base64.b64encode(canary.encode()).decode()

    def secret(name, **fields):
        return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
                           **fields})
    web.repo.write("web/secret.json", secret("s", stringData={"password": canary}))
    web.wait_synced("web", web.repo.commit())
    assert web.object("secrets", "s")["data"] == {"password": encoded}
    told = []

    def collect():
        told.append(web.daemon.log())
        told.append(json.dumps(web.get("web")))
        told.extend(web.daemon.http("GET", path)[1] for path in ("/api/v1/applications", "/metrics"))
        events = web.cluster.get(f"/api/v1/namespaces/{web.namespace}/events")
        told.append(json.dumps(events))

    collect()
    # Drift and repair of the value.
    web.cluster.merge_patch(web.path_of("secrets", "s"), {"data": {"password": "b3RoZXI="}})
    eventually(lambda: web.object("secrets", "s")["data"] == {"password": encoded})
    collect()
    # Objects that the API server refuses: its message may quote what it got.
    broken = {
        "data of a wrong type": secret("s", data={"password": {canary: encoded}}),
        "data that is not base64": secret("s", data={"password": canary + "!"}),
        "unknown field": secret("s", dta={"password": canary}, stringData={"password": canary}),
        "immutable type": secret("s", type="Opaque2", stringData={"password": canary}),
        "invalid key": secret("s", stringData={"pass word": canary}),
    }
    for what, text in broken.items():
        web.repo.write("web/secret.json", text)
        sha = web.repo.commit(what)
        eventually(lambda: web.get("web")["status"]["sync"]["revision"] == sha and
                   conditions(web.get("web")), 20)
        collect()
    # A file that cannot be parsed, with the value in the line that is at fault.
    web.repo.write("web/secret.json", f'{{"kind": "Secret", "stringData": {{"p": "{canary}" x}}}}')
    sha = web.repo.commit("broken")
    eventually(lambda: sha in conditions(web.get("web"))["ComparisonError"])
    collect()
    web.repo.remove("web/secret.json")
    heal(web)
    collect()
    for text in told:
        assert canary not in text and encoded not in text
    assert_synced(web.get("web"), web.repo.head())


def test_a_password_in_a_url_is_never_told(world):
    """Of a server that refuses it, of one that is not there, of a branch that is not; and of a
    repository that works."""
    canary = "canary-4711-password"
    server = world.git_server
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    server.username, server.password = "user", canary
    good = world.repo.url.replace("://", f"://user:{canary}@")
    world.create("web", repo=good)
    world.create("branch", "web", repo=good, revision="gone")
    world.create("refused", "web", repo=good.replace(canary, f"no-{canary}"))
    world.create("away", "web", repo=f"http://user:{canary}@127.0.0.1:1/repo.git")
    world.create("ssh", "web", repo=f"ssh://user:{canary}@127.0.0.1:1/repo.git")
    world.create("typo", "web", repo=f"http:/user:{canary}@127.0.0.1/repo.git")
    world.start(args=["--log-level", "debug"])
    world.wait_synced("web")
    told = [world.wait_condition(name, "ComparisonError")
            for name in ("branch", "refused", "away", "ssh", "typo")]
    events = world.cluster.get("/api/v1/namespaces/argocd/events")["items"]
    told += [e["message"] for e in events if world.namespace in e["involvedObject"]["name"]]
    told += [world.daemon.log(), *(world.daemon.http("GET", path)[1]
                                   for path in ("/metrics", "/api/v1/applications"))]
    for text in told:
        assert canary not in text
