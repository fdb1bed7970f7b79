# SPDX-License-Identifier: Apache-2.0
"""control_plane: one etcd and kube-apiserver pair, driven through the script control-plane."""

from __future__ import annotations

import csv
import http.client
import json
import secrets
import ssl
import time
import urllib.parse
from pathlib import Path
from typing import Any, Iterable, Mapping

import yaml

from process import HERE, process_rss_kib, run

BUSY_TRIES = 60


def is_busy(response: http.client.HTTPResponse) -> bool:
    """Did the API server ask for patience? Then it has waited as long as it was told to. What has
    been defined or started a moment ago is answered so, and client-go repeats it, too."""
    if response.status != 429 or not (seconds := response.getheader("Retry-After")):
        return False
    time.sleep(float(seconds))
    return True


class ApiError(Exception):
    """The API server answered with an error; `code` is the HTTP status, `body` its Status."""

    def __init__(self, what: str, code: int, body: Any):
        self.code, self.body = code, body
        message = body.get("message") if isinstance(body, dict) else body
        super().__init__(f"{what}: {code}: {message}")


class ControlPlane:
    """One etcd and kube-apiserver pair. `up` and `start` return when it is ready. With `full` there
    are controllers and a simulated Node beside it, and always an audit log."""

    headers: Mapping[str, str] = {}  # of each request(), besides its own

    def __init__(self, dir: Path | str, audit: bool = False, args: Iterable[str] = (),
                 full: bool = False):
        self.dir = Path(dir)
        self.audit, self.full, self.args = audit, full, list(args)

    def _script(self, verb: str, *args: str) -> None:
        run(HERE / "control-plane", verb, self.dir, *args)

    def up(self) -> ControlPlane:
        options = ["--full"] if self.full else ["--audit"] if self.audit else []
        args = ["--", *self.args] if self.args else []
        self._script("up", *options, *args)
        return self

    def down(self) -> None:
        self._script("down")

    def stop(self, program: str = "kube-apiserver") -> None:
        """SIGKILL; program may be "etcd" or a controller. start() brings all back with their data
        and ports."""
        self._script("stop", program)

    def start(self) -> None:
        self._script("start")

    def __enter__(self) -> ControlPlane:
        return self.up()

    def __exit__(self, *exc: object) -> None:
        self.down()

    @property
    def kubeconfig(self) -> Path:
        """Logs in as `admin`, the user of kubectl() and request()."""
        return self.dir / "kubeconfig"

    @property
    def gitopsd_kubeconfig(self) -> Path:
        """Logs in as `gitopsd`, the user of a Daemon."""
        return self.dir / "gitopsd.kubeconfig"

    @property
    def context(self) -> str:
        return self.dir.name

    @property
    def url(self) -> str:
        return yaml.safe_load(self.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]

    @property
    def ca_file(self) -> Path:
        return self.dir / "certs" / "ca.crt"

    def kubectl(self, *args: object, input: str | None = None) -> str:
        return run(HERE / "kubectl", f"--kubeconfig={self.kubeconfig}",
                   f"--cache-dir={self.dir / 'kubectl-cache'}", *args, input=input)

    def kubectl_json(self, *args: object, input: str | None = None) -> Any:
        return json.loads(self.kubectl(*args, "-o", "json", input=input))

    def apply(self, text: str, *args: object) -> str:
        return self.kubectl("apply", "-f", "-", *args, input=text)

    def connect(self) -> http.client.HTTPConnection:
        url = urllib.parse.urlsplit(self.url)
        return http.client.HTTPSConnection(
            url.hostname, url.port, timeout=120,
            context=ssl.create_default_context(cafile=str(self.ca_file)))

    def request(self, method: str, path: str, body: Any = None,
                content_type: str = "application/json") -> Any:
        """One API request without kubectl: a few milliseconds instead of a hundred. `body` is a
        document or text; returns the answer as a document. Raises ApiError from 400 on. Where the
        API server asks for patience, it is asked again."""
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        for _ in range(BUSY_TRIES):
            response, text = self._send(method, path, body, content_type)
            if not is_busy(response):
                break
        try:
            answer = json.loads(text)
        except ValueError:
            answer = text
        if response.status >= 400:
            raise ApiError(f"{method} {path}", response.status, answer)
        return answer

    def _send(self, method: str, path: str, body: str | None,
              content_type: str) -> tuple[http.client.HTTPResponse, str]:
        connection = self.connect()
        try:
            connection.request(method, path, body, {
                "Authorization": f"Bearer {self.token('admin')}", **self.headers,
                "Content-Type": content_type, "Accept": "application/json"})
            response = connection.getresponse()
            return response, response.read().decode()
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        return self.request("GET", path)

    def exists(self, path: str) -> bool:
        try:
            self.get(path)
        except ApiError as e:
            if e.code == 404:
                return False
            raise
        return True

    def merge_patch(self, path: str, body: Any) -> Any:
        return self.request("PATCH", path, body, "application/merge-patch+json")

    def may(self, user: str, verb: str, resource: str, group: str = "",
            namespace: str = "", name: str = "") -> bool:
        """Does the API server grant it by now? What it knows of roles is a moment behind them."""
        review = self.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
                "user": user, "resourceAttributes": {
                    "verb": verb, "resource": resource, "group": group, "namespace": namespace,
                    "name": name}}})
        return review["status"]["allowed"]

    def finalize_namespace(self, name: str) -> None:
        """End the deletion of a namespace, which is the work of a controller manager. Its content
        stays behind, so delete that first."""
        self.request("PUT", f"/api/v1/namespaces/{name}/finalize",
                     {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
                      "spec": {"finalizers": []}})

    def token(self, user: str) -> str:
        with open(self.dir / "tokens.csv", newline="") as f:
            return next(row[0] for row in csv.reader(f) if row[1] == user)

    def rotate_token(self, user: str = "gitopsd", update_kubeconfig: bool = True) -> str:
        """Give a user a new token and restart the API server, which reads tokens only then. The
        old one is refused from there on."""
        new, old = secrets.token_hex(16), self.token(user)
        files = [self.dir / "tokens.csv"]
        if update_kubeconfig:
            files.append(self.kubeconfig if user == "admin" else self.gitopsd_kubeconfig)
        for path in files:
            replacement = path.with_suffix(".new")
            replacement.touch(mode=0o600)
            replacement.write_text(path.read_text().replace(old, new))
            replacement.replace(path)
        self.stop()
        self.start()
        return new

    def audit_events(self, user: str | None = "gitopsd", verbs: Iterable[str] | None = None,
                     since: int = 0) -> list[dict]:
        """The completed requests of a user (None: of all) in the order in which they came, with
        audit=True. A watch shows up when it ends; anything, a moment after its answer. `since` skips
        what audit_mark() had returned."""
        with open(self.dir / "audit.log", "rb") as f:
            f.seek(since)
            lines = [line for line in f if line.endswith(b"\n")]
        # They are written by threads of the API server, in any order.
        events = sorted((json.loads(line) for line in lines),
                        key=lambda e: e.get("requestReceivedTimestamp", ""))
        return [e for e in events if (user is None or e["user"]["username"] == user) and
                (verbs is None or e["verb"] in verbs)]

    def audit_mark(self) -> int:
        return (self.dir / "audit.log").stat().st_size

    def rss_kib(self) -> int:
        pids = [line.split()[1] for line in (self.dir / "pids").read_text().splitlines()]
        return sum(process_rss_kib(int(pid)) for pid in pids)
