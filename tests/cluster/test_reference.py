# SPDX-License-Identifier: Apache-2.0
"""What Argo CD was seen doing in a real cluster, and what the rules say in scenarios of our own:
the same writes in the same order, the same statuses, phases, results, messages and conditions."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from harness import HERE, ROOT, ApiError, eventually, shared
from reference import (Scenario, Step, collapse, describe, differences, is_write, operation_phase,
                       writes)
from reference_differences import DIFFERENCES, rewritten
from world import APPLICATIONS

RECORDED = ROOT.parent / "shared" / "argocd-reference"
OWN = HERE / "reference"
TIMEOUT_S = float(os.environ.get("GITOPSD_REFERENCE_TIMEOUT", "40"))
# The applications of a scenario are in `argocd`, what they deploy is in these.
NAMESPACES = ("ref", "ref-created")


def scenarios(root: Path) -> list[Path]:
    return sorted(p.parent for p in root.glob("*/application.yaml"))


@pytest.fixture
def run_scenario(full_cluster, git_server, start_daemon, tmp_path):
    # An API that has just been defined may answer 429 at first.
    eventually(lambda: remove_leftovers(full_cluster))
    yield lambda dir: ScenarioRun(full_cluster, git_server, start_daemon, tmp_path, dir).run()
    remove_leftovers(full_cluster)


def remove_leftovers(cluster) -> bool:
    for collection in (APPLICATIONS, APPLICATIONS.replace("applications", "appprojects")):
        for item in cluster.get(collection)["items"]:
            path = f"{collection}/{item['metadata']['name']}"
            if item["metadata"].get("finalizers"):
                cluster.merge_patch(path, {"metadata": {"finalizers": None}})
            delete(cluster, path)
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for crd in cluster.get(crds)["items"]:
        if crd["spec"]["group"].endswith("example.com"):
            delete(cluster, f"{crds}/{crd['metadata']['name']}")
    for name in NAMESPACES:
        delete(cluster, f"/api/v1/namespaces/{name}")
        # An operation that ended with its application leaves hooks that it holds.
        jobs = f"/apis/batch/v1/namespaces/{name}/jobs"
        for job in cluster.get(jobs)["items"]:
            if job["metadata"].get("finalizers"):
                cluster.merge_patch(f"{jobs}/{job['metadata']['name']}",
                                    {"metadata": {"finalizers": None}})
    for name in NAMESPACES:
        eventually(lambda: not cluster.exists(f"/api/v1/namespaces/{name}"), timeout=60)
    return True


def delete(cluster, path: str) -> None:
    try:
        cluster.request("DELETE", path)
    except ApiError as e:
        if e.code not in (404, 409):
            raise


class ScenarioRun:
    def __init__(self, cluster, git_server, start_daemon, tmp_path: Path, dir: Path):
        self.cluster, self.tmp_path = cluster, tmp_path
        self.scenario = Scenario(dir)
        self.repo = git_server.create(self.scenario.name)
        self.start_daemon = start_daemon
        self.revisions: dict[str, str] = {}
        self.before: list[str] = []  # the writes of the step before
        self.unexplained: list[str] = []

    def run(self) -> None:
        """Run all steps; fails with everything that differed in any of them."""
        self.cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": "ref"}})
        self.apply("before.yaml")
        steps = self.scenario.steps
        assert steps, f"{self.scenario.dir} has no steps"
        self.prepare(steps[0])
        self.start_daemon(self.cluster, poll_interval="200ms")
        for step in steps:
            mark = self.cluster.audit_mark()
            if step.number == 1:
                self.apply("application.yaml")
            else:
                self.prepare(step)
            self.compare(step, mark)
        assert not self.unexplained, "\n".join(self.unexplained)

    def apply(self, name: str) -> None:
        path = self.scenario.dir / name
        if path.exists():
            for doc in yaml.safe_load_all(path.read_text().replace("REPO", self.repo.url)):
                self.cluster.request("POST", f"/apis/argoproj.io/v1alpha1/namespaces/argocd/"
                                             f"{doc['kind'].lower()}s", doc)

    def prepare(self, step: Step) -> None:
        """Commit the step's content, or do what a person did."""
        if step.script:
            self.run_script(step.script)
            return
        for entry in self.repo.tree.iterdir():
            if entry.name != ".git":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        if step.content:
            self.repo.copy_tree(step.content, replace={"REPO": self.repo.url})
        for name in step.examples:
            self.repo.copy_tree(shared(f"examples/{name}"), name)
        sha = self.repo.commit(f"step {step.number}")
        self.revisions[sha] = f"REVISION-{len(self.revisions) + 1}"

    def run_script(self, script: Path) -> None:
        bin = self.tmp_path / "bin"
        bin.mkdir(exist_ok=True)
        (bin / "kubectl").unlink(missing_ok=True)
        (bin / "kubectl").symlink_to(HERE / "kubectl")
        subprocess.run(["bash", "-eu", script], check=True, timeout=60, env={
            **os.environ, "PATH": f"{bin}:{os.environ['PATH']}",
            "KUBECONFIG": str(self.cluster.kubeconfig)})

    def compare(self, step: Step, mark: int) -> None:
        """Until nothing differs, and nothing comes later; or the time is up."""
        recorded, more = self.scenario.expected(step.number)
        expected, unused = rewritten(recorded, self.scenario.name, step.number)
        deadline = time.monotonic() + TIMEOUT_S
        rows = self.rows(expected, more, mark)
        while rows and time.monotonic() < deadline:
            time.sleep(0.2)
            now = self.rows(expected, more, mark)
            if not now:
                time.sleep(0.7)
                now = self.rows(expected, more, mark)
            # What fails starts anew: the state that came closest tells most.
            rows = min(rows, now, key=len)
        self.before = [line for line in expected if is_write(line)]
        rows += [f"? the difference is gone: {row.recorded}" for row in unused]
        if rows:
            self.unexplained += [f"{self.scenario.name}, step {step.number}:", *rows]

    def rows(self, expected: list[str], more: bool, mark: int) -> list[str]:
        app = self.application()
        failing = operation_phase(app) in ("Failed", "Error") or \
            any(line.startswith(("operation Failed", "operation Error")) for line in expected)
        # An operation of the step before may have gone on for a moment.
        written = [line for line in writes(self.cluster, mark, failing)
                   if line in expected or line not in self.before]
        return differences(expected, written, describe(app, self.revisions), more)

    def application(self) -> dict:
        name = yaml.safe_load((self.scenario.dir / "application.yaml").read_text())["metadata"]["name"]
        try:
            return self.cluster.get(f"{APPLICATIONS}/{name}")
        except ApiError as e:
            if e.code != 404:
                raise
            return {}


