# SPDX-License-Identifier: Apache-2.0
"""Commands of README and docs that stand alone, run as they are written there, on a sandbox."""

import json
import re
import subprocess

import pytest
import yaml

from docs import commands_of, follow_text, following, home, work_tree
from harness import ROOT, eventually, free_port
from world import APPLICATIONS, config_map, deployment

# Otherwise a pytest that a test starts takes itself for a worker of the one that runs it.
NOT_OF_THIS_RUN = "unset ${!PYTEST_*}"


def test_the_readme_with_a_cluster(world, tmp_path):
    """`gitopsd --kubeconfig ... --app app.yaml`, and what the text around it names."""
    start, *others = commands_of("README.md", "With your cluster")
    tree, port = work_tree(tmp_path), free_port()
    world.repo.write("overlays/staging/kustomization.yaml", "resources: [a.yaml]\n")
    world.repo.write("overlays/staging/a.yaml", config_map("a"))
    world.repo.git("checkout", "-q", "-B", "main")
    world.repo.commit()
    address, text = "https://git.example.com/shop.git", (ROOT / "README.md").read_text()
    app = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1]
    assert address in app
    (tree / "app.yaml").write_text(app.replace(address, world.repo.url))
    (tree / ".kube").mkdir()
    (tree / ".kube" / "config").write_text(world.cluster.gitopsd_kubeconfig.read_text())
    here = {"127.0.0.1:8080": f"127.0.0.1:{port}", "REPO@REVISION:PATH": ".@main:overlays/staging",
            "PATH": "overlays/staging", "plan NAME": f"plan shop --server http://127.0.0.1:{port}"}
    (tree / "overlays").symlink_to(world.repo.tree / "overlays")
    (tree / ".git").symlink_to(world.repo.tree / ".git")
    env = {**home(tree), "GITOPSD_LISTEN": f"127.0.0.1:{port}", "GITOPSD_POLL_INTERVAL": "1s",
           "GITOPSD_STATE_DIR": str(tmp_path / "state")}

    def told(line):
        for written, replacement in here.items():
            line = line.replace(written, replacement)
        return follow_text(line, tmp_path, world.cluster.kubeconfig, env, tree)

    with following(start.text, tmp_path, env=env, cwd=tree):
        eventually(lambda: world.object("configmaps", "a")["data"] == {"key": "1"})
        ask = next(c.text for c in others if c.program == "curl")
        eventually(lambda: json.loads(told(f"{ask} -s"))["items"][0]["status"]["sync"]["status"]
                   == "Synced")
        answers = {c.text: told(c.text) for c in others}
    assert len(answers) == 7
    assert "name: a\n" in answers["build/release/bin/gitopsctl render PATH"]
    assert answers["build/release/bin/gitopsctl render PATH"] == \
        answers["gitopsctl render REPO@REVISION:PATH"]
    assert "0 to apply" in answers["gitopsctl plan NAME"]


def test_the_sandbox_by_hand(tmp_path):
    """As docs/sandbox.md starts one, and a daemon in its last line."""
    *lines, last = [c.text.replace("/tmp/sandbox.kubeconfig", f"{tmp_path}/kubeconfig")
                    for c in commands_of("sandbox.md", "The sandbox")]
    assert len(lines) == 4 and lines[0].endswith(" &")
    lines[0] = (f"{lines[0][:-1]}>{tmp_path}/ready &\n"
                f"until grep -q ready {tmp_path}/ready; do sleep 0.1; done")
    text = "\n".join(["trap 'kill $(jobs -p); wait' EXIT", *lines, f"{last} 2>{tmp_path}/log &",
                      f"until grep -q connected {tmp_path}/log; do sleep 0.1; done"])
    follow_text(text, tmp_path, cwd=work_tree(tmp_path), env={
        "GITOPSD_LISTEN": "127.0.0.1:0", "GITOPSD_STATE_DIR": str(tmp_path / "state")})


def test_cases_of_the_contract_by_hand(tmp_path):
    command, = commands_of("sandbox.md", "How it is held to the truth", "pytest")
    told = follow_text(f"{NOT_OF_THIS_RUN}\n{command.text} --basetemp {tmp_path}/base", tmp_path)
    assert re.search(r"[1-9]\d* passed, \d+ deselected", told)


def test_health_by_hand(world, tmp_path):
    (tmp_path / "OBJECT.yaml").write_text(deployment("web"))
    (tmp_path / "widget.lua").write_text("return {status = 'Degraded', message = 'by hand'}\n")
    world.cluster.kubectl("-n", "shop", "create", "deployment", "w", "--image", "a")
    by_kind, by_script, live = (c.text for c in commands_of("health.md", "Trying it"))
    # There is no kind Widget here.
    live = live.replace("widget w", "-n shop deployment w")

    def told(line):
        return follow_text(line, tmp_path, world.cluster.kubeconfig, cwd=tmp_path)
    assert told(by_kind).startswith("Progressing: ")
    assert told(by_script) == "Degraded: by hand\n"
    assert re.match("Progressing|Healthy", told(live))
    try_script, = commands_of("CONTRIBUTING.md", "How to add", "gitopsctl")
    assert told(try_script.text.replace("FILE", "widget.lua")) == "Degraded: by hand\n"


