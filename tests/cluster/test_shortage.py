# SPDX-License-Identifier: Apache-2.0
"""A machine that lacks something: space, inodes, a disk that can be written, open files. What is
deployed stays, drift is repaired, the message is one and names the remedy, and it all goes on by
itself afterwards."""

import os
import resource
import subprocess
from pathlib import Path

import pytest

from harness import eventually
from world import config_map

# What becomes of the state directory: how, and how it is undone; what is told of it.
SHORTAGES = {
    "full": ("cat /dev/zero > fill", "rm -f fill", "No space left on device"),
    "out of inodes": ("i=0; while touch fill$i; do i=$((i + 1)); done", "rm -f fill*",
                      "No space left on device"),
    "read-only": ("mount -o remount,ro .", "mount -o remount,rw .", "Read-only file system"),
}

# Puts a file system of its own where the state directory is, in a namespace of its own, and starts
# the daemon there. As long as the file "short" exists, the shortage lasts; "is-short" says so.
BESIDE = """
mount -t tmpfs -o size=4m,nr_inodes=150 tmpfs "$STATE" || exit 1
beside() {
    cd "$STATE"
    while kill -0 $$; do
        if [ -e "$FLAGS/short" ] && [ ! -e "$FLAGS/is-short" ]; then
            eval "$SHORTAGE"
            : > "$FLAGS/is-short"
        elif [ ! -e "$FLAGS/short" ] && [ -e "$FLAGS/is-short" ]; then
            eval "$REMEDY"
            rm "$FLAGS/is-short"
        fi
        sleep 0.05
    done
}
beside 2>/dev/null </dev/null >/dev/null &
exec "$@"
"""
NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]


@pytest.fixture
def web(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", self_heal=True, prune=True)
    return world


def polls(world):
    return world.git_server.count("info/refs")


def is_quiet(world):
    """The same failure again is no news, neither in the log nor for the Application."""
    log, mark, count = world.daemon.log_mark(), world.cluster.audit_mark(), polls(world)
    eventually(lambda: polls(world) > count + 4)
    return (world.daemon.events("source failed", log) == []
            and world.writes(mark, status=True) == [])


def assert_drift_is_repaired(world):
    uid = world.uids("configmaps")["a"]
    world.cluster.request("DELETE", world.path_of("configmaps", "a"))
    eventually(lambda: world.uids("configmaps").get("a", uid) != uid)


@pytest.mark.parametrize("shortage", SHORTAGES)
def test_state_directory(web, tmp_path, shortage):
    if subprocess.run([*NAMESPACE, "mount -t tmpfs tmpfs /mnt"], capture_output=True).returncode:
        pytest.skip("this machine allows no mounts in a namespace of one's own")
    how, remedy, told = SHORTAGES[shortage]
    flags = tmp_path / "flags"
    flags.mkdir()
    state = tmp_path / "daemon-1" / "state"
    state.mkdir(parents=True)
    web.start(under=[*NAMESPACE, BESIDE, "sh"], env={
        "STATE": str(state), "FLAGS": str(flags), "SHORTAGE": how, "REMEDY": remedy})
    web.wait_synced("web")
    (flags / "short").touch()
    eventually((flags / "is-short").exists)
    web.repo.write("web/b.yaml", config_map("b") + "# " + os.urandom(20000).hex())
    web.repo.commit()
    message = web.wait_condition("web", "ComparisonError")
    assert told in message and "--state-dir" in message
    assert_drift_is_repaired(web)
    eventually(lambda: is_quiet(web))
    (flags / "short").unlink()
    web.wait_synced("web")
    assert web.names("configmaps") == {"a", "b"}


def test_open_files(web):
    web.start()
    web.wait_synced("web")
    pid = web.daemon.process.pid
    # The Git helper that waits for its next question must not be the one that answers.
    child = eventually(lambda: Path(f"/proc/{pid}/task/{pid}/children").read_text().split())[0]
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
    os.kill(int(child), 9)
    web.repo.write("web/b.yaml", config_map("b"))
    web.repo.commit()
    eventually(lambda: [e for e in web.daemon.events("source failed")
                        if "too many open files" in e["error"] and "LimitNOFILE" in e["error"]])
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    web.wait_synced("web")
    assert web.names("configmaps") == {"a", "b"}
