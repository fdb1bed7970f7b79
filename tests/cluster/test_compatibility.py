# SPDX-License-Identifier: Apache-2.0
"""docs/compatibility.md names tests that exist and is what its table says, and docs/kustomize.md has a
case for each field."""

import sys

from harness import ROOT, run


def test_the_page_is_up_to_date():
    run(sys.executable, ROOT / "tests" / "compatibility", "--check")


def test_the_cases_of_kustomize_are_counted():
    run(sys.executable, ROOT / "tests" / "golden" / "features", "--check")
