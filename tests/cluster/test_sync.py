# SPDX-License-Identifier: Apache-2.0
"""Operations: what a person asks for with `operation`, sync options, prunes, kinds that come."""

import datetime
import time

import pytest
import yaml

from harness import eventually
from world import (assert_synced, conditions, config_map, definition, deployment,
                   phase, resources, results, service)


WAVE = "argocd.argoproj.io/sync-wave"


def state(world, name):
    return world.get(name).get("status", {}).get("operationState", {})


def ask(world, name, sync, **more):
    """What `argocd app sync` and `kubectl patch` do; returns when it has ended."""
    world.patch(name, {"operation": {"initiatedBy": {"username": "me"}, "sync": sync, **more}})

    def ended():
        app = world.get(name)
        assert "operation" not in app, state(world, name)
        return app
    return eventually(ended)


def options(*words):
    return {"annotations": {"argocd.argoproj.io/sync-options": ",".join(words)}}


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def approve(world, name):
    world.patch(name, {"metadata": {"annotations": {
        "argocd.argoproj.io/deletion-approved": now()}}})


# --- what a person asks for


def test_manual_operations(world):
    """As recorded from Argo CD, scenario `manual`."""
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/web.yaml", deployment("web"))
    first = world.repo.commit()
    world.create("app", automated=False)
    world.start()
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")

    app = ask(world, "app", {"prune": True, "resources": [{"kind": "ConfigMap", "name": "a"}]})
    assert phase(app) == "Succeeded" and not app["status"].get("history")
    assert results(app).keys() == {"ConfigMap/a"}
    assert state(world, "app")["operation"] == {
        "initiatedBy": {"username": "me"}, "retry": {},
        "sync": {"prune": True, "resources": [{"kind": "ConfigMap", "name": "a"}]}}
    assert not world.exists("deployments", "web")

    app = ask(world, "app", {"prune": True})
    assert {key: r["message"] for key, r in results(app).items()} == {
        "ConfigMap/a": "configmap/a unchanged",
        "Deployment/web": "deployment.apps/web serverside-applied"}
    assert [h["revision"] for h in app["status"]["history"]] == [first]

    world.repo.remove("app/a.yaml")
    world.repo.write("app/web.yaml", deployment("web", image="registry.example.com/web:2"))
    second = world.repo.commit()
    eventually(lambda: world.get("app")["status"]["sync"] == {
        **world.get("app")["status"]["sync"], "revision": second, "status": "OutOfSync"})
    app = ask(world, "app", {})
    assert results(app)["ConfigMap/a"]["status"] == "PruneSkipped"
    assert results(app)["ConfigMap/a"]["message"] == "ignored (requires pruning)"
    assert world.exists("configmaps", "a")
    assert [h["revision"] for h in app["status"]["history"]] == [first, second]


def test_dry_run_changes_nothing(world):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("app", automated=False)
    world.start()
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    app = ask(world, "app", {"dryRun": True})
    assert phase(app) == "Succeeded"
    assert results(app)["ConfigMap/a"]["message"] == "configmap/a serverside-applied (dry run)"
    assert not world.exists("configmaps", "a")
    assert not app["status"].get("history")


def test_rollback_to_an_earlier_revision(world):
    world.repo.write("app/a.yaml", config_map("a", "1"))
    first = world.repo.commit()
    world.create("app", automated=False)
    world.start()
    eventually(lambda: world.get("app")["status"]["sync"]["revision"] == first)
    ask(world, "app", {})
    world.repo.write("app/a.yaml", config_map("a", "2"))
    second = world.repo.commit()
    eventually(lambda: world.get("app")["status"]["sync"]["revision"] == second)
    ask(world, "app", {})
    assert world.object("configmaps", "a")["data"] == {"key": "2"}
    entry = world.get("app")["status"]["history"][0]
    app = ask(world, "app", {"revision": entry["revision"], "source": entry["source"],
                             "syncStrategy": {"apply": {}}})
    assert world.object("configmaps", "a")["data"] == {"key": "1"}
    assert app["status"]["operationState"]["syncResult"]["revision"] == first
    assert [h["revision"] for h in app["status"]["history"]] == [first, second, first]

    def follows_the_spec_again():
        assert world.get("app")["status"]["sync"] == {**world.get("app")["status"]["sync"],
                                                      "revision": second, "status": "OutOfSync"}
    eventually(follows_the_spec_again)


