# SPDX-License-Identifier: Apache-2.0
"""The local comparison against the API server's own opinion.

Random objects are applied as gitopsd applies them, changed by others, and desired in other ways;
each time the verdict of `compare-one` must be what a dry-run of the apply says, or "undecided".

By hand, with more objects: COMPARE_OBJECTS=5000 COMPARE_SEED=7 (and COMPARE_KINDS=Widget,Thing).
"""

from __future__ import annotations

import collections
import json
import os
import random
from typing import Any

import pytest

import random_objects
from compare_one import APPLY, CompareOne, Connection, fetch_schemas
from harness import ApiError, eventually
from random_objects import KINDS, make, mix, path_of, thin

OBJECTS = int(os.environ.get("COMPARE_OBJECTS", "220"))
SEED = int(os.environ.get("COMPARE_SEED", "20261123"))
NAMES = [k for k in os.environ.get("COMPARE_KINDS", "").split(",") if k] or list(KINDS)
SHOWN = 10  # differences that are printed in full


def without_empty(value: Any, empty: tuple) -> Any:
    if isinstance(value, dict):
        parts = {k: without_empty(v, empty) for k, v in value.items()}
        return {k: v for k, v in parts.items() if not any(v == e and type(v) is type(e)
                                                          for e in empty)}
    return [without_empty(v, empty) for v in value] if isinstance(value, list) else value


def without_times(live: dict) -> dict:
    """What is left of an object when what every write changes is taken away, and who else owns
    what. A server prints empty values of its own kinds that it does not store."""
    ours = [e for e in live["metadata"].get("managedFields", [])
            if (e["manager"], e["operation"]) == ("gitopsd", "Apply") and "subresource" not in e]
    custom = live["apiVersion"].startswith(random_objects.GROUP)
    result = without_empty(live, (None,) if custom else (None, {}, []))
    for field in "resourceVersion", "generation":
        result["metadata"].pop(field, None)
    result["metadata"]["managedFields"] = [{**e, "time": None} for e in ours]
    return result


