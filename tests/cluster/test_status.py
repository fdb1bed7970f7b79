# SPDX-License-Identifier: Apache-2.0
"""What an Application says of itself, in its status and in Events."""

import re
import time

import pytest
import yaml

from harness import eventually, free_port, settled, shared
from world import APPLICATIONS, conditions, config_map, deployment, service

EVENTS = "/api/v1/namespaces/argocd/events"


def events(world, name):
    """"Type Reason: Message" of the Events of an Application, in their order."""
    items = [e for e in world.cluster.get(EVENTS)["items"]
             if e["involvedObject"]["name"] == world.name(name)]
    items.sort(key=lambda e: e["metadata"]["name"])
    return [f"{e['type']} {e['reason']}: {e['message']}" for e in items]


@pytest.fixture
def web(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.write("web/d.yaml", deployment("d", image="nginx:1.0"))
    world.repo.commit()
    world.create("web", self_heal=True, prune=True)
    world.start()
    world.wait_synced("web")
    return world


# --- Events


def test_events_tell_a_sync(web):
    sha = web.repo.head()
    eventually(lambda: any("succeeded" in t for t in events(web, "web")))
    seen = settled(lambda: events(web, "web"))
    assert f"Normal OperationStarted: Initiated automated sync to '{sha}'" in seen
    assert f"Normal OperationCompleted: Sync operation to {sha} succeeded" in seen
    assert any(re.fullmatch(r"Normal ResourceUpdated: Updated sync status: \S* -> Synced", t)
               for t in seen)
    event = next(e for e in web.cluster.get(EVENTS)["items"]
                 if e["involvedObject"]["name"] == web.name("web"))
    app = web.get("web")
    assert event["involvedObject"]["kind"] == "Application"
    assert event["involvedObject"]["uid"] == app["metadata"]["uid"]
    assert event["involvedObject"]["namespace"] == "argocd"
    assert event["source"] == {"component": "gitopsd"}
    assert event["metadata"]["annotations"] == {"dest-server": "https://kubernetes.default.svc",
                                                "dest-namespace": web.namespace}
    assert re.fullmatch(re.escape(web.name("web")) + r"\.[0-9a-f]{16}", event["metadata"]["name"])
    web.daemon.stop()
    web.daemon.start()
    time.sleep(3)
    assert events(web, "web") == seen  # a restart is no news


def test_events_tell_a_failure_without_secrets(world):
    world.repo.write("web/s.yaml", yaml.safe_dump({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque",
        "stringData": {"password": "canary-4711"}, "immutable": "canary-4711"}))
    world.repo.commit()
    world.create("web", retry={"limit": 0})  # else it goes on for some minutes
    world.start()
    failed = eventually(lambda: [t for t in events(world, "web")
                                 if t.startswith("Warning OperationCompleted: Sync operation to "
                                                 f"{world.repo.head()} failed: ")])
    assert failed and "canary" not in " ".join(events(world, "web"))


def test_only_wanted_events(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web")
    world.start(args=["--events", "OperationCompleted"])
    world.wait_synced("web")
    eventually(lambda: events(world, "web"))
    time.sleep(1)
    assert {t.split(":")[0] for t in events(world, "web")} == {"Normal OperationCompleted"}


# --- the document


def test_the_status_of_a_sync(web):
    sha = web.repo.head()
    web.wait_quiet()
    app = web.get("web")
    status = app["status"]
    source = app["spec"]["source"]
    state = status["operationState"]
    assert state["operation"] == {
        "initiatedBy": {"automated": True}, "retry": {"limit": 5},
        "sync": {"prune": True, "revision": sha, "source": source}}
    assert "retryCount" not in state
    assert state["syncResult"]["source"] == source and state["syncResult"]["revision"] == sha
    of_deployment = next(r for r in state["syncResult"]["resources"] if r["kind"] == "Deployment")
    assert of_deployment["images"] == ["nginx:1.0"] and of_deployment["group"] == "apps"
    of_map = next(r for r in state["syncResult"]["resources"] if r["kind"] == "ConfigMap")
    assert of_map["group"] == "" and of_map["syncPhase"] == "Sync"
    assert status["sync"]["comparedTo"] == {"source": source,
                                            "destination": app["spec"]["destination"]}
    assert status["summary"] == {"images": ["nginx:1.0"]}
    assert status["history"][0]["initiatedBy"] == {"automated": True}
    assert status["history"][0]["source"] == source
    assert status["controllerNamespace"] == "argocd" and status["sourceType"] == "Directory"
    # Nobody runs Deployments here.
    assert status["health"]["status"] == "Progressing"
    assert status["health"]["message"] == f"Caused by apps/Deployment:{web.namespace}/d"
    assert status["reconciledAt"] >= state["finishedAt"]


def test_a_repair_says_what_it_repairs(web):
    web.cluster.request("DELETE", web.path_of("configmaps", "a"))
    sha = web.repo.head()

    def repaired():
        sync = web.get("web")["status"]["operationState"]["operation"]["sync"]
        assert sync["resources"] == [{"kind": "ConfigMap", "name": "a"}]
        assert sync["autoHealAttemptsCount"] == 1 and sync["revision"] == sha
    eventually(repaired)
    assert len(web.get("web")["status"]["history"]) == 1


def test_nothing_of_another_controllers_status_stays(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    app = yaml.safe_load(world.app_text("web", "web"))
    app["status"] = {
        "sourceHydrator": {}, "observedAt": "2020-01-01T00:00:00Z", "summary": {"images": ["old"]},
        "sync": {"status": "OutOfSync", "comparedTo": {"source": {
            "repoURL": "x", "kustomize": {"commonLabels": {"a": "b"}}}, "destination": {}}},
        "history": [{"id": 7, "revision": "abc", "deployedAt": "2020-01-01T00:00:00Z"}],
        "operationState": {"phase": "Failed", "message": "before", "retryCount": 3,
                           "startedAt": "2020-01-01T00:00:00Z", "operation": {
                               "info": [{"name": "a", "value": "b"}], "sync": {"dryRun": True}},
                           "syncResult": {"revision": "abc", "source": {"repoURL": "x"},
                                          "managedNamespaceMetadata": {"labels": {"a": "b"}}}}}
    world.cluster.request("POST", APPLICATIONS, app)
    world.start()
    status = world.wait_synced("web")["status"]
    assert set(status) == {"sync", "health", "resources", "summary", "history", "operationState",
                           "controllerNamespace", "reconciledAt", "sourceType"}
    assert status["summary"] == {} and [h["id"] for h in status["history"]] == [7, 8]
    assert set(status["sync"]["comparedTo"]["source"]) == {"repoURL", "path", "targetRevision"}
    state = status["operationState"]
    assert set(state["operation"]) == {"initiatedBy", "retry", "sync"}
    assert set(state["operation"]["sync"]) == {"revision", "source"}
    assert set(state["syncResult"]) == {"revision", "source", "resources"}
    assert "retryCount" not in state


def test_a_restart_writes_nothing(web):
    web.cluster.request("DELETE", web.path_of("configmaps", "a"))
    eventually(lambda: "autoHealAttemptsCount" in web.get("web")["status"]["operationState"][
        "operation"]["sync"])
    web.wait_quiet()
    before = web.get("web")
    mark = web.cluster.audit_mark()
    web.daemon.stop()
    web.daemon.start()
    eventually(lambda: web.daemon.application(web.name("web"))["status"]["sync"]["status"] ==
               "Synced")
    time.sleep(2)
    assert web.writes(mark, status=True) == []
    assert web.get("web") == before


def test_a_restart_keeps_the_times_of_what_is_wrong(world):
    world.repo.write("web/a.yaml", "kind: [\n")
    world.repo.commit()
    world.create("web")
    world.start()
    world.wait_condition("web", "ComparisonError")
    world.wait_quiet()
    before = world.get("web")["status"]
    world.daemon.stop()
    time.sleep(1.1)
    world.daemon.start()
    time.sleep(3)
    assert world.get("web")["status"] == before


def test_a_status_that_somebody_overwrites_is_written_again(web):
    web.wait_quiet()
    web.patch("web", {"status": {"health": {"status": "Healthy"}, "sync": {"status": "OutOfSync"},
                                 "junk": {"a": 1}}})

    def healed():
        status = web.get("web")["status"]
        assert status["health"]["status"] == "Progressing"
        assert status["sync"]["status"] == "Synced" and "junk" not in status
    eventually(healed)


def test_images_are_those_that_run(world):
    world.repo.write("web/d.yaml", deployment("d", image="nginx:1.0"))
    world.repo.write("web/off.yaml", deployment("off", image="off:1", replicas=0))
    world.repo.commit()
    world.create("web")
    world.start()
    world.wait_synced("web")
    eventually(lambda: world.get("web")["status"]["summary"] == {"images": ["nginx:1.0"]})
    world.patch("web", {"spec": {"syncPolicy": None}})
    world.repo.write("web/d.yaml", deployment("d", image="nginx:2.0"))
    sha = world.repo.commit()
    eventually(lambda: world.get("web")["status"]["sync"]["revision"] == sha)
    assert world.get("web")["status"]["summary"] == {"images": ["nginx:1.0"]}


def test_health_that_does_not_count(world):
    world.repo.write("web/d.yaml", deployment(
        "d", annotations={"argocd.argoproj.io/ignore-healthcheck": "true"}))
    world.repo.write("web/s.yaml", service("s"))
    world.repo.commit()
    world.create("web")
    world.start()
    app = world.wait_synced("web")
    assert app["status"]["health"]["status"] == "Healthy"
    assert "message" not in app["status"]["health"]
    of = {r["name"]: r["health"]["status"] for r in app["status"]["resources"]}
    assert of == {"d": "Progressing", "s": "Healthy"}


# --- the API object


def recorded():
    """All Applications of Argo CD that were recorded."""
    root = shared("argocd-reference")
    return sorted(root.glob("*/step-*.result.yaml")) + sorted(root.glob("*/application.yaml"))


def with_times(value):
    """The records say TIME for a time."""
    if isinstance(value, dict):
        return {k: with_times(v) for k, v in value.items()}
    if isinstance(value, list):
        return [with_times(v) for v in value]
    return "2026-01-02T03:04:05Z" if value == "TIME" else value


def test_the_definition_accepts_what_argo_cd_writes(cluster_with_crds):
    cluster = cluster_with_crds
    for i, file in enumerate(recorded()):
        app = with_times(yaml.safe_load(file.read_text()))
        if not app or app.get("kind") != "Application":
            continue
        app["metadata"] = {"name": f"recorded-{i}", "namespace": "argocd"}
        path = f"{APPLICATIONS}/recorded-{i}"
        created = cluster.request("POST", f"{APPLICATIONS}?fieldValidation=Strict", app)
        try:
            for part in ("spec", "status"):
                assert created.get(part) == app.get(part), f"{file}: {part}"
        finally:
            cluster.request("DELETE", path)


def test_print_columns_are_argo_cds(web):
    lines = web.cluster.kubectl("get", "applications", "-n", "argocd", "-o", "wide").splitlines()
    assert lines[0].split() == ["NAME", "SYNC", "STATUS", "HEALTH", "STATUS", "REVISION",
                                "PROJECT"]
    row = next(line for line in lines if line.startswith(web.name("web") + " "))
    assert row.split()[1:] == ["Synced", "Progressing", web.repo.head(), "default"]
    assert "REVISION" not in web.cluster.kubectl("get", "apps", "-n", "argocd").splitlines()[0]


# --- refresh


REFRESH = "argocd.argoproj.io/refresh"


def refreshed(world, name, how):
    """Ask for a refresh; the Application as it is when that is over."""
    world.patch(name, {"metadata": {"annotations": {REFRESH: how}}})

    def over():
        app = world.get(name)
        assert REFRESH not in app["metadata"].get("annotations", {})
        return app
    return eventually(over)


@pytest.mark.parametrize("how", ["normal", "hard", "anything"])
def test_a_refresh_ends_with_its_outcome(world, how):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", automated=False)
    world.start(poll_interval="1h")
    eventually(lambda: world.get("web")["status"]["sync"]["status"] == "OutOfSync")
    world.repo.write("web/b.yaml", config_map("b"))
    sha = world.repo.commit()
    time.sleep(1)
    status = refreshed(world, "web", how)["status"]
    assert status["sync"]["revision"] == sha  # in the very write that removed the annotation
    assert {r["name"] for r in status["resources"]} == {"a", "b"}


def test_a_refresh_without_news_ends_too(web):
    web.wait_quiet()
    before = web.get("web")
    renders = web.daemon.metric("gitopsd_renders_total")
    app = refreshed(web, "web", "normal")
    assert {**app["status"], "reconciledAt": ""} == {**before["status"], "reconciledAt": ""}
    assert app["status"]["reconciledAt"] > before["status"]["reconciledAt"]
    assert web.daemon.metric("gitopsd_renders_total") == renders


def test_a_hard_refresh_starts_from_scratch(web):
    web.wait_quiet()
    renders = web.daemon.metric("gitopsd_renders_total")
    uids = web.uids("configmaps")
    mark = web.cluster.audit_mark()
    app = refreshed(web, "web", "hard")
    assert app["status"]["sync"]["status"] == "Synced"
    assert web.daemon.metric("gitopsd_renders_total") == renders + 1
    read = {e["objectRef"]["name"] for e in web.cluster.audit_events(verbs=["get"], since=mark)
            if e["objectRef"].get("namespace") == web.namespace}
    assert {"a", "d"} <= read
    assert web.writes(mark) == [] and web.uids("configmaps") == uids


def test_a_refresh_ends_when_git_cannot_be_asked(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web")
    world.start(poll_interval="1h")
    world.wait_synced("web")
    world.git_server.stop()
    app = refreshed(world, "web", "normal")
    assert "Failed to load target state" in conditions(app)["ComparisonError"]
    world.git_server.start()
    assert conditions(refreshed(world, "web", "normal")) == {}


@pytest.mark.parametrize("how", ["normal", "hard"])
def test_a_refresh_ends_when_git_could_never_be_asked(world, how):
    world.create("web", "web", repo=f"http://127.0.0.1:{free_port()}/none.git",
                 annotations={REFRESH: how})
    world.start(poll_interval="1h")

    def over():
        app = world.get("web")
        assert "Failed to load target state" in conditions(app)["ComparisonError"]
        assert REFRESH not in app["metadata"].get("annotations", {})
    eventually(over)


# --- applications of applications


def test_an_application_of_applications_is_as_healthy_as_they_are(world):
    child = yaml.safe_load(world.app_text("child", "child", self_heal=True))
    itself = yaml.safe_load(world.app_text("root", "root", self_heal=True))
    world.repo.write("child/d.yaml", deployment("d"))
    world.repo.write("root/child.yaml", yaml.safe_dump(child))
    world.repo.write("root/root.yaml", yaml.safe_dump(itself))
    world.repo.commit()
    world.create("root", self_heal=True)
    world.start()
    world.wait_synced("root")
    world.wait_synced("child")
    name = world.name("child")

    def told():
        status = world.get("root")["status"]
        assert status["summary"] == {"isAppOfApps": True}
        assert status["health"]["status"] == "Progressing"
        assert status["health"]["message"] == f"Caused by argoproj.io/Application:argocd/{name}"
        of = {r["name"]: r for r in status["resources"]}
        assert of[name]["health"]["status"] == "Progressing"
        assert of[name]["status"] == of[world.name("root")]["status"] == "Synced"
    eventually(told)

    # The Deployment's controller is played by the test.
    live = world.object("deployments", "d")
    world.cluster.merge_patch(world.path_of("deployments", "d") + "/status", {"status": {
        "observedGeneration": live["metadata"]["generation"], "replicas": 1, "updatedReplicas": 1,
        "readyReplicas": 1, "availableReplicas": 1}})

    def healthy():
        for app in ("child", "root"):
            health = world.get(app)["status"]["health"]
            assert health["status"] == "Healthy" and "message" not in health
    eventually(healthy)
    world.wait_quiet(3)  # they do not write for each other for ever
