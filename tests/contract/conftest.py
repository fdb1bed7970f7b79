# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the contract suite: every test runs on each server."""

import itertools
import sys
from pathlib import Path

import pytest

for folder in ("cluster", "sandbox", "contract"):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / folder))

from contract import Server  # noqa: E402
from servers import install_widgets, kube_apiserver, sandbox  # noqa: E402

SERVERS = {"kube-apiserver": kube_apiserver, "sandbox": sandbox}
_numbers = itertools.count(1)


@pytest.fixture(scope="session", params=list(SERVERS))
def server(request, tmp_path_factory):
    """An API server with the kinds Widget and Gadget (servers.py), without controllers."""
    with SERVERS[request.param](tmp_path_factory.mktemp("server"), full=False) as started:
        install_widgets(started)
        yield started


@pytest.fixture(scope="session", params=list(SERVERS))
def full_server(request, tmp_path_factory):
    """... with controllers: garbage is collected, namespaces end."""
    with SERVERS[request.param](tmp_path_factory.mktemp("full"), full=True) as started:
        yield started


@pytest.fixture(scope="session")
def new_namespace():
    """new_namespace(server) -> the name of a new one."""
    def make(server: Server) -> str:
        name = f"case-{next(_numbers)}"
        server.must("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        return name
    return make


@pytest.fixture
def ns(server, new_namespace):
    return new_namespace(server)


@pytest.fixture(scope="session")
def selected(request):
    """selected(cases) -> those of them that are to run."""
    chosen = [item.callspec.params.get("case") for item in request.session.items
              if hasattr(item, "callspec")]
    return lambda cases: [case for case in cases if case in chosen]
