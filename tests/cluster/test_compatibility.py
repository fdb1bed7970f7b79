# SPDX-License-Identifier: Apache-2.0
"""docs/compatibility.md names tests that exist, and is what its table says."""

import sys

from harness import ROOT, run


def test_the_page_is_up_to_date():
    run(sys.executable, ROOT / "tests" / "compatibility", "--check")
