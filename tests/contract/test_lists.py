# SPDX-License-Identifier: Apache-2.0
"""Lists: selectors, pages, versions, tables."""

import pytest

from contract import (ABSENT, ANY, DELETE, GET, POST, PUT, Has, Not, Size, Text, case, check,
                      config_map, deployment, obj, status_of)

LIST = "configmaps?labelSelector=in"
THREE = tuple(POST("configmaps", config_map(name, data={"k": name}, labels={"in": "1", "n": name}))
              for name in "abc")
PAGE = "/api/v1/namespaces/$ns/configmaps"


def names(*wanted):
    return {"items": [{"metadata": {"name": name}} for name in wanted]}


CASES = [
    case("a list has its kind and a resource version",
         *THREE,
         GET(LIST, want={"kind": "ConfigMapList", "apiVersion": "v1", **names("a", "b", "c"),
                         "metadata": {"resourceVersion": Text("^[0-9]+$"), "continue": ABSENT}})),
    case("items of a list do not repeat their kind",
         *THREE, GET(LIST, check=lambda body: all("kind" not in i for i in body["items"]))),
    case("items of a custom list have their kind",
         POST("widgets", obj("contract.example.com/v1", "Widget", "a")),
         GET("widgets", want={"kind": "WidgetList", "items": [{"kind": "Widget"}]})),
    case("a list of nothing is an empty list",
         GET("secrets", want={"kind": "SecretList", "items": []})),
    case("a list of all namespaces",
         *THREE,
         GET("/api/v1/configmaps?labelSelector=in", want={"items": Has(
             {"metadata": {"name": "a", "namespace": "$ns"}})})),
    case("a list is ordered by namespace and name",
         POST("configmaps", config_map("z", labels={"in": "1"})),
         POST("configmaps", config_map("a", labels={"in": "1"})),
         GET(LIST, want=names("a", "z"))),
    case("a label selector of equality",
         *THREE, GET("configmaps?labelSelector=n%3Db,in%3D%3D1", want=names("b"))),
    case("a label selector of inequality",
         *THREE, GET("configmaps?labelSelector=in,n!%3Db", want=names("a", "c"))),
    case("a label selector of sets",
         *THREE, GET("configmaps?labelSelector=n+in+(a,c)", want=names("a", "c")),
         GET("configmaps?labelSelector=in,n+notin+(a,c)", want=names("b"))),
    case("a label selector of existence",
         *THREE, GET("configmaps?labelSelector=n", want=names("a", "b", "c")),
         GET("configmaps?labelSelector=!n,in", want=names())),
    case("a label selector that makes no sense is BadRequest",
         GET("configmaps?labelSelector=a+in+b", code=400, want=status_of("BadRequest"))),
    case("a field selector of the name",
         *THREE, GET("configmaps?fieldSelector=metadata.name%3Db", want=names("b")),
         GET("configmaps?fieldSelector=metadata.name!%3Db&labelSelector=in",
             want=names("a", "c"))),
    case("a field selector of another field is BadRequest",
         GET("configmaps?fieldSelector=data.k%3Dv", code=400,
             want=status_of("BadRequest", '"data.k" is not a known field selector: only "metadata.name", '
                            '"metadata.namespace"'))),
    case("a field selector of a secret type",
         POST("secrets", obj("v1", "Secret", "a", type="example.com/x")),
         POST("secrets", obj("v1", "Secret", "b")),
         GET("secrets?fieldSelector=type%3Dexample.com/x", want=names("a"))),
    case("a limit gives pages",
         *THREE,
         GET(f"{LIST}&limit=2", want={**names("a", "b"), "metadata": {
             "continue": ANY}}, save={"next": "metadata.continue"}),
         GET(PAGE, query={"labelSelector": "in", "limit": 2, "continue": "$next"},
             want={**names("c"), "metadata": {"continue": ABSENT,
                                              "remainingItemCount": ABSENT}})),
    case("a page without selector tells how many are left",
         POST("secrets", obj("v1", "Secret", "a")), POST("secrets", obj("v1", "Secret", "b")),
         POST("secrets", obj("v1", "Secret", "c")),
         GET("secrets?limit=1", want={**names("a"), "metadata": {"remainingItemCount": 2}})),
    case("pages show the state of the first one",
         *THREE,
         GET(f"{LIST}&limit=1", save={"next": "metadata.continue",
                                      "rv": "metadata.resourceVersion"}),
         DELETE("configmaps/b"),
         POST("configmaps", config_map("d", labels={"in": "1"})),
         GET(PAGE, query={"labelSelector": "in", "limit": 9, "continue": "$next"},
             want={**names("b", "c"), "metadata": {"resourceVersion": "$rv"}})),
    case("a limit that is not reached gives one page",
         *THREE, GET(f"{LIST}&limit=3", want={**names("a", "b", "c"),
                                              "metadata": {"continue": ABSENT}})),
    case("a continue token that makes no sense is BadRequest",
         GET("configmaps?limit=1&continue=nonsense", code=400,
             want=status_of("BadRequest", "continue key is not valid"))),
    case("a continue token excludes a resource version",
         *THREE, GET(f"{LIST}&limit=1", save={"next": "metadata.continue"}),
         GET(PAGE, query={"continue": "$next", "resourceVersion": "5"}, code=400,
             want=status_of("BadRequest", "specifying resource version is not allowed "
                                         "when using continue"))),
    case("a list at least as new as a version",
         POST("configmaps", config_map("a", labels={"in": "1"}),
              save={"rv": "metadata.resourceVersion"}),
         GET(PAGE, query={"labelSelector": "in", "resourceVersion": "$rv",
                          "resourceVersionMatch": "NotOlderThan"}, want=names("a"))),
    case("a list of exactly a version",
         POST("configmaps", config_map("a", labels={"in": "1"}),
              save={"rv": "metadata.resourceVersion"}),
         POST("configmaps", config_map("b", labels={"in": "1"})),
         GET(PAGE, query={"labelSelector": "in", "resourceVersion": "$rv",
                          "resourceVersionMatch": "Exact"},
             want={**names("a"), "metadata": {"resourceVersion": "$rv"}})),
    case("a list of any version",
         *THREE, GET(f"{LIST}&resourceVersion=0", eventually=True, want=names("a", "b", "c"))),
    case("a match without a version is Invalid",
         GET("configmaps?resourceVersionMatch=Exact", code=422, want=status_of(
             "Invalid", "resourceVersionMatch: Forbidden"))),
    case("a list as a table has columns and rows",
         POST("configmaps", config_map("a", data={"k": "v"})),
         GET("configmaps?fieldSelector=metadata.name%3Da",
             accept="application/json;as=Table;v=v1;g=meta.k8s.io", want={
                 "kind": "Table", "apiVersion": "meta.k8s.io/v1",
                 "columnDefinitions": [{"name": "Name"}, {"name": "Data"}, {"name": "Age"}],
                 "rows": [{"cells": ["a", 1, ANY], "object": {
                     "kind": "PartialObjectMetadata", "metadata": {"name": "a"}}}]})),
    case("a table may have the objects beside its cells",
         POST("configmaps", config_map("a", data={"k": "v"})),
         GET("configmaps?fieldSelector=metadata.name%3Da&includeObject=Object",
             accept="application/json;as=Table;v=v1;g=meta.k8s.io", want={"rows": [
                 {"object": {"kind": "ConfigMap", "apiVersion": "v1", "data": {"k": "v"}}}]})),
    case("a list of metadata only",
         POST("configmaps", config_map("a", data={"k": "v"}, labels={"in": "1"})),
         GET(LIST, accept="application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
             want={"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                   "items": [{"metadata": {"name": "a"}, "data": ABSENT}]})),
    case("an object has the metadata only",
         POST("configmaps", config_map("a", data={"k": "v"})),
         GET("configmaps/a", accept="application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
             want={"kind": "PartialObjectMetadata", "metadata": {"name": "a"}, "data": ABSENT})),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_lists(server, ns, case):
    check(server, ns, case.steps)
