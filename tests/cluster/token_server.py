# SPDX-License-Identifier: Apache-2.0
"""token_server: what GitHub, Google and Azure give out tokens with, on loopback. A token is issued
only for a proof of who asks: assertions are verified by the program openssl."""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from git_server import GitServer
from process import free_port, run

GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
AZURE_SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"


class Refused(Exception):
    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


class Key:
    """An RSA key of two files."""

    def __init__(self, dir: Path, name: str):
        self.private_file, self.public_file = dir / f"{name}.pem", dir / f"{name}.pub"
        dir.mkdir(parents=True, exist_ok=True)
        run("openssl", "genrsa", "-out", self.private_file, 2048)
        run("openssl", "rsa", "-in", self.private_file, "-pubout", "-out", self.public_file)

    @property
    def pem(self) -> str:
        return self.private_file.read_text()


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@dataclass
class Token:
    text: str
    username: str | None  # None: a bearer token
    expires: float


@dataclass
class TokenServer:
    """`apps` are those of GitHub by id, `installations` are theirs by number, with the owners.
    `accounts` are Google's by mail, `principals` Azure's secrets and `workloads` the assertions of
    its federated clients, both by (tenant, client)."""

    dir: Path
    certs: GitServer | None = None  # serve https with its certificate
    lifetime_s: float = 3600
    apps: dict[str, Key] = field(default_factory=dict)
    installations: dict[int, str] = field(default_factory=dict)
    accounts: dict[str, Key] = field(default_factory=dict)
    principals: dict[tuple[str, str], str] = field(default_factory=dict)
    workloads: dict[tuple[str, str], str] = field(default_factory=dict)
    issued: list[Token] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)  # "POST /path STATUS"
    port: int = 0

    def key(self, name: str) -> Key:
        return Key(self.dir, name)

    @property
    def url(self) -> str:
        return f"{'https' if self.certs else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> TokenServer:
        """Listen; after stop(), on the same port again."""
        self.dir.mkdir(parents=True, exist_ok=True)
        self._server = self._listen()
        self.port = self._server.server_address[1]
        self._server.owner = self
        self._server.daemon_threads = True
        self._server.block_on_close = False
        if self.certs:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certs = self.certs.dir / "certs"
            context.load_cert_chain(certs / "server.crt", certs / "server.key")
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                      do_handshake_on_connect=False)
        self._server.handle_error = lambda *args: None
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def _listen(self) -> http.server.ThreadingHTTPServer:
        for _ in range(20):
            try:
                return http.server.ThreadingHTTPServer(("127.0.0.1", self.port or free_port()),
                                                       _Handler)
            except OSError:
                if self.port:
                    raise
        raise AssertionError("no free port")

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> TokenServer:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def revoke(self) -> None:
        """No token that was issued until now is good any more."""
        for token in list(self.issued):
            token.expires = 0

    def accepts(self, authorization: str) -> bool:
        """For GitServer.accepts: is it a token that was issued, and still good?"""
        kind, _, value = authorization.partition(" ")
        if kind == "Basic":
            username, _, text = base64.b64decode(value).decode().partition(":")
        else:
            username, text = None, value
        return any(token.text == text and token.username == username and
                   time.time() < token.expires for token in list(self.issued))

    # What the servers do.

    def answer(self, method: str, url: str, headers: Any, body: bytes) -> Any:
        path = urllib.parse.urlsplit(url).path
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        if path.startswith("/api/v3/app/installations"):
            app = self._github_app(headers)
            if method == "GET":
                return self._github_installations(query)
            return self._github_token(app, path)
        form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
        if headers.get("Content-Type") != "application/x-www-form-urlencoded":
            raise Refused(400, "not a form")
        return self._google(form, url) if path == "/token" else self._azure(form, path)

    def _verified(self, token: str, issuers: dict[str, Key]) -> dict:
        """The claims of an assertion that one of these signed."""
        header, claims, signature = token.split(".")
        content = json.loads(decode(claims))
        if json.loads(decode(header))["alg"] != "RS256":
            raise Refused(401, "not RS256")
        if content["iss"] not in issuers:
            raise Refused(404, "Integration not found")
        proof = self.dir / f"proof-{threading.get_ident()}"
        proof.write_bytes(decode(signature))
        try:
            run("openssl", "dgst", "-sha256", "-verify", issuers[content["iss"]].public_file,
                "-signature", proof, input=f"{header}.{claims}")
        except Exception:
            raise Refused(401, "A JSON web token could not be decoded") from None
        now = time.time()
        if not content["iat"] <= now < content["exp"]:
            raise Refused(401, "'Issued at' claim ('iat') or 'exp' is wrong")
        return content

    def _issue(self, username: str | None) -> Token:
        self.issued.append(Token(f"opensesame-{len(self.issued) + 1}", username,
                                 time.time() + self.lifetime_s))
        return self.issued[-1]

    def _github_app(self, headers: Any) -> str:
        kind, _, token = headers.get("Authorization", "").partition(" ")
        if kind != "Bearer":
            raise Refused(401, "Requires authentication")
        claims = self._verified(token, self.apps)
        if claims["exp"] > time.time() + 600:
            raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
        return claims["iss"]

    def _github_installations(self, query: dict[str, str]) -> list:
        first = (int(query.get("page", 1)) - 1) * int(query.get("per_page", 30))
        page = list(self.installations.items())[first:first + int(query.get("per_page", 30))]
        return [{"id": number, "account": {"login": owner}} for number, owner in page]

    def _github_token(self, app: str, path: str) -> dict:
        number = path.removeprefix("/api/v3/app/installations/").removesuffix("/access_tokens")
        if not path.endswith("/access_tokens") or int(number) not in self.installations:
            raise Refused(404, "Not Found")
        token = self._issue("x-access-token")
        return {"token": token.text, "permissions": {"contents": "read"},
                "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(token.expires))}

    def _google(self, form: dict[str, str], url: str) -> dict:
        if form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            raise Refused(400, "unsupported_grant_type")
        claims = self._verified(form["assertion"], self.accounts)
        if claims["scope"] != GOOGLE_SCOPE or claims["aud"] != f"{self.url}/token":
            raise Refused(400, "invalid_scope")
        if claims["exp"] - claims["iat"] > 3600:
            raise Refused(400, "Invalid JWT: Token must be a short-lived token")
        return {"access_token": self._issue(claims["iss"]).text, "token_type": "Bearer",
                "expires_in": int(self.lifetime_s)}

    def _azure(self, form: dict[str, str], path: str) -> dict:
        tenant = path.split("/")[1]
        client = (tenant, form["client_id"])
        if path != f"/{tenant}/oauth2/v2.0/token" or form["scope"] != AZURE_SCOPE or \
                form["grant_type"] != "client_credentials":
            raise Refused(404, "no such endpoint or scope")
        if "client_assertion" in form:
            right = (form["client_assertion_type"] ==
                     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" and
                     self.workloads.get(client) == form["client_assertion"])
        else:
            right = self.principals.get(client) == form["client_secret"]
        if not right:
            number = len(self.requests)
            raise Refused(401, "AADSTS7000215: Invalid client secret provided. Trace ID: "
                               f"{number} Timestamp: {time.time()}")
        return {"access_token": self._issue(None).text, "token_type": "Bearer",
                "expires_in": int(self.lifetime_s)}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        owner = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status = 201 if "access_tokens" in self.path else 200
        try:
            answer = owner.answer(self.command, self.path, self.headers, body)
        except Refused as refused:
            status = refused.status
            answer = {"message": str(refused)} if "/app/" in self.path else \
                {"error": "invalid_client", "error_description": str(refused)}
        owner.requests.append(f"{self.command} {self.path} {status}")
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
