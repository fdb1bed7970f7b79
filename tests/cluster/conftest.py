# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the cluster tests. Run them with the Python of `tests/setup`:

    "$(tests/setup --python)/bin/pytest" tests/cluster
"""

import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import ControlPlane, Daemon, GitServer, eventually  # noqa: E402  (needs the path above)
from world import SECRETS, World, clear_applications, install_crds  # noqa: E402

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """One control plane with an audit log for the whole session. Tests share it: use names of
    your own, and fresh_cluster for what others would notice (stop, CRDs, admission)."""
    with ControlPlane(tmp_path_factory.mktemp("shared") / "cluster", audit=True) as control_plane:
        yield control_plane


@pytest.fixture(scope="session")
def full_cluster(tmp_path_factory):
    """A control plane with controllers, a scheduler and a simulated Node, and the Application API:
    Pods run, Jobs complete, garbage is collected, namespaces end."""
    with ControlPlane(tmp_path_factory.mktemp("full") / "cluster", full=True) as control_plane:
        install_crds(control_plane)
        yield control_plane


@pytest.fixture
def full_namespace(full_cluster):
    """The name of a new namespace of the full control plane; it is deleted after the test."""
    name = f"full-{next(_numbers)}"
    path = f"/api/v1/namespaces/{name}"
    full_cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    if full_cluster.exists(path):
        full_cluster.request("DELETE", path)


@pytest.fixture
def full_world(full_cluster, full_namespace, git_server, start_daemon, tmp_path):
    """A World in a new namespace of the full control plane."""
    yield World(full_cluster, git_server, full_namespace, start_daemon, tmp_path)
    clear_applications(full_cluster)


@pytest.fixture
def fresh_cluster(tmp_path):
    """A control plane with an audit log for one test; costs 4 seconds."""
    with ControlPlane(tmp_path / "cluster", audit=True) as control_plane:
        yield control_plane


@pytest.fixture
def make_cluster(tmp_path):
    """make_cluster(name, audit=False, args=()) -> ControlPlane; for several at once."""
    made = []

    def make(name, audit=False, args=()):
        made.append(ControlPlane(tmp_path / "clusters" / name, audit, args))
        return made[-1].up()

    yield make
    for control_plane in made:
        control_plane.down()


@pytest.fixture
def namespace(cluster):
    """The name of a new namespace of the shared cluster."""
    name = f"test-{next(_numbers)}"
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    return name


@pytest.fixture(scope="session")
def cluster_with_crds(cluster):
    """The shared cluster, with the Application API."""
    install_crds(cluster)
    return cluster


@pytest.fixture
def world(cluster_with_crds, namespace, git_server, start_daemon, tmp_path):
    """A World in a new namespace of the shared cluster, where no other Applications are."""
    yield World(cluster_with_crds, git_server, namespace, start_daemon, tmp_path)
    clear_applications(cluster_with_crds)


@pytest.fixture
def settings(world):
    """settings(KEY=VALUE, ...) writes argocd-cm anew; it is removed after the test."""
    maps = "/api/v1/namespaces/argocd/configmaps"

    def write(labelled=True, **data):
        labels = {"app.kubernetes.io/part-of": "argocd"} if labelled else {}
        body = {"metadata": {"name": "argocd-cm", "labels": labels}, "data": data}
        if world.cluster.exists(f"{maps}/argocd-cm"):
            world.cluster.request("PUT", f"{maps}/argocd-cm", body)
        else:
            world.cluster.request("POST", maps, body)
    yield write
    if world.cluster.exists(f"{maps}/argocd-cm"):
        world.cluster.request("DELETE", f"{maps}/argocd-cm")


@pytest.fixture(scope="session")
def fragile_cluster(tmp_path_factory):
    """A second control plane for the tests that stop and start it; it is up between them."""
    with ControlPlane(tmp_path_factory.mktemp("fragile") / "cluster", audit=True) as control_plane:
        install_crds(control_plane)
        yield control_plane


@pytest.fixture
def fragile_world(fragile_cluster, git_server, start_daemon, tmp_path):
    """A World in the cluster that may be stopped."""
    fragile_cluster.start()
    name = f"fragile-{next(_numbers)}"
    fragile_cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    yield World(fragile_cluster, git_server, name, start_daemon, tmp_path)
    fragile_cluster.start()
    eventually(lambda: clear_applications(fragile_cluster))


@pytest.fixture
def git_server(tmp_path):
    with GitServer(tmp_path / "git") as server:
        yield server


@pytest.fixture
def secret(world):
    """secret(name, url, type="repository", **fields): the Secret of a repository, made or replaced.
    Returns its name in the cluster."""
    made = set()

    def put(name, url, type="repository", **fields):
        name = world.name(name)
        body = {"metadata": {"name": name, "labels": {"argocd.argoproj.io/secret-type": type}},
                "stringData": {"url": url, **fields}}
        if name in made:
            world.cluster.request("PUT", f"{SECRETS}/{name}", body)
        else:
            world.cluster.request("POST", SECRETS, body)
        made.add(name)
        return name
    yield put
    for name in made:
        if world.cluster.exists(f"{SECRETS}/{name}"):
            world.cluster.request("DELETE", f"{SECRETS}/{name}")


@pytest.fixture
def https_git_server(tmp_path):
    with GitServer(tmp_path / "git-https", https=True) as server:
        yield server


@pytest.fixture
def start_daemon(tmp_path):
    """start_daemon(cluster, wait=True, **options of Daemon) -> Daemon. At the end of the test each
    one that still runs must stop cleanly; the ends of their logs are shown when a test fails."""
    daemons = []

    def start(cluster, wait=True, **options):
        options.setdefault("dir", tmp_path / f"daemon-{len(daemons) + 1}")
        daemons.append(Daemon(cluster, **options))
        return daemons[-1].start(wait)

    yield start
    failures = []
    for daemon in daemons:
        try:
            if daemon.is_running():
                daemon.stop()
            else:
                daemon.assert_clean()
        except AssertionError as e:
            failures.append(str(e))
        print(f"--- {daemon.log_file}\n{daemon.tail()}")
    assert not failures, "\n".join(failures)
