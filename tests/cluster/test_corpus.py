# SPDX-License-Identifier: Apache-2.0
"""Objects of every kind that people deploy, in the spellings that people use: once applied, they are
in sync, and nothing is written again; each change of a declared field is seen, and none outside. The
cases are the documents of corpus/*.yaml."""

import base64
import collections

import pytest
import yaml

from compare_one import APPLY, CompareOne, Connection, fetch_schemas
from harness import HERE, ApiError, eventually

CORPUS = HERE / "corpus"
OTHER = "fieldManager=somebody&dryRun=All"
# What only the server writes, and what makes an object another one.
NOT_OURS = {"apiVersion", "kind", "status"}


def cases() -> list[dict]:
    return [doc for file in sorted(CORPUS.glob("*.yaml"))
            for doc in yaml.safe_load_all(file.read_text()) if doc]


def fill(repo) -> str:
    for file in CORPUS.glob("*.yaml"):
        repo.write(f"app/{file.name}", file.read_text())
    return repo.commit()


def test_there_are_enough_cases():
    names = [(doc["kind"], doc["metadata"]["name"]) for doc in cases()]
    assert len(names) == len(set(names)) >= 150
    assert len({kind for kind, _ in names}) >= 40


def test_every_case_is_in_sync_and_stays_so(world):
    sha = fill(world.repo)
    world.create("app", self_heal=True, prune=True)
    world.start()
    world.wait_synced("app", sha, timeout=240)
    mark = world.cluster.audit_mark()
    for _ in range(3):
        world.patch("app", {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "hard"}}})
        eventually(lambda: "argocd.argoproj.io/refresh" not in
                   world.get("app")["metadata"].get("annotations", {}))
        world.wait_synced("app", sha)
    world.daemon.stop()
    world.start()  # lists and compares everything again
    eventually(lambda: world.daemon.metric("gitopsd_applications", sync="Synced") == 1)
    app = world.wait_synced("app", sha)
    assert world.writes(mark) == []
    assert len(app["status"]["resources"]) == len(cases())


# --- changes, one by one: a dry-run of somebody else's patch shows the object as it would then be


def normalised(doc: dict) -> dict:
    """As gitopsd applies it: nulls and what the server writes left out, stringData in data, and
    something that says whose it is."""
    def clean(value):
        if isinstance(value, dict):
            return {k: clean(v) for k, v in value.items() if v is not None}
        return value
    doc = clean(doc)
    for field in ("creationTimestamp", "generation", "selfLink", "uid"):
        doc["metadata"].pop(field, None)
    doc["metadata"].setdefault("annotations", {})["argocd.argoproj.io/tracking-id"] = "x"
    if doc["kind"] == "Secret" and "stringData" in doc:
        plain = doc.pop("stringData")
        doc["data"] = doc.get("data", {}) | {
            k: base64.b64encode(v.encode()).decode() for k, v in plain.items()}
    return doc


class Api:
    """Where objects of any kind are found."""

    def __init__(self, cluster, namespace):
        self.server, self.namespace = Connection(cluster), namespace
        self._kinds: dict[tuple[str, str], dict] = {}

    def path(self, doc: dict) -> str:
        version = doc["apiVersion"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if (version, doc["kind"]) not in self._kinds:
            for r in self.server.request("GET", root)["resources"]:
                if "/" not in r["name"]:
                    self._kinds[version, r["kind"]] = r
        resource = self._kinds[version, doc["kind"]]
        scope = f"/namespaces/{self.namespace}" if resource["namespaced"] else ""
        return f"{root}{scope}/{resource['name']}/{doc['metadata']['name']}"

    def patch(self, path: str, op: str, place: tuple, value) -> dict:
        """As it would be after somebody else's patch."""
        pointer = "".join("/" + str(p).replace("~", "~0").replace("/", "~1") for p in place)
        return self.server.request("PATCH", f"{path}?{OTHER}", [
            {"op": op, "path": pointer, "value": value}], "application/json-patch+json")


def leaves(value, place=()):
    """(place, scalar) of everything that has no parts."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*place, key))
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from leaves(part, (*place, i))
    else:
        yield place, value


def at(value, place):
    for part in place:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return value + "x" if isinstance(value, str) else None


def declared_changes(desired, live):
    """Of each declared scalar that stands in the live object at the same place."""
    for place, value in leaves(desired):
        if place[0] in NOT_OURS or place[:2] in (("metadata", "name"), ("metadata", "namespace")):
            continue
        if at(live, place) == value and changed(value) is not None:
            yield place, changed(value)


def outside_changes(desired, live):
    """Labels, annotations and finalizers of others, and what the server defaulted in the spec."""
    meta = live["metadata"]
    if desired["metadata"].get("labels") != {}:  # an empty map loses its mark of being ours
        yield ("metadata", "labels"), meta.get("labels", {}) | {"others": "x"}
    yield ("metadata", "annotations"), meta.get("annotations", {}) | {"others": "x"}
    yield ("metadata", "finalizers"), meta.get("finalizers", []) + ["example.com/others"]
    for key, value in (live.get("spec") or {}).items():
        if key not in (desired.get("spec") or {}) and changed(value) is not None \
                and not isinstance(value, (dict, list)):
            yield ("spec", key), changed(value)


@pytest.fixture
def api(cluster, namespace):
    api = Api(cluster, namespace)
    yield api
    api.server.http.close()


def apply_all(api) -> list[tuple[dict, dict]]:
    """(desired, live) of each case, applied as gitopsd does."""
    pairs = []
    for doc in map(normalised, cases()):
        path = eventually(lambda: api.path(doc))  # a new kind takes a moment to be served
        pairs.append((doc, eventually(lambda: api.server.request(
            "PATCH", f"{path}?fieldManager=gitopsd&force=true", doc, APPLY))))
    return pairs


def test_declared_changes_are_seen_and_others_are_not(cluster, api, tmp_path):
    pairs = apply_all(api)
    compare = CompareOne(fetch_schemas(cluster, {doc["apiVersion"] for doc, _ in pairs}, tmp_path))
    count: collections.Counter[str] = collections.Counter()
    undecided: set[str] = set()
    wrong = []

    def check(what, desired, live, place, expected):
        drift = compare.ask(desired=desired, live=live)["drift"]
        count[f"{what}: {'undecided' if drift == 'undecided' else 'decided'}"] += 1
        if drift == "undecided":
            undecided.add(f"{desired['kind']} {desired['metadata']['name']}")
        if drift != "undecided" and (drift != "none") != expected:
            wrong.append(f"{what} of {desired['kind']} {desired['metadata']['name']} at "
                         f"{place}: {drift}")

    for desired, applied in pairs:
        path = api.path(desired)
        live = api.server.request("GET", path)
        check("no change", desired, live, "", False)
        for what, changes, expected in (("declared", declared_changes, True),
                                        ("outside", outside_changes, False)):
            for place, value in changes(desired, live):
                try:
                    op = "add" if at(live, place) is None else "replace"
                    after = api.patch(path, op, place, value)
                except ApiError:
                    count[f"{what}: refused"] += 1
                    continue
                if at(after, place) == at(live, place):
                    count[f"{what}: ignored by the server"] += 1
                    continue
                check(what, desired, after, place, expected)
    compare.close()
    print(dict(count), sorted(undecided))
    assert not wrong, "\n".join(wrong)
    assert sum(n for what, n in count.items() if what.endswith(": decided")) > 1000
    assert len(undecided) <= len(pairs) / 20, undecided
