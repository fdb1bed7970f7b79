# SPDX-License-Identifier: Apache-2.0
"""The end of an Application: finalizers, hooks, waves, what is kept, and what does not go."""

import time

import pytest
import yaml

from harness import app_yaml, eventually
from world import APPLICATIONS, conditions, config_map

CASCADE = "resources-finalizer.argocd.argoproj.io"
PRE = "pre-delete-finalizer.argocd.argoproj.io"
POST = "post-delete-finalizer.argocd.argoproj.io"
NOTE = "argocd.argoproj.io/"


def hook(name, when, **annotations):
    return config_map(name, annotations={NOTE + "hook": when, **annotations})


def pod(name, when, **annotations):
    return yaml.safe_dump({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "annotations": {NOTE + "hook": when, **annotations}},
        "spec": {"containers": [{"name": "a", "image": "x:1"}], "restartPolicy": "Never",
                 "automountServiceAccountToken": False}})


def end_pod(world, name, how):
    world.cluster.merge_patch(f"/api/v1/namespaces/{world.namespace}/pods/{name}/status",
                              {"status": {"phase": how}})


def is_gone(world, name="web"):
    return not world.cluster.exists(f"{APPLICATIONS}/{world.name(name)}")


def finalizers(world, name="web"):
    return set(world.get(name)["metadata"].get("finalizers", []))


def deploy(world, *objects, name="web", **options):
    world.repo.write(f"{name}/all.yaml", "---\n".join(objects))
    world.repo.commit()
    options.setdefault("finalizers", [CASCADE])
    world.create(name, **options)
    world.start()
    world.wait_synced(name)


def test_the_highest_wave_goes_first_and_what_asks_to_stay_stays(world):
    """The scenario delete-cascade of the reference."""
    deploy(world,
           config_map("a", annotations={NOTE + "sync-wave": "1"}), config_map("b"),
           config_map("c", annotations={NOTE + "sync-wave": "-1"}),
           config_map("kept", annotations={NOTE + "sync-options": "Delete=false"}),
           config_map("helm", annotations={"helm.sh/resource-policy": "keep"}))
    mark = world.cluster.audit_mark()
    world.delete("web")
    eventually(lambda: is_gone(world))
    assert [d.split("/")[1] for d in world.deletes(mark) if "configmaps" in d] == ["a", "b", "c"]
    assert world.names("configmaps") == {"kept", "helm"}


def test_an_object_that_does_not_go_is_named_and_holds_the_lower_waves(world):
    deploy(world,
           config_map("held", annotations={NOTE + "sync-wave": "1"},
                      finalizers=["example.com/hold"]),
           config_map("beside", annotations={NOTE + "sync-wave": "1"}), config_map("below"))
    world.delete("web")
    eventually(lambda: "beside" not in world.names("configmaps"))
    told = eventually(lambda: conditions(world.get("web"))["DeletionWarning"])
    assert "held" in told and "example.com/hold" in told
    time.sleep(1)
    assert world.names("configmaps") == {"held", "below"}
    assert world.object("configmaps", "held")["metadata"]["finalizers"] == ["example.com/hold"]
    world.cluster.merge_patch(world.path_of("configmaps", "held"),
                              {"metadata": {"finalizers": None}})
    eventually(lambda: is_gone(world))
    assert world.names("configmaps") == set()


def test_the_last_object_that_does_not_go_is_named_with_its_finalizer(world):
    deploy(world, config_map("held", finalizers=["example.com/hold"]))
    world.delete("web")
    told = eventually(lambda: conditions(world.get("web"))["DeletionWarning"])
    assert f"{world.namespace}/held, which has the finalizers [example.com/hold] (since 20" in told
    world.daemon.stop()
    world.daemon.start()  # it is named again
    eventually(lambda: "example.com/hold" in conditions(
        world.daemon.application(world.name("web")))["DeletionWarning"])
    world.cluster.merge_patch(world.path_of("configmaps", "held"),
                              {"metadata": {"finalizers": None}})
    eventually(lambda: is_gone(world))


