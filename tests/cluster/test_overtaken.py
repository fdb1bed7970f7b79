# SPDX-License-Identifier: Apache-2.0
"""A newer commit overtakes a write whose answer is still awaited: the answer then belongs to what is
no longer desired, and the newest commit wins."""

import http.client
import threading

import pytest

from harness import PATIENCE, eventually
from lying_proxy import LyingProxy
from world import config_map


class HoldingProxy(LyingProxy):
    """Holds the answers to writes of ConfigMaps back while `open` is not set."""

    def __init__(self, cluster, dir):
        super().__init__(cluster, dir, lies_about="/nothing")
        self.open, self.held = threading.Event(), threading.Event()
        self.open.set()

    def _upstream(self):
        proxy, plain = self, super()._upstream()

        class Connection(http.client.HTTPSConnection):
            def request(self, method, url, body=None, headers={}):
                self.holds = method == "PATCH" and "/configmaps/" in url
                super().request(method, url, body, headers)

            def getresponse(self):
                response = super().getresponse()
                if self.holds and not proxy.open.is_set():
                    proxy.held.set()
                    proxy.open.wait(60 * PATIENCE)
                return response
        return Connection(plain.host, plain.port, timeout=60 * PATIENCE, context=plain._context)


@pytest.fixture
def held(world, tmp_path):
    world.proxy = HoldingProxy(world.cluster, tmp_path)
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", self_heal=True, prune=True)
    world.start(kubeconfig=world.proxy.kubeconfig)
    world.wait_synced("web")
    yield world
    world.proxy.open.set()
    world.daemon.stop()
    world.proxy.close()


def push(world, value):
    world.repo.write("web/a.yaml", config_map("a", value=value))
    return world.repo.commit()


def test_a_newer_commit_overtakes_a_write(held):
    proxy, path = held.proxy, held.path_of("configmaps", "a")
    proxy.open.clear()
    push(held, "2")
    assert proxy.held.wait(30 * PATIENCE), "no write came"
    renders = held.daemon.metric("gitopsd_renders_total")
    newest = push(held, "3")
    eventually(lambda: held.daemon.metric("gitopsd_renders_total") > renders, 30)
    proxy.open.set()
    eventually(lambda: held.cluster.get(path)["data"]["key"] == "3", 30)
    held.wait_synced("web", newest)
    held.daemon.assert_clean()


def test_the_application_goes_while_its_write_is_answered(held):
    proxy = held.proxy
    proxy.open.clear()
    push(held, "2")
    assert proxy.held.wait(30 * PATIENCE), "no write came"
    held.delete("web")
    eventually(lambda: held.daemon.events("application removed"), 30)
    proxy.open.set()
    eventually(lambda: held.cluster.get(held.path_of("configmaps", "a"))["data"]["key"] == "2", 30)
    held.daemon.assert_clean()
