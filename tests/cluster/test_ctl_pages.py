# SPDX-License-Identifier: Apache-2.0
"""The completions and manual pages of gitopsctl, by the shells and programs that read them."""

import re
import shutil
import subprocess

import pytest

from ctl import ctl
from test_ctl_acts import bash_completes


def text_of(*args):
    result = ctl("/nonexistent", *args)
    assert result.code == 0, result.err
    return result.out


def verbs():
    """As the help lists them."""
    return re.findall(r"^  ([a-z]+) +\S", text_of("--help"), re.MULTILINE)


def check(*argv, input=None):
    if not shutil.which(argv[0]):
        pytest.skip(f"{argv[0]} is not installed: tests/setup")
    result = subprocess.run(argv, input=input, text=True, capture_output=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", ""), result


def test_bash_completion(tmp_path):
    script = tmp_path / "completion"
    script.write_text(text_of("completion", "bash"))
    check("bash", "-n", str(script))

    def complete(*words):
        return bash_completes(script, "/nonexistent", "gitopsctl", *words)
    assert set(complete("")) == {*verbs(), "help"}
    assert complete("ref") == ["refresh"]
    assert complete("--conte") == ["--context"]
    assert complete("--context", "x", "ref") == ["refresh"]
    assert complete("sync", "--res") == ["--resource"]
    assert complete("get", "-o", "") == ["table", "wide", "json", "yaml", "name"]
    assert complete("get", "--output", "=", "w") == ["wide"]
    assert complete("get", "--output", "=") == ["table", "wide", "json", "yaml", "name"]
    assert complete("completion", "") == ["bash", "zsh", "fish"]
    assert complete("fleet", "w") == ["wait"]
    assert complete("man", "syn") == ["sync"]
    assert complete("help", "syn") == ["sync"]
    assert complete("sync", "--revision", "") == []
    (tmp_path / "a file").write_text("")
    assert complete("render", f"{tmp_path}/a") == [f"{tmp_path}/a", "file"]  # split by the test


def test_zsh_completion(tmp_path):
    script = tmp_path / "_gitopsctl"
    script.write_text(text_of("completion", "zsh"))
    check("zsh", "-n", str(script))
    assert script.read_text().startswith("#compdef gitopsctl\n")


def test_zsh_describes_the_verbs(tmp_path):
    """By zsh itself, in a pseudo-terminal of its own."""
    (tmp_path / "_gitopsctl").write_text(text_of("completion", "zsh"))
    check("zsh", "-f", "-c", f"fpath=({tmp_path} $fpath); autoload -Uz compinit; "
          f"compinit -D -u -d {tmp_path}/dump; whence -v _gitopsctl >/dev/null && "
          "[[ $_comps[gitopsctl] == _gitopsctl ]]")


def test_fish_completion(tmp_path):
    script = tmp_path / "gitopsctl.fish"
    script.write_text(text_of("completion", "fish"))
    check("fish", "--no-execute", str(script))
    result = subprocess.run(["fish", "--no-config", "-c",
                             f"source {script}; complete -C 'gitopsctl '; "
                             "complete -C 'gitopsctl get -o '; "
                             "complete -C 'gitopsctl sync --dry'"],
                            text=True, capture_output=True, env={"HOME": str(tmp_path),
                                                                 "PATH": "/usr/bin:/bin"})
    offered = [line.split("\t")[0] for line in result.stdout.splitlines()]
    assert set(verbs()) <= set(offered), result
    assert {"table", "wide", "json", "yaml", "name", "--dry-run"} <= set(offered), result


def test_manual_pages(tmp_path):
    directory = tmp_path / "man"
    text_of("man", "--directory", directory)
    pages = sorted(path.name for path in directory.iterdir())
    assert pages == sorted(["gitopsctl.1", *(f"gitopsctl-{verb}.1" for verb in verbs())])
    for page in pages:
        check("mandoc", "-Tlint", "-Wwarning", str(directory / page))
    assert text_of("man", "sync") == (directory / "gitopsctl-sync.1").read_text()


def test_manual_page_as_read(tmp_path):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed: tests/setup")
    plain = subprocess.run(["mandoc", "-Tascii"], input=text_of("man", "wait"), text=True,
                           capture_output=True, check=True).stdout
    plain = re.sub(".\b", "", plain)
    assert "gitopsctl-wait - wait until Applications are as they should be" in plain
    assert re.search(r"--for CONDITION\n", plain)
    assert "gitopsctl wait shop --for revision=$(git rev-parse HEAD) --for healthy" in plain
    assert re.search(r"^ +synced +the live objects are as Git has them$", plain, re.MULTILINE)


def test_version():
    assert re.fullmatch(r"gitopsctl \d+\.\d+\.\d+\n", text_of("version"))
    assert text_of("version") == text_of("--version")
    assert text_of("version", "-o", "yaml").startswith("gitopsctl: ")


def test_unknown_pages():
    assert ctl(None, "completion", "tcsh").code == 2
    assert ctl(None, "man", "syncc").code == 2