@pytest.mark.parametrize("sync,told", [
    ({"manifests": ["{}"]}, "operation.sync.manifests is not supported"),
    ({"revision": "no-such-branch"}, "no-such-branch"),
])
def test_operation_that_cannot_be_done_ends_in_an_error(world, sync, told):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("app", automated=False)
    world.start()
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    app = ask(world, "app", sync)
    assert phase(app) == "Error"
    assert told in app["status"]["operationState"]["message"]
    assert not world.exists("configmaps", "a")


def test_operation_goes_before_the_automation(world):
    """The automation waits for a wave that does not get well; a person does not have to."""
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.write("app/late.yaml", config_map(
        "late", annotations={"argocd.argoproj.io/sync-wave": "1"}))
    world.repo.commit()
    world.create("app")
    world.start()
    eventually(lambda: "waiting for healthy state of apps/Deployment/web"
               in state(world, "app").get("message", ""))
    app = ask(world, "app", {"resources": [{"kind": "ConfigMap", "name": "late"}]})
    assert results(app).keys() == {"ConfigMap/late"}
    assert world.exists("configmaps", "late")


def test_repair_is_told_as_a_partial_operation(world):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/b.yaml", config_map("b"))
    world.repo.commit()
    world.create("app", self_heal=True)
    world.start()
    world.wait_synced("app")
    world.cluster.request("DELETE", world.path_of("configmaps", "a"))
    eventually(lambda: world.exists("configmaps", "a"))

    def told():
        sync = state(world, "app")["operation"]["sync"]
        assert sync["resources"] == [{"kind": "ConfigMap", "name": "a"}], sync
        assert sync["autoHealAttemptsCount"] == 1
    eventually(told)
    assert len(world.get("app")["status"]["history"]) == 1


# --- sync options


def test_replace_puts_the_object_in_place(world):
    world.repo.write("app/r.yaml", config_map("r", **options("Replace=true")))
    world.repo.commit()
    world.create("app", self_heal=True)
    world.start()
    world.wait_synced("app")
    uid = world.object("configmaps", "r")["metadata"]["uid"]
    world.cluster.merge_patch(world.path_of("configmaps", "r"), {"data": {"more": "x"}})
    world.repo.write("app/r.yaml", config_map("r", "2", **options("Replace=true")))
    app = world.wait_synced("app", world.repo.commit())
    assert results(app)["ConfigMap/r"]["message"] == "configmap/r replaced"
    live = world.object("configmaps", "r")
    assert live["data"] == {"key": "2"} and live["metadata"]["uid"] == uid
    time.sleep(1)  # and it stays as it is
    assert world.object("configmaps", "r")["metadata"]["resourceVersion"] == \
        live["metadata"]["resourceVersion"]


