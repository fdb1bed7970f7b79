# SPDX-License-Identifier: Apache-2.0
"""gitopsctl sync, rollback, refresh, wait, suspend, resume: what a person asks for and is told."""

import subprocess
import threading

import pytest
import yaml

from ctl import ctl, ctl_in_terminal, drawn, gitopsctl_program, kubeconfig_as, rows
from harness import PATIENCE, eventually, free_port
from world import config_map, deployment, resources

LONG = f"{int(60 * PATIENCE)}s"


@pytest.fixture
def run(world):
    """run(ARGUMENTS..., code=0): gitopsctl as the admin; what it prints has `app`, `NS` and `REV1`,
    ... for what is another one in each run."""
    def call(*args, code=0, kubeconfig=None):
        result = ctl(kubeconfig or world.cluster.kubeconfig, *args)
        assert result.code == code, (result, world.daemon and world.daemon.tail(10))
        for i, commit in enumerate(world.commits, 1):
            for text in (commit, commit[:8]):
                result.out = result.out.replace(text, f"REV{i}")
                result.err = result.err.replace(text, f"REV{i}")
        for old, new in ((world.name(""), ""), (world.namespace, "NS")):
            result.out, result.err = result.out.replace(old, new), result.err.replace(old, new)
        return result
    world.commits = []
    return call


def commit(world, **files):
    for name, text in files.items():
        world.repo.write(f"app/{name}.yaml", text)
    world.commits.append(world.repo.commit())
    return world.commits[-1]


def compared(world, name="app"):
    """An application by hand that was compared, and not synced."""
    world.start()
    eventually(lambda: world.get(name)["status"]["sync"]["status"] == "OutOfSync")


# --- sync


def test_sync_tells_what_became_of_each_object(world, run):
    commit(world, a=config_map("a"), web=deployment("web", replicas=0))
    world.create("app", automated=False)
    compared(world)
    result = run("sync", world.name("app"))
    assert rows(result.out) == [
        ["PHASE", "OBJECT", "RESULT", "MESSAGE"],
        ["Sync", "ConfigMap NS/a", "Synced", "configmap/a serverside-applied"],
        ["Sync", "Deployment.apps NS/web", "Synced", "deployment.apps/web serverside-applied"],
        ["app: sync succeeded with REV1"]]
    assert result.err == ""
    operation = world.get("app")["status"]["operationState"]["operation"]
    assert operation["initiatedBy"] == {"username": "eva"}
    assert operation["sync"] == {}


def test_sync_of_one_object_and_as_a_dry_run(world, run):
    commit(world, a=config_map("a"), b=config_map("b"))
    world.create("app", automated=False)
    compared(world)
    result = run("sync", world.name("app"), "--dry-run")
    assert "app: sync would succeed with REV1" in result.out
    assert world.names("configmaps") == set()
    result = run("sync", world.name("app"), "--resource", f":ConfigMap:{world.namespace}/b")
    assert rows(result.out)[1:-1] == [
        ["Sync", "ConfigMap NS/b", "Synced", "configmap/b serverside-applied"]]
    assert world.names("configmaps") == {"b"}
    state = yaml.safe_load(run("sync", world.name("app"), "-o", "yaml").out)
    assert state["phase"] == "Succeeded"


def test_sync_tells_what_is_left_over_and_prunes_it(world, run):
    commit(world, a=config_map("a"), b=config_map("b"))
    world.create("app", automated=False)
    compared(world)
    run("sync", world.name("app"))
    world.repo.remove("app/b.yaml")
    second = commit(world)
    eventually(lambda: world.get("app")["status"]["sync"]["revision"] == second)
    result = run("sync", world.name("app"))
    assert ["Sync", "ConfigMap NS/b", "PruneSkipped", "ignored (requires pruning)"] in \
        rows(result.out)
    assert result.err == \
        "1 object stayed that the revision does not have: --prune deletes what is left over\n"
    result = run("sync", world.name("app"), "--prune")
    assert ["Sync", "ConfigMap NS/b", "Pruned", "pruned"] in rows(result.out)
    assert world.names("configmaps") == {"a"}


