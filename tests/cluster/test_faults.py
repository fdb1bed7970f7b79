# SPDX-License-Identifier: Apache-2.0
"""Faults: whatever breaks and comes back, the cluster converges and nothing is lost."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest
import yaml

from harness import eventually, settled
from world import READS, WRITES, config_map, described, service

MANY = 200


def write_many(repo, names, value):
    shutil.rmtree(repo.tree / "many", ignore_errors=True)
    for name in names:
        repo.write(f"many/{name}.yaml", config_map(name, value))


def values(world):
    items = world.cluster.get(world.path_of("configmaps"))["items"]
    return {o["metadata"]["name"]: o["data"]["key"] for o in items
            if o["metadata"]["name"] != "kube-root-ca.crt"}


# --- Git


def test_git_server_down_and_back(world):
    world.repo.write("web/a.yaml", config_map("a"))
    sha = world.repo.commit()
    world.create("web", self_heal=True, prune=True)
    world.start()
    world.wait_synced("web")
    world.git_server.stop()
    message = world.wait_condition("web", "ComparisonError")
    assert world.repo.url in message and "Failed to load target state" in message
    # The last known commit still counts: drift is repaired without Git.
    world.cluster.kubectl("delete", "configmap", "a", "-n", world.namespace)
    eventually(lambda: world.exists("configmaps", "a"))
    assert world.get("web")["status"]["sync"]["revision"] == sha
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.commit()
    world.git_server.start()
    world.wait_synced("web")
    assert world.names("configmaps") == {"a", "b"}


def test_start_without_git(world):
    """A daemon whose repository is away keeps what is deployed, and takes it up later."""
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", self_heal=True, prune=True)
    world.start()
    world.wait_synced("web")
    world.daemon.kill()
    shutil.rmtree(world.daemon.state_dir)
    world.git_server.stop()
    mark = world.cluster.audit_mark()
    world.daemon.start()
    world.wait_condition("web", "ComparisonError")
    assert world.get("web")["status"]["history"], "what was known is kept"
    assert world.writes(mark) == [] and world.exists("configmaps", "a")
    world.git_server.start()
    world.wait_synced("web")
    assert world.writes(mark) == []


@pytest.mark.parametrize("damage", ["deleted", "emptied", "garbled"])
def test_clone_is_only_a_cache(world, damage):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", prune=True)
    world.start()
    world.wait_synced("web")
    mark = world.cluster.audit_mark()
    repos = world.daemon.state_dir / "repos"
    files = [f for f in repos.rglob("*") if f.is_file()]
    assert files, "the clone is in the state directory"
    if damage == "deleted":
        shutil.rmtree(repos)
    for file in files:
        if damage == "emptied":
            file.write_bytes(b"")
        elif damage == "garbled" and (file.suffix in (".pack", ".idx") or "objects" in file.parts):
            file.chmod(0o600)
            file.write_bytes(random.Random(1).randbytes(file.stat().st_size))
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.commit()
    world.wait_synced("web")
    assert world.names("configmaps") == {"a", "b"} and world.deletes(mark) == []


def test_force_push(world):
    world.repo.write("web/a.yaml", config_map("a"))
    base = world.repo.commit()
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.commit()
    world.create("web", prune=True)
    world.start()
    world.wait_synced("web")
    world.repo.reset(base)
    world.repo.write("web/c.yaml", config_map("c"))
    rewritten = world.repo.commit(push=False)
    world.repo.push(force=True)
    world.wait_synced("web", rewritten)
    assert world.names("configmaps") == {"a", "c"}
    world.repo.reset(base)
    world.wait_synced("web", base)
    assert world.names("configmaps") == {"a"}


def test_deleted_branch_keeps_what_is_deployed(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.repo.branch("release")
    world.create("web", revision="release", prune=True, self_heal=True)
    world.start()
    world.wait_synced("web")
    mark = world.cluster.audit_mark()
    world.repo.delete_ref("refs/heads/release")
    assert "release" in world.wait_condition("web", "ComparisonError")
    assert world.writes(mark) == []
    world.repo.git("push", "--quiet", "origin", "release")
    world.wait_synced("web")


# --- the API server


def test_api_server_killed_and_started(fragile_world):
    world = fragile_world
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.commit()
    world.create("web", self_heal=True, prune=True)
    world.start()
    world.wait_synced("web")
    uids = world.uids("configmaps")
    world.cluster.stop()
    world.repo.remove("web/b.yaml")
    world.repo.write("web/c.yaml", config_map("c"))
    world.repo.commit()
    time.sleep(2)
    assert world.daemon.http("GET", "/healthz")[0] == 200
    world.cluster.start()
    world.wait_synced("web")
    assert world.names("configmaps") == {"a", "c"}
    assert world.uids("configmaps")["a"] == uids["a"]
    # The watches work again.
    world.cluster.request("DELETE", world.path_of("configmaps", "a"))
    eventually(lambda: world.exists("configmaps", "a"))


def test_daemon_started_before_the_api_server(fragile_world):
    world = fragile_world
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web")
    world.cluster.stop()
    world.start()
    status, text = world.daemon.http("GET", "/readyz")
    assert status == 503 and "API server" in text
    error = eventually(lambda: world.daemon.events("API server not reached"))[0]
    assert world.cluster.url.partition("//")[2] in error["server"] and error["error"]
    world.cluster.start()
    world.wait_synced("web")
    eventually(lambda: world.daemon.http("GET", "/readyz")[0] == 200)


def test_etcd_killed_in_the_middle_of_a_sync(fragile_world):
    """Requests time out or fail half-way; afterwards all is as declared."""
    world = fragile_world
    names = [f"c{i:03}" for i in range(MANY)]
    write_many(world.repo, names, "1")
    world.repo.commit()
    mark = world.cluster.audit_mark()
    world.create("many", prune=True, self_heal=True,
                 retry={"backoff": {"duration": "500ms", "factor": 1}})
    world.start()
    eventually(lambda: world.daemon.events("applied"), interval=0.005)
    world.cluster.stop("etcd")
    time.sleep(1)
    world.cluster.stop()
    world.cluster.start()
    world.wait_synced("many", timeout=60)
    assert values(world) == {name: "1" for name in names}
    assert world.deletes(mark) == []


def test_rotated_token_file(fragile_world, tmp_path):
    """As the token of a pod: the file changes, and the daemon goes on without a restart."""
    world = fragile_world
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", self_heal=True, retry={"backoff": {"duration": "500ms", "factor": 1}})
    config = yaml.safe_load(world.cluster.gitopsd_kubeconfig.read_text())
    token_file = tmp_path / "token"
    token_file.write_text(config["users"][0]["user"].pop("token"))
    config["users"][0]["user"]["tokenFile"] = str(token_file)
    kubeconfig = tmp_path / "with-token-file.kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    world.start(kubeconfig=kubeconfig)
    world.wait_synced("web")
    token = world.cluster.rotate_token("gitopsd")
    world.repo.write("web/b.yaml", config_map("b"))
    sha = world.repo.commit()
    # Refused meanwhile: nothing happens, and the daemon says why.
    eventually(lambda: [e for e in world.daemon.events() if "Unauthorized" in e.get("error", "")])
    token_file.write_text(token)
    world.wait_synced("web", sha)
    world.cluster.request("DELETE", world.path_of("configmaps", "a"))
    eventually(lambda: world.exists("configmaps", "a"))
    assert token not in world.daemon.log()


def test_rotated_token_in_the_kubeconfig(fragile_world):
    """As with kubectl, a token inside of the kubeconfig is read when the program starts."""
    world = fragile_world
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", self_heal=True)
    world.start()
    world.wait_synced("web")
    token = world.cluster.rotate_token("gitopsd")
    world.cluster.request("DELETE", world.path_of("configmaps", "a"))
    world.repo.write("web/b.yaml", config_map("b"))
    sha = world.repo.commit()
    eventually(lambda: [e for e in world.daemon.events() if "Unauthorized" in e.get("error", "")])
    assert world.daemon.http("GET", "/healthz")[0] == 200
    world.daemon.stop()
    world.daemon.start()
    world.wait_synced("web", sha)
    assert world.names("configmaps") == {"a", "b"} and token not in world.daemon.log()


# --- the daemon itself


class Kills:
    """An application of 200 objects that changes with every commit: 20 come, 20 go. Beside them
    live objects of nobody and of another application, which must stay what they are."""

    def __init__(self, world):
        self.world, self.round = world, 0
        world.cluster.apply(config_map("by-hand"), "-n", world.namespace)
        world.repo.write("other/other.yaml", config_map("other"))
        self.allowed: set[str] = set()
        self.commit()
        retry = {"backoff": {"duration": "500ms", "factor": 1}}
        world.create("many", prune=True, self_heal=True, retry=retry)
        world.create("other", prune=True, self_heal=True)
        self.mark = world.cluster.audit_mark()

    def names(self):
        first = self.round * 20
        return {f"c{i:04}" for i in range(first, first + MANY)}

    def commit(self):
        before = self.names()
        self.round += 1
        if self.round > 1:
            self.allowed |= before - self.names()
        write_many(self.world.repo, self.names(), str(self.round))
        return self.world.repo.commit(f"round {self.round}")

    def interrupt_sync(self, seed):
        """Return at a random moment of the sync of a new commit."""
        mark = self.world.daemon.log_mark()
        self.commit()
        eventually(lambda: self.world.daemon.events("applied", mark), interval=0.002)
        time.sleep(random.Random(seed).uniform(0, 0.4))

    def check(self):
        world = self.world
        world.wait_synced("many", timeout=60)
        world.wait_synced("other", timeout=60)
        expected = {name: str(self.round) for name in self.names()}
        assert values(world) == {**expected, "by-hand": "1", "other": "1"}
        deleted = {d.rpartition("/")[2] for d in world.deletes(self.mark)}
        assert deleted <= self.allowed
        kinds = {w.split()[1] for w in world.writes(self.mark)}
        assert kinds == {"configmaps"}


def test_killed_in_the_middle_of_a_sync(world):
    kills = Kills(world)
    world.start()
    kills.check()
    other = world.uids("configmaps")["other"]
    for seed in range(4):
        kills.interrupt_sync(seed)
        world.daemon.kill()
        world.daemon.start()
        if seed % 2:
            kills.check()  # else the next kill meets a daemon that has not converged
    kills.check()
    assert world.uids("configmaps")["other"] == other
    assert world.get("many")["status"]["history"][-1]["revision"] == world.repo.head()


def children(world):
    pid = world.daemon.process.pid
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def test_killed_daemon_leaves_no_child(world):
    """Not even one that waits for a Git server."""
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web")
    world.git_server.delay_s = 20
    world.start()
    pids = eventually(lambda: children(world))
    world.daemon.kill()
    eventually(lambda: not any(Path(f"/proc/{child}").exists() for child in pids), 10)
    world.git_server.delay_s = 0


def test_killed_daemon_leaves_no_core(world):
    """Its memory holds the secrets of the cluster and of Git."""
    world.start(under=["prlimit", "--core=unlimited:unlimited"],
                env={"ASAN_OPTIONS": "disable_coredump=0"})
    process = world.daemon.process
    process.send_signal(signal.SIGQUIT)

    def ended():
        pid, status = os.waitpid(process.pid, os.WNOHANG)
        assert pid
        return pid, status
    _, status = eventually(ended)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == -signal.SIGQUIT and not os.WCOREDUMP(status)


def test_stopped_while_git_is_asked(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web")
    world.git_server.delay_s = 120
    world.start()
    eventually(lambda: children(world))
    started = time.monotonic()
    world.daemon.stop()
    assert time.monotonic() - started < 60
    world.git_server.delay_s = 0


def test_stopped_in_the_middle_of_a_sync(world):
    kills = Kills(world)
    world.start()
    for seed in range(3):
        kills.interrupt_sync(seed)
        world.daemon.stop()
        world.daemon.start()
    kills.check()


@pytest.mark.parametrize("mode", ["cluster", "files"])
def test_pruned_after_the_daemon_was_down(world, mode):
    """What left Git while nobody watched is pruned, be it the last object of its kind."""
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.write("web/b.yaml", config_map("b") + "---\n" + service("web"))
    world.repo.commit()
    if mode == "cluster":
        world.create("web", prune=True)
        world.start()
    else:
        world.start_with_files({"web.yaml": world.app_text("web", "web", prune=True)})
    world.wait_synced("web")
    world.cluster.apply(service("by-hand"), "-n", world.namespace)
    world.daemon.stop()
    world.repo.remove("web/b.yaml")
    world.repo.commit()
    world.daemon.start()
    eventually(lambda: world.names("configmaps") == {"a"})
    eventually(lambda: world.names("services") == {"by-hand"})
    world.wait_synced("web")


def test_steady_state_asks_for_nothing(world):
    for i in range(5):
        world.repo.write(f"app{i}/all.yaml", config_map(f"c{i}") + "---\n" + service(f"s{i}"))
    world.repo.commit()
    for i in range(5):
        world.create(f"app{i}", self_heal=True, prune=True)
    world.start()
    for i in range(5):
        world.wait_synced(f"app{i}")
    # The last of what comes at the start are readings of what the cluster publishes, 8 s apart.
    settled(lambda: world.daemon.metric("gitopsd_api_requests_total"), 13, timeout=120)
    mark = world.cluster.audit_mark()
    polls = world.git_server.count("info/refs")
    cpu = world.daemon.cpu_seconds()
    eventually(lambda: world.git_server.count("info/refs") >= polls + 20)
    assert world.daemon.cpu_seconds() - cpu < 2
    assert described(world.cluster, mark, [*WRITES, *READS], True) == []
