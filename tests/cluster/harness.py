# SPDX-License-Identifier: Apache-2.0
"""harness: what the cluster tests stand on.

ControlPlane  one etcd and kube-apiserver pair
GitServer     a real Git server over HTTP or HTTPS; Repo is one repository on it
Daemon        one running gitopsd
eventually    polls a condition; app_yaml builds an Application; shared finds outside test data

Everything a class starts lives in the folder that it is given. Nothing here knows pytest's
fixtures (they are in conftest.py), so a script can use these classes as well.
"""

from __future__ import annotations

import base64
import csv
import http.client
import http.server
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping

import pytest
import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class CommandError(Exception):
    """A program ended with another exit code than 0. The message carries its output."""

    def __init__(self, argv: Iterable[object], code: int, stdout: str, stderr: str):
        self.code, self.stdout, self.stderr = code, stdout, stderr
        command = " ".join(str(arg) for arg in argv)
        super().__init__(f"exit code {code}: {command}\n{stderr}{stdout[-2000:]}")


def run(*argv: object, input: str | None = None, timeout: float = 300, **kwargs: Any) -> str:
    """Run a program to its end and return its stdout."""
    result = subprocess.run([str(arg) for arg in argv], input=input, text=True, timeout=timeout,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
    if result.returncode != 0:
        raise CommandError(argv, result.returncode, result.stdout, result.stderr)
    return result.stdout


def eventually(fn: Callable[[], Any], timeout: float = 30, interval: float = 0.1) -> Any:
    """Call fn until it holds, and return what it returned.

    It holds when it raises nothing and returns something true. A function of assertions may return
    None; a lambda may not, because there None is mostly a lookup that found nothing yet.
    """
    deadline = time.monotonic() + timeout
    while True:
        cause: Exception | None = None
        try:
            value = fn()
            if value or (value is None and getattr(fn, "__name__", "") != "<lambda>"):
                return value
            failure = f"returned {value!r}"
        except Exception as e:  # any failure may be a passing one
            cause, failure = e, f"{type(e).__name__}: {e}"
        if time.monotonic() >= deadline:
            raise AssertionError(f"still failing after {timeout} s: {failure}") from cause
        time.sleep(interval)


def free_port() -> int:
    """A loopback port outside the range of outgoing connections: whoever stops listening on it
    for a while finds it free again."""
    while True:
        port = random.randrange(12000, 20000)
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def shared(path: str) -> Path:
    """A file or folder of the test data that is kept beside the clone; skips where it is absent."""
    found = ROOT.parent / "shared" / path
    if not found.exists():
        pytest.skip(f"needs test data outside the repository: ../shared/{path}")
    return found


def gitopsd_program() -> Path:
    """The gitopsd under test: $GITOPSD, or that of build/$GITOPSD_BUILD (release)."""
    if program := os.environ.get("GITOPSD"):
        path = Path(program).resolve()
    else:
        path = ROOT / "build" / os.environ.get("GITOPSD_BUILD", "release") / "bin" / "gitopsd"
    if not path.exists():
        pytest.fail(f"{path} is not built: cmake --preset release && cmake --build --preset release")
    return path


# --- Kubernetes -------------------------------------------------------------------------------


class ApiError(Exception):
    """The API server answered with an error; `code` is the HTTP status, `body` its Status."""

    def __init__(self, what: str, code: int, body: Any):
        self.code, self.body = code, body
        message = body.get("message") if isinstance(body, dict) else body
        super().__init__(f"{what}: {code}: {message}")


class ControlPlane:
    """One etcd and kube-apiserver pair. `up` and `start` return when it is ready."""

    def __init__(self, dir: Path | str, audit: bool = False, args: Iterable[str] = ()):
        self.dir = Path(dir)
        self.audit, self.args = audit, list(args)

    def _script(self, verb: str, *args: str) -> None:
        run(HERE / "control-plane", verb, self.dir, *args)

    def up(self) -> ControlPlane:
        audit = ["--audit"] if self.audit else []
        args = ["--", *self.args] if self.args else []
        self._script("up", *audit, *args)
        return self

    def down(self) -> None:
        self._script("down")

    def stop(self, program: str = "kube-apiserver") -> None:
        """SIGKILL; program may be "etcd". start() brings both back with their data and ports."""
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

    def request(self, method: str, path: str, body: Any = None,
                content_type: str = "application/json") -> Any:
        """One API request without kubectl: a few milliseconds instead of a hundred. `body` is a
        document or text; returns the answer as a document. Raises ApiError from 400 on."""
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        url = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPSConnection(
            url.hostname, url.port, timeout=30,
            context=ssl.create_default_context(cafile=str(self.ca_file)))
        try:
            connection.request(method, path, body, {
                "Authorization": f"Bearer {self.token('admin')}",
                "Content-Type": content_type, "Accept": "application/json"})
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = text
        if response.status >= 400:
            raise ApiError(f"{method} {path}", response.status, answer)
        return answer

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
        """The completed requests of a user (None: of all), with audit=True. A watch shows up when
        it ends. `since` skips what audit_mark() had returned."""
        with open(self.dir / "audit.log", "rb") as f:
            f.seek(since)
            lines = [line for line in f if line.endswith(b"\n")]
        events = [json.loads(line) for line in lines]
        return [e for e in events if (user is None or e["user"]["username"] == user) and
                (verbs is None or e["verb"] in verbs)]

    def audit_mark(self) -> int:
        return (self.dir / "audit.log").stat().st_size

    def rss_kib(self) -> int:
        pids = [line.split()[1] for line in (self.dir / "pids").read_text().splitlines()]
        return sum(process_rss_kib(int(pid)) for pid in pids)


def process_rss_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1])


