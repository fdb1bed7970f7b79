# SPDX-License-Identifier: Apache-2.0
"""The daemon dies after its n-th request to the API server, for every n of a sync of three waves
with hooks and a prune. The next process brings the cluster to the same state, no hook that
succeeded runs twice, and nothing is deleted that is not ours."""

import concurrent.futures
import http.client
import re
import threading

import yaml

from gitopsd import Daemon
from harness import app_yaml, eventually
from jobs import JobController, job
from lying_proxy import LyingProxy
from world import config_map, phase

SIDE_BY_SIDE = 6
FINALIZER = "argocd.argoproj.io/hook-finalizer"
ONE_OBJECT = re.compile(r"/namespaces/[^/]+/[^/]+/[^/?]+$")


class KillingProxy(LyingProxy):
    """Kills the daemon when the API server has answered its n-th request; the answer is lost.
    Requests that only read lists are not counted: a crash after one is as one before the next."""

    def __init__(self, cluster, dir, kill_at):
        super().__init__(cluster, dir, lies_about="/nothing")
        self.kill_at, self.count, self.lock = kill_at, 0, threading.Lock()
        self.daemon: Daemon | None = None
        self.last = ""

    def _upstream(self):
        proxy, plain = self, super()._upstream()

        class Connection(http.client.HTTPSConnection):
            def request(self, method, url, body=None, headers={}):
                self.counts = method != "GET" or ONE_OBJECT.search(url.partition("?")[0])
                self.what = f"{method} {url}"
                super().request(method, url, body, headers)

            def getresponse(self):
                response = super().getresponse()
                if self.counts:
                    proxy._note(self.what)
                return response
        return Connection(plain.host, plain.port, timeout=60, context=plain._context)

    def _note(self, what):
        with self.lock:
            self.count += 1
            if self.count == self.kill_at:
                self.last = what
                self.daemon.process.kill()


def annotated(name, wave):
    return config_map(name, annotations={"argocd.argoproj.io/sync-wave": str(wave)})


def write_app(repo):
    repo.write("app/pre.yaml", job("pre", "PreSync", "HookSucceeded"))
    repo.write("app/a.yaml", config_map("a"))
    repo.write("app/mid.yaml", job("mid", "Sync", wave=1))
    repo.write("app/b.yaml", annotated("b", 1))
    repo.write("app/c.yaml", annotated("c", 2))
    repo.write("app/post.yaml", job("post", "PostSync", "HookSucceeded"))
    return repo.commit()


def one_crash(cluster, repo, dir, n):
    """True: the n-th request came, and the daemon died of it."""
    namespace = f"crash-{n}"
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications"
    jobs_path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    cluster.request("POST", maps, {"metadata": {"name": "gone", "annotations": {
        "argocd.argoproj.io/tracking-id": f"app:/ConfigMap:{namespace}/gone"}}})
    foreign = cluster.request("POST", maps, {"metadata": {"name": "foreign"}})
    cluster.request("POST", path, yaml.safe_load(app_yaml(
        "app", repo, "app", namespace=namespace, dest_namespace=namespace, prune=True)))
    proxy = KillingProxy(cluster, dir, n)
    proxy.daemon = Daemon(cluster, dir / "daemon", kubeconfig=proxy.kubeconfig, args=[
        "--namespace", namespace, "--watch-namespace", namespace])

    def at_the_end():
        app = cluster.get(f"{path}/app")
        assert phase(app) == "Succeeded", (n, proxy.last, app.get("status"))
        assert app["status"]["sync"]["status"] == "Synced", (n, proxy.last, app["status"])
        return app

    def died_or_ended():
        return not proxy.daemon.is_running() or at_the_end()

    with JobController(cluster, namespace) as jobs:
        try:
            proxy.daemon.start(wait=False)
            eventually(died_or_ended, 60)
            died = not proxy.daemon.is_running()
            if died:
                proxy.daemon.start(wait=False)
            app = eventually(at_the_end, 60)
            live = {o["metadata"]["name"]: o["metadata"] for o in cluster.get(maps)["items"]}
            ran = {name: len(uids) for name, uids in jobs.ended.items()}
            left = cluster.get(jobs_path)["items"]
            proxy.daemon.assert_clean()
        finally:
            proxy.daemon.kill()
            proxy.close()
    live.pop("kube-root-ca.crt", None)
    why = (n, proxy.last, app["status"]["operationState"])
    assert ran == {"pre": 1, "mid": 1, "post": 1}, why
    assert live.keys() == {"a", "b", "c", "foreign"}, why
    assert live["foreign"]["resourceVersion"] == foreign["metadata"]["resourceVersion"], why
    assert [j["metadata"]["name"] for j in left] == ["mid"], why
    assert FINALIZER not in left[0]["metadata"].get("finalizers", []), why
    assert len(app["status"]["history"]) == 1, why
    return died


def test_crash_after_every_request(cluster_with_crds, git_server, tmp_path):
    repo = git_server.create("repo")
    write_app(repo)
    died = {}

    def crash(n):
        dir = tmp_path / str(n)
        dir.mkdir()
        died[n] = one_crash(cluster_with_crds, repo, dir, n)

    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        first = 1
        while all(died.values()):
            list(pool.map(crash, range(first, first + 2 * SIDE_BY_SIDE)))
            first += 2 * SIDE_BY_SIDE
    assert sum(died.values()) > 20, died  # there are that many at least
