# SPDX-License-Identifier: Apache-2.0
"""Health: scripts of argocd-cm, live; custom resources by their conditions; a script that hangs."""

import time

import pytest

from harness import PATIENCE, eventually, settled
from world import config_map, definition, phase, resources

SCRIPT = "resource.customizations.health.ConfigMap"
BY_DATA = """
local hs = {status = "Progressing", message = "nothing is said"}
if obj.data ~= nil and obj.data.health ~= nil then
  hs.status = obj.data.health
  hs.message = "as data says"
end
return hs
"""

WIDGETS = definition("widgets", "Widget", "health.example.com", subresources={"status": {}})


def health(world, name="app"):
    found = world.get(name).get("status", {}).get("health", {})
    return found.get("status")


def health_of(world, resource, name="app"):
    found = resources(world.get(name))[resource].get("health", {})
    return found.get("status"), found.get("message")


def is_health(world, wanted, name="app"):
    eventually(lambda: health(world, name) == wanted)


@pytest.fixture
def one(world):
    world.repo.write("app/map.yaml", config_map("map"))
    world.repo.commit()
    world.create("app")
    return world


def say(world, value):
    world.cluster.merge_patch(world.path_of("configmaps", "map"), {"data": {"health": value}})


def test_a_script_changes_the_health_of_an_application_live(one, settings):
    one.start()
    one.wait_synced("app")
    is_health(one, "Healthy")
    assert health_of(one, "ConfigMap/map") == (None, None)

    settings(**{SCRIPT: BY_DATA})
    is_health(one, "Progressing")
    assert health_of(one, "ConfigMap/map") == ("Progressing", "nothing is said")

    say(one, "Degraded")
    is_health(one, "Degraded")
    assert health_of(one, "ConfigMap/map") == ("Degraded", "as data says")

    settings(**{SCRIPT: "return {status = 'Suspended'}"})
    is_health(one, "Suspended")

    settings(**{SCRIPT: "return obj.nothing.at.all"})
    is_health(one, "Unknown")
    status, message = health_of(one, "ConfigMap/map")
    assert status == "Unknown"
    assert message == "health.lua:1: attempt to index field 'nothing' (a nil value)"

    settings()
    is_health(one, "Healthy")
    assert health_of(one, "ConfigMap/map") == (None, None)


def test_libraries_and_patterns_of_the_older_map(one, settings):
    settings(**{"resource.customizations": """
"*Map":
  health.lua: return {status = string.sub("Suspended!", 1, -2)}
  health.lua.useOpenLibs: true
"""})
    one.start()
    is_health(one, "Suspended")

    settings(**{SCRIPT: "return {status = string.sub('Suspended!', 1, -2)}"})
    is_health(one, "Unknown")
    assert "global 'string'" in health_of(one, "ConfigMap/map")[1]

    settings(**{SCRIPT: "return {status = string.sub('Suspended!', 1, -2)}",
                "resource.customizations.useOpenLibs.ConfigMap": "true"})
    is_health(one, "Suspended")


def test_a_script_is_run_only_for_what_an_application_owns(one, settings):
    """Beside its object lives one with the mark of an Application that is not there yet."""
    other = one.name("other")
    one.cluster.apply(config_map("left", annotations={
        "argocd.argoproj.io/tracking-id": f"{other}:/ConfigMap:{one.namespace}/left"}),
        "-n", one.namespace)
    one.cluster.merge_patch(one.path_of("configmaps", "left"), {"data": {"health": "Degraded"}})
    settings(**{SCRIPT: BY_DATA})
    one.start()
    is_health(one, "Progressing")
    runs = settled(lambda: one.daemon.metric("gitopsd_health_script_runs_total"))
    one.cluster.merge_patch(one.path_of("configmaps", "left"), {"data": {"more": "1"}})
    say(one, "Suspended")
    is_health(one, "Suspended")
    assert one.daemon.metric("gitopsd_health_script_runs_total") == runs + 1

    # Its Application comes, and does not want it: what is superfluous counts, too.
    one.create("other", path="app", automated=False)
    eventually(lambda: resources(one.get("other"))["ConfigMap/left"]["requiresPruning"])
    is_health(one, "Degraded", "other")


