# SPDX-License-Identifier: Apache-2.0
"""The ConfigMap argocd-cm is read live: exclusions, what cannot be read, what needs no work."""

import time

import pytest

from harness import eventually
from world import READS, WRITES, conditions, config_map, resources, service

CONFIG_MAPS = "/api/v1/namespaces/argocd/configmaps"


def excluded(world, name="app"):
    return conditions(world.get(name)).get("ExcludedResourceWarning")


def synced(world, name="app"):
    """Synced at the newest commit, whatever else is told."""
    def check():
        status = world.get(name)["status"]
        assert status["sync"] == {**status["sync"], "status": "Synced",
                                  "revision": world.repo.head()}, status
    eventually(check)


@pytest.fixture
def two(world):
    world.repo.write("app/map.yaml", config_map("map"))
    world.repo.write("app/svc.yaml", service("svc"))
    world.repo.commit()
    world.create("app", prune=True, self_heal=True)
    return world


def test_an_excluded_kind_is_not_written_and_told(two, settings):
    settings(**{"resource.exclusions": "- kinds: [Service]\n"})
    two.start()
    synced(two)
    assert excluded(two) == "Resource /Service svc is excluded in the settings"
    assert set(resources(two.get("app"))) == {"ConfigMap/map"}
    assert two.names("services") == set()


def test_exclusions_take_effect_live_and_nothing_is_pruned(two, settings):
    two.start()
    two.wait_synced("app")
    watched = two.daemon.metric("gitopsd_watched_kinds")
    mark = two.cluster.audit_mark()
    settings(**{"resource.exclusions": "- kinds: [Service]\n"})
    eventually(lambda: excluded(two))
    synced(two)
    assert set(resources(two.get("app"))) == {"ConfigMap/map"}

    # what is excluded may change or leave Git: it is left alone
    two.cluster.merge_patch(two.path_of("services", "svc"), {"metadata": {"labels": {"a": "b"}}})
    two.cluster.merge_patch(two.path_of("services", "svc"), {"spec": {"ports": [
        {"port": 81, "protocol": "TCP", "targetPort": 80}]}})
    two.repo.remove("app/svc.yaml")
    two.repo.commit()
    synced(two)
    eventually(lambda: not excluded(two))
    time.sleep(1)
    assert two.writes(mark) == []
    assert two.object("services", "svc")["spec"]["ports"][0]["port"] == 81

    # included again: now it is known as something that Git does not want
    settings()
    eventually(lambda: not two.exists("services", "svc"))
    two.wait_synced("app")
    assert two.daemon.metric("gitopsd_watched_kinds") == watched


def test_an_object_that_was_excluded_comes_back(two, settings):
    settings(**{"resource.exclusions": "- kinds: [Service]\n"})
    two.start()
    synced(two)
    two.cluster.request("DELETE", f"{CONFIG_MAPS}/argocd-cm")
    two.wait_synced("app")
    assert two.exists("services", "svc")
    assert not excluded(two)


def test_inclusions_leave_the_rest_out(two, settings):
    settings(**{"resource.inclusions": "- apiGroups: ['']\n  kinds: [ConfigMap]\n"})
    two.start()
    synced(two)
    assert set(resources(two.get("app"))) == {"ConfigMap/map"}


def test_without_the_label_the_config_map_counts_as_missing(two, settings):
    settings(labelled=False, **{"resource.exclusions": "- kinds: [Service]\n"})
    two.start()
    two.wait_synced("app")
    assert two.exists("services", "svc")


def test_a_value_that_cannot_be_read_is_told_once_and_the_last_good_one_stays(two, settings):
    settings(**{"resource.exclusions": "- kinds: [Service]\n"})
    two.start()
    synced(two)
    two.cluster.merge_patch(f"{CONFIG_MAPS}/argocd-cm",
                            {"data": {"resource.exclusions": "- kinds: Service\n"}})
    told = eventually(lambda: two.daemon.events("setting not understood"))
    assert len(told) == 1
    assert told[0]["error"].startswith("ConfigMap argocd/argocd-cm, key resource.exclusions: ")
    assert "rule 1: kinds is not a list" in told[0]["error"]
    assert "last good value stays in use until the value is corrected" in told[0]["error"]
    assert two.daemon.metric("gitopsd_settings_problems") == 1
    time.sleep(0.5)
    assert excluded(two) and two.names("services") == set()

    two.cluster.merge_patch(f"{CONFIG_MAPS}/argocd-cm", {"data": {"resource.exclusions": ""}})
    two.wait_synced("app")
    assert two.daemon.metric("gitopsd_settings_problems") == 0
    assert len(two.daemon.events("setting not understood")) == 1


def test_an_update_that_changes_nothing_of_ours_costs_no_work(two, settings):
    """As the shipped rules of ignoreResourceUpdates want it: the status, annotations of others."""
    two.start()
    two.wait_synced("app")
    two.wait_quiet()
    mark = two.cluster.audit_mark()
    before = {m: two.daemon.metric(m) for m in
              ("gitopsd_reconciles_total", "gitopsd_status_writes_total")}
    for i in range(20):
        two.cluster.merge_patch(two.path_of("services", "svc") + "/status", {"status": {
            "conditions": [{"type": "example.org/Ready", "status": "True", "reason": "Ready",
                            "message": str(i), "lastTransitionTime": "2026-01-01T00:00:00Z"}]}})
        two.cluster.merge_patch(two.path_of("configmaps", "map"), {"metadata": {"annotations": {
            "control-plane.alpha.kubernetes.io/leader": str(i)}}})
    time.sleep(1.5)
    assert {m: two.daemon.metric(m) for m in before} == before
    # What the cluster publishes is read for a while after the start; of objects nothing is.
    asked = two.cluster.audit_events(verbs=(*READS, *WRITES), since=mark)
    assert [e["requestURI"] for e in asked if "objectRef" in e] == []


def test_annotations_that_are_secret_are_digests_in_a_diff(world, settings):
    settings(**{"resource.sensitive.mask.annotations": "example.org/token, example.org/other"})
    world.repo.write("app/map.yaml", config_map("map", annotations={
        "example.org/token": "canary-4711", "example.org/plain": "told"}))
    world.repo.commit()
    world.create("app", automated=False)
    world.start()
    eventually(lambda: resources(world.get("app"))["ConfigMap/map"]["status"] == "OutOfSync")
    status, body = world.daemon.http(
        "GET", f"/api/v1/applications/argocd/{world.name('app')}/diff")[:2]
    assert status == 200 and "told" in body
    assert "example.org/token" in body and "canary-4711" not in body
