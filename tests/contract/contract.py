# SPDX-License-Identifier: Apache-2.0
"""contract: API cases as data, which every server has to answer alike.

A case is a rule of the Kubernetes API and the requests that show it. Each has a namespace of its
own. In paths, queries, bodies and expectations "$ns" is that namespace and "$NAME" what an earlier
step saved; a value that is nothing but "$NAME" keeps its type. A path that does not begin with "/"
is below the namespace: "configmaps/a" (PREFIXES says where the kinds are).

What is expected of an answer is a part of it: an object may have more fields than are named, a list
is compared item by item and has as many. ANY, ABSENT, Text, Has and Size say less than a value.
"""

from __future__ import annotations

import copy
import http.client
import json
import re
import ssl
import time
import urllib.parse
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Iterator, Mapping

from harness import PATIENCE, eventually

GROUP = "contract.example.com"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
TRIES = 60  # of a second each, where the server asks for it: more than client-go has

PREFIXES = {
    **dict.fromkeys(["configmaps", "secrets", "services", "serviceaccounts", "pods", "events",
                     "persistentvolumeclaims"], "/api/v1"),
    **dict.fromkeys(["deployments", "statefulsets", "replicasets", "controllerrevisions"],
                    "/apis/apps/v1"),
    "jobs": "/apis/batch/v1",
    "poddisruptionbudgets": "/apis/policy/v1",
    "roles": "/apis/rbac.authorization.k8s.io/v1",
    "leases": "/apis/coordination.k8s.io/v1",
    **dict.fromkeys(["widgets", "gadgets"], f"/apis/{GROUP}/v1"),
}


# --- what a server is


@dataclass
class Answer:
    code: int
    body: Any
    headers: Mapping[str, str]
    warnings: list[str]


