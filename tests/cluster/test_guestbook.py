# SPDX-License-Identifier: Apache-2.0
"""The main job: a commit reaches the cluster, and kubectl tells the truth about it."""

import signal
import time

import pytest
import yaml

from harness import HERE, app_yaml, eventually, run, shared
from world import (assert_synced, conditions, config_map, deployment, resources,
                   results,
                   service)


def write_guestbook(repo, path):
    repo.write(f"{path}/deployment.yaml", deployment("guestbook-ui", replicas=2))
    repo.write(f"{path}/service.yaml", service("guestbook-ui"))


# --- the examples that everybody knows


@pytest.mark.parametrize("example,name", [("guestbook", "guestbook-ui"),
                                          ("kustomize-guestbook", "kustomize-guestbook-ui")])
def test_shared_example_is_synced(world, example, name):
    world.repo.copy_tree(shared(f"examples/{example}"), example)
    sha = world.repo.commit()
    world.create(example)
    world.start()
    world.wait_synced(example, sha)
    objects = world.cluster.kubectl("get", "deployment,service", "-n", world.namespace, "-o", "name")
    assert objects.split() == [f"deployment.apps/{name}", f"service/{name}"]
    line = next(line for line in world.cluster.kubectl("get", "applications", "-A").splitlines()
                if world.name(example) in line)
    assert line.split()[2:] == ["Synced", "Progressing"]


def test_kustomize_directory_is_rendered(world):
    world.repo.write("base/deployment.yaml", deployment("guestbook-ui"))
    world.repo.write("base/kustomization.yaml", "resources: [deployment.yaml]\n")
    world.repo.write("overlay/kustomization.yaml", yaml.safe_dump({
        "resources": ["../base"], "namePrefix": "eu-",
        "images": [{"name": "registry.example.com/web", "newTag": "2.5"}],
        "replicas": [{"name": "guestbook-ui", "count": 4}],
        "configMapGenerator": [{"name": "settings", "literals": ["region=eu"]}]}))
    world.repo.commit()
    world.create("overlay")
    world.start()
    app = world.wait_synced("overlay")
    assert app["status"]["sourceType"] == "Kustomize"
    web = world.object("deployments", "eu-guestbook-ui")
    assert web["spec"]["replicas"] == 4
    assert web["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example.com/web:2.5"
    rendered = run(HERE / "kubectl", "kustomize", world.repo.tree / "overlay")
    expected = {o["metadata"]["name"] for o in yaml.safe_load_all(rendered)
                if o["kind"] == "ConfigMap"}
    assert world.names("configmaps") == expected


# --- plain directories

TREE = ["a.yaml", "b.yml", "c.json", "sub/d.yaml", "sub/deeper/e.yaml", "other/f.yaml"]


@pytest.mark.parametrize("directory,expected", [
    (None, "abc"),
    ({"recurse": True}, "abcdef"),
    ({"include": "*.json"}, "c"),
    ({"exclude": "*.yaml"}, "bc"),
    ({"recurse": True, "include": "sub/*"}, "de"),
    ({"recurse": True, "exclude": "{sub/*,b.yml}"}, "acf"),
    ({"recurse": True, "include": "*.yaml", "exclude": "other/*"}, "ade"),
])
def test_plain_directory(world, directory, expected):
    for path in TREE:
        text = config_map(path.rsplit("/", 1)[-1].split(".")[0])
        if path.endswith(".json"):
            text = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}'
        world.repo.write(f"plain/{path}", text)
    world.repo.write("plain/README.md", "# not a manifest\n")
    world.repo.write("plain/sub/notes.txt", "{{{\n")
    world.repo.commit()
    world.create("plain", directory=directory)
    world.start()
    app = world.wait_synced("plain")
    assert app["status"]["sourceType"] == "Directory"
    assert world.names("configmaps") == set(expected)


# --- the status


