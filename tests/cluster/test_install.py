# SPDX-License-Identifier: Apache-2.0
"""What config/ installs: rendered alike by kubectl and by gitopsctl, accepted by the API server, and
enough for gitopsd, which runs here with the rights of its ServiceAccount and no others, and with the
arguments of its Deployment."""

import json
import re
import subprocess

import pytest
import yaml

from docs import commands_of, follow, follow_text
from harness import ApiError, ControlPlane, ROOT, app_yaml, eventually, gitopsd_program, run
from world import APPLICATIONS, World, clear_applications, config_map, deployment, results

CONFIG = ROOT / "config"
ENTRIES = sorted(p.parent.name for p in CONFIG.glob("*/[kK]ustomization*"))
INSTALLED = ["default", "least-privilege", "beside-argocd"]
PROJECTS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects"
SETTINGS = "/api/v1/namespaces/argocd/configmaps/argocd-cm"
SKIP = "argocd.argoproj.io/skip-reconcile"
MANAGED = "gitopsd.io/managed"


@pytest.fixture(scope="module")
def plane(tmp_path_factory):
    with ControlPlane(tmp_path_factory.mktemp("install") / "cluster", full=True) as control_plane:
        yield control_plane


@pytest.fixture
def install(plane):
    """install(entry): as a person installs it, or changes to it. Returns the rendered objects."""
    def apply(entry):
        plane.kubectl("apply", "--server-side", "--force-conflicts", "-k", CONFIG / entry)
        eventually(lambda: "items" in plane.get(APPLICATIONS))
        return rendered(entry)
    yield apply
    if plane.exists(SETTINGS):
        plane.request("DELETE", SETTINGS)


@pytest.fixture
def team(plane, install, git_server, start_daemon, tmp_path, request):
    """A World in a new namespace; its daemon is started with start_as()."""
    install("crd")
    name = re.sub("[^a-z]+", "-", request.node.name)[-40:].strip("-")
    for namespace in ("argocd", name):
        if not plane.exists(f"/api/v1/namespaces/{namespace}"):
            plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    yield World(plane, git_server, name, start_daemon, tmp_path)
    clear_applications(plane)
    if plane.exists(f"{PROJECTS}/default"):
        plane.request("DELETE", f"{PROJECTS}/default")


def rendered(entry):
    return list(yaml.safe_load_all(run(ROOT / "tests/cluster/kubectl", "kustomize", CONFIG / entry)))


def one(objects, kind, name="gitopsd"):
    return next(o for o in objects if o["kind"] == kind and o["metadata"]["name"] == name)


def pod_of(objects):
    """A Pod as the ReplicaSet of the Deployment makes it."""
    made = one(objects, "Deployment")
    template = made["spec"]["template"]
    return {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
            "metadata": {**template["metadata"], "name": "gitopsd-0",
                         "namespace": made["metadata"]["namespace"]}}


def user_of(objects):
    pod = pod_of(objects)
    return (f"system:serviceaccount:{pod['metadata']['namespace']}:"
            f"{pod['spec']['serviceAccountName']}")


def start_as(world, objects, **options):
    """Start gitopsd as its Pod would: with the arguments of the Deployment, but for the port and the
    folder, and a token of its ServiceAccount."""
    pod = pod_of(objects)
    namespace = pod["metadata"]["namespace"]
    container = pod["spec"]["containers"][0]
    account = pod["spec"]["serviceAccountName"]
    token = world.cluster.request(
        "POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
         "spec": {"expirationSeconds": 3600}})["status"]["token"]
    # What the API server knows of roles is a moment behind them.
    eventually(lambda: world.cluster.may(user_of(objects), "list", "configmaps"))
    kubeconfig = yaml.safe_load(world.cluster.kubeconfig.read_text())
    kubeconfig["users"][0]["user"] = {"token": token}
    file = world.repo.server.dir / "account.kubeconfig"
    file.write_text(yaml.safe_dump(kubeconfig))
    args = [a.replace("$(POD_NAMESPACE)", namespace) for a in container["args"]
            if not a.startswith(("--listen=", "--state-dir="))]
    return world.start(kubeconfig=file, args=args, env={"POD_NAMESPACE": namespace}, **options)