def test_an_endless_script_harms_only_its_own_kind(one, settings):
    # Of a kind that other tests do not leave behind.
    settings(**{"resource.customizations.health.LimitRange": "while true do end",
                SCRIPT: BY_DATA})
    one.repo.write("other/range.yaml", "apiVersion: v1\nkind: LimitRange\nmetadata: {name: range}\n"
                                       "spec:\n  limits:\n"
                                       "    - {type: PersistentVolumeClaim, max: {storage: 1Ti}}\n")
    one.repo.commit()
    one.create("other")
    one.start()
    is_health(one, "Unknown", "other")
    eventually(lambda: health_of(one, "LimitRange/range", "other")[1] ==
               "the health script took longer than 1 s")

    for i, wanted in enumerate(["Degraded", "Healthy", "Suspended"]):
        one.cluster.merge_patch(one.path_of("limitranges", "range"),
                                {"metadata": {"labels": {"round": str(i)}}})
        say(one, wanted)
        is_health(one, wanted)
    one.repo.write("app/map.yaml", config_map("map", "2"))
    sha = one.repo.commit()
    began = time.monotonic()
    one.wait_synced("app", sha)
    assert time.monotonic() - began < 10 * PATIENCE


@pytest.fixture
def widget(world):
    """A custom resource in one wave, a ConfigMap in the next."""
    world.cluster.apply(WIDGETS)
    world.repo.write("app/a.yaml", "apiVersion: health.example.com/v1\nkind: Widget\n"
                                   "metadata: {name: w}\nspec: {size: 1}\n")
    world.repo.write("app/b.yaml", config_map(
        "later", annotations={"argocd.argoproj.io/sync-wave": "1"}))
    world.repo.commit()
    world.create("app")
    return world


def set_status(world, **status):
    path = f"/apis/health.example.com/v1/namespaces/{world.namespace}/widgets/w/status"
    world.cluster.merge_patch(path, {"status": status})


def ready(status, reason="Said", **fields):
    return [{"type": "Ready", "status": status, "reason": reason, "message": "it says so",
             "lastTransitionTime": "2026-01-01T00:00:00Z", **fields}]


def test_a_custom_resource_is_as_healthy_as_its_conditions(widget):
    widget.start()
    widget.wait_synced("app")
    is_health(widget, "Healthy")
    assert health_of(widget, "Widget/w") == (None, None)

    set_status(widget, conditions=ready("False"))
    is_health(widget, "Degraded")
    assert health_of(widget, "Widget/w") == ("Degraded", "it says so")

    set_status(widget, conditions=ready("False", "Pending"))
    is_health(widget, "Progressing")

    set_status(widget, conditions=ready("True"))
    is_health(widget, "Healthy")
    assert health_of(widget, "Widget/w") == ("Healthy", "it says so")

    set_status(widget, observedGeneration=0)
    is_health(widget, "Progressing")


def test_a_wave_waits_for_the_health_script_of_the_one_before(widget, settings):
    settings(**{"resource.customizations.health.health.example.com_Widget": """
if obj.status ~= nil and obj.status.done then return {status = "Healthy"} end
return {status = "Progressing", message = "not done"}
"""})
    widget.start()
    eventually(lambda: widget.cluster.kubectl("get", "widgets", "-n", widget.namespace))
    eventually(lambda: phase(widget.get("app")) == "Running")
    time.sleep(2.5)
    assert not widget.exists("configmaps", "later")
    assert phase(widget.get("app")) == "Running"

    set_status(widget, done=True)
    widget.wait_synced("app")
    assert widget.exists("configmaps", "later")
    is_health(widget, "Healthy")