def test_status_tells_the_whole_story(world):
    world.repo.write("web/web.yaml", deployment("web") + "---\n" + service("web"))
    first = world.repo.commit()
    world.create("web")
    world.start()
    app = world.wait_synced("web", first)
    status = app["status"]
    source, destination = app["spec"]["source"], app["spec"]["destination"]
    assert status["sync"]["comparedTo"] == {"source": source, "destination": destination}
    assert status["health"]["status"] == "Progressing"
    assert status["summary"] == {"images": ["registry.example.com/web:1.0"]}

    operation = status["operationState"]
    assert operation["phase"] == "Succeeded"
    assert operation["operation"]["initiatedBy"] == {"automated": True}
    assert operation["operation"]["sync"]["revision"] == first
    assert operation["startedAt"] <= operation["finishedAt"]
    assert operation["syncResult"]["revision"] == first
    assert {key: (r["status"], r["syncPhase"], r["namespace"]) for key, r in results(app).items()
            } == {key: ("Synced", "Sync", world.namespace)
                  for key in ("Deployment/web", "Service/web")}

    told = resources(app)
    assert told["Deployment/web"] == {
        "group": "apps", "version": "v1", "kind": "Deployment", "namespace": world.namespace,
        "name": "web", "status": "Synced", "health": told["Deployment/web"]["health"]}
    assert told["Deployment/web"]["health"]["status"] == "Progressing"
    assert told["Service/web"]["health"] == {"status": "Healthy"}

    assert [(h["id"], h["revision"]) for h in status["history"]] == [(0, first)]
    assert status["history"][0]["source"] == source

    world.repo.replace("web/web.yaml", "web:1.0", "web:1.1")
    second = world.repo.commit()
    history = world.wait_synced("web", second)["status"]["history"]
    assert [(h["id"], h["revision"]) for h in history] == [(0, first), (1, second)]


def test_history_is_limited(world):
    world.repo.write("web/web.yaml", config_map("web", "0"))
    shas = [world.repo.commit()]
    world.create("web", spec={"revisionHistoryLimit": 2})
    world.start()
    for i in range(1, 4):
        world.wait_synced("web")
        world.repo.write("web/web.yaml", config_map("web", str(i)))
        shas.append(world.repo.commit())
    history = world.wait_synced("web")["status"]["history"]
    assert [(h["id"], h["revision"]) for h in history] == [(2, shas[2]), (3, shas[3])]


def test_health_follows_the_workload(world):
    world.repo.write("web/web.yaml", deployment("web"))
    world.repo.commit()
    world.create("web")
    world.start()
    world.wait_synced("web")

    def report(**status):
        web = world.object("deployments", "web")
        world.cluster.merge_patch(
            world.path_of("deployments", "web/status"),
            {"status": {"observedGeneration": web["metadata"]["generation"], **status}})

    def wait_health(health):
        eventually(lambda: world.get("web")["status"]["health"]["status"] == health)
        return resources(world.get("web"))["Deployment/web"]["health"]

    report(replicas=1, updatedReplicas=1, readyReplicas=1, availableReplicas=1)
    assert wait_health("Healthy")["status"] == "Healthy"
    report(conditions=[{"type": "Progressing", "status": "False",
                        "reason": "ProgressDeadlineExceeded", "message": "too slow"}])
    assert "exceeded its progress deadline" in wait_health("Degraded")["message"]
    report(conditions=None)
    wait_health("Healthy")


def test_missing_objects_without_automation(world):
    """Without syncPolicy.automated nothing is written until a person asks."""
    write_guestbook(world.repo, "web")
    sha = world.repo.commit()
    mark = world.cluster.audit_mark()
    world.create("web", automated=False)
    world.start()
    eventually(lambda: world.get("web")["status"]["sync"]["status"] == "OutOfSync")
    app = world.get("web")
    assert app["status"]["health"]["status"] == "Missing"
    assert {r["status"] for r in resources(app).values()} == {"OutOfSync"}
    assert world.writes(mark) == []

    world.patch("web", {"operation": {"initiatedBy": {"username": "eva"},
                                      "sync": {"revision": sha}}})
    app = world.wait_synced("web", sha)
    assert not app["status"]["operationState"]["operation"]["initiatedBy"].get("automated")
    eventually(lambda: "operation" not in world.get("web"))


# --- revisions


