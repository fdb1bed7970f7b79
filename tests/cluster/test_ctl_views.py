# SPDX-License-Identifier: Apache-2.0
"""gitopsctl get, describe, tree, history, events, diff against a real API server, and what they say
when something is wrong."""

import json
import os
import re
import socket
import subprocess

import pytest
import yaml

from ctl import ctl as gitopsctl
from ctl import ctl_in_terminal, gitopsctl_program, kubeconfig_as, rows
from harness import GitServer, eventually, git
from world import config_map, deployment, service


def ctl(world, *args, **options):
    return gitopsctl(world.cluster.kubeconfig, *args, **options)


def secret(name, **data):
    return yaml.safe_dump({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
                           "stringData": data})


@pytest.fixture
def shop(world):
    """An application with a ConfigMap, a Deployment and a Secret, synced."""
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/web.yaml", deployment("web", replicas=2))
    world.repo.write("app/secret.yaml", secret("s", password="hunter2"))
    world.repo.commit()
    world.create("app", labels={"team": world.namespace})
    world.start()
    world.wait_synced("app")

    def told():
        status = world.get("app")["status"]
        assert status["health"]["status"] == "Progressing" and status["summary"]["images"]
    eventually(told)
    return world.name("app")


def test_get(world, shop):
    sha = world.repo.head()
    head, row = rows(ctl(world, "get", shop).out)
    assert head == ["NAME", "SYNC", "HEALTH", "REVISION", "IMAGES", "AGE"]
    assert row[:5] == [shop, "Synced", "Progressing", sha[:8], "web:1.0"]
    wide = rows(ctl(world, "get", "-o", "wide", f"argocd/{shop}").out)
    assert wide[0][-6:] == ["PROJECT", "TARGET", "PATH", "REPOSITORY", "INTO", "MESSAGE"]
    assert wide[1][3] == sha and wide[1][7:11] == ["HEAD", "app", world.repo.url, world.namespace]
    assert ctl(world, "get", "-o", "name").out == f"application.argoproj.io/{shop}\n"

    def told():
        assert json.loads(ctl(world, "get", shop, "-o", "json").out) == world.get("app")
        listed = yaml.safe_load(ctl(world, "get", "-o", "yaml").out)
        assert listed["kind"] == "List" and listed["items"] == [world.get("app")]
    eventually(told)
    of_team = ctl(world, "get", "-A", "-l", f"team={world.namespace}").out
    assert [row[:2] for row in rows(of_team)] == [["NAMESPACE", "NAME"], ["argocd", shop]]


def test_nothing_to_get(world):
    outcome = ctl(world, "get", "-l", "team=nobody")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == "No Applications found in namespace argocd.\n"
    assert ctl(world, "get", "-n", "other").err == "No Applications found in namespace other.\n"
    assert json.loads(ctl(world, "get", "-l", "team=nobody", "-o", "json").out)["items"] == []


def test_describe_and_history(world, shop):
    sha = world.repo.head()
    text = ctl(world, "describe", shop).out
    for part in (f"Application  argocd/{shop}, created ", f"Labels       team={world.namespace}\n",
                 f"Source       {world.repo.url}\n             HEAD, path app, Directory\n",
                 f"Destination  this cluster, namespace {world.namespace}\n",
                 "Sync policy  automated\n", f"Sync         Synced at {sha}, compared ",
                 "Health       Progressing, since ", "Images       registry.example.com/web:1.0\n",
                 f"\nLast operation\n  Succeeded ", f", to {sha}, automated\n",
                 "\nObjects: 3, of which not in sync or not healthy:\n",
                 f"  Deployment.apps {world.namespace}/web   Synced   Progressing   Waiting for",
                 "\nHistory, the newest first\n"):
        assert part in text, text
    world.repo.write("app/a.yaml", config_map("a", "2"))
    second = world.repo.commit()
    world.wait_synced("app")
    table = rows(ctl(world, "history", shop).out)
    assert table[0] == ["ID", "DEPLOYED", "AGO", "TOOK", "REVISION", "BY"]
    assert [(row[0], row[4], row[5]) for row in table[1:]] == [("1", second, "automated"),
                                                               ("0", sha, "automated")]
    assert json.loads(ctl(world, "history", shop, "-o", "json").out) == \
        world.get("app")["status"]["history"]


