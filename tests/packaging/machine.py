# SPDX-License-Identifier: Apache-2.0
"""machine: a Root that is booted, with a systemd of its own as process 1, in namespaces of its own
but for the network: it reaches the servers of the tests on loopback."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from harness import eventually
from process import run
from root import Root

# Run in a cgroup of its own. The pivot and the shared mounts are what systemd finds on a real
# machine: it makes namespaces of mounts for its services.
BOOT = r"""
set -eu
echo $$ >"$2/cgroup.procs"
exec unshare --mount --pid --cgroup --uts --ipc --fork --kill-child --propagation private sh -c '
set -eu
cd "$1"
mount --bind . .
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs dev
mkdir dev/pts dev/shm old
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
for node in null zero full random urandom tty; do
    touch dev/$node
    mount --bind /dev/$node dev/$node
done
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
pivot_root . old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . sh -c "
    umount -l /old
    rmdir /old
    mount --make-rshared /
    exec /lib/systemd/systemd --unit=basic.target --show-status=no"
' boot "$1"
"""


def cgroup_root() -> Path | None:
    """Where cgroups of version 2 are mounted; systemd needs to make some."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, options = line.split()[:4]
        if kind == "cgroup2" and "rw" in options.split(","):
            return Path(place)
    return None


class Machine:
    def __init__(self, root: Root, cgroups: Path):
        self.root = root
        self.cgroup = cgroups / f"gitopsd-test-{os.getpid()}"
        self.process: subprocess.Popen | None = None
        self.pid = 0

    def boot(self) -> None:
        self.cgroup.mkdir()
        self.process = subprocess.Popen(["sh", "-c", BOOT, "boot", self.root.dir, self.cgroup])
        eventually(self._find_first_process)
        eventually(lambda: self.ctl("is-system-running").strip() == "running")

    def _find_first_process(self) -> None:
        assert self.process.poll() is None, "ended at once"
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        self.pid = int(children.split()[0])
        assert os.readlink(f"/proc/{self.pid}/exe").endswith("/systemd")

    def run(self, *argv: object) -> str:
        return run("nsenter", "-t", self.pid, "--mount", "--pid", "--cgroup", "--root", *argv)

    def ctl(self, *words: object) -> str:
        return self.run("systemctl", "--no-pager", *words)

    def show(self, unit: str, name: str) -> str:
        return self.ctl("show", unit, "--property", name, "--value").strip()

    def process_status(self, unit: str) -> dict[str, str]:
        """/proc/PID/status of its main process."""
        text = self.run("cat", f"/proc/{self.show(unit, 'MainPID')}/status")
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def signal(self, unit: str, number: signal.Signals) -> None:
        self.run("sh", "-c", f"kill -{int(number)} {self.show(unit, 'MainPID')}")

    def halt(self) -> None:
        if self.process:
            self.process.kill()  # and with it process 1, and with that all others
            self.process.wait()
        eventually(self._remove_cgroup)

    def _remove_cgroup(self) -> None:
        for folder, _, _ in os.walk(self.cgroup, topdown=False):
            os.rmdir(folder)
