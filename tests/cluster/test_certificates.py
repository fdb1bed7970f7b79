# SPDX-License-Identifier: Apache-2.0
"""Servers with a certificate that a trusted CA signed, and that is not theirs, or not any more: no
credential is sent to them, be it Git or the API server, and the certificate is named as the reason."""

import base64
import contextlib
import http.server
import re
import ssl
import threading

import pytest
import yaml

from harness import Daemon, eventually, run
from test_trust import CONFIG_MAPS

# The names in the certificate, and from when to when it is valid.
CERTIFICATES = {
    "good": ("DNS:localhost", "20200101000000Z", "20400101000000Z"),
    "of-another-host": ("DNS:git.example.com", "20200101000000Z", "20400101000000Z"),
    "of-another-address": ("IP:127.0.0.2", "20200101000000Z", "20400101000000Z"),
    "expired": ("DNS:localhost,IP:127.0.0.1", "20200101000000Z", "20210101000000Z"),
    "not-yet-valid": ("DNS:localhost,IP:127.0.0.1", "20390101000000Z", "20400101000000Z"),
}
CA_CONFIG = """
[ca]
default_ca = own
[own]
dir = .
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A directory with ca.crt, and NAME.crt and NAME.key of each."""
    dir = tmp_path_factory.mktemp("certificates")
    (dir / "index").touch()
    (dir / "config").write_text(CA_CONFIG)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    run("openssl", "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-days", 3650,
        "-subj", "/CN=a trusted CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign", cwd=dir)
    for name, (names, start, end) in CERTIFICATES.items():
        run("openssl", "req", "-new", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}", cwd=dir)
        run("openssl", "ca", "-batch", "-notext", "-config", "config", "-cert", "ca.crt",
            "-keyfile", "ca.key", "-in", f"{name}.csr", "-out", f"{name}.crt",
            "-startdate", start, "-enddate", end, cwd=dir)
    return dir


class Server:
    """A TLS server with one of the certificates; `heard` holds the Authorization headers, `met`
    counts the connections."""

    def __init__(self, dir, name):
        self.heard: list[str] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.heard.append(self.headers.get("Authorization", ""))
                self.send_response(401 if not server.heard[-1] else 404)
                self.send_header("WWW-Authenticate", "Basic realm=x")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(dir / f"{name}.crt", dir / f"{name}.key")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.server.handle_error = lambda *args: None
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def servers(certificates):
    with contextlib.ExitStack() as stack:
        made = {name: Server(certificates, name) for name in CERTIFICATES}
        for server in made.values():
            stack.callback(server.close)
        yield made


def host_of(name):
    return "127.0.0.1" if name == "of-another-address" else "localhost"


def test_git(world, certificates, servers, secret):
    ca = (certificates / "ca.crt").read_text()
    world.cluster.request("POST", CONFIG_MAPS, {"metadata": {"name": "argocd-tls-certs-cm"},
                                                "data": {"localhost": ca, "127.0.0.1": ca}})
    try:
        for name, server in servers.items():
            url = f"https://{host_of(name)}:{server.port}/{name}.git"
            secret(name, url, username="u", password="p4711")
            world.create(name, repo=url)
        world.start()
        for name, server in servers.items():
            message = world.wait_condition(name, "ComparisonError")
            assert ("certificate" in message) == (name != "good"), message
            assert any(server.heard) == (name == "good")
        assert "p4711" not in world.daemon.log()
    finally:
        world.cluster.request("DELETE", f"{CONFIG_MAPS}/argocd-tls-certs-cm")


def test_api_server(certificates, servers, tmp_path):
    ca = base64.b64encode((certificates / "ca.crt").read_bytes()).decode()
    for name, server in servers.items():
        kubeconfig = tmp_path / f"{name}.kubeconfig"
        kubeconfig.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {
                "server": f"https://{host_of(name)}:{server.port}",
                "certificate-authority-data": ca}}],
            "users": [{"name": "u", "user": {"token": "t4711"}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))
        daemon = Daemon(None, tmp_path / name, kubeconfig=kubeconfig).start()
        try:
            error = eventually(lambda: daemon.events("API server not reached"))[0]["error"]
            assert bool(re.search("certificate|SSL", error)) == (name != "good"), error
            assert any(server.heard) == (name == "good")
        finally:
            daemon.stop()
