# SPDX-License-Identifier: Apache-2.0
"""The program compare-one, which says what gitopsd thinks of two documents, and what it needs."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
import urllib.parse
from pathlib import Path
from typing import Any, Iterable

from control_plane import BUSY_TRIES, is_busy
from gitopsd import gitopsd_program
from harness import ApiError, ControlPlane, eventually

APPLY = "application/apply-patch+yaml"


class Connection:
    """One connection to the API server, kept open: thousands of requests."""

    def __init__(self, cluster: ControlPlane):
        url = urllib.parse.urlsplit(cluster.url)
        self.http = http.client.HTTPSConnection(
            url.hostname, url.port, timeout=60,
            context=ssl.create_default_context(cafile=str(cluster.ca_file)))
        self.token = cluster.token("admin")

    def request(self, method: str, path: str, body: Any = None,
                content_type: str = "application/json") -> Any:
        # The server reads an applied body as YAML, which has no surrogate pairs.
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        for _ in range(BUSY_TRIES):
            self.http.request(method, path, data, {
                "Authorization": f"Bearer {self.token}", "Content-Type": content_type,
                "Accept": "application/json"})
            response = self.http.getresponse()
            answer = json.loads(response.read())
            if not is_busy(response):
                break
        if response.status >= 400:
            raise ApiError(f"{method} {path}", response.status, answer)
        return answer


class CompareOne:
    """The program compare-one, with the schemas that the server publishes."""

    def __init__(self, schemas: list[Path]):
        program = gitopsd_program().parent / "compare-one"
        if os.environ.get("COMPARE_UNTYPED"):  # by hand: as if nothing were known of the kinds
            schemas = []
        self.process = subprocess.Popen([program, *schemas], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, **line: Any) -> dict:
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(timeout=30) == 0


def fetch_schemas(cluster: ControlPlane, groups: Iterable[str], folder: Path) -> list[Path]:
    """The OpenAPI v3 documents of these group versions."""
    files = []
    for group in sorted(set(groups)):
        path = f"/openapi/v3/{'apis' if '/' in group else 'api'}/{group}"
        files.append(folder / (group.replace("/", "_") + ".json"))
        files[-1].write_text(json.dumps(eventually(lambda: cluster.get(path))))
    return files
