# SPDX-License-Identifier: Apache-2.0
"""What people type who know kubectl, argocd, flux and git, and what gitopsctl makes of it."""

import http.server
import json
import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from ctl import ctl, ctl_in_terminal, drawn
from harness import eventually
from test_ctl_views import kubeconfig_of
from world import config_map


@pytest.fixture
def run(world):
    def run(*args, code=0, **options):
        result = ctl(world.cluster.kubeconfig, *args, **options)
        assert result.code == code, result
        return result
    return run


TYPED = {"list": "get", "reconcile shop": "sync", "app sync shop": "sync", "app list": "get",
         "build .": "render", "log shop": "history", "wiat": "wait"}


def test_verbs_of_others():
    for typed, meant in TYPED.items():
        result = ctl(None, *typed.split())
        assert (result.code, result.out) == (2, "")
        assert f"; did you mean gitopsctl {meant}?\n" in result.err


@pytest.fixture
def shop(world):
    """Nobody serves it."""
    return world.create("app", automated=False)["metadata"]["name"]


def test_a_name_as_it_is_printed_is_a_name(run, shop):
    name = run("get", "-o", "name").out.strip()
    assert name == f"application.argoproj.io/{shop}"
    assert run("get", name, "-o", "name").out.strip() == name
    assert f"Application  argocd/{shop}" in run("describe", name).out
    assert run("suspend", name).out == f"{shop}: has no automated sync to suspend\n"


def test_names_that_are_none(world, run, shop):
    """An empty one would be the path of all."""
    before = world.get("app")["metadata"]["resourceVersion"]
    for verb in ("get", "describe", "tree", "sync", "suspend", "refresh", "wait"):
        assert "a name is empty" in run(verb, "", code=2).err
        for name in ("/", "argocd/", f"/{shop}", "a/b/c"):
            assert f"{name}: is neither NAME nor NAMESPACE/NAME" in run(verb, name, code=1).err
    assert world.get("app")["metadata"]["resourceVersion"] == before


def test_an_empty_namespace_is_the_default(run, shop):
    """As of `-n "$NAMESPACE"` in a script that does not set it."""
    name = run("get", shop, "-o", "name").out
    assert shop in name and run("get", shop, "-n", "", "-o", "name").out == name
    assert run("fleet", "-n", "").out == run("fleet", "-A").out


def test_a_duration_that_is_none_is_found_before_anything_is_asked_for(world, run, shop):
    for verb in ("sync", "wait", "refresh"):
        result = run(verb, shop, "--timeout", "soon", code=2)
        assert f'gitopsctl {verb}: --timeout: "soon" is not a duration' in result.err
    assert "operation" not in world.get("app")


NOBODY = "not compared yet: no gitopsd serves it, or it was just created"
TAKEN_UP = ("nobody has taken up the sync: does gitopsd run? It stays asked for; 'gitopsctl sync {0} "
            "--terminate' takes it back")


def test_where_no_gitopsd_runs_that_is_said(run, shop):
    assert run("fleet").out.splitlines()[1].endswith(f"   {NOBODY}")
    assert run("wait", shop, "--timeout", "3s", code=1).err == (
        f"gitopsctl wait: not within 3 s:\n  {shop}: {NOBODY}\n")
    assert run("sync", shop, "--timeout", "3s", code=1).err == (
        f"gitopsctl sync: {shop}: not within 3 s: {TAKEN_UP.format(shop)}\n")