def test_target_revisions(world):
    repo = world.repo
    shas = {}
    for name in ("old", "tagged", "annotated", "branch", "main"):
        if name == "branch":
            repo.branch("release")
        if name == "main":
            repo.checkout("main")
        repo.write("web/web.yaml", config_map("web", name))
        shas[name] = repo.commit(name)
        if name == "tagged":
            repo.tag("v1")
        if name == "annotated":
            repo.tag("v2", message="second")
    revisions = {"old": shas["old"], "tagged": "v1", "annotated": "v2", "branch": "release",
                 "main": "HEAD"}
    for name, revision in revisions.items():
        world.cluster.request("POST", "/api/v1/namespaces",
                              {"metadata": {"name": f"{world.namespace}-{name}"}})
        world.create(name, "web", revision=revision, dest_namespace=f"{world.namespace}-{name}")
    world.start()
    for name in revisions:
        world.wait_synced(name, shas[name])
        live = world.cluster.get(f"/api/v1/namespaces/{world.namespace}-{name}/configmaps/web")
        assert live["data"] == {"key": name}

    repo.checkout("release")
    repo.write("web/web.yaml", config_map("web", "newer"))
    moved = repo.commit()
    world.wait_synced("branch", moved)
    world.wait_synced("main", shas["main"])


# --- the sync policy


def test_create_namespace(world):
    write_guestbook(world.repo, "web")
    world.repo.commit()
    target = world.name("made")
    world.create("web", dest_namespace=target, retry={"backoff": {"duration": "200ms"}})
    world.start()
    failed = world.wait_failed("web")["status"]["operationState"]
    assert f'namespaces "{target}" not found' in failed["message"]
    assert not world.cluster.exists(f"/api/v1/namespaces/{target}")

    world.patch("web", {"spec": {"syncPolicy": {"syncOptions": ["CreateNamespace=true"]}}})
    world.wait_synced("web")
    namespace = world.cluster.kubectl_json("get", "namespace", target)
    assert "argocd.argoproj.io/tracking-id" not in namespace["metadata"].get("annotations", {})


