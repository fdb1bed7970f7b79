# SPDX-License-Identifier: Apache-2.0
"""The commands of docs/start.md and docs/migration.md, run in their order as they are written, and no
page with commands that no test runs."""

import json
import re

import pytest
import yaml

from docs import commands, follow, follow_text
from gitopsd import gitopsd_program
from harness import ROOT, eventually, git
from world import config_map, deployment

# Where the commands of a section are run (below tests/), in blocks that say ```sh.
RUN_BY = {
    "start.md": "sandbox/test_docs.py",
    "migration.md": "sandbox/test_docs.py",
    "install.md": "cluster/test_install.py",
    "install.md: On a machine with systemd": "packaging/test_units.py",
    "install.md: Debian package": "packaging/conftest.py",
}
CONTROLLER = {
    "apiVersion": "apps/v1", "kind": "StatefulSet",
    "metadata": {"name": "argocd-application-controller", "namespace": "argocd"},
    "spec": {"serviceName": "", "selector": {"matchLabels": {"app": "c"}},
             "template": {"metadata": {"labels": {"app": "c"}},
                          "spec": {"containers": [{"name": "c", "image": "argocd"}]}}}}


def test_no_page_has_commands_that_are_not_run():
    pages = {p.name for p in (ROOT / "docs").glob("*.md") if "\n```sh\n" in p.read_text()}
    assert pages == {key.partition(":")[0] for key in RUN_BY}
    for page in pages:
        for heading in headings(page):
            test = ROOT / "tests" / RUN_BY.get(f"{page}: {heading}", RUN_BY[page])
            assert f'"{heading}"' in test.read_text(), (page, heading, test)


def headings(page):
    """Of the sections with commands."""
    heading, found = None, []
    for line in (ROOT / "docs" / page).read_text().splitlines():
        if re.match("#+ ", line):
            heading = line.lstrip("# ")
        elif line == "```sh" and heading not in found:
            found.append(heading)
    return found


def test_start_in_five_minutes(tmp_path):
    dir = tmp_path / "start"
    text = commands("start.md", "2. Play with it")
    for written, here in (("/tmp/start", str(dir)), ("build/release/bin", str(gitopsd_program().parent)),
                          ("gitopsd --state-dir", "gitopsd --listen 127.0.0.1:0 --state-dir")):
        assert written in text
        text = text.replace(written, here)
    told = follow_text(f"trap 'kill $(jobs -p); wait' EXIT\n{text}", tmp_path)
    assert re.search(r"^configmap/|^greeting-\w+ +1 ", told, re.MULTILINE), told
    assert "text: hello" in told


def lines(page, *programs):
    """The indented lines of a page, without their remarks, that begin with one of these."""
    text = page.read_text()
    found = [line.strip() for line in re.findall(r"^    (.*?)(?:  +#.*)?$", text, re.MULTILINE)
             if line.split(" ")[0].rpartition("/")[2] in programs]
    assert found, page
    return found


def test_the_application_of_the_readme(world):
    """`gitopsd --kubeconfig ... --app app.yaml`, and what is asked of it."""
    text = (ROOT / "README.md").read_text()
    assert "gitopsd --kubeconfig ~/.kube/config --app app.yaml" in text
    app = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1]
    world.repo.write("overlays/staging/a.yaml", config_map("a"))
    world.repo.git("checkout", "-q", "-B", "main")
    world.repo.commit()
    address = "https://git.example.com/shop.git"
    assert address in app
    daemon = world.start_with_files({"app.yaml": app.replace(address, world.repo.url)})
    eventually(lambda: world.object("configmaps", "a")["data"] == {"key": "1"})
    eventually(lambda: json.loads(daemon.http("GET", "/api/v1/applications")[1])
               ["items"][0]["status"]["sync"]["status"] == "Synced")


def test_the_sandbox_by_hand(tmp_path):
    """As docs/sandbox.md starts one."""
    found = lines(ROOT / "docs" / "sandbox.md", "sandbox", "export", "kubectl", "gitopsd")
    assert len(found) == 5, found
    text = "\n".join(found).replace("build/release/bin", str(gitopsd_program().parent))
    text = text.replace("/tmp/sandbox.kubeconfig &", f"{tmp_path}/kubeconfig >{tmp_path}/ready &\n"
                        f"until grep -q ready {tmp_path}/ready; do sleep 0.1; done")
    text = text.replace("/tmp/sandbox.kubeconfig", f"{tmp_path}/kubeconfig")
    follow_text(f"trap 'kill $(jobs -p); wait' EXIT\n{text} --listen 127.0.0.1:0 --state-dir "
                f"{tmp_path}/state 2>{tmp_path}/log &\n"
                f"until grep -q connected {tmp_path}/log; do sleep 0.1; done\n", tmp_path)


