# SPDX-License-Identifier: Apache-2.0
"""The fleet: six clusters, six daemons, one repository, and none of them talks to another."""

import threading

import pytest
import yaml

from harness import HERE, ControlPlane, Daemon, GitServer, eventually, run
from world import (APPLICATIONS, WRITES, assert_synced, described, install_crds, resources)

CLUSTERS = ["ap-south-prod", "ap-south-staging", "eu-west-prod", "eu-west-staging",
            "us-east-prod", "us-east-staging"]
URL = "https://git.example.com/storage/k8s-manifests"
IMAGE = "registry.example.com/storage/key-manager"
DEPLOYMENT = "/apis/apps/v1/namespaces/key-manager/deployments/key-manager"
SERVICES = "/api/v1/namespaces/key-manager/services"


def in_parallel(function, items):
    """function(item) for all items at once; the first failure is raised."""
    failures = []

    def call(item):
        try:
            function(item)
        except BaseException as e:
            failures.append(e)
    threads = [threading.Thread(target=call, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class Member:
    """One cluster of the fleet, with its daemon."""

    def __init__(self, name, dir, repo):
        self.name, self.repo = name, repo
        self.cluster = ControlPlane(dir / name, audit=True)
        self.daemon = None
        self.dir = dir

    def up(self):
        self.cluster.up()
        install_crds(self.cluster)
        self.daemon = Daemon(self.cluster, self.dir / f"{self.name}-daemon", poll_interval="500ms")
        self.daemon.start()
        self.cluster.apply(kustomize(self.repo.tree / "clusters" / self.name))

    def down(self):
        try:
            if self.daemon:
                self.daemon.stop()
        finally:
            self.cluster.down()

    @property
    def overlay(self):
        return f"services/key-manager/overlays/{self.name}"

    def app(self, name):
        return self.cluster.get(f"{APPLICATIONS}/{name}")

    def wait_synced(self):
        def check():
            for name in ("key-manager", "cluster-rbac"):
                assert_synced(self.app(name), self.repo.head())
        eventually(check, 60)

    def roll_out(self):
        """What the controllers of a real cluster do: all that is deployed becomes healthy."""
        deployment = self.deployment()
        replicas = deployment["spec"]["replicas"]
        self.cluster.merge_patch(f"{DEPLOYMENT}/status", {"status": {
            "observedGeneration": deployment["metadata"]["generation"], "replicas": replicas,
            "updatedReplicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas}})
        budgets = "/apis/policy/v1/namespaces/key-manager/poddisruptionbudgets"
        self.cluster.merge_patch(f"{budgets}/key-manager/status", {"status": {"conditions": [{
            "type": "DisruptionAllowed", "status": "True", "reason": "SufficientPods",
            "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}})
        for service in self.cluster.get(SERVICES)["items"]:
            if service["spec"]["type"] == "LoadBalancer":
                self.cluster.merge_patch(f"{SERVICES}/{service['metadata']['name']}/status", {
                    "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}})

    def wait_rolled_out(self):
        def check():
            self.roll_out()
            for name in ("key-manager", "cluster-rbac"):
                assert_synced(self.app(name), self.repo.head())
        eventually(check, 60)

    def deployment(self):
        return self.cluster.get(DEPLOYMENT)

    def image(self):
        return self.deployment()["spec"]["template"]["spec"]["containers"][0]["image"]

    def services(self):
        return {s["metadata"]["name"] for s in self.cluster.get(SERVICES)["items"]}

    def versions(self):
        """Identity and version of everything that the fleet's Applications deploy here."""
        versions = {}
        for path in (DEPLOYMENT.rpartition("/")[0], SERVICES,
                     "/api/v1/namespaces/key-manager/configmaps",
                     "/apis/policy/v1/namespaces/key-manager/poddisruptionbudgets",
                     "/apis/rbac.authorization.k8s.io/v1/clusterroles",
                     "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"):
            for o in self.cluster.get(path)["items"]:
                versions[path, o["metadata"]["name"]] = (o["metadata"]["uid"],
                                                         o["metadata"]["resourceVersion"])
        return versions


def kustomize(dir):
    return run(HERE / "kubectl", "kustomize", dir)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    dir = tmp_path_factory.mktemp("fleet")
    with GitServer(dir / "git") as server:
        repo = server.create("k8s-manifests")
        repo.copy_tree(HERE / "fleet", replace={URL: repo.url,
                                                "https://git.example.com/storage/*":
                                                    repo.url.rpartition("/")[0] + "/*"})
        repo.commit("the fleet")
        members = {name: Member(name, dir, repo) for name in CLUSTERS}
        try:
            in_parallel(Member.up, members.values())
            yield members
        finally:
            for member in members.values():
                print(f"--- {member.name}\n{member.daemon.tail(20) if member.daemon else ''}")
            in_parallel(Member.down, members.values())


@pytest.fixture(autouse=True)
def everyone_is_synced(fleet):
    in_parallel(Member.wait_synced, fleet.values())


class Others:
    """Proof that all clusters but one are left alone."""

    def __init__(self, fleet, changed):
        self.members = [m for m in fleet.values() if m.name != changed]
        self.before = [(m.versions(), m.cluster.audit_mark()) for m in self.members]

    def check(self):
        """Once they all know the newest commit, nothing but their Applications was written."""
        in_parallel(Member.wait_synced, self.members)
        for member, (versions, mark) in zip(self.members, self.before):
            assert member.versions() == versions, member.name
            assert described(member.cluster, mark, WRITES, False) == [], member.name
            status_writes = described(member.cluster, mark, WRITES, True)
            assert set(status_writes) <= {"patch applications argocd/key-manager",
                                          "patch applications argocd/cluster-rbac"}, member.name


def contains(live, declared):
    """Does the live value hold all that is declared? (Items of lists in their order.)"""
    if isinstance(declared, dict):
        return isinstance(live, dict) and all(contains(live.get(k), v) for k, v in declared.items())
    if isinstance(declared, list):
        return (isinstance(live, list) and len(live) == len(declared)
                and all(map(contains, live, declared)))
    return live == declared


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_cluster_has_its_own_overlay(fleet, name):
    member = fleet[name]
    declared = []
    for path in (member.overlay, "rbac"):
        text = kustomize(member.repo.tree / path)
        for o in yaml.safe_load_all(text):
            declared.append(o)
            ns = o["metadata"].get("namespace")
            live = member.cluster.kubectl_json("get", o["kind"], o["metadata"]["name"],
                                               *(["-n", ns] if ns else []))
            assert contains(live, o), f"{o['kind']} {o['metadata']['name']}"
    kinds = sorted(o["kind"] for o in declared)
    assert kinds == ["ClusterRole", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "Deployment",
                     "PodDisruptionBudget", "RoleBinding", "Service", "Service"]
    told = {**resources(member.app("key-manager")), **resources(member.app("cluster-rbac"))}
    assert set(told) == {f"{o['kind']}/{o['metadata']['name']}" for o in declared}
    assert {r["status"] for r in told.values()} == {"Synced"}


def test_clusters_differ_as_their_overlays_do(fleet):
    seen = {}
    for member in fleet.values():
        spec = member.deployment()["spec"]
        container = spec["template"]["spec"]["containers"][0]
        seen[member.name] = (spec["replicas"], container["image"].rpartition(":")[2],
                             container["resources"]["limits"]["cpu"],
                             container["resources"]["limits"]["memory"])
    assert seen == {"ap-south-prod": (3, "1.3.1", "1500m", "768Mi"),
                    "ap-south-staging": (1, "1.4.0", "1", "512Mi"),
                    "eu-west-prod": (4, "1.3.2", "2", "1Gi"),
                    "eu-west-staging": (1, "1.4.0", "1", "512Mi"),
                    "us-east-prod": (6, "1.3.2", "2", "1Gi"),
                    "us-east-staging": (1, "1.4.0", "1", "512Mi")}


def test_promotion_and_rollback_change_one_cluster(fleet):
    name = "eu-west-prod"
    member = fleet[name]
    repo = member.repo
    before = member.deployment()
    others = Others(fleet, name)
    mark = member.cluster.audit_mark()

    repo.replace(f"{member.overlay}/kustomization.yaml", "newTag: 1.3.2", "newTag: 1.4.0")
    promoted = repo.commit("promote 1.4.0 to eu-west-prod")
    member.wait_synced()
    assert member.image() == f"{IMAGE}:1.4.0"
    assert member.deployment()["metadata"]["uid"] == before["metadata"]["uid"]
    assert member.deployment()["spec"]["replicas"] == before["spec"]["replicas"]
    others.check()
    # One object differs, so one is written.
    assert described(member.cluster, mark, WRITES, False) == \
        ["patch deployments key-manager/key-manager"]

    others = Others(fleet, name)
    repo.revert(promoted)
    member.wait_synced()
    assert member.image() == f"{IMAGE}:1.3.2"
    others.check()
    revisions = [h["revision"] for h in member.app("key-manager")["status"]["history"]]
    assert revisions[-2:] == [promoted, repo.head()]


def test_a_removed_resource_is_pruned_in_one_cluster(fleet):
    name = "us-east-staging"
    member = fleet[name]
    repo = member.repo
    others = Others(fleet, name)
    mark = member.cluster.audit_mark()
    assert "key-manager-edge" in member.services()

    repo.remove(f"{member.overlay}/edge.yaml")
    repo.replace(f"{member.overlay}/kustomization.yaml", "  - edge.yaml\n", "")
    removed = repo.commit("no edge in us-east-staging")
    eventually(lambda: member.services() == {"key-manager"})
    member.wait_synced()
    others.check()
    assert described(member.cluster, mark, ("delete",), True) == \
        ["delete services key-manager/key-manager-edge"]

    repo.revert(removed)
    member.wait_synced()
    assert member.services() == {"key-manager", "key-manager-edge"}


def test_a_changed_generator_replaces_the_config_map(fleet):
    name = "ap-south-staging"
    member = fleet[name]
    repo = member.repo
    path = "/api/v1/namespaces/key-manager/configmaps"

    def generated():
        return {c["metadata"]["name"] for c in member.cluster.get(path)["items"]} - {
            "kube-root-ca.crt"}
    old = generated()
    others = Others(fleet, name)
    # The former one goes last, when what used it is gone.
    repo.replace(f"{member.overlay}/kustomization.yaml", "region=ap-south", "region=ap-south-2")
    changed = repo.commit("another region")
    member.wait_rolled_out()
    new = generated()
    assert len(new) == 1 and new != old
    volume = member.deployment()["spec"]["template"]["spec"]["volumes"][0]
    assert {volume["configMap"]["name"]} == new
    others.check()
    repo.revert(changed)
    member.wait_rolled_out()
    assert generated() == old


def test_a_base_change_reaches_all(fleet):
    repo = fleet[CLUSTERS[0]].repo
    repo.replace("services/key-manager/base/pdb.yaml", "maxUnavailable: 1", "maxUnavailable: 2")
    sha = repo.commit("looser budget")
    in_parallel(Member.wait_synced, fleet.values())
    path = "/apis/policy/v1/namespaces/key-manager/poddisruptionbudgets/key-manager"
    assert [m.cluster.get(path)["spec"]["maxUnavailable"] for m in fleet.values()] == [2] * 6
    repo.revert(sha)


@pytest.mark.parametrize("edit", [
    ["scale", "deployment/key-manager", "--replicas=17"],
    ["set", "image", "deployment/key-manager", "key-manager=evil:latest"],
    ["delete", "deployment/key-manager", "service/key-manager", "--cascade=background"],
    ["patch", "service/key-manager", "--type=json", "--patch",
     '[{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 1}]'],
    ["delete", "clusterrole/storage-auditor"],
])
def test_hand_edits_are_repaired(fleet, edit):
    member = fleet["us-east-prod"]
    others = Others(fleet, "us-east-prod")
    kubectl = member.cluster.kubectl

    def declared():
        for path in (member.overlay, "rbac"):
            for o in yaml.safe_load_all(kustomize(member.repo.tree / path)):
                yield o
    expected = [o for o in declared() if o["kind"] in ("Deployment", "Service", "ClusterRole")]
    paths = {"Deployment": "/apis/apps/v1/namespaces/key-manager/deployments/",
             "Service": f"{SERVICES}/",
             "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles/"}

    kubectl("-n", "key-manager", *edit)

    def repaired():
        for o in expected:
            live = member.cluster.get(paths[o["kind"]] + o["metadata"]["name"])
            assert contains(live, o), o["metadata"]["name"]
            assert "deletionTimestamp" not in live["metadata"]
    eventually(repaired, interval=0.02)
    others.check()
