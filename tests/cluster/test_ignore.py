# SPDX-License-Identifier: Apache-2.0
"""Differences that are ignored: not OutOfSync, not undone; and left alone when others are."""

import threading
import time

import pytest
import yaml

from harness import eventually
from world import assert_synced, conditions, config_map, deployment, resources

RESPECT = ["RespectIgnoreDifferences=true"]


def rule(**fields):
    return {"group": "apps", "kind": "Deployment", **fields}


def change(world, kind, name, body, manager="tuner"):
    """What a controller or a person in the cluster does."""
    path = f"{world.path_of(kind, name)}?fieldManager={manager}"
    return world.cluster.merge_patch(path, body)


def calm(world, name, seconds=1.5):
    """It stays Synced, and nothing is written."""
    position = world.cluster.audit_mark()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert_synced(world.get(name), world.repo.head())
        time.sleep(0.1)
    assert world.writes(position) == []


def replicas(world, name="web"):
    return world.object("deployments", name)["spec"]["replicas"]


def start(world, rules, text=None, **options):
    world.repo.write("app/web.yaml", text or deployment("web", annotations={"team": "a"}))
    world.repo.commit()
    options.setdefault("self_heal", True)
    world.create("app", ignore_differences=rules, **options)
    world.start()
    return world.wait_synced("app")


RULES = {
    "pointer": rule(jsonPointers=["/spec/replicas", "/metadata/annotations/example.org~1x"]),
    "globs": {"group": "*", "kind": "Deploy*", "name": "w?b", "namespace": "*",
              "jsonPointers": ["/spec/replicas"]},
    "jq": rule(jqPathExpressions=[".spec | .replicas"]),
    "jq that updates": rule(jqPathExpressions=[".spec.nothing) | .spec.replicas |= (7"]),
    "manager": rule(managedFieldsManagers=["tuner"]),
}


@pytest.mark.parametrize("kind", RULES)
def test_an_ignored_difference_is_no_drift_and_others_are(world, kind):
    start(world, [RULES[kind]])
    change(world, "deployments", "web", {"spec": {"replicas": 4}})
    calm(world, "app")
    assert replicas(world) == 4

    change(world, "deployments", "web", {"spec": {"paused": True}, "metadata": {
        "annotations": {"team": "b"}}}, manager="somebody")
    eventually(lambda: world.object("deployments", "web")["metadata"]["annotations"]["team"] == "a")
    world.wait_synced("app")