def may_impersonate(plane, objects):
    return plane.may(user_of(objects), "impersonate", "serviceaccounts", name="gitopsd-deployer")


def wait_ready(daemon):
    eventually(lambda: daemon.http("GET", "/readyz")[0] == 200)


# --- the manifests


@pytest.mark.parametrize("entry", ENTRIES)
def test_both_engines_render_the_same_bytes(entry):
    ours = subprocess.run([gitopsd_program().with_name("gitopsctl"), "render", CONFIG / entry],
                          capture_output=True, check=True)
    assert ours.stdout.decode() == run(ROOT / "tests/cluster/kubectl", "kustomize", CONFIG / entry)


@pytest.mark.parametrize("entry", INSTALLED)
def test_the_pod_meets_the_restricted_standard(plane, install, entry):
    """Pod Security admission of the API server decides."""
    pod = pod_of(install(entry))
    path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods?dryRun=All"
    namespace = plane.get(f"/api/v1/namespaces/{pod['metadata']['namespace']}")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    plane.request("POST", path, pod)
    pod["spec"]["containers"][0]["securityContext"]["capabilities"] = {}
    with pytest.raises(ApiError, match="violates PodSecurity \"restricted"):
        plane.request("POST", path, pod)


@pytest.mark.parametrize("entry", INSTALLED)
def test_only_caches_can_be_written(entry):
    spec = pod_of(rendered(entry))["spec"]
    container, = spec["containers"]
    writable = {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")}
    volumes = {v["name"]: v for v in spec["volumes"]}
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert writable == {"/var/lib/gitopsd", "/tmp"}
    assert all("emptyDir" in volumes[m["name"]] for m in container["volumeMounts"]
               if m["mountPath"] in writable)
    assert {"requests", "limits"} == set(container["resources"])


def test_the_commands_of_the_documentation(plane, team, tmp_path):
    """In this order. Controllers make the Pods of the Deployment, and a simulated node runs them."""
    told = follow("install.md", "In a cluster", tmp_path, plane.kubeconfig)
    assert 'deployment "gitopsd" successfully rolled out' in told
    assert re.search(r"^NAME +SYNC STATUS +HEALTH STATUS\nshop\b", told, re.MULTILINE)
    old_kubectl, = commands_of("install.md", "In a cluster", "gitopsctl")
    told = follow_text(old_kubectl.text, tmp_path, plane.kubeconfig)
    assert "deployment.apps/gitopsd serverside-applied" in told
    label, = commands_of("install.md", "Monitoring")
    plane.kubectl("create", "namespace", "monitoring")
    assert "labeled" in follow_text(label.text, tmp_path, plane.kubeconfig)
    follow("install.md", "With few rights", tmp_path, plane.kubeconfig)
    told = follow("install.md", "Beside an Argo CD", tmp_path, plane.kubeconfig)
    assert 'deployment "gitopsd" successfully rolled out' in told


# Every field of Argo CD's Application (3.x) with a value that its own definition accepts, beside
# what is only in a newer one.
EVERYTHING = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: everything
  namespace: argocd
  finalizers: [resources-finalizer.argocd.argoproj.io]
spec:
  project: ""
  destination: {server: https://kubernetes.default.svc, name: "", namespace: x}
  source:
    repoURL: https://git.example.com/a.git
    targetRevision: ">=1.0.0 <2.0.0"
    path: a
    chart: ""
    ref: ""
    name: ""
    tagPrefix: web-
    helm:
      valueFiles: [a.yaml]
      parameters: [{name: a, value: "1", forceString: true}]
      fileParameters: [{name: a, path: b}]
      valuesObject: {any: {thing: [1, true]}}
      values: "a: 1"
      releaseName: r
      version: v3
      passCredentials: true
      ignoreMissingValueFiles: true
      skipCrds: true
      skipTests: true
      skipSchemaValidation: true
      kubeVersion: "1.33"
      apiVersions: [a/v1]
      namespace: n
    kustomize:
      namePrefix: a-
      nameSuffix: -b
      namespace: n
      images: [a=b:1]
      replicas: [{name: a, count: 2}, {name: b, count: "3"}]
      commonLabels: {a: b}
      commonAnnotations: {a: b}
      commonAnnotationsEnvsubst: true
      forceCommonLabels: true
      forceCommonAnnotations: true
      labelWithoutSelector: true
      labelIncludeTemplates: true
      components: [../c]
      ignoreMissingComponents: true
      version: v5
      kubeVersion: "1.33"
      apiVersions: [a/v1]
      patches:
        - {patch: "[]", path: p.yaml, options: {allowNameChange: true},
           target: {group: apps, version: v1, kind: Deployment, name: a, namespace: b,
                    labelSelector: a=b, annotationSelector: c=d}}
    directory:
      recurse: true
      include: "*.yaml"
      exclude: "x*"
      jsonnet: {extVars: [{name: a, value: b, code: true}], tlas: [{name: a, value: b}], libs: [l]}
    plugin:
      name: p
      env: [{name: A, value: b}]
      parameters: [{name: a, string: b, array: [c], map: {d: e}}]
  sources:
    - {repoURL: https://git.example.com/b.git, ref: b}
  sourceHydrator:
    drySource: {repoURL: https://git.example.com/a.git, targetRevision: main, path: a}
    syncSource: {targetBranch: env/x, path: a}
    hydrateTo: {targetBranch: env/next}
  syncPolicy:
    automated: {prune: true, selfHeal: true, allowEmpty: true, enabled: true}
    syncOptions: [CreateNamespace=true]
    retry: {limit: -1, refresh: true, backoff: {duration: 5s, factor: 2, maxDuration: 3m}}
    managedNamespaceMetadata: {labels: {a: b}, annotations: {c: d}}
  ignoreDifferences:
    - {group: apps, kind: Deployment, name: a, namespace: b, jsonPointers: [/spec/replicas],
       jqPathExpressions: [.spec.x], managedFieldsManagers: [m]}
  info: [{name: Docs, value: https://docs.example.com}]
  revisionHistoryLimit: 0
  aNewerField: {of: [any, kind]}
operation:
  initiatedBy: {username: u, automated: true}
  info: [{name: Reason, value: r}]
  retry: {limit: 3}
  sync:
    revision: abc
    revisions: [abc]
    prune: true
    dryRun: true
    autoHealAttemptsCount: 2
    syncOptions: [Replace=true]
    resources: [{group: apps, kind: Deployment, name: a, namespace: b}]
    manifests: ["{}"]
    syncStrategy: {hook: {force: true}}
    source: {repoURL: https://git.example.com/a.git}
    sources: [{repoURL: https://git.example.com/a.git}]
status:
  sync: {status: Synced, comparedTo: {source: {repoURL: x}, destination: {}}, revision: abc}
  conditions: [{type: SyncError, message: m, lastTransitionTime: "2026-01-01T00:00:00Z"}]
  aNewerField: 1
"""

PROJECT = """
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: everything, namespace: argocd}
spec:
  description: d
  sourceRepos: ["*"]
  sourceNamespaces: [a]
  destinations: [{server: "*", name: in-cluster, namespace: "*"}]
  destinationServiceAccounts: [{server: "*", namespace: a, defaultServiceAccount: b}]
  clusterResourceWhitelist: [{group: "*", kind: "*", name: "a*"}]
  clusterResourceBlacklist: [{group: "", kind: Node}]
  namespaceResourceWhitelist: [{group: "*", kind: "*"}]
  namespaceResourceBlacklist: [{group: "", kind: Secret}]
  orphanedResources: {warn: true, ignore: [{group: a, kind: b, name: c}]}
  permitOnlyProjectScopedClusters: true
  signatureKeys: [{keyID: "0123456789ABCDEF"}]
  roles:
    - {name: r, description: d, groups: [g], policies: ["p, proj:a:r, applications, get, a/*, allow"],
       jwtTokens: [{iat: 1, exp: 2, id: x}]}
  syncWindows:
    - {kind: allow, schedule: "* * * * *", duration: 1h, applications: [a], namespaces: [b],
       clusters: [c], manualSync: true, syncOverrun: true, timeZone: UTC, andOperator: true,
       description: d}
  sourceIntegrity:
    git: {policies: [{repos: [{url: "*"}], gpg: {mode: head, keys: ["0123456789ABCDEF"]}}]}
  aNewerField: [1]
status: {jwtTokensByRole: {r: {items: [{iat: 1}]}}}
"""


@pytest.mark.parametrize("text", [EVERYTHING, PROJECT], ids=["application", "project"])
def test_the_definitions_accept_and_keep_whatever_argo_cd_accepts(plane, install, text):
    install("crd")
    plane.kubectl("apply", "--server-side", "-f", "-",
                  input="{apiVersion: v1, kind: Namespace, metadata: {name: argocd}}")
    wanted = yaml.safe_load(text)
    plural = {"Application": "applications", "AppProject": "appprojects"}[wanted["kind"]]
    path = f"/apis/argoproj.io/v1alpha1/namespaces/argocd/{plural}"
    answer = plane.request("POST", f"{path}?dryRun=All&fieldValidation=Strict", wanted)
    for part in ("spec", "operation", "status"):
        assert answer.get(part) == wanted.get(part)


def test_kubectl_shows_the_columns_that_argo_cds_users_know(plane, team):
    app = yaml.safe_load(app_yaml("shown", "https://git.example.com/a.git"))
    app["status"] = {"sync": {"status": "Synced", "revision": "abc"},
                     "health": {"status": "Healthy"}}
    plane.request("POST", APPLICATIONS, app)
    lines = plane.kubectl("get", "apps", "-n", "argocd").splitlines()
    assert re.split(r"\s{2,}", lines[0].strip()) == ["NAME", "SYNC STATUS", "HEALTH STATUS"]
    assert lines[1].split() == ["shown", "Synced", "Healthy"]
    wide = plane.kubectl("get", "applications", "-n", "argocd", "-o", "wide").splitlines()
    assert wide[1].split() == ["shown", "Synced", "Healthy", "abc", "default"]


def test_rules_and_dashboard_ask_for_metrics_that_exist(team):
    objects = rendered("with-monitoring")
    dashboard = json.loads(one(objects, "ConfigMap", "gitopsd-dashboard")["data"]["gitopsd.json"])
    asked = [rule["expr"] for group in one(objects, "PrometheusRule")["spec"]["groups"]
             for rule in group["rules"]]
    asked += [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
    text = team.start().http("GET", "/metrics")[1]
    known = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    for expr in asked:
        names = re.findall(r"gitopsd_\w+", expr)
        assert names, expr
        assert {re.sub("_bucket$", "", n) for n in names} <= known, expr
        assert expr.count("(") == expr.count(")"), expr


# --- gitopsd with these rights


def test_with_the_default_rights_everything_is_deployed(plane, team, install):
    team.repo.write("web/all.yaml", "---\n".join([
        config_map("a"), deployment("web"),
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
        f"metadata: {{name: {team.name('extra')}}}\n"
        "rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n"]))
    team.repo.commit()
    team.create("web", self_heal=True)
    objects = install("default")
    eventually(lambda: plane.may(user_of(objects), "patch", "configmaps"))
    daemon = start_as(team, objects)
    wait_ready(daemon)
    team.wait_synced("web")
    events = "/api/v1/namespaces/argocd/events"
    eventually(lambda: any(e["involvedObject"]["name"] == team.name("web")
                           for e in plane.get(events)["items"]))
    assert "forbidden" not in daemon.log()


def test_beside_argo_cd_only_what_is_handed_over_is_served(plane, team, install):
    """Label and annotation together; either one alone leaves the application to Argo CD."""
    handed_over = {"labels": {MANAGED: "true"}, "annotations": {SKIP: "true"}}
    for name in ("neither", "label", "annotation", "both"):
        team.repo.write(f"{name}/a.yaml", config_map(name))
    team.repo.commit()
    team.create("neither")
    team.create("label", labels=handed_over["labels"])
    team.create("annotation", annotations=handed_over["annotations"])
    team.create("both", self_heal=True, **handed_over)
    daemon = start_as(team, install("beside-argocd"))
    team.wait_synced("both")
    assert team.names("configmaps") == {"both"}
    for name in ("neither", "label", "annotation"):
        assert "status" not in team.get(name)
    assert f'"app":"argocd/{team.name("label")}"' in daemon.log().replace(": ", ":")

    team.patch("label", {"metadata": {"annotations": {SKIP: "true"}}})
    team.wait_synced("label")
    # And back: what it deployed stays, and nobody repairs it.
    team.patch("both", {"metadata": {"labels": {MANAGED: None}}})
    eventually(lambda: team.name("both") not in
               {a["metadata"]["name"] for a in daemon.applications()})
    plane.request("DELETE", team.path_of("configmaps", "both"))
    team.repo.write("label/b.yaml", config_map("b"))
    team.repo.commit()
    team.wait_synced("label")
    assert team.names("configmaps") == {"label", "b"}


def grant_deployer(team):
    team.cluster.kubectl("apply", "-n", team.namespace, "-f", CONFIG / "samples" / "deployer.yaml")
    eventually(lambda: team.cluster.may(
        f"system:serviceaccount:{team.namespace}:gitopsd-deployer", "patch", "configmaps",
        namespace=team.namespace))


def install_least(team, install):
    objects = install("least-privilege")
    team.cluster.kubectl("apply", "--server-side", "-f",
                         CONFIG / "samples" / "project-least-privilege.yaml")
    return objects


def test_with_least_privilege_it_writes_as_the_account_of_the_namespace(plane, team, install):
    objects = install_least(team, install)
    grant_deployer(team)
    team.repo.write("web/all.yaml", config_map("a") + "---\n" + deployment("web"))
    team.repo.commit()
    # The server is asked about each object, which is a dry-run of a write.
    team.create("web", self_heal=True, prune=True,
                annotations={"argocd.argoproj.io/compare-options": "ServerSideDiff=true"})
    eventually(lambda: may_impersonate(plane, objects))
    daemon = start_as(team, objects)
    team.wait_synced("web")
    assert daemon.metric("gitopsd_compare_dry_runs_total") > 0
    assert "forbidden" not in daemon.log()
    # Repairs and prunes as well.
    plane.merge_patch(team.path_of("configmaps", "a"), {"data": {"key": "other"}})
    eventually(lambda: team.object("configmaps", "a")["data"]["key"] == "1")
    team.repo.write("web/all.yaml", deployment("web"))
    team.repo.commit()
    team.wait_synced("web")
    assert team.names("configmaps") == set()


def test_with_least_privilege_a_namespace_without_an_account_gets_nothing(plane, team, install):
    objects = install_least(team, install)
    team.repo.write("web/a.yaml", config_map("a"))
    team.repo.commit()
    team.create("web")
    start_as(team, objects)
    message = team.wait_condition("web", "SyncError")
    user = f"system:serviceaccount:{team.namespace}:gitopsd-deployer"

    def refused():
        text = results(team.get("web"))["ConfigMap/a"]["message"]
        assert user in text and "cannot patch resource" in text, text
    eventually(refused)
    assert message and team.names("configmaps") == set()
    grant_deployer(team)
    team.wait_synced("web", timeout=60)


def test_what_it_may_not_do_becomes_a_condition(plane, team, install):
    """The right to act as others is taken away, then the one to see what is live."""
    objects = install_least(team, install)
    grant_deployer(team)
    role = one(objects, "ClusterRole")
    read, own, events, impersonate = role["rules"]
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/gitopsd"

    plane.merge_patch(path, {"rules": [read, own, events]})
    eventually(lambda: not may_impersonate(plane, objects))
    team.repo.write("web/a.yaml", config_map("a"))
    team.repo.commit()
    team.create("web")
    daemon = start_as(team, objects)
    # Either way: it depends on how this API server has granted it to somebody before.
    assert re.search("cannot impersonate(-on:serviceaccount:patch)? resource",
                     team.wait_condition("web", "SyncError"))

    kinds = {"apiGroups": ["", "argoproj.io"], "verbs": ["get", "list", "watch"],
             "resources": ["secrets", "applications", "appprojects", "namespaces"]}
    plane.merge_patch(path, {"rules": [kinds, own, events, impersonate]})
    eventually(lambda: not plane.may(user_of(objects), "list", "configmaps"))
    daemon.stop()
    daemon.start()
    message = team.wait_condition("web", "ComparisonError")
    assert re.search('Failed to load live state: .* cannot (list|watch) resource "configmaps"', message)

    plane.merge_patch(path, {"rules": role["rules"]})
    daemon.stop()
    daemon.start()
    team.wait_synced("web", timeout=60)
