# SPDX-License-Identifier: Apache-2.0
"""The life of hooks: when they run, what they wait for, what becomes of them."""

import time

import pytest

from harness import eventually
from jobs import JobController, job
from world import config_map, deployment, has_failed, phase, results, service

FINALIZER = "argocd.argoproj.io/hook-finalizer"
JOBS = "/apis/batch/v1/namespaces/{}/jobs"


@pytest.fixture
def jobs(world):
    with JobController(world.cluster, world.namespace) as controller:
        yield controller


def live_jobs(world):
    return {o["metadata"]["name"]: o
            for o in world.cluster.get(JOBS.format(world.namespace))["items"]}


def state(world, name):
    return world.get(name).get("status", {}).get("operationState", {})


def wait_phase(world, name, wanted, timeout=30):
    def check():
        app = world.get(name)
        assert phase(app) == wanted, state(world, name)
        return app
    return eventually(check, timeout)


def wait_message(world, name, text):
    def check():
        told = state(world, name).get("message", "")
        assert text in told, told
        return told
    return eventually(check)


def test_phases_run_one_after_the_other(world, jobs):
    repo = world.repo
    repo.write("app/pre.yaml", job("pre", "PreSync"))
    repo.write("app/pre-ok.yaml", job("pre-ok", "PreSync", "HookSucceeded", wave=1))
    repo.write("app/sync.yaml", job("sync-", "Sync", "HookSucceeded", generate=True))
    repo.write("app/post.yaml", job("post-", "PostSync", generate=True))
    repo.write("app/fail.yaml", job("fail", "SyncFail"))
    repo.write("app/skip.yaml", job("skipped", "Skip"))
    repo.write("app/plain.yaml", config_map("plain"))
    sha = repo.commit()
    since = world.cluster.audit_mark()
    world.create("app", automated=True, prune=True, self_heal=True)
    world.start()
    app = world.wait_synced("app", sha)
    start = state(world, "app")["startedAt"]
    assert state(world, "app")["message"] == "successfully synced (no more tasks)"
    names = [line.split(" ", 1)[1].rsplit("/", 1)[1] for line in world.writes(since)]
    order = [n.split(f"-{sha[:7]}")[0] for n in names]
    assert order[:9] == ["pre", "pre", "pre-ok", "pre-ok", "plain", "sync", "sync", "post", "post"]
    assert sorted(order[9:]) == ["pre-ok", "sync"], world.writes(since)
    told = {key.split("-" + sha[:7])[0]: (r.get("hookType"), r["hookPhase"], r["syncPhase"],
                                         r["status"]) for key, r in results(app).items()}
    assert told == {"Job/pre": ("PreSync", "Succeeded", "PreSync", "Synced"),
                    "Job/pre-ok": ("PreSync", "Succeeded", "PreSync", "Synced"),
                    "ConfigMap/plain": (None, "Succeeded", "Sync", "Synced"),
                    "Job/sync": ("Sync", "Succeeded", "Sync", "Synced"),
                    "Job/post": ("PostSync", "Succeeded", "PostSync", "Synced")}
    assert results(app)["Job/pre"]["message"] == "Reached expected number of succeeded pods"
    left = live_jobs(world)
    assert {n.split("-")[0] for n in left} == {"pre", "post"} and start
    for item in left.values():
        assert FINALIZER not in item["metadata"].get("finalizers", [])

    # the next commit: what is left is deleted and runs again, what has another name stays
    first = left["pre"]["metadata"]["uid"]
    repo.write("app/plain.yaml", config_map("plain", "2"))
    world.wait_synced("app", repo.commit())
    left = live_jobs(world)
    assert left["pre"]["metadata"]["uid"] != first
    assert len([n for n in left if n.startswith("post-")]) == 2


def test_waves_wait_for_health(world, jobs):
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.write("app/late.yaml", config_map(
        "late", annotations={"argocd.argoproj.io/sync-wave": "1"}))
    sha = world.repo.commit()
    world.create("app")
    world.start()
    wait_message(world, "app", "waiting for healthy state of apps/Deployment/web (since 20")
    assert not world.exists("configmaps", "late")
    world.cluster.merge_patch(world.path_of("deployments", "web") + "/status", {"status": {
        "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1,
        "availableReplicas": 1}})
    app = world.wait_synced("app", sha)
    assert results(app)["Deployment/web"]["hookPhase"] == "Succeeded"
    assert results(app)["ConfigMap/late"]["hookPhase"] == "Running"
    assert state(world, "app")["message"] == "successfully synced (all tasks run)"


