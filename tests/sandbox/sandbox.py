# SPDX-License-Identifier: Apache-2.0
"""sandbox: one in-memory API server, for tests that need no real one. Used like a ControlPlane."""

from __future__ import annotations

import base64
import http.client
import json
import signal
import ssl
import subprocess
import sys
import urllib.parse
from pathlib import Path
from typing import Any, Iterable, Mapping

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cluster"))

from control_plane import ControlPlane  # noqa: E402  (needs the path above)
from gitopsd import built_program  # noqa: E402
from process import free_port  # noqa: E402


def sandbox_program() -> Path:
    return built_program("sandbox", "GITOPSD_SANDBOX")


class Sandbox(ControlPlane):
    """One process. Its data is gone when it ends: `stop` and `start` begin anew, on the same port.
    A token is asked for where one is given; kubectl sends it by TLS alone."""

    headers = {"User-Agent": "test/1.0"}

    def __init__(self, dir: Path | str, tls: bool = False, token: str = "",
                 audit: bool = False, faults: Iterable[Mapping[str, Any]] = (), controllers: bool = True,
                 args: Iterable[str] = ()):
        super().__init__(dir, audit)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.tls, self._token, self.args = tls, token, list(args)
        self._faults, self.controllers = list(faults), controllers
        # Not a port of the range of outgoing connections, which somebody could be given while
        # it is stopped.
        self._listen, self._process = f"127.0.0.1:{free_port()}", None

    @property
    def log_file(self) -> Path:
        return self.dir / "sandbox.log"

    @property
    def gitopsd_kubeconfig(self) -> Path:
        """Without a token of its own, the sandbox takes its name for one."""
        path = self.dir / "gitopsd.kubeconfig"
        text = self.kubeconfig.read_text()
        path.write_text(text if self._token else text.replace('token: "sandbox"', 'token: "gitopsd"'))
        return path

    @property
    def url(self) -> str:
        return self._url

    def up(self) -> Sandbox:
        argv = [sandbox_program(), "--listen", self._listen, "--kubeconfig", self.kubeconfig,
                "--context", self.context, *self.args]
        argv += ["--token", self._token] if self._token else []
        argv += ["--audit", self.dir / "audit.log"] if self.audit else []
        argv += ["--tls"] if self.tls else []
        argv += [] if self.controllers else ["--no-controllers"]
        argv += ["--faults", json.dumps(self._faults)] if self._faults else []
        with open(self.log_file, "a") as log:
            self._process = subprocess.Popen([str(arg) for arg in argv], stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=log, text=True)
        line = self._process.stdout.readline()
        if not line.startswith("ready "):
            self._process.wait()
            self._process.stdout.close()
            raise AssertionError(f"the sandbox did not start: {self.log_file.read_text()}")
        self._url = line.split()[1]
        self._listen = urllib.parse.urlsplit(self._url).netloc
        return self

    start = up

    def stop(self, program: str = "kube-apiserver") -> None:
        """As a machine that loses its power."""
        self._process.kill()
        self._process.wait()

    def down(self) -> None:
        """Must end cleanly: with exit code 0, and with nothing that a sanitizer has to say."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=60)
        self._process.stdout.close()
        assert code in (0, -signal.SIGKILL), \
            f"the sandbox ended with {code}: {self.log_file.read_text()[-4000:]}"

    def token(self, user: str = "admin") -> str:
        return self._token or user

    def connect(self) -> http.client.HTTPConnection:
        url = urllib.parse.urlsplit(self.url)
        if not self.tls:
            return http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        cluster = yaml.safe_load(self.kubeconfig.read_text())["clusters"][0]["cluster"]
        context = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        return http.client.HTTPSConnection(url.hostname, url.port, timeout=60, context=context)

    # --- what goes wrong on demand: docs/sandbox.md

    def set_faults(self, *rules: Mapping[str, Any]) -> None:
        self.request("PUT", "/sandbox/faults", list(rules))

    def struck(self) -> list[int]:
        """How often each rule struck."""
        return [rule["struck"] for rule in self.get("/sandbox/faults")]

    def end_watches(self, how: str = "close", plural: str | None = None) -> int:
        """how: close, break or expire. Returns how many ended."""
        query = f"?plural={plural}" if plural else ""
        return self.request("POST", f"/sandbox/watches/{how}{query}")["watches"]

    def compact(self) -> None:
        """Forget the history: versions from before are too old."""
        self.request("POST", "/sandbox/compact")
