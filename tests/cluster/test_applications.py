# SPDX-License-Identifier: Apache-2.0
"""Applications that move, go, empty themselves, or are wrong: nothing is deleted by mistake."""

import re
import shutil
import time

from harness import eventually
from world import (APPLICATIONS, assert_synced, conditions, config_map, phase, resources, service)


def test_object_moves_between_applications(world):
    world.repo.write("one/moved.yaml", config_map("moved"))
    world.repo.write("one/stays.yaml", config_map("stays"))
    world.repo.write("two/other.yaml", config_map("other"))
    world.repo.commit()
    for name in ("one", "two"):
        world.create(name, prune=True, self_heal=True)
    world.start()
    world.wait_synced("one")
    world.wait_synced("two")
    uids = world.uids("configmaps")
    mark = world.cluster.audit_mark()
    for source, target in [("one", "two"), ("two", "one"), ("one", "two")]:
        world.repo.write(f"{target}/moved.yaml", world.repo.read(f"{source}/moved.yaml"))
        world.repo.remove(f"{source}/moved.yaml")
        world.repo.commit()
        world.wait_synced("one")
        world.wait_synced("two")
        assert "ConfigMap/moved" in resources(world.get(target))
        assert "ConfigMap/moved" not in resources(world.get(source))
    assert world.uids("configmaps") == uids and world.deletes(mark) == []


def test_object_moves_while_the_daemon_is_down(world):
    world.repo.write("one/moved.yaml", config_map("moved"))
    world.repo.write("one/stays.yaml", config_map("stays"))
    world.repo.write("two/other.yaml", config_map("other"))
    world.repo.commit()
    for name in ("one", "two"):
        world.create(name, prune=True)
    world.start()
    world.wait_synced("one")
    world.wait_synced("two")
    uids = world.uids("configmaps")
    mark = world.cluster.audit_mark()
    world.daemon.kill()
    world.repo.git("mv", "one/moved.yaml", "two/moved.yaml")
    world.repo.commit()
    world.daemon.start()
    world.wait_synced("one")
    world.wait_synced("two")
    assert world.uids("configmaps") == uids and world.deletes(mark) == []


