# SPDX-License-Identifier: Apache-2.0
"""AppProjects: nothing is fetched, written or deleted that a project does not permit, and what is
refused names the project, the rule and the object."""

import json
import os
import shutil
import subprocess
import time

import pytest
import yaml

from harness import app_yaml, eventually
from world import (APPLICATIONS, World, conditions, config_map, deployment,
                   install_crds, phase, resources, results, service)

PROJECTS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects"
EVERYWHERE = [{"server": "*", "namespace": "*"}]


@pytest.fixture
def projects(world):
    """projects(name, **spec): create an AppProject named after the test's namespace."""
    made = []

    def create(name, **spec):
        spec = {"sourceRepos": ["*"], "destinations": EVERYWHERE, **spec}
        world.cluster.request("POST", PROJECTS, {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": world.name(name), "namespace": "argocd"}, "spec": spec})
        made.append(world.name(name))
        return world.name(name)

    yield create
    for name in made:
        if world.cluster.exists(f"{PROJECTS}/{name}"):
            world.cluster.request("DELETE", f"{PROJECTS}/{name}")


def allow(world, project, **spec):
    world.cluster.merge_patch(f"{PROJECTS}/{project}", {"spec": spec})


def assert_invalid(app, message):
    status = app["status"]
    assert conditions(app) == {"InvalidSpecError": message}
    assert status["sync"]["status"] == "Unknown"
    assert status["health"]["status"] == "Unknown"
    assert "operationState" not in status


def test_a_project_that_does_not_exist(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", project=world.name("absent"))
    world.start()
    message = f"Application referencing project {world.name('absent')} which does not exist"
    world.wait_condition("web", "InvalidSpecError")
    assert_invalid(world.get("web"), message)
    assert world.names("configmaps") == set()
    projects("absent")
    world.wait_synced("web")


def test_the_default_project_need_not_exist(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", project="")
    world.start()
    world.wait_synced("web")


def test_a_repository_that_is_not_permitted_is_not_even_asked(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    project = projects("narrow", sourceRepos=["https://git.example.com/**"])
    world.create("web", project=project)
    world.start()
    world.wait_condition("web", "InvalidSpecError")
    assert_invalid(world.get("web"), f"application repo {world.repo.url} is not permitted in "
                                     f"project '{project}'")
    allow(world, project, sourceRepos=["*"])
    world.wait_synced("web")
    allow(world, project, sourceRepos=["!" + world.repo.url, "*"])
    world.wait_condition("web", "InvalidSpecError")
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.commit()
    time.sleep(1)
    assert world.names("configmaps") == {"a"}


def test_a_destination_that_is_not_permitted(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    project = projects("narrow", destinations=[{"server": "*", "namespace": "elsewhere"}])
    world.create("web", project=project)
    world.start()
    world.wait_condition("web", "InvalidSpecError")
    assert_invalid(world.get("web"),
                   "application destination server 'https://kubernetes.default.svc' and namespace "
                   f"'{world.namespace}' do not match any of the allowed destinations in project "
                   f"'{project}'")
    assert world.names("configmaps") == set()


def test_a_kind_that_is_not_permitted_stops_the_sync_before_anything_is_written(world, projects):
    """The scenario project-denied of the reference, step 1."""
    world.repo.write("web/all.yaml", config_map("a") + "---\n" + service("s"))
    world.repo.commit()
    project = projects("narrow", namespaceResourceBlacklist=[{"group": "", "kind": "Service"}])
    world.create("web", project=project)
    world.start()
    app = world.wait_failed("web")
    refused = f"resource :Service is not permitted in project {project}"
    assert results(app)["Service/s"]["message"] == refused
    assert results(app)["Service/s"]["status"] == "SyncFailed"
    assert set(results(app)) == {"Service/s"}
    assert app["status"]["operationState"]["message"].startswith(
        f"one or more synchronization tasks are not valid: {refused}")
    assert app["status"]["sync"]["status"] == "OutOfSync"
    assert app["status"]["health"]["status"] == "Missing"
    assert resources(app)["Service/s"]["status"] == "Unknown"
    assert resources(app)["ConfigMap/a"]["status"] == "OutOfSync"
    assert world.names("configmaps") == set() and world.names("services") == set()
    allow(world, project, namespaceResourceBlacklist=[])
    world.wait_synced("web")


def test_a_namespace_that_is_not_permitted_stops_the_sync(world, projects):
    """The scenario project-denied of the reference, step 2."""
    world.repo.write("web/all.yaml", config_map("a") + "---\n" +
                     config_map("elsewhere", namespace="default"))
    world.repo.commit()
    project = projects("narrow", destinations=[{"server": "*", "namespace": world.namespace}])
    world.create("web", project=project)
    world.start()
    app = world.wait_failed("web")
    assert results(app)["ConfigMap/elsewhere"]["message"] == (
        f"namespace default is not permitted in project '{project}'")
    assert resources(app)["ConfigMap/elsewhere"]["status"] == "OutOfSync"
    assert world.names("configmaps") == set()


def test_a_cluster_scoped_kind_needs_to_be_listed(world, projects):
    name = world.name("extra")
    world.repo.write("web/all.yaml", config_map("a") + "---\n" +
                     f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n")
    world.repo.commit()
    project = projects("narrow")
    world.create("web", project=project)
    world.start()
    assert results(world.wait_failed("web"))[f"Namespace/{name}"]["message"] == (
        f"resource :Namespace is not permitted in project {project}")
    allow(world, project, clusterResourceWhitelist=[{"group": "", "kind": "Namespace",
                                                     "name": "other"}])
    time.sleep(1)
    assert not world.cluster.exists(f"/api/v1/namespaces/{name}")
    allow(world, project, clusterResourceWhitelist=[{"group": "", "kind": "Namespace",
                                                     "name": world.namespace + "-*"}])
    world.wait_synced("web")


def test_what_is_not_permitted_any_more_is_neither_pruned_nor_deleted(world, projects):
    world.repo.write("web/all.yaml", config_map("a") + "---\n" + service("s"))
    world.repo.commit()
    project = projects("narrow")
    world.create("web", project=project, prune=True,
                 finalizers=["resources-finalizer.argocd.argoproj.io"])
    world.start()
    world.wait_synced("web")
    allow(world, project, namespaceResourceBlacklist=[{"group": "", "kind": "Service"}])
    eventually(lambda: resources(world.get("web"))["Service/s"]["status"] == "Unknown")
    world.repo.write("web/all.yaml", config_map("a"))
    world.repo.commit()
    world.wait_synced("web")
    assert "Service/s" not in resources(world.get("web"))
    assert world.names("services") == {"s"}
    world.delete("web")
    eventually(lambda: not world.cluster.exists(f"{APPLICATIONS}/{world.name('web')}"))
    assert world.names("services") == {"s"} and world.names("configmaps") == set()


def test_projects_out_of_files(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.write("web/s.yaml", service("s"))
    world.repo.commit()
    project = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
               "metadata": {"name": "narrow"},
               "spec": {"sourceRepos": ["*"], "destinations": EVERYWHERE,
                        "namespaceResourceBlacklist": [{"group": "", "kind": "Service"}]}}
    app = world.app_text("web", "web", project="narrow")
    world.start_with_files({"all.yaml": yaml.safe_dump(project) + "---\n" + app,
                            "other.yaml": world.app_text("other", "web", project="absent")})
    failed = world.wait_failed("web")
    assert "is not permitted in project narrow" in results(failed)["Service/s"]["message"]
    assert "absent which does not exist" in conditions(world.get("other"))["InvalidSpecError"]
    assert world.names("configmaps") == set()


def test_applications_of_other_namespaces_need_to_be_listed(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    project = projects("shared")
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{world.namespace}/applications"
    text = app_yaml("web", world.repo, "web", namespace=world.namespace, project=project,
                    dest_namespace=world.namespace)
    world.cluster.request("POST", path, yaml.safe_load(text))
    try:
        world.start()
        told = eventually(lambda: conditions(world.cluster.get(f"{path}/web"))["UnknownError"])
        assert told == (f"application 'web' in namespace '{world.namespace}' is not permitted to "
                        f"use project '{project}'")
        allow(world, project, sourceNamespaces=["/^test-[0-9]+$/"])
        eventually(lambda: world.names("configmaps") == {"a"})
    finally:
        world.cluster.request("DELETE", f"{path}/web")


def test_another_cluster_is_not_ours(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", spec={"destination": {"name": "us-east", "namespace": world.namespace}})
    world.create("here", path="web",
                 spec={"destination": {"name": "eu-west", "namespace": world.namespace}})
    world.start(args=["--cluster-name", "eu-west"])
    world.wait_synced("here")
    assert "us-east is another cluster than this one" in world.wait_condition(
        "web", "InvalidSpecError")


# --- sync windows

ALWAYS = {"schedule": "* * * * *", "duration": "1h", "applications": ["*"]}


def request_sync(world, name):
    world.patch(name, {"operation": {"sync": {}, "initiatedBy": {"username": "somebody"}}})


def assert_stays_unsynced(world, name):
    time.sleep(1.5)
    status = world.get(name)["status"]
    assert status["sync"]["status"] == "OutOfSync" and not status.get("conditions")
    assert world.names("configmaps") == set()


def test_a_sync_window_keeps_an_automated_sync_back_silently(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    project = projects("night", syncWindows=[{"kind": "deny", **ALWAYS}])
    world.create("web", project=project)
    world.start()
    eventually(lambda: world.get("web")["status"]["sync"]["status"] == "OutOfSync")
    assert_stays_unsynced(world, "web")
    assert "operationState" not in world.get("web")["status"]
    allow(world, project, syncWindows=[])
    world.wait_synced("web")


def test_an_automated_sync_starts_when_its_window_opens(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    project = projects("night", syncWindows=[{"kind": "deny", **ALWAYS}])
    world.create("web", project=project)
    world.start()
    eventually(lambda: world.get("web")["status"]["sync"]["status"] == "OutOfSync")
    start = time.gmtime(time.time() + 75)  # it begins in 15 s, or up to a minute later
    allow(world, project, syncWindows=[
        {"kind": "allow", "schedule": f"{start.tm_min} {start.tm_hour} * * *", "duration": "1h",
         "applications": ["*"]}])
    assert_stays_unsynced(world, "web")
    world.wait_synced("web", timeout=90)
    assert time.gmtime().tm_min == start.tm_min


def test_what_supersedes_an_automated_sync_waits_for_its_window(world, projects):
    """It needs no write, and follows all the same when the window opens."""
    world.repo.write("web/web.yaml", deployment("web"))
    world.repo.write("web/late.yaml", config_map("late", annotations={
        "argocd.argoproj.io/sync-wave": "1"}))
    world.repo.commit()
    project = projects("night")
    world.create("web", project=project)
    world.start()
    state = lambda: world.get("web").get("status", {}).get("operationState", {})
    eventually(lambda: "waiting for healthy state" in state().get("message", ""))
    world.daemon.kill()
    allow(world, project, syncWindows=[{"kind": "deny", **ALWAYS}])
    world.repo.remove("web/late.yaml")
    newest = world.repo.commit()
    world.daemon.start()
    eventually(lambda: state()["message"] == f"superseded by revision {newest}")
    allow(world, project, syncWindows=[])
    world.wait_synced("web", newest)
    assert state()["syncResult"]["revision"] == newest


def test_a_manual_sync_waits_for_the_window_and_says_so(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    project = projects("night", syncWindows=[{"kind": "deny", **ALWAYS}])
    world.create("web", project=project, automated=False)
    world.start()
    eventually(lambda: world.get("web")["status"]["sync"]["status"] == "OutOfSync")
    request_sync(world, "web")
    eventually(lambda: phase(world.get("web")) == "Running")
    state = world.get("web")["status"]["operationState"]
    assert state["message"] == "Sync operation blocked by sync window"
    assert_stays_unsynced(world, "web")
    allow(world, project, syncWindows=[{"kind": "deny", "manualSync": True, **ALWAYS}])
    world.wait_synced("web")
    assert "operation" not in world.get("web")


def test_a_window_that_cannot_be_read_blocks_and_says_why(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    project = projects("night", syncWindows=[{"kind": "allow", "schedule": "0 25 * * *",
                                              "duration": "1h", "applications": ["*"]}])
    world.create("web", project=project, automated=False)
    world.start()
    eventually(lambda: world.get("web")["status"]["sync"]["status"] == "OutOfSync")
    request_sync(world, "web")
    eventually(lambda: 'the hour "25" is not made of numbers from 0 to 23' in
               world.get("web")["status"]["operationState"]["message"])


# --- impersonation


@pytest.fixture
def impersonation(rbac_world):
    """Syncs act as the service account `deployer` of the destination, which may do little."""
    world = rbac_world
    world.cluster.apply(yaml.safe_dump({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "argocd-cm", "namespace": "argocd",
                     "labels": {"app.kubernetes.io/part-of": "argocd"}},
        "data": {"application.sync.impersonation.enabled": "true"}}))
    world.cluster.apply(f"""\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: deployer, namespace: {world.namespace}}}
rules:
- {{apiGroups: [""], resources: [configmaps], verbs: [get, create, patch, delete]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: deployer, namespace: {world.namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}}
subjects: [{{kind: ServiceAccount, name: deployer, namespace: {world.namespace}}}]
""")
    return world


@pytest.fixture
def rbac_world(make_cluster, git_server, start_daemon, tmp_path):
    cluster = make_cluster("rbac", audit=True)
    install_crds(cluster)
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": "web"}})
    return World(cluster, git_server, "web", start_daemon, tmp_path)


def create_project(world, name, **spec):
    world.cluster.request("POST", PROJECTS, {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"sourceRepos": ["*"], "destinations": EVERYWHERE, **spec}})


def account(name):
    return [{"server": "*", "namespace": "*", "defaultServiceAccount": name}]


def test_a_sync_acts_as_the_service_account_of_the_project(impersonation):
    world = impersonation
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.write("both/all.yaml", config_map("b") + "---\n" + service("s"))
    world.repo.write("none/c.yaml", config_map("c"))
    world.repo.write("wrong/d.yaml", config_map("d"))
    world.repo.commit()
    create_project(world, "team", destinationServiceAccounts=account("deployer"))
    create_project(world, "other")
    create_project(world, "wrong", destinationServiceAccounts=account("*"))
    world.create("web", project="team", finalizers=["resources-finalizer.argocd.argoproj.io"])
    world.create("both", project="team")
    world.create("none", project="other")
    world.create("wrong", project="wrong")
    world.start()
    world.wait_synced("web")

    # What the account may not do is a result of its own, in the server's words.
    refused = results(world.wait_failed("both"))["Service/s"]
    assert refused["status"] == "SyncFailed"
    assert 'User "system:serviceaccount:web:deployer" cannot patch resource "services"' in (
        refused["message"])
    assert world.names("configmaps") == {"a", "b"} and world.names("services") == set()

    # Nobody to act as.
    for name, message in [("none", "no matching service account found for destination server "
                                   "https://kubernetes.default.svc and namespace web"),
                          ("wrong", "default service account contains invalid chars '*'")]:
        eventually(lambda: message in world.get(name)["status"]["operationState"]["message"])

    # Only what writes objects impersonates.
    events = world.cluster.audit_events()
    acting = {(e["verb"], e["objectRef"]["resource"]) for e in events if "impersonatedUser" in e}
    assert {v for v, _ in acting} <= {"patch", "create", "get"}
    assert {r for _, r in acting} == {"configmaps", "services"}
    own = [e for e in events if "impersonatedUser" not in e and e["verb"] in ("patch", "create")
           and e["objectRef"]["resource"] in ("configmaps", "services")]
    assert own == []

    world.delete("web")
    eventually(lambda: not world.cluster.exists(f"{APPLICATIONS}/{world.name('web')}"))
    assert world.names("configmaps") == {"b"}
    deletes = world.cluster.audit_events(verbs=["delete"])
    assert [e["impersonatedUser"]["username"] for e in deletes
            if e["objectRef"]["resource"] == "configmaps"] == [
                "system:serviceaccount:web:deployer"]


def test_without_enforcement_who_has_no_account_is_synced_as_the_daemon(impersonation):
    world = impersonation
    world.cluster.merge_patch("/api/v1/namespaces/argocd/configmaps/argocd-cm",
                              {"data": {"application.sync.impersonation.enforced": "false"}})
    world.repo.write("web/s.yaml", service("s"))
    world.repo.commit()
    create_project(world, "other")
    world.create("web", project="other")
    world.start()
    world.wait_synced("web")


# --- signatures


@pytest.fixture
def keys(tmp_path):
    """keys(NAME): a new key: its id and its public text; keys.env signs with them."""
    if not shutil.which("gpg"):
        pytest.skip("needs gpg")
    home = tmp_path / "gpg"
    home.mkdir(mode=0o700)
    env = {**os.environ, "GNUPGHOME": str(home)}

    def gpg(*args):
        return subprocess.run(["gpg", "--batch", *args], env=env, check=True, text=True,
                              capture_output=True).stdout

    def make(name):
        gpg("--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never")
        listed = gpg("--list-keys", "--with-colons", name)
        key = next(line.split(":")[4] for line in listed.splitlines() if line.startswith("pub"))
        return key, gpg("--armor", "--export", name)

    make.env = env
    yield make
    subprocess.run(["gpgconf", "--kill", "all"], env=env, check=False)


def signed_commit(world, keys, key):
    world.repo.git("add", "-A")
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@x.test", "commit", "-q",
                    f"-S{key}", "-m", "signed"], cwd=world.repo.tree, env=keys.env, check=True)
    world.repo.push()


def test_only_signed_commits_are_synced(world, projects, keys):
    good, good_text = keys("good@x.test")
    other, other_text = keys("other@x.test")
    world.cluster.apply(yaml.safe_dump({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "argocd-gpg-keys-cm", "namespace": "argocd"},
        "data": {good: good_text, other: other_text}}))
    project = projects("signed", signatureKeys=[{"keyID": good}])
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", project=project)
    world.start()
    told = world.wait_condition("web", "ComparisonError")
    assert f"GIT/GPG: Failed verifying revision {world.repo.head()} by '" in told
    assert "unsigned (key_id=)" in told
    assert world.names("configmaps") == set()

    world.patch("web", {"operation": {"sync": {}, "initiatedBy": {"username": "somebody"}}})
    eventually(lambda: phase(world.get("web")) == "Error")
    assert "ComparisonError: GIT/GPG: Failed verifying" in (
        world.get("web")["status"]["operationState"]["message"])
    assert world.names("configmaps") == set()

    world.repo.write("web/b.yaml", config_map("b"))
    signed_commit(world, keys, other)
    eventually(lambda: f"signed with unallowed key (key_id={other})" in
               conditions(world.get("web"))["ComparisonError"])
    assert world.names("configmaps") == set()

    world.repo.write("web/c.yaml", config_map("c"))
    signed_commit(world, keys, good)
    world.wait_synced("web")
    assert world.names("configmaps") == {"a", "b", "c"}


def test_a_signed_tag_stands_for_its_commit(world, projects, keys):
    """Whose own signature does not count; and a tag that is made anew is judged anew."""
    good, good_text = keys("good@x.test")
    world.cluster.apply(yaml.safe_dump({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "argocd-gpg-keys-cm", "namespace": "argocd"},
        "data": {good: good_text}}))

    def tag(*options):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@x.test", "tag", "-f",
                        *options, "-m", "release", "v1.0.0"],
                       cwd=world.repo.tree, env=keys.env, check=True)
        world.repo.git("push", "--quiet", "--force", "origin", "v1.0.0")

    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    tag("-a")
    project = projects("signed", signatureKeys=[{"keyID": good}])
    world.create("web", project=project, revision="1.x")
    world.start()
    told = world.wait_condition("web", "ComparisonError")
    assert "GIT/GPG: Failed verifying revision v1.0.0 by 'a <a@x.test>': unsigned (key_id=)" in told
    assert world.names("configmaps") == set()
    tag(f"-u{good}")
    world.wait_synced("web")
    assert world.names("configmaps") == {"a"}


def test_a_sync_that_runs_is_held_between_two_waves_while_its_window_is_shut(world, projects):
    """With syncOverrun it goes on."""
    first = config_map("gate", annotations={"argocd.argoproj.io/hook": "PreSync"})
    world.repo.write("web/a.yaml", first + "---\n" + """\
apiVersion: v1
kind: Pod
metadata: {name: gate-pod, annotations: {argocd.argoproj.io/hook: PreSync}}
spec: {containers: [{name: a, image: "x:1"}]}
---
""" + config_map("a"))
    world.repo.commit()
    project = projects("night")
    world.create("web", project=project)
    world.start()
    eventually(lambda: "waiting for completion of hook" in
               world.get("web")["status"]["operationState"]["message"])
    allow(world, project, syncWindows=[{"kind": "deny", **ALWAYS}])
    pod = f"/api/v1/namespaces/{world.namespace}/pods/gate-pod/status"
    world.cluster.merge_patch(pod, {"status": {"phase": "Succeeded"}})
    eventually(lambda: world.get("web")["status"]["operationState"]["message"] ==
               "Sync operation blocked by sync window")
    assert phase(world.get("web")) == "Running" and not world.exists("configmaps", "a")
    allow(world, project, syncWindows=[])
    eventually(lambda: phase(world.get("web")) == "Succeeded")
    assert world.exists("configmaps", "a")


def test_a_project_that_is_deleted_is_held_while_an_application_refers_to_it(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    project = projects("held")
    world.cluster.merge_patch(f"{PROJECTS}/{project}", {"metadata": {
        "finalizers": ["resources-finalizer.argocd.argoproj.io"]}})
    world.create("web", project=project)
    world.start()
    world.wait_synced("web")
    world.cluster.request("DELETE", f"{PROJECTS}/{project}")
    time.sleep(2)
    assert world.cluster.exists(f"{PROJECTS}/{project}")
    world.delete("web")
    eventually(lambda: not world.cluster.exists(f"{PROJECTS}/{project}"))


def orphans_of(world, name="web"):
    """Its warning and its orphanedNodes."""
    status, body = world.daemon.http(
        "GET", f"/api/v1/applications/argocd/{world.name(name)}/tree")[:2]
    assert status == 200, body
    told = json.loads(body)
    return (conditions(world.get(name)).get("OrphanedResourceWarning"),
            {f"{n['kind']}/{n['name']}" for n in told["orphanedNodes"]}, told["notes"])


def by_hand(world, name, kind="configmaps", **metadata):
    return world.cluster.request("POST", f"/api/v1/namespaces/{world.namespace}/{kind}", {
        "metadata": {"name": name, **metadata}})


def test_orphaned_resources_are_told_while_they_exist(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.write("other/b.yaml", config_map("b"))
    world.repo.commit()
    project = projects("watching", orphanedResources={
        "warn": True, "ignore": [{"group": "", "kind": "ConfigMap", "name": "ignored-*"}]})
    world.create("web", project=project)
    world.create("other")
    world.start()
    world.wait_synced("web")
    world.wait_synced("other")
    eventually(lambda: orphans_of(world) == (None, set(), []))

    first = by_hand(world, "one")
    by_hand(world, "two", kind="secrets")
    by_hand(world, "ignored-1")
    by_hand(world, "owned", ownerReferences=[{
        "apiVersion": "v1", "kind": "ConfigMap", "name": "one", "uid": first["metadata"]["uid"]}])
    eventually(lambda: orphans_of(world) == ("Application has 2 orphaned resources",
                                             {"ConfigMap/one", "Secret/two"}, []))
    assert "OrphanedResourceWarning" not in conditions(world.get("other"))
    assert world.get("web")["status"]["sync"]["status"] == "Synced"

    world.cluster.request("DELETE", world.path_of("configmaps", "one"))
    eventually(lambda: orphans_of(world)[:2] == ("Application has 1 orphaned resources",
                                                 {"Secret/two"}))
    # What an application leaves behind belongs to nobody.
    world.delete("other")
    eventually(lambda: orphans_of(world)[1] == {"Secret/two", "ConfigMap/b"})
    # Without `warn` they are shown only; when the project stops asking, not even that.
    allow(world, project, orphanedResources={"warn": False})
    eventually(lambda: orphans_of(world)[0] is None)
    assert "Secret/two" in orphans_of(world)[1]
    allow(world, project, orphanedResources=None)
    eventually(lambda: orphans_of(world) == (None, set(), []))


def kinds_asked_for(world, since):
    """Which kinds the daemon listed or watched in the namespace of the test."""
    asked = world.cluster.audit_events(verbs=("list", "watch"), since=since)
    return {e["objectRef"]["resource"] for e in asked
            if e.get("objectRef", {}).get("namespace") == world.namespace}


def test_without_a_project_that_asks_nothing_is_looked_for(world, projects):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    project = projects("silent")
    world.create("web", project=project)
    mark = world.cluster.audit_mark()
    world.start()
    world.wait_synced("web")
    by_hand(world, "one")
    time.sleep(1)
    assert kinds_asked_for(world, mark) == set()
    allow(world, project, orphanedResources={"warn": True},
          namespaceResourceWhitelist=[{"group": "", "kind": "ConfigMap"}])
    eventually(lambda: orphans_of(world)[:2] == ("Application has 1 orphaned resources",
                                                 {"ConfigMap/one"}))
    world.daemon.stop()  # a watch is in the audit log when it ends
    eventually(lambda: kinds_asked_for(world, mark) == {"configmaps"})