class Server:
    """An API server, by its URL, the file of its CA (None: no TLS) and a token."""

    def __init__(self, name: str, url: str, ca_file: object, token: str,
                 forget: Callable[[str], None]):
        self.name, self.token = name, token
        self.forget = forget  # all changes up to a version
        self.url = urllib.parse.urlsplit(url)
        self.context = ssl.create_default_context(cafile=str(ca_file)) if ca_file else None
        self.connection: http.client.HTTPConnection | None = None

    def copy(self) -> Server:
        """With a connection of its own, for another thread."""
        other = copy.copy(self)
        other.connection = None
        return other

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()

    def connect(self) -> http.client.HTTPConnection:
        if self.context is None:
            return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=60)
        return http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=60,
                                           context=self.context)

    @staticmethod
    def is_busy(response: http.client.HTTPResponse) -> bool:
        """Has it asked to come again, and has the time passed that it asked for? So does a server
        whose storage of a kind is not ready, and every client of Kubernetes obeys it."""
        if response.status != 429 or (wait := response.headers.get("Retry-After")) is None:
            return False
        response.read()
        time.sleep(int(wait))
        return True

    def headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json",
                "User-Agent": "contract/1.0", **more}

    def request(self, method: str, path: str, body: Any = None, *, type: str = "application/json",
                accept: str = "application/json", patient: bool = True) -> Answer:
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        headers = self.headers(Accept=accept, **({} if text is None else {"Content-Type": type}))
        response = self.exchange(method, path, text, headers)
        for _ in range(TRIES):
            if not (patient and self.is_busy(response)):
                break
            response = self.exchange(method, path, text, headers)
        raw = response.read().decode()
        try:
            answer = json.loads(raw)
        except ValueError:
            answer = raw
        warnings = [json.loads(re.sub(r"^299 \S+ ", "", warning))
                    for warning in response.headers.get_all("Warning") or []]
        return Answer(response.status, answer, response.headers, warnings)

    def exchange(self, method: str, path: str, text: str | None,
                 headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """The answer, whose body has not been read."""
        if self.connection is not None:  # which the server may have closed meanwhile
            try:
                self.connection.request(method, path, text, headers)
                return self.connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError):
                self.connection.close()
        self.connection = self.connect()
        self.connection.request(method, path, text, headers)
        return self.connection.getresponse()

    def watch(self, path: str, accept: str = "application/json") -> Iterator[Any]:
        """The events as they come, until the server ends the watch or the caller closes this."""
        connection = self.connect()
        try:
            for _ in range(TRIES):
                connection.request("GET", path, headers=self.headers(Accept=accept))
                response = connection.getresponse()
                if not self.is_busy(response):
                    break
            if response.status != 200:
                raise AssertionError(f"watch {path}: {response.status}: {response.read()[:500]!r}")
            while line := response.readline():
                yield json.loads(line)
        finally:
            connection.close()

    def must(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        answer = self.request(method, path, body, **options)
        if answer.code >= 400:
            raise AssertionError(f"{method} {path}: {answer.code}: {answer.body}")
        return answer.body


# --- what is expected


class _Word:
    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return self.name


ANY = _Word("ANY")  # it is there, whatever it is
ABSENT = _Word("ABSENT")  # a field that is not there


@dataclass
class Text:
    """A text in which the regular expression is found."""
    pattern: str


@dataclass
class Has:
    """A list with an item like this."""
    item: Any


@dataclass
class Size:
    """A list or an object of so many."""
    count: int


@dataclass
class Only:
    """An object with these fields and no others."""
    fields: dict


@dataclass
class Not:
    """Something else than this."""
    want: Any


def difference(got: Any, want: Any, at: str = "") -> str | None:
    """Where and how `got` is not what is wanted; None: it is."""
    where = at or "."
    if want is ANY:
        return None
    if isinstance(want, Text):
        if isinstance(got, str) and re.search(want.pattern, got):
            return None
        return f"{where}: {got!r} does not match {want.pattern!r}"
    if isinstance(want, Not):
        return f"{where}: is {got!r}" if difference(got, want.want) is None else None
    if isinstance(want, Size):
        return None if len(got) == want.count else f"{where}: {len(got)} instead of {want.count}"
    if isinstance(want, Has):
        found = isinstance(got, list) and any(difference(i, want.item) is None for i in got)
        return None if found else f"{where}: no {want.item!r} in {got!r}"
    if isinstance(want, Only):
        if not isinstance(got, dict) or set(got) - set(want.fields):
            return f"{where}: {got!r} has more than {sorted(want.fields)}"
        want = want.fields
    if isinstance(want, dict):
        return _object_difference(got, want, at)
    if isinstance(want, list):
        return _list_difference(got, want, at)
    same = got == want and isinstance(got, bool) == isinstance(want, bool)
    return None if same else f"{where}: {got!r} instead of {want!r}"


def _object_difference(got: Any, want: dict, at: str) -> str | None:
    if not isinstance(got, dict):
        return f"{at or '.'}: {got!r} is no object"
    for key, value in want.items():
        where = f"{at}.{key}"
        if value is ABSENT:
            if key in got:
                return f"{where}: {got[key]!r} should be absent"
        elif key not in got:
            return f"{where}: absent in {got!r}"
        elif found := difference(got[key], value, where):
            return found
    return None


def _list_difference(got: Any, want: list, at: str) -> str | None:
    if not isinstance(got, list) or len(got) != len(want):
        return f"{at or '.'}: {got!r} instead of {want!r}"
    for i, (g, w) in enumerate(zip(got, want)):
        if found := difference(g, w, f"{at}[{i}]"):
            return found
    return None


# --- cases


@dataclass
class Step:
    method: str
    path: str
    body: Any = None
    query: Mapping[str, object] = field(default_factory=dict)
    type: str = "application/json"
    accept: str = "application/json"
    code: int = 200
    want: Any = None  # of the answer
    warning: str | None = None  # a regular expression; None: no warning at all
    save: Mapping[str, str] = field(default_factory=dict)  # name -> path in the answer
    events: list | None = None  # of a watch: the first ones
    eventually: bool = False  # ask until the answer is as wanted
    check: Callable[[Any], Any] | None = None  # of the answer; to be true


@dataclass
class Case:
    name: str
    steps: tuple[Step, ...]


def case(name: str, *steps: Step) -> Case:
    assert re.fullmatch(r"[A-Za-z0-9 -]+", name), name
    return Case(name.replace(" ", "-"), steps)


def _verb(method: str, code: int) -> Callable[..., Step]:
    def verb(path: str, body: Any = None, *, code: int = code, **options: Any) -> Step:
        return Step(method, path, body, code=code, **options)
    return verb


GET, PUT, DELETE = _verb("GET", 200), _verb("PUT", 200), _verb("DELETE", 200)
POST = _verb("POST", 201)


def PATCH(path: str, body: Any, type: str = MERGE, **options: Any) -> Step:
    return Step("PATCH", path, body, type=type, **options)


def SSA(path: str, body: Any, manager: str = "one", *, force: bool = False,
        query: Mapping[str, object] = {}, **options: Any) -> Step:
    """A server-side apply."""
    more = {"force": "true"} if force else {}
    return Step("PATCH", path, body, type=APPLY, query={"fieldManager": manager, **more, **query},
                **options)


def WATCH(path: str, events: list, accept: str = "application/json", **query: object) -> Step:
    """The first events of a watch, and no others before them."""
    return Step("WATCH", path, query={"watch": "1", "timeoutSeconds": "50", **query},
                events=events, accept=accept)


def status_of(reason: str, message: str | None = None, **more: Any) -> dict:
    """The answer to what fails; `message` is a regular expression."""
    want = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, **more}
    return want | ({"message": Text(message)} if message is not None else {})


