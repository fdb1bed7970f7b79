# SPDX-License-Identifier: Apache-2.0
"""The harness itself: what the other tests lean on must hold without gitopsd."""

import gzip
import http.client
import json
import os
import stat
import time

import pytest
import yaml

from harness import (HERE, ApiError, CommandError, ControlPlane, Daemon, app_yaml,
                     eventually, git, run, shared)

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.0"}]}
"""


# --- ControlPlane


def test_cluster_is_ready_for_its_administrator(cluster):
    assert "kube-system" in cluster.kubectl("get", "namespaces")
    assert cluster.kubectl("config", "current-context").strip() == cluster.context
    assert cluster.kubectl_json("version")["serverVersion"]["minor"] == "36"


def test_cluster_creates_and_patches(cluster, namespace):
    cluster.apply(DEPLOYMENT, "-n", namespace)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    assert cluster.merge_patch(path, {"spec": {"replicas": 3}})["spec"]["replicas"] == 3
    assert cluster.kubectl_json("get", "deployment/web", "-n", namespace)["spec"]["replicas"] == 3
    assert cluster.exists(path)
    cluster.request("DELETE", path)
    assert not cluster.exists(path)


def test_cluster_accepts_a_pod_without_a_service_account(cluster, namespace):
    cluster.kubectl("run", "hook", "--image=busybox", "-n", namespace)


def test_namespace_deletion_can_be_ended(cluster, namespace):
    path = f"/api/v1/namespaces/{namespace}"
    cluster.request("DELETE", path)
    assert cluster.get(path)["status"]["phase"] == "Terminating"
    cluster.finalize_namespace(namespace)
    assert not cluster.exists(path)


def test_errors_carry_the_message(cluster):
    with pytest.raises(ApiError, match="not found") as api_error:
        cluster.get("/api/v1/namespaces/nope")
    assert api_error.value.code == 404
    with pytest.raises(CommandError, match="not found"):
        cluster.kubectl("get", "namespace", "nope")


def test_audit_log_tells_users_apart(cluster, namespace):
    mark = cluster.audit_mark()
    run(HERE / "kubectl", f"--kubeconfig={cluster.gitopsd_kubeconfig}",
        "create", "configmap", "seen", "-n", namespace)
    cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/seen")
    events = eventually(lambda: cluster.audit_events(verbs=["create"], since=mark))
    assert [e["objectRef"]["name"] for e in events] == ["seen"]
    assert all(e["stage"] == "ResponseComplete" and "requestObject" not in e for e in events)
    eventually(lambda: [e["objectRef"]["resource"] for e in cluster.audit_events(
        user="admin", verbs=["get"], since=mark)][-1:] == ["configmaps"])


def test_stop_and_start_keep_data_and_address(fresh_cluster):
    assert fresh_cluster.rss_kib() < 450 * 1024
    fresh_cluster.kubectl("create", "namespace", "kept")
    url = fresh_cluster.url
    for program in ("kube-apiserver", "etcd"):
        fresh_cluster.stop(program)
        fresh_cluster.stop(program)
        if program == "kube-apiserver":
            with pytest.raises(OSError):
                fresh_cluster.get("/version")
        fresh_cluster.start()
        fresh_cluster.start()
        assert fresh_cluster.url == url
        eventually(lambda: fresh_cluster.exists("/api/v1/namespaces/kept"))


def test_rotated_token_replaces_the_old_one(fresh_cluster):
    old = fresh_cluster.dir / "old.kubeconfig"
    old.write_text(fresh_cluster.gitopsd_kubeconfig.read_text())
    fresh_cluster.rotate_token("gitopsd")
    run(HERE / "kubectl", f"--kubeconfig={fresh_cluster.gitopsd_kubeconfig}", "get", "namespaces")
    with pytest.raises(CommandError, match="Unauthorized|logged in"):
        run(HERE / "kubectl", f"--kubeconfig={old}", "get", "namespaces")


def test_up_passes_arguments_and_down_leaves_nothing(tmp_path):
    cluster = ControlPlane(tmp_path / "one", args=["--runtime-config=autoscaling/v1=false"])
    cluster.up()
    cluster.up()
    assert not cluster.exists("/apis/autoscaling/v1")
    assert stat.S_IMODE(cluster.kubeconfig.stat().st_mode) == 0o600
    cluster.down()
    cluster.down()
    assert not cluster.dir.exists()


def test_up_reports_why_the_api_server_ended(tmp_path):
    with pytest.raises(CommandError, match="unknown flag: --nonsense"):
        ControlPlane(tmp_path / "bad", args=["--nonsense"]).up()
    assert not (tmp_path / "bad" / "etcd").exists()


# --- ControlPlane(full=True)

JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: "busybox"}]}}
"""