def test_health_and_render_by_hand(world, tmp_path):
    """The commands of docs/health.md and docs/kustomize.md."""
    world.repo.write("overlays/prod/kustomization.yaml", "resources: [a.yaml]\n")
    world.repo.write("overlays/prod/a.yaml", config_map("a"))
    world.repo.commit()
    (tmp_path / "OBJECT.yaml").write_text(deployment("web"))
    (tmp_path / "widget.lua").write_text("return {status = 'Degraded', message = 'by hand'}\n")
    world.cluster.kubectl("-n", "shop", "create", "deployment", "w", "--image", "a")
    first, second, third = lines(ROOT / "docs" / "health.md", "gitopsctl", "kubectl")

    def told(line, cwd=tmp_path):
        return follow_text(line, tmp_path, world.cluster.kubeconfig, cwd=cwd)
    assert told(first).startswith("Progressing: ")
    assert told(second) == "Degraded: by hand\n"
    assert re.match("Progressing|Healthy",
                    told(third.replace("widget w", "-n shop deployment w")))
    directory, commit = lines(ROOT / "docs" / "kustomize.md", "gitopsctl")[:2]
    assert told(directory, world.repo.tree) == told(
        commit.replace("REPO@REVISION", ".@HEAD"), world.repo.tree)


@pytest.fixture
def argocd(world):
    """What an Argo CD deployed: two Applications, and the clone of a person."""
    for name in ("shop", "blog"):
        world.repo.write(f"overlays/{name}/web.yaml", deployment("web-" + name))
        world.repo.write(f"overlays/{name}/c.yaml", config_map("c-" + name))
        world.repo.write(f"overlays/{name}/kustomization.yaml", "resources: [web.yaml, c.yaml]\n")
    world.repo.commit()
    for name in ("shop", "blog"):
        app = yaml.safe_load(world.app_text(name, f"overlays/{name}", self_heal=True, prune=True))
        app["metadata"]["name"] = name
        world.cluster.apply(yaml.safe_dump(app))
        for text in deployment("web-" + name), config_map("c-" + name):
            made = yaml.safe_load(text)
            kind, group = made["kind"], made["apiVersion"].rpartition("/")[0]
            made["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id":
                                               f"{name}:{group}/{kind}:shop/{made['metadata']['name']}"}
            world.cluster.kubectl("-n", "shop", "apply", "-f", "-", input=yaml.safe_dump(made))
    world.cluster.request("POST", "/apis/apps/v1/namespaces/argocd/statefulsets", CONTROLLER)
    return world


def pods(world):
    return {p["metadata"]["uid"] for p in
            world.cluster.get("/api/v1/namespaces/shop/pods")["items"]}


def test_from_argo_cd_to_gitopsd(argocd, tmp_path):
    world = argocd
    eventually(lambda: len(pods(world)) == 2)
    before = pods(world)
    git("clone", "-q", world.repo.url, tmp_path / "clone")

    def step(heading, **options):
        return follow("migration.md", heading, tmp_path, world.cluster.kubeconfig, **options)

    assert "differ" not in step("1. See what would happen", cwd=tmp_path / "clone")
    step("2. Install it beside Argo CD")
    daemon = world.start(args=["--selector", "gitopsd.io/managed=true", "--beside-argocd"])
    step("3. Hand over one Application")
    step("4. Hand over the rest")
    daemon.stop()
    step("5. Take Argo CD away")
    world.start()
    for name in ("shop", "blog"):
        path = f"/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{name}"
        world.repo.write(f"overlays/{name}/c.yaml", config_map("c-" + name, "2"))
        world.repo.commit()
        eventually(lambda: world.object("configmaps", "c-" + name)["data"] == {"key": "2"})
        eventually(lambda: world.cluster.get(path)["status"]["health"]["status"] == "Healthy")
    assert pods(world) == before, "a Pod was restarted"
