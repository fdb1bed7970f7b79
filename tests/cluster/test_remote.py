# SPDX-License-Identifier: Apache-2.0
"""Remote bases and files: what a kustomization uses from elsewhere is followed like the
application's own repository, and only where the operator allowed it."""

import hashlib
import http.server
import shutil
import threading
import time

import pytest
import yaml

from harness import GitServer, eventually, settled
from world import conditions, config_map


@pytest.fixture
def base(tmp_path):
    """A repository `base` on a Git server of its own, with a kustomization in app/."""
    with GitServer(tmp_path / "elsewhere") as server:
        repo = server.create("base")
        repo.write("app/a.yaml", config_map("a", "1"))
        repo.write("app/kustomization.yaml", "resources: [a.yaml]\n")
        repo.commit()
        yield repo


class Files:
    """Files over HTTP with an ETag."""

    def __init__(self):
        self.files: dict[str, str] = {}
        self.answers: list[tuple[str, int]] = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                text = owner.files.get(self.path)
                body = (text or "").encode()
                tag = f'"{hashlib.sha256(body).hexdigest()}"'
                status = (404 if text is None else
                          304 if self.headers.get("If-None-Match") == tag else 200)
                owner.answers.append((self.path, status))
                self.send_response(status)
                self.send_header("ETag", tag)
                self.send_header("Content-Length", "0" if status == 304 else str(len(body)))
                self.end_headers()
                if status != 304:
                    self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def files():
    server = Files()
    yield server
    server.stop()


def overlay(world, name, *resources, **fields):
    world.repo.write(f"{name}/kustomization.yaml",
                     yaml.safe_dump({"resources": list(resources), **fields}))


def allow(*servers):
    return [arg for server in servers for arg in ("--allow-remote", f"{server.url}/**")]


def value(world, name):
    return world.object("configmaps", name)["data"]["key"]


def test_remote_base_is_applied_and_followed(world, base):
    overlay(world, "web", f"{base.url}//app?ref=main", namePrefix="web-")
    sha = world.repo.commit()
    world.create("web", prune=True)  # no self-heal: a new base is not drift
    world.start(args=allow(base.server))
    world.wait_synced("web", sha)
    assert value(world, "web-a") == "1"
    base.write("app/a.yaml", config_map("a", "2"))
    base.write("app/b.yaml", config_map("b"))
    base.write("app/kustomization.yaml", "resources: [a.yaml, b.yaml]\n")
    base.commit()
    eventually(lambda: value(world, "web-a") == "2")
    eventually(lambda: world.names("configmaps") == {"web-a", "web-b"})
    base.write("app/kustomization.yaml", "resources: [b.yaml]\n")
    base.commit()
    eventually(lambda: world.names("configmaps") == {"web-b"})
    world.wait_synced("web", sha)


def test_ref_is_followed_and_no_other(world, base):
    base.tag("v1")
    overlay(world, "tag", f"{base.url}//app?ref=v1", namePrefix="tag-")
    overlay(world, "head", f"{base.url}//app", namePrefix="head-")
    sha = world.repo.commit()
    world.create("tag")
    world.create("head")
    world.start(args=allow(base.server))
    world.wait_synced("tag", sha)
    world.wait_synced("head", sha)
    base.write("app/a.yaml", config_map("a", "2"))
    base.commit()
    eventually(lambda: value(world, "head-a") == "2")
    assert value(world, "tag-a") == "1"
    base.tag("v1", force=True)
    eventually(lambda: value(world, "tag-a") == "2")


def test_one_base_of_many_applications_is_asked_for_once(world, base):
    names = [f"many{i}" for i in range(20)]
    for name in names:
        overlay(world, name, f"{base.url}//app?ref=main", namePrefix=f"{name}-")
    sha = world.repo.commit()
    for name in names:
        world.create(name)
    began = time.monotonic()
    world.start(args=allow(base.server), poll_interval="2s")
    for name in names:
        world.wait_synced(name, sha)
    polls = (time.monotonic() - began) / 2
    # A list and a fetch, not 20.
    assert base.server.count("git-upload-pack", "POST") <= 4 + polls
    base.write("app/a.yaml", config_map("a", "2"))
    base.commit()
    for name in names:
        eventually(lambda: value(world, f"{name}-a") == "2")


def test_remote_is_refused_by_default(world, base, files):
    files.files["/a.yaml"] = config_map("a")
    overlay(world, "git", f"{base.url}//app?ref=main")
    overlay(world, "file", f"{files.url}/a.yaml")
    overlay(world, "local", f"file://{base.bare}//app")
    world.repo.write("other/b.yaml", config_map("b"))
    sha = world.repo.commit()
    for name in ("git", "file", "local", "other"):
        world.create(name)
    world.start()
    world.wait_synced("other", sha)
    message = world.wait_condition("git", "ComparisonError")
    assert "--allow-remote" in message and base.url in message
    message = world.wait_condition("file", "ComparisonError")
    assert "--allow-remote" in message and f"{files.url}/a.yaml" in message
    assert str(base.bare) in world.wait_condition("local", "ComparisonError")
    assert base.server.requests == [] and files.answers == []
    assert world.names("configmaps") == {"b"}


