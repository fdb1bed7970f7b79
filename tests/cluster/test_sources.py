# SPDX-License-Identifier: Apache-2.0
"""What an Application's source can say: several sources, changes to a kustomization, override
files, and an operation's own revision."""

import json

import pytest
import yaml

from harness import eventually
from world import APPLICATIONS, conditions, config_map, deployment, phase


def create(world, name, **spec):
    """An Application whose spec says this; None takes a field away."""
    app = yaml.safe_load(world.app_text(name, name, prune=True))
    app["spec"] |= spec
    app["spec"] = {key: value for key, value in app["spec"].items() if value is not None}
    return world.cluster.request("POST", APPLICATIONS, app)


def source(repo, path, **more):
    return {"repoURL": repo.url, "path": path, "targetRevision": "main", **more}


def sync_of(app):
    return app.get("status", {}).get("sync", {})


def synced_at(world, name, *revisions):
    def check():
        app = world.get(name)
        sync = sync_of(app)
        told = json.dumps({"sync": sync, "conditions": conditions(app)})
        assert sync.get("status") == "Synced" and sync.get("revisions") == list(revisions), told
        assert phase(app) == "Succeeded", told
        return app
    return eventually(check)


def test_several_sources(world):
    """The objects of all sources are those of one application; a commit in any of them counts."""
    other = world.git_server.create("other")
    world.repo.write("a/a.yaml", config_map("a"))
    first = world.repo.commit()
    other.write("b/b.yaml", config_map("b"))
    other.write("b/kustomization.yaml", "resources: [b.yaml]\n")
    second = other.commit()
    create(world, "app", source=None, sources=[
        source(world.repo, "a"), {"repoURL": other.url, "ref": "values"},
        source(other, "b", kustomize={"nameSuffix": "-x"})])
    world.start()

    app = synced_at(world, "app", first, second, second)
    assert world.names("configmaps") == {"a", "b-x"}
    assert app["status"]["sourceTypes"] == ["Directory", "", "Kustomize"]
    assert "sourceType" not in app["status"]
    assert [s["repoURL"] for s in sync_of(app)["comparedTo"]["sources"]] == [
        world.repo.url, other.url, other.url]
    result = app["status"]["operationState"]["syncResult"]
    assert result["revisions"] == [first, second, second] and len(result["sources"]) == 3
    assert app["status"]["history"][-1]["revisions"] == [first, second, second]

    other.write("b/b.yaml", config_map("b", "2"))
    third = other.commit()
    synced_at(world, "app", first, third, third)
    assert world.object("configmaps", "b-x")["data"]["key"] == "2"
    world.repo.write("a/a.yaml", config_map("a2"))
    fourth = world.repo.commit()
    synced_at(world, "app", fourth, third, third)
    assert world.names("configmaps") == {"a2", "b-x"}

    # From a list to one source and what belongs to the list is gone from the status.
    world.patch("app", {"spec": {"sources": None, "source": source(world.repo, "a")}})
    app = world.wait_synced("app", fourth)
    assert "revisions" not in sync_of(app) and "sourceTypes" not in app["status"]
    eventually(lambda: world.names("configmaps") == {"a2"})


def test_one_source_that_fails_is_named_and_nothing_is_pruned(world):
    world.repo.write("a/a.yaml", config_map("a"))
    world.repo.write("b/b.yaml", config_map("b"))
    head = world.repo.commit()
    create(world, "app", source=None, sources=[source(world.repo, "a"), source(world.repo, "b")])
    world.start()
    synced_at(world, "app", head, head)

    world.patch("app", {"spec": {"sources": [
        source(world.repo, "a"), source(world.repo, "b", targetRevision="gone")]}})
    told = world.wait_condition("app", "ComparisonError")
    assert "spec.sources[1]" in told and "unable to resolve 'gone' to a commit SHA" in told
    world.patch("app", {"spec": {"sources": [source(world.repo, "a"), source(world.repo, "nope")]}})
    eventually(lambda: "spec.sources[1]: nope: app path does not exist" in
               conditions(world.get("app"))["ComparisonError"])
    world.patch("app", {"spec": {"sources": [
        source(world.repo, "a"), {"repoURL": world.repo.url, "chart": "nginx",
                                  "targetRevision": "1"}]}})
    assert "spec.sources[1].chart is not supported" in world.wait_condition("app",
                                                                            "InvalidSpecError")
    assert world.names("configmaps") == {"a", "b"}