def test_render_by_hand(world, tmp_path):
    """Where a usage has alternatives: the first of each, then the second, and so on."""
    world.repo.write("overlays/prod/kustomization.yaml", "resources: [a.yaml]\n")
    world.repo.write("overlays/prod/a.yaml", config_map("a"))
    world.repo.commit()
    directory, commit, options = (c.text for c in commands_of("kustomize.md", "kustomize"))

    def told(line):
        return follow_text(line, tmp_path, cwd=world.repo.tree)
    assert told(directory) == told(commit.replace("REPO@REVISION", ".@HEAD"))
    words = options.replace("\\\n", "").split()
    most = max(word.count("|") for word in words)
    assert most >= 2
    for i in range(most + 1):
        chosen = " ".join(word.split("|")[min(i, word.count("|"))] for word in words)
        told(chosen.replace("FILE_OR_DIR", f"{tmp_path}/out-{i}").replace("PATH", "overlays/prod"))
        assert (tmp_path / f"out-{i}").read_text() == told(directory)


def test_completions_and_manual_pages_by_hand(world, tmp_path):
    bash, zsh, fish, man, version = (
        c.text for c in commands_of("gitopsctl.md", "Completion and manual pages"))
    (tmp_path / ".config/fish/completions").mkdir(parents=True)

    def told(line):
        return follow_text(line, tmp_path, world.cluster.kubeconfig, home(tmp_path), tmp_path)
    assert "gitopsctl" in told(f"{bash}\ncomplete -p gitopsctl")
    told(f"zsh -fec 'fpath=({tmp_path} $fpath)\n{zsh}'")
    assert (tmp_path / "_gitopsctl").read_text().startswith("#compdef gitopsctl\n")
    told(fish)
    assert "refresh" in told("""fish -c "complete -C 'gitopsctl ref'" """)
    assert "gitopsctl sync" in told(man)
    assert re.search(r"gitopsctl \S*\d", told(version))


@pytest.fixture
def web(world):
    """An Application named web, served; and a kubeconfig whose namespace is that of Applications."""
    world.repo.write("overlays/web/a.yaml", config_map("a"))
    world.repo.commit()
    app = yaml.safe_load(world.app_text("web", "overlays/web"))
    app["metadata"]["name"] = "web"
    world.cluster.apply(yaml.safe_dump(app))
    world.start()
    world.cluster.kubectl("config", "set-context", "--current", "--namespace=argocd")
    eventually(lambda: world.cluster.get(f"{APPLICATIONS}/web")["status"]["health"]["status"]
               == "Healthy")
    return world


def test_plans_and_approvals_by_hand(web, tmp_path):
    def told(line):
        return follow_text(line, tmp_path, web.cluster.kubeconfig)

    def written(line):
        return line.replace("NAMESPACE/NAME", "argocd/web").replace("NAME", "web")
    for command in commands_of("syncing.md", "Syncing", "gitopsctl"):
        assert "web" in told(f"{written(command.text)} --server {web.daemon.url}")
    for command in commands_of("syncing.md", "Syncing", "GET"):
        status, text = web.daemon.http(*written(command.text).split())
        assert status == 200 and text.startswith("argocd/web at ")
    approve, = commands_of("syncing.md", "What is pruned")
    told(approve.text)
    annotations = web.cluster.get(f"{APPLICATIONS}/web")["metadata"]["annotations"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                        annotations["argocd.argoproj.io/deletion-approved"])


def test_where_applications_stand_by_hand(web, tmp_path):
    shown, whole = (c.text for c in commands_of("status.md", "Status and Events"))

    def told(line):
        return follow_text(line.replace("NAME", "web"), tmp_path, web.cluster.kubeconfig)
    assert re.search(r"^web +Synced +Healthy", told(shown), re.MULTILINE)
    assert yaml.safe_load(told(whole))["status"]["sync"]["status"] == "Synced"


def test_gitopsd_by_hand(world, tmp_path):
    version, = commands_of("SECURITY.md", "Reporting")
    assert re.fullmatch(r"gitopsd \S+\n", follow_text(version.text, tmp_path))
    port = free_port()
    env = {"GITOPSD_LISTEN": f"127.0.0.1:{port}", "GITOPSD_STATE_DIR": str(tmp_path / "state"),
           "GITOPSD_CONFIG": "/dev/null"}
    check, example = (c.text for c in commands_of("operating.md", "Configuration"))
    assert f"127.0.0.1:{port}" in follow_text(check, tmp_path, world.cluster.kubeconfig, env)
    assert follow_text(example, tmp_path) == (ROOT / "config/gitopsd.example.yaml").read_text()
    remote, = commands_of("operating.md", "Remote bases and files")
    with following(remote.text, tmp_path, world.cluster.kubeconfig, env):
        eventually(lambda: subprocess.run(["curl", "-sf", f"http://127.0.0.1:{port}/readyz"],
                                          stdout=subprocess.DEVNULL).returncode == 0)
