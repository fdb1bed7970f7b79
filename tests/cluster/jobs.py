# SPDX-License-Identifier: Apache-2.0
"""jobs: a controller of Jobs for a control plane that has none, at the test's command."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import yaml

from control_plane import ApiError, ControlPlane

NOW = "2026-01-01T00:00:00Z"
COMPLETE = {"startTime": NOW, "completionTime": NOW, "succeeded": 1, "conditions": [
    {"type": type, "status": "True", "reason": "CompletionsReached", "lastTransitionTime": NOW,
     "message": "Reached expected number of succeeded pods"}
    for type in ("SuccessCriteriaMet", "Complete")]}
FAILED = {"startTime": NOW, "failed": 1, "conditions": [
    {"type": type, "status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": NOW,
     "message": "Job has reached the specified backoff limit"}
    for type in ("FailureTarget", "Failed")]}


def job(name: str, hook: str = "", policy: str = "", wave: int = 0, generate: bool = False,
        image: str = "registry.example.com/tool:1", ttl: int | None = None) -> str:
    annotations = {"argocd.argoproj.io/hook": hook, "argocd.argoproj.io/hook-delete-policy": policy,
                   "argocd.argoproj.io/sync-wave": str(wave) if wave else ""}
    metadata: dict[str, Any] = {"generateName" if generate else "name": name,
                                "annotations": {k: v for k, v in annotations.items() if v}}
    return yaml.safe_dump({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {
        "backoffLimit": 0, **({} if ttl is None else {"ttlSecondsAfterFinished": ttl}),
        "template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "tool", "image": image}]}}}})


class JobController:
    """Ends every Job of a namespace as soon as it is seen: with success, unless its name begins
    with one of `fails` or of `hangs`. `ended` holds the uids of what it ended, by name."""

    def __init__(self, cluster: ControlPlane, namespace: str):
        self.cluster = cluster
        self.path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        self.fails: set[str] = set()
        self.hangs: set[str] = set()
        self.ended: dict[str, list[str]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> JobController:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            with contextlib.suppress(OSError, ApiError):
                for item in self.cluster.get(self.path)["items"]:
                    self._end(item)

    def _end(self, item: dict) -> None:
        meta = item["metadata"]
        name, uid = meta["name"], meta["uid"]
        if item.get("status", {}).get("conditions") or "deletionTimestamp" in meta:
            return
        if any(name.startswith(prefix) for prefix in self.hangs):
            return
        failed = any(name.startswith(prefix) for prefix in self.fails)
        # Noted first: whoever sees that the Job has ended finds it noted.
        self.ended.setdefault(name, []).append(uid)
        try:
            self.cluster.merge_patch(f"{self.path}/{name}/status",
                                     {"status": FAILED if failed else COMPLETE})
        except ApiError:
            self.ended[name].remove(uid)
            raise
