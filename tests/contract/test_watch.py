# SPDX-License-Identifier: Apache-2.0
"""Watches: which events come, in which order, with which versions."""

import pytest

from contract import (ABSENT, ANY, DELETE, GET, PATCH, POST, PUT, WATCH, Not, Text, broken, case,
                      check, config_map, obj, status_of, widget)


def event(type, name="a", metadata={}, **more):
    return {"type": type, "object": {"metadata": {"name": name, **metadata}, **more}}


BOOKMARK = {"type": "BOOKMARK", "object": {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {
    "resourceVersion": Text("^[0-9]+$")}}}
INITIAL_END = {"type": "BOOKMARK", "object": {"metadata": {
    "annotations": {"k8s.io/initial-events-end": "true"}, "resourceVersion": ANY}}}
NOW = GET("secrets", save={"rv": "metadata.resourceVersion"})

CASES = [
    case("a watch tells what happens after its version",
         NOW, POST("configmaps", config_map(data={"k": "v"})),
         PUT("configmaps/a", config_map(data={"k": "w"})), DELETE("configmaps/a"),
         WATCH("configmaps", [
             event("ADDED", kind="ConfigMap", apiVersion="v1", data={"k": "v"}),
             event("MODIFIED", data={"k": "w"}), event("DELETED", data={"k": "w"})],
             resourceVersion="$rv", fieldSelector="metadata.name=a")),
    case("a watch from the version of an object does not repeat it",
         POST("configmaps", config_map(), save={"rv": "metadata.resourceVersion"}),
         PUT("configmaps/a", config_map(data={"k": "v"})),
         WATCH("configmaps", [event("MODIFIED")], resourceVersion="$rv",
               fieldSelector="metadata.name=a")),
    case("a deletion has a version of its own",
         NOW, POST("configmaps", config_map(), save={"first": "metadata.resourceVersion"}),
         DELETE("configmaps/a"),
         WATCH("configmaps", [event("ADDED", metadata={"resourceVersion": "$first"}),
                              event("DELETED", metadata={"resourceVersion": Not("$first")})],
               resourceVersion="$rv", fieldSelector="metadata.name=a")),
    case("a watch without a version begins with what there is",
         POST("configmaps", config_map("a", labels={"in": "1"})),
         POST("configmaps", config_map("b", labels={"in": "1"})),
         WATCH("configmaps", [event("ADDED", "a"), event("ADDED", "b")], labelSelector="in")),
    case("a watch of version 0 begins with what there is",
         POST("configmaps", config_map("a", labels={"in": "1"})),
         GET("configmaps?labelSelector=in&resourceVersion=0", eventually=True,
             want={"items": [ANY]}),
         WATCH("configmaps", [event("ADDED", "a")], labelSelector="in", resourceVersion="0")),
    case("initial events end with a bookmark",
         POST("configmaps", config_map("a", labels={"in": "1"})),
         WATCH("configmaps", [event("ADDED", "a"), INITIAL_END], labelSelector="in",
               sendInitialEvents="true", allowWatchBookmarks="true",
               resourceVersionMatch="NotOlderThan")),
    case("initial events of nothing are a bookmark",
         WATCH("secrets", [INITIAL_END], sendInitialEvents="true", allowWatchBookmarks="true",
               resourceVersionMatch="NotOlderThan")),
    case("initial events need a match of versions",
         GET("configmaps?watch=1&sendInitialEvents=true", code=422,
             want=status_of("Invalid", "resourceVersionMatch"))),
    case("a watch without initial events tells what is new",
         POST("secrets", obj("v1", "Secret", "a"), save={"rv": "metadata.resourceVersion"}),
         POST("secrets", obj("v1", "Secret", "b")),
         WATCH("secrets", [event("ADDED", "b")], resourceVersion="$rv",
               sendInitialEvents="false", resourceVersionMatch="NotOlderThan")),
    case("a selector hides what it does not select",
         NOW, POST("configmaps", config_map("a")),
         POST("configmaps", config_map("b", labels={"in": "1"})),
         WATCH("configmaps", [event("ADDED", "b")], resourceVersion="$rv", labelSelector="in")),
    case("what comes into the selection is added",
         NOW, POST("configmaps", config_map("a")),
         PATCH("configmaps/a", {"metadata": {"labels": {"in": "1"}}}),
         WATCH("configmaps", [event("ADDED", "a", {"labels": {"in": "1"}})],
               resourceVersion="$rv", labelSelector="in")),
    case("what leaves the selection is deleted",
         POST("configmaps", config_map("a", labels={"in": "1"}),
              save={"rv": "metadata.resourceVersion"}),
         PATCH("configmaps/a", {"metadata": {"labels": {"in": None}}},
               save={"out": "metadata.resourceVersion"}),
         WATCH("configmaps", [event("DELETED", "a", {"labels": {"in": "1"},
                                                     "resourceVersion": "$out"})],
               resourceVersion="$rv", labelSelector="in")),
    case("a watch of a field selector shows one object",
         NOW, POST("configmaps", config_map("a")), POST("configmaps", config_map("b")),
         WATCH("configmaps", [event("ADDED", "b")], resourceVersion="$rv",
               fieldSelector="metadata.name=b")),
    case("a watch of all namespaces",
         NOW, POST("configmaps", config_map("a", labels={"in": "$ns"})),
         WATCH("/api/v1/configmaps", [event("ADDED", "a", {"namespace": "$ns"})],
               resourceVersion="$rv", labelSelector="in=$ns")),
    case("a watch of custom resources",
         POST("widgets", widget(spec={"size": 1}), save={"rv": "metadata.resourceVersion"}),
         PATCH("widgets/a", {"spec": {"size": 2}}), DELETE("widgets/a"),
         WATCH("widgets", [event("MODIFIED", kind="Widget", spec={"size": 2}), event("DELETED")],
               resourceVersion="$rv")),
    case("a deletion with finalizers is a change first",
         POST("configmaps", config_map(finalizers=["example.com/wait"], labels={"in": "1"}),
              save={"rv": "metadata.resourceVersion"}),
         DELETE("configmaps/a"), PATCH("configmaps/a", {"metadata": {"finalizers": None}}),
         WATCH("configmaps", [event("MODIFIED", metadata={"deletionTimestamp": ANY}),
                              event("DELETED")], resourceVersion="$rv", labelSelector="in")),
    case("a change that changes nothing is no event",
         POST("configmaps", config_map(data={"k": "v"}), save={"rv": "metadata.resourceVersion"}),
         PUT("configmaps/a", config_map(data={"k": "v"})), DELETE("configmaps/a"),
         WATCH("configmaps", [event("DELETED")], resourceVersion="$rv",
               fieldSelector="metadata.name=a")),
    case("a dry run is no event",
         NOW, POST("configmaps?dryRun=All", config_map("a")), POST("configmaps", config_map("b")),
         WATCH("configmaps", [event("ADDED", "b")], resourceVersion="$rv",
               fieldSelector="metadata.name!=kube-root-ca.crt")),
    case("a version that makes no sense is refused",
         GET("configmaps?watch=1&resourceVersion=nonsense&timeoutSeconds=5", code=500,
             want=broken("resourceVersion: Invalid value"))),
    case("a watch ends after its time",
         GET("secrets?watch=1&timeoutSeconds=1", want="")),
    case("a watch of metadata only",
         NOW, POST("configmaps", config_map(data={"k": "v"}, labels={"in": "1"})),
         WATCH("configmaps", [{"type": "ADDED", "object": {
             "kind": "PartialObjectMetadata", "metadata": {"name": "a"}, "data": ABSENT}}],
             accept="application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
             resourceVersion="$rv", labelSelector="in")),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_watch(server, ns, case):
    check(server, ns, case.steps)


def test_a_watch_that_is_open_hears_at_once(server, ns):
    version = server.must("GET", f"/api/v1/namespaces/{ns}/secrets")["metadata"]["resourceVersion"]
    events = server.watch(f"/api/v1/namespaces/{ns}/secrets?watch=1&resourceVersion={version}"
                          "&timeoutSeconds=60")
    try:
        for name in "abc":
            server.must("POST", f"/api/v1/namespaces/{ns}/secrets", {"metadata": {"name": name}})
            assert next(events)["object"]["metadata"]["name"] == name
    finally:
        events.close()
