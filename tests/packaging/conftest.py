# SPDX-License-Identifier: Apache-2.0
"""What the tests of the package, the image and the units share. They need root: they change into
roots of their own. Run them with the Python of `tests/setup`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "cluster")]

from docs import commands_of, follow  # noqa: E402  (needs the paths above)
from harness import ControlPlane, GitServer, run  # noqa: E402  (needs the paths above)
from root import CACHE, ROOT, Root  # noqa: E402
from world import install_crds  # noqa: E402


@pytest.fixture(scope="session")
def build():
    """The build folder of what is packaged. What was compiled before is taken from a cache."""
    os.environ.setdefault("CMAKE_C_COMPILER_LAUNCHER", "ccache")
    os.environ.setdefault("CCACHE_DIR", str(CACHE / "ccache"))
    os.environ.setdefault("CCACHE_BASEDIR", str(ROOT))  # in whatever clone that was
    os.environ.setdefault("CCACHE_NOHASHDIR", "1")
    run("cmake", "--preset", "package", cwd=ROOT)
    run("cmake", "--build", "--preset", "package", cwd=ROOT, timeout=1800)
    os.environ["GITOPSD"] = str(ROOT / "build" / "package" / "bin" / "gitopsd")
    return ROOT / "build" / "package"


@pytest.fixture(scope="session")
def package(build, tmp_path_factory):
    """The Debian package, made as the documentation says."""
    for old in build.glob("gitopsd_*.deb"):
        old.unlink()
    follow("install.md", "Debian package", tmp_path_factory.mktemp("package"))
    file, = build.glob("gitopsd_*.deb")
    return file


# So that `apt install` asks nothing, and installs what has to be.
APT = """APT::Get::Assume-Yes "true";
APT::Install-Recommends "false";
Acquire::Retries "5";
"""


@pytest.fixture(scope="session")
def install(package):
    """install(root): the package, in a folder of this root, as the documentation says."""
    line, = commands_of("install.md", "Debian package", "apt")

    def run_line(root):
        run("cp", package, root.path("/tmp"))
        root.path("/etc/apt/apt.conf.d/test").write_text(APT)
        root.apt("update")
        root.run_with_archives("sh", "-c", f"cd /tmp && {line.text}")

    return run_line


def what_is_forbidden(dir):
    """Why no system in a folder of its own can be made and entered here; "" when it can."""
    needs = {
        "to be root": "[ $(id -u) = 0 ]",
        "to make devices": f"mknod {dir}/null c 1 3 && echo >{dir}/null",
        "mount namespaces": f"unshare --mount --propagation private mount --bind {dir} {dir}",
        "to change the root": "chroot / true",
    }
    for need, command in needs.items():
        if subprocess.run(["sh", "-c", command], stderr=subprocess.DEVNULL).returncode:
            return f"this machine does not permit {need}"
    return ""


@pytest.fixture(scope="session")
def debian(tmp_path_factory):
    """A tar archive of a minimal Debian."""
    if reason := what_is_forbidden(tmp_path_factory.mktemp("probe")):
        pytest.skip(f"{reason}: no Debian in a folder can be made, or entered")
    return Path(run(HERE / "debian-root").strip())


@pytest.fixture(scope="session")
def plane(tmp_path_factory):
    with ControlPlane(tmp_path_factory.mktemp("plane") / "cluster") as control_plane:
        install_crds(control_plane)
        yield control_plane


@pytest.fixture
def git_server(tmp_path):
    with GitServer(tmp_path / "git") as server:
        yield server


@pytest.fixture(scope="session")
def new_root(tmp_path_factory):
    """new_root(archive) -> Root, unpacked."""
    made = []

    def make(archive):
        root = Root(tmp_path_factory.mktemp("root"))
        run("tar", "--numeric-owner", "-C", root.dir, "-xf", archive)
        made.append(root)
        return root

    yield make
    for root in made:
        run("rm", "-rf", "--one-file-system", root.dir)