def start_with_hanging_hook(world, jobs):
    """The application `app`: a hook that does not end, and what waits for it."""
    jobs.hangs = {"pre"}
    world.repo.write("app/pre.yaml", job("pre", "PreSync"))
    world.repo.write("app/plain.yaml", config_map("plain"))
    world.repo.commit()
    world.create("app")
    world.start()
    wait_message(world, "app", "waiting for completion of hook batch/Job/pre")


def test_newer_commit_pre_empts_a_hook_that_never_ends(world, jobs):
    start_with_hanging_hook(world, jobs)
    first = live_jobs(world)["pre"]["metadata"]["uid"]
    jobs.hangs = set()
    jobs.fails = {"nothing"}
    world.repo.write("app/plain.yaml", config_map("plain", "2"))
    jobs.hangs = {"pre"}
    sha = world.repo.commit()
    eventually(lambda: live_jobs(world)["pre"]["metadata"]["uid"] != first)
    jobs.hangs = set()
    world.wait_synced("app", sha)
    assert world.object("configmaps", "plain")["data"]["key"] == "2"


def test_failed_hook_stops_the_sync_and_runs_sync_fail(world, jobs):
    jobs.fails = {"pre"}
    world.repo.write("app/pre.yaml", job("pre", "PreSync", "HookFailed"))
    world.repo.write("app/never.yaml", config_map("never"))
    world.repo.write("app/on-fail.yaml", job("on-fail", "SyncFail"))
    world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()
    app = wait_phase(world, "app", "Failed")
    message = state(world, "app")["message"]
    assert message.startswith("one or more synchronization tasks completed unsuccessfully, reason: "
                              f"Job {world.namespace}/pre: Job has reached"), message
    told = results(app)
    assert told["Job/pre"]["hookPhase"] == "Failed"
    assert told["Job/on-fail"]["hookPhase"] == "Succeeded"
    assert not world.exists("configmaps", "never")
    assert set(live_jobs(world)) == {"on-fail"}


def test_no_hook_runs_where_the_server_refuses_an_object(world, jobs):
    world.repo.write("app/pre.yaml", job("pre", "PreSync"))
    world.repo.write("app/web.yaml", service("web", port=70000))
    world.repo.write("app/fine.yaml", config_map("fine"))
    world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()
    app = wait_phase(world, "app", "Failed")
    assert state(world, "app")["message"].startswith(
        "one or more objects failed to apply (dry run)")
    assert results(app)["Service/web"]["status"] == "SyncFailed"
    assert live_jobs(world) == {}
    assert world.names("configmaps") == set()


def test_retries_within_one_operation(world, jobs):
    jobs.fails = {"pre"}
    world.repo.write("app/pre.yaml", job("pre", "PreSync"))
    world.repo.write("app/plain.yaml", config_map("plain"))
    sha = world.repo.commit()
    world.create("app", retry={"limit": 3, "backoff": {"duration": "2s", "factor": 1}})
    world.start()

    def waits_for_its_next_try():
        now = state(world, "app")
        assert "Retrying attempt #" in now["message"], now
        return now
    now = eventually(waits_for_its_next_try)
    assert now["message"].startswith("one or more synchronization tasks completed unsuccessfully")
    assert now["phase"] == "Running" and now["retryCount"] >= 1 and now["finishedAt"]
    jobs.fails = set()
    app = world.wait_synced("app", sha)
    assert app["status"]["operationState"]["retryCount"] > now["retryCount"] - 1
    assert app["status"]["operationState"]["startedAt"] == now["startedAt"]


def test_terminate_deletes_running_hooks(world, jobs):
    start_with_hanging_hook(world, jobs)
    world.patch("app", {"status": {"operationState": {"phase": "Terminating"}}})
    wait_phase(world, "app", "Failed")
    assert state(world, "app")["message"] == "Operation terminated"
    assert live_jobs(world) == {}
    time.sleep(1.5)  # nobody begins it again but a person, or a commit
    assert live_jobs(world) == {}
    jobs.hangs = set()
    world.patch("app", {"operation": {"sync": {}}})
    eventually(lambda: phase(world.get("app")) == "Succeeded")


def start_in(world, mode):
    """Follow the Application "app" of the cluster, or from a file."""
    if mode == "cluster":
        world.create("app")
        return world.start()
    return world.start_with_files({"app.yaml": world.app_text("app", "app")})


