# SPDX-License-Identifier: Apache-2.0
"""What gitopsd tells systemd, over a real socket, and what SIGHUP and --check-config do."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time

import pytest

from harness import eventually, gitopsd_program
from service_manager import Manager
from world import config_map


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    address = (str(tmp_path / "notify") if request.param == "path"
               else f"\0gitopsd-test-{os.getpid()}-{time.monotonic_ns()}".encode())
    made = Manager(address)
    yield made
    made.close()


def test_systemd_is_told_from_start_to_stop(world, manager):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web")
    daemon = world.start(env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000"})
    assert manager.next("READY=1") == "READY=1"
    world.wait_synced("web")
    manager.next("STATUS=acting: 1 applications, 1 of them synced, 0 operations run")
    manager.next("WATCHDOG=1")
    before = time.monotonic_ns() // 1000
    daemon.process.send_signal(signal.SIGHUP)
    at = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", manager.next("RELOADING=1"))
    assert before <= int(at[1]) <= time.monotonic_ns() // 1000
    manager.next("READY=1")
    daemon.stop()
    assert manager.next("STOPPING=1") == "STOPPING=1\nSTATUS=stopping"


def test_a_loop_that_stands_starves_the_watchdog(world, manager):
    daemon = world.start(env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "200000"})
    manager.next("WATCHDOG=1")
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        eventually(lambda: "\nState:\tT" in open(f"/proc/{daemon.process.pid}/status").read())
        eventually(lambda: manager.is_quiet(1))  # ten of them are due
    finally:
        daemon.process.send_signal(signal.SIGCONT)
    manager.next("WATCHDOG=1")


def test_an_api_server_that_is_away_is_no_failed_start(start_daemon, tmp_path):
    manager = Manager(str(tmp_path / "notify"))
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text("""
apiVersion: v1
kind: Config
current-context: away
contexts: [{name: away, context: {cluster: away, user: nobody}}]
clusters: [{name: away, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: nobody, user: {}}]
""")
    daemon = start_daemon(None, kubeconfig=kubeconfig, env={"NOTIFY_SOCKET": manager.name})
    manager.next("READY=1")
    manager.next("STATUS=waiting for the API server https://127.0.0.1:1")
    assert daemon.http("GET", "/readyz") == (503, "waiting for the API server\n")
    assert daemon.http("GET", "/healthz") == (200, "ok\n")
    manager.close()


# --- configuration


def run_gitopsd(*args, env={}):
    return subprocess.run([gitopsd_program(), *map(str, args)], text=True, capture_output=True,
                          timeout=60, env={**os.environ, **env})


def test_check_config(tmp_path):
    file = tmp_path / "gitopsd.yaml"
    file.write_text("poll-interval: 3s\nlog-level: debug\n")
    result = run_gitopsd("--config", file, "--check-config", "--log-level", "warn",
                         env={"GITOPSD_CLUSTER_NAME": "prod"})
    assert result.returncode == 0, result.stderr
    assert f"poll-interval: 3s # {file}:1\n" in result.stdout
    assert "log-level: warn # --log-level\n" in result.stdout
    assert "cluster-name: prod # GITOPSD_CLUSTER_NAME\n" in result.stdout
    file.write_text("poll-intervall: 3s\n")
    result = run_gitopsd("--config", file, "--check-config")
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr == (f'gitopsd: {file}:1: unknown setting "poll-intervall"; '
                             "did you mean poll-interval?\n")


def test_reload(world, tmp_path):
    file = tmp_path / "gitopsd.yaml"
    file.write_text("prune-limit: 1\nlog-level: info\ncluster-name: here\n")
    daemon = world.start(args=["--config", file])
    file.write_text("prune-limit: 2\nlog-level: debug\ncluster-name: there\n")
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: [e for e in daemon.events("configuration reloaded")
                        if e["changed"] == "prune-limit, log-level"])
    eventually(lambda: [e for e in daemon.events()
                        if e["msg"].endswith("need a restart stay as they were")
                        and e["settings"] == "cluster-name"])
    file.write_text("prune-limit: many\n")
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: [e for e in daemon.events("configuration not reloaded; the former one stays")
                        if f"{file}:1: prune-limit many: must be a number" in e["error"]])
    assert daemon.http("GET", "/healthz")[0] == 200
