# SPDX-License-Identifier: Apache-2.0
"""The parts of fuzz-kustomize: random repositories, and making them small."""
