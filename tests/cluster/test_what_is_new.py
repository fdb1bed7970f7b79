# SPDX-License-Identifier: Apache-2.0
"""What an automated sync without `selfHeal` takes for something new: another commit or another
source, and nothing else of the spec."""

import pytest

from harness import eventually
from test_sync import ask
from world import config_map, deployment, resources

NAME = "registry.example.com/web"


def operation(world):
    state = world.get("app")["status"]["operationState"]
    return state["startedAt"], state["syncResult"]["revision"], len(world.get("app")["status"]["history"])


def start(world, **options):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.write("app/kustomization.yaml", "resources: [a.yaml, web.yaml]\n")
    world.repo.commit()
    world.create("app", **options)
    world.start()
    world.wait_synced("app")


def drift(world):
    world.cluster.merge_patch(world.path_of("configmaps", "a"), {"data": {"key": "edited"}})
    eventually(lambda: resources(world.get("app"))["ConfigMap/a"]["status"] == "OutOfSync")


def seen(world, spec):
    """Edit the spec, and wait until the daemon has compared with it."""
    world.patch("app", {"spec": spec, "metadata": {"annotations": {
        "argocd.argoproj.io/refresh": "normal"}}})
    eventually(lambda: "argocd.argoproj.io/refresh" not in
               world.get("app")["metadata"].get("annotations", {}))


def test_edits_beside_the_source_start_no_sync(world):
    start(world)
    before = operation(world)
    drift(world)
    mark = world.cluster.audit_mark()
    for spec in ({"info": [{"name": "x", "value": "y"}]}, {"revisionHistoryLimit": 3},
                 {"syncPolicy": {"syncOptions": ["PruneLast=true"]}},
                 {"syncPolicy": {"retry": {"limit": 1}}},
                 {"syncPolicy": {"automated": {"prune": True}}},
                 {"ignoreDifferences": [{"kind": "Service", "jsonPointers": ["/spec"]}]},
                 {"syncPolicy": {"automated": None}}, {"syncPolicy": {"automated": {}}}):
        seen(world, spec)
    assert operation(world) == before
    ask(world, "app", {"dryRun": True})
    world.daemon.stop()
    world.daemon.start()
    seen(world, {"info": None})
    assert operation(world)[2] == before[2] and world.writes(mark) == []
    assert resources(world.get("app"))["ConfigMap/a"]["status"] == "OutOfSync"
    seen(world, {"syncPolicy": {"automated": {"selfHeal": True}}})
    eventually(lambda: world.object("configmaps", "a")["data"] == {"key": "1"})


@pytest.mark.parametrize("source", [{"kustomize": {"images": [f"{NAME}:2.0"]}}, {"path": "other"}],
                         ids=["images", "path"])
def test_another_source_is_synced_as_a_whole(world, source):
    world.repo.write("other/a.yaml", config_map("a"))
    start(world)
    _, revision, history = operation(world)
    drift(world)
    world.patch("app", {"spec": {"source": source}})
    app = eventually(lambda: world.get("app") if operation(world)[2] == history + 1 else None)
    assert app["status"]["operationState"]["syncResult"]["source"] == app["spec"]["source"]
    assert app["status"]["history"][-1]["source"] == app["spec"]["source"]
    assert operation(world)[1] == revision
    assert world.object("configmaps", "a")["data"] == {"key": "1"}


@pytest.mark.parametrize("by", ["automation", "person"])
def test_another_source_while_a_sync_is_tried_again(world, by):
    """The operation is then of what is rendered, and says so."""
    retry = {"limit": 5, "backoff": {"duration": "1h"}}
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("other/a.yaml", config_map("a").replace("\ndata:", "\ndta:"))
    world.repo.commit()
    world.create("app", "other", retry=retry, automated=by == "automation")
    if by == "person":
        world.patch("app", {"operation": {"sync": {}, "retry": retry}})
    world.start()
    eventually(lambda: "Retrying attempt" in
               world.get("app")["status"]["operationState"]["message"])
    world.patch("app", {"spec": {"source": {"path": "app"}}})
    app = world.wait_synced("app")
    assert app["status"]["operationState"]["syncResult"]["source"] == app["spec"]["source"]
    assert [h["source"]["path"] for h in app["status"]["history"]] == [app["spec"]["source"]["path"]]


@pytest.mark.parametrize("heals", [False, True], ids=["without-self-heal", "self-heal"])
def test_another_destination_is_drift(world, heals):
    other = world.name("other")
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("app", self_heal=heals, sync_options=["CreateNamespace=true"])
    world.start()
    world.wait_synced("app")
    before = operation(world)
    seen(world, {"destination": {"namespace": other}})
    if heals:
        eventually(lambda: world.cluster.exists(f"/api/v1/namespaces/{other}/configmaps/a"))
        return
    app = world.get("app")
    assert app["status"]["sync"]["status"] == "OutOfSync"
    assert {(r["namespace"], r.get("requiresPruning", False)) for r in app["status"]["resources"]} == {
        (world.namespace, True), (other, False)}
    assert operation(world) == before
    assert not world.cluster.exists(f"/api/v1/namespaces/{other}")


def test_prunes_that_are_asked_for_later(world):
    """Of a commit that only removes there was no sync: it is one as soon as prunes are asked for."""
    start(world)
    before = operation(world)
    world.repo.write("app/kustomization.yaml", "resources: [web.yaml]\n")
    head = world.repo.commit()
    eventually(lambda: world.get("app")["status"]["sync"]["revision"] == head)
    eventually(lambda: resources(world.get("app"))["ConfigMap/a"].get("requiresPruning"))
    assert operation(world) == before
    world.patch("app", {"spec": {"syncPolicy": {"automated": {"prune": True}}}})
    eventually(lambda: not world.exists("configmaps", "a"))
