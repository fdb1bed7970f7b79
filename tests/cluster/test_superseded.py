# SPDX-License-Identifier: Apache-2.0
"""An automated operation gives way to a newer commit: that one's operation follows, and is what the
Application tells of, even where it has nothing to write."""

import pytest

from harness import eventually
from world import conditions, config_map, deployment, phase, results

WAVE = "argocd.argoproj.io/sync-wave"


def wave(number):
    return {"annotations": {WAVE: str(number)}}


def operation(world):
    return world.get("app").get("status", {}).get("operationState", {})


def history(world):
    return [h["revision"] for h in world.get("app")["status"].get("history", [])]


def begin_endless(world, **options):
    """An operation that waits for a Deployment which nobody makes ready; returns its commit."""
    world.repo.write("app/web.yaml", deployment("web", **wave(1)))
    world.repo.write("app/late.yaml", config_map("late", **wave(2)))
    sha = world.repo.commit()
    if options:
        world.create("app", **options)
        world.start()

    def waits():
        state = operation(world)
        assert state.get("message", "").startswith("waiting for healthy state of"), state
        assert state["syncResult"]["revision"] == sha
    eventually(waits)
    return sha


@pytest.mark.parametrize("daemon", ["running", "restarted"])
def test_commit_that_needs_no_write_is_what_is_told(world, daemon):
    begin_endless(world, prune=True, self_heal=True)
    if daemon == "restarted":
        world.daemon.kill()
    mark = world.cluster.audit_mark()
    world.repo.remove("app/late.yaml")
    newest = world.repo.commit()
    if daemon == "restarted":
        world.daemon.start()
    world.wait_synced("app", newest)
    state = operation(world)
    assert state["syncResult"]["revision"] == newest
    assert state["operation"]["sync"]["revision"] == newest
    assert state["message"] == "successfully synced (all tasks run)"
    assert {key: r["message"] for key, r in results(world.get("app")).items()} == {
        "Deployment/web": "deployment.apps/web unchanged"}
    assert history(world) == [newest]
    assert world.writes(mark) == []


def test_automation_that_is_turned_off_and_on(world):
    """What was under way ends; nothing follows before it is on again."""
    begin_endless(world, prune=True)
    world.patch("app", {"spec": {"syncPolicy": {"automated": None}}})
    eventually(lambda: operation(world)["message"] == "superseded by a spec without automated sync")
    assert phase(world.get("app")) == "Failed"
    world.repo.remove("app/late.yaml")
    newest = world.repo.commit()
    eventually(lambda: world.get("app")["status"]["sync"]["revision"] == newest)
    assert world.get("app")["status"]["sync"]["status"] == "Synced" and history(world) == []
    world.patch("app", {"spec": {"syncPolicy": {"automated": {}}}})
    world.wait_synced("app", newest)
    assert history(world) == [newest]


@pytest.mark.parametrize("end", ["superseded", "failed"])
def test_branch_that_goes_back_undoes_half_a_sync(world, end):
    """Not a matter of self-heal: that commit was synced once, but is not what is there now."""
    world.repo.write("app/a.yaml", config_map("a", "1"))
    good = world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()
    world.wait_synced("app", good)
    world.repo.write("app/a.yaml", config_map("a", "2"))
    if end == "superseded":
        begin_endless(world)
    else:
        world.repo.write("app/bad.yaml", config_map("Not-A-Name"))
        world.repo.commit()
        eventually(lambda: conditions(world.get("app"))["SyncError"])
    eventually(lambda: world.object("configmaps", "a")["data"]["key"] == "2")
    world.repo.reset(good)
    eventually(lambda: world.object("configmaps", "a")["data"]["key"] == "1")
    eventually(lambda: operation(world)["syncResult"]["revision"] == good)
    eventually(lambda: phase(world.get("app")) == "Succeeded")
    assert history(world) == [good, good]
