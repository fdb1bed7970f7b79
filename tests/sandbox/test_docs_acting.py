# SPDX-License-Identifier: Apache-2.0
"""The commands of docs/gitopsctl.md that act, wait, and look at a fleet, run as they are written
there."""

import shutil

import pytest
import yaml

from docs import commands_of, follow_text, home
from harness import eventually, git
from world import APPLICATIONS, config_map, deployment, install_crds


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
        return follow_text(line, tmp_path, shop.kubeconfig, home(tmp_path), tmp_path / "clone")

    acting = commands_of("gitopsctl.md", "Acting")
    assert len(acting) >= 8, acting
    for command in acting:
        line = command.text.replace("[ID]", "").replace("[--hard]", "--hard")
        if "suspend" in line:
            shop.cluster.merge_patch(f"{APPLICATIONS}/shop",
                                     {"spec": {"syncPolicy": {"automated": {}}}})
        # Nothing is under way that could be ended, and it says so.
        told = run(f"{line} 2>&1 || true" if "--terminate" in line else line)
        assert ("no sync" in told or "no operation" in told) == ("--terminate" in line), told
    run("gitopsctl sync shop && gitopsctl sync payments")

    waiting = commands_of("gitopsctl.md", "Waiting")
    assert len(waiting) >= 3, waiting
    for command in waiting:
        run(command.text)

    fleet = commands_of("gitopsctl.md", "The fleet")
    assert len(fleet) >= 4, fleet
    (tmp_path / ".kube").mkdir()
    for name, file in zip(("eu", "us"), shop.kubeconfig.split(":"), strict=True):
        shutil.copy(file, tmp_path / ".kube" / name)
    for command in fleet:
        assert "staging" in run(command.text)
