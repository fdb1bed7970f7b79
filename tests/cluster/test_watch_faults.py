# SPDX-License-Identifier: Apache-2.0
"""A server that lies in its watches and lists: the picture converges, nothing that Git wants is
deleted because of a lie, and no write is repeated for ever."""

import random
import time

import pytest

from harness import eventually, seeds, settled
from lying_proxy import FAULTS, LyingProxy
from world import config_map

OBJECTS = 20
RELIST_MS = 2000


@pytest.fixture
def lied_to(world, tmp_path):
    """A world whose daemon sees the cluster through a proxy; 20 objects are in sync."""
    names = [f"c{i:02}" for i in range(OBJECTS)]
    for name in names:
        world.repo.write(f"web/{name}.yaml", config_map(name))
    world.repo.commit()
    world.proxy = LyingProxy(world.cluster, tmp_path)
    world.objects = names
    world.create("web", self_heal=True, prune=True)
    world.start(kubeconfig=world.proxy.kubeconfig,
                env={"GITOPSD_TEST_RELIST_MS": str(RELIST_MS)})
    world.wait_synced("web")
    yield world
    world.proxy.faults.clear()
    world.daemon.stop()
    world.proxy.close()


def values(world):
    items = world.cluster.get(world.path_of("configmaps"))["items"]
    return {o["metadata"]["name"]: o.get("data", {}).get("key") for o in items
            if o["metadata"]["name"] != "kube-root-ca.crt"}


def edit_behind_its_back(world, rng):
    """Edits and deletions by somebody else."""
    for name in rng.sample(world.objects, 5):
        path = world.path_of("configmaps", name)
        if rng.random() < 0.4:
            if world.cluster.exists(path):
                world.cluster.request("DELETE", path)
        elif world.cluster.exists(path):
            world.cluster.merge_patch(path, {"data": {"key": f"edit-{rng.random()}"}})
        time.sleep(0.05)


def assert_converges(world, timeout=60):
    expected = {name: "1" for name in world.objects}

    def check():
        assert values(world) == expected
    eventually(check, timeout)
    world.wait_synced("web", timeout=timeout)
    wanted = {world.path_of("configmaps", name) for name in world.objects}
    assert not wanted & set(world.proxy.deletes), "pruned because of a lie"
    # It does not write on for ever.
    settled(lambda: sum(n for path, n in world.proxy.writes.items() if "/configmaps/" in path),
            3 * RELIST_MS / 1000)


@pytest.mark.parametrize("fault", FAULTS)
def test_converges_in_spite_of(lied_to, fault):
    """The fault lasts while the objects are edited and for a while after; then the edits must be
    undone. Where lists are honest and watches last, they are undone while the fault goes on."""
    world, rng = lied_to, random.Random(fault)
    world.proxy.faults = {fault}
    for _ in range(3):
        edit_behind_its_back(world, rng)
        time.sleep(0.5)
    if fault in ("stall", "drop", "duplicate", "replay", "reorder", "delay"):
        assert_converges(world)
    time.sleep(1)
    world.proxy.faults = set()
    assert_converges(world)
    if fault not in ("cut", "truncate", "expired", "busy", "error", "old-list", "delay"):
        assert world.proxy.told[fault] > 0


@pytest.mark.parametrize("seed", seeds(1, 2))
def test_converges_after_a_random_schedule(lied_to, seed):
    print(f"seed {seed}")
    world, rng = lied_to, random.Random(seed)
    for _ in range(8):
        world.proxy.faults = set(rng.sample(FAULTS, rng.randint(0, 3)))
        print(sorted(world.proxy.faults))
        edit_behind_its_back(world, rng)
        time.sleep(rng.uniform(0, 1.5))
    world.proxy.faults = set()
    assert_converges(world, 60)
