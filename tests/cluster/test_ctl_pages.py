# SPDX-License-Identifier: Apache-2.0
"""The completions and manual pages of gitopsctl, by the shells and programs that read them."""

import re
import shutil
import subprocess

import pytest
import yaml

from ctl import ctl, ctl_in_terminal, gitopsctl_program
from gitopsd import gitopsd_program
from harness import PATIENCE
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
    assert complete("wait", "--for", "") == ["synced", "healthy", "operation", "revision="]
    assert complete("man", "syn") == ["sync"]
    assert complete("man", "gito") == ["gitopsd"]
    assert complete("help", "syn") == ["sync"]
    assert complete("sync", "--revision", "") == []
    (tmp_path / "a file").write_text("")
    assert complete("render", f"{tmp_path}/a") == [f"{tmp_path}/a", "file"]  # split by the test


@pytest.fixture
def contexts(tmp_path):
    """A kubeconfig with contexts, whose cluster nobody asks."""
    path = tmp_path / "contexts"
    path.write_text(yaml.safe_dump({
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "contexts": [{"name": name, "context": {"cluster": "c"}} for name in ("prod", "staging")]}))
    return path


def test_bash_completes_contexts(tmp_path, contexts):
    script = tmp_path / "completion"
    script.write_text(text_of("completion", "bash"))

    def complete(*words):
        return bash_completes(script, contexts, gitopsctl_program(), *words)
    assert complete("get", "--context", "") == ["prod", "staging"]
    assert complete("fleet", "--contexts", "prod,s") == ["prod,staging"]


def test_fish_completes_contexts(tmp_path, contexts):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed: tests/setup")
    script = tmp_path / "gitopsctl.fish"
    script.write_text(text_of("completion", "fish"))
    lines = ["get --context ", "get --context s", "fleet --contexts prod,st", "wait --for "]
    result = subprocess.run(
        ["fish", "--no-config", "-c",
         f"source {script}; " + "; echo; ".join(f"complete -C 'gitopsctl {at}'" for at in lines)],
        text=True, capture_output=True,
        env={"HOME": str(tmp_path), "KUBECONFIG": str(contexts),
             "PATH": f"{gitopsctl_program().parent}:/usr/bin:/bin"})
    offered = [[line.split("\t")[0] for line in block.splitlines()]
               for block in result.stdout.split("\n\n")]
    assert offered == [["prod", "staging"], ["staging"], ["prod,staging"],
                       ["healthy", "operation", "revision=", "synced"]], result


def test_zsh_completion(tmp_path):
    script = tmp_path / "_gitopsctl"
    script.write_text(text_of("completion", "zsh"))
    check("zsh", "-n", str(script))
    assert script.read_text().startswith("#compdef gitopsctl\n")


# A zsh inside of zsh, in a terminal; each `zpty -r` waits for what it names. The prompt that is READY
# is that of the line editor.
ZSH = r"""
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'stty columns 150; PATH=$BIN:$PATH; fpath=($FUNCTIONS $fpath); autoload -Uz compinit'
zpty -w inner 'compinit -D -u; zstyle ":completion:*" list-prompt ""; LISTMAX=999; PS1="REA%{%}DY "'
zpty -r inner seen '*READY*'
zpty -w -n inner $'gitopsctl \t'
zpty -r inner seen '*have Applications synced now*wait until Applications are*'
zpty -w -n inner $'\C-ugitopsctl get -o \t'
zpty -r inner seen '*json*name*table*wide*yaml*'
zpty -w -n inner $'\C-ugitopsctl sync --\t'
zpty -r inner seen '*--dry-run*--terminate*'
zpty -w -n inner $'\C-ugitopsctl fleet --contexts prod,s\t'
zpty -r inner seen '*prod,s*taging*'
zpty -d inner
print fine
"""


def test_zsh_completes(tmp_path, contexts):
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed: tests/setup")
    (tmp_path / "_gitopsctl").write_text(text_of("completion", "zsh"))
    env = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "HOME": str(tmp_path),
           "BIN": str(gitopsctl_program().parent), "FUNCTIONS": str(tmp_path),
           "KUBECONFIG": str(contexts)}
    result = subprocess.run(["zsh", "-f", "-c", ZSH], text=True, capture_output=True, env=env,
                            stdin=subprocess.DEVNULL, timeout=60 * PATIENCE)
    assert result.stdout.endswith("fine\n"), result


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
    pages = {str(path.relative_to(directory)) for path in directory.glob("*/*")}
    assert pages == {"man1/gitopsctl.1", "man8/gitopsd.8",
                     *(f"man1/gitopsctl-{verb}.1" for verb in verbs())}
    for page in sorted(pages):
        check("mandoc", "-Tlint", "-Wwarning", str(directory / page))
    assert text_of("man", "sync") == (directory / "man1/gitopsctl-sync.1").read_text()


def test_a_manual_page_on_a_terminal_is_read_with_man(tmp_path):
    """Where there is none, it is printed as it is."""
    program = tmp_path / "man"
    program.write_text("#!/bin/sh\necho read with man \"$@\"\ncat >/dev/null\n")
    program.chmod(0o755)
    shown = ctl_in_terminal(None, "man", "sync", env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (shown.code, shown.out) == (0, "read with man -l -\r\n"), shown
    program.write_text("#!/bin/sh\nexit 3\n")
    plain = ctl_in_terminal(None, "man", "sync", env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert plain.out.replace("\r\n", "\n") == text_of("man", "sync")


def test_manual_page_of_the_daemon():
    """It has every option that the help has."""
    help = subprocess.run([gitopsd_program(), "--help"], text=True, capture_output=True,
                          check=True).stdout
    page = text_of("man", "gitopsd").replace("\\-", "-")
    options = re.findall(r"^  (--[a-z-]+)", help, re.MULTILINE)
    assert len(options) > 20
    assert [o for o in options if f"\\fB{o}\\fR" not in page] == []


def test_manual_page_as_read(tmp_path):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed: tests/setup")
    plain = subprocess.run(["mandoc", "-Tascii"], input=text_of("man", "wait"), text=True,
                           capture_output=True, check=True).stdout
    plain = re.sub(".\b", "", plain)
    assert "gitopsctl-wait - wait until Applications are as they should be" in plain
    assert "--for synced|healthy|operation|revision=COMMIT\n" in plain
    assert "gitopsctl wait shop --for revision=$(git rev-parse HEAD) --for healthy" in plain
    assert re.search(r"^ +synced +the live objects are as Git has them$", plain, re.MULTILINE)


def test_exit_statuses_in_the_manual():
    def statuses(verb):
        section = text_of("man", verb).partition("\n.SH EXIT STATUS\n")[2].partition("\n.SH ")[0]
        return re.findall(r"^\.B (\d)\n(.*)$", section, re.MULTILINE)
    failed = "It failed, or the command line makes no sense; standard error says why."
    assert statuses("diff") == [("0", "Nothing differs."), ("1", "Something differs."), ("2", failed)]
    assert statuses("health") == [("0", "All went well."), ("2", failed)]
    assert [status for status, _ in statuses("sync")] == ["0", "1", "2"]


def test_version():
    assert re.fullmatch(r"gitopsctl \d+\.\d+\.\d+\n", text_of("version"))
    assert text_of("version") == text_of("--version")
    assert text_of("version", "-o", "yaml").startswith("gitopsctl: ")


def test_unknown_pages():
    assert ctl(None, "completion", "tcsh").code == 2
    assert ctl(None, "man", "syncc").code == 2
