# SPDX-License-Identifier: Apache-2.0
"""The tests of gitopsctl's verbs on the real API server, on the sandbox: each verb once, as it goes
well, and the errors of all."""

import threading

import pytest

from ctl import ctl
from harness import PATIENCE, eventually
from test_ctl_acts import (run, test_errors, test_refresh, test_rollback,  # noqa: F401
                           test_suspend_and_resume, test_sync_tells_what_became_of_each_object,
                           test_sync_that_fails_names_the_objects, test_sync_without_a_daemon,
                           test_wait)


@pytest.fixture
def sandbox(make_sandbox):
    """Without controllers, as the API server of those tests."""
    return make_sandbox(controllers=False)


@pytest.mark.parametrize("how", ["break", "expire"])
def test_wait_goes_on_when_its_watch_ends(world, how):
    world.create("app", automated=False)
    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(ctl(
        world.cluster.kubeconfig, "wait", world.name("app"), "--for", "synced", "--timeout",
        f"{int(60 * PATIENCE)}s")))
    thread.start()
    eventually(lambda: world.cluster.end_watches(how, "applications") > 0)
    world.patch("app", {"status": {"sync": {"status": "Synced"}}})
    thread.join(120 * PATIENCE)
    assert outcome[0].code == 0, outcome