def other_selector(name, **metadata):
    changed = yaml.safe_load(deployment(name, **metadata))
    changed["spec"]["selector"]["matchLabels"] = {"app": "other"}
    changed["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    return yaml.safe_dump(changed)


def test_immutable_field_is_told_with_its_remedy(world):
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()
    world.wait_synced("app")
    uid = world.object("deployments", "web")["metadata"]["uid"]
    world.repo.write("app/web.yaml", other_selector("web"))
    world.repo.commit()
    message = world.wait_failed("app")["status"]["operationState"]["message"]
    assert message.startswith("one or more objects failed to apply, reason: "), message
    assert "spec.selector" in message and "field is immutable" in message, message
    assert "argocd.argoproj.io/sync-options: Force=true" in message, message
    assert world.object("deployments", "web")["metadata"]["uid"] == uid

    world.repo.write("app/web.yaml", other_selector("web", **options("Force=true")))
    app = world.wait_synced("app", world.repo.commit())
    assert results(app)["Deployment/web"]["message"] == "deployment.apps/web replaced"
    assert world.object("deployments", "web")["metadata"]["uid"] != uid


def claim(size="1Gi", mode="ReadWriteOnce", **metadata):
    return yaml.safe_dump({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
                           "metadata": {"name": "data", **metadata}, "spec": {
                               "accessModes": [mode],
                               "resources": {"requests": {"storage": size}}}})


def test_force_does_not_delete_data_unless_a_person_approves(world):
    world.repo.write("app/data.yaml", claim())
    world.repo.commit()
    world.create("app", retry={"limit": -1, "backoff": {"duration": "1s", "factor": 1}})
    world.start()
    world.wait_synced("app")
    uid = world.object("persistentvolumeclaims", "data")["metadata"]["uid"]
    world.repo.write("app/data.yaml", claim(mode="ReadWriteMany", **options("Force=true")))
    sha = world.repo.commit()
    failed = world.wait_failed("app")["status"]["operationState"]
    assert "argocd.argoproj.io/deletion-approved" in failed["message"]
    assert world.object("persistentvolumeclaims", "data")["metadata"]["uid"] == uid
    approve(world, "app")
    world.cluster.merge_patch(world.path_of("persistentvolumeclaims", "data"),
                              {"metadata": {"finalizers": None}})
    world.wait_synced("app", sha)
    assert world.object("persistentvolumeclaims", "data")["metadata"]["uid"] != uid


def test_validation_is_strict_unless_turned_off(world):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/b.yaml", config_map("b", **options("Validate=false")))
    world.repo.commit()
    since = world.cluster.audit_mark()
    world.create("app")
    world.start()
    world.wait_synced("app")
    uris = {e["objectRef"]["name"]: e["requestURI"]
            for e in world.cluster.audit_events(verbs=["patch"], since=since)
            if e["objectRef"]["resource"] == "configmaps"}
    assert "fieldValidation=Strict" in uris["a"] and "fieldValidation=Ignore" in uris["b"]


# --- prunes


def test_prunes_wait_for_confirmation(world):
    world.repo.write("app/a.yaml", config_map("a", **options("Prune=confirm")))
    world.repo.write("app/b.yaml", config_map("b"))
    world.repo.commit()
    world.create("app", prune=True)
    world.start()
    world.wait_synced("app")
    world.repo.remove("app/a.yaml")
    sha = world.repo.commit()
    eventually(lambda: "waiting for pruning confirmation of /ConfigMap/a"
               in state(world, "app").get("message", ""))
    assert phase(world.get("app")) == "Running"
    assert "/ConfigMap/a" in world.wait_condition("app", "PruneConfirmationWarning")
    time.sleep(1)
    assert world.exists("configmaps", "a")
    approve(world, "app")
    app = world.wait_synced("app", sha)
    assert results(app)["ConfigMap/a"]["status"] == "Pruned"
    assert not world.exists("configmaps", "a")


def test_mass_prune_waits_for_confirmation(world):
    for i in range(14):
        world.repo.write(f"app/{i}.yaml", config_map(f"c{i}"))
    world.repo.commit()
    world.create("app", prune=True)
    world.start()
    world.wait_synced("app")
    for i in range(1, 12):
        world.repo.remove(f"app/{i}.yaml")
    world.repo.write("app/0.yaml", config_map("c0", "2"))
    sha = world.repo.commit()
    eventually(lambda: "waiting for pruning confirmation of" in state(world, "app").get("message", ""))
    assert world.object("configmaps", "c0")["data"] == {"key": "2"}  # what is written is written
    assert len(world.names("configmaps")) == 14
    told = world.wait_condition("app", "PruneConfirmationWarning")
    assert "would prune 11 of 14 objects" in told and "deletion-approved" in told
    approve(world, "app")
    world.wait_synced("app", sha)
    assert len(world.names("configmaps")) == 3


def test_nothing_is_pruned_beside_a_refused_write(world):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/web.yaml", service("web"))
    world.repo.commit()
    world.create("app", prune=True, retry={"limit": 0})
    world.start()
    world.wait_synced("app")
    world.repo.remove("app/a.yaml")
    world.repo.write("app/web.yaml", service("web", port=70000))
    world.repo.write("app/b.yaml", config_map("b"))
    world.repo.commit()
    failed = world.wait_failed("app")
    assert world.exists("configmaps", "a") and world.exists("configmaps", "b")
    assert results(failed)["ConfigMap/a"]["status"] == "PruneSkipped"


def test_nothing_is_deleted_whose_successor_is_refused(world):
    world.repo.write("app/web.yaml", service("web", **options("Replace=true,Force=true")))
    world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()
    world.wait_synced("app")
    live = world.object("services", "web")
    uid = live["metadata"]["uid"]
    world.repo.replace("app/web.yaml", "port: 80", "port: 70000")
    world.repo.commit()
    failed = world.wait_failed("app")["status"]["operationState"]
    assert "must be between 1 and 65535" in failed["message"]
    assert world.object("services", "web")["metadata"]["uid"] == uid
    # An address that the one that goes holds is no reason.
    world.repo.replace("app/web.yaml", "port: 70000", "port: 81")
    world.repo.replace("app/web.yaml", "spec:\n",
                       f"spec:\n  clusterIP: {live['spec']['clusterIP']}\n")
    app = world.wait_synced("app", world.repo.commit())
    assert results(app)["Service/web"]["message"] == "service/web replaced"
    assert world.object("services", "web")["metadata"]["uid"] != uid


# Refused by the server, in a wave after that of the prune.
REFUSED = {
    "replaced": service("web", port=70000, annotations={
        "argocd.argoproj.io/sync-options": "Replace=true", WAVE: "5"}),
    "recreated": service("web", port=70000, annotations={
        "argocd.argoproj.io/sync-options": "Replace=true,Force=true", WAVE: "5"}),
    "adopted": service("mine", annotations={WAVE: "5"}) + "  sesionAffinity: None\n",
}


@pytest.mark.parametrize("how", REFUSED)
def test_dry_run_before_a_prune_knows_how_it_is_written(world, how):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/web.yaml", service("web"))
    world.repo.commit()
    world.cluster.apply(service("mine"), "-n", world.namespace)
    world.create("app", prune=True, retry={"limit": 0})
    world.start()
    world.wait_synced("app")
    mark = world.cluster.audit_mark()
    world.repo.remove("app/a.yaml")
    world.repo.write("app/refused.yaml" if how == "adopted" else "app/web.yaml", REFUSED[how])
    world.repo.commit()
    failed = world.wait_failed("app")
    assert world.exists("configmaps", "a") and world.deletes(mark) == []
    assert results(failed)["ConfigMap/a"]["status"] == "PruneSkipped"


def test_dry_run_before_a_prune_lets_what_is_well_pass(world):
    """What is replaced and recreated is there already, which is no refusal."""
    kinds = {"r": "Replace=true", "f": "Replace=true,Force=true", "i": "Force=true"}
    world.repo.write("app/a.yaml", config_map("a"))
    for name, words in kinds.items():
        world.repo.write(f"app/{name}.yaml", deployment(name, **options(words)))
    world.repo.commit()
    world.create("app", prune=True, retry={"limit": 0})
    world.start()
    world.wait_synced("app")
    uids = world.uids("deployments")
    world.repo.remove("app/a.yaml")
    world.repo.write("app/r.yaml", deployment("r", replicas=2, **options(kinds["r"])))
    for name in ("f", "i"):
        world.repo.write(f"app/{name}.yaml", other_selector(name, **options(kinds[name])))
    app = world.wait_synced("app", world.repo.commit())
    assert not world.exists("configmaps", "a")
    assert {key: r["message"] for key, r in results(app).items() if key.startswith("Dep")} == {
        f"Deployment/{name}": f"deployment.apps/{name} replaced" for name in kinds}
    now = world.uids("deployments")
    assert now["r"] == uids["r"] and now["f"] != uids["f"] and now["i"] != uids["i"]


# --- kinds that come


def test_definition_and_object_in_one_commit(world):
    plural = world.name("gadgets").replace("-", "")
    group = f"{plural}.example.com"
    world.repo.write("app/a.yaml", yaml.safe_dump({
        "apiVersion": f"{group}/v1", "kind": "Gadget", "metadata": {"name": "g"}, "size": 1}))
    world.repo.write("app/crd.yaml", definition("gadgets", "Gadget", group))
    world.repo.write("app/c.yaml", config_map("c"))
    sha = world.repo.commit()
    world.create("app", prune=True)
    world.start()
    app = world.wait_synced("app", sha)
    assert results(app)["Gadget/g"]["status"] == "Synced"
    assert app["status"]["operationState"].get("retryCount") is None
    assert len(app["status"]["history"]) == 1
    world.cluster.get(f"/apis/{group}/v1/namespaces/{world.namespace}/gadgets/g")


def test_fail_on_shared_resource(world):
    world.repo.write("one/a.yaml", config_map("a"))
    world.repo.write("two/a.yaml", config_map("a"))
    world.repo.write("two/b.yaml", config_map("b"))
    world.repo.commit()
    world.create("one")
    world.start()
    world.wait_synced("one")
    world.create("two", sync_options=["FailOnSharedResource=true"], retry={"limit": 0})
    failed = world.wait_failed("two")["status"]["operationState"]
    assert failed["message"].startswith("Shared resource found: ")
    assert not world.exists("configmaps", "b")


def test_conditions_and_phase_of_a_failure_that_mends(world):
    world.repo.write("app/web.yaml", service("web", port=70000))
    world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()
    eventually(lambda: conditions(world.get("app")).get("SyncError", "").startswith(
        "Failed last sync attempt to ["))
    world.repo.write("app/web.yaml", service("web"))
    assert_synced(world.wait_synced("app", world.repo.commit()), world.repo.head())
    assert resources(world.get("app"))["Service/web"]["status"] == "Synced"
