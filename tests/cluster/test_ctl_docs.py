# SPDX-License-Identifier: Apache-2.0
"""Every command of docs/gitopsctl.md about looking and comparing, run as it is written there."""

import re
import shlex

import pytest

from ctl import ctl
from harness import git
from process import ROOT
from world import config_map

SECTIONS = ("gitopsctl", "Looking", "Comparing", "Without a cluster")


def commands():
    """The indented lines of these sections that begin with the program's name."""
    section = None
    for line in (ROOT / "docs" / "gitopsctl.md").read_text().splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif line.startswith("    gitopsctl ") and section in SECTIONS:
            yield line.partition(" #")[0].strip()


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


def test_commands_of_the_documentation(world, clone):
    found = list(commands())
    assert len(found) >= 18, found
    for command in found:
        # `shop` is an Application and its namespace.
        line = re.sub(r"--into shop\b", f"--into {world.namespace}", command)
        line = re.sub(r"\bshop\b", world.name("app"), line).partition(" >")[0]
        result = ctl(world.cluster.kubeconfig, *shlex.split(line)[1:], cwd=clone)
        differs = " diff " in line and "main" in line and "--rev main " not in line
        assert result.code == (1 if differs else 0), (command, result)
        if differs:
            assert "key" in result.out, (command, result)


def test_every_verb_is_documented():
    text = (ROOT / "docs" / "gitopsctl.md").read_text()
    verbs = re.findall(r"^  ([a-z]+) +\S", ctl(None, "--help").out, re.MULTILINE)
    assert len(verbs) > 12
    assert [v for v in verbs if f"gitopsctl {v}" not in text and f"`{v}`" not in text] == []