def test_full_cluster_runs_what_is_deployed(full_cluster, full_namespace):
    path = f"/apis/apps/v1/namespaces/{full_namespace}/deployments/web"
    full_cluster.apply(DEPLOYMENT, "-n", full_namespace)
    eventually(lambda: full_cluster.get(path)["status"].get("availableReplicas") == 1)
    # The garbage of a deletion is collected by owner: Deployment, ReplicaSet, Pod.
    full_cluster.request("DELETE", path)
    pods = f"/api/v1/namespaces/{full_namespace}/pods"
    eventually(lambda: full_cluster.get(pods)["items"] == [])


def test_full_cluster_completes_jobs(full_cluster, full_namespace):
    full_cluster.apply(JOB, "-n", full_namespace)
    path = f"/apis/batch/v1/namespaces/{full_namespace}/jobs/once"
    eventually(lambda: full_cluster.get(path)["status"].get("succeeded") == 1)
    pod, = full_cluster.get(f"/api/v1/namespaces/{full_namespace}/pods")["items"]
    assert pod["spec"]["serviceAccountName"] == "default"  # its admission is on


def test_full_cluster_ends_namespaces(full_cluster, full_namespace):
    full_cluster.apply(DEPLOYMENT, "-n", full_namespace)
    full_cluster.request("DELETE", f"/api/v1/namespaces/{full_namespace}")
    eventually(lambda: not full_cluster.exists(f"/api/v1/namespaces/{full_namespace}"))


def test_full_cluster_starts_again(tmp_path):
    with ControlPlane(tmp_path / "full", full=True) as cluster:
        for program in ("kwok", "kube-controller-manager", "kube-apiserver"):
            cluster.stop(program)
        cluster.start()
        cluster.apply(JOB)
        path = "/apis/batch/v1/namespaces/default/jobs/once"
        eventually(lambda: cluster.get(path)["status"].get("succeeded") == 1)
        # Written by us, and by controllers; what these only read is left out.
        users = {e["user"]["username"] for e in cluster.audit_events(user=None)}
        assert {"admin", "kube-controller-manager", "kube-scheduler", "kwok"} <= users
        reads = {e["user"]["username"] for e in cluster.audit_events(user=None, verbs=["get"])}
        assert reads == {"admin"}
    assert not cluster.dir.exists()


# --- GitServer


def test_git_clone_push_and_ls_remote(git_server, tmp_path):
    repo = git_server.create("fleet")
    repo.copy_tree(HERE / "fleet", replace={"https://git.example.com/storage/k8s-manifests":
                                            repo.url})
    first = repo.commit("first")
    assert repo.url in repo.read("clusters/us-east-prod/key-manager.yaml")
    assert git_server.requests == []

    clone = tmp_path / "clone"
    git("clone", "--quiet", repo.url, clone)
    assert git("rev-parse", "HEAD", cwd=clone) == first
    (clone / "new").write_text("new\n")
    git("add", "new", cwd=clone)
    git("commit", "--quiet", "-m", "second", cwd=clone)
    git("push", "--quiet", cwd=clone)
    second = git("rev-parse", "HEAD", cwd=clone)
    assert git("ls-remote", repo.url, "refs/heads/main").split()[0] == second
    assert git_server.count("service=git-receive-pack", "GET") == 1
    assert git_server.count("/git-receive-pack", "POST") == 1
    assert any(r.protocol == "version=2" for r in git_server.requests)
    assert all(r.status == 200 for r in git_server.requests)


