# SPDX-License-Identifier: Apache-2.0
"""What is asked for in an odd order: objects that change their role, operations that come too late,
settings of an Application that change beside its source."""

import json
import time

from harness import eventually
from jobs import JobController, job
from test_sync import ask, state
from world import APPLICATIONS, conditions, config_map, phase, resources, results

HOOK = "argocd.argoproj.io/hook"


def hook(name, value="1", type="PreSync"):
    return config_map(name, value, annotations={HOOK: type})


def annotations(world, name):
    return world.object("configmaps", name)["metadata"].get("annotations", {})


# --- the namespace of the destination


def managed(labels):
    return {"automated": {}, "syncOptions": ["CreateNamespace=true"],
            "managedNamespaceMetadata": {"labels": labels}}


def label(world, namespace, name):
    return world.cluster.get(f"/api/v1/namespaces/{namespace}")["metadata"]["labels"].get(name)


def test_metadata_of_the_namespace_are_followed_without_a_commit(world):
    namespace = world.name("made")
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("app", dest_namespace=namespace, spec={"syncPolicy": managed({"team": "a"})})
    world.start()
    world.wait_synced("app")
    assert label(world, namespace, "team") == "a"
    world.patch("app", {"spec": {"syncPolicy": managed({"team": "b"})}})
    eventually(lambda: label(world, namespace, "team") == "b")
    world.wait_synced("app")
    eventually(lambda: state(world, "app")["syncResult"]["managedNamespaceMetadata"] == {
        "labels": {"team": "b"}})
    assert len(world.get("app")["status"]["history"]) == 2
    since = world.cluster.audit_mark()
    world.daemon.stop()
    world.daemon.start()
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "Synced")
    world.patch("app", {"spec": {"info": [{"name": "x", "value": "y"}]}})
    world.repo.write("app/b.yaml", config_map("b"))
    world.wait_synced("app", world.repo.commit())
    assert len([w for w in world.writes(since) if " namespaces " in w]) <= 1


def test_without_automation_metadata_of_the_namespace_are_out_of_sync(world):
    namespace = world.name("made")
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("app", dest_namespace=namespace, automated=False,
                 spec={"syncPolicy": {**managed({"team": "a"}), "automated": None}})
    world.start()
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    ask(world, "app", {"syncOptions": ["CreateNamespace=true"]})
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "Synced")
    world.patch("app", {"spec": {"syncPolicy": {"managedNamespaceMetadata": {
        "labels": {"team": "b"}}}}})
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    ask(world, "app", {"dryRun": True, "syncOptions": ["CreateNamespace=true"]})
    assert label(world, namespace, "team") == "a"
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    ask(world, "app", {"syncOptions": ["CreateNamespace=true"]})
    assert label(world, namespace, "team") == "b"
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "Synced")


def test_a_failure_elsewhere_does_not_forget_what_the_namespace_got(world):
    """Else the automation would run the hooks of this commit again and again."""
    namespace = world.name("made")
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/post.yaml", job("post", "PostSync"))
    world.repo.commit()
    with JobController(world.cluster, namespace) as jobs:
        jobs.fails = {"post"}
        world.create("app", dest_namespace=namespace,
                     spec={"syncPolicy": {**managed({"team": "a"}), "retry": {"limit": 0}}})
        world.start()
        eventually(lambda: phase(world.get("app")) == "Failed")
    assert label(world, namespace, "team") == "a"
    assert state(world, "app")["syncResult"]["managedNamespaceMetadata"] == {"labels": {"team": "a"}}
    assert world.get("app")["status"]["sync"]["status"] == "Synced"


def test_an_operation_that_is_refused_does_not_tell_of_the_namespace(world):
    namespace = world.name("made")
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/h.yaml", hook("h").replace("\ndata:", "\ndta:"))
    world.repo.commit()
    world.create("app", dest_namespace=namespace,
                 spec={"syncPolicy": {**managed({"team": "a"}), "retry": {"limit": 0}}})
    world.start()
    eventually(lambda: phase(world.get("app")) == "Failed")
    assert "(dry run)" in state(world, "app")["message"]
    assert "managedNamespaceMetadata" not in state(world, "app")["syncResult"]


# --- objects that change their role


def test_a_hook_that_becomes_a_plain_object_is_one(world):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/h.yaml", hook("h").replace("key:", "former: x\n  key:"))
    world.repo.commit()
    world.create("app", prune=True)
    world.start()
    world.wait_synced("app")
    assert annotations(world, "h")[HOOK] == "PreSync"
    world.repo.write("app/h.yaml", config_map("h", "2"))
    world.wait_synced("app", world.repo.commit())
    assert not {HOOK, "gitopsd.io/operation"} & annotations(world, "h").keys()
    assert world.object("configmaps", "h")["data"] == {"key": "2"}
    assert resources(world.get("app"))["ConfigMap/h"]["status"] == "Synced"
    world.repo.remove("app/h.yaml")
    world.wait_synced("app", world.repo.commit())
    assert world.names("configmaps") == {"a"}


