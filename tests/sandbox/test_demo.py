# SPDX-License-Identifier: Apache-2.0
"""README's first command, from a clean clone with only Debian's programs: every step comes out, each
with the time that it took, and kubectl sees what happened while it goes on (--keep)."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

from docs import commands_of
from process import PATIENCE, ROOT

STEPS = [
    "staging is as Git says, and healthy", "production is as Git says, and healthy",
    "production runs 1.5.0", "it is back at 2", "the ConfigMap notes is gone",
    "production says why", "production runs 1.4.0"]


@pytest.fixture
def clone(tmp_path):
    """The files that are in Git, as they are now, and nothing else."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    for name in filter(None, files.stdout.decode().split("\0")):
        source, target = ROOT / name, tmp_path / "clone" / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return tmp_path / "clone"


class Demo:
    def __init__(self, line, clone, home):
        home.mkdir(exist_ok=True)
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
        self.process = subprocess.Popen(["bash", "-c", line], cwd=clone, env=env, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        start_new_session=True)
        self.text = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.text += line

    def wait_for(self, text, seconds):
        end = time.monotonic() + seconds
        while text not in self.text:
            assert self.process.poll() is None and time.monotonic() < end, self.text[-4000:]
            time.sleep(0.1)

    def stop(self):
        """As Ctrl-C does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(30 * PATIENCE)
        self.reader.join(30 * PATIENCE)


def test_the_demonstration(clone, tmp_path):
    plain, keep = (c.text for c in commands_of("start.md", "1. See it"))
    assert [c.text for c in commands_of("README.md", "gitopsd", "demo")] == [plain]
    demo = Demo(keep, clone, tmp_path / "home")
    try:
        demo.wait_for("# commit and push", 600 * PATIENCE)
        for step in STEPS:
            assert re.search(rf"^  {re.escape(step)}, after \d+ ms$", demo.text, re.M), demo.text
        assert "overlays/production/kustomization.yaml:6:" in demo.text
        shown = demo.text[demo.text.index("A repository for a fleet"):]
        assert not re.search("^(grep|sed|curl|jq|tests/demo|error)[: ]", shown, re.M), shown
        assert "kubectl apply -k config/default" in demo.text

        kubeconfig = re.search(r"export KUBECONFIG=(\S+)", demo.text)[1]

        def kubectl(*args):
            return subprocess.run([ROOT / "tests/cluster/kubectl", "--context", "production", *args],
                                  env={**os.environ, "KUBECONFIG": kubeconfig}, check=True, text=True,
                                  capture_output=True).stdout
        app = json.loads(kubectl("-n", "argocd", "get", "application", "shop", "-o", "json"))
        assert app["status"]["sync"]["status"] == "Synced"
        web = json.loads(kubectl("-n", "shop", "get", "deployment", "web", "-o", "json"))
        assert web["spec"]["template"]["spec"]["containers"][0]["image"].endswith("/web:1.4.0")
        kubectl("-n", "shop", "delete", "service", "web")
        for _ in range(int(300 * PATIENCE)):
            if "web" in kubectl("-n", "shop", "get", "services", "-o", "name"):
                break
            time.sleep(0.1)
        else:
            pytest.fail("a deleted Service did not come back")
        folder = re.search(r"^  cd (\S+)/fleet ", demo.text, re.M)[1]
    finally:
        demo.stop()
    assert not os.path.exists(folder), "it left something behind"

    demo = Demo(f"{plain} <&-", clone, tmp_path / "home")  # nor needs it anything to read
    try:
        assert demo.process.wait(600 * PATIENCE) == 0, demo.text[-4000:]
    finally:
        demo.stop()
    for step in STEPS:
        assert re.search(rf"^  {re.escape(step)}, after \d+ ms$", demo.text, re.M), demo.text
