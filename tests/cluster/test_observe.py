# SPDX-License-Identifier: Apache-2.0
"""Kinds that go and come back, kinds that cannot be seen, namespaces that are not watched."""

import time

import pytest

from gitopsd import Daemon
from harness import app_yaml, eventually
from world import conditions, config_map, definition, install_crds

WIDGETS = definition("widgets", "Widget", "observe.example.org")
WIDGET = """
apiVersion: observe.example.org/v1
kind: Widget
metadata: {name: w}
spec: {size: 1}
"""
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


@pytest.fixture
def own_world(fresh_cluster):
    """On a control plane of its own: what these tests do, others would notice."""
    install_crds(fresh_cluster)
    fresh_cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": "observe"}})
    return fresh_cluster


@pytest.fixture
def repo(git_server):
    return git_server.create("observe")


@pytest.fixture
def started(own_world, repo, tmp_path):
    """started(args=()): a daemon with the Application "app" in the namespace "observe"."""
    daemons = []

    def start(args=()):
        own_world.apply(app_yaml("app", repo, "app", dest_namespace="observe", self_heal=True,
                                 prune=True))
        daemons.append(Daemon(own_world, tmp_path / "daemon", args=args).start())
        return daemons[-1]

    yield start
    for daemon in daemons:
        daemon.stop()
        daemon.assert_clean()


def app(cluster):
    return cluster.get("/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/app")


def sync(cluster, name):
    found = [r["status"] for r in app(cluster).get("status", {}).get("resources", [])
             if r["name"] == name]
    return found[0] if found else None


def value(cluster):
    return cluster.get("/api/v1/namespaces/observe/configmaps/a")["data"]["key"]


def is_synced(cluster):
    return app(cluster).get("status", {}).get("sync", {}).get("status") == "Synced"


def test_a_definition_goes_and_comes_back(own_world, repo, started):
    cluster = own_world
    cluster.apply(WIDGETS)
    repo.write("app/a.yaml", config_map("a"))
    repo.write("app/w.yaml", WIDGET)
    repo.commit()
    daemon = started()
    eventually(lambda: is_synced(cluster))

    cluster.request("DELETE", f"{DEFINITIONS}/widgets.observe.example.org")
    eventually(lambda: sync(cluster, "w") == "Unknown")
    eventually(lambda: "Widget" in conditions(app(cluster)).get("ComparisonError", ""))
    cluster.merge_patch("/api/v1/namespaces/observe/configmaps/a", {"data": {"key": "other"}})
    eventually(lambda: value(cluster) == "1")  # the others are repaired as ever
    assert not daemon.events("pruned")

    cluster.apply(WIDGETS)
    eventually(lambda: cluster.exists(
        "/apis/observe.example.org/v1/namespaces/observe/widgets/w"))
    eventually(lambda: is_synced(cluster))
    assert "ComparisonError" not in conditions(app(cluster))


def test_an_api_service_that_is_down_hurts_nobody(own_world, repo, started):
    cluster = own_world
    cluster.apply(WIDGETS)
    repo.write("app/a.yaml", config_map("a"))
    repo.write("app/w.yaml", WIDGET)
    repo.commit()
    daemon = started()
    eventually(lambda: is_synced(cluster))
    position = cluster.audit_mark()

    # An APIService that points nowhere takes the group over from the definition.
    eventually(lambda: cluster.exists(f"{SERVICES}/v1.observe.example.org"))
    cluster.merge_patch(f"{SERVICES}/v1.observe.example.org", {
        "metadata": {"labels": {"kube-aggregator.kubernetes.io/automanaged": None}},
        "spec": {"insecureSkipTLSVerify": True,
                 "service": {"name": "nowhere", "namespace": "observe"}}})
    repo.write("app/w.yaml", config_map("b"))  # the widget is dropped by Git meanwhile
    repo.commit()
    eventually(lambda: cluster.exists("/api/v1/namespaces/observe/configmaps/b"), timeout=60)
    time.sleep(3)
    deletes = [e for e in cluster.audit_events(verbs=["delete"], since=position)
               if e.get("objectRef", {}).get("resource") == "widgets"]
    assert not [e for e in deletes if e["responseStatus"]["code"] == 200]

    cluster.request("DELETE", f"{SERVICES}/v1.observe.example.org")
    widget = "/apis/observe.example.org/v1/namespaces/observe/widgets/w"
    eventually(lambda: not cluster.exists(widget), timeout=90)
    assert daemon.is_running()


def test_only_the_watched_namespaces(own_world, repo, started):
    cluster = own_world
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": "elsewhere"}})
    repo.write("app/a.yaml", config_map("a"))
    repo.write("app/b.yaml", config_map("b", namespace="elsewhere"))
    repo.commit()
    position = cluster.audit_mark()
    started(["--watch-namespace", "observe"])
    message = eventually(lambda: conditions(app(cluster)).get("NamespaceNotWatchedError"))
    assert "--watch-namespace elsewhere" in message
    eventually(lambda: cluster.exists("/api/v1/namespaces/observe/configmaps/a"))
    cluster.merge_patch("/api/v1/namespaces/observe/configmaps/a", {"data": {"key": "other"}})
    eventually(lambda: value(cluster) == "1")
    assert sync(cluster, "b") == "Unknown"
    assert not cluster.exists("/api/v1/namespaces/elsewhere/configmaps/b")
    for event in cluster.audit_events(verbs=["list", "watch"], since=position):
        ref = event.get("objectRef", {})
        if ref.get("resource") == "configmaps":
            assert ref.get("namespace"), event["requestURI"]
