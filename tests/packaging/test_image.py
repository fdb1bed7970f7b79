# SPDX-License-Identifier: Apache-2.0
"""The image: built from the Dockerfile by the command of the documentation, which buildah executes,
on a base that is made here because no image registry can be reached. It runs as the Deployment runs
it."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from docs import commands_of, follow_text
from harness import free_port, run
from root import CACHE, ROOT, Root, Service
from world import World, config_map

BASE = "localhost/debian-base"
FROM = "docker.io/library/debian:bookworm-slim"  # what the Dockerfile calls it

# A `docker` that does what `docker build` of the documentation needs, for machines where no
# container engine can run. What did not change is not built again, and no registry is asked.
DOCKER = """#!/bin/sh
[ "$1" = build ] || exit 2
shift
exec {buildah} build --layers --pull=never --build-arg REVISION=test "$@"
"""


def can_overlay(folder):
    parts = [folder / name for name in ("lower", "upper", "work", "merged")]
    for part in parts:
        part.mkdir()
    lower, upper, work, merged = parts
    return subprocess.run(["unshare", "--mount", "mount", "-t", "overlay", "overlay", "-o",
                           f"lowerdir={lower},upperdir={upper},workdir={work}", merged],
                          stderr=subprocess.DEVNULL).returncode == 0


@pytest.fixture(scope="module")
def buildah(tmp_path_factory):
    """buildah(*words): with its storage in the cache, so that what did not change is not built
    again. Where this machine forbids containers, nothing can be shown."""
    temporary = CACHE / "image-tmp"  # buildah keeps the caches of `RUN --mount` there
    temporary.mkdir(parents=True, exist_ok=True)
    driver = "overlay" if can_overlay(tmp_path_factory.mktemp("overlay")) else "vfs"
    command = ["buildah", "--root", CACHE / f"image-{driver}",
               "--runroot", tmp_path_factory.mktemp("run"), "--storage-driver", driver]
    env = {"TMPDIR": str(temporary), "BUILDAH_ISOLATION": "chroot"}

    def call(*words):
        return run(*command, *words, timeout=1500, env={**os.environ, **env})

    if subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("this machine forbids mount namespaces: buildah cannot run a build")
    call.command, call.env = command, env
    return call


@pytest.fixture(scope="module")
def image(build, buildah, debian, tmp_path_factory):
    """The name of the image, built from this work tree."""
    name = f"{BASE}:{debian.stem}"
    if name not in buildah("images", "--format", "{{.Name}}:{{.Tag}}").split():
        container = buildah("from", "scratch").strip()
        buildah("add", container, debian, "/")
        buildah("config", "--cmd", "/bin/sh", container)
        buildah("commit", "--rm", container, name)
    buildah("tag", name, FROM)
    # The first stage has a name, so that what is removed is what former ones left behind.
    buildah("build", "--layers", "--pull=never", "--target", "build",
            "-t", "localhost/gitopsd-build", ROOT)
    folder = tmp_path_factory.mktemp("docker")
    (folder / "programs").mkdir()
    docker = folder / "programs" / "docker"
    docker.write_text(DOCKER.format(buildah=shlex.join(map(str, buildah.command))))
    docker.chmod(0o755)
    line, = commands_of("install.md", "The image")
    follow_text(line.text, folder, env=buildah.env)
    buildah("rm", "--all")  # of builds that failed
    buildah("rmi", "--prune")
    return re.search(r" -t (\S+) ", line.text)[1]


@pytest.fixture(scope="module")
def unpacked(buildah, image, tmp_path_factory):
    """A Root with what is in the image."""
    container = buildah("from", image).strip()
    folder = tmp_path_factory.mktemp("image")
    mounted = buildah("mount", container).strip()
    run("cp", "-a", f"{mounted}/.", folder)
    buildah("umount", container)
    buildah("rm", container)
    yield Root(folder)
    run("rm", "-rf", "--one-file-system", folder)


@pytest.fixture(scope="module")
def config(buildah, image):
    return json.loads(buildah("inspect", "--type", "image", image))["OCIv1"]["config"]


def test_what_setup_installs_is_enough_for_the_demo(buildah, image):
    """The first stage has what `tests/setup --build-only` installs; this machine has more."""
    container = buildah("from", "--pull=never", "localhost/gitopsd-build").strip()
    buildah("run", "--volume", f"{ROOT}:/tree:ro", container, "--",
            "cmake", "--preset", "release", "-S", "/tree", "-B", "/tmp/demo")
    buildah("rm", container)


def test_it_says_what_it_is(config):
    labels = config["Labels"]
    assert labels["org.opencontainers.image.title"] == "gitopsd"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.revision"] == "test"
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["/usr/bin/gitopsd"]


def test_it_is_small(unpacked, debian):
    """Beyond its base there is gitopsd, and what it is linked with."""
    ours = int(run("du", "-sm", unpacked.dir).split()[0]) - debian.stat().st_size / 2**20
    assert ours < 60, f"{ours} MiB"
    assert not unpacked.path("/usr/bin/cc").exists()
    assert not list(unpacked.path("/var/lib/apt/lists").glob("*Packages*"))


def test_no_file_can_be_used_to_become_somebody_else(unpacked):
    set_user = run("find", unpacked.dir, "-xdev", "-newer", unpacked.path("/usr/bin/gitopsd"),
                   "-perm", "/6000", "-type", "f")
    assert set_user == ""


def test_it_serves_a_cluster_as_the_deployment_runs_it(unpacked, config, plane, git_server, tmp_path):
    """Its user, its arguments, a root that cannot be written, and the volumes."""
    objects = yaml.safe_load_all(run(ROOT / "tests/cluster/kubectl", "kustomize",
                                     ROOT / "config/default"))
    deployment = next(o for o in objects if o["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    container, = pod["containers"]
    uid = pod["securityContext"]["runAsUser"]
    port = free_port()
    args = [a.replace("$(POD_NAMESPACE)", "argocd") for a in container["args"]
            if not a.startswith("--listen=")]
    binds = {}
    for mount in container["volumeMounts"]:
        if not mount.get("readOnly"):
            folder = tmp_path / mount["name"]
            folder.mkdir(mode=0o777)
            run("chown", f"{uid}:{uid}", folder)
            binds[folder] = mount["mountPath"]
    (tmp_path / "tmp/kubeconfig").write_text(plane.gitopsd_kubeconfig.read_text())
    run("chown", f"{uid}:{uid}", tmp_path / "tmp/kubeconfig")
    env = dict(word.split("=", 1) for word in config["Env"])
    plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": "imaged"}})
    service = Service(tmp_path / "service", unpacked.command(
        *config["Entrypoint"], *args, f"--listen=127.0.0.1:{port}", "--poll-interval=200ms",
        "--kubeconfig=/tmp/kubeconfig", uid=uid, read_only=True, binds=binds,
        env={**env, "POD_NAMESPACE": "argocd"}), port)
    world = World(plane, git_server, "imaged", lambda *_, **__: service.start(), tmp_path)
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", self_heal=True)
    world.start()
    try:
        world.wait_synced("web")
        with pytest.raises(OSError):
            unpacked_write(service)
    finally:
        service.stop()


def unpacked_write(service):
    """What the process sees as its root."""
    Path(f"/proc/{service.process.pid}/root/usr/x").write_text("")