def test_without_prune_and_self_heal_nothing_is_repaired(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.commit()
    world.create("web")
    world.start()
    world.wait_synced("web")
    mark = world.cluster.audit_mark()
    world.cluster.merge_patch(world.path_of("configmaps", "a"), {"data": {"key": "edited"}})
    eventually(lambda: resources(world.get("web"))["ConfigMap/a"]["status"] == "OutOfSync")
    time.sleep(1)
    assert world.object("configmaps", "a")["data"] == {"key": "edited"}
    assert world.writes(mark) == []

    world.repo.remove("web/b.yaml")
    sha = world.repo.commit()
    # A new commit overwrites the edit, and leaves what is not declared any more.
    eventually(lambda: world.object("configmaps", "a")["data"] == {"key": "1"})
    eventually(lambda: resources(world.get("web"))["ConfigMap/b"].get("requiresPruning"))
    app = world.get("web")
    assert app["status"]["sync"] == {**app["status"]["sync"], "revision": sha,
                                     "status": "OutOfSync"}
    assert world.deletes(mark) == [] and world.exists("configmaps", "b")

    # Which has been synced: that prunes are asked for now concerns the next commit.
    world.patch("web", {"spec": {"syncPolicy": {"automated": {"prune": True}}}})
    world.repo.write("web/c.yaml", config_map("c"))
    world.wait_synced("web", world.repo.commit())
    assert world.names("configmaps") == {"a", "c"}


def test_hand_edits_are_repaired_at_once(world):
    write_guestbook(world.repo, "web")
    world.repo.commit()
    world.create("web", self_heal=True)
    # A poll cannot be what repairs it.
    world.start(poll_interval="10m")
    world.wait_synced("web")
    kubectl, ns = world.cluster.kubectl, world.namespace

    def deployment_is(replicas, image):
        spec = world.object("deployments", "guestbook-ui")["spec"]
        return (spec["replicas"], spec["template"]["spec"]["containers"][0]["image"]
                ) == (replicas, image)

    kubectl("scale", "deployment/guestbook-ui", "--replicas=9", "-n", ns)
    eventually(lambda: deployment_is(2, "registry.example.com/web:1.0"))
    kubectl("set", "image", "deployment/guestbook-ui", "web=evil:6", "-n", ns)
    eventually(lambda: deployment_is(2, "registry.example.com/web:1.0"))
    kubectl("delete", "service/guestbook-ui", "-n", ns)
    eventually(lambda: world.exists("services", "guestbook-ui"))
    world.wait_synced("web")
    history = world.get("web")["status"]["history"]
    assert len(history) == 1, "a repair is no deployment"


def test_what_others_add_stays(world):
    write_guestbook(world.repo, "web")
    world.repo.commit()
    world.create("web", self_heal=True, prune=True)
    world.start()
    world.wait_synced("web")
    mark = world.cluster.audit_mark()
    world.cluster.kubectl("annotate", "deployment/guestbook-ui", "team=storage",
                          "-n", world.namespace)
    world.cluster.kubectl("create", "configmap", "by-hand", "-n", world.namespace)
    time.sleep(1.5)
    assert world.writes(mark) == []
    annotations = world.object("deployments", "guestbook-ui")["metadata"]["annotations"]
    assert annotations["team"] == "storage" and world.exists("configmaps", "by-hand")
    assert_synced(world.get("web"), world.repo.head())


# --- Applications from files


def test_app_files(world):
    write_guestbook(world.repo, "web")
    world.repo.write("extra/extra.yaml", config_map("extra"))
    world.repo.commit()
    mark = world.cluster.audit_mark()
    world.start_with_files({"web.yaml": world.app_text("web", "web"), "README.md": "not YAML: {"})
    app = world.wait_synced("web")
    assert app["metadata"]["namespace"] == "argocd"
    assert world.names("deployments") == {"guestbook-ui"}
    eventually(lambda: world.daemon.http("GET", "/readyz")[0] == 200)

    # SIGHUP reads the files again; a broken one changes nothing.
    world.write_files({"more.yaml": world.app_text("extra", "extra")})
    world.daemon.process.send_signal(signal.SIGHUP)
    world.wait_synced("extra")
    world.write_files({"more.yaml": "kind: Application\n  bad: indent\n"})
    world.daemon.process.send_signal(signal.SIGHUP)
    error = eventually(lambda: world.daemon.events("files not reloaded; the former applications stay"))
    assert "more.yaml:2" in error[0]["error"]
    (world.app_dir / "more.yaml").unlink()
    world.daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: len(world.daemon.applications()) == 1)
    assert world.exists("configmaps", "extra"), "an Application that is gone keeps its objects"
    assert not [w for w in world.writes(mark, status=True) if " applications " in w]


def test_app_file_in_a_cluster_without_crds(make_cluster, git_server, start_daemon, tmp_path):
    cluster = make_cluster("bare")
    repo = git_server.create("repo")
    write_guestbook(repo, "web")
    sha = repo.commit()
    file = tmp_path / "app.yaml"
    file.write_text(app_yaml("web", repo, "web", self_heal=True, prune=True,
                             dest_namespace="web", sync_options=["CreateNamespace=true"]))
    daemon = start_daemon(cluster, apps=[file], poll_interval="200ms")

    def check():
        assert_synced(daemon.application("web"), sha)
    eventually(check)
    assert "guestbook-ui" in cluster.kubectl("get", "deployments", "-n", "web")


def test_crds_may_come_after_the_daemon(make_cluster, git_server, start_daemon):
    from world import APPLICATIONS, install_crds
    cluster = make_cluster("late")
    repo = git_server.create("repo")
    write_guestbook(repo, "web")
    sha = repo.commit()
    daemon = start_daemon(cluster, poll_interval="200ms")
    eventually(lambda: [e for e in daemon.events() if "is not installed" in e["msg"]])
    assert daemon.http("GET", "/readyz")[0] == 503
    install_crds(cluster)
    cluster.request("POST", APPLICATIONS, yaml.safe_load(app_yaml("web", repo, "web")))

    def check():
        assert_synced(cluster.get(f"{APPLICATIONS}/web"), sha)
    eventually(check)
    assert conditions(cluster.get(f"{APPLICATIONS}/web")) == {}
