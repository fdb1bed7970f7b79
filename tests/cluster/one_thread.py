# SPDX-License-Identifier: Apache-2.0
"""one_thread: stop one thread of a process while the others go on, as a hung disk would.

ptrace can do that from outside, to any program. The kernel knows a tracer by its OS thread: make
and use a Thread in one and the same, which in a test is the main one."""

from __future__ import annotations

import ctypes
import os
import platform
import time
from pathlib import Path
from signal import SIGTRAP

import pytest

SYSCALL, INTERRUPT, SEIZE, GET_SYSCALL_INFO, DETACH = 24, 0x4207, 0x4206, 0x420e, 17
OPTION_SYSGOOD = 1
STOPPED_BY_SYSCALL = SIGTRAP | 0x80
ENTRY = 1
WALL = 0x40000000  # threads, too
OPENAT = {"x86_64": 257}.get(platform.machine(), 56)

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


class SyscallInfo(ctypes.Structure):
    """The beginning of struct ptrace_syscall_info, for an entry."""
    _fields_ = [("op", ctypes.c_uint8), ("arch", ctypes.c_uint32), ("ip", ctypes.c_uint64),
                ("sp", ctypes.c_uint64), ("number", ctypes.c_uint64),
                ("args", ctypes.c_uint64 * 6)]


def _ptrace(request: int, tid: int, addr=None, data=None) -> None:
    if _libc.ptrace(request, tid, addr, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace({request:#x}): {os.strerror(ctypes.get_errno())}")


def threads(pid: int, name: str) -> list[int]:
    """The threads of a process whose name begins so, in the order of their names."""
    found = [(comm.read_text().strip(), int(comm.parent.name))
             for comm in Path(f"/proc/{pid}/task").glob("*/comm")]
    return [tid for comm, tid in sorted(found) if comm.startswith(name)]


class Thread:
    """One thread, stopped. At the end of the `with` it goes on."""

    def __init__(self, tid: int):
        self.tid = tid
        self.is_held = self.is_stopped = False
        try:
            _ptrace(SEIZE, tid, None, OPTION_SYSGOOD)
        except PermissionError as e:
            pytest.skip(f"this machine forbids to stop a single thread: {e}")
        self.is_held = True
        self._stop()

    def _stop(self, timeout: float = 180) -> None:
        _ptrace(INTERRUPT, self.tid)
        deadline = time.monotonic() + timeout
        while self._look() is None and self.is_held:
            assert time.monotonic() < deadline, "the thread does not stop"
            time.sleep(0.001)

    def _look(self) -> int | None:
        """Has it stopped once more? Then by which signal."""
        tid, status = os.waitpid(self.tid, os.WNOHANG | WALL)
        if not tid:
            return None
        self.is_stopped = os.WIFSTOPPED(status)
        self.is_held = self.is_stopped  # else it has ended
        return os.WSTOPSIG(status) if self.is_stopped else None

    def _is_before(self, syscall: int) -> bool:
        info = SyscallInfo()
        _ptrace(GET_SYSCALL_INFO, self.tid, ctypes.sizeof(info), ctypes.addressof(info))
        return info.op == ENTRY and info.number == syscall

    def step_to(self, syscall: int) -> bool:
        """On, by one system call or none. Does it stand right before this one?"""
        if not self.is_stopped:
            signal = self._look()
            if signal == STOPPED_BY_SYSCALL and self._is_before(syscall):
                return True
        if self.is_stopped:
            self.is_stopped = False
            _ptrace(SYSCALL, self.tid)
        return False

    def has_ended(self) -> bool:
        """With its process. Nobody can wait for the process before this was seen."""
        if self.is_held:
            self._look()
        return not self.is_held

    def go_on(self) -> None:
        if self.is_held and not self.is_stopped:
            self._stop()
        if self.is_held:
            _ptrace(DETACH, self.tid)
            self.is_held = False

    def __enter__(self) -> Thread:
        return self

    def __exit__(self, *exc: object) -> None:
        self.go_on()


def first_before(held: list[Thread], syscall: int, timeout: float = 180) -> Thread:
    """Of these threads the one that comes first to this system call; it stands right before it."""
    deadline = time.monotonic() + timeout
    while True:
        for thread in held:
            if thread.step_to(syscall):
                return thread
        assert time.monotonic() < deadline, "none of the threads gets there"
        time.sleep(0.0005)
