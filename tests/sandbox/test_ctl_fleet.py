# SPDX-License-Identifier: Apache-2.0
"""gitopsctl fleet over six API servers, of which one is down, one is slow and one has no
Applications."""

import json
import threading

import pytest
import yaml

from ctl import ctl, ctl_in_terminal, drawn, rows
from harness import PATIENCE, ROOT, eventually
from sandbox import Sandbox
from world import APPLICATIONS

OLD, NEW = "a" * 40, "b" * 40
NAMES = ("staging", "prod-eu", "prod-us", "edge", "down", "bare")
WEB = "registry.example.com/shop/web"


def application(name, revision=NEW, applied=None, tag="1.0", health="Healthy", **metadata):
    """As a daemon would have written it."""
    sync = "Synced" if applied in (None, revision) else "OutOfSync"
    return {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", **metadata},
        "spec": {"project": "default", "destination": {"namespace": "shop"},
                 "source": {"repoURL": "https://git.example/shop", "path": ".",
                            "targetRevision": "main"},
                 "syncPolicy": {"automated": {}}},
        "status": {"sync": {"status": sync, "revision": revision},
                   "health": {"status": health},
                   "history": [{"id": 0, "revision": applied or revision}],
                   "summary": {"images": [f"{WEB}:{tag}"]},
                   "resources": [{"group": "apps", "kind": "Deployment", "namespace": "shop",
                                  "name": "web", "status": sync, "health": {
                                      "status": health, "message": "2 of 3 are up"}}]}}


def install(cluster):
    """The kind Application and its namespace, without kubectl's second for each."""
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": "argocd"}})
    crd = yaml.safe_load((ROOT / "config" / "crd" / "applications.yaml").read_text())
    cluster.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
    eventually(lambda: cluster.get(APPLICATIONS)["items"] == [])


class Fleet:
    def __init__(self, dir, names=NAMES):
        self.clusters = {name: Sandbox(dir / name) for name in names}
        for name, cluster in self.clusters.items():
            cluster.up()
            if name != "bare":
                install(cluster)
        self.kubeconfig = ":".join(str(c.kubeconfig) for c in self.clusters.values())
        for name, apps in APPS.items():
            for app in apps if name in names else ():
                self.put(name, app)
        if "down" in names:
            self.clusters["down"].stop()

    def close(self):
        for cluster in self.clusters.values():
            cluster.down()

    def put(self, cluster, app):
        self.clusters[cluster].request("POST", APPLICATIONS, app)

    def set(self, cluster, name, **status):
        self.clusters[cluster].merge_patch(f"{APPLICATIONS}/{name}", {"status": status})

    def server(self, cluster):
        return self.clusters[cluster].url


