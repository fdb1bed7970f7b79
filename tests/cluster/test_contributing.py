# SPDX-License-Identifier: Apache-2.0
"""The commands of CONTRIBUTING.md and of the benchmarks, run as they are written there, but shorter:
what is built already is not built again, and what may take as long as one likes takes a moment."""

import re
import shutil

import pytest

from docs import commands_of, follow_text, following, work_tree
from gitopsd import gitopsd_program
from harness import ROOT, eventually, free_port, run

# Otherwise a pytest that a test starts takes itself for a worker of the one that runs it.
NOT_OF_THIS_RUN = "unset ${!PYTEST_*}"


def need_build(preset):
    """It is there, by `tests/run`, whose stages of builds come before these tests: then building
    again takes no time, and changes nothing that other tests use."""
    log = ROOT / "build" / preset / ".ninja_log"
    sources = run("git", "ls-files", "*.c", "*.h", cwd=ROOT).split()
    newest = max(file.stat().st_mtime for file in map(ROOT.joinpath, sources) if file.exists())
    if not log.exists() or log.stat().st_mtime < newest:
        pytest.skip(f"build/{preset} is not there, or older than the sources: tests/run build fuzz")


def shortened(line, *changes):
    for written, short in changes:
        assert written in line, (line, written)
        line = line.replace(written, short)
    return line


def test_build_and_test_by_hand(tmp_path):
    need_build("asan")
    build, = commands_of("CONTRIBUTING.md", "Build and test", "cmake")
    follow_text(build.text, tmp_path)
    unit, = commands_of("CONTRIBUTING.md", "Build and test", "ctest")
    assert "100% tests passed" in follow_text(unit.text, tmp_path)
    one, = commands_of("CONTRIBUTING.md", "Build and test", "pytest")
    text = f"{NOT_OF_THIS_RUN}\n{one.text} --basetemp {tmp_path}/base"
    assert re.search(r"[1-9]\d* passed", follow_text(text, tmp_path))


def test_a_cluster_by_hand(tmp_path):
    up, daemon, down = [shortened(c.text, ("/tmp/cluster", f"{tmp_path}/cluster")) for c in
                        commands_of("CONTRIBUTING.md", "Build and test", "control-plane", "gitopsd")]
    port = free_port()
    env = {"GITOPSD_LISTEN": f"127.0.0.1:{port}", "GITOPSD_STATE_DIR": str(tmp_path / "state")}
    try:
        follow_text(up, tmp_path)
        with following(daemon, tmp_path, env=env, cwd=work_tree(tmp_path)) as log:
            eventually(lambda: "connected" in log.read_text())
            follow_text(f"curl -sf http://127.0.0.1:{port}/healthz", tmp_path)
    finally:
        follow_text(down, tmp_path)
    assert not (tmp_path / "cluster").exists()


def test_fuzzing_by_hand(tmp_path):
    need_build("fuzz")
    build, = commands_of("CONTRIBUTING.md", "Tests", "cmake")
    follow_text(build.text, tmp_path)
    # What is found is added to the corpus.
    (tmp_path / "build").symlink_to(ROOT / "build")
    shutil.copytree(ROOT / "tests/fuzz/corpus/yaml", tmp_path / "tests/fuzz/corpus/yaml")
    parser, = commands_of("CONTRIBUTING.md", "Tests", "yaml_fuzz")
    told = follow_text(shortened(parser.text, ("-max_total_time=60", "-max_total_time=1")) + " 2>&1",
                       tmp_path, cwd=tmp_path)
    assert re.search(r"^Done \d+ runs", told, re.MULTILINE), told[-2000:]


def test_fuzzing_kustomize_by_hand(tmp_path):
    line, = commands_of("CONTRIBUTING.md", "Tests", "fuzz-kustomize")
    told = follow_text(
        # 1: random repositories may show a difference, which is for `tests/run golden` to tell.
        f'{shortened(line.text, ("--minutes 5", "--minutes 0.05"))} || echo "ended with $?"',
        tmp_path, cwd=work_tree(tmp_path))
    if "ended with 77" in told:
        pytest.skip("no real kustomize is to be had")
    assert not re.search(r"ended with (?!1\n)", told), told


def test_a_case_of_kustomize_by_hand(tmp_path):
    """In a copy: the program writes into the tree that it is in."""
    line, = commands_of("CONTRIBUTING.md", "How to add", "regenerate")
    golden, case = tmp_path / "tests/golden", "components"
    shutil.copytree(ROOT / "tests/golden/kustomize" / case, golden / "kustomize" / case)
    for name in ("regenerate", "oracle.py"):
        shutil.copy(ROOT / "tests/golden" / name, golden)
    (golden / "kustomize-oracle").symlink_to(ROOT / "tests/golden/kustomize-oracle")
    (tmp_path / "tests/cluster").symlink_to(ROOT / "tests/cluster")
    expected = golden / "kustomize" / case / "expected.yaml"
    before = expected.read_text()
    expected.unlink()
    told = follow_text(line.text.replace("NAME", case), tmp_path, cwd=tmp_path)
    assert told.startswith("1 printed, 0 refused")
    assert expected.read_text() == before


@pytest.mark.parametrize("page,options", [("README.md", ""), ("benchmarks.md", "--files")])
def test_the_benchmark_of_a_push(page, options, tmp_path):
    push = {"README.md": commands_of("README.md", "Measured"),
            "benchmarks.md": commands_of("benchmarks.md",
                                         "push: from a push to the last object applied")}[page]
    line = re.sub(r" \[.*?\]", "", push[0].text)
    told = follow_text(f"{line} --apps 1 --rest 1 {options}", tmp_path)
    assert re.search(r"^1 applications, 4 objects: .* ratio \d", told, re.MULTILINE), told
    assert re.search(r"^  one overlay changed: \d", told, re.MULTILINE), told


def test_the_benchmark_of_rendering(tmp_path):
    line, = commands_of("benchmarks.md", "render: from a directory to the printed objects")
    line = line.text.replace("[--quick]", "--quick")
    told = follow_text(f"{line} --part 100 --bin {gitopsd_program().parent}", tmp_path)
    assert len(re.findall(r"^\| .* \|$", told, re.MULTILINE)) == 9, told
