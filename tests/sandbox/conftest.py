# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the sandbox tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cluster"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from sandbox import Sandbox  # noqa: E402  (needs the paths above)

from harness import Daemon, GitServer  # noqa: E402
from world import World, install_crds  # noqa: E402


@pytest.fixture
def make_sandbox(tmp_path):
    """make_sandbox(name="sandbox", **options of Sandbox) -> Sandbox; each must end cleanly."""
    made = []

    def make(name="sandbox", **options):
        made.append(Sandbox(tmp_path / name, **options).up())
        return made[-1]

    yield make
    for sandbox in made:
        sandbox.down()


@pytest.fixture
def sandbox(make_sandbox):
    return make_sandbox()


@pytest.fixture
def world(sandbox, tmp_path):
    """A World whose cluster is a sandbox; its daemon, where one was started, must end cleanly."""
    install_crds(sandbox)
    sandbox.request("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
    daemons = []

    def start_daemon(cluster, wait=True, **options):
        options.setdefault("dir", tmp_path / f"daemon-{len(daemons) + 1}")
        daemons.append(Daemon(cluster, **options))
        return daemons[-1].start(wait)

    with GitServer(tmp_path / "git") as git_server:
        yield World(sandbox, git_server, "shop", start_daemon, tmp_path)
        for daemon in daemons:
            daemon.stop() if daemon.is_running() else daemon.assert_clean()
