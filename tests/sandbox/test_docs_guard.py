# SPDX-License-Identifier: Apache-2.0
"""No page has a command that no test runs: every one is among those that a test takes from there."""

import ast
import re

from docs import Command, all_commands, all_pages, commands_of, page_path, read_commands
from process import ROOT

TAKE = {"commands_of": (), "script_of": ("sh",), "follow": ("sh",)}  # and the programs that they run


def calls():
    """(page, heading, programs) of every call by which a test takes commands."""
    for file in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            yield from taken_by(file.name, node)
    conftest = ROOT / "tests/packaging/conftest.py"
    for node in ast.walk(ast.parse(conftest.read_text())):
        yield from taken_by("conftest.py", node)


def taken_by(file, node):
    name = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id
    if name not in TAKE:
        return
    words = node.args if name == "commands_of" else node.args[:2]
    assert len(words) >= 2 and all(isinstance(word, ast.Constant) for word in words), \
        f"{file}:{node.lineno}: page and heading must stand there, so that they can be found"
    page, heading, *programs = (word.value for word in words)
    yield page, heading, TAKE[name] or tuple(programs)


def not_taken(commands, taken):
    return [c for c in commands
            if not any((page, heading) == (c.page, c.heading) and c.program in (programs or [c.program])
                       for page, heading, programs in taken)]


def test_every_command_is_run_by_a_test():
    commands = all_commands()
    assert len(commands) > 120 and {c.program for c in commands} > {"sh", "kubectl", "systemctl"}
    missing = not_taken(commands, list(calls()))
    assert not missing, "no test runs:\n" + "\n".join(
        f"{c.page}:{c.line}: {c.text.strip()}" for c in missing)


def test_headings_with_commands_are_unique():
    """Otherwise a test would take those of one for those of another."""
    places = {}
    for page in all_pages():
        headings = re.findall(r"^#+ +(.*)$", page_path(page).read_text(), re.MULTILINE)
        with_commands = {c.heading for c in all_commands() if c.page == page}
        places |= {(page, h): headings.count(h) for h in with_commands}
    assert {place for place, count in places.items() if count != 1} == set()


PAGE = """# Title

Say `kubectl get pods -A` or `git revert`, or
`gitopsctl render
PATH`.

    git status            # remarks go
    A=1 "$(tests/setup --python)/bin/python" x.py
    NAME   STATUS
    gitopsctl wait: not within 300 s:
    kubectl a \\
      b

## Other

```sh
for a in b; do
    kubectl get $a
done
```

```yaml
git: a
```

```
docker build .
output
```
"""


def test_what_counts_as_a_command():
    found = sorted(read_commands("x.md", PAGE), key=lambda c: c.line)
    assert found == [
        Command("x.md", 3, "Title", "kubectl", "kubectl get pods -A"),
        Command("x.md", 4, "Title", "gitopsctl", "gitopsctl render PATH"),
        Command("x.md", 7, "Title", "git", "git status"),
        Command("x.md", 8, "Title", "python", 'A=1 "$(tests/setup --python)/bin/python" x.py'),
        Command("x.md", 11, "Title", "kubectl", "kubectl a \\\nb"),
        Command("x.md", 16, "Other", "sh", "for a in b; do\n    kubectl get $a\ndone\n"),
        Command("x.md", 27, "Other", "docker", "docker build ."),
    ]


def test_what_no_test_takes_is_told():
    commands = [Command("x.md", 1, "A", "git", "git a"), Command("x.md", 2, "A", "curl", "curl b"),
                Command("x.md", 3, "B", "sh", "c\n")]
    assert not_taken(commands, [("x.md", "A", ("git",)), ("x.md", "B", ("sh",))]) == commands[1:2]
    assert not_taken(commands, [("x.md", "A", ())]) == commands[2:]
    assert not_taken(commands, [("y.md", "A", ()), ("x.md", "B", ("git",))]) == commands


def test_stages_that_the_pages_name_are_run():
    """`tests/run` is what runs this test, in CI without arguments; each stage that a page names is
    one of its own."""
    run = (ROOT / "tests/run").read_text()
    assert '/../tests/run"' in (ROOT / ".ci/run").read_text()
    every = re.search(r"^\[ .* \|\| stages=\((.*)\)$", run, re.MULTILINE)[1].split()
    lines = [*commands_of("README.md", "gitopsd", "run"),
             *commands_of("CONTRIBUTING.md", "Build and test", "run"),
             *commands_of("sandbox.md", "How it is held to the truth", "run")]
    for command in lines:
        program, *stages = command.text.split()
        assert program == "tests/run"
        for stage in stages:
            assert stage in every and f"\nstage_{stage}() {{" in run, command
    assert any(len(command.text.split()) == 1 for command in lines)