def broken(message: str) -> dict:
    """The answer where the server has no reason for its 500; `message` is a regular expression."""
    return {"kind": "Status", "status": "Failure", "code": 500, "reason": ABSENT,
            "message": Text(message)}


def invalid(*causes: tuple[str, str]) -> dict:
    """A 422 with a cause at each of these fields: (field, reason)."""
    return status_of("Invalid", details={"causes": [
        {"field": name, "reason": reason} for name, reason in causes]})


def fields_of(manager: str, operation: str, fields: Any, **more: Any) -> dict:
    """An entry of managedFields with exactly these fields."""
    return {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "time": ANY,
            "fieldsV1": exactly(fields), **more}


def exactly(value: Any) -> Any:
    return Only({k: exactly(v) for k, v in value.items()}) if isinstance(value, dict) else value


def managed(*entries: dict) -> dict:
    """Metadata with these managedFields."""
    return {"metadata": {"managedFields": list(entries)}}


def url_of(path: str, ns: str, query: Mapping[str, object]) -> str:
    if not path.startswith("/"):
        prefix = PREFIXES[re.split(r"[/?]", path)[0]]
        path = f"{prefix}/namespaces/{ns}/{path}"
    if not query:
        return path
    return path + ("&" if "?" in path else "?") + urllib.parse.urlencode(query)