def test_a_pattern_allows_no_more_than_it_says(world, base):
    """Not through another repository, and never what is on the daemon's own disk."""
    private = world.git_server.create("private")
    private.write("kustomization.yaml", "configMapGenerator: [{name: secret}]\n")
    private.commit()
    base.write("app/kustomization.yaml", f"resources: [a.yaml, '{private.url}?ref=main']\n")
    base.commit()
    overlay(world, "web", f"{base.url}//app?ref=main")
    overlay(world, "local", f"file://{private.bare}?ref=main")
    world.repo.commit()
    world.create("web")
    world.create("local")
    world.start(args=[*allow(base.server), "--allow-remote", "file://**"])
    message = eventually(lambda: _with(world, "web", private.url))
    assert "--allow-remote" in message
    world.wait_condition("local", "ComparisonError")
    assert world.git_server.count("private") == 0
    assert world.names("configmaps") == set()


def _with(world, name, text):
    message = conditions(world.get(name)).get("ComparisonError", "")
    return message if text in message else None


def test_remote_that_cannot_be_reached(world, base):
    overlay(world, "web", f"{base.url}//app?ref=main")
    sha = world.repo.commit()
    world.create("web", self_heal=True)
    base.server.stop()
    world.start(args=allow(base.server))
    assert base.url in world.wait_condition("web", "ComparisonError")
    base.server.start()
    world.wait_synced("web", sha)
    # Away again: it is said, and the last known state still counts.
    base.server.stop()
    assert base.url in world.wait_condition("web", "ComparisonError")
    world.cluster.kubectl("delete", "configmap", "a", "-n", world.namespace)
    eventually(lambda: world.exists("configmaps", "a"))
    base.write("app/a.yaml", config_map("a", "2"))
    base.commit()
    base.server.start()
    world.wait_synced("web", sha)
    eventually(lambda: value(world, "a") == "2")


def test_remote_that_is_broken(world, base):
    """A ref or directory that does not exist, a base that cannot be built; then a mended one."""
    overlay(world, "ref", f"{base.url}//app?ref=gone")
    overlay(world, "dir", f"{base.url}//gone?ref=main")
    overlay(world, "web", f"{base.url}//app?ref=main")
    sha = world.repo.commit()
    for name in ("ref", "dir", "web"):
        world.create(name, prune=True)
    world.start(args=allow(base.server))
    world.wait_synced("web", sha)
    assert "gone" in world.wait_condition("ref", "ComparisonError")
    assert "gone" in world.wait_condition("dir", "ComparisonError")
    base.write("app/kustomization.yaml", "resources: [a.yaml, missing.yaml]\n")
    base.commit()
    assert "missing.yaml" in world.wait_condition("web", "ComparisonError")
    assert value(world, "a") == "1"
    base.write("app/missing.yaml", config_map("b"))
    base.commit()
    world.wait_synced("web", sha)
    assert world.names("configmaps") == {"a", "b"}


def test_credentials_of_the_remote_and_no_other(world, base):
    """The Secret for the remote's URL is used there; that of the application's own is not."""
    world.git_server.username, world.git_server.password = "own", "own-secret"
    base.server.username, base.server.password = "base", "base-secret"
    seen = []
    base.server.fault = lambda handler: seen.append(handler.headers.get("Authorization")) or False
    for name, server in (("own", world.git_server), ("base", base.server)):
        world.cluster.request("POST", "/api/v1/namespaces/argocd/secrets", {
            "metadata": {"name": world.name(name),
                         "labels": {"argocd.argoproj.io/secret-type": "repo-creds"}},
            "stringData": {"url": server.url, "username": server.username,
                           "password": server.password}})
    overlay(world, "web", f"{base.url}//app?ref=main")
    sha = world.repo.commit()
    world.create("web")
    world.start(args=allow(base.server))
    world.wait_synced("web", sha)
    assert len({header for header in seen if header}) == 1


def test_file_over_http(world, files):
    files.files["/a.yaml"] = config_map("a", "1")
    overlay(world, "web", f"{files.url}/a.yaml", namePrefix="web-")
    sha = world.repo.commit()
    world.create("web")
    world.start(args=allow(files))
    world.wait_synced("web", sha)
    eventually(lambda: ("/a.yaml", 304) in files.answers)
    assert files.answers.count(("/a.yaml", 200)) == 1
    files.files["/a.yaml"] = config_map("a", "2")
    eventually(lambda: value(world, "web-a") == "2")
    del files.files["/a.yaml"]
    message = world.wait_condition("web", "ComparisonError")
    assert "404" in message
    assert value(world, "web-a") == "2"


def test_remote_clone_is_only_a_cache(world, base):
    overlay(world, "web", f"{base.url}//app?ref=main")
    sha = world.repo.commit()
    world.create("web", self_heal=True)
    world.start(args=allow(base.server))
    world.wait_synced("web", sha)
    shutil.rmtree(world.daemon.state_dir / "repos")
    base.write("app/a.yaml", config_map("a", "2"))
    base.commit()
    eventually(lambda: value(world, "a") == "2")
    world.wait_synced("web", sha)


def test_unused_remote_is_forgotten(world, base):
    overlay(world, "web", f"{base.url}//app?ref=main")
    world.repo.commit()
    world.create("web", prune=True)
    world.start(args=allow(base.server))
    world.wait_synced("web")
    overlay(world, "web", "b.yaml")
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.commit()
    world.wait_synced("web")
    assert world.names("configmaps") == {"b"}
    asked = settled(base.server.count)
    polls = world.git_server.count()
    eventually(lambda: world.git_server.count() > polls + 5)
    assert base.server.count() == asked
