# SPDX-License-Identifier: Apache-2.0
"""root: programs in a folder that is a Linux system of its own, without a container engine."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import Iterable, Iterator, Mapping

from harness import Daemon, eventually
from process import ROOT, free_port, run

__all__ = ["CACHE", "ROOT", "Root", "Service"]

CACHE = Path(os.environ.get("GITOPSD_CACHE") or
             Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gitopsd")

# Mounts are those of this process and end with it. What is executed at the end has its number, so
# that signals reach it.
ENTER = r"""
set -eu
root=$1 uid=$2 read_only=$3
shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
touch "$root/etc/resolv.conf"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
while [ "$1" != -- ]; do
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    shift 2
done
shift
[ -z "$read_only" ] || mount -o remount,bind,ro "$root"
exec chroot --userspec="$uid:$uid" "$root" "$@"
"""


class Root:
    def __init__(self, dir: Path | str):
        self.dir = Path(dir)

    def command(self, *argv: object, uid: int = 0, read_only: bool = False,
                binds: Mapping[Path | str, str] = {}, env: Mapping[str, str] = {}) -> list[str]:
        """The command line that runs argv in it. `binds` are folders from outside to folders in
        it, which stay writable when it is not."""
        places = [str(word) for bind in binds.items() for word in bind]
        clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive",
                 *(f"{key}={value}" for key, value in env.items())]
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "enter",
                str(self.dir), str(uid), "yes" if read_only else "", *places, "--", *clean,
                *map(str, argv)]

    def run(self, *argv: object, timeout: float = 300, **options) -> str:
        return run(*self.command(*argv, **options), timeout=timeout)

    def apt(self, *words: object) -> None:
        self.run_with_archives("apt-get", "-qq", "-y", "-oAcquire::Retries=5",
                               "--no-install-recommends", *words)

    def run_with_archives(self, *argv: object) -> None:
        """Of apt: lists and archives are kept for the next time."""
        binds = {CACHE / "apt/lists": "/var/lib/apt/lists",
                 CACHE / "apt/archives": "/var/cache/apt/archives"}
        for folder in binds:
            folder.mkdir(parents=True, exist_ok=True)
        self.run(*argv, binds=binds, timeout=600)

    def path(self, path: str) -> Path:
        return self.dir / path.lstrip("/")

    def files(self) -> set[str]:
        return {"/" + str(Path(folder, name).relative_to(self.dir))
                for folder, _, names in os.walk(self.dir) for name in names}


class Service(Daemon):
    """A gitopsd whose command line somebody else made: a unit, or an image."""

    def __init__(self, dir: Path, argv: Iterable[object], port: int,
                 env: Mapping[str, str] = {}):
        super().__init__(None, dir, env=env)
        self.argv, self.port = list(argv), port


class Notify:
    """What a service manager hears: the messages of sd_notify."""

    def __init__(self, path: Path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        path.chmod(0o666)
        self.socket.setblocking(False)
        self.told: list[str] = []

    def hears(self, word: str) -> bool:
        with contextlib.suppress(BlockingIOError):
            while True:
                self.told += self.socket.recv(4096).decode().splitlines()
        return word in self.told

    def wait(self, word: str) -> None:
        eventually(lambda: self.hears(word))


@contextlib.contextmanager
def notify_socket(path: Path) -> Iterator[Notify]:
    notify = Notify(path)
    try:
        yield notify
    finally:
        notify.socket.close()
