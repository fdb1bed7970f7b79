# SPDX-License-Identifier: Apache-2.0
"""What an application's objects have become: /api/v1/applications/NAMESPACE/NAME/tree. There are
no controllers in the test cluster: the tests make what they would make."""

import json

import yaml

from harness import eventually
from world import config_map, deployment, service

IMAGE = "registry.example.com/web:1.0"
POD = {"containers": [{"name": "web", "image": IMAGE}]}


def tree(world, name="app"):
    status, body = world.daemon.http(
        "GET", f"/api/v1/applications/argocd/{world.name(name)}/tree")[:2]
    assert status == 200, body
    return json.loads(body)


def nodes(told):
    by_name = {f"{n['kind']}/{n['name']}": n for n in told["nodes"]}
    assert len(by_name) == len(told["nodes"])
    return by_name


def parents(node):
    return [f"{p['kind']}/{p['name']}" for p in node.get("parentRefs", [])]


def info(node):
    return {i["name"]: i["value"] for i in node.get("info", [])}


def make(world, path, kind, name, owner=None, status=None, api_version="v1", **body):
    metadata = {"name": name, **body.pop("metadata", {})}
    if owner:
        metadata["ownerReferences"] = [{
            "apiVersion": owner["apiVersion"], "kind": owner["kind"],
            "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}]
    base = f"/{path[0]}/namespaces/{world.namespace}/{path[1]}"
    made = world.cluster.request("POST", base, {"apiVersion": api_version, "kind": kind,
                                                "metadata": metadata, **body})
    if status:
        world.cluster.merge_patch(f"{base}/{name}/status", {"status": status})
    return made


def replica_set(world, owner, name, revision):
    labels = {"app": name}
    return make(world, ("apis/apps/v1", "replicasets"), "ReplicaSet", name, owner,
                api_version="apps/v1",
                metadata={"annotations": {"deployment.kubernetes.io/revision": revision}},
                spec={"replicas": 1, "selector": {"matchLabels": labels},
                      "template": {"metadata": {"labels": labels}, "spec": POD}})


def pod(world, owner, name, status=None):
    return make(world, ("api/v1", "pods"), "Pod", name, owner, status, spec=POD)


def test_a_deployment_has_replica_sets_and_pods(world):
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.write("app/map.yaml", config_map("map"))
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app")
    web = world.object("deployments", "web")
    old = replica_set(world, web, "web-1", "1")
    new = replica_set(world, web, "web-2", "2")
    pod(world, new, "web-2-a", {"phase": "Pending", "containerStatuses": [
        {"name": "web", "image": IMAGE, "imageID": "", "ready": False, "restartCount": 3,
         "state": {"waiting": {"reason": "ImagePullBackOff"}}}]})
    pod(world, None, "stranger")
    other = make(world, ("api/v1", "configmaps"), "ConfigMap", "another-owner")
    pod(world, {**other, "apiVersion": "v1", "kind": "ConfigMap"}, "of-a-stranger")

    told = tree(world)
    found = nodes(told)
    assert told["notes"] == [] and told["orphanedNodes"] == []
    assert set(found) == {"Deployment/web", "ConfigMap/map", "ReplicaSet/web-1",
                          "ReplicaSet/web-2", "Pod/web-2-a"}
    assert parents(found["Deployment/web"]) == []
    assert parents(found["ReplicaSet/web-1"]) == ["Deployment/web"]
    assert found["ReplicaSet/web-1"]["parentRefs"][0]["uid"] == web["metadata"]["uid"]
    assert found["ReplicaSet/web-1"]["uid"] == old["metadata"]["uid"]
    assert info(found["ReplicaSet/web-2"]) == {"Revision": "Rev:2"}
    assert parents(found["Pod/web-2-a"]) == ["ReplicaSet/web-2"]
    assert info(found["Pod/web-2-a"]) == {"Status Reason": "ImagePullBackOff", "Node": "",
                                          "Containers": "0/1", "Restart Count": "3",
                                          "Trouble": 'container "web": ImagePullBackOff'}
    assert found["Pod/web-2-a"]["images"] == [IMAGE]
    assert found["Pod/web-2-a"]["health"]["status"] == "Degraded"
    root = found["Deployment/web"]
    assert root["uid"] == web["metadata"]["uid"]
    assert root["createdAt"] == web["metadata"]["creationTimestamp"]
    assert root["group"] == "apps" and root["version"] == "v1"
    assert root["health"]["status"] == "Progressing"
    assert "health" not in found["ConfigMap/map"]


def stateful_set(name):
    labels = {"app": name}
    return yaml.safe_dump({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
        "spec": {"serviceName": name, "selector": {"matchLabels": labels},
                 "template": {"metadata": {"labels": labels}, "spec": POD},
                 "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                     "accessModes": ["ReadWriteOnce"],
                     "resources": {"requests": {"storage": "1Gi"}}}}]}})


