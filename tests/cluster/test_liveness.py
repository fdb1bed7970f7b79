# SPDX-License-Identifier: Apache-2.0
"""A stage that does not get on, in the real daemon: one of its threads is stopped from outside. The
loop that stands as a whole is in test_service.py, each stage by itself in daemon/progress_test.c."""

from __future__ import annotations

import contextlib
import signal
import socket
import time

import pytest

from harness import eventually
from lying_proxy import LyingProxy
from one_thread import OPENAT, Thread, first_before, threads
from service_manager import Manager
from world import config_map, service

STUCK = "a stage is stuck; only a new process helps"


@pytest.fixture
def manager(tmp_path):
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.close()


@contextlib.contextmanager
def stuck_render(world, app):
    """The thread that renders a new commit of APP, stopped in the middle of it."""
    with contextlib.ExitStack() as held:
        workers = [held.enter_context(Thread(tid))
                   for tid in threads(world.daemon.process.pid, "worker-")]
        assert len(workers) == 2
        world.repo.write(f"{app}/a.yaml", config_map(app, "new"))
        world.repo.commit()
        stuck = first_before(workers, OPENAT)  # an idle worker opens nothing
        for worker in workers:
            if worker is not stuck:
                worker.go_on()
        yield stuck


def is_stuck(daemon):
    status, text = daemon.http("GET", "/healthz")
    return status == 503 and text.startswith("render: nothing has ended for ")


def test_a_stage_that_is_stuck_is_told_until_it_gets_on(world, manager):
    other = world.git_server.create("other")
    for app, repo in (("web", world.repo), ("other", other)):
        repo.write(f"{app}/a.yaml", config_map(app))
        repo.commit()
        world.create(app, repo=repo)
    daemon = world.start(args=["--stall-timeout", "5s"],
                         env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000"})
    world.wait_synced("web")
    world.wait_synced("other", revision=other.head())
    manager.next("WATCHDOG=1")
    # On a busy machine another stage may be told for a moment.
    eventually(lambda: daemon.http("GET", "/healthz") == (200, "ok\n"))
    with stuck_render(world, "web"):
        eventually(lambda: is_stuck(daemon))
        assert daemon.http("GET", "/readyz") == (200, "ok\n")
        assert daemon.metric("gitopsd_stage_stuck", stage="render") == 1
        eventually(lambda: daemon.metric("gitopsd_stage_stuck") == 1)
        eventually(lambda: manager.is_quiet(1))  # five of them are due
        # The other worker goes on, which does not make up for it.
        other.write("other/a.yaml", config_map("other", "new"))
        world.wait_synced("other", revision=other.commit())
        eventually(lambda: is_stuck(daemon))
        told = [e for e in daemon.events(STUCK) if e["stage"] == "render"]
        assert len(told) == 1 and int(told[0]["seconds"]) >= 5
        assert told[0]["level"] == "error"
    eventually(lambda: daemon.http("GET", "/healthz") == (200, "ok\n"))
    assert daemon.metric("gitopsd_stage_stuck", stage="render") == 0
    assert [e for e in daemon.events("the stage gets on again") if e["stage"] == "render"]
    manager.next("WATCHDOG=1")
    world.wait_synced("web")


def test_a_stop_does_not_wait_for_what_is_stuck(world):
    lease = "/apis/coordination.k8s.io/v1/namespaces/argocd/leases/" + world.name("stuck")
    world.repo.write("web/a.yaml", config_map("web"))
    world.repo.commit()
    world.create("web")
    daemon = world.start(args=["--leader-elect", "on", "--lease-name", world.name("stuck")])
    world.wait_synced("web")
    assert world.cluster.get(lease)["spec"]["holderIdentity"]
    with stuck_render(world, "web") as stuck:
        daemon.process.send_signal(signal.SIGTERM)
        # All others end in order meanwhile.
        eventually(lambda: not world.cluster.get(lease)["spec"].get("holderIdentity"))
        eventually(stuck.has_ended)
    assert daemon.process.wait(60) == 1
    told = daemon.events("not stopped in time; the process is ended")
    assert [e["waits_for"] for e in told] == ["a worker thread"]
    daemon.start()
    world.wait_synced("web")


def test_a_git_server_that_is_silent_is_no_stuck_stage(world):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)  # the kernel takes the connections, and nobody answers
        world.create("web", repo=f"http://127.0.0.1:{silent.getsockname()[1]}/web.git")
        daemon = world.start(args=["--stall-timeout", "5s", "--git-timeout", "500ms"])
        begin = time.monotonic()
        eventually(lambda: daemon.metric("gitopsd_git_failures_total") >= 4 and
                   time.monotonic() - begin > 5 + 4 * .5 + 2)  # and two looks
        eventually(lambda: daemon.http("GET", "/healthz") == (200, "ok\n"))
        assert not [e for e in daemon.events(STUCK) if e["stage"] == "source"]


def test_it_is_ready_when_all_that_it_owns_was_listed(world, tmp_path):
    world.repo.write("web/a.yaml", service("web"))
    world.repo.commit()
    world.create("web")
    world.start()
    world.wait_synced("web")
    world.daemon.stop()
    proxy = LyingProxy(world.cluster, tmp_path, lies_about="/api/v1/services")
    proxy.faults = {"hold"}
    daemon = world.start(kubeconfig=proxy.kubeconfig)
    eventually(lambda: daemon.http("GET", "/readyz") ==
               (503, "waiting for the first list of Service\n"))
    assert daemon.http("GET", "/healthz") == (200, "ok\n")
    proxy.faults = set()
    eventually(lambda: daemon.http("GET", "/readyz") == (200, "ok\n"), 90)
    world.wait_synced("web")
    daemon.stop()
    proxy.close()