def test_an_application_changes_its_kustomization(world):
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.write("app/kustomization.yaml", "resources: [web.yaml]\n")
    world.repo.commit()
    create(world, "app", source=source(world.repo, "app", kustomize={
        "images": ["registry.example.com/web:$ARGOCD_APP_REVISION_SHORT"],
        "replicas": [{"name": "web", "count": "0"}],
        "commonAnnotations": {"by": "${ARGOCD_APP_NAME}"}, "commonAnnotationsEnvsubst": True}))
    world.start()
    app = world.wait_synced("app")
    web = world.object("deployments", "web")
    image = web["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == f"registry.example.com/web:{world.repo.head()[:7]}"
    assert web["spec"]["replicas"] == 0
    assert web["metadata"]["annotations"]["by"] == world.name("app")
    assert app["status"]["sourceType"] == "Kustomize"

    # The image follows the commit, though no file of the application changed.
    world.repo.write("README", "x")
    head = world.repo.commit()
    world.wait_synced("app", head)
    eventually(lambda: world.object("deployments", "web")["spec"]["template"]["spec"]["containers"]
               [0]["image"].endswith(head[:7]))
    world.patch("app", {"spec": {"source": {"kustomize": {"images": ["registry.example.com/web"]}}}})
    assert "spec.source.kustomize.images: image" in world.wait_condition("app", "ComparisonError")
    world.patch("app", {"spec": {"source": {"kustomize": {"images": None, "namePrefix": "p-"}}}})
    world.wait_synced("app")
    eventually(lambda: world.names("deployments") == {"p-web"})


def test_override_files(world):
    name = world.name("app")
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/kustomization.yaml", "resources: [a.yaml]\n")
    world.repo.write("app/.argocd-source.yaml", "kustomize: {namePrefix: all-}\n")
    world.repo.write(f"app/.argocd-source-{name}.yaml", "kustomize: {nameSuffix: -own}\n")
    world.repo.commit()
    world.create("app", prune=True)
    world.start()
    world.wait_synced("app")
    assert world.names("configmaps") == {"all-a-own"}

    world.repo.write(f"app/.argocd-source-{name}.yaml", "kustomize: {\n")
    world.repo.commit()
    told = world.wait_condition("app", "ComparisonError")
    assert f"app/.argocd-source-{name}.yaml:" in told
    assert world.names("configmaps") == {"all-a-own"}
    world.repo.write(f"app/.argocd-source-{name}.yaml", "kustomize: {nameSuffix: -new}\n")
    world.repo.commit()
    world.wait_synced("app")
    eventually(lambda: world.names("configmaps") == {"all-a-new"})


def test_a_skipped_application_is_left_alone_also_when_it_is_deleted(world):
    key = "argocd.argoproj.io/skip-reconcile"
    world.repo.write("app/a.yaml", config_map("a"))
    head = world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app", head)

    world.patch("app", {"metadata": {"annotations": {key: "true"}, "finalizers": [
        "resources-finalizer.argocd.argoproj.io"]}})
    eventually(lambda: world.name("app") not in json.dumps(world.daemon.applications()))
    version = world.get("app")["metadata"]["resourceVersion"]
    world.repo.write("app/a.yaml", config_map("a", "2"))
    world.repo.commit()
    # Another application tells that the commit has been seen.
    world.create("other", "app", dest_namespace=world.namespace)
    world.patch("other", {"spec": {"source": {"path": "gone"}}})
    world.wait_condition("other", "ComparisonError")
    assert world.object("configmaps", "a")["data"]["key"] == "1"
    assert world.get("app")["metadata"]["resourceVersion"] == version
    world.delete("app")
    assert world.get("app")["metadata"]["deletionTimestamp"]
    assert world.exists("configmaps", "a")

    world.patch("app", {"metadata": {"annotations": {key: None}}})
    eventually(lambda: not world.exists("configmaps", "a"))
    eventually(lambda: not world.cluster.exists(f"{APPLICATIONS}/{world.name('app')}"))


def operate(world, name, **sync):
    world.patch(name, {"operation": {"initiatedBy": {"username": "jane"}, "sync": sync}})


def finished(world, name, started=None):
    def check():
        state = world.get(name)["status"]["operationState"]
        assert state["phase"] in ("Succeeded", "Failed", "Error"), state
        assert "finishedAt" in state and "operation" not in world.get(name)
        return state
    return eventually(check)


@pytest.fixture
def three_commits(world):
    """The application `app` without automation, and three commits of it."""
    commits = []
    for value in "123":
        world.repo.write("app/a.yaml", config_map("a", value))
        commits.append(world.repo.commit())
    create(world, "app", syncPolicy={})
    world.start()
    eventually(lambda: sync_of(world.get("app")).get("revision") == commits[2])
    return commits


def value(world):
    return world.object("configmaps", "a")["data"]["key"]


def test_an_operation_may_name_its_revision(world, three_commits):
    operate(world, "app", revision=three_commits[0])
    state = eventually(lambda: finished(world, "app"))
    assert state["phase"] == "Succeeded", state
    assert state["syncResult"]["revision"] == three_commits[0]
    assert value(world) == "1"
    # Afterwards the spec counts again.
    app = eventually(lambda: (a := world.get("app")) and
                     sync_of(a)["revision"] == three_commits[2] and a)
    eventually(lambda: sync_of(world.get("app"))["status"] == "OutOfSync")
    assert app["status"]["history"][-1]["revision"] == three_commits[0]

    operate(world, "app", revision=three_commits[2])
    eventually(lambda: value(world) == "3")
    eventually(lambda: sync_of(world.get("app"))["status"] == "Synced")


def test_an_operation_may_name_another_source(world, three_commits):
    world.repo.write("old/a.yaml", config_map("a", "old"))
    old = world.repo.commit()
    operate(world, "app", revision=old, source=source(world.repo, "old"))
    state = finished(world, "app")
    assert state["phase"] == "Succeeded", state
    assert value(world) == "old"
    assert state["syncResult"]["source"]["path"] == "old"
    eventually(lambda: sync_of(world.get("app"))["status"] == "OutOfSync")
    assert sync_of(world.get("app"))["comparedTo"]["source"]["path"] == "app"


def test_a_revision_that_cannot_be_had_ends_the_operation(world, three_commits):
    nowhere = "0123456789012345678901234567890123456789"
    operate(world, "app", revision=nowhere)
    state = finished(world, "app")
    assert state["phase"] in ("Error", "Failed") and nowhere in state["message"], state
    operate(world, "app", source={"repoURL": world.repo.url, "chart": "x", "targetRevision": "1"})
    state = eventually(lambda: (s := finished(world, "app")) and "chart" in s["message"] and s)
    assert "operation.sync.source.chart is not supported" in state["message"]
    operate(world, "app", revision=three_commits[2])
    eventually(lambda: value(world) == "3")


def test_a_commit_that_no_branch_has_any_more(world, three_commits):
    """A rollback after a force push: the server still has the commit and gives it when asked."""
    world.repo.write("app/a.yaml", config_map("a", "lost"))
    lost = world.repo.commit()
    world.repo.git("reset", "--quiet", "--hard", three_commits[2])
    world.repo.git("push", "--quiet", "--force", "origin", "main")
    world.daemon.stop()
    world.start()
    operate(world, "app", revision=lost)
    state = finished(world, "app")
    assert state["phase"] == "Succeeded", state
    assert value(world) == "lost"