def test_parents_that_are_not_owners(world):
    world.repo.write("app/db.yaml", stateful_set("db"))
    world.repo.write("app/svc.yaml", service("db"))
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app")
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    for name in ("data-db-0", "data-db-12", "data-db-x", "data-other-db-0", "logs-db-0"):
        make(world, ("api/v1", "persistentvolumeclaims"), "PersistentVolumeClaim", name, spec=claim)
    make(world, ("api/v1", "endpoints"), "Endpoints", "db")
    svc = {**world.object("services", "db"), "apiVersion": "v1", "kind": "Service"}
    make(world, ("apis/discovery.k8s.io/v1", "endpointslices"), "EndpointSlice", "db-abc", svc,
         api_version="discovery.k8s.io/v1", addressType="IPv4", endpoints=[])
    db = world.object("statefulsets", "db")
    make(world, ("apis/apps/v1", "controllerrevisions"), "ControllerRevision", "db-1", db,
         api_version="apps/v1", revision=1, data={})

    found = nodes(tree(world))
    assert set(found) == {
        "StatefulSet/db", "Service/db", "PersistentVolumeClaim/data-db-0",
        "PersistentVolumeClaim/data-db-12", "Endpoints/db", "EndpointSlice/db-abc",
        "ControllerRevision/db-1"}
    assert parents(found["PersistentVolumeClaim/data-db-12"]) == ["StatefulSet/db"]
    assert parents(found["Endpoints/db"]) == ["Service/db"]
    assert parents(found["EndpointSlice/db-abc"]) == ["Service/db"]
    assert info(found["ControllerRevision/db-1"]) == {"Revision": "Rev:1"}


def test_jobs_of_a_cron_job_and_their_pods(world):
    world.repo.write("app/cron.yaml", yaml.safe_dump({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "cron"},
        "spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": {
            "spec": {**POD, "restartPolicy": "Never"}}}}}}))
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app")
    batch = f"/apis/batch/v1/namespaces/{world.namespace}"
    cron = world.cluster.get(f"{batch}/cronjobs/cron")
    job = make(world, ("apis/batch/v1", "jobs"), "Job", "cron-1", cron, api_version="batch/v1",
               spec={"template": {"spec": {**POD, "restartPolicy": "Never"}}})
    pod(world, job, "cron-1-x")
    found = nodes(tree(world))
    assert set(found) == {"CronJob/cron", "Job/cron-1", "Pod/cron-1-x"}
    assert parents(found["Pod/cron-1-x"]) == ["Job/cron-1"]


def test_what_is_missing_and_what_is_extra(world):
    world.repo.write("app/a.yaml", config_map("a"))
    world.repo.write("app/b.yaml", config_map("b"))
    world.repo.commit()
    world.create("app")  # without prune
    world.start()
    world.wait_synced("app")
    world.repo.remove("app/b.yaml")
    world.repo.commit()
    eventually(lambda: world.get("app")["status"]["sync"]["status"] == "OutOfSync")
    assert set(nodes(tree(world))) == {"ConfigMap/a", "ConfigMap/b"}

    world.create("manual", "app", automated=False, dest_namespace=world.namespace)
    world.repo.write("later/c.yaml", config_map("c"))
    world.repo.commit()
    world.create("later", automated=False)
    eventually(lambda: nodes(tree(world, "later")))
    missing = nodes(tree(world, "later"))["ConfigMap/c"]
    assert missing["health"] == {"status": "Missing"}
    assert "uid" not in missing and "resourceVersion" not in missing


def test_more_than_one_page(world):
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app")
    new = replica_set(world, world.object("deployments", "web"), "web-1", "1")
    for i in range(260):
        pod(world, new, f"web-1-{i}")
    assert len(nodes(tree(world))) == 262


def test_excluded_kinds_are_left_out(world, settings):
    world.repo.write("app/web.yaml", deployment("web"))
    world.repo.commit()
    world.create("app")
    world.start()
    world.wait_synced("app")
    replica_set(world, world.object("deployments", "web"), "web-1", "1")
    settings(**{"resource.exclusions": "- kinds: [ReplicaSet]\n"})
    eventually(lambda: set(nodes(tree(world))) == {"Deployment/web"})


def test_an_unknown_application(world):
    world.start()
    status, body = world.daemon.http("GET", "/api/v1/applications/argocd/none/tree")[:2]
    assert status == 404 and "no such application" in body