def test_describe_says_what_to_do(world):
    world.repo.write("app/kustomization.yaml", "resources: [gone.yaml]\n")
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_condition("app", "ComparisonError")
    text = ctl(world, "describe", world.name("app")).out
    assert re.search(r"\nConditions\n  ComparisonError, \d+s ago\n    Failed to load target state: "
                     r".*gone.yaml.*\n    What to do: push a commit that mends", text), text
    assert ctl(world, "history", world.name("app")).err == \
        f"{world.name('app')} has not been deployed yet.\n"


def owned(world, kind, path, name, owner, **body):
    reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"],
                 "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
    return world.cluster.request("POST", path, {
        "apiVersion": "apps/v1" if kind == "ReplicaSet" else "v1", "kind": kind,
        "metadata": {"name": name, "ownerReferences": [reference]}, **body})


def test_tree(world, shop):
    """There are no controllers in this cluster: the test makes what they would make."""
    ns = world.namespace
    spec = {"containers": [{"name": "web", "image": "registry.example.com/web:1.0"}]}
    labels = {"app": "web"}
    replicas = owned(world, "ReplicaSet", f"/apis/apps/v1/namespaces/{ns}/replicasets", "web-1",
                     world.object("deployments", "web"),
                     spec={"selector": {"matchLabels": labels},
                           "template": {"metadata": {"labels": labels}, "spec": spec}})
    owned(world, "Pod", f"/api/v1/namespaces/{ns}/pods", "web-1-x", replicas, spec=spec)
    world.cluster.merge_patch(f"/api/v1/namespaces/{ns}/pods/web-1-x/status", {"status": {
        "phase": "Pending", "containerStatuses": [{
            "name": "web", "ready": False, "restartCount": 0, "image": "", "imageID": "",
            "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]}})
    table = rows(ctl(world, "tree", shop).out)
    assert table[0] == ["OBJECT", "SYNC", "HEALTH", "AGE", "WHY"]
    found = {row[0]: row for row in table[1:]}
    assert list(found) == [f"ConfigMap {ns}/a", f"Secret {ns}/s", f"Deployment.apps {ns}/web",
                           "└─ ReplicaSet.apps web-1", "   └─ Pod web-1-x"]
    assert found[f"ConfigMap {ns}/a"][1:3] == ["Synced", "-"]
    assert found["   └─ Pod web-1-x"][4] == 'container "web": ImagePullBackOff: no such image'
    told = json.loads(ctl(world, "tree", shop, "-o", "json").out)
    assert [n["name"] for n in told["nodes"]] == ["a", "s", "web", "web-1", "web-1-x"]
    assert told["notes"] == []


def test_tree_of_what_controllers_make(full_world):
    world, ns = full_world, full_world.namespace
    world.repo.write("app/web.yaml", deployment("web", replicas=2))
    world.repo.write("app/service.yaml", service("web"))
    world.repo.commit()
    world.create("app")
    world.start()

    def drawn():
        table = rows(ctl(world, "tree", world.name("app")).out)[1:]
        text = [(re.sub(r"web-\w+(-\w+)?$", "web-*", row[0]), row[2]) for row in table]
        assert text == [(f"Service {ns}/web", "Healthy"),
                        ("├─ EndpointSlice.discovery.k8s.io web-*", "-"),
                        ("└─ Endpoints web", "-"),
                        (f"Deployment.apps {ns}/web", "Healthy"),
                        ("└─ ReplicaSet.apps web-*", "Healthy"),
                        ("   ├─ Pod web-*", "Healthy"), ("   └─ Pod web-*", "Healthy")], table
        assert [row[4] for row in table[5:]] == ["Running, 1/1 ready"] * 2
    eventually(drawn, 60)


def test_events(world, shop):
    def told():
        text = ctl(world, "events", shop).out
        assert "OperationCompleted" in text
        return rows(text)
    table = eventually(told)
    assert table[0] == ["LAST", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert {row[3] for row in table[1:]} == {f"Application argocd/{shop}"}
    items = json.loads(ctl(world, "events", shop, "-o", "json").out)["items"]
    assert "OperationCompleted" in [e["reason"] for e in items]
    quiet = world.create("quiet", automated=False)["metadata"]["name"]
    eventually(lambda: world.get("quiet")["status"]["sync"]["status"])
    assert ctl(world, "events", quiet).code == 0


# --- diff


def test_diff_of_an_application(world, shop):
    outcome = ctl(world, "diff", shop)
    assert (outcome.code, outcome.out) == (0, ""), outcome
    assert outcome.err == "0 added, 0 changed, 0 removed, 3 the same\n"
    world.daemon.stop()
    ns = world.namespace
    world.repo.write("app/web.yaml", deployment("web", replicas=3))
    world.repo.write("app/secret.yaml", secret("s", password="swordfish"))
    world.repo.write("app/new.yaml", config_map("new"))
    world.repo.remove("app/a.yaml")
    world.repo.commit()
    outcome = ctl(world, "diff", shop)
    assert outcome.code == 1, outcome
    assert outcome.err == "1 added, 2 changed, 1 removed, 0 the same\n"
    assert f"+++ b/ConfigMap/{ns}/new\n" in outcome.out
    assert f"--- a/ConfigMap/{ns}/a\n+++ /dev/null\n" in outcome.out
    assert "\n-  replicas: 2\n+  replicas: 3\n" in outcome.out
    assert re.search(r"\n-  password: digest:\w{16} \(7 bytes\)\n"
                     r"\+  password: digest:\w{16} \(9 bytes\)\n", outcome.out), outcome.out
    for value in ("hunter2", "swordfish", "aHVudGVyMg", "c3dvcmRmaXNo"):
        assert value not in outcome.out
    assert world.object("deployments", "web")["spec"]["replicas"] == 2, "a dry run writes nothing"
    assert not world.exists("configmaps", "new")
    comment = ctl(world, "diff", shop, "--format", "markdown")
    assert comment.code == 1 and comment.err == ""
    assert comment.out.startswith("**1 added, 2 changed, 1 removed, 0 the same** in Application "
                                  f"`argocd/{shop}` at `{world.repo.head()}`")
    assert comment.out.count("<details>") == comment.out.count("</details>") == 4


def test_diff_of_files_here(world, shop, tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a.yaml").write_text(config_map("a", "9"))
    outcome = ctl(world, "diff", shop, "--local", tmp_path / "here")
    assert outcome.code == 1
    assert '\n-  key: "1"\n+  key: "9"\n' in outcome.out
    assert outcome.err == "0 added, 1 changed, 2 removed, 0 the same\n"
    # Without an application nothing is known of what is not in the directory.
    outcome = ctl(world, "diff", "here", "--into", world.namespace, cwd=tmp_path)
    assert outcome.code == 1
    assert '\n-  key: "1"\n+  key: "9"\n' in outcome.out and "tracking-id" not in outcome.out
    assert outcome.err == "0 added, 1 changed, 0 removed, 0 the same\n"


def test_diff_leaves_out_what_is_ignored(world, shop):
    ns = world.namespace
    world.daemon.stop()
    world.patch("app", {"spec": {"ignoreDifferences": [
        {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]},
        {"kind": "ConfigMap", "jqPathExpressions": [".data.key"]}]}})
    world.cluster.merge_patch(f"/apis/apps/v1/namespaces/{ns}/deployments/web",
                              {"spec": {"replicas": 7}})
    world.cluster.merge_patch(f"/api/v1/namespaces/{ns}/configmaps/a", {"data": {"key": "7"}})
    outcome = ctl(world, "diff", shop)
    assert (outcome.code, outcome.out) == (0, ""), outcome


def test_diff_tells_what_the_server_refuses(world, shop):
    world.daemon.stop()
    world.repo.write("app/a.yaml", config_map("a").replace("\ndata:", "\ndota:"))
    world.repo.commit()
    outcome = ctl(world, "diff", shop)
    assert outcome.code == 2
    assert f"not compared: ConfigMap {world.namespace}/a: " in outcome.err
    assert "dota" in outcome.err and "1 not compared" in outcome.err


HELPER = "!f() { echo username=eva; echo password=s3cret; }; f"


def test_diff_fetches_with_the_credentials_of_the_users_git(world, tmp_path):
    """No daemon takes part: the application is new, and all of it would be added."""
    with GitServer(tmp_path / "private", username="eva", password="s3cret") as server:
        repo = server.create("private")
        repo.write("app/a.yaml", config_map("private"))
        repo.commit()
        world.create("app", repo=repo)
        plain = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
                 "GIT_TERMINAL_PROMPT": "0"}
        helped = {**plain, "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "credential.helper",
                  "GIT_CONFIG_VALUE_0": HELPER}
        outcome = ctl(world, "diff", world.name("app"), env=helped)
        assert outcome.code == 1 and "+++ b/ConfigMap/" in outcome.out, outcome
        assert outcome.err == "1 added, 0 changed, 0 removed, 0 the same\n"
        outcome = ctl(world, "diff", world.name("app"), env=plain)
        assert outcome.code == 2 and "--local DIR" in outcome.err
        server.password = "other"
        outcome = ctl(world, "diff", world.name("app"), env=helped)
        assert outcome.code == 2 and "s3cret" not in outcome.err and "--local DIR" in outcome.err


def test_diff_of_what_is_not_there_yet(world):
    """A namespace that the sync creates, a kind that comes with it, and an object twice."""
    world.repo.write("app/a.yaml", config_map("a") + "---\n" + config_map("a"))
    world.repo.write("app/w.yaml", yaml.safe_dump({
        "apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}))
    world.repo.commit()
    world.create("app", dest_namespace=f"{world.namespace}-new",
                 sync_options=["CreateNamespace=true"])
    outcome = ctl(world, "diff", world.name("app"))
    assert outcome.code == 1, outcome
    assert f"+++ b/ConfigMap/{world.namespace}-new/a\n" in outcome.out
    assert "+++ b/Widget.example.com/" in outcome.out
    assert "appeared 2 times among application resources" in outcome.err
    assert outcome.err.endswith("2 added, 0 changed, 0 removed, 0 the same\n")


def test_diff_of_two_commits_asks_no_cluster(tmp_path):
    repo = tmp_path / "repo"
    (repo / "app").mkdir(parents=True)
    git("init", "-q", "-b", "main", cwd=repo)

    def commit(value, message):
        (repo / "app" / "a.yaml").write_text(config_map("a", value))
        git("add", ".", cwd=repo)
        git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", message, cwd=repo)

    commit("1", "one")
    commit("2", "two")
    changed = '\n-  key: "1"\n+  key: "2"\n'
    for rev in ("HEAD~1..HEAD", "HEAD~1..", "HEAD~1", "main~1..main"):
        outcome = gitopsctl(None, "diff", "--rev", rev, "app", cwd=repo)
        assert outcome.code == 1 and changed in outcome.out, outcome
    assert gitopsctl(None, "diff", "--rev", "HEAD..HEAD", "app", cwd=repo).code == 0
    comment = gitopsctl(None, "diff", "--rev", "HEAD~1..", "--format", "markdown", repo / "app")
    assert comment.out.startswith("**0 added, 1 changed, 0 removed, 0 the same** in `app`, "
                                  "`HEAD~1..HEAD`\n")
    for args, message in ((("--rev", "gone..", "app"), "gone"),
                          (("--rev", "HEAD..", "nothing"), "nothing: neither HEAD nor HEAD has"),
                          (("--rev", "HEAD...HEAD", "app"), "three dots")):
        outcome = gitopsctl(None, "diff", *args, cwd=repo)
        assert outcome.code == 2 and message in outcome.err, outcome


# --- what may be wrong


def test_an_unknown_application(world, shop):
    for verb in ("get", "describe", "tree", "history", "events", "diff"):
        outcome = ctl(world, verb, shop[:-1] + "q")
        assert outcome.code == (2 if verb == "diff" else 1)
        assert outcome.err == (f"gitopsctl {verb}: no Application {shop[:-1]}q in namespace argocd; "
                               f"did you mean {shop}?\n")
    assert f"there is one in namespace argocd: -n argocd" in \
        ctl(world, "describe", "-n", "elsewhere", shop).err
    assert "'gitopsctl get' lists them" in ctl(world, "describe", "xyzxyzxyz").err
    assert ctl(world, "tree").code == 2


def test_no_rights(world, shop, tmp_path):
    nobody = kubeconfig_as(world.cluster.kubeconfig, tmp_path / "nobody", "nobody")
    for args in (("get",), ("describe", shop), ("tree", shop), ("events", shop), ("diff", shop)):
        outcome = gitopsctl(nobody, *args)
        assert outcome.code == (2 if args[0] == "diff" else 1)
        assert 'User "nobody" cannot' in outcome.err and "a right that you do not have" in outcome.err

def test_wrong_credentials(world, tmp_path):
    config = yaml.safe_load(world.cluster.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": "wrong"}
    (tmp_path / "wrong").write_text(yaml.safe_dump(config))
    outcome = gitopsctl(tmp_path / "wrong", "get")
    assert outcome.code == 1 and "does not accept the credentials of context" in outcome.err
    assert "wrong:" not in outcome.out


def kubeconfig_of(server, name="lonely"):
    return yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": name,
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [], "contexts": [{"name": name, "context": {"cluster": "c"}}]})


def test_no_cluster(tmp_path):
    (tmp_path / "config").write_text(kubeconfig_of("http://127.0.0.1:9"))
    outcome = gitopsctl(tmp_path / "config", "get")
    assert outcome.code == 1
    assert "no API server answers at http://127.0.0.1:9 (context lonely); choose another cluster " \
        "with --context or --kubeconfig: " in outcome.err
    outcome = gitopsctl(tmp_path / "none", "get")
    assert outcome.code == 1 and "no kubeconfig exists" in outcome.err
    outcome = gitopsctl(tmp_path / "config", "get", "--context", "lovely")
    assert outcome.code == 1 and "lovely" in outcome.err and "lonely" in outcome.err


def test_contexts_of_several_files(world, tmp_path):
    (tmp_path / "config").write_text(kubeconfig_of("http://127.0.0.1:9"))
    both = f"{tmp_path / 'config'}:{world.cluster.kubeconfig}"
    assert gitopsctl(both, "get").code == 1
    assert gitopsctl(both, "get", "--context", world.cluster.context).code == 0
    assert gitopsctl(None, "--kubeconfig", world.cluster.kubeconfig, "get").code == 0


@pytest.fixture
def silent_server(tmp_path):
    """A kubeconfig whose server takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        path = tmp_path / "silent"
        path.write_text(kubeconfig_of(f"http://127.0.0.1:{listening.getsockname()[1]}"))
        yield path


def test_a_server_that_does_not_answer(silent_server):
    outcome = gitopsctl(silent_server, "get", "--request-timeout", "1s")
    assert outcome.code == 1
    assert "did not answer within 1000 ms; --request-timeout gives it longer" in outcome.err
    outcome = gitopsctl(silent_server, "get", "--request-timeout", "soon")
    assert outcome.code == 2 and "--request-timeout" in outcome.err


def test_an_output_that_cannot_be_written():
    """Nobody reads on (as with `| head`): not a word. A full disk: an error."""
    program = str(gitopsctl_program())
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run([program, "get", "--help"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (result.returncode, result.stderr) == (141, b"")
    with open("/dev/full", "w") as full:
        result = subprocess.run([program, "get", "--help"], stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 1
    assert result.stderr == b"gitopsctl get: standard output: No space left on device\n"


# --- terminals


def test_what_takes_long_tells_what_it_does(silent_server):
    outcome = ctl_in_terminal(silent_server, "get", "--request-timeout", "6s")
    assert outcome.code == 1
    assert re.search(r"\rasking the API server at http://127.0.0.1:\d+, [1-5] s\x1b\[K",
                     outcome.out), repr(outcome.out)
    # The line is gone before the error is told.
    assert re.search(r"\r\x1b\[Kgitopsctl get: ", outcome.out), repr(outcome.out)
    piped = gitopsctl(silent_server, "get", "--request-timeout", "2s")
    assert "asking" not in piped.err and "\r" not in piped.err


COLOUR = re.compile(r"\x1b\[\d*m")


def screen(text):
    """What stays on a terminal: not the progress line of a slow machine."""
    return text.rpartition("\x1b[K")[2].replace("\r\n", "\n")


def test_what_is_fetched_is_told_without_its_password(tmp_path):
    """`render URL` and its bases, by the program gitopsctl-git."""
    with GitServer(tmp_path / "git") as server:
        repo = server.create("base")
        repo.write("base/kustomization.yaml", "resources: [a.yaml]\n")
        repo.write("base/a.yaml", config_map("a"))
        repo.commit()
        server.delay_s = 1.5
        url = server.url_of("base").replace("://", "://eva:s3cret@")
        outcome = ctl_in_terminal(None, "render", f"{url}//base")
        assert outcome.code == 0 and "kind: ConfigMap" in outcome.out, outcome
        assert re.search(r"\rfetching http://127.0.0.1:\d+/base.git, \d+ s\x1b\[K", outcome.out), \
            repr(outcome.out)
        assert "s3cret" not in outcome.out and "\r\x1b[KapiVersion" in outcome.out


def test_colours_are_for_terminals(world, shop):
    config = world.cluster.kubeconfig
    plain = ctl(world, "get", shop).out
    assert "\x1b" not in plain
    shown = screen(ctl_in_terminal(config, "get", shop).out)
    assert "\x1b[32mSynced\x1b[0m" in shown
    assert [row[:5] for row in rows(COLOUR.sub("", shown))] == [row[:5] for row in rows(plain)]
    for env, args in (({"NO_COLOR": "1"}, ()), ({"TERM": "dumb"}, ()), ({}, ("--color=never",))):
        assert not COLOUR.search(ctl_in_terminal(config, "get", shop, *args, env=env).out)
    assert "\x1b[32mSynced" in ctl(world, "get", shop, "--color", "always").out
    assert COLOUR.search(ctl_in_terminal(config, "get", shop, env={"NO_COLOR": ""}).out)
