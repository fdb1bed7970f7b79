# SPDX-License-Identifier: Apache-2.0
"""The commands of docs/gitopsctl.md that act, wait, and look at a fleet, run as they are written
there."""

import re

import pytest
import yaml

from docs import follow_text
from harness import ROOT, eventually, git
from world import APPLICATIONS, config_map, deployment, install_crds


def commands(*headings):
    """The indented lines of these sections that name gitopsctl, without their remarks."""
    section = None
    for line in (ROOT / "docs" / "gitopsctl.md").read_text().splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif section in headings and re.match(r"    (\S.* )?gitopsctl (?!\w+:)", line):
            yield line.partition(" #")[0].strip()


@pytest.fixture
def shop(world, make_sandbox, tmp_path):
    """Applications `shop` and `payments` on "staging", served; as a person's shell has it: in a clone,
    with the contexts staging and production."""
    world.repo.write("web.yaml", deployment("web"))
    world.repo.commit()
    world.repo.git("tag", "v1.4.2")
    world.repo.git("push", "-q", "origin", "v1.4.2")
    world.repo.write("c.yaml", config_map("settings"))
    world.repo.commit()
    for name in "shop", "payments":
        app = yaml.safe_load(world.app_text(name, ".", automated=False))
        app["metadata"].update(name=name, labels={"team": name})
        app["spec"]["destination"]["namespace"] = "shop" if name == "shop" else "default"
        world.cluster.apply(yaml.safe_dump(app))
    world.start()
    world.other = make_sandbox("other")
    install_crds(world.other)
    git("clone", "-q", world.repo.url, tmp_path / "clone")
    files = []
    for name, cluster in ("staging", world.cluster), ("production", world.other):
        config = yaml.safe_load(cluster.kubeconfig.read_text())
        config["contexts"][0]["name"] = config["current-context"] = name
        for kind in "cluster", "user":
            config[f"{kind}s"][0]["name"] = config["contexts"][0]["context"][kind] = name
        files.append(tmp_path / f"{name}.kubeconfig")
        files[-1].write_text(yaml.safe_dump(config))
    world.kubeconfig = ":".join(map(str, files))
    eventually(lambda: all(a["status"]["sync"]["revision"] == world.repo.head()
                           for a in world.cluster.get(APPLICATIONS)["items"]))
    return world


def test_commands_that_act_wait_and_look_at_a_fleet(shop, tmp_path):
    def run(line):
        return follow_text(line, tmp_path, shop.kubeconfig, cwd=tmp_path / "clone")

    acting = list(commands("Acting"))
    assert len(acting) >= 8, acting
    for line in acting:
        line = line.replace("[ID]", "").replace("[--hard]", "--hard")
        if "suspend" in line:
            shop.cluster.merge_patch(f"{APPLICATIONS}/shop",
                                     {"spec": {"syncPolicy": {"automated": {}}}})
        # Nothing is under way that could be ended, and it says so.
        told = run(f"{line} 2>&1 || true" if "--terminate" in line else line)
        assert ("no sync" in told or "no operation" in told) == ("--terminate" in line), told
    run("gitopsctl sync shop && gitopsctl sync payments")

    waiting = list(commands("Waiting"))
    assert len(waiting) >= 3, waiting
    for line in waiting:
        run(line)

    fleet = list(commands("The fleet"))
    assert len(fleet) >= 4, fleet
    for line in fleet:
        # The other cluster has no Applications, and this shell no push to make.
        line = line.replace("git push && ", "").replace("~/.kube/eu:~/.kube/us", shop.kubeconfig)
        assert "staging" in run(line)
