# SPDX-License-Identifier: Apache-2.0
"""process: programs and ports, for the classes of the harness."""

from __future__ import annotations

import random
import re
import socket
import subprocess
from pathlib import Path
from typing import Any, Iterable

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


def process_rss_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1])
