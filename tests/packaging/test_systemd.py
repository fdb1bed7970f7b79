# SPDX-License-Identifier: Apache-2.0
"""The installed units under a real systemd: hardened, with credentials, told and watched by it, and
used by the commands of docs/install.md."""

import re
import signal

import pytest
import yaml

from docs import commands_of, follow_text
from harness import ROOT, eventually, free_port, run
from machine import Machine, cgroup_root
from world import World, config_map

SETTINGS = "/api/v1/namespaces/argocd/configmaps/argocd-cm"


@pytest.fixture(scope="module")
def machine(install, debian, new_root):
    """A machine with the package, booted."""
    cgroups = cgroup_root()
    if not cgroups:
        pytest.skip("this machine mounts no cgroup2 that can be written: no systemd can run")
    root = new_root(debian)
    install(root)
    root.apt("install", "systemd")
    booted = Machine(root, cgroups)
    try:
        try:
            booted.boot()
        except (AssertionError, OSError) as e:  # nothing of gitopsd runs yet
            pytest.skip(f"no systemd comes up on this machine: {e}")
        yield booted
    finally:
        booted.halt()


@pytest.fixture
def configure(machine, plane, tmp_path):
    """configure(name): as a person does it, with files below /etc. Returns the port."""
    view, = commands_of("install.md", "On a machine with systemd", "kubectl")

    def write(name, unit_name):
        port = free_port()
        folder = machine.root.path("/etc/gitopsd")
        (folder / f"{name}.yaml").write_text(
            f"listen: 127.0.0.1:{port}\npoll-interval: 200ms\nlease-name: {name}\n")
        kubeconfig = folder / unit_name
        kubeconfig.write_text(follow_text(view.text, tmp_path, plane.gitopsd_kubeconfig))
        kubeconfig.chmod(0o600)
        return port
    return write


@pytest.fixture
def service(machine, configure):
    """gitopsd.service, running."""
    configure("gitopsd", "kubeconfig")
    machine.ctl("start", "gitopsd")
    yield "gitopsd"
    machine.ctl("stop", "gitopsd")
    assert machine.show("gitopsd", "Result") == "success"


def test_it_serves_a_cluster_within_its_walls(machine, service, plane, git_server, tmp_path):
    """Git in a child, jq and Lua in others: all that it starts runs under the filters."""
    world = World(plane, git_server, "walled", None, tmp_path)
    plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": "walled"}})
    plane.request("POST", SETTINGS.rpartition("/")[0], {
        "metadata": {"name": "argocd-cm", "labels": {"app.kubernetes.io/part-of": "argocd"}},
        "data": {"resource.customizations.health.ConfigMap":
                 "return {status = 'Degraded', message = 'by ' .. obj.metadata.name}"}})
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", self_heal=True, ignore_differences=[
        {"kind": "ConfigMap", "jqPathExpressions": ['.data | .["other"]']}])
    try:
        world.wait_synced("web")
        eventually(lambda: world.get("web")["status"]["health"]["status"] == "Degraded")
        plane.merge_patch(world.path_of("configmaps", "a"), {"data": {"other": "kept", "key": "2"}})
        eventually(lambda: world.object("configmaps", "a")["data"] == {"key": "1", "other": "kept"})
    finally:
        plane.request("DELETE", SETTINGS)
    status = machine.process_status(service)
    assert status["Uid"].split()[0] not in ("0", "65534")
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
    assert machine.root.path("/var/lib/private/gitopsd/repos").exists()
    eventually(lambda: "application" in machine.show(service, "StatusText"))


def test_a_reload_reads_the_configuration_again(machine, service):
    before = machine.show(service, "MainPID")
    file = machine.root.path("/etc/gitopsd/gitopsd.yaml")
    settings = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**settings, "poll-interval": "300ms"}))
    machine.ctl("reload", service)
    # It returns when the signal is sent; what the daemon tells of its reload comes after that.
    eventually(lambda: machine.show(service, "ActiveState") == "active")
    assert machine.show(service, "MainPID") == before


def test_a_loop_that_stands_still_is_started_again(machine, service):
    folder = machine.root.path("/etc/systemd/system/gitopsd.service.d")
    folder.mkdir(parents=True)
    (folder / "test.conf").write_text("[Service]\nWatchdogSec=3\nRestartSec=0\n")
    machine.ctl("daemon-reload")
    machine.ctl("restart", service)
    before = machine.show(service, "MainPID")
    machine.signal(service, signal.SIGSTOP)
    eventually(lambda: machine.show(service, "MainPID") not in (before, "0"))
    eventually(lambda: machine.show(service, "SubState") == "running")
    assert int(machine.show(service, "NRestarts")) >= 1
    run("rm", "-r", folder)
    machine.ctl("daemon-reload")
    machine.ctl("restart", service)


def test_another_cluster_from_the_same_machine(machine, service, configure):
    configure("staging", "staging.kubeconfig")
    machine.ctl("start", "gitopsd@staging")
    assert machine.show("gitopsd@staging", "SubState") == "running"
    assert machine.show(service, "SubState") == "running"
    assert machine.root.path("/var/lib/private/gitopsd-staging/repos").exists()
    machine.ctl("stop", "gitopsd@staging")
    assert machine.show("gitopsd@staging", "Result") == "success"


def test_without_a_kubeconfig_there_is_nothing_to_start(machine):
    machine.ctl("start", "gitopsd@absent")
    assert machine.show("gitopsd@absent", "ConditionResult") == "no"


def test_the_commands_of_the_documentation(machine, configure):
    """One service, then one for another cluster as well."""
    configure("gitopsd", "kubeconfig")
    configure("staging", "staging.kubeconfig")
    told = {}
    for command in commands_of("install.md", "On a machine with systemd", "systemctl"):
        line = command.text.replace("NAME", "staging")
        told[line] = machine.run("sh", "-c", line)
        unit = line.split()[-1]
        eventually(lambda: machine.show(unit, "SubState") == "running")
        assert machine.show(unit, "UnitFileState") == "enabled"
    assert "Active: active (running)" in told["systemctl status gitopsd"]
    assert "gitopsd@staging" in " ".join(told)
    level, = commands_of("install.md", "On a machine with systemd", "systemd-analyze")
    found = re.search(r"exposure level for gitopsd.service: ([\d.]+)", machine.run(*level.text.split()))
    assert f"`{level.text}`: {found[1]}, of 10" in (ROOT / "docs/install.md").read_text()
    machine.ctl("disable", "--now", "gitopsd", "gitopsd@staging")


def test_removing_the_package_stops_it(machine, configure):
    configure("gitopsd", "kubeconfig")
    machine.ctl("enable", "--now", "gitopsd")
    pid = machine.show("gitopsd", "MainPID")
    machine.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "remove", "-y", "-qq", "gitopsd")
    assert not machine.run("sh", "-c", f"ls -d /proc/{pid} 2>/dev/null || true")
    eventually(lambda: machine.ctl("list-units", "--plain", "--no-legend", "gitopsd*.service") == "")
