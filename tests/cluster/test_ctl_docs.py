# SPDX-License-Identifier: Apache-2.0
"""Every command of docs/gitopsctl.md about looking and comparing, run as it is written there."""

import re
import subprocess

import pytest

from ctl import ctl
from docs import commands_of, environment
from gitopsd import SANITIZER_REPORT
from harness import git
from process import ROOT
from world import config_map


@pytest.fixture
def clone(world, tmp_path):
    """A clone with two overlays and two commits, of which an Application deploys one."""
    for stage in ("staging", "production"):
        world.repo.write(f"overlays/{stage}/kustomization.yaml", "resources: [../../base]\n")
    world.repo.write("base/kustomization.yaml", "resources: [a.yaml]\n")
    world.repo.write("base/a.yaml", config_map("a"))
    world.repo.commit()
    world.repo.write("base/a.yaml", config_map("a", "2"))
    world.repo.commit()
    world.create("app", "overlays/staging")
    world.start()
    world.wait_synced("app")
    git("clone", "-q", world.repo.url, tmp_path / "clone")
    git("checkout", "-q", "-B", "main", cwd=tmp_path / "clone")
    git("update-ref", "refs/remotes/origin/main", "main~1", cwd=tmp_path / "clone")
    (tmp_path / "clone" / "out").mkdir()
    return tmp_path / "clone"


def test_commands_of_the_documentation(world, clone, tmp_path):
    found = [*commands_of("gitopsctl.md", "gitopsctl"), *commands_of("gitopsctl.md", "Looking"),
             *commands_of("gitopsctl.md", "Comparing"),
             *commands_of("gitopsctl.md", "Without a cluster")]
    assert len(found) >= 18, found
    env = {**environment(tmp_path, world.cluster.kubeconfig, {}), "ASAN_OPTIONS": "detect_leaks=1"}
    for command in found:
        # `shop` is an Application and its namespace.
        line = re.sub(r"--into shop\b", f"--into {world.namespace}", command.text)
        line = re.sub(r"\bshop\b", world.name("app"), line)
        result = subprocess.run(["bash", "-c", line], cwd=clone, env=env, text=True,
                                stdin=subprocess.DEVNULL, capture_output=True)
        assert not SANITIZER_REPORT.search(result.stderr), result.stderr[-6000:]
        differs = " diff " in line and "main" in line and "--rev main " not in line
        assert result.returncode == (1 if differs else 0), (command, result)
        if differs:
            file = line.partition(" >")[2]
            assert "key" in ((clone / file).read_text() if file else result.stdout), (command, result)


def test_every_verb_is_documented():
    text = (ROOT / "docs" / "gitopsctl.md").read_text()
    verbs = re.findall(r"^  ([a-z]+) +\S", ctl(None, "--help").out, re.MULTILINE)
    assert len(verbs) > 12
    assert [v for v in verbs if f"gitopsctl {v}" not in text and f"`{v}`" not in text] == []
