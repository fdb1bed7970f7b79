# SPDX-License-Identifier: Apache-2.0
"""What gitopsd tells: health, metrics, applications, logs, and how it refuses to start."""

import datetime
import json
import re
import subprocess

import pytest
import yaml

from gitopsd import parse_logfmt
from harness import PATIENCE, ROOT, Daemon, eventually, free_port, gitopsd_program
from world import config_map, resources

TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


@pytest.fixture
def web(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", self_heal=True, prune=True)
    world.start()
    world.wait_synced("web")
    return world


# --- HTTP


def test_health_and_unknown_paths(web):
    http = web.daemon.http
    assert http("GET", "/healthz") == (200, "ok\n")
    assert http("GET", "/readyz") == (200, "ok\n")
    assert http("HEAD", "/healthz")[0] in (200, 405)
    assert http("GET", "/nope")[0] == 404
    assert http("GET", "/healthz/../metrics")[0] == 404
    assert http("POST", "/metrics", "x=1")[0] == 405


def test_metrics_are_prometheus_text(web):
    status, text = web.daemon.http("GET", "/metrics")
    assert status == 200 and text.endswith("\n")
    types, helps, seen = {}, set(), set()
    for line in text.splitlines():
        if match := re.fullmatch(r"# HELP (\w+) (.+)", line):
            helps.add(match[1])
        elif match := re.fullmatch(r"# TYPE (\w+) (counter|gauge|histogram)", line):
            types[match[1]] = match[2]
        else:
            match = re.fullmatch(r'(\w+)(\{\w+="[^"\\]*"(?:,\w+="[^"\\]*")*\})? (\S+)', line)
            assert match, f"not a sample: {line!r}"
            float(match[3])
            base = re.sub(r"_(bucket|sum|count)$", "", match[1])
            name = base if types.get(base) == "histogram" else match[1]
            assert name in types and name in helps, f"{match[1]} is not described"
            assert (match[1], match[2]) not in seen, f"twice: {line}"
            seen.add((match[1], match[2]))
    page = (ROOT / "docs" / "operating.md").read_text()
    assert set(types) == set(re.findall(r"`(gitopsd_\w+)", page))
    for name, type in types.items():
        assert name.startswith("gitopsd_")
        assert (type == "counter") == name.endswith("_total"), name
    assert web.daemon.metric("gitopsd_applications", sync="Synced", health="Healthy") == 1
    # It may be at work between the two readings.
    eventually(lambda: abs(web.daemon.metric("gitopsd_resident_bytes") / 1024 -
                           web.daemon.rss_kib()) < 4096)


def test_every_condition_is_explained():
    """With its remedy; and is known again after a restart."""
    set_here = {name for file in (ROOT / "daemon").rglob("*.c") for name in re.findall(
        r'app_set_condition\(\w+, "(\w+)"', file.read_text())}
    page = (ROOT / "docs" / "operating.md").read_text()
    loader = (ROOT / "daemon/status/status_load.c").read_text()
    loaded = set(re.findall(r'"(\w+(?:Error|Warning))"', loader))
    assert "ComparisonError" in set_here
    assert set_here <= set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE))
    assert set_here <= loaded


def test_counters_move(web):
    before = web.daemon.metrics()
    web.repo.write("web/b.yaml", config_map("b"))
    web.repo.remove("web/a.yaml")
    web.wait_synced("web", web.repo.commit())
    web.cluster.request("DELETE", web.path_of("configmaps", "b"))
    eventually(lambda: web.exists("configmaps", "b"))
    web.repo.write("web/c.yaml", "kind: [\n")
    web.repo.commit()
    web.wait_condition("web", "ComparisonError")
    after = web.daemon.metrics()
    moved = {name: after[name] - before[name] for name in after if name in before}
    assert moved["gitopsd_git_fetches_total"] == 2
    assert moved["gitopsd_git_polls_total"] >= 2
    assert moved["gitopsd_renders_total"] == 1
    assert moved["gitopsd_renders_failed_total"] == 1
    assert moved["gitopsd_applied_total"] == 2
    assert moved["gitopsd_pruned_total"] == 1
    assert moved["gitopsd_repairs_total"] == 1
    assert moved['gitopsd_syncs_total{phase="Succeeded"}'] == 2
    assert moved['gitopsd_syncs_total{phase="Failed"}'] == 0
    assert moved["gitopsd_status_writes_total"] >= 2
    web.git_server.stop()
    eventually(lambda: web.daemon.metric("gitopsd_git_failures_total") >
               before["gitopsd_git_failures_total"])


def test_applications_over_http(web):
    app = web.daemon.application(web.name("web"))
    live = web.get("web")
    assert app["metadata"]["namespace"] == "argocd"
    for field in ("sync", "health", "history"):
        assert app["status"][field] == live["status"][field], field
    assert resources(app) == resources(live)


# --- logs


def test_log_in_logfmt(web):
    lines = web.daemon.whole_lines()
    assert all(line.startswith("time=") for line in lines), "only log lines are printed"
    events = [parse_logfmt(line) for line in lines]  # fails where a line cannot be parsed
    for event in events:
        datetime.datetime.strptime(event["time"], TIME)
        assert event["level"] in ("debug", "info", "warn", "error")
    applied = next(e for e in events if e["msg"] == "applied")
    assert applied["app"] == f"argocd/{web.name('web')}"
    assert applied["object"] == f"/ConfigMap/{web.namespace}/a"
    assert applied["revision"] == web.repo.head()
    synced = next(e for e in events if e["msg"] == "synced")
    assert (synced["revision"], synced["objects"]) == (web.repo.head(), "1")