def test_sync_that_fails_names_the_objects(world, run):
    commit(world, a=config_map("a"), bad=config_map("Not_A_Name"))
    world.create("app", automated=False)
    compared(world)
    result = run("sync", world.name("app"), code=1)
    assert result.err.startswith("gitopsctl sync: Failed: "), result.err
    assert "\n  ConfigMap NS/Not_A_Name: " in result.err
    assert "a lowercase RFC 1123 subdomain must consist of" in result.err
    assert ["Sync", "ConfigMap NS/a", "Synced", "configmap/a serverside-applied"] in \
        rows(result.out)


def test_sync_without_a_daemon(world, run):
    commit(world, a=config_map("a"))
    world.create("app", automated=False)
    name = world.name("app")
    result = run("sync", name, "--timeout", "3s", code=1)
    assert result.err == (
        "gitopsctl sync: app: not within 3 s: nobody has taken up the sync: does gitopsd run? It "
        "stays asked for; 'gitopsctl sync app --terminate' takes it back\n")
    result = run("sync", name, code=1)
    assert result.err == (
        "gitopsctl sync: app: another operation is under way, one that eva asked for; wait for it "
        "(gitopsctl wait app --for operation) or end it (gitopsctl sync app --terminate)\n")
    assert run("sync", name, "--terminate").out == "app: its operation has ended\n"
    assert "operation" not in world.get("app")
    result = run("sync", name, "--terminate", code=1)
    assert result.err == "gitopsctl sync: app: no operation is under way\n"
    assert run("sync", name, "--no-wait").out == "app: sync is asked for\n"
    assert world.get("app")["operation"]["initiatedBy"] == {"username": "eva"}


def waiting_hook(name):
    """A hook that nobody runs: this control plane has no controllers."""
    return yaml.safe_dump({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "annotations": {"argocd.argoproj.io/hook": "PreSync"}},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "c", "image": "i"}]}}}})


def test_sync_shows_what_it_waits_for_and_is_terminated(world, run):
    commit(world, a=config_map("a"), hook=waiting_hook("hook"))
    world.create("app", automated=False)
    compared(world)
    name = world.name("app")
    results, chunks = [], []
    thread = threading.Thread(target=lambda: results.append(
        ctl_in_terminal(world.cluster.kubeconfig, "sync", name, chunks=chunks)))
    thread.start()
    eventually(lambda: b"waiting for completion of hook" in b"".join(chunks))
    assert run("sync", name, "--terminate").out.startswith("app: Operation terminated")
    thread.join(60 * PATIENCE)
    assert results[0].code == 1
    assert "gitopsctl sync: Failed: Operation terminated" in results[0].out
    line = f"sync {name}: PreSync: waiting for completion of hook batch/Job/hook (since "
    assert any(drawn_line.startswith(line) and "(1/2), " in drawn_line
               for drawn_line in drawn(results[0].out)), results[0].out


def test_sync_to_another_revision(world, run):
    first = commit(world, a=config_map("a", "1"))
    commit(world, a=config_map("a", "2"))
    world.create("app")
    world.start()
    world.wait_synced("app")
    name = world.name("app")
    result = run("sync", name, "--revision", first, code=1)
    assert result.err == (
        "gitopsctl sync: app: cannot sync to REV1: it follows HEAD by itself; push to that, or "
        "suspend it first (gitopsctl suspend app)\n")
    run("suspend", name)
    assert "app: sync succeeded with REV1" in run("sync", name, "--revision", first).out
    assert world.object("configmaps", "a")["data"] == {"key": "1"}


# --- rollback


