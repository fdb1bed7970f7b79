# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the contract suite: every test runs on each server."""

import itertools
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

for folder in ("cluster", "sandbox", "contract"):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / folder))

from contract import Server  # noqa: E402
from servers import install_widgets, kube_apiserver, sandbox  # noqa: E402

SERVERS = {"kube-apiserver": kube_apiserver, "sandbox": sandbox}
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def started(tmp_path_factory):
    """started(name, full=False) -> the API server of this name; each is started once. Without
    controllers it has the kinds Widget and Gadget (servers.py)."""
    servers = {}
    with ExitStack() as stack:
        def start(name: str, full: bool = False) -> Server:
            if (name, full) not in servers:
                folder = tmp_path_factory.mktemp(name)
                servers[name, full] = stack.enter_context(SERVERS[name](folder, full))
                if not full:
                    install_widgets(servers[name, full])
            return servers[name, full]
        yield start


@pytest.fixture(scope="session", params=list(SERVERS))
def server(request, started):
    """An API server without controllers: nothing happens by itself."""
    return started(request.param)


@pytest.fixture(scope="session", params=list(SERVERS))
def full_server(request, started):
    """... with controllers: garbage is collected, namespaces end."""
    return started(request.param, full=True)


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