@pytest.mark.parametrize("kind", RULES)
def test_it_is_respected_when_others_are_undone(world, kind):
    start(world, [RULES[kind]], sync_options=RESPECT)
    change(world, "deployments", "web", {"spec": {"replicas": 4}})
    change(world, "deployments", "web", {"metadata": {"annotations": {"team": "b"}}}, "somebody")
    eventually(lambda: world.object("deployments", "web")["metadata"]["annotations"]["team"] == "a")
    world.wait_synced("app")
    assert replicas(world) == 4

    world.repo.write("app/web.yaml", deployment("web", image="registry.example.com/web:2.0"))
    world.repo.commit()
    world.wait_synced("app")
    live = world.object("deployments", "web")
    assert live["spec"]["replicas"] == 4
    assert live["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":2.0")
    calm(world, "app")


def test_an_item_of_a_list_is_ignored_by_jq(world):
    """A webhook adds a container; it stays, whoever applies."""
    start(world, [rule(jqPathExpressions=[
        '.spec.template.spec.containers[] | select(.name == "sidecar")'])], sync_options=RESPECT)
    world.cluster.request(
        "PATCH", world.path_of("deployments", "web") + "?fieldManager=injector",
        {"spec": {"template": {"spec": {"containers": [{"name": "sidecar", "image": "s:1"}]}}}},
        content_type="application/strategic-merge-patch+json")
    calm(world, "app")
    world.repo.write("app/web.yaml", deployment("web", image="registry.example.com/web:2.0"))
    world.repo.commit()
    world.wait_synced("app")
    containers = world.object("deployments", "web")["spec"]["template"]["spec"]["containers"]
    assert {c["name"]: c["image"] for c in containers} == {
        "web": "registry.example.com/web:2.0", "sidecar": "s:1"}


def test_without_the_option_a_sync_applies_what_git_says(world):
    start(world, [RULES["pointer"]])
    change(world, "deployments", "web", {"spec": {"replicas": 4}})
    calm(world, "app", 0.5)
    world.repo.write("app/web.yaml", deployment("web", image="registry.example.com/web:2.0"))
    world.repo.commit()
    world.wait_synced("app")
    assert replicas(world) == 1


def test_an_object_asks_by_its_own_annotation(world):
    start(world, [RULES["pointer"]], deployment("web", annotations={
        "argocd.argoproj.io/sync-options": "Prune=false, RespectIgnoreDifferences=true"}))
    change(world, "deployments", "web", {"spec": {"replicas": 4}})
    world.repo.write("app/web.yaml", deployment("web", image="registry.example.com/web:2.0", annotations={
        "argocd.argoproj.io/sync-options": "Prune=false, RespectIgnoreDifferences=true"}))
    world.repo.commit()
    world.wait_synced("app")
    assert replicas(world) == 4


def test_a_field_that_is_dropped_from_git_while_ignored_keeps_its_value(world):
    """Left out, and owned by nobody else, the server would set its default."""
    start(world, [RULES["pointer"]], deployment("web", replicas=3), sync_options=RESPECT)
    text = yaml.safe_load(deployment("web", image="registry.example.com/web:2.0"))
    del text["spec"]["replicas"]
    world.repo.write("app/web.yaml", yaml.safe_dump(text))
    world.repo.commit()
    world.wait_synced("app")
    assert replicas(world) == 3


def test_rules_that_change_are_followed_at_once(world):
    start(world, [], self_heal=False)
    change(world, "deployments", "web", {"spec": {"replicas": 4}})
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    world.patch("app", {"spec": {"ignoreDifferences": [RULES["jq"]]}})
    world.wait_synced("app")
    assert world.get("app")["status"]["sync"]["comparedTo"]["ignoreDifferences"] == [RULES["jq"]]
    assert replicas(world) == 4
    world.patch("app", {"spec": {"ignoreDifferences": None}})
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    assert replicas(world) == 4  # that is drift, and nothing to sync without selfHeal


CONFIG_MAP = "/api/v1/namespaces/argocd/configmaps/argocd-cm"


def test_rules_of_the_settings_hold_for_all_applications(world):
    """resource.customizations.ignoreDifferences.*, read live."""
    start(world, [], sync_options=RESPECT)
    key = "resource.customizations.ignoreDifferences.apps_Deployment"
    body = {"metadata": {"name": "argocd-cm", "namespace": "argocd",
                         "labels": {"app.kubernetes.io/part-of": "argocd"}},
            "data": {key: "jqPathExpressions: ['.spec.replicas']\n"}}
    world.cluster.request("POST", CONFIG_MAP.rsplit("/", 1)[0],
                          {"apiVersion": "v1", "kind": "ConfigMap", **body})
    try:
        eventually(lambda: "settings changed" in world.daemon.log_file.read_text())
        change(world, "deployments", "web", {"spec": {"replicas": 4}})
        calm(world, "app")
        assert replicas(world) == 4
        world.cluster.merge_patch(CONFIG_MAP, {"data": {key: None}})
        eventually(lambda: replicas(world) == 1)
    finally:
        world.cluster.request("DELETE", CONFIG_MAP)


# --- autoscalers

AUTOSCALERS = {
    "hpa": {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web"},
            "spec": {"maxReplicas": 9, "scaleTargetRef": {
                "apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}},
    "hpa v1": {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
               "metadata": {"name": "web"},
               "spec": {"maxReplicas": 9, "scaleTargetRef": {
                   "apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}},
}


def scale(world, count):
    world.cluster.kubectl("scale", "-n", world.namespace, "deployment/web", f"--replicas={count}")


@pytest.mark.parametrize("kind", AUTOSCALERS)
def test_what_an_autoscaler_set_is_kept(world, kind):
    world.repo.write("app/hpa.yaml", yaml.safe_dump(AUTOSCALERS[kind]))
    start(world, [], deployment("web", replicas=2))
    assert replicas(world) == 2
    scale(world, 5)
    calm(world, "app")
    world.repo.write("app/web.yaml",
                     deployment("web", replicas=2, image="registry.example.com/web:2.0"))
    world.repo.commit()
    world.wait_synced("app")
    assert replicas(world) == 5
    scale(world, 6)
    calm(world, "app")
    assert replicas(world) == 6


def test_replicas_never_drop_to_one_when_git_stops_naming_them(world):
    """An autoscaler is added, and replicas removed, as its documentation advises; it has not scaled
    yet, so that nobody but gitopsd owns the field."""
    start(world, [], deployment("web", replicas=3))
    seen, enough = set(), threading.Event()
    watcher = threading.Thread(target=lambda: [
        seen.add(replicas(world)) for _ in iter(enough.is_set, True)], daemon=True)
    watcher.start()
    without = yaml.safe_load(deployment("web"))
    del without["spec"]["replicas"]
    world.repo.write("app/hpa.yaml", yaml.safe_dump(AUTOSCALERS["hpa"]))
    world.repo.write("app/web.yaml", yaml.safe_dump(without))
    world.repo.commit()
    world.wait_synced("app")
    assert replicas(world) == 3
    calm(world, "app")
    scale(world, 5)
    without["spec"]["minReadySeconds"] = 1
    world.repo.write("app/web.yaml", yaml.safe_dump(without))
    world.repo.commit()
    world.wait_synced("app")
    assert replicas(world) == 5
    enough.set()
    watcher.join()
    assert seen == {3, 5}


def test_replicas_do_not_drop_when_another_tools_object_is_taken_over(world):
    """Its manager's fields become ours; then nobody else owns replicas."""
    without = yaml.safe_load(deployment("web"))
    del without["spec"]["replicas"]
    world.cluster.kubectl("apply", "-n", world.namespace, "-f", "-",
                          input=deployment("web", replicas=3))
    world.repo.write("app/hpa.yaml", yaml.safe_dump(AUTOSCALERS["hpa"]))
    start(world, [], yaml.safe_dump(without))
    assert replicas(world) == 3


# --- bad rules

def test_bad_rules_are_named_and_the_others_hold(world):
    rules = [rule(jsonPointers=["spec/replicas"]), rule(jqPathExpressions=[".spec["]),
             rule(jsonPointers=["/spec/replicas"])]
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.commit()
    world.create("app", self_heal=True, ignore_differences=rules)
    world.start()

    def told():
        app = world.get("app")
        message = conditions(app)["IgnoreDifferencesWarning"]
        assert 'spec.ignoreDifferences[0]: jsonPointers "spec/replicas"' in message
        assert 'spec.ignoreDifferences[1]: jqPathExpressions ".spec["' in message
        assert "ignoreDifferences[2]" not in message
        assert app["status"]["sync"]["status"] == "Synced"
        return True
    eventually(told)
    change(world, "deployments", "web", {"spec": {"replicas": 4}})
    time.sleep(1)
    assert replicas(world) == 4
    assert world.get("app")["status"]["sync"]["status"] == "Synced"
    world.patch("app", {"spec": {"ignoreDifferences": [rules[2]]}})
    world.wait_synced("app")  # no condition is left


@pytest.mark.parametrize("expression, why", [
    ("def f: f; f", "longer than 1 s"),
    ("[range(1e12)]", "too"),
    ("reduce range(1e9) as $i (0; [.])", "too"),
])
def test_a_hostile_expression_costs_its_limit_and_its_own_application(world, expression, why):
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.write("other/db.yaml", deployment("db"))
    world.repo.commit()
    world.create("app", self_heal=True, ignore_differences=[
        rule(jqPathExpressions=[expression]), RULES["jq"]])
    world.create("other", self_heal=True, ignore_differences=[RULES["jq"]])
    world.start()
    world.wait_synced("other")
    assert why in eventually(
        lambda: conditions(world.get("app"))["IgnoreDifferencesWarning"], 30)
    assert world.daemon.is_running()
    # its other rule holds, and so does drift
    change(world, "deployments", "web", {"spec": {"replicas": 4, "minReadySeconds": 3}})
    change(world, "deployments", "db", {"spec": {"replicas": 4}})
    time.sleep(1)
    assert replicas(world) == 4 and replicas(world, "db") == 4
    eventually(lambda: resources(world.get("app"))["Deployment/web"]["status"] == "Synced")
    world.wait_synced("other")


def test_an_expression_that_fails_for_an_object_is_no_problem(world):
    start(world, [rule(jqPathExpressions=["error", ".spec.nothing[].here", ".spec.replicas"])])
    change(world, "deployments", "web", {"spec": {"replicas": 4}})
    calm(world, "app")
    assert replicas(world) == 4


# --- what is superfluous

def test_an_extra_object_that_asks_not_to_count_leaves_the_application_synced(world):
    options = {"argocd.argoproj.io/compare-options": "IgnoreExtraneous"}
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/b.yaml", config_map("b", annotations=options))
    world.repo.commit()
    world.create("app", self_heal=True, prune=True)
    world.start()
    world.wait_synced("app")
    world.repo.remove("app/b.yaml")
    world.repo.commit()
    world.wait_synced("app")
    calm(world, "app")
    assert world.exists("configmaps", "b")
    entry = resources(world.get("app"))["ConfigMap/b"]
    assert entry["status"] == "OutOfSync" and entry["requiresPruning"]
    # it goes with the next sync, as any other
    world.repo.write("app/a.yaml", config_map("a", "2"))
    world.repo.commit()
    eventually(lambda: not world.exists("configmaps", "b"))