# --- Git --------------------------------------------------------------------------------------

GIT_ENV = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.com",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.com",
}


def git(*args: object, cwd: Path | None = None, env: Mapping[str, str] = {}) -> str:
    """Run git without the configuration of the person who runs the tests."""
    return run("git", *args, cwd=cwd, env={**GIT_ENV, **env}).strip()


class Repo:
    """A repository on a GitServer, and a work tree to change it from. Every change of history is
    pushed straight into the bare repository: only clients under test cause requests."""

    def __init__(self, server: GitServer, name: str):
        self.server, self.name = server, name
        self.bare = server.dir / "repos" / f"{name}.git"
        self.tree = server.dir / "trees" / name
        git("init", "--quiet", "--bare", "--initial-branch=main", self.bare)
        # As the large hosts have it: any commit may be asked for, partial clones work, push too.
        for key in ("http.receivepack", "uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            git("config", key, "true", cwd=self.bare)
        self.tree.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("remote", "add", "origin", self.bare)

    @property
    def url(self) -> str:
        return self.server.url_of(self.name)

    def git(self, *args: object) -> str:
        return git(*args, cwd=self.tree)

    def write(self, path: str, text: str) -> None:
        file = self.tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def read(self, path: str) -> str:
        return (self.tree / path).read_text()

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace text that must be there."""
        text = self.read(path)
        assert old in text, f"{path} does not contain {old!r}"
        self.write(path, text.replace(old, new))

    def remove(self, path: str) -> None:
        file = self.tree / path
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        else:
            file.unlink()

    def copy_tree(self, src: Path | str, dest: str = ".",
                  replace: Mapping[str, str] = {}) -> None:
        """Copy the content of a folder, with texts replaced: a repoURL, for example."""
        shutil.copytree(src, self.tree / dest, symlinks=True, dirs_exist_ok=True)
        if not replace:
            return
        for file in Path(src).rglob("*"):
            if file.is_file() and not file.is_symlink():
                text = file.read_text()
                for old, new in replace.items():
                    text = text.replace(old, new)
                (self.tree / dest / file.relative_to(src)).write_text(text)

    def commit(self, message: str = "change", push: bool = True) -> str:
        """Commit the work tree as it is, even unchanged; returns the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        if push:
            self.push()
        return self.head()

    def push(self, force: bool = False) -> None:
        self.git("push", "--quiet", *(["--force"] if force else []), "origin", "HEAD")

    def head(self, ref: str = "HEAD") -> str:
        return self.git("rev-parse", f"{ref}^{{commit}}")

    def revert(self, sha: str = "HEAD") -> str:
        self.git("revert", "--no-edit", sha)
        self.push()
        return self.head()

    def reset(self, sha: str) -> str:
        """Take the current branch back to a commit and force-push it."""
        self.git("reset", "--quiet", "--hard", sha)
        self.push(force=True)
        return self.head()

    def checkout(self, branch: str) -> None:
        self.git("checkout", "--quiet", branch)

    def branch(self, name: str, start: str = "HEAD") -> None:
        """Create a branch, push it and stay on it."""
        self.git("checkout", "--quiet", "-b", name, start)
        self.push()

    def tag(self, name: str, ref: str = "HEAD", message: str | None = None, force: bool = False
            ) -> None:
        """A lightweight tag, or an annotated one with a message."""
        flags = (["--force"] if force else []) + (["-m", message] if message else [])
        self.git("tag", *flags, name, ref)
        self.git("push", "--quiet", *(["--force"] if force else []), "origin", f"refs/tags/{name}")

    def delete_ref(self, ref: str) -> None:
        """Delete a branch or tag on the server: refs/heads/NAME or refs/tags/NAME."""
        self.git("push", "--quiet", "origin", "--delete", ref)


@dataclass
class GitRequest:
    method: str
    path: str  # without the query
    query: str
    protocol: str  # the Git-Protocol header
    status: int


class GitServer:
    """`git http-backend` behind an HTTP server on loopback.

    `requests` holds every answered request. With `username`, basic authentication is demanded;
    both it and `password` may be changed at any time. `fault`, when set, is called with the
    request handler before anything else and returns True when it has answered (or dropped) the
    request. `delay_s` holds each answer back.
    """

    def __init__(self, dir: Path | str, https: bool = False, username: str | None = None,
                 password: str = ""):
        self.dir = Path(dir)
        self.https, self.username, self.password = https, username, password
        self.fault: Callable[[http.server.BaseHTTPRequestHandler], bool] | None = None
        self.delay_s = 0.0
        self.requests: list[GitRequest] = []
        self.port: int | None = None
        self._server: _HttpServer | None = None
        (self.dir / "repos").mkdir(parents=True, exist_ok=True)
        if https:
            self._make_certs()

    @property
    def ca_file(self) -> Path:
        return self.dir / "certs" / "ca.crt"

    @property
    def url(self) -> str:
        return f"{'https' if self.https else 'http'}://127.0.0.1:{self.port}"

    def url_of(self, name: str) -> str:
        return f"{self.url}/{name}.git"

    def create(self, name: str) -> Repo:
        return Repo(self, name)

    def count(self, path_part: str = "", method: str | None = None) -> int:
        return sum(path_part in f"{r.path}?{r.query}" and method in (None, r.method)
                   for r in list(self.requests))

    def start(self) -> GitServer:
        """Listen; after stop(), on the same port again."""
        assert self._server is None
        for _ in range(20):
            try:
                self._server = _HttpServer(self, self.port or free_port())
                break
            except OSError:
                if self.port:
                    raise
        assert self._server is not None, "no free port"
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening and cut all connections."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut_connections()
            self._server = None

    def __enter__(self) -> GitServer:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _make_certs(self) -> None:
        certs = self.dir / "certs"
        certs.mkdir()
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        run("openssl", "req", "-x509", *key, "-keyout", certs / "ca.key", "-out", self.ca_file,
            "-days", 3650, "-subj", "/CN=gitopsd test Git CA",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        run("openssl", "req", "-new", *key, "-keyout", certs / "server.key",
            "-out", certs / "server.csr", "-subj", "/CN=git server")
        (certs / "extensions").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n"
                                          "extendedKeyUsage=serverAuth\n")
        run("openssl", "x509", "-req", "-in", certs / "server.csr", "-CA", self.ca_file,
            "-CAkey", certs / "ca.key", "-set_serial", "1", "-days", 3650,
            "-extfile", certs / "extensions", "-out", certs / "server.crt")


class _HttpServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, owner: GitServer, port: int):
        self.owner = owner
        self.lock = threading.Lock()
        self.connections: set[socket.socket] = set()
        self.tls: ssl.SSLContext | None = None
        if owner.https:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(owner.dir / "certs" / "server.crt",
                                     owner.dir / "certs" / "server.key")
        super().__init__(("127.0.0.1", port), _GitHandler)

    def get_request(self):
        connection, address = super().get_request()
        if self.tls:
            # The handshake happens at the first read, in the connection's own thread.
            connection = self.tls.wrap_socket(connection, server_side=True,
                                              do_handshake_on_connect=False)
        with self.lock:
            self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request):
        with self.lock:
            self.connections.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        with self.lock:
            for connection in self.connections:
                try:
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
                except OSError:
                    pass  # gone by itself

    def handle_error(self, request, client_address) -> None:
        pass  # clients that hang up are part of the tests


