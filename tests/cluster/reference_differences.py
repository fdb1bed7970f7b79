# SPDX-License-Identifier: Apache-2.0
"""reference_differences: where gitopsd does something else than the recorded Argo CD, on purpose.

Each row is a substitution in the lines that a scenario expects (reference.py tells their shape): a
pattern that must be found there, what gitopsd does instead (None: no such line), and why. The
table is printed into docs/compatibility.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch


@dataclass(frozen=True)
class Difference:
    scenario: str  # a glob over scenario/step: "waves/2", "example-*/*"
    recorded: str  # a regular expression for a whole line; may have groups. "": a line is added
    ours: str | None  # the line of gitopsd, with \1 for the first group
    why: str
    needed: bool = True  # False: where no line matches, nothing is wrong

    def applies_to(self, scenario: str, step: int) -> bool:
        return fnmatch(f"{scenario}/{step}", self.scenario)


LATE = ("Argo CD reports what it compared last, and its cache is behind; gitopsd follows the watch "
        "until the cluster has settled.")
RENDER = "In the words of gitopsd's own renderer, with file, line and revision."
KEPT = "Nothing is marked for pruning by a render that failed; what the source is does not change."
REMEDY = "The remedy is named."
EACH = ("Every object is tried and told: one of an unknown kind does not keep the others from being "
        "applied, and is applied as soon as its kind is served.")

DIFFERENCES: list[Difference] = [
    Difference("*", r"(resource \S+) hook requiresPruning(.*)", r"\1 hook\2",
               "No sync prunes a hook, whatever this flag of Argo CD says.", needed=False),
    Difference("example-helm-hooks/1", "(resource Job/upgrade-sql-schemaREV-presync-TIME hook)",
               r"\1 wave=-2", "The wave of a hook is told whether its name is generated or not."),
    Difference("app-of-apps/1", "(resource Application/child-[ab] Synced)(.*)", r"\1 Healthy\2",
               "The health of Applications is that of what they deploy, also for their parent and "
               "for waves; Argo CD ships no check for them."),
    # --- renders that fail
    Difference("broken-kustomize/2", "condition ComparisonError: Failed to load target state: .*",
               "condition ComparisonError: Failed to load target state: revision REVISION-2: "
               'kustomization.yaml: resources: "missing.yaml" does not exist in .', RENDER),
    Difference("broken-yaml/2", "condition ComparisonError: Failed to load target state: .*",
               "condition ComparisonError: Failed to load target state: revision REVISION-2: "
               "all.yaml:5:2: did not find expected key while parsing a block mapping", RENDER),
    Difference("broken-*/2", "(resource ConfigMap/a Unknown) requiresPruning", r"\1", KEPT),
    Difference("broken-kustomize/2", "", "source Kustomize", KEPT),
    Difference("broken-yaml/2", "", "source Directory", KEPT),
    Difference("path-missing/1", "condition ComparisonError: Failed to load target state: .*",
               "condition ComparisonError: Failed to load target state: revision REVISION-1: "
               "nowhere: app path does not exist", RENDER),
    Difference("path-missing/1", "health Healthy", "health Unknown",
               "What was never rendered is not called healthy."),
    # --- syncs that fail
    Difference("empty-guard/2", "(condition SyncError: Skipping sync attempt .*)",
               r"\1; set spec.syncPolicy.automated.allowEmpty if that is meant", REMEDY),
    Difference("immutable/2", r"(.*: field is immutable)(.*)",
               r"\1 (such a field is set when the object is created: the annotation "
               r"argocd.argoproj.io/sync-options: Force=true lets it be deleted and created anew)\2",
               REMEDY),
    Difference("sync-fails/1", "delete batch/v1/jobs ref/on-fail failed", None,
               "A hook that is gone is not deleted once more."),
    Difference("unknown-kind/1", "", "write v1/configmaps ref/c", EACH),
    Difference("unknown-kind/1", "health Missing", "health Healthy", EACH),
    Difference("unknown-kind/1", "resource ConfigMap/c OutOfSync Missing",
               "resource ConfigMap/c Synced", EACH),
    Difference("unknown-kind/1", "", "result Sync ConfigMap/c Synced Running: configmap/c applied",
               EACH),
    Difference("unknown-kind/1", "(result Sync Thing/t SyncFailed): .*",
               r"\1 Failed: the API server does not serve Thing in nowhere.example.com/v1: check "
               "apiVersion and kind, or install the CustomResourceDefinition of "
               '"Thing" in this cluster', REMEDY),
    Difference("unknown-kind/1",
               r"(.*: )one or more synchronization tasks are not valid: .*resource( \(retried .*)",
               r"\1one or more objects failed to apply, reason: Thing ref/t: the API server does not "
               "serve Thing in nowhere.example.com/v1: check apiVersion and kind, or install the "
               r'CustomResourceDefinition of "Thing" in this cluster\2', EACH),
    # --- Argo CD is late
    Difference("waves/1", "health Progressing", "health Healthy", LATE, needed=False),
    Difference("waves/1", "(resource Deployment/.* Synced )Progressing(.*)", r"\1Healthy\2", LATE,
               needed=False),
    Difference("crd-and-object/2", "health Progressing", "health Healthy", LATE),
    Difference("crd-and-object/2", "sync OutOfSync", "sync Synced", LATE),
    Difference("crd-and-object/2", "resource Gadget/g OutOfSync .*", None, LATE),
]


def rewritten(lines: list[str], scenario: str, step: int) -> tuple[list[str], list[Difference]]:
    """The expected lines with all rows applied, and the rows that found nothing to change."""
    unused = []
    for row in DIFFERENCES:
        if not row.applies_to(scenario, step):
            continue
        changed = [row.ours] if not row.recorded else []
        for line in lines:
            if row.recorded and (match := re.fullmatch(row.recorded, line)):
                if row.ours is not None:
                    changed.append(match.expand(row.ours))
            else:
                changed.append(line)
        if changed == lines and row.needed:
            unused.append(row)
        lines = changed
    return lines, unused