class Run:
    """One random run; counts what happened."""

    def __init__(self, server: Connection, compare: CompareOne, namespace: str,
                 rng: random.Random):
        self.server, self.compare, self.namespace, self.rng = server, compare, namespace, rng
        self.count: collections.Counter[str] = collections.Counter()
        self.undecided: collections.Counter[str] = collections.Counter()
        self.refused: collections.Counter[str] = collections.Counter()
        self.us: list[int] = []
        self.wrong: list[str] = []

    def apply(self, desired: dict, manager: str = "gitopsd", dry: bool = False) -> dict:
        path = path_of(desired["kind"], self.namespace, desired["metadata"]["name"])
        return self.server.request(
            "PATCH", f"{path}?fieldManager={manager}&force=true" + ("&dryRun=All" if dry else ""),
            desired, APPLY)

    def check(self, desired: dict, what: str) -> bool:
        """Compare the verdict with the server's; does the desired object differ?"""
        kind = desired["kind"]
        live = self.server.request(
            "GET", path_of(kind, self.namespace, desired["metadata"]["name"]))
        try:
            answer = self.apply(desired, dry=True)
        except ApiError:
            self.count["refused checks"] += 1
            return False
        differs = without_times(live) != without_times(answer)
        result = self.compare.ask(desired=desired, live=live, answer=answer)
        self.us.append(result["us"])
        self.count["checks"] += 1
        self.count["drifted" if differs else "in sync"] += 1
        if result["drift"] == "undecided":
            self.count["undecided"] += 1
            self.undecided[f"{kind}{result['paths'][0][1]}"] += 1
        elif (result["drift"] != "none") != differs:
            self.note("verdict", kind, what, desired, live, answer, result)
        if (result["dry_run"] != "none") != differs:
            self.note("dry-run", kind, what, desired, live, answer, result)
        return differs

    def note(self, which: str, kind: str, what: str, desired: dict, live: dict, answer: dict,
             result: dict) -> None:
        self.wrong.append(f"{which} of a {kind} after {what}: {json.dumps(result)}")
        if len(self.wrong) <= SHOWN:
            self.wrong[-1] += "".join(f"\n  {name}: {json.dumps(value)}" for name, value in (
                ("desired", desired), ("live", without_times(live)),
                ("answer", without_times(answer))))

    def write(self, fn: Any) -> bool:
        """A write that the server may refuse."""
        try:
            fn()
            self.count["writes"] += 1
            return True
        except ApiError as e:
            self.refused[f"{e.code} {str(e)[:60]}"] += 1
            return False

    def disturb(self, desired: dict) -> str:
        """Another manager changes something, declared or not."""
        kind, name = desired["kind"], desired["metadata"]["name"]
        path = path_of(kind, self.namespace, name)
        other = make(self.rng, kind, name)
        live = self.server.request("GET", path)
        way = self.rng.choice(["update", "update", "patch", "apply", "apply same", "remove"])
        if way == "update":
            body = mix(self.rng, live, other, self.rng.choice([0.1, 0.4]))
            self.write(lambda: self.server.request("PUT", f"{path}?fieldManager=editor", body))
        elif way == "remove":
            body = {**live, **{k: thin(self.rng, v, 0.05) for k, v in live.items()
                               if k not in ("metadata", "status")}}
            self.write(lambda: self.server.request("PUT", f"{path}?fieldManager=remover", body))
        elif way == "patch":
            body = thin(self.rng, {k: v for k, v in other.items() if k != "apiVersion"}, 0.4)
            self.write(lambda: self.server.request("PATCH", f"{path}?fieldManager=patcher", body,
                                                   "application/merge-patch+json"))
        else:
            body = thin(self.rng, mix(self.rng, desired, other, 0.2)
                        if way == "apply" else desired, 0.3)
            self.write(lambda: self.apply(body, manager=self.rng.choice(["helm", "other"])))
        return way

    def one(self, kind: str, name: str) -> None:
        rng = self.rng
        desired = make(rng, kind, name)
        if rng.random() < 0.15:  # it exists already
            self.write(lambda: self.apply(thin(rng, desired, 0.2), manager="creator"))
        if not self.write(lambda: self.apply(desired)):
            return
        self.count["objects"] += 1
        self.check(desired, "the first apply")
        for _ in range(rng.randint(1, 3)):
            if rng.random() < 0.4:
                other = make(rng, kind, name)
                changed = thin(rng, mix(rng, desired, other, rng.choice([0.05, 0.3])),
                               rng.choice([0, 0.05]))
                what, desired = "another wish", changed
            else:
                what = self.disturb(desired)
            if self.check(desired, what) and rng.random() < 0.7:
                if self.write(lambda: self.apply(desired)):
                    self.check(desired, f"{what}, repaired")
        self.write(lambda: self.server.request(
            "DELETE", path_of(kind, self.namespace, name)))


@pytest.fixture
def run(cluster, namespace, tmp_path):
    for crd in random_objects.crds():
        cluster.request(
            "PATCH", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"
            f"{crd['metadata']['name']}?fieldManager=test", crd, APPLY)
    for kind in "Widget", "Thing":
        eventually(lambda: cluster.get(path_of(kind, namespace)))
    eventually(lambda: len([
        name for name in cluster.get(f"/openapi/v3/apis/{random_objects.GROUP}/v1")
        ["components"]["schemas"] if name.endswith((".Widget", ".Thing"))]) == 2)
    compare = CompareOne(
        fetch_schemas(cluster, {KINDS[kind][0] for kind in NAMES}, tmp_path))
    yield Run(Connection(cluster), compare, namespace, random.Random(SEED))
    compare.close()


def test_the_verdict_is_the_servers(run):
    for i in range(OBJECTS):
        run.one(NAMES[i % len(NAMES)], f"object-{i}")
    checks, count = run.count["checks"], run.count
    decided = 100 * (checks - count["undecided"]) / checks
    us = sorted(run.us)
    print(f"\n{count['objects']} objects, {checks} comparisons ({count['in sync']} in sync, "
          f"{count['drifted']} drifted), {decided:.2f} % decided locally, "
          f"{len(run.wrong)} differ from the server; {sum(run.refused.values())} writes and "
          f"{count['refused checks']} dry-runs were refused; a comparison took "
          f"{us[len(us) // 2]} us (p50), {us[len(us) * 99 // 100]} us (p99)")
    print("undecided:", *run.undecided.most_common(12), sep="\n  ")
    print("refused:", *run.refused.most_common(5), sep="\n  ")
    assert not run.wrong, f"{len(run.wrong)} differ:\n" + "\n".join(run.wrong[:40])
    assert decided > 99
