# SPDX-License-Identifier: Apache-2.0
"""CustomResourceDefinitions: kinds that come, change and go. Each case has a group of its own."""

import pytest

from contract import (ABSENT, ANY, DELETE, GET, PATCH, POST, SSA, WATCH, Has, Not, Size, Text, case,
                      checks_of, definition, invalid, obj, status_of)

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
MINE = f"{DEFINITIONS}/things.$ns.example.com"
THINGS = "/apis/$ns.example.com/v1/namespaces/$ns/things"
SPEC = {"type": "object", "properties": {"spec": {"type": "object", "properties": {
    "size": {"type": "integer"}}}}}


def mine(schema=SPEC, **options):
    return definition("things", "Thing", schema, "$ns.example.com", **options)


def with_versions(*versions):
    whole = mine()
    return {**whole, "spec": {**whole["spec"], "versions": list(versions)}}


def thing(name="a", **rest):
    return obj("$ns.example.com/v1", "Thing", name, **rest)


def condition(kind, status):
    return {"status": {"conditions": Has({"type": kind, "status": status})}}


ESTABLISHED = GET(MINE, eventually=True, want=condition("Established", "True"))
SERVED = GET(THINGS, eventually=True)
INSTALLED = (POST(DEFINITIONS, mine()), ESTABLISHED, SERVED)

CASES = [
    case("a definition is established",
         POST(DEFINITIONS, mine(), want={"spec": {
             "names": {"plural": "things", "singular": "thing", "kind": "Thing",
                       "listKind": "ThingList"}, "conversion": {"strategy": "None"}}}),
         ESTABLISHED,
         GET(MINE, want={**condition("NamesAccepted", "True")}),
         GET(MINE, want={"status": {"acceptedNames": {"kind": "Thing"},
                                    "storedVersions": ["v1"]}})),
    case("a kind is not there before its definition",
         GET(THINGS, code=404), *INSTALLED, GET(THINGS, want={"kind": "ThingList", "items": []})),
    case("a definition comes into discovery",
         *INSTALLED,
         GET("/apis/$ns.example.com/v1", eventually=True, want={"resources": Has(
             {"name": "things", "kind": "Thing", "namespaced": True})}),
         GET("/apis", eventually=True, want={"groups": Has({"name": "$ns.example.com"})})),
    case("a definition comes into openapi",
         *INSTALLED,
         GET("/openapi/v3", eventually=True, want={"paths": {"apis/$ns.example.com/v1": ANY}})),
    case("a definition that goes takes its objects along",
         *INSTALLED, POST(THINGS, thing()),
         DELETE(MINE, code=200),
         GET(MINE, eventually=True, code=404),
         GET(THINGS, eventually=True, code=404),
         GET("/apis/$ns.example.com/v1", eventually=True, code=404)),
    case("a definition that comes again has no old objects",
         *INSTALLED, POST(THINGS, thing()), DELETE(MINE), GET(MINE, eventually=True, code=404),
         *INSTALLED, GET(THINGS, eventually=True, want={"items": []})),
    case("a definition waits for the finalizers of its objects",
         *INSTALLED, POST(THINGS, {**thing(), "metadata": {
             "name": "a", "finalizers": ["example.com/wait"]}}),
         DELETE(MINE, want={"metadata": {"deletionTimestamp": ANY, "finalizers": [
             "customresourcecleanup.apiextensions.k8s.io"]}}),
         GET(MINE, eventually=True, want=condition("Terminating", "True")),
         GET(f"{THINGS}/a", eventually=True, want={"metadata": {"deletionTimestamp": ANY}}),
         POST(f"{THINGS}?dryRun=All", thing("b"), code=403, eventually=True),
         POST(THINGS, thing("b"), code=403, want=status_of("Forbidden", "create not allowed while custom "
                                               "resource definition is terminating")),
         PATCH(f"{THINGS}/a", {"metadata": {"finalizers": None}}),
         GET(MINE, eventually=True, code=404)),
    case("a definition is named after plural and group",
         POST(DEFINITIONS, {**mine(), "metadata": {"name": "other"}}, code=422,
              want=invalid(("metadata.name", "FieldValueInvalid")))),
    case("a definition needs a schema",
         POST(DEFINITIONS, with_versions({"name": "v1", "served": True, "storage": True}), code=422, want=status_of("Invalid", "openAPIV3Schema: Required value"))),
    case("a definition needs one stored version",
         POST(DEFINITIONS, mine(storage=False), code=422, want=status_of("Invalid", "must have exactly one version marked as storage "
                                       "version"))),
    case("the scope of a definition cannot change",
         *INSTALLED, PATCH(MINE, {"spec": {"scope": "Cluster"}}, code=422,
                           want=status_of("Invalid", "spec.scope"))),
    case("a definition that changes changes what is valid",
         *INSTALLED, POST(THINGS, thing(spec={"size": 1})),
         PATCH(MINE, {"spec": {"versions": [{
             "name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                 "type": "object", "properties": {"spec": {"type": "object", "properties": {
                     "size": {"type": "integer", "minimum": 5}}}}}}}]}}),
         PATCH(f"{THINGS}/a?dryRun=All", {"spec": {"size": 2}}, code=422, eventually=True),
         PATCH(f"{THINGS}/a", {"spec": {"size": 6}})),
    case("a cluster wide kind has no namespace",
         POST(DEFINITIONS, mine(scope="Cluster")), ESTABLISHED,
         GET("/apis/$ns.example.com/v1/things", eventually=True),
         POST("/apis/$ns.example.com/v1/things", thing(),
              want={"metadata": {"namespace": ABSENT}}),
         GET("/apis/$ns.example.com/v1/things/a")),
    case("a version that is not served is a plain 404",
         *INSTALLED, GET("/apis/$ns.example.com/v2/namespaces/$ns/things", code=404)),
    case("versions without conversion share their objects",
         POST(DEFINITIONS, with_versions(*(
             {"name": v, "served": True, "storage": v == "v1", "schema": {"openAPIV3Schema": SPEC}}
             for v in ("v1", "v1beta1")))),
         ESTABLISHED, SERVED, POST(THINGS, thing(spec={"size": 1})),
         GET("/apis/$ns.example.com/v1beta1/namespaces/$ns/things/a", want={
             "apiVersion": "$ns.example.com/v1beta1", "spec": {"size": 1}})),
    case("printer columns make the table",
         POST(DEFINITIONS, mine(additionalPrinterColumns=[
             {"name": "Size", "type": "integer", "jsonPath": ".spec.size"}])),
         ESTABLISHED, SERVED, POST(THINGS, thing(spec={"size": 3})),
         GET(THINGS, accept="application/json;as=Table;v=v1;g=meta.k8s.io", want={
             "columnDefinitions": [{"name": "Name"}, {"name": "Size", "type": "integer"}],
             "rows": [{"cells": ["a", 3]}]})),
    case("a definition is applied",
         SSA(MINE, mine(), code=201), ESTABLISHED, SERVED, SSA(MINE, mine()),
         GET(MINE, want={"metadata": {"managedFields": Has(
             {"manager": "one", "operation": "Apply"})}})),
]


@pytest.fixture(scope="module")
def outcomes(server, selected, new_namespace):
    with checks_of(server, selected(CASES), new_namespace) as outcomes:
        yield outcomes


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_definitions(outcomes, case):
    outcomes[case.name].result()