def test_application_deleted_without_finalizer_leaves_its_objects(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", prune=True)
    world.start()
    world.wait_synced("web")
    mark = world.cluster.audit_mark()
    world.cluster.kubectl("delete", "application", world.name("web"), "-n", "argocd")
    eventually(lambda: world.daemon.applications() == [])
    time.sleep(1)
    assert world.deletes(mark) == [] and world.exists("configmaps", "a")


def test_application_deleted_with_finalizer_deletes_its_objects(world):
    world.repo.write("web/all.yaml", config_map("a") + "---\n" + service("s") + "---\n" +
                     config_map("kept", annotations={"argocd.argoproj.io/sync-options":
                                                     "Prune=false"}))
    world.repo.write("other/other.yaml", config_map("other"))
    world.repo.commit()
    world.create("web", finalizers=["resources-finalizer.argocd.argoproj.io"])
    world.create("other")
    world.start()
    world.wait_synced("web")
    world.wait_synced("other")
    mark = world.cluster.audit_mark()
    world.cluster.apply(config_map("by-hand"), "-n", world.namespace)
    world.cluster.kubectl("delete", "application", world.name("web"), "-n", "argocd",
                          "--timeout=30s")
    assert world.names("services") == set()
    assert {"other", "by-hand"} <= world.names("configmaps") <= {"other", "by-hand", "kept"}
    assert "a" not in world.names("configmaps")
    assert f"delete configmaps {world.namespace}/other" not in world.deletes(mark)


def test_deletion_waits_for_the_objects(world):
    """In the foreground the Application goes when its objects are gone. (The garbage collector,
    which ends such a deletion, is played by the test.)"""
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    finalizers = ["resources-finalizer.argocd.argoproj.io/foreground"]
    world.create("web", finalizers=finalizers)
    world.start()
    world.wait_synced("web")
    world.delete("web")
    eventually(lambda: world.object("configmaps", "a")["metadata"].get("deletionTimestamp"))
    time.sleep(1)
    assert world.get("web")["metadata"]["finalizers"] == finalizers
    world.cluster.merge_patch(world.path_of("configmaps", "a"), {"metadata": {"finalizers": None}})
    eventually(lambda: not world.cluster.exists(f"{APPLICATIONS}/{world.name('web')}"))
    assert not world.exists("configmaps", "a")


def test_application_deleted_while_the_daemon_is_down(world):
    """The finalizer holds it until the daemon is back; Git and its clone are not needed."""
    world.repo.write("web/all.yaml", config_map("a") + "---\n" + service("s"))
    world.repo.commit()
    world.create("web", finalizers=["resources-finalizer.argocd.argoproj.io/background"])
    world.start()
    world.wait_synced("web")
    world.daemon.stop()
    world.delete("web")
    shutil.rmtree(world.daemon.state_dir)
    world.git_server.stop()
    world.daemon.start()
    eventually(lambda: not world.cluster.exists(f"{APPLICATIONS}/{world.name('web')}"))
    assert world.names("services") == set() and world.names("configmaps") == set()


def test_empty_commit_is_no_order_to_delete_everything(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.write("web/README.md", "# web\n")
    world.repo.commit()
    world.create("web", prune=True, self_heal=True)
    world.start()
    world.wait_synced("web")
    mark = world.cluster.audit_mark()
    world.repo.remove("web/a.yaml")
    sha = world.repo.commit()
    message = world.wait_condition("web", "SyncError")
    assert "allowEmpty" in message and sha in message
    time.sleep(1)
    assert world.deletes(mark) == [] and world.exists("configmaps", "a")
    assert world.get("web")["status"]["sync"]["status"] == "OutOfSync"

    world.patch("web", {"spec": {"syncPolicy": {"automated": {"allowEmpty": True}}}})
    world.wait_synced("web", sha)
    assert world.names("configmaps") == set()


def test_application_for_another_cluster_is_ignored(world):
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    mark = world.cluster.audit_mark()
    world.create("server", "web", server="https://10.1.2.3:6443")
    world.create("named", "web", spec={"destination": {"name": "elsewhere", "namespace": "default"}})
    world.start()
    assert "https://10.1.2.3:6443" in world.wait_condition("server", "InvalidSpecError")
    assert "elsewhere" in world.wait_condition("named", "InvalidSpecError")
    time.sleep(1)
    assert world.writes(mark) == [] and not world.exists("configmaps", "a")

    world.patch("server", {"spec": {"destination": {"server": "https://kubernetes.default.svc"}}})
    world.wait_synced("server")
    assert world.exists("configmaps", "a")


MALFORMED = {
    "absolute path": ({"path": "/etc"}, "absolute"),
    "outside": ({"path": "../outside"}, r"\.\./outside"),
    "helm": ({"helm": {"releaseName": "x"}}, "helm is not supported"),
    "chart": ({"chart": "nginx"}, "chart is not supported"),
    "no url": ({"repoURL": ""}, "repoURL"),
    "jsonnet": ({"directory": {"jsonnet": {"libs": ["x"]}}}, "jsonnet is not supported"),
    "bad url": ({"repoURL": "no url at all"}, "repository URL contains a blank"),
    "no such revision": ({"targetRevision": "nope"}, "nope"),
}


def test_malformed_applications(world):
    """Each says what is wrong with it, the good one among them goes on, an edit heals."""
    world.repo.write("good/a.yaml", config_map("a"))
    world.repo.write("healed/c.yaml", config_map("c"))
    world.repo.commit()
    mark = world.cluster.audit_mark()
    for i, (source, _) in enumerate(MALFORMED.values()):
        world.create(f"bad{i}", "good", spec={"source": {
            "repoURL": world.repo.url, "path": "good", "targetRevision": "HEAD", **source}})
    world.create("both", "good", spec={"destination": {"name": "in-cluster", "namespace": "default",
                                                       "server": "https://kubernetes.default.svc"}})
    world.create("good")
    world.start()
    world.wait_synced("good")
    for i, (what, (_, expected)) in enumerate(MALFORMED.items()):
        def told(name=f"bad{i}"):
            app = world.get(name)
            text = " ".join(conditions(app).values())
            assert text, "no condition"
            return text
        text = eventually(told)
        assert re.search(expected, text), f"{what}: {text}"
        assert phase(world.get(f"bad{i}")) == ""
    assert "exclude each other" in world.wait_condition("both", "InvalidSpecError")
    assert world.writes(mark) == [f"patch configmaps {world.namespace}/a"]

    world.repo.write("good/b.yaml", config_map("b"))
    world.repo.commit()
    world.wait_synced("good")
    world.patch("bad2", {"spec": {"source": {"helm": None, "path": "healed"}}})
    world.wait_synced("bad2")
    assert_synced(world.get("good"), world.repo.head())
