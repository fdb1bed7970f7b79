# SPDX-License-Identifier: Apache-2.0
"""lying_proxy: an HTTP/1.1 proxy in front of an API server that does to watches and lists what a
broken load balancer, a stale cache or an overloaded server does.

`faults` holds the names of what it does now:
  stall      nothing more comes through a watch, and it stays open
  drop       every second event of a watch is lost
  duplicate  every event comes twice
  replay     every event is followed by the one before it
  reorder    two events at a time, the later one first
  truncate   an event is cut in its middle, and the connection closed
  cut        a watch is closed before its next event
  delay      every answer waits 300 ms
  expired    watches and lists are answered 410
  busy       they are answered 429 with Retry-After
  error      they are answered 500
  old-list   a list is answered as it was the first time
  hold       nothing is answered (not in FAULTS: no client waits for that)
These, of SILENCES, are about all requests, and last longer than any client waits:
  mute       nothing is answered
  half       answers and events end in their middle, and the connection stays open
  drip       answers and events come a byte at a time
These, of OUTAGES, too:
  forbid     all are answered 403, as when rights were taken away
  no-space   writes are answered 500, as where the disk of etcd is full
Otherwise writes and the reading of single objects are never touched; `deletes` holds the paths of
all DELETEs, `writes` counts all writes by path."""

from __future__ import annotations

import collections
import contextlib
import http.client
import json
import socketserver
import ssl
import threading
import time
import urllib.parse
from pathlib import Path

import yaml

from control_plane import ControlPlane

FAULTS = ("stall", "drop", "duplicate", "replay", "reorder", "truncate", "cut", "delay", "expired",
          "busy", "error", "old-list")
SILENCES = ("mute", "half", "drip")
DRIP_S = 0.25
REFUSALS = {"expired": (410, "Expired", {}), "busy": (429, "TooManyRequests", {"Retry-After": "1"}),
            "error": (500, "InternalError", {})}
OUTAGES = {"forbid": (403, "Forbidden", "gitopsd cannot do this any more"),
           "no-space": (500, "Unknown", "etcdserver: mvcc: database space exceeded")}


class Closed(Exception):
    """The proxy ends the connection."""


