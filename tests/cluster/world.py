# SPDX-License-Identifier: Apache-2.0
"""world: a cluster, a repository and Applications between them, as most tests need it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Iterable

import yaml

from control_plane import ControlPlane
from git_server import GitServer, Repo
from gitopsd import Daemon
from harness import app_yaml, eventually, settled
from process import ROOT

APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
SECRETS = "/api/v1/namespaces/argocd/secrets"  # of repositories
WRITES = ("create", "update", "patch", "delete", "deletecollection")
READS = ("get", "list")


def install_crds(cluster: ControlPlane) -> None:
    """What a person does once for each cluster."""
    cluster.kubectl("create", "namespace", "argocd")
    cluster.kubectl("apply", "--server-side", "-f", ROOT / "config" / "crd")
    # Repeated: kubectl fails where a definition has no conditions at all yet.
    eventually(lambda: cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s",
                                       "crd/applications.argoproj.io",
                                       "crd/appprojects.argoproj.io") or True)
    eventually(lambda: cluster.get(APPLICATIONS)["items"] == [])
    eventually(lambda: cluster.get(APPLICATIONS.replace("applications", "appprojects")))


# --- manifests


def config_map(name: str, value: str = "1", **metadata: Any) -> str:
    return _yaml("v1", "ConfigMap", name, metadata, data={"key": value})


def service(name: str, port: int = 80, **metadata: Any) -> str:
    return _yaml("v1", "Service", name, metadata,
                 spec={"ports": [{"port": port}], "selector": {"app": name}})


def deployment(name: str, image: str = "registry.example.com/web:1.0", replicas: int = 1,
               **metadata: Any) -> str:
    labels = {"app": name}
    return _yaml("apps/v1", "Deployment", name, metadata, spec={
        "replicas": replicas, "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels},
                     "spec": {"containers": [{"name": "web", "image": image}]}}})


def definition(plural: str, kind: str, group: str = "example.com", **version: Any) -> str:
    """A CustomResourceDefinition of a namespaced kind that may have any field."""
    kept = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    name = f"{plural}.{group}"
    return _yaml("apiextensions.k8s.io/v1", "CustomResourceDefinition", name, {}, spec={
        "group": group, "scope": "Namespaced",
        "names": {"kind": kind, "plural": plural, "singular": kind.lower(),
                  "listKind": f"{kind}List"},
        "versions": [{"name": "v1", "served": True, "storage": True,
                      "schema": {"openAPIV3Schema": kept}, **version}]})


def _yaml(api_version: str, kind: str, name: str, metadata: dict, **body: Any) -> str:
    return yaml.safe_dump({"apiVersion": api_version, "kind": kind,
                           "metadata": {"name": name, **metadata}, **body}, sort_keys=False)


# --- what an Application says


def conditions(app: dict) -> dict[str, str]:
    return {c["type"]: c["message"] for c in app.get("status", {}).get("conditions", [])}


def results(app: dict) -> dict[str, dict]:
    """The last operation's result for each object, by "Kind/name"."""
    state = app.get("status", {}).get("operationState", {})
    return {f"{r['kind']}/{r['name']}": r
            for r in state.get("syncResult", {}).get("resources", [])}


def resources(app: dict) -> dict[str, dict]:
    return {f"{r['kind']}/{r['name']}": r for r in app.get("status", {}).get("resources", [])}


def phase(app: dict) -> str:
    return app.get("status", {}).get("operationState", {}).get("phase", "")


def has_failed(app: dict) -> bool:
    """Has the operation failed, for good or until its next try?"""
    state = app.get("status", {}).get("operationState", {})
    return state.get("phase") == "Failed" or "Retrying attempt #" in state.get("message", "")


def assert_synced(app: dict, revision: str) -> None:
    status = app.get("status", {})
    told = json.dumps({key: status.get(key) for key in ("sync", "operationState", "conditions")},
                      indent=1)
    assert status.get("sync", {}).get("revision") == revision, told
    assert status["sync"]["status"] == "Synced", told
    assert not status.get("conditions"), told
    if "operationState" in status:
        assert status["operationState"]["phase"] == "Succeeded", told


