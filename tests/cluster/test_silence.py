# SPDX-License-Identifier: Apache-2.0
"""An API server, or what is before it, that accepts connections and then is silent, for longer than
all limits of the daemon, which are a fifteenth here; or that refuses everything."""

import time

import pytest

from harness import eventually
from lying_proxy import OUTAGES, SILENCES, LyingProxy
from world import config_map

HASTE = 15


@pytest.fixture
def silenced(world, tmp_path):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.proxy = LyingProxy(world.cluster, tmp_path)
    world.create("web", self_heal=True, prune=True,
                 retry={"limit": -1, "backoff": {"duration": "500ms", "factor": 1}})
    yield world
    world.proxy.faults.clear()
    try:
        if world.daemon and world.daemon.is_running():
            world.daemon.stop()
    finally:
        world.proxy.close()


def start(world, **options):
    world.start(kubeconfig=world.proxy.kubeconfig, env={"GITOPSD_TEST_HASTE": str(HASTE)},
                **options)


def edit(world, value):
    world.cluster.merge_patch(world.path_of("configmaps", "a"), {"data": {"key": value}})


@pytest.mark.parametrize("silence", SILENCES)
def test_every_wait_ends_and_is_told(silenced, silence):
    """Writes, lists and watches are given up and tried again, and the daemon itself answers."""
    world = silenced
    start(world)
    world.wait_synced("web")
    watches = world.proxy.watches
    mark = world.daemon.log_mark()
    world.proxy.faults = {silence}
    edit(world, "by hand")  # something comes through each watch, or does not
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.commit()
    # A write, by the limit of a call; and each watch, by that of a silent one.
    eventually(lambda: [e for e in world.daemon.events("apply failed", mark)
                        if "timed out" in e["error"]], 60)
    eventually(lambda: world.proxy.watches > watches, 60)
    assert world.daemon.http("GET", "/healthz")[0] == 200
    world.proxy.faults = set()
    world.wait_synced("web", timeout=60)
    assert world.names("configmaps") == {"a", "b"}
    eventually(lambda: world.object("configmaps", "a")["data"] == {"key": "1"})
    assert world.proxy.deletes == []


def test_a_start_in_the_silence(silenced):
    world = silenced
    world.proxy.faults = {"mute"}
    start(world)
    error = eventually(lambda: world.daemon.events("API server not reached"), 60)[0]
    assert error["server"] in world.proxy.kubeconfig.read_text() and error["error"]
    assert world.daemon.http("GET", "/readyz")[0] == 503
    world.proxy.faults = set()
    world.wait_synced("web", timeout=60)
    assert world.daemon.http("GET", "/readyz")[0] == 200


@pytest.mark.parametrize("outage", ["forbid", "no-space"])
def test_a_server_that_refuses_everything(silenced, outage):
    """Rights that were taken away, a disk of etcd that is full: also for one that is started
    meanwhile. Nothing is pruned for it, and nobody is asked without a pause."""
    world, proxy = silenced, silenced.proxy
    start(world)
    world.wait_synced("web")
    uid = world.uids("configmaps")["a"]
    mark = world.daemon.log_mark()
    proxy.faults = {outage}
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.commit()
    error = eventually(lambda: world.daemon.events("apply failed", mark))[0]["error"]
    assert OUTAGES[outage][2] in error
    world.daemon.kill()
    world.daemon.start()
    before, since = proxy.told[outage], time.monotonic()
    eventually(lambda: proxy.told[outage] > before + 10)
    assert proxy.told[outage] - before < 50 * (1 + time.monotonic() - since)
    proxy.faults = set()
    world.wait_synced("web", timeout=60)
    assert world.uids("configmaps")["a"] == uid and world.exists("configmaps", "b")
    assert proxy.deletes == []
