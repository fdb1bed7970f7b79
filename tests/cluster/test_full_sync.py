# SPDX-License-Identifier: Apache-2.0
"""Syncs that need real controllers: Jobs that end, rollouts that become ready, or do not."""

import datetime
import time

import pytest
import yaml

from harness import eventually
from world import config_map, definition, deployment, phase, resources, results

# No node matches: what has it waits for ever.
NOWHERE = {"nodeSelector": {"kubernetes.io/hostname": "nowhere"}}
WAVE = "argocd.argoproj.io/sync-wave"


def job(name, hook=None, policy=None, wave=None, ends=True, fails=False, namespace=None):
    annotations = {}
    if hook:
        annotations["argocd.argoproj.io/hook"] = hook
    if policy:
        annotations["argocd.argoproj.io/hook-delete-policy"] = policy
    if wave is not None:
        annotations[WAVE] = str(wave)
    spec = {"backoffLimit": 0, "template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]}}}
    if fails or not ends:
        spec["template"]["spec"].update(NOWHERE)
    if fails:
        spec["activeDeadlineSeconds"] = 1
    return yaml.safe_dump({"apiVersion": "batch/v1", "kind": "Job", "spec": spec,
                           "metadata": {"name": name, "annotations": annotations}})


def stuck_deployment(name, deadline=2, **metadata):
    doc = yaml.safe_load(deployment(name, **metadata))
    doc["spec"]["template"]["spec"].update(NOWHERE)
    doc["spec"]["progressDeadlineSeconds"] = deadline
    return yaml.safe_dump(doc)


def wave(number):
    return {"annotations": {WAVE: str(number)}}


def job_path(world, name):
    return f"/apis/batch/v1/namespaces/{world.namespace}/jobs/{name}"


def health(app):
    return app.get("status", {}).get("health", {}).get("status")


def operation(app):
    return app.get("status", {}).get("operationState", {})


def when(timestamp):
    return datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00"))


def created(cluster, path):
    return when(cluster.get(path)["metadata"]["creationTimestamp"])


# --- health between waves, and of the application


def test_next_wave_waits_for_a_rollout(full_world):
    """The later wave is written only after the Deployment of the earlier one is available."""
    world = full_world
    world.repo.write("app/a.yaml", deployment("web", **wave(0)))
    world.repo.write("app/b.yaml", config_map("after", **wave(1)))
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app", timeout=60)
    web = world.object("deployments", "web")
    available = next(c for c in web["status"]["conditions"] if c["type"] == "Available")
    after = created(world.cluster, world.path_of("configmaps", "after"))
    assert available["status"] == "True"
    assert after >= when(available["lastTransitionTime"])


def test_application_goes_from_progressing_to_healthy(full_world):
    world = full_world
    doc = yaml.safe_load(deployment("web"))
    doc["spec"]["minReadySeconds"] = 3
    world.repo.write("app/web.yaml", yaml.safe_dump(doc))
    world.repo.commit()
    world.create("app")
    world.start()
    eventually(lambda: health(world.get("app")) == "Progressing", interval=0.05)
    app = eventually(lambda: health(world.get("app")) == "Healthy" and world.get("app"), timeout=60)
    assert phase(app) == "Succeeded"
    assert resources(app)["Deployment/web"]["health"]["status"] == "Healthy"
    # A rollout of a new image takes it there again.
    world.repo.replace("app/web.yaml", ":1.0", ":2.0")
    sha = world.repo.commit()
    eventually(lambda: health(world.get("app")) == "Progressing", interval=0.05)
    world.wait_synced("app", sha)
    eventually(lambda: health(world.get("app")) == "Healthy", timeout=60)


def test_rollout_that_never_gets_ready_is_degraded(full_world):
    """A plain sync does not wait for it, and neither is it repeated."""
    world = full_world
    world.repo.write("app/web.yaml", stuck_deployment("web"))
    world.repo.commit()
    world.create("app")
    world.start()
    app = eventually(lambda: health(world.get("app")) == "Degraded" and world.get("app"), timeout=60)
    assert "progress deadline" in resources(app)["Deployment/web"]["health"]["message"]
    assert phase(app) == "Succeeded" and app["status"]["sync"]["status"] == "Synced"
    mark = world.cluster.audit_mark()
    time.sleep(2)
    assert world.writes(mark) == []


def test_rollout_that_never_gets_ready_stops_later_waves(full_world):
    world = full_world
    world.repo.write("app/a.yaml", stuck_deployment("web", deadline=6))
    world.repo.write("app/b.yaml", config_map("after", **wave(1)))
    world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()

    def waits():
        state = operation(world.get("app"))
        assert state.get("message", "").startswith(
            "waiting for healthy state of apps/Deployment/web (since "), state
    eventually(waits, timeout=60, interval=0.05)
    app = eventually(lambda: phase(world.get("app")) == "Failed" and world.get("app"), timeout=60)
    assert "one or more synchronization tasks completed unsuccessfully" in operation(app)["message"]
    assert not world.exists("configmaps", "after")


def test_crd_and_its_object_in_one_commit(full_world):
    world = full_world
    plural = f"gadgets{world.namespace.replace('-', '')}"
    group = f"{plural}.example.com"
    world.repo.write("app/all.yaml", "---\n".join([
        yaml.safe_dump({"apiVersion": f"{group}/v1", "kind": "Gadget",
                        "metadata": {"name": "g"}, "spec": {"size": 1}}),
        definition(plural, "Gadget", group),
        config_map("plain")]))
    world.repo.commit()
    world.create("app")
    world.start()
    app = world.wait_synced("app", timeout=60)
    assert len([h for h in app["status"]["history"]]) == 1  # in one sync
    path = f"/apis/{group}/v1/namespaces/{world.namespace}/{plural}/g"
    assert world.cluster.get(path)["spec"] == {"size": 1}
    # And drift of the new kind is seen.
    world.cluster.merge_patch(path, {"spec": {"size": 2}})
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    world.cluster.request(
        "DELETE", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{group}")


# --- hooks


def test_hooks_of_all_phases_run_in_order(full_world):
    world = full_world
    for hook in ("PreSync", "Sync", "PostSync", "SyncFail"):
        world.repo.write(f"app/{hook}.yaml", job(hook.lower(), hook))
    world.repo.write("app/plain.yaml", config_map("plain"))
    world.repo.commit()
    world.create("app")
    world.start()
    app = world.wait_synced("app", timeout=60)
    path = lambda name: job_path(world, name)
    ended = {name: when(world.cluster.get(path(name))["status"]["completionTime"])
             for name in ("presync", "sync", "postsync")}
    assert ended["presync"] <= created(world.cluster, world.path_of("configmaps", "plain"))
    assert ended["sync"] <= created(world.cluster, path("postsync"))
    assert not world.cluster.exists(path("syncfail"))
    got = {key: (r["hookType"], r["hookPhase"]) for key, r in results(app).items()
           if "hookType" in r}
    assert got == {"Job/presync": ("PreSync", "Succeeded"), "Job/sync": ("Sync", "Succeeded"),
                   "Job/postsync": ("PostSync", "Succeeded")}


def test_failing_presync_hook_stops_the_sync(full_world):
    world = full_world
    world.repo.write("app/pre.yaml", job("pre", "PreSync", fails=True))
    world.repo.write("app/fail.yaml", job("on-fail", "SyncFail"))
    world.repo.write("app/plain.yaml", config_map("plain"))
    world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()
    app = eventually(lambda: phase(world.get("app")) == "Failed" and world.get("app"), timeout=60)
    assert results(app)["Job/pre"]["hookPhase"] == "Failed"
    assert results(app)["Job/on-fail"]["hookPhase"] == "Succeeded"
    assert not world.exists("configmaps", "plain")
    # The next commit repairs it.
    world.repo.write("app/pre.yaml", job("pre", "PreSync"))
    sha = world.repo.commit()
    world.wait_synced("app", sha, timeout=60)
    assert world.exists("configmaps", "plain")


def test_job_that_its_ttl_deletes_counts_as_done(full_world):
    world = full_world
    doc = yaml.safe_load(job("pre", "PreSync"))
    doc["spec"]["ttlSecondsAfterFinished"] = 0
    world.repo.write("app/pre.yaml", yaml.safe_dump(doc))
    world.repo.write("app/plain.yaml", config_map("plain"))
    world.repo.commit()
    world.create("app")
    world.start()
    app = world.wait_synced("app", timeout=60)
    assert results(app)["Job/pre"]["hookPhase"] == "Succeeded"
    eventually(lambda: not world.cluster.exists(job_path(world, "pre")))
    mark = world.cluster.audit_mark()
    time.sleep(2)
    assert world.writes(mark) == []  # it is not run again because it is gone


@pytest.mark.parametrize("policy, fails, stays", [
    (None, False, True), ("HookSucceeded", False, False), ("HookSucceeded", True, True),
    ("HookFailed", False, True), ("HookFailed", True, False),
    ("HookSucceeded,HookFailed", False, False), ("HookSucceeded,HookFailed", True, False),
    ("BeforeHookCreation", False, True)])
def test_hook_delete_policy(full_world, policy, fails, stays):
    """The Job goes together with its Pods."""
    world = full_world
    world.repo.write("app/hook.yaml", job("hook", "PostSync", policy, fails=fails))
    world.repo.write("app/plain.yaml", config_map("plain"))
    world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()
    eventually(lambda: phase(world.get("app")) == ("Failed" if fails else "Succeeded"), timeout=60)
    eventually(lambda: world.cluster.exists(job_path(world, "hook")) == stays, timeout=60)
    if not stays:
        eventually(lambda: world.names("pods") == set())


# --- a newer commit in each phase of an operation


PHASES = {
    "PreSync": ("app/hook.yaml", job("hook", "PreSync", ends=False),
                "waiting for completion of hook batch/Job/hook"),
    "Sync": ("app/hook.yaml", job("hook", "Sync", ends=False),
             "waiting for completion of hook batch/Job/hook"),
    "wave": ("app/hook.yaml", stuck_deployment("hook", deadline=600, **wave(-1)),
             "waiting for healthy state of apps/Deployment/hook"),
    "PostSync": ("app/hook.yaml", job("hook", "PostSync", ends=False),
                 "waiting for completion of hook batch/Job/hook"),
}


@pytest.mark.parametrize("waiting", PHASES)
def test_newer_commit_ends_a_wait(full_world, waiting):
    world = full_world
    path, manifest, message = PHASES[waiting]
    world.repo.write("app/plain.yaml", config_map("plain", "1"))
    world.repo.write(path, manifest)
    first = world.repo.commit()
    world.create("app", prune=True)
    world.start()
    eventually(lambda: operation(world.get("app")).get("message", "").startswith(
        f"{message} (since "), timeout=60)
    assert operation(world.get("app"))["syncResult"]["revision"] == first
    world.repo.write("app/plain.yaml", config_map("plain", "2"))
    world.repo.remove(path)
    second = world.repo.commit()
    world.wait_synced("app", second, timeout=60)
    assert world.object("configmaps", "plain")["data"] == {"key": "2"}


def test_newer_commit_ends_a_failing_operation(full_world):
    """Its backoff is an hour."""
    world = full_world
    world.repo.write("app/plain.yaml", config_map("plain"))
    world.repo.write("app/hook.yaml", job("hook", "PreSync", fails=True))
    world.repo.commit()
    world.create("app", retry={"limit": 5, "backoff": {"duration": "1h", "maxDuration": "1h"}})
    world.start()
    eventually(lambda: operation(world.get("app")).get("retryCount") == 1, timeout=60)
    world.repo.write("app/hook.yaml", job("hook", "PreSync"))
    second = world.repo.commit()
    world.wait_synced("app", second, timeout=60)
    assert world.exists("configmaps", "plain")


def test_newer_commit_while_a_syncfail_hook_runs(full_world):
    world = full_world
    world.repo.write("app/plain.yaml", config_map("plain"))
    world.repo.write("app/hook.yaml", job("hook", "PreSync", fails=True))
    world.repo.write("app/fail.yaml", job("on-fail", "SyncFail", ends=False))
    world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()
    eventually(lambda: world.cluster.exists(job_path(world, "on-fail")), timeout=60)
    world.repo.remove("app/hook.yaml")
    second = world.repo.commit()
    world.wait_synced("app", second, timeout=60)