def test_ctrl_c_ends_the_waiting_and_says_what_goes_on(world, shop):
    """And a shell is told by the signal, so that a loop of it ends as well."""
    config = world.cluster.kubeconfig
    for args, line, told in (
            (["wait", shop], "waiting for ",
             f"gitopsctl wait: interrupted:\r\n  {shop}: {NOBODY}\r\n"),
            (["fleet", "wait", "--rev", "a" * 40], "waiting for sandbox ",
             f"gitopsctl fleet: interrupted:\r\n  sandbox {shop}: {NOBODY}\r\n"),
            (["sync", shop], f"sync {shop}: ",
             f"gitopsctl sync: {shop}: interrupted: {TAKEN_UP.format(shop)}\r\n")):
        # Seen twice: before the first one it may not listen for signals yet, and it may miss any one
        # second.
        at = rf"\r{line}[^\r]*, (\d+) s\x1b\[K.*\r{line}[^\r]*, (?!\1 s)\d+ s\x1b\[K"
        result = ctl_in_terminal(config, *args, columns=40, interrupt_at=at)
        assert result.code == -signal.SIGINT and result.out.endswith(told), result
        # The text is cut to the line, not how far it is.
        lines = [line for line in drawn(result.out) if line.endswith(" s")]
        assert lines and all(len(line) < 40 and re.search(r", \d+ s$", line) for line in lines)
    assert "operation" in world.get("app"), "a sync that was asked for stays so"


def test_a_sync_that_is_under_way_goes_on(world, shop):
    """The test does what a daemon would that is in the middle of it."""
    message = "waiting for healthy state of apps/Deployment/web"
    results = []
    thread = threading.Thread(target=lambda: results.append(ctl_in_terminal(
        world.cluster.kubeconfig, "sync", shop, interrupt_at=message)))
    thread.start()
    operation = eventually(lambda: world.get("app")["operation"])
    world.patch("app", {"operation": None, "status": {"operationState": {
        "phase": "Running", "operation": operation, "startedAt": "2026-01-01T00:00:00Z",
        "message": message}}})
    thread.join()
    assert results[0].out.endswith(
        f"gitopsctl sync: {shop}: interrupted: the sync goes on: {message}; 'gitopsctl sync {shop} "
        "--terminate' ends it\r\n"), results


def test_formats(world, run, shop):
    """Those that kubectl has, wherever there is something to be printed by them."""
    history = [{"id": 0, "revision": "a" * 40, "deployedAt": "2026-01-01T00:00:00Z"}]
    world.patch("app", {"status": {"history": history, "resources": [
        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "web"},
        {"version": "v1", "kind": "Service", "namespace": "shop", "name": "web"}]}})
    for verb in ("history", "tree"):
        as_json = json.loads(run(verb, shop, "-o", "json").out)
        assert as_json and yaml.safe_load(run(verb, shop, "-o", "yaml").out) == as_json
    assert run("tree", shop, "-o", "name").out == "deployment.apps/web\nservice/web\n"
    assert yaml.safe_load(run("history", shop, "-o", "yaml").out) == history


class Page(http.server.BaseHTTPRequestHandler):
    """What stands where somebody took an API server to be: /STATUS/... is answered with a page."""

    def do_GET(self):
        body = b"<html>Please log in</html>"
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def page():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_what_answers_may_be_no_api_server(page, tmp_path):
    for status, told in ((200, f"no API server answers at {page}/200 (context lonely); "),
                         (302, f"what answers at {page}/302 is no API server"),
                         (403, f"what answers at {page}/403 is no API server"),
                         (404, f"what answers at {page}/404 is no API server")):
        config = tmp_path / str(status)
        config.write_text(kubeconfig_of(f"{page}/{status}"))
        for verb in (["get"], ["describe", "shop"], ["wait", "shop"]):
            result = ctl(config, *verb)
            assert result.code == 1 and told in result.err and result.out == "", result
        result = ctl(config, "fleet")
        assert result.code == 1 and "unreachable: " in result.out and "no kind" not in result.out


def test_a_certificate_that_nobody_vouches_for(make_sandbox, tmp_path):
    sandbox = make_sandbox(tls=True, token="right")
    config = yaml.safe_load(sandbox.kubeconfig.read_text())
    del config["clusters"][0]["cluster"]["certificate-authority-data"]
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    result = ctl(tmp_path / "config", "get")
    assert result.code == 1 and result.err.startswith(
        f"gitopsctl get: the API server at {sandbox.url} is not trusted (see certificate-authority and "
        "server in the cluster of context sandbox): "), result
    result = ctl(tmp_path / "config", "fleet", "-o", "wide")
    assert result.code == 1 and "unreachable: its certificate is not trusted: " in result.out
    assert "right" not in result.out + result.err