@pytest.mark.parametrize("where", ["object", "application"])
def test_a_deletion_waits_for_a_persons_word(world, where):
    asks = {NOTE + "sync-options": "Delete=confirm"} if where == "object" else {}
    deploy(world, config_map("a", annotations=asks), config_map("b"),
           sync_options=["Delete=confirm"] if where == "application" else ())
    world.delete("web")
    told = world.wait_condition("web", "DeletionWarning")
    assert "waiting for confirmation of the deletion of 2 objects" in told
    time.sleep(1)
    assert world.names("configmaps") == {"a", "b"}
    approve = {"metadata": {"annotations": {NOTE + "deletion-approved": "2020-01-01T00:00:00Z"}}}
    world.patch("web", approve)
    time.sleep(1)
    assert world.names("configmaps") == {"a", "b"}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    world.patch("web", {"metadata": {"annotations": {NOTE + "deletion-approved": now}}})
    eventually(lambda: is_gone(world))
    assert world.names("configmaps") == set()


# --- hooks


def test_finalizers_of_hooks_come_and_go_with_the_hooks(world):
    deploy(world, config_map("a"), hook("before", "PreDelete"), hook("after", "PostDelete"))
    eventually(lambda: finalizers(world) == {CASCADE, PRE, PRE + "/cleanup", POST,
                                             POST + "/cleanup"})
    assert world.names("configmaps") == {"a"}
    world.repo.write("web/all.yaml", config_map("a") + "---\n" + hook("after", "PostDelete"))
    world.repo.commit()
    world.wait_synced("web")
    eventually(lambda: finalizers(world) == {CASCADE, POST, POST + "/cleanup"})
    world.patch("web", {"metadata": {"finalizers": ["example.com/mine"]}})
    eventually(lambda: finalizers(world) == {"example.com/mine", POST, POST + "/cleanup"})
    world.repo.write("web/all.yaml", config_map("a"))
    world.repo.commit()
    eventually(lambda: finalizers(world) == {"example.com/mine"})


def test_hooks_run_before_and_after_and_are_deleted_by_their_policies(world):
    deploy(world, config_map("a"),
           pod("before", "PreDelete", **{NOTE + "hook-delete-policy": "HookSucceeded"}),
           hook("stays", "PreDelete"),
           hook("after", "PostDelete", **{NOTE + "hook-delete-policy": "HookSucceeded"}),
           hook("unlucky", "PostDelete", **{NOTE + "hook-delete-policy": "HookFailed"}))
    eventually(lambda: PRE in finalizers(world) and POST in finalizers(world))
    mark = world.cluster.audit_mark()
    world.delete("web")
    eventually(lambda: world.exists("pods", "before") and world.exists("configmaps", "stays"))
    assert "waiting for completion of PreDelete hook(s)" in (
        world.wait_condition("web", "DeletionWarning"))
    time.sleep(1)
    assert world.exists("configmaps", "a") and not world.exists("configmaps", "after")
    end_pod(world, "before", "Succeeded")
    eventually(lambda: is_gone(world))
    assert world.names("configmaps") == {"stays", "unlucky"}
    assert not world.exists("pods", "before")
    assert [d.split("/")[1] for d in world.deletes(mark)] == ["a", "before", "after"]


def test_a_hook_that_fails_is_deleted_and_tried_again(world):
    deploy(world, config_map("a"), pod("before", "PreDelete"))
    eventually(lambda: PRE in finalizers(world))
    world.delete("web")
    first = eventually(lambda: world.object("pods", "before")["metadata"]["uid"])
    end_pod(world, "before", "Failed")
    assert f"PreDelete hook(s) failed: {world.namespace}/before" in (
        world.wait_condition("web", "DeletionError"))
    assert world.exists("configmaps", "a")
    eventually(lambda: world.object("pods", "before")["metadata"]["uid"] != first)
    end_pod(world, "before", "Succeeded")
    eventually(lambda: is_gone(world))
    assert not world.exists("configmaps", "a")


