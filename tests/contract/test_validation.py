# SPDX-License-Identifier: Apache-2.0
"""What objects have to be like, and what may not change."""

import pytest

from contract import (ABSENT, DELETE, GET, PATCH, POST, PUT, Text, case, check, config_map,
                      deployment, invalid, obj, status_of, widget)


def service(name="a", **spec):
    return obj("v1", "Service", name, spec={"ports": [{"port": 80}], **spec})


FIELDS = [
    case("an unknown field is dropped with a warning",
         POST("configmaps", {**config_map(), "nonsense": 1}, warning='unknown field "nonsense"',
              want={"nonsense": ABSENT})),
    case("a priority above those of users is Invalid",
         POST("/apis/scheduling.k8s.io/v1/priorityclasses",
              obj("scheduling.k8s.io/v1", "PriorityClass", "too-high", value=1000000001), code=422,
              want=invalid(("value", "FieldValueForbidden")))),
    case("an unknown field is dropped in silence where it is said so",
         POST("configmaps?fieldValidation=Ignore", {**config_map(), "nonsense": 1},
              want={"nonsense": ABSENT})),
    case("an unknown field is refused where strictness is asked for",
         POST("configmaps?fieldValidation=Strict", {**config_map(), "nonsense": 1}, code=400,
              want=status_of("BadRequest", 'strict decoding error: unknown field "nonsense"'))),
    case("an unknown field below others is named by its path",
         POST("deployments?fieldValidation=Strict",
              deployment(containers=[{"name": "web", "image": "w:1", "imgae": "x"}]), code=400,
              want=status_of("BadRequest", 'unknown field "spec.template.spec.containers\\[0\\]'
                             '.imgae"'))),
    case("an unknown field of a custom resource is pruned",
         POST("widgets", widget(spec={"size": 1, "nonsense": 1}),
              warning='unknown field "spec.nonsense"', want={"spec": {"nonsense": ABSENT}})),
    case("an unknown field of a custom resource is refused where strictness is asked for",
         POST("widgets?fieldValidation=Strict", widget(spec={"nonsense": 1}), code=400,
              want=status_of("BadRequest", 'strict decoding error: unknown field "spec.nonsense"'))),
    case("unknown fields are kept where the schema says so",
         POST("widgets?fieldValidation=Strict", widget(spec={"free": {"any": {"thing": [1]}}}),
              want={"spec": {"free": {"any": {"thing": [1]}}}})),
    case("an unknown field in a patch is refused where strictness is asked for",
         POST("configmaps", config_map()),
         PATCH("configmaps/a?fieldValidation=Strict", {"nonsense": 1}, code=422,
               want=status_of("Invalid", 'unknown field "nonsense"'))),
    case("an unknown kind of field validation is Invalid",
         POST("configmaps?fieldValidation=Loose", config_map(), code=422,
              want=status_of("Invalid", "fieldValidation"))),
    case("a value of the wrong type is BadRequest",
         POST("configmaps", {**config_map(), "data": {"k": 1}}, code=400,
              want=status_of("BadRequest", "cannot unmarshal number"))),
]