APPS = {
    "staging": [application("shop", NEW, tag="1.1", labels={"team": "a"}),
                application("stock", NEW)],
    "prod-eu": [application("shop", NEW, applied=OLD, labels={"team": "a"})],
    "prod-us": [application("shop", OLD, health="Degraded", labels={"team": "a"})],
    "edge": [application("shop", NEW, tag="1.1", labels={"team": "a"})],
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """To be looked at, not changed."""
    fleet = Fleet(tmp_path_factory.mktemp("fleet"))
    yield fleet
    fleet.close()


@pytest.fixture
def slow(fleet):
    """The one cluster that is slow."""
    fleet.clusters["edge"].set_faults({"method": "GET", "path": "/apis/argoproj.io/**",
                                       "latencyMs": 60000})
    yield
    fleet.clusters["edge"].set_faults()


@pytest.fixture
def small_fleet(tmp_path):
    """Two that are up and one that is down."""
    fleet = Fleet(tmp_path, ("staging", "prod-us", "down"))
    yield fleet
    fleet.close()


def test_one_table_over_six_clusters(fleet, slow):
    for seconds in (3, 25):  # a busy machine is slow, too
        result = ctl(fleet.kubeconfig, "fleet", "--cluster-timeout", f"{seconds}s")
        if result.out.count("no answer within") == 1:
            break
    assert result.code == 1, result
    table, _, differences = result.out.partition("\nWhat differs between clusters:\n")
    down = fleet.server("down").removeprefix("http://")
    found = rows(table)
    assert found[:5] == [
        ["CLUSTER", "APPLICATION", "WANTED", "APPLIED", "HEALTHY", "IMAGES", "DIFFERS", "STATUS"],
        ["staging", "shop", "bbbbbbbb", "bbbbbbbb", "bbbbbbbb", "web:1.1", "images,revision", "ok"],
        ["staging", "stock", "bbbbbbbb", "bbbbbbbb", "bbbbbbbb", "web:1.0", "-", "ok"],
        ["prod-eu", "shop", "bbbbbbbb", "aaaaaaaa", "aaaaaaaa", "web:1.0", "images,revision",
         "behind: Deployment.apps shop/web"],
        ["prod-us", "shop", "aaaaaaaa", "aaaaaaaa", "Degraded", "web:1.0", "images,revision",
         "Degraded: Deployment.apps shop/web (Degraded: 2 of 3 are up)"]]
    assert found[5] == ["edge", *["-"] * 6, f"unreachable: no answer within {seconds} s"]
    assert found[6][:-1] == ["down", *["-"] * 6] and len(found) == 8
    assert found[6][-1].startswith(f"unreachable: http://{down}: Failed to connect to "), found[6]
    assert found[7] == ["bare", *["-"] * 6, "unreachable: it has no kind Application: neither "
                        "gitopsd nor Argo CD is installed"]
    assert differences == (
        "\nshop: applied\n  bbbbbbbb in staging\n  aaaaaaaa in prod-eu, prod-us\n"
        f"\nshop: {WEB}\n  1.1 in staging\n  1.0 in prod-eu, prod-us\n"
        "\n6 clusters, 3 unreachable; 4 Applications, 1 behind\n")


def test_long_messages(small_fleet):
    fleet = small_fleet
    message = f"revision {NEW}: " + "é" * 99
    fleet.set("staging", "stock", conditions=[{"type": "ComparisonError", "message": message}])
    for wide, told in (("table", "revision bbbbbbbb: " + "é" * 32 + " ..."), ("wide", message)):
        result = ctl(fleet.kubeconfig, "fleet", "--contexts", "staging", "stock", "-o", wide)
        assert rows(result.out)[1][-1] == f"ComparisonError: {told}", result


def test_some_clusters_and_applications(fleet):
    result = ctl(fleet.kubeconfig, "fleet", "--contexts", "staging,prod-us", "shop")
    assert result.code == 0, result
    assert [row[:2] for row in rows(result.out.partition("\n\n")[0])[1:]] == [
        ["staging", "shop"], ["prod-us", "shop"]]
    result = ctl(fleet.kubeconfig, "fleet", "--contexts", "staging", "-l", "team=a", "-o", "wide")
    assert result.code == 0, result
    row = rows(result.out)[1]
    assert row[1:4] == [fleet.server("staging"), "shop", "main"]
    assert row[4:10] == [NEW, NEW, NEW, "Synced", "Healthy", f"{WEB}:1.1"]
    result = ctl(fleet.kubeconfig, "fleet", "--contexts", "stagin")
    assert (result.code, result.err) == (
        1, "gitopsctl fleet: the kubeconfig has no context stagin; did you mean staging?\n")
    result = ctl(fleet.kubeconfig, "fleet", "--contexts", "staging", "-n", "default")
    assert rows(result.out)[1] == ["staging", *["-"] * 6, "no Applications"]


def test_as_a_document(fleet):
    result = ctl(fleet.kubeconfig, "fleet", "-o", "json", "--cluster-timeout", "60s")
    assert result.code == 1
    document = json.loads(result.out)
    clusters = {c["context"]: c for c in document["clusters"]}
    assert list(clusters) == list(NAMES)
    app = clusters["prod-eu"]["applications"][0]
    assert {key: app[key] for key in ("name", "wanted", "applied", "healthy", "behind")} == {
        "name": "shop", "wanted": NEW, "applied": OLD, "healthy": OLD, "behind": True}
    assert "unreachable" in clusters["down"] and "unreachable" not in clusters["edge"]
    assert {d["what"] for d in document["differences"]} == {"applied", WEB}
    assert yaml.safe_load(ctl(fleet.kubeconfig, "fleet", "-o", "yaml").out) == document


def test_contexts_of_one_cluster_are_one(fleet, tmp_path):
    config = yaml.safe_load(fleet.clusters["staging"].kubeconfig.read_text())
    for name in ("other", "mine"):
        config["contexts"].append({"name": name, "context": dict(config["contexts"][0]["context"])})
    config["current-context"] = "mine"
    path = tmp_path / "contexts"
    path.write_text(yaml.safe_dump(config))
    result = ctl(path, "fleet", "shop")
    assert [row[0] for row in rows(result.out)[1:-2]] == ["mine"], result
    assert result.out.endswith("\n1 cluster, 0 unreachable; 1 Application, 0 behind\n")
    result = ctl(path, "fleet", "shop", "--contexts", "staging,other")
    assert [row[0] for row in rows(result.out)[1:-2]] == ["staging", "other"], result


def test_wait_until_all_have_it(small_fleet):
    """Also the one that comes back meanwhile."""
    fleet, cluster = small_fleet, small_fleet.clusters["down"]
    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(ctl(
        fleet.kubeconfig, "fleet", "wait", "--rev", NEW[:12], "shop",
        "--timeout", f"{int(90 * PATIENCE)}s")))
    thread.start()
    fleet.set("prod-us", "shop", sync={"status": "Synced", "revision": NEW})
    fleet.set("prod-us", "shop", health={"status": "Healthy"})
    cluster.start()
    install(cluster)
    fleet.put("down", application("shop", NEW))
    thread.join(180 * PATIENCE)
    result = outcome[0]
    assert result.code == 0, result
    assert sorted(result.out.splitlines()) == sorted(
        f"{name}: 1 Application at {NEW[:12]}" for name in ("staging", "prod-us", "down"))