def test_a_hook_that_ran_is_not_run_again_after_a_restart(world):
    deploy(world, config_map("a", finalizers=["example.com/hold"]), hook("before", "PreDelete"),
           hook("after", "PostDelete"))
    eventually(lambda: PRE in finalizers(world) and POST in finalizers(world))
    world.delete("web")
    eventually(lambda: world.object("configmaps", "a")["metadata"].get("deletionTimestamp"))
    uid = world.object("configmaps", "before")["metadata"]["uid"]
    world.daemon.kill()
    world.daemon.start()
    time.sleep(2)
    assert not world.exists("configmaps", "after")
    world.cluster.merge_patch(world.path_of("configmaps", "a"), {"metadata": {"finalizers": None}})
    eventually(lambda: is_gone(world))
    assert world.object("configmaps", "before")["metadata"]["uid"] == uid
    assert world.names("configmaps") == {"before", "after"}


def test_hooks_alone_hold_an_application_that_leaves_its_objects(world):
    deploy(world, config_map("a"), hook("after", "PostDelete"), finalizers=[])
    eventually(lambda: finalizers(world) == {POST, POST + "/cleanup"})
    world.delete("web")
    eventually(lambda: is_gone(world))
    assert world.names("configmaps") == {"a", "after"}


def test_hooks_that_cannot_be_rendered_any_more_say_so(world):
    deploy(world, config_map("a"), hook("before", "PreDelete"))
    eventually(lambda: PRE in finalizers(world))
    world.repo.write("web/all.yaml", "a: [")
    world.repo.commit()
    world.wait_condition("web", "ComparisonError")
    world.delete("web")
    told = world.wait_condition("web", "DeletionError")
    assert "its hooks for the deletion cannot be rendered" in told and PRE in told
    assert world.exists("configmaps", "a")
    world.repo.write("web/all.yaml", config_map("a"))
    world.repo.commit()
    eventually(lambda: is_gone(world))
    assert world.names("configmaps") == set()


# --- others


def test_applications_that_an_application_made_go_with_it(world):
    for name in ("one", "two"):
        world.repo.write(f"{name}/a.yaml", config_map(name))
        world.repo.write(f"apps/{name}.yaml", app_yaml(
            world.name(name), world.repo, name, dest_namespace=world.namespace,
            finalizers=[CASCADE] if name == "one" else []))
    world.repo.commit()
    world.create("parent", path="apps", finalizers=[CASCADE])
    world.start()
    for name in ("parent", "one", "two"):
        world.wait_synced(name)
    world.delete("parent")
    eventually(lambda: all(is_gone(world, name) for name in ("parent", "one", "two")))
    assert world.names("configmaps") == {"two"}


def test_an_application_whose_project_is_gone_is_held(world):
    projects = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects"
    project = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
               "metadata": {"name": world.name("p"), "namespace": "argocd"},
               "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}}
    world.cluster.request("POST", projects, project)
    deploy(world, config_map("a"), project=world.name("p"))
    world.cluster.request("DELETE", f"{projects}/{world.name('p')}")
    world.wait_condition("web", "InvalidSpecError")
    world.delete("web")
    assert "which does not exist" in world.wait_condition("web", "DeletionError")
    time.sleep(1)
    assert world.names("configmaps") == {"a"}
    world.cluster.request("POST", projects, project)
    eventually(lambda: is_gone(world))
    assert world.names("configmaps") == set()
    world.cluster.request("DELETE", f"{projects}/{world.name('p')}")


def test_an_application_of_another_cluster_is_let_go(world):
    world.create("web", finalizers=[CASCADE, PRE],
                 spec={"destination": {"server": "https://elsewhere.test", "namespace": "x"}})
    world.start()
    world.wait_condition("web", "InvalidSpecError")
    world.delete("web")
    eventually(lambda: is_gone(world))