def test_rollback(world, run):
    commit(world, a=config_map("a", "1"))
    world.create("app")
    world.start()
    world.wait_synced("app")
    commit(world, a=config_map("a", "2"))
    world.wait_synced("app")
    name = world.name("app")
    result = run("rollback", name, code=1)
    assert "app follows HEAD by itself, which would undo the rollback" in result.err
    run("suspend", name)
    assert "app: rollback succeeded with REV1" in run("rollback", name).out
    assert world.object("configmaps", "a")["data"] == {"key": "1"}
    assert "app: rollback succeeded with REV2" in run("rollback", name, "1").out
    assert world.object("configmaps", "a")["data"] == {"key": "2"}
    assert "its history has no entry 7" in run("rollback", name, "7", code=1).err
    assert "x is no id of an entry" in run("rollback", name, "x", code=2).err


# --- refresh


def test_refresh(world, run):
    commit(world, a=config_map("a"))
    world.create("app")
    world.create("other", path="nowhere")
    world.start()
    world.wait_synced("app")
    assert run("refresh", world.name("app"), world.name("app"), "--hard").out == \
        "app: refreshed at REV1: Synced, Healthy\n"
    out = run("refresh", "-A", "--timeout", LONG).out.splitlines()
    assert sorted(out)[0] == "app: refreshed at REV1: Synced, Healthy"
    assert sorted(out)[1].startswith("other: refreshed at REV1: Unknown, ")
    assert ": ComparisonError: " in sorted(out)[1]


def test_refresh_that_nobody_takes_up(world, run):
    world.create("app")
    result = run("refresh", world.name("app"), "--timeout", "3s", code=1)
    assert result.err == ("gitopsctl refresh: nobody took up the refresh of argocd/app: does "
                          "gitopsd run, or is it in the middle of a sync?: not within 3 s\n")
    assert "which Applications?" in run("refresh", code=2).err


# --- wait


def test_wait(world, run):
    first = commit(world, a=config_map("a"))
    world.create("app", labels={"team": world.namespace})
    world.start()
    name = world.name("app")
    done = "app: Synced, Healthy at REV1\n"
    assert run("wait", name, "--for", f"revision={first}", "--timeout", LONG).out == done
    assert run("wait", name).out == done
    assert run("wait", "-l", f"team={world.namespace}", "--for", "synced", "--for",
               "healthy").out == done
    second = commit(world, a=config_map("a", "2"))
    run("wait", name, "--for", f"revision={second[:10]}", "--timeout", LONG)
    assert world.object("configmaps", "a")["data"] == {"key": "2"}


def test_wait_names_what_is_missing(world, run):
    commit(world, a=config_map("a"), web=deployment("web"))
    world.create("app", automated=False)
    compared(world)
    name = world.name("app")
    result = run("wait", name, "--for", "synced", "--timeout", "3s", code=1)
    assert result.err == ("gitopsctl wait: not within 3 s:\n"
                          "  app: OutOfSync: ConfigMap NS/a (missing), "
                          "Deployment.apps NS/web (missing)\n")
    run("sync", name, "--no-wait")
    run("wait", name, "--for", "synced", "--timeout", LONG)
    eventually(lambda: resources(world.get("app"))["Deployment/web"]["health"]["status"] ==
               "Progressing")
    result = run("wait", name, "--for", "healthy", "--timeout", "3s", code=1)
    assert result.err.startswith("gitopsctl wait: not within 3 s:\n"
                                 "  app: Progressing: Deployment.apps NS/web (Progressing: ")
    result = run("wait", name, "--for", "revision=0123456", "--timeout", "3s", code=1)
    assert "app: REV1 is applied, and 0123456 is not known yet\n" in result.err
    result = run("wait", name, "--for", "sync", code=2)
    assert "--for sync: must be one of synced|healthy|operation|revision=COMMIT" in result.err
    assert "no Application has these labels" in run("wait", "-l", "team=none", code=1).err