def one_hook_and_a_map(world, jobs, policy=None):
    """The hook hangs."""
    jobs.hangs = {"pre"}
    world.repo.write("app/pre.yaml", job("pre", "PreSync", policy))
    world.repo.write("app/plain.yaml", config_map("plain"))
    return world.repo.commit()


@pytest.mark.parametrize("mode", ["cluster", "files"])
def test_restart_judges_the_hook_that_runs(world, jobs, mode):
    sha = one_hook_and_a_map(world, jobs, "HookSucceeded")
    daemon = start_in(world, mode)
    wait_message(world, "app", "waiting for completion of hook batch/Job/pre")
    first = live_jobs(world)["pre"]["metadata"]["uid"]
    started = state(world, "app")["startedAt"]
    daemon.kill()
    jobs.hangs = set()
    eventually(lambda: "pre" in jobs.ended)
    daemon.start()
    world.wait_synced("app", sha)
    assert jobs.ended == {"pre": [first]}
    assert state(world, "app")["startedAt"] == started
    assert live_jobs(world) == {}


def test_restart_judges_the_hook_that_ended_and_is_being_deleted(world, jobs):
    """By its time to live, while no gitopsd ran: our finalizer holds it until it was judged."""
    sha = one_hook_and_a_map(world, jobs, "HookSucceeded")
    daemon = start_in(world, "cluster")
    wait_message(world, "app", "waiting for completion of hook batch/Job/pre")
    first = live_jobs(world)["pre"]["metadata"]["uid"]
    daemon.kill()
    jobs.hangs = set()
    eventually(lambda: "pre" in jobs.ended)
    remove_job(world, "pre")
    daemon.start()
    world.wait_synced("app", sha)
    assert jobs.ended == {"pre": [first]}
    assert live_jobs(world) == {}


@pytest.mark.parametrize("mode", ["cluster", "files"])
def test_restart_runs_no_hook_again_that_had_succeeded(world, jobs, mode):
    """It was deleted when it had, and the operation waits for something else."""
    world.repo.write("app/pre.yaml", job("pre", "PreSync", "HookSucceeded"))
    world.repo.write("app/plain.yaml", config_map("plain"))
    world.repo.write("app/post.yaml", job("post", "PostSync"))
    sha = world.repo.commit()
    jobs.hangs = {"post"}
    daemon = start_in(world, mode)
    wait_message(world, "app", "waiting for completion of hook batch/Job/post")
    daemon.kill()
    jobs.hangs = set()
    eventually(lambda: "post" in jobs.ended)
    daemon.start()
    world.wait_synced("app", sha)
    assert {name: len(uids) for name, uids in jobs.ended.items()} == {"pre": 1, "post": 1}


@pytest.mark.parametrize("damage", ["garbled", "other spec"])
def test_record_on_disk_that_does_not_count_does_no_harm(world, jobs, damage):
    sha = one_hook_and_a_map(world, jobs)
    daemon = start_in(world, "files")
    wait_message(world, "app", "waiting for completion of hook batch/Job/pre")
    daemon.kill()
    record, = (daemon.state_dir / "operations").iterdir()
    if damage == "garbled":
        record.write_text(record.read_text().replace("Running", "Runnin."))
    else:
        world.write_files({"app.yaml": world.app_text("app", "app", revision="main")})
    jobs.hangs = set()
    eventually(lambda: "pre" in jobs.ended)
    daemon.start()
    world.wait_synced("app", sha)
    told = daemon.events("record of an operation not used; it begins anew")
    assert len(told) == (damage == "garbled")
    eventually(lambda: not record.exists())


def test_operation_goes_on_where_the_disk_does_not_take_its_record(world, jobs):
    world.repo.write("app/plain.yaml", config_map("plain"))
    world.repo.commit()
    daemon = start_in(world, "files")
    world.wait_synced("app")
    (daemon.state_dir / "operations").write_text("in the way of the directory")
    world.repo.write("app/pre.yaml", job("pre", "PreSync"))
    world.repo.write("app/plain.yaml", config_map("plain", "2"))
    world.wait_synced("app", world.repo.commit())
    assert len(jobs.ended["pre"]) == 1
    warning, = daemon.events("operation not recorded; after a restart it would begin anew")
    assert "/operations/" in warning["error"] and "Not a directory" in warning["error"]


