# SPDX-License-Identifier: Apache-2.0
"""reference: scenarios that are run step by step and compared line by line.

A scenario is a folder: application.yaml (REPO stands for its repository), before.yaml where
something must exist first, and for each step its content of the repository (step-N/, or
step-N.examples with names of folders of ../shared/examples) or the commands of a person
(step-N.sh). What must come out of a step is either what a real Argo CD recorded (step-N.writes and
step-N.result.yaml) or lines that we wrote (step-N.expected):

    write apps/v1/deployments ref/web       one change in the cluster; `failed` behind a refused one
    delete v1/configmaps ref/a
    then                                    what is below happens after what is above
    sync Synced
    health Healthy
    operation Succeeded: successfully synced (all tasks run)
    result Sync Deployment/web Synced Running: deployment.apps/web applied
    resource Deployment/web Synced Healthy
    history 0 REVISION-1
    condition SyncError: ...
    images nginx:1.0

Writes come in order, the rest in any. What cannot be equal is normalised on both sides: which verb
an apply used, commit ids, the times in names of hooks, how often a failing thing was tried.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from control_plane import ControlPlane
from world import WRITES

HOOK_NAME = re.compile(r"[0-9a-f]{7}-(presync|sync|postsync|syncfail)-\d+")
APPLIED = re.compile(r"\b(created|configured|unchanged|serverside-applied|replaced|updated)$")

PATCHING = re.compile(r'error when patching "[^"]*": ')  # from kubectl, with a name of its own


# --- the files of a scenario


@dataclass
class Step:
    number: int
    content: Path | None = None
    examples: list[str] = field(default_factory=list)
    script: Path | None = None


@dataclass
class Scenario:
    dir: Path

    @property
    def name(self) -> str:
        return self.dir.name

    @property
    def steps(self) -> list[Step]:
        steps = []
        for number in range(1, 100):
            step = Step(number)
            base = self.dir / f"step-{number}"
            if base.is_dir():
                step.content = base
            elif (listed := base.with_suffix(".examples")).exists():
                step.examples = listed.read_text().split()
            elif (script := base.with_suffix(".sh")).exists():
                step.script = script
            elif not base.with_suffix(".expected").exists():
                break
            steps.append(step)
        return steps

    def expected(self, number: int) -> tuple[list[str], bool]:
        """The lines of a step, and whether its results may be more than those listed."""
        own = self.dir / f"step-{number}.expected"
        if own.exists():
            lines = [line.rstrip() for line in own.read_text().splitlines()]
            return [line for line in lines if line and not line.startswith("#")], False
        recorded = self._recorded(number)
        return self._recorded_writes(number) + describe(recorded, {}), is_repeat(recorded)

    def _recorded(self, number: int) -> dict:
        path = self.dir / f"step-{number}.result.yaml"
        return (yaml.safe_load(path.read_text()) or {}) if path.exists() else {}

    def _recorded_writes(self, number: int) -> list[str]:
        """The writes of the record, with `then` between those of different phases and waves."""
        phases, waves = self._phases_and_waves(number)
        lines, group = [], None
        text = (self.dir / f"step-{number}.writes").read_text()
        failing = operation_phase(self._recorded(number)) in ("Failed", "Error")
        for line in collapse([recorded_write(line) for line in text.splitlines()], failing):
            verb, resource, name, *_ = line.split()
            key = (kind_key(resource), name.rpartition("/")[2])
            following = (verb, phases.get(key, "Sync"), waves.get(key, 0))
            if lines and group != following:
                lines.append("then")
            lines.append(line)
            group = following
        return lines

    def _phases_and_waves(self, number: int) -> tuple[dict, dict]:
        phases: dict[tuple[str, str], str] = {}
        waves: dict[tuple[str, str], int] = {}
        for n in (number - 1, number):
            status = self._recorded(n).get("status", {})
            for r in status.get("resources", []):
                waves[r["kind"].lower(), stable(r["name"])] = r.get("syncWave", 0)
            for r in sync_results(status):
                phases[r["kind"].lower(), stable(r["name"])] = r.get("syncPhase", "Sync")
        return phases, waves


def kind_key(resource: str) -> str:
    plural = resource.rpartition("/")[2]
    return plural[:-3] + "y" if plural.endswith("ies") else plural.removesuffix("s")


def is_repeat(app: dict) -> bool:
    """The last operation was a self-heal: in a record, mostly of nothing, because Argo CD compared
    before its cache had seen what it had just written."""
    operation = app.get("status", {}).get("operationState", {}).get("operation", {})
    return bool(operation.get("sync", {}).get("autoHealAttemptsCount"))


# --- an Application as lines


def stable(name: str) -> str:
    return HOOK_NAME.sub(r"REV-\1-TIME", name)


def normalised(message: str, revisions: dict[str, str]) -> str:
    for sha, name in revisions.items():
        message = message.replace(sha, name)
    message = PATCHING.sub("", " ".join(message.split()))
    return APPLIED.sub("applied", stable(message))


def operation_phase(app: dict) -> str:
    return app.get("status", {}).get("operationState", {}).get("phase", "")


def sync_results(status: dict) -> list[dict]:
    return (status.get("operationState", {}).get("syncResult") or {}).get("resources") or []


def describe(app: dict, revisions: dict[str, str]) -> list[str]:
    """What an Application tells, in sorted lines; `revisions` names commits."""
    if "metadata" not in app:
        return ["gone"]
    status = app.get("status", {})
    lines = [f"sync {status.get('sync', {}).get('status')}",
             f"health {status.get('health', {}).get('status')}"]
    if "operation" in app:
        lines.append("operation requested")
    if state := status.get("operationState"):
        lines.append(f"operation {state['phase']}: {normalised(state.get('message', ''), revisions)}")
    for r in sync_results(status):
        what = " ".join(filter(None, [
            r.get("syncPhase"), r.get("hookType") and f"hook={r['hookType']}",
            f"{r['kind']}/{stable(r['name'])}", r.get("status"), r.get("hookPhase")]))
        lines.append(f"result {what}: {normalised(r.get('message', ''), revisions)}")
    for r in status.get("resources", []):
        what = " ".join(filter(None, [
            f"{r['kind']}/{stable(r['name'])}", r.get("status"),
            r.get("health", {}).get("status"), "hook" if r.get("hook") else "",
            "requiresPruning" if r.get("requiresPruning") else "",
            f"wave={r['syncWave']}" if r.get("syncWave") else ""]))
        lines.append(f"resource {what}")
    for h in status.get("history", []):
        revision = revisions.get(h["revision"], h["revision"])
        by = "" if h.get("initiatedBy", {}).get("automated") else " by hand"
        lines.append(f"history {h['id']} {revision}{by}")
    for c in status.get("conditions", []):
        lines.append(f"condition {c['type']}: {normalised(c['message'], revisions)}")
    if images := status.get("summary", {}).get("images"):
        lines.append(f"images {' '.join(sorted(images))}")
    if status.get("summary", {}).get("isAppOfApps"):
        lines.append("app of apps")
    if source_type := status.get("sourceType"):
        lines.append(f"source {source_type}")
    return sorted(lines)


# --- writes as lines


def write_line(verb: str, resource: str, name: str, code: int) -> str:
    what = "delete" if verb.startswith("delete") else "write"
    if resource == "v1/namespaces":
        name = name.rpartition("/")[2]
    return f"{what} {resource} {stable(name)}" + (" failed" if code >= 400 else "")


def recorded_write(line: str) -> str:
    verb, resource, name, _, code = line.split()
    return write_line(verb, resource, name, int(code))


def collapse(lines: list[str], failing: bool) -> list[str]:
    """Without repetitions: of one object after the other (an apply, then its finalizer); and where
    the operation fails and is tried again, of anything."""
    seen: set[str] = set()
    last: dict[str, str] = {}
    kept = []
    for line in lines:
        verb, _, what = line.partition(" ")
        what = what.removesuffix(" failed")
        if (line in seen) if failing else (last.get(what) == line):
            continue
        seen.add(line)
        last[what] = line
        kept.append(line)
    return kept


def writes(cluster: ControlPlane, since: int, failing: bool) -> list[str]:
    """What the daemon wrote, in order of completion, without Events, Leases and what it tells in
    Applications and AppProjects; applied Applications (app-of-apps) stay."""
    lines = []
    for e in cluster.audit_events(verbs=WRITES, since=since):
        ref, uri = e.get("objectRef", {}), e["requestURI"]
        if "dryRun=All" in uri or ref.get("resource") in ("events", "leases", "appprojects"):
            continue
        if ref.get("resource") == "applications" and e["verb"] == "patch" and \
                "force=true" not in uri:
            continue
        resource = "/".join(filter(None, [ref.get("apiGroup"), ref.get("apiVersion"),
                                          ref.get("resource")]))
        name = "/".join(filter(None, [ref.get("namespace"), ref.get("name")]))
        lines.append(write_line(e["verb"], resource, name, e["responseStatus"]["code"]))
    return collapse(lines, failing)


# --- differences


def is_write(line: str) -> bool:
    return line == "then" or line.startswith(("write ", "delete "))


def differences(expected: list[str], writes: list[str], told: list[str],
                more_results: bool) -> list[str]:
    """What differs, as lines: `- ` expected and not found, `+ ` found and not expected."""
    rows = order_differences([line for line in expected if is_write(line)], writes)
    wanted = [line for line in expected if not is_write(line)]
    rows += [f"- {line}" for line in wanted if line not in told]
    for line in told:
        if line not in wanted and not (more_results and line.startswith("result ")):
            rows.append(f"+ {line}")
    return rows


def order_differences(expected: list[str], writes: list[str]) -> list[str]:
    """The blocks between `then` lines are sets: order inside of one is free. Applications that an
    application deploys are followed at once, so what those write has an order of its own."""
    flat = [line for line in expected if line != "then"]
    rows = [f"- {line}" for line in flat if line not in writes]
    rows += [f"+ {line}" for line in writes if line not in flat]
    if rows:
        return rows
    for parents in (True, False):
        wanted = [line for line in expected if line == "then" or is_of_parent(line) == parents]
        found = [line for line in writes if is_of_parent(line) == parents]
        if not is_in_order(wanted, found):
            return [f"- in this order: {', '.join(w for w in wanted if w != 'then')}",
                    f"+ in this order: {', '.join(found)}"]
    return []


def is_of_parent(line: str) -> bool:
    return "argoproj.io/v1alpha1/applications" in line


def is_in_order(expected: list[str], writes: list[str]) -> bool:
    rest = list(writes)
    for is_block, lines in itertools.groupby(expected, lambda line: line != "then"):
        wanted = list(lines) if is_block else []
        found, rest = rest[:len(wanted)], rest[len(wanted):]
        if sorted(found) != sorted(wanted):
            return False
    return not rest
