# SPDX-License-Identifier: Apache-2.0
"""Plans: what a sync would do (`gitopsctl plan`), that it does just that, in that order, and what
waits for a person."""

import json
import time

import yaml

from gitopsd import gitopsd_program
from harness import eventually
from process import CommandError, run
from world import config_map, phase, results

WAVE = "argocd.argoproj.io/sync-wave"
OPTIONS = "argocd.argoproj.io/sync-options"
APPROVED = "argocd.argoproj.io/deletion-approved"
OLD = "conf-5m2t6d9k4h"
NEW = "conf-ghkmbcdtf2"


def waved(name, wave, value="1", **annotations):
    return config_map(name, value, annotations={WAVE: str(wave), **annotations})


def plan(world, name="app", query=""):
    status, body = world.daemon.http(
        "GET", f"/api/v1/applications/argocd/{world.name(name)}/plan{query}")[:2]
    assert status == 200, body
    return json.loads(body)


def actions(told):
    """One list for each group: "action name"."""
    return [[f"{t['action']} {t['name']}" for step in group["steps"] for t in step]
            for group in told["groups"]]


def gitopsctl(world, *args):
    return run(gitopsd_program().parent / "gitopsctl", "plan", "--server", world.daemon.url, *args)


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def commit(world, objects):
    """The application consists of these, and nothing else."""
    for name, text in objects.items():
        world.repo.write(f"app/{name}.yaml", text)
    for path in sorted((world.repo.tree / "app").glob("*.yaml")):
        if path.stem not in objects:
            world.repo.remove(f"app/{path.name}")
    return world.repo.commit()


def wait_out_of_sync(world, revision):
    def check():
        sync = world.get("app")["status"]["sync"]
        assert (sync["status"], sync["revision"]) == ("OutOfSync", revision), sync
    eventually(check)


def test_a_sync_does_what_its_plan_says(world):
    first = {n: waved(n, w) for n, w in
             {"low": -1, "zero": 0, "one": 1, "two": 2, OLD: 0}.items()}
    first["stays"] = waved("stays", 0, **{OPTIONS: "Prune=false"})
    commit(world, first)
    world.create("app", automated=False)
    world.start()
    eventually(lambda: actions(plan(world)) == [
        ["apply low"], [f"apply {OLD}", "apply stays", "apply zero"], ["apply one"], ["apply two"]])
    world.patch("app", {"operation": {"sync": {}}})
    world.wait_synced("app")
    assert actions(plan(world)) == [
        ["none low"], [f"none {OLD}", "none stays", "none zero"], ["none one"], ["none two"]]

    revision = commit(world, {"zero": waved("zero", 0, "2"), NEW: waved(NEW, 0)})
    wait_out_of_sync(world, revision)
    expected = [["prune two"], ["prune one"], ["none stays", "prune low"],
                [f"apply {NEW}", "apply zero"], [f"prune {OLD}"]]
    eventually(lambda: sum(len(g) for g in actions(plan(world))) == 7)
    told = plan(world, query="?prune=true")
    names = [a.split()[1] for g in actions(told) for a in g if not a.startswith("none")]
    assert names == [a.split()[1] for g in expected for a in g if not a.startswith("none")], told
    since = world.cluster.audit_mark()
    world.patch("app", {"operation": {"sync": {"prune": True}}})
    eventually(lambda: phase(world.get("app")) == "Succeeded"
               and not world.exists("configmaps", OLD))
    written = [w.rsplit("/", 1)[-1].split()[0] for w in world.writes(since)]
    groups = [[a.split()[1] for a in g if not a.startswith("none")] for g in expected]
    for group in groups:  # of which the order is free
        assert sorted(written[:len(group)]) == sorted(group), written
        written = written[len(group):]
    assert not written
    told = results(world.get("app"))
    assert told["ConfigMap/stays"]["message"] == "ignored (no prune)"
    assert told["ConfigMap/stays"]["status"] == "PruneSkipped"


def test_gitopsctl_prints_a_plan(world, tmp_path):
    commit(world, {"a": config_map("a"), "b": waved("b", 3, **{OPTIONS: "Replace=true"})})
    world.create("app", automated=False)
    world.start()
    eventually(lambda: len(plan(world)["groups"]) == 2)
    name = world.name("app")
    text = gitopsctl(world, name)
    revision = world.repo.head()
    assert text == (f"argocd/{name} at {revision}: 2 to apply, 0 hooks, 0 to prune, 0 as they are\n"
                    "Sync, wave 0\n"
                    f"    1  apply   ConfigMap {world.namespace}/a  (missing)\n"
                    "Sync, wave 3\n"
                    f"    2  apply   ConfigMap {world.namespace}/b  (missing)  Replace=true\n")
    assert gitopsctl(world, f"argocd/{name}") == text
    assert json.loads(gitopsctl(world, "-o", "json", name)) == plan(world)
    (tmp_path / "app.yaml").write_text(yaml.safe_dump(world.get("app")))
    assert gitopsctl(world, tmp_path / "app.yaml") == text


