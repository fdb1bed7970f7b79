# SPDX-License-Identifier: Apache-2.0
"""The sandbox as a cluster: kubectl works against it, and gitopsd keeps it as Git says."""

import http.client
import json
import re

import pytest
import yaml

from control_plane import ApiError
from harness import eventually
from process import CommandError
from world import config_map, deployment, service

JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: %s}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "registry.example.com/job:%s"}]
"""


def test_kubectl_works(sandbox):
    """What people type first."""
    assert "v1.36" in sandbox.kubectl("version")
    sandbox.kubectl("create", "namespace", "shop")
    shop = ("-n", "shop")
    sandbox.kubectl(*shop, "create", "deployment", "web", "--image=web:1", "--replicas=2")
    sandbox.kubectl(*shop, "rollout", "status", "deployment/web", "--timeout=60s")
    assert "2/2" in sandbox.kubectl(*shop, "get", "deployments")
    sandbox.kubectl(*shop, "set", "image", "deployment/web", "web=web:2")
    sandbox.kubectl(*shop, "rollout", "status", "deployment/web", "--timeout=60s")
    sandbox.kubectl(*shop, "rollout", "undo", "deployment/web")
    sandbox.kubectl(*shop, "rollout", "status", "deployment/web", "--timeout=60s")
    assert sandbox.kubectl_json(*shop, "get", "deployment", "web")["spec"]["template"]["spec"][
        "containers"][0]["image"] == "web:1"
    sandbox.kubectl(*shop, "scale", "deployment", "web", "--replicas=3")
    eventually(lambda: len(sandbox.kubectl_json(*shop, "get", "pods")["items"]) == 3)
    sandbox.kubectl(*shop, "create", "configmap", "settings", "--from-literal=color=blue")
    sandbox.kubectl(*shop, "create", "secret", "generic", "key", "--from-literal=a=b")
    sandbox.kubectl(*shop, "label", "configmap", "settings", "team=a")
    assert "settings" in sandbox.kubectl(*shop, "get", "configmaps", "-l", "team=a", "-o", "name")
    assert sandbox.kubectl("auth", "can-i", "create", "pods").strip() == "yes"
    assert "strategy" in sandbox.kubectl("explain", "deployment.spec")
    assert "web-" in sandbox.kubectl(*shop, "get", "all")
    sandbox.kubectl(*shop, "create", "ingress", "front", "--rule=shop.example.com/*=web:80")
    table = sandbox.kubectl(*shop, "get", "nodes,ingresses")
    assert re.search(r"^node/sandbox +Ready +<none> +\d", table, re.MULTILINE), table
    assert re.search(r"/front +<none> +shop.example.com +\S+ +80 +\d", table), table
    sandbox.kubectl("delete", "namespace", "shop", "--timeout=60s")
    with pytest.raises(CommandError, match="NotFound"):
        sandbox.kubectl("get", "namespace", "shop")
    assert sandbox.get("/api/v1/pods")["items"] == []


def test_kubectl_apply_in_both_ways(sandbox):
    text = deployment("web", namespace="default") + "---\n" + service("web", namespace="default")
    assert "created" in sandbox.apply(text)
    assert "unchanged" in sandbox.apply(text)
    assert "serverside-applied" in sandbox.apply(text, "--server-side", "--force-conflicts")
    assert "configured" in sandbox.apply(text.replace(":1.0", ":2.0"))
    with pytest.raises(CommandError, match="unknown field"):
        sandbox.apply(text.replace("replicas:", "replica:"))
    assert sandbox.kubectl("diff", "-f", "-", input=text.replace(":1.0", ":2.0")) == ""


def test_jobs_end_as_they_are_told(sandbox):
    sandbox.apply(JOB % ("good", "1") + "---" + JOB % ("bad", "fail"))
    sandbox.kubectl("wait", "--for=condition=Complete", "--timeout=60s", "job/good")
    sandbox.kubectl("wait", "--for=condition=Failed", "--timeout=60s", "job/bad")


def test_a_deployment_that_never_gets_ready_keeps_the_old_one(sandbox):
    sandbox.apply(deployment("web", "web:1"))
    sandbox.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    sandbox.apply(deployment("web", "web:never-ready"))
    sets = "/apis/apps/v1/namespaces/default/replicasets"
    eventually(lambda: sum(s["status"].get("replicas", 0) for s in sandbox.get(sets)["items"]) == 2)
    web = sandbox.get("/apis/apps/v1/namespaces/default/deployments/web")
    assert web["status"]["availableReplicas"] == 1
    progressing = next(c for c in web["status"]["conditions"] if c["type"] == "Progressing")
    assert progressing["reason"] == "ReplicaSetUpdated"


def test_a_repository_is_synced_promoted_and_healed(world):
    world.repo.write("app/web.yaml", deployment("web", replicas=2))
    world.repo.write("app/service.yaml", service("web"))
    world.repo.write("app/settings.yaml", config_map("settings"))
    world.repo.commit()
    world.create("app", automated=True, prune=True, self_heal=True)
    world.start()
    world.wait_synced("app")
    eventually(lambda: world.get("app")["status"]["health"]["status"] == "Healthy")

    world.repo.write("app/web.yaml", deployment("web", "registry.example.com/web:2.0", replicas=2))
    world.repo.remove("app/settings.yaml")
    world.wait_synced("app", world.repo.commit())
    assert not world.exists("configmaps", "settings")
    eventually(lambda: world.object("deployments", "web")["status"].get("updatedReplicas") == 2)

    world.cluster.merge_patch(world.path_of("deployments", "web"), {"spec": {"replicas": 7}})
    eventually(lambda: world.object("deployments", "web")["spec"]["replicas"] == 2)
    world.cluster.request("DELETE", world.path_of("services", "web"))
    eventually(lambda: world.exists("services", "web"))


def test_https_and_a_token(make_sandbox):
    sandbox = make_sandbox(tls=True, token="right")
    assert "default" in sandbox.kubectl("get", "namespaces")
    sandbox._token = "wrong"
    with pytest.raises(ApiError) as refused:
        sandbox.get("/api/v1/namespaces")
    assert refused.value.code == 401


def test_discovery_is_the_same_plain_and_aggregated(sandbox):
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    def aggregated(path):
        connection = sandbox.connect()
        connection.request("GET", path, headers={
            "Authorization": f"Bearer {sandbox.token()}", "Accept": accept})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return {(g["metadata"].get("name", ""), v["version"], r["resource"])
                for g in answer["items"] for v in g["versions"] for r in v["resources"]}

    plain = {("", "v1", r["name"]) for r in sandbox.get("/api/v1")["resources"]
             if "/" not in r["name"]}
    for group in sandbox.get("/apis")["groups"]:
        for version in group["versions"]:
            plain |= {(group["name"], version["version"], r["name"])
                      for r in sandbox.get(f"/apis/{version['groupVersion']}")["resources"]
                      if "/" not in r["name"]}
    assert aggregated("/api") | aggregated("/apis") == plain
    paths = sandbox.get("/openapi/v3")["paths"]
    assert {("api" if not g else f"apis/{g}") + f"/{v}" for g, v, _ in plain} == paths.keys()
    for path in paths.values():
        assert sandbox.get(path["serverRelativeURL"])["components"]["schemas"]


def test_a_kubectl_as_old_as_debian_s_may_apply(sandbox):
    """Before 1.27 it asks for OpenAPI v2 first, as protobuf: of which no byte is an empty document.
    It reads the type of the answer as a media type, where '@' is none."""
    def asked(accept):
        connection = sandbox.connect()
        connection.request("GET", "/openapi/v2?timeout=32s", headers={"Accept": accept})
        answer = connection.getresponse()
        body, type = answer.read(), answer.getheader("Content-Type")
        connection.close()
        assert answer.status == 200
        return type, body
    assert asked("application/com.github.proto-openapi.spec.v2@v1.0+protobuf") == (
        "application/com.github.proto-openapi.spec.v2.v1.0+protobuf", b"")
    type, body = asked("application/json")
    assert type == "application/json" and json.loads(body)["swagger"] == "2.0"


def test_bad_arguments_are_told(make_sandbox):
    with pytest.raises(AssertionError, match="unknown key"):
        make_sandbox("bad-faults", faults=[{"pathh": "x"}])
    with pytest.raises(AssertionError, match="expected HOST:PORT"):
        make_sandbox("bad-listen", args=["--listen", "nowhere"])


def test_a_client_that_goes_away_is_forgotten(sandbox):
    """Watches of clients that broke off end, and do not keep the sandbox from ending."""
    for _ in range(5):
        connection = sandbox.connect()
        connection.request("GET", "/api/v1/configmaps?watch=true",
                           headers={"Authorization": f"Bearer {sandbox.token()}"})
        assert connection.getresponse().status == 200
        connection.close()
    sandbox.request("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "a"}})
    with pytest.raises((http.client.HTTPException, ApiError)):
        sandbox.get("/nowhere")


MAPS = "/api/v1/namespaces/default/configmaps"


def test_what_two_owners_leave_behind_stays(sandbox):
    owners = [sandbox.request("POST", MAPS, {"metadata": {"name": name}}) for name in "ab"]
    sandbox.request("POST", MAPS, {"metadata": {"name": "child", "ownerReferences": [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": o["metadata"]["name"],
         "uid": o["metadata"]["uid"]} for o in owners]}})
    for name in "ab":
        sandbox.request("DELETE", f"{MAPS}/{name}", {"propagationPolicy": "Orphan"})
    eventually(lambda: not sandbox.exists(f"{MAPS}/a") and not sandbox.exists(f"{MAPS}/b"))
    sandbox.request("POST", MAPS, {"metadata": {"name": "later"}})
    assert "ownerReferences" not in sandbox.get(f"{MAPS}/child")["metadata"]


KUBELET = {
    "1.0": ["Scheduled", "Pulled", "Created", "Started"],
    "missing": ["Scheduled", "Pulling", "Failed", "BackOff"],
    "crash": ["Scheduled", "Pulled", "Created", "Started", "BackOff"],
    "never-ready": ["Scheduled", "Pulled", "Created", "Started", "Unhealthy"],
}


@pytest.mark.parametrize("tag", KUBELET)
def test_what_becomes_of_a_pod_is_told(sandbox, tag):
    """As a kubelet tells it, in this order; and no longer than there is something to tell."""
    sandbox.kubectl("run", "x", f"--image=registry.example.com/x:{tag}")

    def is_told():
        events = sandbox.get("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=x")
        assert [event["reason"] for event in events["items"]] == KUBELET[tag]
    eventually(is_told)
    text = sandbox.kubectl("describe", "pod", "x")
    assert f'image "registry.example.com/x:{tag}"' in text[text.index("\nEvents:"):]


def test_times_and_places_of_jobs(sandbox):
    job = yaml.safe_load(JOB % ("short", "1"))
    job["spec"]["ttlSecondsAfterFinished"] = 0
    nowhere = yaml.safe_load(JOB % ("nowhere", "1"))
    nowhere["spec"]["activeDeadlineSeconds"] = 1
    nowhere["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": "nowhere"}
    sandbox.apply(yaml.safe_dump_all([job, nowhere]))
    eventually(lambda: not sandbox.exists("/apis/batch/v1/namespaces/default/jobs/short"))
    sandbox.kubectl("wait", "--for=condition=Failed", "--timeout=60s", "job/nowhere")
    assert "DeadlineExceeded" in sandbox.kubectl("get", "job", "nowhere", "-o", "yaml")
    eventually(lambda: sandbox.get("/api/v1/namespaces/default/pods")["items"] == [])


def test_a_field_that_is_there_twice(sandbox):
    text = '{"metadata": {"name": "a"}, "data": {"k": "v"}, "data": {"k": "w"}}'
    assert sandbox.request("POST", MAPS, text)["data"] == {"k": "w"}
    with pytest.raises(ApiError, match="strict"):
        sandbox.request("POST", f"{MAPS}?fieldValidation=Strict", text.replace('"a"', '"b"'))


def test_the_audit_log_tells_who_wrote_what(make_sandbox):
    sandbox = make_sandbox(audit=True)
    mark = sandbox.audit_mark()
    sandbox.request("POST", MAPS, {"metadata": {"name": "a"}})
    sandbox.get(f"{MAPS}/a")
    events = sandbox.audit_events(user="admin", since=mark)
    assert [e["verb"] for e in events] == ["create", "get"]
    assert events[1]["objectRef"]["name"] == "a" and events[1]["responseStatus"]["code"] == 200