def test_no_kubeconfig(tmp_path):
    result = ctl(tmp_path / "none", "get", env={"HOME": str(tmp_path)})
    assert (result.code, result.err) == (
        1, f"gitopsctl get: no kubeconfig exists ({tmp_path}/none), and this is no Pod: name one with "
        "--kubeconfig or $KUBECONFIG\n")


SLOW = {"get": "asking the API server at ", "describe": "asking the API server at ",
        "tree": "asking which kinds there are", "history": "asking the API server at ",
        "events": "listing events", "diff": "asking which kinds there are",
        "suspend": "suspending ", "refresh": "refreshing", "rollback": "rollback ",
        "sync": "sync ", "version --server": "asking the API server at ",
        "fleet": "asking 1 cluster, "}


def test_each_verb_shows_what_takes_long(world, shop, tmp_path):
    """Each request takes a second and a half; all verbs at once."""
    world.cluster.set_faults({"path": "/**", "latencyMs": 1500})

    def lines(verb):
        named = [] if verb.startswith(("version", "fleet")) else [shop]
        extra = ["--timeout", "10s"] if verb in ("sync", "refresh") else []
        extra += ["--local", tmp_path] if verb == "diff" else []
        result = ctl_in_terminal(world.cluster.kubeconfig, *verb.split(), *named, *extra)
        return verb, drawn(result.out)
    (tmp_path / "a.yaml").write_text(config_map("a"))
    with ThreadPoolExecutor(len(SLOW)) as pool:
        for verb, shown in pool.map(lines, SLOW):
            assert any(re.match(re.escape(SLOW[verb]) + r".*\d s$", line) for line in shown), \
                (verb, shown)
    world.cluster.set_faults()


def test_paths_in_errors_are_those_of_the_person(run, tmp_path):
    (tmp_path / "here" / "web").mkdir(parents=True)
    for at, told in ((tmp_path / "here", "web"), (tmp_path / "here" / "web", tmp_path / "here" / "web")):
        result = ctl(None, "render", tmp_path / "here" / "web", cwd=at)
        assert result.code == 1 and result.err.startswith(
            f"gitopsctl render: {told} has no kustomization.yaml"), result
    (tmp_path / "here" / "web" / "a.yaml").write_text("a: [")
    result = run("diff", "web", code=2, cwd=tmp_path / "here")
    assert result.err.startswith("gitopsctl diff: web/a.yaml:"), result
    result = run("diff", "overlays/prod", code=2, cwd=tmp_path)
    assert "overlays/prod is no directory here: no Application prod in namespace overlays" in result.err


def test_several_are_synced_one_after_the_other(world, run):
    """One that fails does not keep the others from it."""
    world.repo.write("good/a.yaml", config_map("a"))
    world.repo.write("bad/kustomization.yaml", "resources: [gone.yaml]\n")
    world.repo.commit()
    labels = {"team": "payments"}
    for name in ("bad", "good"):
        world.create(name, automated=False, labels=labels)
    world.start()
    bad, good = world.name("bad"), world.name("good")
    result = run("sync", "-l", "team=payments", code=1)
    assert f"argocd/{good}: sync succeeded with " in result.out
    assert f"gitopsctl sync: argocd/{bad}: Error: ComparisonError: " in result.err
    assert "gone.yaml" in result.err
    assert result.err.endswith("gitopsctl sync: 1 of 2 Applications failed\n")
    assert run("sync", good, good).out.count(f"{good}: sync succeeded") == 2
    assert "no Application has these labels" in run("sync", "-l", "team=none", code=1).err
    assert "which Applications?" in run("sync", code=2).err
    assert world.exists("configmaps", "a")
