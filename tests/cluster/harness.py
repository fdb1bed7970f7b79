# SPDX-License-Identifier: Apache-2.0
"""harness: what the cluster tests import.

ControlPlane  one etcd and kube-apiserver pair
GitServer     a real Git server over HTTP or HTTPS; Repo is one repository on it
Daemon        one running gitopsd
eventually    polls a condition; settled waits until nothing changes any more
app_yaml      builds an Application; seeds are those of random tests; shared finds outside test data

Everything a class starts lives in the folder that it is given. None of them knows pytest's
fixtures (they are in conftest.py), so a script can use these classes as well.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping

import pytest
import yaml

from control_plane import ApiError, ControlPlane
from git_server import GitRequest, GitServer, Repo, git
from gitopsd import Daemon, gitopsd_program
from process import HERE, PATIENCE, ROOT, CommandError, free_port, process_rss_kib, run

__all__ = [
    "HERE", "PATIENCE", "ROOT", "ApiError", "CommandError", "ControlPlane", "Daemon", "GitRequest",
    "GitServer", "Repo", "app_yaml", "eventually", "free_port", "git", "gitopsd_program",
    "process_rss_kib", "run", "seeds", "settled", "shared",
]


def eventually(fn: Callable[[], Any], timeout: float = 30, interval: float = 0.1) -> Any:
    """Call fn until it holds, and return what it returned.

    It holds when it raises nothing and returns something true. A function of assertions may return
    None; a lambda may not, because there None is mostly a lookup that found nothing yet.
    """
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while True:
        cause: Exception | None = None
        try:
            value = fn()
            if value or (value is None and getattr(fn, "__name__", "") != "<lambda>"):
                return value
            failure = f"returned {value!r}"
        except Exception as e:  # any failure may be a passing one
            cause, failure = e, f"{type(e).__name__}: {e}"
        if time.monotonic() >= deadline:
            raise AssertionError(f"still failing after {timeout} s: {failure}") from cause
        time.sleep(interval)


def settled(fn: Callable[[], Any], seconds: float = 1.5, timeout: float = 60) -> Any:
    """Until fn has returned the same for so long; returns that. For what comes to an end, and
    nobody says when: settled(lambda: world.writes(mark)) is all that was written."""
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    value, since = fn(), time.monotonic()
    while time.monotonic() - since < seconds:
        assert time.monotonic() < deadline, f"still changing after {timeout} s: {value!r}"
        time.sleep(0.1)
        now = fn()
        if now != value:
            value, since = now, time.monotonic()
    return value


def seeds(*fixed: int) -> list[Any]:
    """What a random test begins with: the same in each run, because what another one finds is no
    matter of the change under test. By hand, GITOPSD_TEST_SEED=NUMBER or =random adds one."""
    wanted = os.environ.get("GITOPSD_TEST_SEED")
    if not wanted:
        return list(fixed)
    one = random.SystemRandom().randrange(1 << 32) if wanted == "random" else int(wanted)
    return [*fixed, pytest.param(one, id="by-hand")]


def shared(path: str) -> Path:
    """A file or folder of the test data that is kept beside the clone; skips where it is absent."""
    found = ROOT.parent / "shared" / path
    if not found.exists():
        pytest.skip(f"needs test data outside the repository: ../shared/{path}")
    return found


def app_yaml(name: str, repo: Repo | str, path: str = ".", *, revision: str = "HEAD",
             namespace: str = "argocd", dest_namespace: str | None = "default",
             server: str = "https://kubernetes.default.svc", project: str = "default",
             automated: bool = True, prune: bool = False, self_heal: bool = False,
             allow_empty: bool = False, sync_options: Iterable[str] = (),
             retry: Mapping[str, Any] | None = None, directory: Mapping[str, Any] | None = None,
             kustomize: Mapping[str, Any] | None = None,
             ignore_differences: Iterable[Mapping[str, Any]] = (),
             finalizers: Iterable[str] = (), annotations: Mapping[str, str] = {},
             labels: Mapping[str, str] = {}, spec: Mapping[str, Any] = {}) -> str:
    """An Application as YAML text. `spec` is merged over the rest at its top level."""
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    if labels:
        metadata["labels"] = dict(labels)
    if annotations:
        metadata["annotations"] = dict(annotations)
    if finalizers:
        metadata["finalizers"] = list(finalizers)
    source: dict[str, Any] = {"repoURL": repo if isinstance(repo, str) else repo.url,
                              "path": path, "targetRevision": revision}
    if directory is not None:
        source["directory"] = dict(directory)
    if kustomize is not None:
        source["kustomize"] = dict(kustomize)
    destination = {"server": server}
    if dest_namespace is not None:
        destination["namespace"] = dest_namespace
    policy: dict[str, Any] = {}
    if automated:
        flags = {"prune": prune, "selfHeal": self_heal, "allowEmpty": allow_empty}
        policy["automated"] = {key: True for key, value in flags.items() if value}
    if options := list(sync_options):
        policy["syncOptions"] = options
    if retry is not None:
        policy["retry"] = dict(retry)
    body: dict[str, Any] = {"project": project, "source": source, "destination": destination}
    if policy:
        body["syncPolicy"] = policy
    if differences := [dict(d) for d in ignore_differences]:
        body["ignoreDifferences"] = differences
    return yaml.safe_dump({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                           "metadata": metadata, "spec": {**body, **spec}}, sort_keys=False)
