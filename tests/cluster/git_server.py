# SPDX-License-Identifier: Apache-2.0
"""git_server: a real Git server on loopback, and repositories to serve."""

from __future__ import annotations

import base64
import http.server
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Mapping

from process import free_port, run

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
    both it and `password` may be changed at any time; with `accepts`, that decides by the
    Authorization header. `fault`, when set, is called with the
    request handler before anything else and returns True when it has answered (or dropped) the
    request. `delay_s` holds each answer back.
    """

    def __init__(self, dir: Path | str, https: bool = False, username: str | None = None,
                 password: str = ""):
        self.dir = Path(dir)
        self.https, self.username, self.password = https, username, password
        self.accepts: Callable[[str], bool] | None = None
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
        if owner.accepts:
            return owner.accepts(self.headers.get("Authorization", ""))
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
