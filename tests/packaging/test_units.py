# SPDX-License-Identifier: Apache-2.0
"""The systemd units: understood by systemd, and exposed to little."""

import re
import subprocess

import pytest

from docs import follow
from harness import run

UNITS = ["gitopsd.service", "gitopsd@.service"]


@pytest.fixture(scope="module")
def installed(build, tmp_path_factory):
    """The units as the documentation installs them; their programs exist where these copies say."""
    prefix = tmp_path_factory.mktemp("prefix")
    follow("install.md", "On a machine with systemd", prefix, env={"DESTDIR": str(prefix)})
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS:
        file, = prefix.rglob(unit)
        text = file.read_text()
        program = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)[1]
        assert (prefix / program.lstrip("/")).exists()
        (folder / unit).write_text(text.replace(program, str(prefix / program.lstrip("/"))))
    return folder


def verify(folder):
    found = subprocess.run(["systemd-analyze", "verify", "--man=no", *(folder / u for u in UNITS)],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert (found.returncode, found.stdout) == (0, "")


def test_systemd_finds_nothing_wrong(installed):
    verify(installed)


@pytest.mark.parametrize("name", ["plain", "a b%c$d"])
def test_another_prefix_has_all_of_it(build, tmp_path, name):
    """The prefix that `cmake --install` is given counts for units and settings, too; and systemd
    finds the program there, whatever the folder is called."""
    prefix = tmp_path / name
    run("cmake", "--install", build, "--prefix", prefix)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    verify(prefix / "lib/systemd/system")
    settings = prefix / "etc/gitopsd/gitopsd.yaml"
    text = (prefix / "lib/systemd/system/gitopsd.service").read_text()
    assert f"ConditionPathExists={settings.parent}/kubeconfig".replace("%", "%%") in text

    settings.write_text("poll-interval: 5s\n")
    assert "Kept: " in run("cmake", "--install", build, "--prefix", prefix)
    assert settings.read_text() == "poll-interval: 5s\n"


@pytest.mark.parametrize("unit", UNITS)
def test_its_exposure_is_below_2(installed, unit):
    table = run("systemd-analyze", "security", "--offline=true", "--no-pager", installed / unit)
    level = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", table)[1])
    assert level < 2.0, table
