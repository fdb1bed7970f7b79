# SPDX-License-Identifier: Apache-2.0
"""docs: the commands that the documentation tells people to run, so that tests can run them."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Mapping

from gitopsd import gitopsd_program
from process import HERE, ROOT, run


def commands(file: str, heading: str) -> str:
    """The ```sh blocks between this heading and the next one."""
    text = (ROOT / "docs" / file).read_text()
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"docs/{file} has no section {heading!r}"
    blocks = re.findall(r"^```sh\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)
    assert blocks, f"docs/{file}, {heading}: no commands"
    return "".join(blocks)


def follow(file: str, heading: str, dir: Path, kubeconfig: Path | None = None,
           env: Mapping[str, str] = {}, cwd: Path = ROOT) -> str:
    """Run them from the root of the repository, as a shell of a person would; returns what they
    print. kubectl is that of the tests, gitopsctl the one that is tested."""
    return follow_text(commands(file, heading), dir, kubeconfig, env, cwd)


def follow_text(text: str, dir: Path, kubeconfig: Path | None = None,
                env: Mapping[str, str] = {}, cwd: Path = ROOT) -> str:
    programs = dir / "programs"
    programs.mkdir(exist_ok=True)
    kubectl = programs / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec {shlex.quote(str(HERE / "kubectl"))} "$@"\n')
    kubectl.chmod(0o755)
    path = f"{programs}:{gitopsd_program().parent}:{os.environ['PATH']}"
    return run("bash", "-euo", "pipefail", "-c", text, cwd=cwd, timeout=600, env={
        **os.environ, **env, "PATH": path,
        **({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {})})
