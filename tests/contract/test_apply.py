# SPDX-License-Identifier: Apache-2.0
"""Server-side apply: fields, their managers, conflicts."""

import pytest

from contract import (ABSENT, ANY, APPLY, DELETE, GET, GROUP, PATCH, POST, PUT, SSA, Not, Step,
                      broken, case, check, config_map, deployment, fields_of, managed, obj,
                      status_of, widget)

WEB = {"name": "web", "image": "w:1"}


def containers(*items):
    return obj("apps/v1", "Deployment", "a", spec={"template": {"spec": {"containers": items}}})


def containers_of(*items):
    return {"spec": {"template": {"spec": {"containers": list(items)}}}}


def conflict(message, *causes):
    return status_of("Conflict", message, details={"causes": [
        {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": field}
        for who, field in causes]})


CASES = [
    case("apply creates with 201 and changes with 200",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201, want={"data": {"k": "v"}}),
         SSA("configmaps/a", config_map(data={"k": "w"}), want={"data": {"k": "w"}})),
    case("apply owns what it declares",
         SSA("configmaps/a", config_map(data={"k": "v"}, labels={"l": "1"}), code=201,
             want=managed(fields_of("one", "Apply", {
                 "f:data": {"f:k": {}}, "f:metadata": {"f:labels": {"f:l": {}}}},
                 apiVersion="v1", subresource=ABSENT)))),
    case("apply takes yaml",
         SSA("configmaps/a", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
             "data: {k: v}\n", code=201, want={"data": {"k": "v"}})),
    case("apply again changes nothing",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201,
             save={"rv": "metadata.resourceVersion", "entries": "metadata.managedFields"}),
         SSA("configmaps/a", config_map(data={"k": "v"}),
             want={"metadata": {"resourceVersion": "$rv", "managedFields": "$entries"}})),
    case("apply removes what it does not declare any more",
         SSA("configmaps/a", config_map(data={"k": "v", "l": "w"}), code=201),
         SSA("configmaps/a", config_map(data={"l": "w"}), want={
             "data": {"k": ABSENT, "l": "w"},
             **managed(fields_of("one", "Apply", {"f:data": {"f:l": {}}}))})),
    case("apply that declares nothing owns nothing",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201),
         SSA("configmaps/a", config_map(),
             want={"data": ABSENT, "metadata": {"managedFields": ABSENT}})),
    case("apply leaves the fields of others",
         POST("configmaps?fieldManager=creator", config_map(data={"k": "v"})),
         SSA("configmaps/a", config_map(data={"l": "w"}), want={
             "data": {"k": "v", "l": "w"}, **managed(
                 fields_of("one", "Apply", {"f:data": {"f:l": {}}}),
                 fields_of("creator", "Update", {"f:data": {".": {}, "f:k": {}}}))}),
         SSA("configmaps/a", config_map(), want={"data": {"k": "v", "l": ABSENT}})),
    case("a conflict names field and manager",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201),
         SSA("configmaps/a", config_map(data={"k": "w"}), "two", code=409, want=conflict(
             '^Apply failed with 1 conflict: conflict with "one": .data.k$',
             ('"one"', ".data.k")))),
    case("a conflict with an updater names its version",
         POST("configmaps?fieldManager=creator", config_map(data={"k": "v"})),
         SSA("configmaps/a", config_map(data={"k": "w"}), code=409, want=conflict(
             '^Apply failed with 1 conflict: conflict with "creator" using v1: .data.k$',
             ('"creator" using v1', ".data.k")))),
    case("conflicts are listed by manager",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201),
         SSA("configmaps/a", config_map(data={"l": "v"}), "two"),
         SSA("configmaps/a", config_map(data={"k": "w", "l": "w"}), "three", code=409,
             want=status_of("Conflict", '^Apply failed with 2 conflicts: conflicts with "one":\n'
                            '- .data.k\nconflicts with "two":\n- .data.l$'))),
    case("a failed apply changes nothing",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201,
             save={"rv": "metadata.resourceVersion"}),
         SSA("configmaps/a", config_map(data={"k": "w", "l": "w"}), "two", code=409),
         GET("configmaps/a", want={"data": {"k": "v", "l": ABSENT},
                                   "metadata": {"resourceVersion": "$rv"}})),
    case("force takes the field and its ownership",
         SSA("configmaps/a", config_map(data={"k": "v", "l": "v"}), code=201),
         SSA("configmaps/a", config_map(data={"k": "w"}), "two", force=True, want={
             "data": {"k": "w", "l": "v"}, **managed(
                 fields_of("one", "Apply", {"f:data": {"f:l": {}}}),
                 fields_of("two", "Apply", {"f:data": {"f:k": {}}}))})),
    case("the same value is owned together",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201),
         SSA("configmaps/a", config_map(data={"k": "v"}), "two", want={
             "data": {"k": "v"},
             "metadata": {"managedFields": [{"manager": "two", "time": ABSENT},
                                            {"manager": "one", "time": ANY}]}}),
         SSA("configmaps/a", config_map(), want={
             "data": {"k": "v"},
             "metadata": {"managedFields": [{"manager": "two"}]}})),
    case("a field owned together goes with its last owner",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201),
         SSA("configmaps/a", config_map(data={"k": "v"}), "two"),
         SSA("configmaps/a", config_map()),
         SSA("configmaps/a", config_map(), "two", want={"data": ABSENT})),
    case("a field owned together cannot be changed by one",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201),
         SSA("configmaps/a", config_map(data={"k": "v"}), "two"),
         SSA("configmaps/a", config_map(data={"k": "w"}), code=409,
             want=conflict(None, ('"two"', ".data.k")))),
    case("an update takes what it changes from the applier",
         SSA("configmaps/a", config_map(data={"k": "v", "l": "v"}), code=201),
         PUT("configmaps/a?fieldManager=editor", config_map(data={"k": "w", "l": "v"}),
             want=managed(fields_of("one", "Apply", {"f:data": {"f:l": {}}}),
                          fields_of("editor", "Update", {"f:data": {"f:k": {}}})))),
    case("an update that removes a field disowns it",
         SSA("configmaps/a", config_map(data={"k": "v", "l": "v"}), code=201),
         PATCH("configmaps/a?fieldManager=editor", {"data": {"k": None}},
               want=managed(fields_of("one", "Apply", {"f:data": {"f:l": {}}})))),
    case("what nobody owned belongs to before-first-apply",
         POST("configmaps", config_map(data={"k": "v"})),
         PATCH("configmaps/a", {"metadata": {"managedFields": [{}]}},
               want={"metadata": {"managedFields": ABSENT}}),
         SSA("configmaps/a", config_map(data={"l": "w"}), want=managed(
             fields_of("one", "Apply", {"f:data": {"f:l": {}}}),
             fields_of("before-first-apply", "Update", {"f:data": {".": {}, "f:k": {}}})))),
    case("managers are one for each operation",
         POST("configmaps?fieldManager=one", config_map(data={"k": "v"})),
         SSA("configmaps/a", config_map(data={"k": "v"}), want=managed(
             fields_of("one", "Apply", {"f:data": {"f:k": {}}}, time=ABSENT),
             fields_of("one", "Update", {"f:data": {".": {}, "f:k": {}}})))),
    case("an updater without a name is called after its client",
         POST("configmaps", config_map(data={"k": "v"}),
              want={"metadata": {"managedFields": [{"manager": "contract"}]}})),
    case("apply needs a field manager",
         Step("PATCH", "configmaps/a", config_map(), type=APPLY, code=422, want=status_of(
             "Invalid", "fieldManager: Required value: is required for apply patch"))),
    case("force is for apply only",
         POST("configmaps", config_map()),
         PATCH("configmaps/a?force=true", {"data": {"k": "v"}}, code=422, want=status_of(
             "Invalid", "force: Forbidden: may not be specified for non-apply patch"))),
    case("apply must not declare managed fields",
         SSA("configmaps/a", config_map(managedFields=[{"manager": "x"}]), code=400, want=status_of(
             "BadRequest", "metadata.managedFields must be nil"))),
    case("apply must be of the kind of the path",
         SSA("configmaps/a", obj("v1", "Secret", "a"), code=400, want=status_of(
             "BadRequest", "Secret"))),
    case("apply must bear the name of the path",
         SSA("configmaps/a", config_map("b"), code=400, want=status_of(
             "BadRequest", "the name of the object .* does not match the name on the URL"))),
    case("apply with an old resource version is a conflict",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201,
             save={"rv": "metadata.resourceVersion"}),
         SSA("configmaps/a", config_map(data={"k": "w"})),
         SSA("configmaps/a", config_map(data={"k": "x"}, resourceVersion="$rv"), code=409,
             want=status_of("Conflict", "the object has been modified"))),
    case("apply of a uid that is not there is a conflict",
         SSA("configmaps/a", config_map(uid="00000000-0000-0000-0000-000000000000"), code=409,
             want=status_of("Conflict", "uid mismatch"))),
    case("dry run of an apply stores nothing",
         SSA("configmaps/a", config_map(data={"k": "v"}), query={"dryRun": "All"}, code=201,
             want={"data": {"k": "v"}, "metadata": {"managedFields": [{"manager": "one"}]}}),
         GET("configmaps/a", code=404),
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201,
             save={"rv": "metadata.resourceVersion"}),
         SSA("configmaps/a", config_map(data={"k": "w"}), query={"dryRun": "All"},
             want={"data": {"k": "w"}, "metadata": {"resourceVersion": "$rv"}}),
         GET("configmaps/a", want={"data": {"k": "v"}})),
    case("dry run of an apply tells conflicts",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201),
         SSA("configmaps/a", config_map(data={"k": "w"}), "two", query={"dryRun": "All"},
             code=409)),
    case("a field that the schema lacks is refused",
         SSA("deployments/a", obj("apps/v1", "Deployment", "a", spec={"replcas": 1}), code=500,
             want=broken(r"^failed to create typed patch object \(.*/a; apps/v1, Kind=Deployment\): "
                         r"\.spec\.replcas: field not declared in schema$"))),
    case("defaults have no owner in an apply",
         SSA("deployments/a", deployment(), code=201, want={
             "spec": {"strategy": {"type": "RollingUpdate"}},
             **managed(fields_of("one", "Apply", {"f:spec": {
                 "f:replicas": {}, "f:selector": {},
                 "f:template": {"f:metadata": {"f:labels": {"f:app": {}}},
                                "f:spec": {"f:containers": {'k:{"name":"web"}': {
                                    ".": {}, "f:image": {}, "f:name": {}}}}}}}))})),
    case("defaults belong to who creates by a post",
         POST("deployments?fieldManager=creator", deployment(), want=managed(
             fields_of("creator", "Update", {"f:spec": {
                 "f:progressDeadlineSeconds": {}, "f:replicas": {}, "f:revisionHistoryLimit": {},
                 "f:selector": {},
                 "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {},
                                                    "f:maxUnavailable": {}}, "f:type": {}},
                 "f:template": {
                     "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                     "f:spec": {
                         "f:containers": {'k:{"name":"web"}': {
                             ".": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:name": {},
                             "f:resources": {}, "f:terminationMessagePath": {},
                             "f:terminationMessagePolicy": {}}},
                         "f:dnsPolicy": {}, "f:restartPolicy": {}, "f:schedulerName": {},
                         "f:securityContext": {}, "f:terminationGracePeriodSeconds": {}}}}})))),
    case("items of a list map are merged by key",
         SSA("deployments/a", deployment(), code=201),
         SSA("deployments/a", containers({"name": "side", "image": "s:1"}), "two",
             want=containers_of({"name": "web", "image": "w:1"}, {"name": "side", "image": "s:1"})),
         SSA("deployments/a", containers({"name": "side", "image": "s:2"}), "two",
             want=containers_of({"name": "web"}, {"name": "side", "image": "s:2"}))),
    case("an item of a list map goes with its owner",
         SSA("deployments/a", deployment(containers=[WEB, {"name": "side", "image": "s:1"}]),
             code=201),
         SSA("deployments/a", deployment(), want=containers_of({"name": "web"}))),
    case("fields of one item may have two owners",
         SSA("deployments/a", deployment(), code=201),
         SSA("deployments/a", containers({"name": "web", "args": ["x"]}), "two",
             want=containers_of({"name": "web", "image": "w:1", "args": ["x"]})),
         SSA("deployments/a", containers({"name": "web", "image": "w:2"}), "two", code=409,
             want=conflict(None, ('"one"', '.spec.template.spec.containers[name="web"].image')))),
    case("items of a list map keep the order of the apply",
         SSA("widgets/a", widget(spec={"ports": [{"port": 1}, {"port": 2}, {"port": 3}]}),
             code=201),
         SSA("widgets/a", widget(spec={"ports": [{"port": 3}, {"port": 9}, {"port": 1}]}), "two",
             want={"spec": {"ports": [{"port": 2}, {"port": 3}, {"port": 9}, {"port": 1}]}})),
    case("keys of a list map have defaults",
         SSA("widgets/a", widget(spec={"ports": [{"port": 80}]}), code=201, want=managed(
             fields_of("one", "Apply", {"f:spec": {"f:ports": {
                 'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}}}}))),
         SSA("widgets/a", widget(spec={"ports": [{"port": 80, "protocol": "TCP", "name": "web"}]}),
             want={"spec": {"ports": [{"port": 80, "protocol": "TCP", "name": "web"}]}})),
    case("an item without its key is refused",
         SSA("deployments/a", deployment(containers=[{"image": "w:1"}]), code=422,
             want=status_of("Invalid", r"containers\[0\]\.name: Required value")),
         SSA("widgets/a", {**widget(), "status": {"conditions": [{"status": "True"}]}}, code=500,
             want=broken(r"\.status\.conditions: element 0: associative list with keys has an "
                         r"element that omits all key fields"))),
    case("an item that is there twice is refused",
         SSA("deployments/a", deployment(containers=[WEB, WEB]), code=500, want=broken(
             r'\.spec\.template\.spec\.containers: duplicate entries for key '
             r'\[name="web"\]'))),
    case("values of a set have owners of their own",
         SSA("widgets/a", widget(spec={"tags": ["x", "y"]}), code=201, want=managed(
             fields_of("one", "Apply", {"f:spec": {"f:tags": {'v:"x"': {}, 'v:"y"': {}}}}))),
         SSA("widgets/a", widget(spec={"tags": ["y", "z"]}), "two",
             want={"spec": {"tags": ["x", "y", "z"]}}),
         SSA("widgets/a", widget(spec={}), want={"spec": {"tags": ["y", "z"]}})),
    case("finalizers are a set",
         SSA("configmaps/a", config_map(finalizers=["example.com/a"]), code=201),
         SSA("configmaps/a", config_map(finalizers=["example.com/b"]), "two",
             want={"metadata": {"finalizers": ["example.com/a", "example.com/b"]}}),
         SSA("configmaps/a", config_map(),
             want={"metadata": {"finalizers": ["example.com/b"]}}),
         SSA("configmaps/a", config_map(), "two")),
    case("an atomic list has one owner",
         SSA("widgets/a", widget(spec={"steps": ["x", "y"]}), code=201, want=managed(
             fields_of("one", "Apply", {"f:spec": {"f:steps": {}}}))),
         SSA("widgets/a", widget(spec={"steps": ["z"]}), "two", code=409,
             want=conflict(None, ('"one"', ".spec.steps"))),
         SSA("widgets/a", widget(spec={"steps": ["z"]}), "two", force=True,
             want={"spec": {"steps": ["z"]}})),
    case("an atomic map has one owner",
         SSA("widgets/a", widget(spec={"target": {"kind": "K", "name": "n"}}), code=201,
             want=managed(fields_of("one", "Apply", {"f:spec": {"f:target": {}}}))),
         SSA("widgets/a", widget(spec={"target": {"kind": "K"}}), "two", code=409)),
    case("a selector is atomic",
         SSA("deployments/a", deployment(), code=201),
         SSA("deployments/a", obj("apps/v1", "Deployment", "a", spec={
             "selector": {"matchLabels": {"more": "x"}}}), "two", code=409,
             want=conflict(None, ('"one"', ".spec.selector")))),
    case("keys of a map have owners of their own",
         SSA("widgets/a", widget(spec={"limits": {"cpu": "1"}}), code=201),
         SSA("widgets/a", widget(spec={"limits": {"memory": "2"}}), "two",
             want={"spec": {"limits": {"cpu": "1", "memory": "2"}}}),
         SSA("widgets/a", widget(spec={}), want={"spec": {"limits": {"cpu": ABSENT}}})),
    case("unknown fields that are kept are owned one by one",
         SSA("widgets/a", widget(spec={"free": {"x": {"y": 1}, "list": [1, 2]}}), code=201,
             want=managed(fields_of("one", "Apply", {"f:spec": {"f:free": {
                 "f:x": {".": {}, "f:y": {}}, "f:list": {}}}}))),
         SSA("widgets/a", widget(spec={"free": {"x": {"z": 2}}}), "two",
             want={"spec": {"free": {"x": {"y": 1, "z": 2}, "list": [1, 2]}}})),
    case("a kind without schema is merged map by map",
         SSA("gadgets/a", obj(f"{GROUP}/v1", "Gadget", "a", spec={"m": {"x": 1}, "l": [1]}),
             code=201),
         SSA("gadgets/a", obj(f"{GROUP}/v1", "Gadget", "a", spec={"m": {"y": 2}}), "two",
             want={"spec": {"m": {"x": 1, "y": 2}, "l": [1]}})),
    case("an apply of the status owns the status only",
         SSA("widgets/a", widget(spec={"size": 1}), code=201),
         SSA("widgets/a/status", {**widget(spec={"size": 9}), "status": {"phase": "Done"}},
             want={"spec": {"size": 1}, "status": {"phase": "Done"}, **managed(
                 fields_of("one", "Apply", {"f:spec": {"f:size": {}}}, subresource=ABSENT),
                 fields_of("one", "Apply", {"f:status": {"f:phase": {}}},
                           subresource="status"))})),
    case("an apply of the object leaves the status alone",
         SSA("widgets/a", {**widget(spec={"size": 1}), "status": {"phase": "Done"}}, code=201,
             want={"status": ABSENT, **managed(
                 fields_of("one", "Apply", {"f:spec": {"f:size": {}}}))})),
    case("an apply of the status of what is not there is NotFound",
         SSA("widgets/a/status", {**widget(), "status": {"phase": "Done"}}, code=404)),
    case("an update of the status is an entry of its own",
         POST("widgets?fieldManager=creator", widget(spec={"size": 1})),
         PATCH("widgets/a/status?fieldManager=creator", {"status": {"phase": "Done"}},
               want=managed(
                   fields_of("creator", "Update", {"f:spec": {".": {}, "f:color": {},
                                                              "f:size": {}}},
                             subresource=ABSENT),
                   fields_of("creator", "Update", {"f:status": {".": {}, "f:phase": {}}},
                             subresource="status")))),
    case("apply recreates what was deleted",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201, save={"uid": "metadata.uid"}),
         DELETE("configmaps/a"),
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201,
             want={"metadata": {"uid": Not("$uid")}})),
    case("quantities are owned by field",
         SSA("deployments/a", deployment(containers=[
             {**WEB, "resources": {"limits": {"cpu": "1"}}}]), code=201),
         SSA("deployments/a", containers({"name": "web", "resources": {
             "limits": {"memory": "1Gi"}}}), "two", want=containers_of({
                 "name": "web", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}))),
    case("ownership moves with managed fields that are written",
         SSA("configmaps/a", config_map(data={"k": "v"}), code=201),
         PATCH("configmaps/a", {"metadata": {"managedFields": [
             {"manager": "two", "operation": "Apply", "apiVersion": "v1",
              "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1",
              "fieldsV1": {"f:data": {"f:k": {}}}}]}}, want=managed(
             fields_of("two", "Apply", {"f:data": {"f:k": {}}}))),
         SSA("configmaps/a", config_map(), "two", want={"data": ABSENT})),
    case("secret values are merged by key",
         SSA("secrets/a", obj("v1", "Secret", "a", data={"k": "dg=="}), code=201),
         SSA("secrets/a", obj("v1", "Secret", "a", stringData={"l": "w"}), "two",
             want={"data": {"k": "dg==", "l": "dw=="}, "stringData": ABSENT})),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_apply(server, ns, case):
    check(server, ns, case.steps)