def test_wait_names_who_is_missing(fleet):
    for seconds in (2, 25):
        result = ctl(fleet.kubeconfig, "fleet", "wait", "--rev", NEW, "--timeout", f"{seconds}s",
                     "shop", "nosuch", "--contexts", "prod-eu,prod-us,down")
        if "no answer so far" not in result.err:
            break
    assert result.code == 1
    head, *lines = result.err.splitlines()
    assert head == f"gitopsctl fleet: not everywhere within {seconds} s:"
    assert lines[:2] == [
        "  prod-eu shop: aaaaaaaa is applied, not yet " + NEW,
        "  prod-eu nosuch: does not exist there"]
    assert lines[2] == ("  prod-us shop: aaaaaaaa is applied, and " + NEW + " is not known yet; "
                        "Degraded: Deployment.apps shop/web (Degraded: 2 of 3 are up)")
    assert lines[4].startswith("  down: unreachable: ") and len(lines) == 5


def test_it_shows_how_far_it_is(fleet, slow):
    for seconds in (3, 25):
        lines = drawn(ctl_in_terminal(fleet.kubeconfig, "fleet", "--cluster-timeout",
                                      f"{seconds}s").out)
        if any(line.startswith("asking 6 clusters (5/6), ") for line in lines):
            break
    assert any(line.startswith("asking 6 clusters (5/6), ") for line in lines), lines
    for seconds in (3, 25):
        lines = drawn(ctl_in_terminal(fleet.kubeconfig, "fleet", "wait", "--rev", NEW, "shop",
                                      "--timeout", f"{seconds}s", "--contexts",
                                      "staging,prod-eu").out)
        if any("(1/2)" in line for line in lines):
            break
    assert any(line.startswith("waiting for prod-eu shop: aaaaaaaa is applied, not yet ")
               and "(1/2)" in line for line in lines), lines


def test_command_lines_that_make_no_sense(fleet):
    for args, told in ((["wait"], "which revision?"),
                       (["wait", "--rev", "main"], '"main" is not the id of a commit'),
                       (["--rev", NEW], "belong to gitopsctl fleet wait"),
                       (["--cluster-timeout", "x"], "--cluster-timeout")):
        result = ctl(fleet.kubeconfig, "fleet", *args)
        assert result.code in (1, 2) and told in result.err, result


def test_no_contexts(tmp_path):
    (tmp_path / "empty").write_text("apiVersion: v1\nkind: Config\n")
    result = ctl(tmp_path / "empty", "fleet")
    assert result.code == 1 and "the kubeconfig has no contexts" in result.err