def test_log_in_json(world):
    world.repo.write('web/a "quoted" \\ name.yaml', "kind: [\n")
    world.repo.commit()
    world.create("web")
    world.start(args=["--log-format", "json", "--log-level", "debug"])
    world.wait_condition("web", "ComparisonError")
    events = [json.loads(line) for line in world.daemon.whole_lines()]
    assert {"debug", "info", "error"} <= {e["level"] for e in events}
    error = next(e for e in events if e["msg"] == "render failed")
    assert 'a "quoted" \\ name.yaml' in error["error"]
    datetime.datetime.strptime(error["time"], TIME)


def test_quiet_log_level(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web")
    world.start(args=["--log-level", "error"])
    world.wait_synced("web")
    assert world.daemon.log() == ""


# --- refusing to start


def run_gitopsd(*args, env=None):
    return subprocess.run([gitopsd_program(), *map(str, args)], text=True, timeout=20 * PATIENCE,
                          capture_output=True, env={"PATH": "/usr/bin:/bin", **(env or {})})


@pytest.mark.parametrize("args,expected", [
    (["--nonsense"], "--nonsense"),
    (["--poll-interval", "soon"], "--poll-interval"),
    (["--poll-interval", "1ms"], "at least"),
    (["--poll-interval"], "--poll-interval needs a value"),
    (["--log-level", "loud"], "debug, info, warn or error"),
    (["--log-format", "xml"], "logfmt or json"),
    (["app.yaml"], "--app"),
])
def test_bad_flags(args, expected):
    result = run_gitopsd(*args)
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("gitopsd: ") and expected in result.stderr
    assert result.stderr.count("\n") == 1


def test_help_and_version():
    result = run_gitopsd("--help")
    assert result.returncode == 0 and result.stderr == ""
    for flag in ("--kubeconfig", "--app", "--poll-interval", "--listen", "--state-dir"):
        assert flag in result.stdout
    assert re.fullmatch(r"gitopsd \d+\.\d+\S*\n", run_gitopsd("--version").stdout)


@pytest.mark.parametrize("text,expected", [
    (None, "no such file|not found|No such file"),
    ("not: [closed\n", r"kubeconfig:[12]"),
    ("apiVersion: v1\nkind: Config\ncurrent-context: gone\n", "gone"),
])
def test_bad_kubeconfig(tmp_path, text, expected):
    file = tmp_path / "kubeconfig"
    if text is not None:
        file.write_text(text)
    result = run_gitopsd("--kubeconfig", file, "--state-dir", tmp_path / "state")
    assert result.returncode in (1, 2)
    assert str(file) in result.stderr and re.search(expected, result.stderr), result.stderr


def test_unknown_context(cluster, tmp_path):
    result = run_gitopsd("--kubeconfig", cluster.gitopsd_kubeconfig, "--context", "mars",
                         "--state-dir", tmp_path / "state")
    assert result.returncode in (1, 2) and "mars" in result.stderr


@pytest.mark.parametrize("text,expected", [
    (None, "app.yaml"),
    ("kind: Application\n  bad: indent\n", r"app\.yaml:2"),
    ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", "app.yaml"),
])
def test_bad_app_file(cluster, tmp_path, text, expected):
    file = tmp_path / "app.yaml"
    if text is not None:
        file.write_text(text)
    result = run_gitopsd("--kubeconfig", cluster.gitopsd_kubeconfig, "--app", file,
                         "--listen", f"127.0.0.1:{free_port()}", "--state-dir", tmp_path / "state")
    assert result.returncode in (1, 2), result.stderr
    assert re.search(expected, result.stderr), result.stderr


def test_state_directory_that_cannot_be_made(cluster, tmp_path):
    (tmp_path / "file").write_text("")
    result = run_gitopsd("--kubeconfig", cluster.gitopsd_kubeconfig,
                         "--listen", f"127.0.0.1:{free_port()}",
                         "--state-dir", tmp_path / "file" / "state")
    assert result.returncode == 1
    assert str(tmp_path / "file") in result.stderr and "--state-dir" in result.stderr


def test_address_in_use(cluster, tmp_path, start_daemon):
    first = start_daemon(cluster)
    result = run_gitopsd("--kubeconfig", cluster.gitopsd_kubeconfig, "--state-dir",
                         tmp_path / "state", "--listen", f"127.0.0.1:{first.port}")
    assert result.returncode in (1, 2) and str(first.port) in result.stderr


def test_unreachable_api_server(tmp_path, cluster):
    """It waits, says what it waits for, and stops when asked."""
    config = yaml.safe_load(cluster.gitopsd_kubeconfig.read_text())
    port = free_port()
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    daemon = Daemon(None, tmp_path / "daemon", kubeconfig=kubeconfig).start()
    try:
        error = eventually(lambda: daemon.events("API server not reached"))[0]
        assert str(port) in error["server"] and error["error"]
        assert daemon.http("GET", "/healthz")[0] == 200
        assert daemon.http("GET", "/readyz") == (503, "waiting for the API server\n")
        assert daemon.applications() == []
    finally:
        daemon.stop()


def test_refused_credentials_are_told(cluster, tmp_path):
    config = yaml.safe_load(cluster.gitopsd_kubeconfig.read_text())
    config["users"][0]["user"]["token"] = "wrong-4711"
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    daemon = Daemon(None, tmp_path / "daemon", kubeconfig=kubeconfig).start()
    try:
        error = eventually(lambda: daemon.events("API server not reached"))[0]
        assert "Unauthorized" in error["error"]
        assert "wrong-4711" not in daemon.log()
    finally:
        daemon.stop()