def test_git_server_reads_chunked_and_gzip_bodies(git_server, tmp_path):
    repo = git_server.create("big")
    for i in range(200):
        repo.write(f"{i}", f"{i}\n")
        repo.git("checkout", "--quiet", "-B", f"b{i}")
        repo.commit("one", push=False)
    repo.git("push", "--quiet", "origin", "--all")
    clone = tmp_path / "clone"
    # Protocol 0 sends one long list of wants, which git compresses.
    git("-c", "protocol.version=0", "clone", "--quiet", repo.url, clone)
    (clone / "blob").write_bytes(os.urandom(3 << 20))
    git("add", "blob", cwd=clone)
    git("commit", "--quiet", "-m", "big", cwd=clone)
    # Larger than http.postBuffer: sent in chunks.
    git("-c", "http.postBuffer=65536", "push", "--quiet", "origin", "HEAD:refs/heads/pushed",
        cwd=clone)
    assert git("rev-parse", "pushed", cwd=repo.bare) == git("rev-parse", "HEAD", cwd=clone)

    request = gzip.compress(b"0014command=ls-refs\n00010009peel\n001cref-prefix refs/heads/b\n0000")
    connection = http.client.HTTPConnection("127.0.0.1", git_server.port)
    connection.request("POST", "/big.git/git-upload-pack", request, {
        "Content-Type": "application/x-git-upload-pack-request", "Content-Encoding": "gzip",
        "Git-Protocol": "version=2"})
    response = connection.getresponse()
    assert response.status == 200 and response.read().count(b" refs/heads/b") == 200
    connection.close()


def test_git_server_demands_credentials(git_server):
    repo = git_server.create("private")
    repo.commit("first")
    git_server.username, git_server.password = "bot", "secret"
    with pytest.raises(CommandError):
        git("ls-remote", repo.url)
    with_password = repo.url.replace("//", "//bot:secret@")
    assert "refs/heads/main" in git("ls-remote", with_password)
    assert {r.status for r in git_server.requests} == {200, 401}


def test_git_server_over_https_needs_its_ca(https_git_server):
    repo = https_git_server.create("tls")
    sha = repo.commit("first")
    with pytest.raises(CommandError, match="certificate"):
        git("ls-remote", repo.url)
    trust = {"GIT_SSL_CAINFO": str(https_git_server.ca_file)}
    assert sha in git("ls-remote", repo.url, env=trust)


def test_git_server_stops_and_returns_on_its_port(git_server):
    repo = git_server.create("web")
    url = repo.url
    connection = http.client.HTTPConnection("127.0.0.1", git_server.port)
    connection.request("GET", "/web.git/HEAD")
    connection.getresponse().read()
    git_server.stop()
    with pytest.raises((OSError, http.client.HTTPException)):
        connection.auto_open = 0
        connection.request("GET", "/web.git/HEAD")
        connection.getresponse()
    with pytest.raises(CommandError):
        git("ls-remote", url)
    sha = repo.commit("while stopped")
    git_server.start()
    assert repo.url == url and sha in git("ls-remote", url)


def test_git_server_fails_on_demand(git_server):
    repo = git_server.create("web")
    repo.commit("first")

    def unavailable(handler):
        handler.send_error(503)
        return True

    git_server.fault = unavailable
    with pytest.raises(CommandError, match="503"):
        git("ls-remote", repo.url)
    git_server.fault = None
    git("ls-remote", repo.url)
    git("ls-remote", repo.url)
    with pytest.raises(CommandError):
        git("ls-remote", git_server.url_of("absent"))


def test_repo_history(git_server):
    repo = git_server.create("web")
    repo.write("a/b", "one")
    first = repo.commit("first")
    repo.replace("a/b", "one", "two")
    second = repo.commit("second")
    repo.tag("v1", first)
    repo.tag("v2", message="annotated")
    reverted = repo.revert(second)
    assert repo.read("a/b") == "one"
    repo.branch("next", first)
    repo.remove("a")
    repo.commit("gone")
    assert not (repo.tree / "a").exists()
    repo.checkout("main")
    refs = git("ls-remote", repo.url)
    assert f"{reverted}\trefs/heads/main" in refs
    assert f"{first}\trefs/tags/v1" in refs and f"{second}\trefs/tags/v2^{{}}" in refs
    repo.reset(first)
    repo.delete_ref("refs/tags/v1")
    repo.delete_ref("refs/heads/next")
    refs = git("ls-remote", repo.url)
    assert f"{first}\trefs/heads/main" in refs and "v1" not in refs and "next" not in refs


# --- the rest