# --- the tests


@pytest.mark.skipif(not RECORDED.is_dir(),
                    reason="needs test data outside the repository: ../shared/argocd-reference")
@pytest.mark.parametrize("dir", scenarios(RECORDED), ids=lambda dir: dir.name)
def test_recorded(run_scenario, dir):
    run_scenario(dir)


@pytest.mark.parametrize("dir", scenarios(OWN), ids=lambda dir: dir.name)
def test_own(run_scenario, dir):
    run_scenario(dir)


def test_every_difference_belongs_to_a_scenario():
    names = {dir.name for root in (RECORDED, OWN) for dir in scenarios(root)}
    if RECORDED.is_dir():
        for row in DIFFERENCES:
            assert any(row.applies_to(name, step) for name in names for step in range(1, 10)), row


# --- the comparison itself


def test_order_is_free_inside_a_block_only():
    expected = ["write v1/configmaps ref/a", "write v1/configmaps ref/b", "then",
                "write apps/v1/deployments ref/web"]
    a, b, _, web = expected
    assert differences(expected, [b, a, web], [], False) == []
    assert differences(expected, [b, web, a], [], False)[0].startswith("- in this order")
    assert differences(expected, [a, web], [], False) == [f"- {b}"]
    assert differences(expected, [a, b, web, "delete v1/configmaps ref/c"], [], False) == \
        ["+ delete v1/configmaps ref/c"]


def test_repetitions_are_collapsed():
    create, finalizer = "write batch/v1/jobs ref/pre", "write batch/v1/jobs ref/pre"
    delete, bad = "delete batch/v1/jobs ref/pre", "write v1/services ref/bad failed"
    assert collapse([create, finalizer, delete, create], failing=False) == [create, delete, create]
    assert collapse([bad, create, delete, bad, create], failing=True) == [bad, create, delete]


def test_records_become_lines():
    app = {"metadata": {"name": "app"}, "status": {
        "sync": {"status": "Synced"}, "health": {"status": "Healthy"},
        "operationState": {"phase": "Failed", "message": "reason (retried 1 times).", "syncResult": {
            "resources": [{"kind": "Job", "name": "pre-a6b67ac-presync-1795391508", "group": "batch",
                           "hookType": "PreSync", "hookPhase": "Succeeded", "status": "Synced",
                           "syncPhase": "PreSync", "message": "done at abcdef"}]}},
        "resources": [{"kind": "ConfigMap", "name": "a", "status": "OutOfSync",
                       "requiresPruning": True, "syncWave": 2}],
        "history": [{"id": 3, "revision": "abcdef", "initiatedBy": {"automated": True}}]}}
    assert describe(app, {"abcdef": "REVISION-1"}) == [
        "health Healthy", "history 3 REVISION-1",
        "operation Failed: reason (retried 1 times).",
        "resource ConfigMap/a OutOfSync requiresPruning wave=2",
        "result PreSync hook=PreSync Job/pre-REV-presync-TIME Synced Succeeded: done at REVISION-1",
        "sync Synced"]
    assert describe({}, {}) == ["gone"]
