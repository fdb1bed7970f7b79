# SPDX-License-Identifier: Apache-2.0
"""What people type who know kubectl, argocd, flux and git, and what gitopsctl makes of it."""

import pytest

from ctl import ctl


@pytest.fixture
def run(world):
    def run(*args, code=0, **options):
        result = ctl(world.cluster.kubeconfig, *args, **options)
        assert result.code == code, result
        return result
    return run


TYPED = {"list": "get", "reconcile shop": "sync", "app sync shop": "sync", "app list": "get",
         "build .": "render", "log shop": "history", "wiat": "wait"}


def test_verbs_of_others():
    for typed, meant in TYPED.items():
        result = ctl(None, *typed.split())
        assert (result.code, result.out) == (2, "")
        assert f"; did you mean gitopsctl {meant}?\n" in result.err


@pytest.fixture
def shop(world):
    """Nobody serves it."""
    return world.create("app", automated=False)["metadata"]["name"]


def test_a_name_as_it_is_printed_is_a_name(run, shop):
    name = run("get", "-o", "name").out.strip()
    assert name == f"application.argoproj.io/{shop}"
    assert run("get", name, "-o", "name").out.strip() == name
    assert f"Application  argocd/{shop}" in run("describe", name).out
    assert run("suspend", name).out == f"{shop}: has no automated sync to suspend\n"


def test_names_that_are_none(world, run, shop):
    """An empty one would be the path of all."""
    before = world.get("app")["metadata"]["resourceVersion"]
    for verb in ("get", "describe", "tree", "sync", "suspend", "refresh", "wait"):
        assert "a name is empty" in run(verb, "", code=2).err
        for name in ("/", "argocd/", f"/{shop}", "a/b/c"):
            assert f"{name}: is neither NAME nor NAMESPACE/NAME" in run(verb, name, code=1).err
    assert world.get("app")["metadata"]["resourceVersion"] == before


def test_an_empty_namespace_is_the_default(run, shop):
    """As of `-n "$NAMESPACE"` in a script that does not set it."""
    assert run("get", shop, "-n", "").out == run("get", shop).out
    assert run("fleet", "-n", "").out == run("fleet", "-A").out


def test_a_duration_that_is_none_is_found_before_anything_is_asked_for(world, run, shop):
    for verb in ("sync", "wait", "refresh"):
        result = run(verb, shop, "--timeout", "soon", code=2)
        assert f'gitopsctl {verb}: --timeout: "soon" is not a duration' in result.err
    assert "operation" not in world.get("app")
