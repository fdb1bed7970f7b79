# SPDX-License-Identifier: Apache-2.0
"""The Debian package: what is in it, and a life of it on a machine of its own: installed, used as
its unit says, removed, purged."""

import re
import shlex
import signal

import pytest

from harness import eventually, free_port, run
from root import ROOT, Service, notify_socket
from world import World, config_map

NOBODY = 61184  # of those that systemd gives to DynamicUser=


@pytest.fixture(scope="module")
def machine(install, debian, new_root):
    """A Debian with the package."""
    root = new_root(debian)
    root.before = root.files()
    install(root)
    yield root


def field(package, name):
    return run("dpkg-deb", "--field", package, name).strip()


def test_it_says_what_it_needs(package):
    needs = {word.split()[0] for word in field(package, "Depends").split(", ")}
    assert {"libc6", "libgit2-1.5", "libcurl4", "libuv1", "ca-certificates", "tzdata"} <= needs
    assert field(package, "Recommends") == "gpg"
    assert "gitopsd" in field(package, "Description")


def test_what_is_in_it(package):
    listed = run("dpkg-deb", "--contents", package).splitlines()
    modes = {line.split()[5].lstrip("."): line.split()[0] for line in listed}
    owners = {line.split()[1] for line in listed}
    for path in ("/usr/bin/gitopsd", "/usr/bin/gitopsctl", "/usr/libexec/gitopsd/gitopsd-jq",
                 "/usr/libexec/gitopsd/gitopsctl-git"):
        assert modes[path] == "-rwxr-xr-x"
    for path in ("/usr/lib/systemd/system/gitopsd.service", "/etc/gitopsd/gitopsd.yaml",
                 "/usr/lib/systemd/system/gitopsd@.service",
                 "/usr/share/gitopsd/config/default/kustomization.yaml",
                 "/usr/share/man/man1/gitopsctl.1",
                 "/usr/share/bash-completion/completions/gitopsctl",
                 "/usr/share/zsh/vendor-completions/_gitopsctl",
                 "/usr/share/fish/vendor_completions.d/gitopsctl.fish"):
        assert modes[path] == "-rw-r--r--"
    assert owners == {"root/root"}


def test_its_programs_run_where_nothing_else_is_installed(machine, git_server):
    assert re.fullmatch(r"gitopsd \S+\n", machine.run("gitopsd", "--version"))
    ours = machine.run("gitopsctl", "render", "/usr/share/gitopsd/config/default")
    assert ours == run(ROOT / "tests/cluster/kubectl", "kustomize", ROOT / "config/default")
    linked = machine.run("sh", "-c", "ldd /usr/bin/gitops* /usr/libexec/gitopsd/*")
    assert "not found" not in linked
    # By a program in libexec.
    repo = git_server.create("repo")
    repo.write("a/kustomization.yaml", "resources: [a.yaml]\n")
    repo.write("a/a.yaml", config_map("from-git"))
    repo.commit()
    assert "name: from-git" in machine.run("gitopsctl", "render", "/repo@main:a",
                                           binds={repo.bare: "/repo"})


def command_of_unit(machine, credentials):
    """ExecStart as systemd runs it."""
    text = machine.path("/usr/lib/systemd/system/gitopsd.service").read_text()
    command = re.search("^ExecStart=(.*)$", text, re.MULTILINE)[1]
    return shlex.split(command.replace("%d", credentials))


def test_the_service_serves_a_cluster(machine, plane, git_server, tmp_path):
    """As its unit says: a user of its own, a system that cannot be written, the kubeconfig as a
    credential, and a service manager that is told."""
    folders = [tmp_path / name for name in ("state", "credentials", "run", "tmp")]
    state, credentials, sockets, tmp = folders
    for folder in folders:
        folder.mkdir()
        run("chown", f"{NOBODY}:{NOBODY}", folder)
    file = credentials / "kubeconfig"
    file.write_text(plane.gitopsd_kubeconfig.read_text())
    run("chown", f"{NOBODY}:{NOBODY}", file)
    port = free_port()
    binds = {state: "/var/lib/gitopsd", credentials: "/run/credentials/gitopsd.service",
             sockets: "/run/notify", tmp: "/tmp"}
    argv = [*command_of_unit(machine, "/run/credentials/gitopsd.service"),
            f"--listen=127.0.0.1:{port}", "--poll-interval=200ms"]
    plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": "packaged"}})

    def start(_cluster, **_options):
        return service.start()

    with notify_socket(sockets / "socket") as manager:
        service = Service(tmp_path / "service", machine.command(
            *argv, uid=NOBODY, read_only=True, binds=binds,
            env={"STATE_DIRECTORY": "/var/lib/gitopsd", "NOTIFY_SOCKET": "/run/notify/socket",
                 "CREDENTIALS_DIRECTORY": "/run/credentials/gitopsd.service",
                 "WATCHDOG_USEC": "2000000"}), port)
        world = World(plane, git_server, "packaged", start, tmp_path)
        world.repo.write("web/a.yaml", config_map("a"))
        world.repo.commit()
        world.create("web", self_heal=True)
        world.start()
        try:
            manager.wait("READY=1")
            world.wait_synced("web")
            manager.wait("WATCHDOG=1")
            service.process.send_signal(signal.SIGHUP)
            manager.wait("RELOADING=1")
            eventually(lambda: manager.hears("READY=1") and manager.told.count("READY=1") > 1)
            assert any((state / "repos").iterdir())
        finally:
            service.stop()
        manager.wait("STOPPING=1")


def test_nothing_is_left_when_it_is_purged(machine, package):
    (machine.path("/var/lib/gitopsd")).mkdir(exist_ok=True)
    machine.apt("remove", "gitopsd")
    assert machine.path("/etc/gitopsd/gitopsd.yaml").exists()
    assert not machine.path("/usr/bin/gitopsd").exists()
    machine.path("/etc/gitopsd/kubeconfig").write_text("kept")
    machine.apt("purge", "gitopsd")
    left = {f for f in machine.files() - machine.before if "gitopsd" in f}
    assert left == {"/etc/gitopsd/kubeconfig", f"/tmp/{package.name}"}
    assert not machine.path("/var/lib/gitopsd").exists()