def test_wait_for_many(world, run):
    """By one watch."""
    commit(world, a=config_map("a"))
    names = [f"app{i}" for i in range(6)]
    for name in names:
        world.create(name, path="app" if name == "app0" else f"dir/{name}")
        world.repo.write(f"dir/{name}/a.yaml", config_map(name))
    world.commits.append(world.repo.commit())
    world.start()
    out = run("wait", *[world.name(name) for name in names], "--timeout", LONG).out
    assert sorted(out.splitlines()) == [f"{name}: Synced, Healthy at REV2" for name in names]


def test_wait_shows_what_it_waits_for(world, run):
    commit(world, a=config_map("a"))
    world.create("app", automated=False)
    compared(world)
    name = world.name("app")
    results, chunks = [], []
    thread = threading.Thread(target=lambda: results.append(
        ctl_in_terminal(world.cluster.kubeconfig, "wait", name, "--for", "synced", "--timeout",
                        LONG, chunks=chunks)))
    thread.start()
    line = f"waiting for {name}: OutOfSync: ConfigMap {world.namespace}/a (missing) (0/1), "
    eventually(lambda: any(part.startswith(line)
                           for part in drawn(b"".join(chunks).decode(errors="replace"))))
    run("sync", name)
    thread.join(60 * PATIENCE)
    assert results[0].code == 0, results
    assert results[0].out.rstrip().endswith(f"{name}: Synced, Healthy at {world.commits[0][:8]}")


# --- suspend