class _GitHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        owner = self.server.owner
        body = self._read_body()
        if owner.delay_s:
            time.sleep(owner.delay_s)
        if owner.fault and owner.fault(self):
            self._record(0)
        elif not self._is_authorized():
            self._reply(401, {"WWW-Authenticate": 'Basic realm="git"', "Content-Length": "0"}, b"")
        else:
            self._reply(*self._run_backend(body))

    def _record(self, status: int) -> None:
        path, _, query = self.path.partition("?")
        self.server.owner.requests.append(GitRequest(
            self.command, path, query, self.headers.get("Git-Protocol", ""), status))

    def _reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        # Recorded first: a client that has the answer finds the request counted.
        self._record(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _is_authorized(self) -> bool:
        owner = self.server.owner
        if owner.username is None:
            return True
        expected = base64.b64encode(f"{owner.username}:{owner.password}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def _read_body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(chunks)

    def _run_backend(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        owner = self.server.owner
        path, _, query = self.path.partition("?")
        env = {
            **GIT_ENV,
            "GIT_PROJECT_ROOT": str(owner.dir / "repos"),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": urllib.parse.unquote(path),
            "QUERY_STRING": query,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            # The backend unpacks gzip itself and passes the protocol version on.
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        if owner.username is not None:
            env["REMOTE_USER"] = owner.username
        result = subprocess.run(["git", "http-backend"], input=body, env=env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        head, _, content = result.stdout.partition(b"\r\n\r\n")
        headers = {}
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            headers[name] = value.strip()
        status = int(headers.pop("Status", "200").split()[0])
        if result.returncode != 0 and not head:
            status, headers, content = 500, {}, result.stderr
        headers["Content-Length"] = str(len(content))
        return status, headers, content


# --- gitopsd ----------------------------------------------------------------------------------

SANITIZER_REPORT = re.compile(
    r"^.*(ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|SUMMARY: \w+Sanitizer|: runtime error: ).*$",
    re.MULTILINE)


class Daemon:
    """One gitopsd process. It logs in to the cluster as the user `gitopsd`, keeps its state in
    DIR/state and writes everything it prints to DIR/log. Started again, it appends there and
    keeps its port and state."""

    def __init__(self, cluster: ControlPlane | None, dir: Path | str,
                 apps: Iterable[Path | str] = (), args: Iterable[object] = (),
                 poll_interval: str = "1s", env: Mapping[str, str] = {},
                 kubeconfig: Path | None = None):
        self.dir = Path(dir)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.log_file = self.dir / "log"
        self.state_dir = self.dir / "state"
        self.port = free_port()
        self.env = dict(env)
        self.process: subprocess.Popen | None = None
        if kubeconfig is None and cluster is not None:
            kubeconfig = cluster.gitopsd_kubeconfig
        self.argv = [gitopsd_program()]
        if kubeconfig is not None:
            self.argv += ["--kubeconfig", kubeconfig]
        for app in apps:
            self.argv += ["--app", app]
        self.argv += ["--poll-interval", poll_interval, "--listen", f"127.0.0.1:{self.port}",
                      "--state-dir", self.state_dir, *args]

    def start(self, wait: bool = True) -> Daemon:
        """Start it; with `wait`, return when its HTTP server answers."""
        assert not self.is_running()
        env = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1",
               "TSAN_OPTIONS": "halt_on_error=0", **os.environ, **self.env}
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([str(arg) for arg in self.argv], env=env,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            self._wait_for_listener()
        return self

    def _wait_for_listener(self) -> None:
        deadline = time.monotonic() + 30
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

    def stop(self, timeout: float = 10) -> None:
        """SIGTERM; it must end in time, with 0 and without a sanitizer report."""
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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

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


# --- Argo CD objects --------------------------------------------------------------------------


def app_yaml(name: str, repo: Repo | str, path: str = ".", *, revision: str = "HEAD",
             namespace: str = "argocd", dest_namespace: str | None = "default",
             server: str = "https://kubernetes.default.svc", project: str = "default",
             automated: bool = True, prune: bool = False, self_heal: bool = False,
             allow_empty: bool = False, sync_options: Iterable[str] = (),
             retry: Mapping[str, Any] | None = None, directory: Mapping[str, Any] | None = None,
             kustomize: Mapping[str, Any] | None = None,
             ignore_differences: Iterable[Mapping[str, Any]] = (),
             finalizers: Iterable[str] = (), annotations: Mapping[str, str] = {},
             labels: Mapping[str, str] = {}, spec: Mapping[str, Any] = {}) -> str:
    """An Application as YAML text. `spec` is merged over the rest at its top level."""
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    if labels:
        metadata["labels"] = dict(labels)
    if annotations:
        metadata["annotations"] = dict(annotations)
    if finalizers:
        metadata["finalizers"] = list(finalizers)
    source: dict[str, Any] = {"repoURL": repo if isinstance(repo, str) else repo.url,
                              "path": path, "targetRevision": revision}
    if directory is not None:
        source["directory"] = dict(directory)
    if kustomize is not None:
        source["kustomize"] = dict(kustomize)
    destination = {"server": server}
    if dest_namespace is not None:
        destination["namespace"] = dest_namespace
    policy: dict[str, Any] = {}
    if automated:
        flags = {"prune": prune, "selfHeal": self_heal, "allowEmpty": allow_empty}
        policy["automated"] = {key: True for key, value in flags.items() if value}
    if options := list(sync_options):
        policy["syncOptions"] = options
    if retry is not None:
        policy["retry"] = dict(retry)
    body: dict[str, Any] = {"project": project, "source": source, "destination": destination}
    if policy:
        body["syncPolicy"] = policy
    if differences := [dict(d) for d in ignore_differences]:
        body["ignoreDifferences"] = differences
    return yaml.safe_dump({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                           "metadata": metadata, "spec": {**body, **spec}}, sort_keys=False)
