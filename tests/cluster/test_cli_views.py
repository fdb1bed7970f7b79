# SPDX-License-Identifier: Apache-2.0
"""What people see with kubectl, and what they ask for with it."""

from harness import eventually
from world import config_map


def columns(text):
    """The headings of kubectl's table, and the first row."""
    head, row = text.splitlines()[:2]
    names = [name for name in head.split("   ") if name.strip()]
    return [name.strip() for name in names], row.split()


def test_columns_are_those_of_argo_cd(world):
    world.repo.write("app/a.yaml", config_map("a"))
    sha = world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app")
    for resource in ("applications", "application", "app", "apps"):
        names, row = columns(world.cluster.kubectl("get", resource, "-n", "argocd"))
        assert names == ["NAME", "SYNC STATUS", "HEALTH STATUS"]
        assert row == [world.name("app"), "Synced", "Healthy"]
    names, row = columns(world.cluster.kubectl("get", "app", "-n", "argocd", "-o", "wide"))
    assert names == ["NAME", "SYNC STATUS", "HEALTH STATUS", "REVISION", "PROJECT"]
    assert row == [world.name("app"), "Synced", "Healthy", sha, "default"]
    world.cluster.kubectl("get", "appprojects,appproj,appprojs", "-n", "argocd")


def test_kubectl_asks_for_a_refresh_and_waits(world):
    """As `argocd app get --refresh` does: the annotation goes when the result is there."""
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("app")
    world.start(poll_interval="1h")
    world.wait_synced("app")
    world.repo.write("app/a.yaml", config_map("a", "2"))
    sha = world.repo.commit()
    world.cluster.kubectl("annotate", "app", "-n", "argocd", world.name("app"),
                          "argocd.argoproj.io/refresh=normal")
    eventually(lambda: "argocd.argoproj.io/refresh" not in
               world.get("app")["metadata"].get("annotations", {}))
    assert world.get("app")["status"]["sync"]["revision"] == sha
    world.cluster.kubectl("wait", "app", "-n", "argocd", world.name("app"), "--timeout=30s",
                          "--for=jsonpath={.status.sync.status}=Synced")
    world.cluster.kubectl("wait", "app", "-n", "argocd", world.name("app"), "--timeout=30s",
                          "--for=jsonpath={.status.health.status}=Healthy")


def test_kubectl_asks_for_a_sync_and_follows_it(world):
    """As `argocd app sync` does: an operation is put into the Application, and waited for."""
    world.repo.write("app/a.yaml", config_map("a"))
    sha = world.repo.commit()
    world.create("app", automated=False)
    world.start()
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    world.cluster.kubectl(
        "patch", "app", "-n", "argocd", world.name("app"), "--type=merge", "-p",
        '{"operation": {"initiatedBy": {"username": "me"}, "info": [{"name": "why", "value": "x"}],'
        ' "sync": {"syncStrategy": {"hook": {}}}}}')
    world.cluster.kubectl("wait", "app", "-n", "argocd", world.name("app"), "--timeout=30s",
                          "--for=jsonpath={.status.operationState.phase}=Succeeded")
    app = world.get("app")
    assert "operation" not in app
    state = app["status"]["operationState"]
    assert state["operation"]["initiatedBy"] == {"username": "me"}
    assert state["operation"]["info"] == [{"name": "why", "value": "x"}]
    assert state["syncResult"]["revision"] == sha
    assert state["startedAt"] <= state["finishedAt"]
    eventually(lambda: "OperationCompleted" in world.cluster.kubectl(
        "get", "events", "-n", "argocd", "-o", "jsonpath={..reason}").split())
