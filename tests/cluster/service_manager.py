# SPDX-License-Identifier: Apache-2.0
"""service_manager: what systemd would hear."""

from __future__ import annotations

import queue
import socket
import threading


class Manager:
    """The socket of a service manager, and what came in by it."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.name = address.decode().replace("\0", "@") if isinstance(address, bytes) else address
        self.messages = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        """At once, as systemd does: the kernel keeps ten messages."""
        while text := self.socket.recv(4096).decode():
            self.messages.put(text)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.sendto(b"", self.socket.getsockname())

    def next(self, start):
        """The next message that begins so; others in between are passed over."""
        while not (text := self.messages.get(timeout=180)).startswith(start):
            pass
        return text

    def is_quiet(self, seconds):
        try:
            return not self.messages.get(timeout=seconds)
        except queue.Empty:
            return True
