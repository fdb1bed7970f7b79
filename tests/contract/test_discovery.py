# SPDX-License-Identifier: Apache-2.0
"""Discovery, OpenAPI, methods and what is around the objects."""

import pytest

from contract import (ABSENT, ANY, GET, GROUP, POST, PUT, Has, Step, Text, case, check, obj,
                      status_of)

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
VERBS = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}


def resource(name, kind, namespaced=True, **more):
    return Has({"name": name, "kind": kind, "namespaced": namespaced, **more})


CASES = [
    case("the core group has a version",
         GET("/api", want={"kind": "APIVersions", "versions": ["v1"]})),
    case("groups tell their versions",
         GET("/apis", want={"kind": "APIGroupList", "groups": Has(
             {"name": "apps", "versions": Has({"groupVersion": "apps/v1", "version": "v1"}),
              "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"}})})),
    case("the group of a definition is a group",
         GET("/apis", want={"groups": Has({"name": GROUP})}),
         GET(f"/apis/{GROUP}", want={"kind": "APIGroup", "name": GROUP, "preferredVersion": {
             "version": "v1"}})),
    case("one group tells of itself",
         GET("/apis/apps", want={"kind": "APIGroup", "name": "apps", "preferredVersion": {
             "groupVersion": "apps/v1", "version": "v1"}})),
    case("resources of the core group",
         GET("/api/v1", want={"kind": "APIResourceList", "groupVersion": "v1", "resources": Has(
             {"name": "configmaps", "singularName": "configmap", "namespaced": True,
              "kind": "ConfigMap", "shortNames": ["cm"]})}),
         GET("/api/v1", want={"resources": resource("namespaces", "Namespace", False)}),
         GET("/api/v1", want={"resources": resource("namespaces/finalize", "Namespace", False)})),
    case("resources have verbs",
         GET("/api/v1", check=lambda body: VERBS == {
             verb for r in body["resources"] if r["name"] == "configmaps" for verb in r["verbs"]})),
    case("resources of a group with their subresources",
         GET("/apis/apps/v1", want={"groupVersion": "apps/v1", "resources": resource(
             "deployments", "Deployment", shortNames=["deploy"], categories=["all"])}),
         GET("/apis/apps/v1", want={"resources": resource(
             "deployments/scale", "Scale", group="autoscaling", version="v1")}),
         GET("/apis/apps/v1", want={"resources": resource("deployments/status", "Deployment")})),
    case("resources of a definition",
         GET(f"/apis/{GROUP}/v1", want={"resources": resource(
             "widgets", "Widget", singularName="widget")}),
         GET(f"/apis/{GROUP}/v1", want={"resources": resource("widgets/status", "Widget")}),
         GET(f"/apis/{GROUP}/v1", want={"resources": resource(
             "widgets/scale", "Scale", group="autoscaling", version="v1")})),
    case("an unknown group is a plain 404",
         GET("/apis/no.such.group", code=404), GET("/apis/no.such.group/v1", code=404)),
    case("aggregated discovery of the core group",
         GET("/api", accept=AGGREGATED, want={
             "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
             "items": [{"metadata": {}, "versions": [{"version": "v1", "resources": Has(
                 {"resource": "configmaps", "scope": "Namespaced", "singularResource": "configmap",
                  "responseKind": {"group": "", "version": "", "kind": "ConfigMap"},
                  "shortNames": ["cm"], "verbs": ANY})}]}]})),
    case("aggregated discovery of groups has subresources",
         GET("/apis", accept=AGGREGATED, want={"items": Has(
             {"metadata": {"name": "apps"}, "versions": Has({"version": "v1", "resources": Has(
                 {"resource": "deployments", "categories": ["all"], "subresources": Has(
                     {"subresource": "scale", "responseKind": {
                         "group": "autoscaling", "version": "v1", "kind": "Scale"}})})})})})),
    case("aggregated discovery of definitions",
         GET("/apis", accept=AGGREGATED, eventually=True, want={"items": Has(
             {"metadata": {"name": GROUP}, "versions": Has({
                 "version": "v1", "freshness": "Current", "resources": Has(
                     {"resource": "widgets", "scope": "Namespaced"})})})})),
    case("a client that knows no aggregated discovery gets the plain one",
         GET("/apis", accept="application/json;g=apidiscovery.k8s.io;v=v9;as=Nonsense, "
             "application/json", want={"kind": "APIGroupList"})),
    case("the index of openapi v3 has a document for each version",
         GET("/openapi/v3", want={"paths": {
             "api/v1": {"serverRelativeURL": Text(r"^/openapi/v3/api/v1\?hash=")},
             "apis/apps/v1": {"serverRelativeURL": Text(r"^/openapi/v3/apis/apps/v1\?hash=")}}})),
    case("an openapi document names its kinds",
         GET("/openapi/v3/apis/apps/v1", want={"openapi": Text("^3"), "components": {"schemas": {
             "io.k8s.api.apps.v1.Deployment": {
                 "type": "object", "properties": {"spec": ANY},
                 "x-kubernetes-group-version-kind": [
                     {"group": "apps", "version": "v1", "kind": "Deployment"}]}}}})),
    case("the openapi document of a definition has its schema",
         GET(f"/openapi/v3/apis/{GROUP}/v1", eventually=True, want={"components": {"schemas": {
             "com.example.contract.v1.Widget": {
                 "properties": {"spec": {"properties": {
                     "tags": {"type": "array", "x-kubernetes-list-type": "set"},
                     "ports": {"x-kubernetes-list-map-keys": ["port", "protocol"]}}}},
                 "x-kubernetes-group-version-kind": Has(
                     {"group": GROUP, "version": "v1", "kind": "Widget"})}}}})),
    case("the server tells its version",
         GET("/version", want={"major": "1", "minor": Text("^[0-9]+"),
                               "gitVersion": Text("^v1")})),
    case("health is told in a word",
         GET("/livez", want="ok"), GET("/readyz", want="ok"), GET("/healthz", want="ok")),
    case("a method that a resource does not have is MethodNotAllowed",
         PUT("configmaps", obj("v1", "ConfigMap", "a"), code=405, want=status_of(
             "MethodNotAllowed", "the server does not allow this method on the requested "
             "resource")),
         POST("configmaps/a", obj("v1", "ConfigMap", "a"), code=405,
              want=status_of("MethodNotAllowed"))),
    case("a subresource that a kind does not have is NotFound",
         GET("configmaps/a/status", code=404)),
    case("who may do what is answered by a review",
         POST("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
              {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
               "spec": {"resourceAttributes": {"verb": "get", "resource": "configmaps",
                                               "namespace": "$ns"}}},
              want={"status": {"allowed": True}})),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_discovery(server, ns, case):
    check(server, ns, case.steps)


def test_without_a_good_token_nothing_is_told(server):
    known, server.token = server.token, "nonsense"
    try:
        answer = server.request("GET", "/api/v1/configmaps")
    finally:
        server.token = known
    assert answer.code == 401 and answer.body["reason"] == "Unauthorized"