def test_suspend_and_resume(world, run):
    commit(world, a=config_map("a", "1"))
    world.create("app", prune=True, self_heal=True)
    world.start()
    world.wait_synced("app")
    name = world.name("app")
    assert run("suspend", name).out == "app: suspended\n"
    assert run("suspend", name).out == "app: is suspended already\n"
    assert rows(run("get", name).out)[1][1] == "Synced (suspended)"
    assert world.get("app")["spec"]["syncPolicy"]["automated"] == {
        "enabled": False, "prune": True, "selfHeal": True}
    second = commit(world, a=config_map("a", "2"))
    eventually(lambda: world.get("app")["status"]["sync"] == {
        **world.get("app")["status"]["sync"], "revision": second, "status": "OutOfSync"})
    assert world.object("configmaps", "a")["data"] == {"key": "1"}
    assert run("resume", name).out == "app: resumed\n"
    assert run("resume", name).out == "app: is not suspended\n"
    world.wait_synced("app")
    assert world.object("configmaps", "a")["data"] == {"key": "2"}
    assert world.get("app")["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}


def test_suspend_where_there_is_nothing_to_suspend(world, run):
    world.create("app", automated=False)
    name = world.name("app")
    assert run("suspend", name).out == "app: has no automated sync to suspend\n"
    result = run("resume", name, code=1)
    assert result.err == ("gitopsctl resume: app has no spec.syncPolicy.automated: it is synced by "
                          "hand, and there is nothing to resume\n")


def test_suspend_warns_where_another_application_undoes_it(world, run):
    name = world.name("app")
    world.create("app", annotations={"argocd.argoproj.io/tracking-id":
                                     f"root:argoproj.io/Application:argocd/{name}"})
    assert "app: it is deployed by the Application root, which may undo this" in \
        run("suspend", name).err


# --- what goes wrong for all of them

EACH = [["sync"], ["rollback"], ["refresh"], ["wait"], ["suspend"], ["resume"]]


@pytest.mark.parametrize("verb", EACH, ids=lambda verb: verb[0])
def test_errors(world, run, verb, tmp_path):
    world.create("web", automated=False)
    known, unknown = world.name("web"), world.name("wbe")
    result = run(*verb, unknown, code=1)
    assert result.err == (f"gitopsctl {verb[0]}: no Application wbe in namespace argocd; did you "
                          "mean web?\n")
    closed = tmp_path / "closed"
    config = yaml.safe_load(world.cluster.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = f"http://127.0.0.1:{free_port()}"
    closed.write_text(yaml.safe_dump(config))
    result = run(*verb, known, code=1, kubeconfig=closed)
    assert "no API server answers at http://127.0.0.1:" in result.err
    assert run(*verb, code=2).err.splitlines()[-1] == \
        f"'gitopsctl {verb[0]} --help' says how it is used."


@pytest.mark.parametrize("verb", EACH, ids=lambda verb: verb[0])
def test_somebody_without_rights(world, run, verb, tmp_path):
    world.create("web", automated=False)
    nobody = kubeconfig_as(world.cluster.kubeconfig, tmp_path / "nobody", "nobody")
    result = run(*verb, world.name("web"), code=1, kubeconfig=nobody)
    assert 'User "nobody" cannot get resource "applications"' in result.err
    assert "this takes a right that you do not have" in result.err


def test_a_reader_may_not_write(world, run, tmp_path):
    commit(world, a=config_map("a"))
    world.create("app")
    world.start()
    world.wait_synced("app")
    name = world.name("app")
    reader = f"reader-{world.namespace}"
    world.cluster.kubectl("create", "role", reader, "-n", "argocd", "--verb=get,list,watch",
                          "--resource=applications.argoproj.io")
    world.cluster.kubectl("create", "rolebinding", reader, "-n", "argocd", f"--role={reader}",
                          f"--user={reader}")
    kubeconfig = kubeconfig_as(world.cluster.kubeconfig, tmp_path / "reader", reader)
    eventually(lambda: ctl(kubeconfig, "wait", name).code == 0)
    for verb in ("sync", "refresh", "suspend"):
        result = run(verb, name, code=1, kubeconfig=kubeconfig)
        assert 'cannot patch resource "applications"' in result.err


# --- version


def test_versions_in_the_cluster(world, run):
    text = run("version", "--server").out.splitlines()
    assert text[0].startswith("gitopsctl ")
    assert text[1].startswith("kubernetes v1.") and text[1].endswith("(context cluster)")
    assert text[2] == "gitopsd not seen: no Deployment of it in the namespace"
    labels = {"app.kubernetes.io/name": "gitopsd"}
    world.cluster.request("POST", f"/apis/apps/v1/namespaces/{world.namespace}/deployments", {
        "metadata": {"name": "gitopsd", "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "gitopsd", "image": "registry.example/gitopsd:7"}]}}}})
    text = run("version", "--server", "-n", world.namespace, "-o", "json").out
    assert yaml.safe_load(text)["gitopsd"] == "registry.example/gitopsd:7"


# --- completion


def bash_completes(script, kubeconfig, *words):
    """What bash offers for the last word."""
    quoted = " ".join(f"'{word}'" for word in words)
    program = f"source '{script}'; COMP_WORDS=({quoted}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); " \
              "_gitopsctl; printf '%s\\n' \"${COMPREPLY[@]}\""
    result = subprocess.run(["bash", "-c", program], text=True, capture_output=True,
                            env={"KUBECONFIG": str(kubeconfig), "PATH": "/usr/bin:/bin"})
    assert result.returncode == 0 and result.stderr == "", result.stderr
    return result.stdout.split()


def test_names_of_applications_are_completed(world, run, tmp_path):
    world.create("shop")
    world.create("stock")
    script = tmp_path / "completion"
    script.write_text(run("completion", "bash").out)
    program = gitopsctl_program()

    def complete(*words):
        return bash_completes(script, world.cluster.kubeconfig, program, *words)
    assert complete("sync", world.name("s")) == [world.name("shop"), world.name("stock")]
    assert complete("wait", "--for", "x", world.name("sh")) == [world.name("shop")]
    assert complete("sync", "-n", "default", "") == []
    assert complete("get", "--context", "") == [world.cluster.context]
    assert complete("fleet", "--contexts", "=", "") == [world.cluster.context]
