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


def test_systemd_finds_nothing_wrong(installed):
    found = subprocess.run(["systemd-analyze", "verify", "--man=no", *(installed / u for u in UNITS)],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize("unit", UNITS)
def test_its_exposure_is_below_2(installed, unit):
    table = run("systemd-analyze", "security", "--offline=true", "--no-pager", installed / unit)
    level = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", table)[1])
    assert level < 2.0, table
