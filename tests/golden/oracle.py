# SPDX-License-Identifier: Apache-2.0
"""The real kustomize that the engine is compared with: kustomize-oracle, or where that cannot be
built `kubectl kustomize` of tests/cluster/kubectl, which is older and knows no --reorder."""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
KUBECTL = HERE.parent / "cluster" / "kubectl"
RESTRICTORS = {"RootOnly": "LoadRestrictionsRootOnly", "None": "LoadRestrictionsNone"}


class OracleError(Exception):
    """No real kustomize here, or not one for this case."""


class Oracle:
    def __init__(self):
        built = subprocess.run([HERE / "kustomize-oracle"], stdout=subprocess.PIPE, text=True,
                               check=False)
        if built.returncode == 0:
            self.program = [built.stdout.strip(), "build"]
            self.version = "kustomize " + self._ask(self.program[0], "version").strip()
            self.reorders = True
            return
        client = self._ask(KUBECTL, "version", "--client")
        self.program = [str(KUBECTL), "kustomize"]
        self.version = "kubectl kustomize " + re.search(r"Kustomize Version: (\S+)", client)[1]
        self.reorders = False
        print(f"kustomize-oracle is not to be had, using {self.version}", file=sys.stderr)

    @staticmethod
    def _ask(*command):
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError) as e:
            raise OracleError(f"no real kustomize: {e}") from e

    def command(self, directory, reorder="unspecified", restrictor="RootOnly"):
        """The command that builds `directory`."""
        options = ["--load-restrictor", RESTRICTORS[restrictor]]
        if reorder != "unspecified":
            if not self.reorders:
                raise OracleError(f"{self.version} knows no --reorder {reorder}")
            options += ["--reorder", reorder]
        return [*self.program, *options, str(directory)]
