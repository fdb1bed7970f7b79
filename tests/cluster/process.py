# SPDX-License-Identifier: Apache-2.0
"""process: programs and ports, for the classes of the harness."""

from __future__ import annotations

import fcntl
import functools
import itertools
import os
import random
import re
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Iterable, Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# How much longer than usual to wait for what is not there yet: a machine may be busy, and several
# tests run side by side.
PATIENCE = float(os.environ.get("GITOPSD_TEST_PATIENCE", "1"))


class CommandError(Exception):
    """A program ended with another exit code than 0. The message carries its output."""

    def __init__(self, argv: Iterable[object], code: int, stdout: str, stderr: str):
        self.code, self.stdout, self.stderr = code, stdout, stderr
        command = " ".join(str(arg) for arg in argv)
        super().__init__(f"exit code {code}: {command}\n{stderr}{stdout[-2000:]}")


def run(*argv: object, input: str | None = None, timeout: float = 300, **kwargs: Any) -> str:
    """Run a program to its end and return its stdout."""
    result = subprocess.run([str(arg) for arg in argv], input=input, text=True,
                            timeout=timeout * PATIENCE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
    if result.returncode != 0:
        raise CommandError(argv, result.returncode, result.stdout, result.stderr)
    return result.stdout


FIRST_PORT, LAST_PORT, BLOCK = 12000, 20000, 200


@functools.cache
def _own_ports() -> Iterator[int]:
    """A block of ports for this process alone, round and round: between being given a port and
    listening on it, nobody else may be given the same. The lock is kept until the process ends."""
    folder = Path(tempfile.gettempdir()) / f"gitopsd-test-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    blocks = list(range(FIRST_PORT, LAST_PORT, BLOCK))
    random.shuffle(blocks)
    for first in blocks:
        lock = os.open(folder / str(first), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return itertools.cycle(range(first, first + BLOCK))
        except BlockingIOError:
            os.close(lock)
    raise AssertionError(f"all blocks of ports are taken: {folder}")


def free_port() -> int:
    """A loopback port outside the range of outgoing connections: whoever stops listening on it
    for a while finds it free again."""
    for port in _own_ports():
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def process_rss_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1])