def test_eventually_returns_the_value_or_the_last_failure():
    answers = iter([0, KeyError("not yet"), "", "there"])

    def next_answer():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert eventually(next_answer, interval=0) == "there"

    def never():
        assert 1 == 2, "one is not two"

    with pytest.raises(AssertionError, match="one is not two"):
        eventually(never, timeout=0.1, interval=0.05)
    with pytest.raises(AssertionError, match="returned None"):
        eventually(lambda: {}.get("absent"), timeout=0.1, interval=0.05)


def test_app_yaml_has_the_fields_of_argo_cd():
    app = yaml.safe_load(app_yaml("web", "https://git.example.com/x", "overlays/a", prune=True,
                                  self_heal=True, sync_options=["CreateNamespace=true"]))
    assert app["apiVersion"] == "argoproj.io/v1alpha1" and app["kind"] == "Application"
    assert app["spec"]["source"]["repoURL"] == "https://git.example.com/x"
    assert app["spec"]["syncPolicy"] == {"automated": {"prune": True, "selfHeal": True},
                                         "syncOptions": ["CreateNamespace=true"]}


def test_shared_skips_what_is_absent():
    with pytest.raises(pytest.skip.Exception, match="../shared/no-such-folder"):
        shared("no-such-folder")


FAKE_DAEMON = r"""#!/usr/bin/env python3
import http.server, signal, sys
signal.signal(signal.SIGTERM, lambda *a: sys.exit(%(code)d))
print(sys.argv, flush=True)
print(%(message)r, file=sys.stderr, flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'# HELP polls_total x\npolls_total{repo="a b",ok="1"} 3\n'
                         b'polls_total{repo="c"} 4\nup 1\n')
host, port = sys.argv[sys.argv.index("--listen") + 1].split(":")
http.server.HTTPServer((host, int(port)), Handler).serve_forever()
"""


@pytest.fixture
def fake_daemon(tmp_path, monkeypatch):
    def make(code=0, message="hello"):
        program = tmp_path / "gitopsd"
        program.write_text(FAKE_DAEMON % {"code": code, "message": message})
        program.chmod(0o755)
        monkeypatch.setenv("GITOPSD", str(program))
        return Daemon(None, tmp_path / "daemon", apps=["a.yaml", "b"], kubeconfig="kc")

    return make


def test_daemon_starts_answers_and_stops(fake_daemon):
    daemon = fake_daemon().start()
    assert daemon.metrics() == {'polls_total{repo="a b",ok="1"}': 3, 'polls_total{repo="c"}': 4,
                                "up": 1}
    assert daemon.metric("polls_total") == 7 and daemon.metric("polls_total", repo="c") == 4
    assert daemon.rss_kib() > 1000 and daemon.cpu_seconds() >= 0
    daemon.kill()
    assert not daemon.is_running()
    daemon.start()
    daemon.stop()
    assert "'--kubeconfig', 'kc', '--app', 'a.yaml', '--app', 'b', '--poll-interval', '1s'" in \
        daemon.log()


@pytest.mark.parametrize("code, message, expected", [
    (3, "x", "ended with 3"),
    (0, "==1==ERROR: AddressSanitizer: heap-use-after-free", "heap-use-after-free"),
    (0, "a.c:1:2: runtime error: signed integer overflow", "signed integer overflow"),
    (0, "WARNING: ThreadSanitizer: data race (pid=1)", "data race"),
])
def test_daemon_that_ends_badly_fails_the_test(fake_daemon, code, message, expected):
    daemon = fake_daemon(code, message).start()
    with pytest.raises(AssertionError, match=expected):
        daemon.stop()


def test_six_control_planes_run_at_once(tmp_path):
    names = ["us-east-prod", "us-east-staging", "eu-west-prod", "eu-west-staging",
             "ap-south-prod", "ap-south-staging"]
    clusters = [ControlPlane(tmp_path / name) for name in names]
    started = time.monotonic()
    try:
        for cluster in clusters:
            cluster.up()
        print(json.dumps({"seconds": round(time.monotonic() - started, 1),
                          "rss_mib": [c.rss_kib() // 1024 for c in clusters]}))
        assert len({c.url for c in clusters}) == 6
        for cluster in clusters:
            assert cluster.get("/readyz") == "ok"
    finally:
        for cluster in clusters:
            cluster.down()
