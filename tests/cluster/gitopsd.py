# SPDX-License-Identifier: Apache-2.0
"""gitopsd: one running daemon, the program under test."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Iterable, Mapping

import pytest

from control_plane import ControlPlane
from process import PATIENCE, ROOT, free_port, process_rss_kib

SANITIZER_REPORT = re.compile(
    r"^.*(ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|SUMMARY: \w+Sanitizer|: runtime error: ).*$",
    re.MULTILINE)


def built_program(name: str, variable: str) -> Path:
    """The program under test: $VARIABLE, or that of build/$GITOPSD_BUILD (release)."""
    if program := os.environ.get(variable):
        path = Path(program).resolve()
    else:
        path = ROOT / "build" / os.environ.get("GITOPSD_BUILD", "release") / "bin" / name
    if not path.exists():
        pytest.fail(f"{path} is not built: "
                    "cmake --preset release && cmake --build --preset release")
    return path


def gitopsd_program() -> Path:
    return built_program("gitopsd", "GITOPSD")


LOGFMT_PAIR = re.compile(r'([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s="]*)(?: |$)')


def parse_logfmt(line: str) -> dict[str, str]:
    """One line of the log; fails when it is not logfmt from end to end."""
    line = line.rstrip("\n")
    pairs, end = {}, 0
    while end < len(line):
        match = LOGFMT_PAIR.match(line, end)
        assert match, f"not logfmt at column {end + 1}: {line!r}"
        key, value = match[1], match[2]
        assert key not in pairs, f"{key} appears twice: {line!r}"
        pairs[key] = json.loads(value) if value.startswith('"') else value
        end = match.end()
    return pairs


class Daemon:
    """One gitopsd process. It logs in to the cluster as the user `gitopsd`, keeps its state in
    DIR/state and writes everything it prints to DIR/log. Started again, it appends there and
    keeps its port and state. `under` is the start of a command line that runs it. Tests share
    clusters, so that there is no election unless `args` ask for it."""

    def __init__(self, cluster: ControlPlane | None, dir: Path | str,
                 apps: Iterable[Path | str] = (), args: Iterable[object] = (),
                 poll_interval: str = "1s", env: Mapping[str, str] = {},
                 kubeconfig: Path | None = None, under: Iterable[object] = ()):
        self.dir = Path(dir)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.log_file = self.dir / "log"
        self.state_dir = self.dir / "state"
        self.port = free_port()
        self.env = dict(env)
        self.process: subprocess.Popen | None = None
        if kubeconfig is None and cluster is not None:
            kubeconfig = cluster.gitopsd_kubeconfig
        self.argv = [*under, gitopsd_program()]
        if kubeconfig is not None:
            self.argv += ["--kubeconfig", kubeconfig]
        for app in apps:
            self.argv += ["--app", app]
        self.argv += ["--poll-interval", poll_interval, "--listen", f"127.0.0.1:{self.port}",
                      "--state-dir", self.state_dir, "--leader-elect", "off",
                      "--config", os.devnull, *args]

    def start(self, wait: bool = True) -> Daemon:
        """Start it; with `wait`, return when its HTTP server answers."""
        assert not self.is_running()
        env = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1",
               "TSAN_OPTIONS": "halt_on_error=0", **os.environ, **self.env}
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([str(arg) for arg in self.argv], env=env,
                                            cwd=self.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            self._wait_for_listener()
        return self

    def _wait_for_listener(self) -> None:
        deadline = time.monotonic() + 60 * PATIENCE
        while True:
            if self.process.poll() is not None:
                raise AssertionError(f"gitopsd ended with {self.process.returncode}\n{self.tail()}")
            try:
                self.http("GET", "/metrics")
                return
            except OSError:
                if time.monotonic() >= deadline:
                    self.kill()
                    raise AssertionError(f"gitopsd does not listen\n{self.tail()}") from None
                time.sleep(0.02)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout: float = 20) -> None:
        """SIGTERM; it must end in time, with 0 and without a sanitizer report."""
        timeout *= PATIENCE
        assert self.process is not None, "was never started"
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"gitopsd did not stop in {timeout} s\n{self.tail()}") from None
        self.assert_clean()
        assert code == 0, f"gitopsd ended with {code}\n{self.tail()}"

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def assert_clean(self) -> None:
        report = SANITIZER_REPORT.search(self.log())
        assert not report, f"{report[0]}\n{self.log()[report.start():][:6000]}"

    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log().splitlines()[-lines:])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def http(self, method: str, path: str, body: str | bytes | None = None,
             headers: Mapping[str, str] = {}) -> tuple[int, str]:
        """One request to its HTTP server: status and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def applications(self) -> list[dict]:
        status, text = self.http("GET", "/api/v1/applications")
        assert status == 200, f"/api/v1/applications: {status}: {text}"
        return json.loads(text)["items"]

    def application(self, name: str) -> dict:
        """One application as the daemon tells it over HTTP."""
        return next(a for a in self.applications() if a["metadata"]["name"] == name)

    def events(self, msg: str | None = None, since: int = 0) -> list[dict[str, str]]:
        """The lines of its log (in logfmt) as dicts: all, or those of one msg. `since` skips what
        log_mark() had returned. Lines in the middle of being written are left out."""
        events = [parse_logfmt(line) for line in self.whole_lines(since) if line.startswith("time=")]
        return [e for e in events if msg is None or e["msg"] == msg]

    def whole_lines(self, since: int = 0) -> list[str]:
        with open(self.log_file, "rb") as f:
            f.seek(since)
            return [line.decode(errors="replace") for line in f if line.endswith(b"\n")]

    def log_mark(self) -> int:
        return self.log_file.stat().st_size if self.log_file.exists() else 0

    def metrics(self) -> dict[str, float]:
        """/metrics as {'name{label="value"}': number}."""
        status, text = self.http("GET", "/metrics")
        assert status == 200, f"/metrics: {status}: {text}"
        samples = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                match = re.fullmatch(r"([\w:]+(?:\{.*\})?)\s+(\S+)(?:\s+-?\d+)?", line)
                assert match, f"/metrics: not a sample: {line!r}"
                samples[match[1]] = float(match[2])
        return samples

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over the samples that carry these labels."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(value for sample, value in self.metrics().items()
                   if sample.partition("{")[0] == name and all(w in sample for w in wanted))

    def rss_kib(self) -> int:
        return process_rss_kib(self.process.pid)

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