def at_path(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


class Run:
    """A case on a server."""

    def __init__(self, server: Server, ns: str):
        self.server, self.values = server, {"ns": ns}

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            if (whole := re.fullmatch(r"\$(\w+)", value)) and whole[1] in self.values:
                return self.values[whole[1]]
            return re.sub(r"\$(\w+)", lambda m: str(self.values.get(m[1], m[0])), value)
        if isinstance(value, Mapping):
            return {self.fill(k): self.fill(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.fill(v) for v in value]
        if isinstance(value, Text):
            return Text(self.fill(value.pattern))
        if isinstance(value, (Has, Only, Not)):
            return type(value)(*(self.fill(v) for v in vars(value).values()))
        return value

    def step(self, step: Step) -> None:
        url = url_of(self.fill(step.path), self.values["ns"], self.fill(step.query))
        if step.events is not None:
            self.watch(url, self.fill(step.events), step.accept)
        elif step.eventually:
            eventually(lambda: self.ask(step, url) or True, interval=0.02)
        else:
            self.ask(step, url)

    def ask(self, step: Step, url: str) -> None:
        answer = self.server.request(step.method, url, self.fill(step.body), type=step.type,
                                     accept=step.accept, patient=step.code != 429)
        self.compare(step, f"{step.method} {url}", answer)
        for name, path in step.save.items():
            self.values[name] = at_path(answer.body, path)

    def compare(self, step: Step, what: str, answer: Answer) -> None:
        said = json.dumps(answer.body, indent=1)[:4000]
        assert answer.code == step.code, f"{what}: {answer.code} instead of {step.code}\n{said}"
        if step.want is not None:
            found = difference(answer.body, self.fill(step.want))
            assert found is None, f"{what}: {found}\n{said}"
        if step.check is not None:
            assert step.check(answer.body), f"{what}\n{said}"
        warnings = "\n".join(answer.warnings)
        if step.warning is None:
            assert not warnings, f"{what}: {warnings}"
        else:
            assert re.search(step.warning, warnings), f"{what}: warnings {warnings!r}"

    def watch(self, url: str, wanted: list, accept: str) -> None:
        events = self.server.watch(url, accept)
        try:
            for i, want in enumerate(wanted):
                got = next(events, None)
                found = difference(got, want)
                assert found is None, f"watch {url}: event {i}: {found}\n{json.dumps(got)[:3000]}"
        finally:
            events.close()


def check(server: Server, ns: str, steps: Iterable[Step],
          values: Mapping[str, object] = {}) -> None:
    run = Run(server, ns)
    run.values.update(values)
    for step in steps:
        run.step(step)


@contextmanager
def checks_of(server: Server, cases: Iterable[Case],
              new_namespace: Callable[[Server], str]) -> Iterator[dict[str, Future]]:
    """For cases that mostly wait: all at the same time. The outcomes, by the names of the cases."""
    cases = list(cases)

    def run(case: Case) -> None:
        own = server.copy()
        check(own, new_namespace(own), case.steps)
        own.close()
    with ThreadPoolExecutor(max(len(cases), 1)) as pool:
        yield {case.name: pool.submit(run, case) for case in cases}


# --- objects


def config_map(name: str = "a", data: Mapping[str, str] | None = None, **metadata: Any) -> dict:
    return obj("v1", "ConfigMap", name, metadata, **({} if data is None else {"data": dict(data)}))


def widget(name: str = "a", spec: Any = None, **metadata: Any) -> dict:
    return obj(f"{GROUP}/v1", "Widget", name, metadata, **({} if spec is None else {"spec": spec}))


def deployment(name: str = "a", containers: Iterable[dict] = ({"name": "web", "image": "w:1"},),
               replicas: int | None = 0, **metadata: Any) -> dict:
    """With no replicas, so that no controller has anything to do."""
    spec = {"selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}},
                         "spec": {"containers": list(containers)}}}
    if replicas is not None:
        spec["replicas"] = replicas
    return obj("apps/v1", "Deployment", name, metadata, spec=spec)


def obj(version: str, kind: str, name: str | None, metadata: Mapping[str, Any] = {},
        **rest: Any) -> dict:
    named = {} if name is None else {"name": name}
    return {"apiVersion": version, "kind": kind, "metadata": {**named, **metadata}, **rest}


def definition(plural: str, kind: str, schema: Mapping[str, Any] | None = None,
               group: str = GROUP, subresources: Mapping[str, Any] | None = None,
               scope: str = "Namespaced", **version: Any) -> dict:
    """A CustomResourceDefinition; without a schema every field is kept."""
    schema = schema or {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema},
              **({"subresources": subresources} if subresources else {}), **version}
    return obj("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{plural}.{group}", spec={
        "group": group, "scope": scope, "versions": [served],
        "names": {"plural": plural, "singular": kind.lower(), "kind": kind,
                  "listKind": f"{kind}List"}})


def wait_established(server: Server, name: str, timeout_s: float = 30) -> None:
    """Until the API server serves the kind."""
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
    spec = server.must("GET", path)["spec"]
    kind = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
    deadline = time.monotonic() + timeout_s * PATIENCE
    while server.request("GET", kind).code != 200:
        assert time.monotonic() < deadline, f"{name} is not served"
        time.sleep(0.02)