def test_a_hook_that_is_to_be_skipped_is_listed_once(world):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/h.yaml", hook("h"))
    world.repo.commit()
    world.create("app", prune=True)
    world.start()
    world.wait_synced("app")
    world.repo.write("app/h.yaml", hook("h", type="Skip"))
    world.wait_synced("app", world.repo.commit())
    listed = [r for r in world.get("app")["status"]["resources"] if r["name"] == "h"]
    assert listed == [{"kind": "ConfigMap", "name": "h", "namespace": world.namespace,
                       "version": "v1"}]
    assert world.names("configmaps") == {"a", "h"}


def test_a_field_from_the_time_of_replace_goes_when_git_drops_it(world):
    replace = {"annotations": {"argocd.argoproj.io/sync-options": "Replace=true"}}
    world.repo.write("app/a.yaml", config_map("a", **replace).replace("key:", "former: x\n  key:"))
    world.repo.commit()
    world.create("app", prune=True)
    world.start()
    world.wait_synced("app")
    world.repo.write("app/a.yaml", config_map("a").replace("key:", "former: x\n  key:"))
    world.wait_synced("app", world.repo.commit())
    world.repo.write("app/a.yaml", config_map("a"))
    world.wait_synced("app", world.repo.commit())
    assert world.object("configmaps", "a")["data"] == {"key": "1"}


# --- operations


def test_an_operation_of_an_application_that_is_deleting_is_refused(world):
    world.repo.write("app/a.yaml", config_map("a", finalizers=["example.com/held"]))
    world.repo.commit()
    world.create("app", finalizers=["resources-finalizer.argocd.argoproj.io"])
    world.start()
    world.wait_synced("app")
    world.delete("app")
    eventually(lambda: "deletionTimestamp" in world.object("configmaps", "a")["metadata"])
    app = ask(world, "app", {})
    assert phase(app) == "Error"
    assert state(world, "app")["message"] == "application is deleting"
    assert results(app) == {}
    world.cluster.merge_patch(world.path_of("configmaps", "a"), {"metadata": {"finalizers": None}})
    eventually(lambda: not world.cluster.exists(f"{APPLICATIONS}/{world.name('app')}"))


# --- objects that are not this Application's


def test_only_the_application_whose_object_it_is_calls_it_synced(world):
    for name in ("one", "two"):
        world.repo.write(f"{name}/a.yaml", config_map("a", name))
        world.repo.write(f"{name}/b.yaml", config_map("b", name))
    world.repo.commit()
    world.create("one", self_heal=True)
    world.start()
    world.wait_synced("one")
    world.create("two", self_heal=True)

    def told():
        assert world.object("configmaps", "a")["data"] == {"key": "two"}
        assert world.get("two")["status"]["sync"]["status"] == "Synced"
        one = world.get("one")
        assert one["status"]["sync"]["status"] == "OutOfSync"
        assert resources(one)["ConfigMap/a"]["status"] == "OutOfSync"
        assert conditions(one)["SharedResourceWarning"] == "; ".join(
            f"ConfigMap/{name} is part of applications argocd/{world.name('one')} and "
            f"argocd/{world.name('two')}" for name in "ab")
    eventually(told)
    world.delete("two")
    world.wait_synced("one")
    assert world.object("configmaps", "a")["data"] == {"key": "one"}


def test_each_object_that_is_left_out_or_repeated_is_told(world, settings):
    settings(**{"resource.exclusions": "- kinds: [Endpoints, Secret]"})
    world.repo.write("app/all.yaml", "---\n".join([
        config_map("a"), config_map("a"), config_map("b"), config_map("b"),
        config_map("e").replace("ConfigMap", "Endpoints").replace("data:\n  key: '1'", ""),
        config_map("s").replace("ConfigMap", "Secret")]))
    world.repo.commit()
    world.create("app")
    world.start()
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "Synced")
    told = conditions(world.get("app"))
    assert told["ExcludedResourceWarning"] == (
        "Resource /Endpoints e is excluded in the settings; "
        "Resource /Secret s is excluded in the settings")
    assert told["RepeatedResourceWarning"] == "; ".join(
        f"Resource /ConfigMap/{world.namespace}/{name} appeared 2 times among application "
        "resources." for name in "ab")


# --- what is told on the way


def statuses(world, name, version):
    """What the Application said since this version of it."""
    text = world.cluster.kubectl(
        "get", "--raw", f"{APPLICATIONS}?watch=1&timeoutSeconds=5&resourceVersion={version}"
        f"&fieldSelector=metadata.name%3D{world.name(name)}")
    seen = [json.loads(line)["object"]["status"] for line in text.splitlines()]
    return [(s["sync"]["status"], s["health"]["status"]) for s in seen]


def test_a_sync_is_not_unknown_while_its_outcome_is_compared(world):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("app", automated=False)
    world.start()
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    time.sleep(1.5)  # longer than the interval of writes, so that it would be told at once
    version = world.get("app")["metadata"]["resourceVersion"]
    ask(world, "app", {})
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "Synced")
    told = statuses(world, "app", version)
    assert told[-1] == ("Synced", "Healthy")
    assert {sync for sync, _ in told} <= {"OutOfSync", "Synced"}, told
