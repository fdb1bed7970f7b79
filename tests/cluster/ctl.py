# SPDX-License-Identifier: Apache-2.0
"""ctl: gitopsctl, the program under test, with pipes and in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

import yaml

from gitopsd import SANITIZER_REPORT, gitopsd_program
from harness import PATIENCE


def gitopsctl_program() -> Path:
    """The gitopsctl beside the gitopsd under test."""
    return gitopsd_program().parent / "gitopsctl"


@dataclass
class Result:
    code: int
    out: str
    err: str


def environment(kubeconfig: object | None, env: Mapping[str, str] = {}) -> dict[str, str]:
    plain = {key: value for key, value in os.environ.items()
             if key not in ("KUBECONFIG", "NO_COLOR", "USER")}
    given = {"KUBECONFIG": str(kubeconfig)} if kubeconfig is not None else {}
    return {**plain, "USER": "eva", "ASAN_OPTIONS": "detect_leaks=1", **given, **env}


def ctl(kubeconfig: object | None, *args: object, env: Mapping[str, str] = {},
        cwd: Path | None = None) -> Result:
    """Run it to its end."""
    result = subprocess.run([str(gitopsctl_program()), *map(str, args)], text=True,
                            stdin=subprocess.DEVNULL, capture_output=True, cwd=cwd,
                            env=environment(kubeconfig, env), timeout=120 * PATIENCE)
    report = SANITIZER_REPORT.search(result.stderr)
    assert not report, result.stderr[-6000:]
    return Result(result.returncode, result.stdout, result.stderr)


def ctl_in_terminal(kubeconfig: object, *args: object, columns: int = 200,
                    env: Mapping[str, str] = {}, chunks: list[bytes] | None = None,
                    interrupt_at: str | None = None) -> Result:
    """Likewise where both outputs are one terminal; `out` has all that it got, and `chunks` gets it
    as it comes. Ctrl-C is typed when what it has shown has the pattern `interrupt_at`. The terminal
    echoes nothing: the kernel may put "^C" anywhere into what is printed at that time."""
    chunks = [] if chunks is None else chunks
    program = str(gitopsctl_program())
    argv = [program, *map(str, args)]
    environ = environment(kubeconfig, {"TERM": "xterm", **env})
    pid, fd = pty.fork()
    if pid == 0:
        try:
            _make_terminal(columns)
            os.execve(program, argv, environ)
        finally:
            os._exit(127)
    deadline = time.monotonic() + 120 * PATIENCE
    while time.monotonic() < deadline:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        chunks.append(data)
        if interrupt_at and re.search(interrupt_at.encode(), b"".join(chunks), re.DOTALL):
            os.write(fd, b"\x03")
            interrupt_at = None
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    text = b"".join(chunks).decode(errors="replace")
    return Result(os.waitstatus_to_exitcode(status), text, "")


def _make_terminal(columns: int) -> None:
    """Of this process, before it becomes the program: which may ask for its width at once."""
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    attributes = termios.tcgetattr(0)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, attributes)


def drawn(text: str) -> list[str]:
    """What a progress line said, one after the other."""
    return [part.partition("\x1b[K")[0] for part in re.split(r"\r(?!\n)", text)[1:]
            if part.partition("\x1b[K")[0]]


def kubeconfig_as(kubeconfig: Path, path: Path, user: str) -> Path:
    """The same cluster as another user, by impersonation."""
    config = yaml.safe_load(kubeconfig.read_text())
    for entry in config["users"]:
        entry["user"]["as"] = user
    path.write_text(yaml.safe_dump(config))
    return path


def rows(text: str) -> list[list[str]]:
    """The cells of a table, headings first."""
    return [re.split(r"(?<=\S) {3,}", line) for line in text.splitlines()]