def test_gitopsctl_says_what_is_wrong(world):
    world.start()
    program = gitopsd_program().parent / "gitopsctl"
    for args, message in {
        ("none",): "argocd/none: no such application",
        (): "something is missing: gitopsctl plan [NAMESPACE/]APP | FILE",
        ("-o", "xml", "a"): "--output xml: must be one of text|json",
        ("a", "b"): "what is b?",
    }.items():
        try:
            gitopsctl(world, *args)
            raise AssertionError(args)
        except CommandError as e:
            assert message in e.stderr, e.stderr
    try:
        run(program, "plan", "--server", "http://127.0.0.1:9", "a")
        raise AssertionError("nobody listens there")
    except CommandError as e:
        assert "no gitopsd answers at http://127.0.0.1:9" in e.stderr
        assert "--server" in e.stderr


def test_a_mass_prune_waits_for_approval(world):
    many = {f"m{i:02}": config_map(f"m{i:02}") for i in range(12)}
    commit(world, many)
    world.create("app", prune=True)
    world.start()
    world.wait_synced("app")
    revision = commit(world, {"m00": config_map("m00", "2"), "new": config_map("new")})

    def waits():
        state = world.get("app")["status"]["operationState"]
        assert state["phase"] == "Running", state
        assert "would prune 11 of 12 objects" in state["message"], state
        assert "--prune-limit 10" in state["message"], state
        assert APPROVED in state["message"], state
    eventually(waits)
    assert world.names("configmaps") >= {*many, "new"}  # the rest is done, and nothing is pruned
    assert world.object("configmaps", "m00")["data"] == {"key": "2"}

    world.patch("app", {"metadata": {"annotations": {APPROVED: "2001-01-01T00:00:00Z"}}})
    time.sleep(1)
    waits()  # that is older than the operation
    world.patch("app", {"metadata": {"annotations": {APPROVED: now()}}})
    world.wait_synced("app", revision)
    assert world.names("configmaps") >= {"m00", "new"}
    assert not world.names("configmaps") & set(list(many)[1:])


def test_a_newer_revision_ends_the_wait_for_approval(world):
    many = {f"m{i:02}": config_map(f"m{i:02}") for i in range(12)}
    commit(world, many)
    world.create("app", prune=True)
    world.start()
    world.wait_synced("app")
    commit(world, {"m00": config_map("m00")})
    eventually(lambda: "would prune 11" in world.get("app")["status"]["operationState"]["message"])
    revision = commit(world, many)
    world.wait_synced("app", revision)
    assert world.names("configmaps") >= set(many)


def test_without_a_limit_nothing_waits(world):
    many = {f"m{i:02}": config_map(f"m{i:02}") for i in range(12)}
    commit(world, many)
    world.create("app", prune=True)
    world.start(args=["--prune-limit", "0"])
    world.wait_synced("app")
    revision = commit(world, {"m00": config_map("m00")})
    world.wait_synced("app", revision)
    assert not world.names("configmaps") & set(list(many)[1:])


def test_an_object_moves_also_where_shared_resources_fail(world):
    world.repo.write("one/a.yaml", config_map("a"))
    world.repo.write("one/stays.yaml", config_map("stays"))
    world.repo.write("two/b.yaml", config_map("b"))
    world.repo.commit()
    world.create("one", prune=True, sync_options=["FailOnSharedResource=true"])
    world.create("two", prune=True, sync_options=["FailOnSharedResource=true"])
    world.start()
    world.wait_synced("one")
    world.wait_synced("two")
    uid = world.uids("configmaps")["a"]
    world.repo.write("two/a.yaml", config_map("a"))
    world.repo.remove("one/a.yaml")
    revision = world.repo.commit()
    world.wait_synced("one", revision)
    world.wait_synced("two", revision)
    assert world.uids("configmaps")["a"] == uid


def test_a_shared_object_fails_the_sync_that_says_so(world):
    world.repo.write("one/a.yaml", config_map("a"))
    world.repo.write("two/a.yaml", config_map("a", "2"))
    world.repo.write("two/b.yaml", config_map("b"))
    world.repo.commit()
    world.create("one")
    world.start()
    world.wait_synced("one")
    world.create("two", sync_options=["FailOnSharedResource=true"])
    message = f"ConfigMap/a is part of applications argocd/{world.name('two')} and "

    def refused():
        state = world.get("two")["status"]["operationState"]
        assert state["message"].startswith(f"Shared resource found: {message}"), state
    eventually(refused)
    assert not world.exists("configmaps", "b")
