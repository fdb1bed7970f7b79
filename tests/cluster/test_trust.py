# SPDX-License-Identifier: Apache-2.0
"""Git servers with a CA or a host key of their own: known by the ConfigMaps that Argo CD keeps for
that, as soon as these say so."""

import getpass
import os
import subprocess

import pytest

from harness import GitServer, eventually, free_port, run
from world import SECRETS, conditions, config_map

CONFIG_MAPS = "/api/v1/namespaces/argocd/configmaps"
SSHD = "/usr/sbin/sshd"


def told(world, text):
    """A condition of the application that says so."""
    def look():
        message = world.wait_condition("web", "ComparisonError")
        assert text in message
        return message
    return eventually(look)


def push_with(repo, userinfo):
    repo.git("remote", "set-url", "--push", "origin", repo.url.replace("://", f"://{userinfo}@"))


@pytest.fixture
def trust(world):
    """trust(name, data): as the ConfigMap says from now on."""
    made = set()

    def put(name, data):
        verb = "PUT" if name in made else "POST"
        made.add(name)
        world.cluster.request(verb, CONFIG_MAPS + (f"/{name}" if verb == "PUT" else ""),
                              {"metadata": {"name": name}, "data": data})
    yield put
    for name in made:
        world.cluster.request("DELETE", f"{CONFIG_MAPS}/{name}")


@pytest.fixture
def ssh(tmp_path):
    """The URL of a running ssh server without a path, its host key, and the key of its user."""
    if not os.access(SSHD, os.X_OK) or os.geteuid() != 0:
        pytest.skip("needs /usr/sbin/sshd and root")
    dir, port = tmp_path / "ssh", free_port()
    dir.mkdir()
    for name in ("host", "user"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir / name)
    os.makedirs("/run/sshd", exist_ok=True)
    server = subprocess.Popen([
        SSHD, "-D", "-e", "-f", "/dev/null", "-p", str(port), "-o", "ListenAddress=127.0.0.1",
        "-o", f"HostKey={dir}/host", "-o", f"AuthorizedKeysFile={dir}/user.pub",
        "-o", "StrictModes=no", "-o", "PidFile=none", "-o", "UsePAM=no",
        "-o", "PasswordAuthentication=no"], stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: run("ssh-keyscan", "-p", port, "127.0.0.1"))
        host_key = (dir / "host.pub").read_text().rsplit(" ", 1)[0]
        yield (f"ssh://{getpass.getuser()}@127.0.0.1:{port}", f"[127.0.0.1]:{port} {host_key}\n",
               (dir / "user").read_text())
    finally:
        server.kill()
        server.wait()


def test_a_ca_of_its_own(world, https_git_server, trust):
    repo = https_git_server.create("private")
    repo.git("config", "http.sslCAInfo", https_git_server.ca_file)
    repo.write("web/a.yaml", config_map("a"))
    sha = repo.commit()
    # libgit2 1.5 takes no certificate of an address.
    world.create("web", repo=repo.url.replace("127.0.0.1", "localhost"))
    # So rarely that nothing is found out by waiting.
    world.start(poll_interval="10m")
    assert "argocd-tls-certs-cm" in told(world, "certificate of localhost is not trusted")
    ca = https_git_server.ca_file.read_text()
    trust("argocd-tls-certs-cm", {"127.0.0.1": ca})
    eventually(lambda: len(world.daemon.events("what Git servers are known by has changed")) == 1)
    told(world, "not trusted")
    trust("argocd-tls-certs-cm", {"localhost": ca})
    world.wait_synced("web", sha)


def test_a_host_key(world, ssh, trust, secret):
    url, host_key, user_key = ssh
    path = world.git_server.dir / "repos" / "repo.git"
    world.repo.write("web/a.yaml", config_map("a"))
    sha = world.repo.commit()
    secret("key", f"{url}{path}", sshPrivateKey=user_key)
    world.create("web", repo=f"{url}{path}")
    world.start(poll_interval="10m")
    assert "argocd-ssh-known-hosts-cm" in told(world, "host key verification failed")
    trust("argocd-ssh-known-hosts-cm", {"ssh_known_hosts": host_key})
    world.wait_synced("web", sha)


def test_a_secret_that_comes_later(world, secret):
    """The next try does not wait for its time either."""
    world.git_server.username, world.git_server.password = "reader", "opensesame"
    push_with(world.repo, "reader:opensesame")
    world.repo.write("web/a.yaml", config_map("a"))
    sha = world.repo.commit()
    world.create("web")
    world.start(poll_interval="10m")
    told(world, "authentication required")
    secret("web", world.repo.url, username="reader", password="opensesame")
    world.wait_synced("web", sha)
    assert "opensesame" not in world.daemon.log()


def test_the_secret_of_another_project(world, secret, tmp_path):
    """It is not used: neither for what an application deploys nor for what that is based on."""
    with GitServer(tmp_path / "base-git") as server:
        server.username, server.password = "reader", "opensesame"
        base = server.create("base")
        push_with(base, "reader:opensesame")
        base.write("c.yaml", config_map("base"))
        base.write("kustomization.yaml", "resources: [c.yaml]\n")
        base.commit()
        name = secret("theirs", base.url, project="theirs", username="reader",
                      password="opensesame")
        theirs = f"{SECRETS}/{name}"
        world.repo.write("web/kustomization.yaml", f"namePrefix: web-\nresources: ['{base.url}']\n")
        sha = world.repo.commit()
        world.create("web")
        world.create("direct", path=".", repo=base)
        world.start(args=["--allow-remote", f"{server.url}/**"])
        refusal = f"the credentials of {base.url} are those of the project 'theirs'"
        told(world, refusal)
        eventually(lambda: refusal in conditions(world.get("direct"))["InvalidSpecError"])
        assert world.names("configmaps") == set()
        world.cluster.merge_patch(theirs, {"stringData": {"project": ""}})
        world.wait_synced("web", sha)
        world.wait_synced("direct", base.head())
        # Nobody's and somebody's: everybody's.
        secret("more", base.url, project="theirs", username="reader", password="opensesame")
        base.write("d.yaml", config_map("more"))
        base.write("kustomization.yaml", "resources: [c.yaml, d.yaml]\n")
        base.commit()
        eventually(lambda: world.names("configmaps") >= {"more", "web-more"})
        world.cluster.request("DELETE", theirs)
        told(world, refusal)