class LyingProxy:
    """Lies about the collection `lies_about` (the end of its path), and about nothing else."""

    def __init__(self, cluster: ControlPlane, dir: Path, lies_about: str = "/configmaps"):
        self.cluster, self.lies_about = cluster, lies_about
        self.faults: set[str] = set()
        self.told: collections.Counter[str] = collections.Counter()
        self.watches = 0  # that were asked for
        self.deletes: list[str] = []
        self.writes: collections.Counter[str] = collections.Counter()
        self.first_lists: dict[str, tuple[int, list, bytes]] = {}
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, Closed, ValueError, http.client.HTTPException):
                    while proxy._serve(self.rfile, self.wfile):
                        pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 512

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        config = yaml.safe_load(cluster.gitopsd_kubeconfig.read_text())
        config["clusters"][0]["cluster"] = {
            "server": f"http://127.0.0.1:{self.server.server_address[1]}"}
        self.kubeconfig = dir / "lying.kubeconfig"
        self.kubeconfig.write_text(yaml.safe_dump(config))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _upstream(self) -> http.client.HTTPSConnection:
        url = urllib.parse.urlsplit(self.cluster.url)
        return http.client.HTTPSConnection(
            url.hostname, url.port, timeout=600,
            context=ssl.create_default_context(cafile=str(self.cluster.ca_file)))

    def _serve(self, rfile, wfile) -> bool:
        """One request; false at the end of the connection."""
        line = rfile.readline().decode()
        if not line:
            return False
        method, target, _ = line.split(" ")
        headers = {}
        while (line := rfile.readline().decode().strip()):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = rfile.read(int(headers.pop("content-length", 0)))
        for name in ("host", "connection", "transfer-encoding", "expect"):
            headers.pop(name, None)
        path, _, query = target.partition("?")
        is_ours = method == "GET" and path.endswith(self.lies_about)
        if method not in ("GET", "HEAD"):
            self.writes[path] += 1
        if method == "DELETE":
            self.deletes.append(path)
        self.watches += "watch=true" in query
        if "delay" in self.faults:
            self.told["delay"] += 1
            time.sleep(0.3)
        while "mute" in self.faults or (is_ours and "hold" in self.faults):
            time.sleep(0.05)
        if (is_ours and self._refuse(wfile)) or self._is_out(wfile, method):
            return True
        upstream = self._upstream()
        try:
            upstream.request(method, target, body or None, headers)
            response = upstream.getresponse()
            if "watch=true" in query:
                self._stream(response, wfile, is_ours)
                return False
            answer = (response.status, response.getheaders(), response.read())
        finally:
            upstream.close()
        if is_ours and response.status == 200:
            answer = self._list(target, answer)
        self._answer(wfile, *answer)
        return True

    def _refuse(self, wfile) -> bool:
        for fault, (code, reason, headers) in REFUSALS.items():
            if fault in self.faults:
                self._answer_status(wfile, fault, code, reason, f"a lie: {reason}", headers)
                return True
        return False

    def _is_out(self, wfile, method: str) -> bool:
        for fault, (code, reason, message) in OUTAGES.items():
            if fault in self.faults and (fault != "no-space" or method not in ("GET", "HEAD")):
                self._answer_status(wfile, fault, code, reason, message, {})
                return True
        return False

    def _answer_status(self, wfile, fault: str, code: int, reason: str, message: str,
                       headers: dict) -> None:
        self.told[fault] += 1
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "code": code,
                  "status": "Failure", "reason": reason, "message": message}
        self._answer(wfile, code, [("Content-Type", "application/json"), *headers.items()],
                     json.dumps(status).encode())

    def _list(self, target: str, answer: tuple) -> tuple:
        first = self.first_lists.setdefault(target, answer)
        if "old-list" not in self.faults:
            return answer
        self.told["old-list"] += first is not answer
        return first

    def _send(self, wfile, data: bytes) -> None:
        """Data, or as much of it as the silence lets through before it ends; then the connection
        is closed, because what was asked for is known to have failed."""
        silent = self.faults.intersection(SILENCES)
        if silent:
            self.told[min(silent)] += 1
        for byte in data if "drip" in silent else b"":
            wfile.write(bytes([byte]))
            wfile.flush()
            time.sleep(DRIP_S)
            if "drip" not in self.faults:
                raise Closed
        if "drip" not in silent:
            wfile.write(data[:len(data) // 2] if silent else data)
            wfile.flush()
        while silent and silent & self.faults:
            time.sleep(0.05)
        if silent:
            raise Closed

    def _answer(self, wfile, status: int, headers: list, body: bytes) -> None:
        skipped = ("transfer-encoding", "content-length", "connection")
        lines = [f"HTTP/1.1 {status} X",
                 *(f"{k}: {v}" for k, v in headers if k.lower() not in skipped),
                 f"Content-Length: {len(body)}", "", ""]
        wfile.write("\r\n".join(lines).encode())
        self._send(wfile, body)

    def _stream(self, response, wfile, is_ours: bool) -> None:
        wfile.write((f"HTTP/1.1 {response.status} X\r\nContent-Type: application/json\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n").encode())
        wfile.flush()
        liar = Liar(self)
        while (line := response.readline()):
            for data in liar.lie(line) if is_ours else [line]:
                self._chunk(wfile, data)
        self._chunk(wfile, b"")

    def _chunk(self, wfile, data: bytes) -> None:
        wfile.write(f"{len(data):x}\r\n".encode())
        self._send(wfile, data + b"\r\n")


class Liar:
    """The lies of one watch."""

    def __init__(self, proxy: LyingProxy):
        self.proxy = proxy
        self.count = 0
        self.last: bytes | None = None
        self.held: bytes | None = None

    def lie(self, line: bytes):
        faults = self.proxy.faults
        if b'"BOOKMARK"' in line[:40]:
            return [] if "stall" in faults else [line]
        self.count += 1
        last, self.last = self.last, line
        chosen = next((f for f in ("stall", "cut", "truncate", "drop", "duplicate", "replay",
                                   "reorder") if f in faults), None)
        return getattr(self, f"_{chosen}")(line, last) if chosen else self._honest(line)

    def _honest(self, line):
        held, self.held = self.held, None
        return [held, line] if held else [line]

    def _tell(self, fault):
        self.proxy.told[fault] += 1

    def _stall(self, line, last):
        self._tell("stall")
        return []

    def _cut(self, line, last):
        self._tell("cut")
        raise Closed

    def _truncate(self, line, last):
        return TruncatedLine(line, self)

    def _drop(self, line, last):
        if self.count % 2:
            return [line]
        self._tell("drop")
        return []

    def _duplicate(self, line, last):
        self._tell("duplicate")
        return [line, line]

    def _replay(self, line, last):
        self._tell("replay")
        return [line, last] if last else [line]

    def _reorder(self, line, last):
        if self.held is None:
            self.held = line
            return []
        self._tell("reorder")
        held, self.held = self.held, None
        return [line, held]


class TruncatedLine:
    """Half a line, and then the end of the connection."""

    def __init__(self, line: bytes, liar: Liar):
        self.line, self.liar = line, liar

    def __iter__(self):
        yield self.line[:len(self.line) // 2]
        self.liar._tell("truncate")
        raise Closed