def test_foreign_object_is_not_taken_for_a_leftover(world, jobs):
    world.cluster.request("POST", world.path_of("configmaps"),
                          {"metadata": {"name": "settings"}, "data": {"of": "others"}})
    world.repo.write("app/hook.yaml", config_map(
        "settings", annotations={"argocd.argoproj.io/hook": "PreSync"}))
    world.repo.write("app/plain.yaml", config_map("plain"))
    world.repo.commit()
    world.create("app", retry={"limit": 0})
    world.start()
    wait_phase(world, "app", "Failed")
    assert "is no hook of this application" in state(world, "app")["message"]
    assert world.object("configmaps", "settings")["data"] == {"of": "others"}


def test_hook_that_never_ends_is_ended(world, jobs):
    jobs.hangs = {"pre"}
    world.repo.write("app/pre.yaml", job("pre", "PreSync"))
    world.repo.write("app/plain.yaml", config_map("plain"))
    sha = world.repo.commit()
    world.create("app", retry={"backoff": {"duration": "1s", "factor": 1}})
    world.start(args=["--sync-timeout", "3s"])

    def told():
        text = state(world, "app")["message"]
        assert text.startswith("Operation terminated, triggered by controller sync timeout: "
                               "waiting for completion of hook batch/Job/pre (since "), text
    eventually(told)
    jobs.hangs = set()  # it is tried again
    world.wait_synced("app", sha)


def test_hook_that_left_git_while_it_ran_is_let_go(world, jobs):
    start_with_hanging_hook(world, jobs)
    assert live_jobs(world)["pre"]["metadata"]["finalizers"] == [FINALIZER]
    world.repo.remove("app/pre.yaml")
    world.wait_synced("app", world.repo.commit())
    eventually(lambda: not live_jobs(world)["pre"]["metadata"].get("finalizers"))


def remove_job(world, name):
    world.cluster.request("DELETE", f"{JOBS.format(world.namespace)}/{name}"
                                    "?propagationPolicy=Background")


def test_hook_that_others_delete_is_let_go_also_where_no_sync_succeeds(world, jobs):
    """As in a namespace that is being deleted."""
    start_with_hanging_hook(world, jobs)
    world.repo.remove("app/pre.yaml")
    world.repo.write("app/odd.yaml", "apiVersion: nowhere.example.com/v1\nkind: Nothing\n"
                                     "metadata: {name: odd}\n")
    world.repo.commit()
    eventually(lambda: has_failed(world.get("app")))
    assert live_jobs(world)["pre"]["metadata"]["finalizers"] == [FINALIZER]
    remove_job(world, "pre")
    eventually(lambda: "pre" not in live_jobs(world))


def test_a_job_that_ended_and_vanished_by_its_time_to_live_is_done(world, jobs):
    world.repo.write("app/once.yaml", job("once", ttl=0))
    world.repo.write("app/kept.yaml", job("kept"))
    sha = world.repo.commit()
    world.create("app", automated=True, self_heal=True)
    daemon = world.start()

    def done():
        app = world.get("app")
        assert app["status"]["health"]["status"] == "Healthy", app["status"]
        assert {r["name"]: r["health"]["status"] for r in app["status"]["resources"]} == {
            "once": "Healthy", "kept": "Healthy"}
        return app
    world.wait_synced("app", sha)
    eventually(done)
    first = live_jobs(world)["once"]["metadata"]["uid"]
    since = world.cluster.audit_mark()
    remove_job(world, "once")  # as the controller does when its time has come
    time.sleep(1)
    world.wait_synced("app", sha)
    done()
    # Nor does it run again when another process finds it gone.
    daemon.stop()
    daemon.start()
    time.sleep(2)
    world.wait_synced("app", sha)
    done()
    assert world.writes(since) == []
    assert "once" not in live_jobs(world)

    # One that may not vanish is missing when it does; another template runs.
    remove_job(world, "kept")
    eventually(lambda: live_jobs(world)["kept"])
    world.repo.write("app/once.yaml", job("once", image="registry.example.com/tool:2", ttl=0))
    world.wait_synced("app", world.repo.commit())
    assert live_jobs(world)["once"]["metadata"]["uid"] != first


def test_a_hook_is_let_go_when_its_application_is_deleted(world, jobs):
    start_with_hanging_hook(world, jobs)
    assert FINALIZER in live_jobs(world)["pre"]["metadata"]["finalizers"]
    world.delete("app")
    eventually(lambda: FINALIZER not in live_jobs(world)["pre"]["metadata"].get("finalizers", []))
