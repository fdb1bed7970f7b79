# SPDX-License-Identifier: Apache-2.0
"""Faults on demand: what a rule says happens, as often as it says, and gitopsd gets over it."""

import http.client
import json
import time

import pytest

from control_plane import ApiError
from harness import eventually
from world import config_map

MAPS = "/api/v1/namespaces/default/configmaps"


def create(sandbox, name, **data):
    return sandbox.request("POST", MAPS, {"metadata": {"name": name}, "data": data})


class Watch:
    """A raw watch; next() is its next event, None its end."""

    def __init__(self, sandbox, path):
        self.connection = sandbox.connect()
        self.connection.request("GET", path,
                                headers={"Authorization": f"Bearer {sandbox.token()}"})
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.read()

    def next(self):
        line = self.response.readline()
        return json.loads(line) if line else None

    def name(self):
        event = self.next()
        return event["type"], event["object"]["metadata"].get("name")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.connection.close()


@pytest.fixture
def watch(sandbox):
    version = sandbox.get(MAPS)["metadata"]["resourceVersion"]
    with Watch(sandbox, f"{MAPS}?watch=true&resourceVersion={version}") as watch:
        yield watch


# --- of requests


def test_errors_by_rule(sandbox):
    sandbox.set_faults({"method": "POST", "path": "/api/v1/**", "status": 503,
                        "reason": "ServiceUnavailable", "message": "not today", "retryAfter": 2,
                        "skip": 1, "count": 2})
    create(sandbox, "a")
    for _ in range(2):
        with pytest.raises(ApiError, match="not today") as refused:
            create(sandbox, "b")
        assert refused.value.code == 503
        assert refused.value.body["details"]["retryAfterSeconds"] == 2
    create(sandbox, "b")
    assert sandbox.struck() == [2]
    assert len(sandbox.get(MAPS)["items"]) == 2


def test_latency_and_probability(sandbox):
    sandbox.set_faults({"path": "/version", "latencyMs": 300})
    start = time.monotonic()
    sandbox.get("/version")
    assert time.monotonic() - start >= 0.29, "timers count whole milliseconds"
    sandbox.set_faults({"path": "/version", "status": 500, "probability": 0},
                       {"path": "/readyz", "status": 500, "probability": 1})
    sandbox.get("/version")
    with pytest.raises(ApiError):
        sandbox.get("/readyz")


def test_a_connection_that_breaks(sandbox):
    sandbox.set_faults({"method": "POST", "drop": True, "count": 1})
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        create(sandbox, "a")
    create(sandbox, "a")


def test_rules_that_make_no_sense_are_refused(sandbox):
    for rule, why in (({"status": 500, "often": 1}, "unknown key"), ({"path": "/x"}, "does nothing"),
                      ({"events": "pods", "event": "lie"}, "event must be")):
        with pytest.raises(ApiError, match=why):
            sandbox.set_faults(rule)
    with pytest.raises(ApiError, match="the sandbox knows"):
        sandbox.request("POST", "/sandbox/nothing")


# --- of watches


def test_events_dropped_doubled_and_repeated(sandbox, watch):
    sandbox.set_faults({"events": "configmaps", "event": "drop", "count": 1},
                       {"events": "configmaps", "event": "twice", "skip": 1, "count": 1},
                       {"events": "configmaps", "event": "replay", "skip": 1, "count": 1})
    for name in ("a", "b", "c", "d"):
        create(sandbox, name)
        time.sleep(0.01)
    seen = [watch.name() for _ in range(5)]
    assert ("ADDED", "a") not in seen, "it was to be lost"
    assert sandbox.struck() == [1, 1, 1]
    assert len(seen) > len(set(seen)) or ("MODIFIED", "b") in seen


def test_watches_that_end(sandbox):
    with Watch(sandbox, f"{MAPS}?watch=true") as watch:
        assert sandbox.end_watches("close", "configmaps") == 1
        assert watch.response.read() == b""
    with Watch(sandbox, f"{MAPS}?watch=true") as watch:
        assert sandbox.end_watches("break", "configmaps") == 1
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            watch.response.read()


def test_a_version_that_is_too_old(sandbox, watch):
    assert sandbox.end_watches("expire") == 1
    event = watch.next()
    assert event["type"] == "ERROR" and event["object"]["code"] == 410
    assert watch.next() is None

    old = sandbox.get(MAPS)["metadata"]["resourceVersion"]
    create(sandbox, "a")
    sandbox.compact()
    with Watch(sandbox, f"{MAPS}?watch=true&resourceVersion={old}") as late:
        assert late.next()["object"]["reason"] == "Expired"


# --- and gitopsd


@pytest.mark.parametrize("rules", [
    [{"method": "PATCH", "status": 500, "count": 2},
     {"method": "GET", "path": "/apis/**", "status": 429, "retryAfter": 1, "count": 2}],
    [{"method": "PATCH", "drop": True, "count": 2}, {"path": "/api/v1/**", "latencyMs": 100}],
    [{"events": "configmaps", "event": "drop", "count": 3}, {"events": "*", "event": "twice"}],
    [{"events": "configmaps", "event": "close", "count": 2},
     {"events": "*", "event": "replay", "probability": 0.5}],
    [{"events": "configmaps", "event": "expire", "count": 2}],
], ids=["refused", "slow-and-broken", "lost-and-twice", "closed-and-replayed", "expired"])
def test_gitopsd_gets_over(world, rules):
    """Five objects are synced, changed and healed while it goes on."""
    for i in range(5):
        world.repo.write(f"app/{i}.yaml", config_map(f"c{i}"))
    world.repo.commit()
    world.cluster.set_faults(*rules)
    world.create("app", automated=True, prune=True, self_heal=True)
    world.start(env={"GITOPSD_TEST_RELIST_MS": "2000"})
    world.wait_synced("app", timeout=60)

    world.repo.write("app/0.yaml", config_map("c0", "2"))
    world.repo.remove("app/4.yaml")
    world.wait_synced("app", world.repo.commit(), timeout=60)
    eventually(lambda: world.names("configmaps") == {"c0", "c1", "c2", "c3"}, 60)
    world.cluster.merge_patch(world.path_of("configmaps", "c1"), {"data": {"key": "edited"}})
    eventually(lambda: world.object("configmaps", "c1")["data"]["key"] == "1", 60)
    world.cluster.set_faults()
    world.wait_synced("app", timeout=60)
