# SPDX-License-Identifier: Apache-2.0
"""docs: the commands that the documentation tells people to run, so that tests can run them. A test
takes them from the page (commands_of, script_of, follow), so that a line that changes is run as it
has become; tests/sandbox/test_docs_guard.py finds what no test takes."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Iterator, Mapping, NamedTuple

from gitopsd import gitopsd_program
from process import HERE, PATIENCE, ROOT, run

# Where these stand first, a line is a command, also on a machine that does not have them. GET is one
# of HTTP.
PROGRAMS = {"apt", "buildah", "cmake", "ctest", "curl", "docker", "export", "git", "gitopsctl",
            "gitopsd", "kubectl", "podman", "source", "systemctl", "systemd-analyze", "GET"}
# Fenced blocks in these languages are data.
DATA = {"json", "lua", "yaml"}
# In the text these are named, not told to be run: what another program does, or a whole family.
# So is a program with a bare verb, such as `git revert`.
NAMED = {"cmake --install", "curl --parallel", "curl --parallel --parallel-max 100",
         "git credential fill"}


class Command(NamedTuple):
    page: str     # a file's name: pages of the root and of docs/ have different ones
    line: int     # of it, from 1
    heading: str  # that it stands under
    program: str  # without its folder; "sh" for a whole block of ```sh
    text: str     # without a remark at its end


def page_path(page: str) -> Path:
    return next(p for p in (ROOT / page, ROOT / "docs" / page) if p.exists())


def all_pages() -> list[str]:
    return [p.name for p in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md",
                             *sorted((ROOT / "docs").glob("*.md")))]


def read_commands(page: str, text: str) -> Iterator[Command]:
    """All commands of this text: blocks of ```sh, lines of other blocks and indented ones that begin
    with a program, and `commands in the text`, in their order but for the last."""
    heading, fence, block, prose = "", None, [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            if fence == "sh":
                yield Command(page, start, heading, "sh", "".join(f"{part}\n" for part in block))
            fence, block, start = (line[3:].strip() if fence is None else None), [], number
        elif fence is None and re.match("#+ ", line):
            heading = line.lstrip("# ")
        elif fence == "sh":
            block.append(line)
        elif (line.startswith("    ") if fence is None else fence not in DATA) and (
                block or program_of(line)):
            block.append(re.sub(r"\s+#\s.*$", "", line.strip()))
            if line.endswith("\\"):
                continue
            told = "\n".join(block)
            yield Command(page, number + 1 - len(block), heading, program_of(told), told)
            block = []
        elif fence is None and not line.startswith("    "):
            prose.append((number, heading, line))
    yield from read_prose(page, prose)


def read_prose(page: str, lines: list[tuple[int, str, str]]) -> Iterator[Command]:
    text = "\n".join(line for _, _, line in lines)
    for span in re.finditer("`([^`]+)`", text):
        words = span[1].split()
        told = " ".join(words)
        if len(words) < 2 or told in NAMED or re.fullmatch(r"\S+ [a-z][a-z-]*", told):
            continue
        program = words[0].rpartition("/")[2]
        if program in PROGRAMS or is_program_here(words[0]):
            number, heading, _ = lines[text.count("\n", 0, span.start())]
            yield Command(page, number, heading, program, told)


def program_of(line: str) -> str:
    """The name of the program that a line runs; "" when it is none."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        words = line.split()
    while words and re.match(r"\w+=", words[0]):
        del words[0]
    if not words or (len(words) > 1 and re.fullmatch(r"\w+:", words[1])):  # a message of it
        return ""
    name = words[0].rpartition("/")[2]
    is_program = (name in PROGRAMS or words[0].startswith("$(") or is_program_here(words[0]) or
                  shutil.which(words[0]))
    return name if is_program else ""


def is_program_here(path: str) -> bool:
    return path.startswith("build/") or "/" in path and (
        (ROOT / path).is_file() and os.access(ROOT / path, os.X_OK))


def all_commands() -> list[Command]:
    return [c for page in all_pages() for c in read_commands(page, page_path(page).read_text())]


def commands_of(page: str, heading: str, *programs: str) -> list[Command]:
    """The commands of these programs between this heading and the next one, in their order; without
    programs, all of them."""
    found = [c for c in read_commands(page, page_path(page).read_text())
             if c.heading == heading and (c.program in programs or not programs)]
    assert found, f"{page} has no commands below {heading!r}"
    return sorted(found, key=lambda c: c.line)


def script_of(page: str, heading: str) -> str:
    """The ```sh blocks between this heading and the next one."""
    return "".join(c.text for c in commands_of(page, heading, "sh"))


def follow(page: str, heading: str, dir: Path, kubeconfig: Path | str | None = None,
           env: Mapping[str, str] = {}, cwd: Path = ROOT) -> str:
    """Run them from the root of the repository, as a shell of a person would; returns what they
    print. kubectl is that of the tests, gitopsctl the one that is tested."""
    return follow_text(script_of(page, heading), dir, kubeconfig, env, cwd)


def follow_text(text: str, dir: Path, kubeconfig: Path | str | None = None,
                env: Mapping[str, str] = {}, cwd: Path = ROOT) -> str:
    return run("bash", "-euo", "pipefail", "-c", text, cwd=cwd, timeout=600,
               env=environment(dir, kubeconfig, env))


@contextlib.contextmanager
def following(text: str, dir: Path, kubeconfig: Path | str | None = None,
              env: Mapping[str, str] = {}, cwd: Path = ROOT) -> Iterator[Path]:
    """The same of what runs until somebody ends it, with SIGTERM; it must end well then. Yields the
    file that it writes to."""
    log = dir / "following.log"
    with open(log, "ab") as out:
        process = subprocess.Popen(["bash", "-euc", f"exec {text}"], cwd=cwd,
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                   env=environment(dir, kubeconfig, env))
    try:
        yield log
        process.send_signal(signal.SIGTERM)
        assert process.wait(60 * PATIENCE) == 0, log.read_text()[-4000:]
    finally:
        process.kill()
        process.wait()


def environment(dir: Path, kubeconfig: Path | str | None, env: Mapping[str, str]) -> dict[str, str]:
    programs = dir / "programs"
    programs.mkdir(exist_ok=True)
    kubectl = programs / "kubectl"
    if not kubectl.exists():
        kubectl.write_text(f'#!/bin/sh\nexec {shlex.quote(str(HERE / "kubectl"))} "$@"\n')
        kubectl.chmod(0o755)
    path = f"{programs}:{gitopsd_program().parent}:{os.environ['PATH']}"
    return {**os.environ, **env, "PATH": path,
            **({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {})}


def home(dir: Path) -> dict[str, str]:
    """The environment of a person whose home folder that is. What tests keep stays where it was."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return {"HOME": str(dir), "GITOPSD_CACHE": os.environ.get("GITOPSD_CACHE") or f"{cache}/gitopsd"}


def work_tree(dir: Path) -> Path:
    """The repository as a person sees it: with the programs that are tested where the pages have
    those of a build."""
    tree = dir / "tree"
    for preset in ("asan", "release"):
        (tree / "build" / preset).mkdir(parents=True)
        (tree / "build" / preset / "bin").symlink_to(gitopsd_program().parent)
    for path in ROOT.iterdir():
        if path.name not in ("build", ".git"):
            (tree / path.name).symlink_to(path)
    return tree