class World:
    """One repository and its Applications in one cluster. All Applications are named after a
    namespace that only this test has: what they leave behind belongs to nobody later."""

    def __init__(self, cluster: ControlPlane, git_server: GitServer, namespace: str,
                 start_daemon: Callable[..., Daemon], dir: Path):
        self.cluster, self.git_server, self.namespace = cluster, git_server, namespace
        self.repo: Repo = git_server.create("repo")
        self._start_daemon, self._dir = start_daemon, dir
        self.daemon: Daemon | None = None

    def name(self, name: str) -> str:
        """The name of an Application, or of a cluster-scoped object."""
        return f"{self.namespace}-{name}"

    def app_text(self, name: str, path: str, **options: Any) -> str:
        options.setdefault("dest_namespace", self.namespace)
        return app_yaml(self.name(name), options.pop("repo", self.repo), path, **options)

    def create(self, name: str, path: str | None = None, **options: Any) -> dict:
        """Create an Application in the cluster; its path is its name unless said otherwise."""
        text = self.app_text(name, path or name, **options)
        return self.cluster.request("POST", APPLICATIONS, yaml.safe_load(text))

    def start(self, **options: Any) -> Daemon:
        """Start a daemon that follows the Applications in the cluster."""
        options.setdefault("poll_interval", "200ms")
        self.daemon = self._start_daemon(self.cluster, **options)
        return self.daemon

    def start_with_files(self, files: dict[str, str], **options: Any) -> Daemon:
        """Start a daemon with --app DIR; DIR holds these files."""
        self.write_files(files)
        return self.start(apps=[self.app_dir], **options)

    @property
    def app_dir(self) -> Path:
        return self._dir / "apps"

    def write_files(self, files: dict[str, str]) -> None:
        self.app_dir.mkdir(exist_ok=True)
        for name, text in files.items():
            (self.app_dir / name).write_text(text)

    def get(self, name: str) -> dict:
        """An Application as the cluster has it, or as the daemon tells it when it is from a file."""
        name = self.name(name)
        if self.daemon and "--app" in self.daemon.argv:
            return self.daemon.application(name)
        return self.cluster.get(f"{APPLICATIONS}/{name}")

    def patch(self, name: str, body: Any) -> dict:
        return self.cluster.merge_patch(f"{APPLICATIONS}/{self.name(name)}", body)

    def delete(self, name: str) -> None:
        self.cluster.request("DELETE", f"{APPLICATIONS}/{self.name(name)}")

    def wait_synced(self, name: str, revision: str | None = None, timeout: float = 30) -> dict:
        """Until the application is in sync with the repository's commit; returns it."""
        revision = revision or self.repo.head()

        def check() -> dict:
            app = self.get(name)
            assert_synced(app, revision)
            return app
        return eventually(check, timeout)

    def wait_failed(self, name: str) -> dict:
        """Until its operation has failed; returns the application as it is then. A moment later it
        may be tried again."""
        def check() -> dict:
            app = self.get(name)
            assert has_failed(app), app.get("status", {}).get("operationState")
            return app
        return eventually(check)

    def wait_condition(self, name: str, type: str, timeout: float = 30) -> str:
        return eventually(lambda: conditions(self.get(name))[type], timeout)

    # --- objects of the test's namespace

    def path_of(self, kind: str, name: str = "") -> str:
        group = "apis/apps/v1" if kind in ("deployments", "statefulsets") else "api/v1"
        return f"/{group}/namespaces/{self.namespace}/{kind}" + (f"/{name}" if name else "")

    def object(self, kind: str, name: str) -> dict:
        return self.cluster.get(self.path_of(kind, name))

    def exists(self, kind: str, name: str) -> bool:
        return self.cluster.exists(self.path_of(kind, name))

    def names(self, kind: str) -> set[str]:
        """Without what the API server or a controller puts into every namespace."""
        items = self.cluster.get(self.path_of(kind))["items"]
        return {o["metadata"]["name"] for o in items} - {"kube-root-ca.crt"}

    def uids(self, kind: str) -> dict[str, str]:
        items = self.cluster.get(self.path_of(kind))["items"]
        return {o["metadata"]["name"]: o["metadata"]["uid"] for o in items}

    def writes(self, since: int, status: bool = False) -> list[str]:
        """What the daemon wrote: "verb resource namespace/name"; an Application only if asked.
        Events never."""
        return described(self.cluster, since, WRITES, status)

    def wait_quiet(self, seconds: float = 1.5) -> None:
        """Until nothing was written for so long, statuses included."""
        mark = self.cluster.audit_mark()
        settled(lambda: self.writes(mark, status=True), seconds)

    def deletes(self, since: int) -> list[str]:
        return described(self.cluster, since, ("delete", "deletecollection"), True)


def described(cluster: ControlPlane, since: int, verbs: Iterable[str], status: bool) -> list[str]:
    events = cluster.audit_events(verbs=verbs, since=since)
    refs = [(e["verb"], e.get("objectRef", {})) for e in events
            if "dryRun=All" not in e["requestURI"]]  # a question, not a write
    refs = [(verb, ref) for verb, ref in refs if ref.get("resource") != "events"]
    return [f"{verb} {ref.get('resource')} {ref.get('namespace', '')}/{ref.get('name', '')}"
            for verb, ref in refs if status or ref.get("resource") != "applications"]


def clear_applications(cluster: ControlPlane) -> bool:
    """End all Applications; what they deployed stays."""
    for app in cluster.get(APPLICATIONS)["items"]:
        path = f"{APPLICATIONS}/{app['metadata']['name']}"
        if app["metadata"].get("finalizers"):
            cluster.merge_patch(path, {"metadata": {"finalizers": None}})
        if cluster.exists(path):
            cluster.request("DELETE", path)
    return True