SCHEMA = [
    case("a default is filled in",
         POST("widgets", widget(spec={}), want={"spec": {"color": "blue"}})),
    case("a default is not filled in where the parent is absent",
         POST("widgets", widget(), want={"spec": ABSENT})),
    case("a number out of bounds is Invalid",
         POST("widgets", widget(spec={"size": 101}), code=422, want={
             **invalid(("spec.size", "FieldValueInvalid")),
             "message": Text('Widget.contract.example.com "a" is invalid: spec.size: Invalid '
                             'value: 101: spec.size in body should be less than or equal to 100')})),
    case("a value that is not in the enumeration is Invalid",
         POST("widgets", widget(spec={"color": "pink"}), code=422, want={
             **invalid(("spec.color", "FieldValueNotSupported")),
             "message": Text('Unsupported value: "pink": supported values: "blue", "green", '
                             '"red"')})),
    case("a text that does not match is Invalid",
         POST("widgets", widget(spec={"label": "X1"}), code=422,
              want=invalid(("spec.label", "FieldValueInvalid")))),
    case("a text that is too long is Invalid",
         POST("widgets", widget(spec={"label": "abcdef"}), code=422,
              want=invalid(("spec.label", "FieldValueTooLong")))),
    case("a value of the wrong type is Invalid",
         POST("widgets", widget(spec={"size": "big"}), code=422, want={
             **invalid(("spec.size", "FieldValueTypeInvalid")),
             "message": Text('must be of type integer: "string"')})),
    case("a field that is required is missed",
         POST("widgets", widget(spec={"ports": [{"name": "x"}]}), code=422,
              want=invalid(("spec.ports[0].port", "FieldValueRequired")))),
    case("a set has each value once",
         POST("widgets", widget(spec={"tags": ["x", "x"]}), code=422,
              want=invalid(("spec.tags[1]", "FieldValueDuplicate")))),
    case("a list map has each key once",
         POST("widgets", widget(spec={"ports": [{"port": 1}, {"port": 1}]}), code=422,
              want=invalid(("spec.ports[1]", "FieldValueDuplicate")))),
    case("several faults are told at once",
         POST("widgets", widget(spec={"size": 0, "label": "X"}), code=422,
              check=lambda body: len(body["details"]["causes"]) == 2)),
]

