# SPDX-License-Identifier: Apache-2.0
"""gitopsctl on the sandbox: each verb that looks, with controllers that make Pods, and faults that
a real API server has on bad days only."""

import re

import pytest

from ctl import ctl, ctl_in_terminal, rows
from harness import eventually
from world import config_map, deployment, service

TREE = [("ConfigMap shop/a", "Synced", "-"),
        ("Service shop/web", "Synced", "Healthy"),
        ("Deployment.apps shop/web", "Synced", "Healthy"),
        ("└─ ReplicaSet.apps web-*", "-", "Healthy"),
        ("   ├─ Pod web-*", "-", "Healthy"),
        ("   └─ Pod web-*", "-", "Healthy")]


@pytest.fixture
def shop(world):
    """A healthy application; the daemon goes on."""
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/web.yaml", deployment("web", replicas=2))
    world.repo.write("app/service.yaml", service("web"))
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app")
    eventually(lambda: world.get("app")["status"]["health"]["status"] == "Healthy")
    return world.name("app")


def drawn(text):
    """Names of the tree without what controllers make up, and without Endpoints."""
    table = [row for row in rows(text)[1:] if "Endpoint" not in row[0]]
    return [(re.sub(r"web-\w+(-\w+)?$", "web-*", row[0]), *row[1:3]) for row in table]


def test_verbs_that_look(world, shop):
    config, sha = world.cluster.kubeconfig, world.repo.head()
    assert rows(ctl(config, "get").out)[1][:5] == [shop, "Synced", "Healthy", sha[:8], "web:1.0"]
    text = ctl(config, "describe", shop).out
    assert f"\nSync         Synced at {sha}, compared " in text
    assert "\nObjects: 3, all in sync and healthy\n" in text
    eventually(lambda: drawn(ctl(config, "tree", shop).out) == TREE)
    assert rows(ctl(config, "history", shop).out)[1][4] == sha
    eventually(lambda: "OperationCompleted" in ctl(config, "events", shop).out)


def test_the_container_that_cannot_start_is_named(world):
    """In the tree, and in the Events of its Pod."""
    world.repo.write("app/web.yaml", deployment("web", image="registry.example.com/web:missing"))
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app")

    def told():
        pod = rows(ctl(world.cluster.kubeconfig, "tree", world.name("app")).out)[-1]
        assert pod[0].startswith("   └─ Pod web-") and pod[2] == "Degraded", pod
        assert pod[4].startswith('container "web": ImagePullBackOff'), pod
        assert 'Back-off pulling image "registry.example.com/web:missing"' in \
            ctl(world.cluster.kubeconfig, "events", world.name("app")).out
    eventually(told)


def test_what_nobody_serves(world):
    """No daemon runs: there is no status, and a diff needs none."""
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.commit()
    name = world.create("app")["metadata"]["name"]
    config = world.cluster.kubeconfig
    assert rows(ctl(config, "get").out)[1][:5] == [name, "-", "-", "-", "-"]
    assert "none yet: no gitopsd serves it" in ctl(config, "describe", name).out
    told = ctl(config, "tree", name)
    assert (told.code, told.out) == (0, "") and "has no objects yet" in told.err
    assert "has not been deployed yet" in ctl(config, "history", name).err
    assert ctl(config, "events", name).code == 0
    outcome = ctl(config, "diff", name)
    assert outcome.code == 1 and "+++ b/ConfigMap/shop/a\n" in outcome.out


def test_diff(world, shop):
    config = world.cluster.kubeconfig
    same = ctl(config, "diff", shop)
    assert (same.code, same.out) == (0, ""), same
    world.daemon.stop()
    world.repo.write("app/web.yaml", deployment("web", replicas=3))
    world.repo.remove("app/a.yaml")
    world.repo.commit()
    outcome = ctl(config, "diff", shop)
    assert outcome.code == 1 and outcome.err == "0 added, 1 changed, 1 removed, 1 the same\n"
    assert "\n-  replicas: 2\n+  replicas: 3\n" in outcome.out


def test_a_kind_that_may_not_be_listed_is_named(world, shop):
    world.cluster.set_faults({"method": "GET", "path": "/api/v1/namespaces/shop/pods",
                              "status": 403, "reason": "Forbidden", "message": "not for you"})
    outcome = ctl(world.cluster.kubeconfig, "tree", shop)
    assert outcome.code == 0
    assert outcome.out.endswith("\n\n/api/v1/namespaces/shop/pods: not for you; this takes a right "
                                "that you do not have (context sandbox)\n"), outcome.out


def test_an_object_that_cannot_be_compared_is_named(world, shop):
    world.cluster.set_faults({"method": "PATCH", "path": "/api/v1/namespaces/shop/configmaps/a",
                              "status": 500, "reason": "InternalError", "message": "no webhook"})
    outcome = ctl(world.cluster.kubeconfig, "diff", shop)
    assert outcome.code == 2
    assert "not compared: ConfigMap shop/a: no webhook\n" in outcome.err
    assert outcome.err.endswith("0 added, 0 changed, 0 removed, 2 the same, 1 not compared\n")


def test_how_far_it_is(world, shop):
    """Lists that take long: what is listed, and how many are done."""
    world.cluster.set_faults({"method": "GET", "path": "/api/v1/namespaces/shop/pods",
                              "latencyMs": 4000})
    outcome = ctl_in_terminal(world.cluster.kubeconfig, "tree", shop)
    assert outcome.code == 0
    assert re.search(r"\rlisting what belongs to them \(\d+/\d+\), \d+ s\x1b\[K", outcome.out), \
        repr(outcome.out)


def test_a_busy_server_is_asked_again(world, shop):
    """As kubectl does where an API that was just defined is not ready: 429 with Retry-After."""
    world.cluster.set_faults({"path": "/apis/argoproj.io/**", "status": 429, "retryAfter": 1,
                              "count": 2})
    outcome = ctl(world.cluster.kubeconfig, "get")
    assert outcome.code == 0 and shop in outcome.out, outcome
    world.cluster.set_faults({"path": "/apis/argoproj.io/**", "status": 429, "retryAfter": 60,
                              "message": "storage is (re)initializing"})
    outcome = ctl(world.cluster.kubeconfig, "get", "--request-timeout=50s")
    assert outcome.code == 1 and outcome.err.endswith(
        " (context sandbox) is busy and asks to come again in 60 s: storage is (re)initializing\n")
