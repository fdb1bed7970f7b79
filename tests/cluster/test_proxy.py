# SPDX-License-Identifier: Apache-2.0
"""proxy-url of a kubeconfig: the API server is reached through a CONNECT proxy, and only so."""

import contextlib
import socket
import threading

import yaml

from harness import Daemon, eventually


class ConnectProxy:
    """Tunnels; `targets` holds the host:port of every CONNECT."""

    def __init__(self):
        self.targets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError), client:  # either end may go away at any time
            self._tunnel(client)

    def _tunnel(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(4096)
            if not data:
                return
            head += data
        method, target, _ = head.decode().split("\r\n")[0].split(" ")
        if method != "CONNECT":  # meant for whoever had this port before
            client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return
        self.targets.append(target)
        host, port = target.rsplit(":", 1)
        server = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
        self._pump(client, server)

    @staticmethod
    def _pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_the_api_server_is_reached_through_the_proxy(cluster, tmp_path):
    proxy = ConnectProxy()
    config = yaml.safe_load(cluster.gitopsd_kubeconfig.read_text())
    config["clusters"][0]["cluster"]["proxy-url"] = f"http://127.0.0.1:{proxy.port}"
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    daemon = Daemon(None, tmp_path / "daemon", kubeconfig=kubeconfig).start()
    try:
        eventually(lambda: daemon.events("connected"))
    finally:
        daemon.stop()
        proxy.listener.close()
    assert proxy.targets and set(proxy.targets) == {cluster.url.removeprefix("https://")}