BUILT_IN = [
    case("labels are validated",
         POST("configmaps", config_map(labels={"k": "not allowed"}), code=422,
              want=invalid(("metadata.labels", "FieldValueInvalid")))),
    case("annotation keys are validated",
         POST("configmaps", config_map(annotations={"not allowed": ""}), code=422,
              want=invalid(("metadata.annotations", "FieldValueInvalid")))),
    case("keys of a configmap are validated",
         POST("configmaps", config_map(data={"not/allowed": ""}), code=422,
              want=invalid(("data[not/allowed]", "FieldValueInvalid")))),
    case("an immutable configmap cannot change",
         POST("configmaps", {**config_map(data={"k": "v"}), "immutable": True}),
         PATCH("configmaps/a", {"data": {"k": "w"}}, code=422, want={
             **invalid(("data", "FieldValueForbidden")),
             "message": Text("data: Forbidden: field is immutable when `immutable` is set")}),
         PATCH("configmaps/a", {"immutable": False}, code=422, want=invalid(
             ("immutable", "FieldValueForbidden"))),
         PATCH("configmaps/a", {"metadata": {"labels": {"k": "v"}}}),
         DELETE("configmaps/a")),
    case("string data of a secret become data",
         POST("secrets", obj("v1", "Secret", "a", stringData={"k": "v"}), want={
             "data": {"k": "dg=="}, "stringData": ABSENT, "type": "Opaque"})),
    case("string data of a secret win over data",
         POST("secrets", obj("v1", "Secret", "a", data={"k": "dw=="}, stringData={"k": "v"}),
              want={"data": {"k": "dg=="}})),
    case("data of a secret are base64",
         POST("secrets", obj("v1", "Secret", "a", data={"k": "?"}), code=400,
              want=status_of("BadRequest", "illegal base64"))),
    case("the type of a secret cannot change",
         POST("secrets", obj("v1", "Secret", "a")),
         PATCH("secrets/a", {"type": "example.com/x"}, code=422,
               want=invalid(("type", "FieldValueInvalid")))),
    case("a deployment needs a selector that selects its template",
         POST("deployments", obj("apps/v1", "Deployment", "a", spec={
             "selector": {"matchLabels": {"app": "other"}},
             "template": {"metadata": {"labels": {"app": "a"}},
                          "spec": {"containers": [{"name": "web", "image": "w"}]}}}), code=422,
              want={"message": Text("`selector` does not match template `labels`"),
                    **invalid(("spec.template.metadata.labels", "FieldValueInvalid"))})),
    case("the selector of a deployment cannot change",
         POST("deployments", deployment()),
         PATCH("deployments/a", {"spec": {
             "selector": {"matchLabels": {"app": "b"}},
             "template": {"metadata": {"labels": {"app": "b"}}}}}, code=422, want={
                 "message": Text("spec.selector: Invalid value: .* field is immutable"),
                 **invalid(("spec.selector", "FieldValueInvalid"))})),
    case("a deployment without containers is Invalid",
         POST("deployments", deployment(containers=[]), code=422,
              want=invalid(("spec.template.spec.containers", "FieldValueRequired")))),
    case("replicas are not negative",
         POST("deployments", deployment(replicas=-1), code=422,
              want=invalid(("spec.replicas", "FieldValueInvalid")))),
    case("a deployment has defaults",
         POST("deployments", deployment(replicas=None), want={"spec": {
             "replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
             "strategy": {"type": "RollingUpdate", "rollingUpdate": {
                 "maxSurge": "25%", "maxUnavailable": "25%"}},
             "template": {"spec": {
                 "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
                 "terminationGracePeriodSeconds": 30, "schedulerName": "default-scheduler",
                 "securityContext": {}, "containers": [{
                     "imagePullPolicy": "IfNotPresent", "resources": {},
                     "terminationMessagePath": "/dev/termination-log",
                     "terminationMessagePolicy": "File"}]}}}})),
    case("a service gets an address",
         POST("services", service(), want={"spec": {
             "clusterIP": Text(r"^10\.[0-9.]+$"), "type": "ClusterIP", "sessionAffinity": "None",
             "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]}})),
    case("the address of a service cannot change",
         POST("services", service()),
         PATCH("services/a", {"spec": {"clusterIP": "10.0.0.77", "clusterIPs": ["10.0.0.77"]}},
               code=422, want=status_of("Invalid", "spec.clusterIPs\\[0\\]"))),
    case("a put of a service keeps its address",
         POST("services", service(), save={"ip": "spec.clusterIP"}),
         PUT("services/a", service(selector={"app": "x"}),
             want={"spec": {"clusterIP": "$ip", "selector": {"app": "x"}}})),
    case("an owner reference needs a uid",
         POST("configmaps", config_map(ownerReferences=[
             {"apiVersion": "v1", "kind": "ConfigMap", "name": "x"}]), code=422)),
    case("there is one controlling owner at most",
         POST("configmaps", config_map(ownerReferences=[
             {"apiVersion": "v1", "kind": "ConfigMap", "name": n, "uid": n, "controller": True}
             for n in "xy"]), code=422, want=status_of("Invalid", "Only one reference can have "
                                                      "Controller set to true"))),
    case("the roles of a binding cannot change",
         POST("/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/rolebindings",
              obj("rbac.authorization.k8s.io/v1", "RoleBinding", "a", roleRef={
                  "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                  "name": "view"})),
         PATCH("/apis/rbac.authorization.k8s.io/v1/namespaces/$ns/rolebindings/a",
               {"roleRef": {"name": "edit"}}, code=422,
               want=status_of("Invalid", "cannot change roleRef"))),
    case("a job template cannot change",
         POST("jobs", obj("batch/v1", "Job", "a", spec={"template": {"spec": {
             "restartPolicy": "Never", "containers": [{"name": "x", "image": "x:1"}]}}})),
         PATCH("jobs/a", {"spec": {"template": {"spec": {"containers": [
             {"name": "x", "image": "x:2"}]}}}}, code=422,
               want=status_of("Invalid", "spec.template: Invalid value: .*field is immutable$"))),
]


@pytest.mark.parametrize("case", FIELDS + SCHEMA + BUILT_IN, ids=lambda c: c.name)
def test_validation(server, ns, case):
    check(server, ns, case.steps)
