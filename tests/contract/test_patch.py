# SPDX-License-Identifier: Apache-2.0
"""Merge patches, JSON patches and strategic merge patches."""

import pytest

from contract import (ABSENT, GET, JSON_PATCH, PATCH, POST, STRATEGIC, Not, Step, Text, case, check,
                      config_map, deployment, invalid, obj, status_of, widget)


def made(**data):
    return POST("configmaps", config_map(data=data), save={"rv": "metadata.resourceVersion"})


def operations(*ops, **options):
    return PATCH("configmaps/a", list(ops), JSON_PATCH, **options)


def strategic(body, **options):
    return PATCH("deployments/a", body, STRATEGIC, **options)


def containers(*items):
    return {"spec": {"template": {"spec": {"containers": list(items)}}}}


CASES = [
    case("a merge patch sets and removes fields",
         made(k="v", l="w"),
         PATCH("configmaps/a", {"data": {"k": None, "m": "x"}},
               want={"data": {"k": ABSENT, "l": "w", "m": "x"}})),
    case("a merge patch replaces lists",
         POST("widgets", widget(spec={"steps": ["x", "y"]})),
         PATCH("widgets/a", {"spec": {"steps": ["z"]}}, want={"spec": {"steps": ["z"]}})),
    case("a merge patch that changes nothing keeps the version",
         made(k="v"),
         PATCH("configmaps/a", {"data": {"k": "v"}},
               want={"metadata": {"resourceVersion": "$rv"}})),
    case("a merge patch with the current version is taken",
         made(k="v"),
         PATCH("configmaps/a", {"metadata": {"resourceVersion": "$rv"}, "data": {"k": "w"}}),
         PATCH("configmaps/a", {"metadata": {"resourceVersion": "$rv"}, "data": {"k": "x"}},
               code=409, want=status_of("Conflict", "the object has been modified"))),
    case("a patch of what is not there is NotFound",
         PATCH("configmaps/a", {"data": {"k": "v"}}, code=404, want=status_of("NotFound"))),
    case("a patch cannot rename",
         made(),
         PATCH("configmaps/a", {"metadata": {"name": "b"}}, code=400,
               want=status_of("BadRequest", "the name of the object"))),
    case("a patch of an unknown type is UnsupportedMediaType",
         made(),
         PATCH("configmaps/a", {}, "application/json", code=415, want=status_of(
             "UnsupportedMediaType"))),
    case("a patch that is no json is BadRequest",
         made(), PATCH("configmaps/a", "{", code=400, want=status_of("BadRequest"))),
    case("a patch that makes it invalid is Invalid",
         POST("widgets", widget(spec={"size": 1})),
         PATCH("widgets/a", {"spec": {"size": 101}}, code=422,
               want=invalid(("spec.size", "FieldValueInvalid"))),
         GET("widgets/a", want={"spec": {"size": 1}})),
    case("a json patch adds replaces and removes",
         made(k="v", l="w"),
         operations({"op": "replace", "path": "/data/k", "value": "x"},
                    {"op": "add", "path": "/data/m", "value": "y"},
                    {"op": "remove", "path": "/data/l"},
                    want={"data": {"k": "x", "l": ABSENT, "m": "y"}})),
    case("a json patch moves and copies",
         made(k="v"),
         operations({"op": "copy", "from": "/data/k", "path": "/data/l"},
                    {"op": "move", "from": "/data/k", "path": "/data/m"},
                    want={"data": {"k": ABSENT, "l": "v", "m": "v"}})),
    case("a json patch tests",
         made(k="v"),
         operations({"op": "test", "path": "/data/k", "value": "v"},
                    {"op": "replace", "path": "/data/k", "value": "w"},
                    want={"data": {"k": "w"}}),
         operations({"op": "test", "path": "/data/k", "value": "v"},
                    {"op": "replace", "path": "/data/k", "value": "x"}, code=422,
                    want=status_of("Invalid", "the server rejected our request due to an error "
                                   "in our request")),
         GET("configmaps/a", want={"data": {"k": "w"}})),
    case("a json patch escapes slashes",
         POST("configmaps", config_map(annotations={"example.com/a": "1"})),
         operations({"op": "replace", "path": "/metadata/annotations/example.com~1a",
                     "value": "2"}, want={"metadata": {"annotations": {"example.com/a": "2"}}})),
    case("a json patch appends to a list",
         POST("widgets", widget(spec={"steps": ["x"]})),
         PATCH("widgets/a", [{"op": "add", "path": "/spec/steps/-", "value": "y"},
                             {"op": "add", "path": "/spec/steps/0", "value": "w"}], JSON_PATCH,
               want={"spec": {"steps": ["w", "x", "y"]}})),
    case("a json patch of a path that is not there is Invalid",
         made(), operations({"op": "remove", "path": "/data/k"}, code=422)),
    case("a json patch that is no list is BadRequest",
         made(), PATCH("configmaps/a", {"op": "remove"}, JSON_PATCH, code=400)),
    case("a strategic patch merges containers by name",
         POST("deployments", deployment(containers=[{"name": "web", "image": "w:1"},
                                                    {"name": "side", "image": "s:1"}])),
         strategic(containers({"name": "side", "image": "s:2"}), want=containers(
             {"name": "web", "image": "w:1"}, {"name": "side", "image": "s:2"}))),
    case("a strategic patch deletes an item",
         POST("deployments", deployment(containers=[{"name": "web", "image": "w:1"},
                                                    {"name": "side", "image": "s:1"}])),
         strategic(containers({"name": "side", "$patch": "delete"}),
                   want=containers({"name": "web"}))),
    case("a strategic patch replaces a map where it says so",
         POST("deployments", deployment(annotations={"x": "1", "y": "2"})),
         strategic({"metadata": {"annotations": {"z": "3", "$patch": "replace"}}},
                   want={"metadata": {"annotations": {"x": ABSENT, "y": ABSENT, "z": "3"}}})),
    case("a strategic patch removes by null",
         POST("configmaps", config_map(data={"k": "v", "l": "w"})),
         PATCH("configmaps/a", {"data": {"k": None}}, STRATEGIC,
               want={"data": {"k": ABSENT, "l": "w"}})),
    case("a strategic patch of finalizers adds",
         POST("configmaps", config_map(finalizers=["example.com/a"])),
         PATCH("configmaps/a", {"metadata": {"finalizers": ["example.com/b"]}}, STRATEGIC,
               want={"metadata": {"finalizers": ["example.com/b", "example.com/a"]}})),
    case("a custom resource has no strategic patch",
         POST("widgets", widget(spec={"size": 1})),
         PATCH("widgets/a", {"spec": {"size": 2}}, STRATEGIC, code=415,
               want=status_of("UnsupportedMediaType"))),
    case("a patch counts as an update of its manager",
         made(k="v"),
         PATCH("configmaps/a?fieldManager=patcher", {"data": {"l": "w"}}, want={"metadata": {
             "managedFields": [{"manager": "contract", "operation": "Update"},
                               {"manager": "patcher", "operation": "Update"}]}})),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_patch(server, ns, case):
    check(server, ns, case.steps)
