# SPDX-License-Identifier: Apache-2.0
"""Versions that the server has forgotten: after a compaction of its store."""

import pytest

from contract import ABSENT, ANY, GET, Text, case, check, config_map, status_of

LIST = "/api/v1/namespaces/$ns/configmaps"


@pytest.fixture(scope="module")
def past(server, new_namespace):
    """A namespace, a version of it ($rv) and a page of a list ($next) from before; the object "d"
    is younger."""
    ns = new_namespace(server)
    path = f"/api/v1/namespaces/{ns}/configmaps"
    version = server.must("GET", path)["metadata"]["resourceVersion"]
    for name in "abc":
        server.must("POST", path, config_map(name))
    page = server.must("GET", f"{path}?limit=1&fieldSelector=metadata.name!%3Dkube-root-ca.crt")
    last = server.must("POST", path, config_map("d"))
    server.forget(last["metadata"]["resourceVersion"])
    return {"ns": ns, "rv": version, "next": page["metadata"]["continue"]}


CASES = [
    case("a watch from a forgotten version ends with Expired",
         GET(LIST, query={"watch": 1, "timeoutSeconds": 10, "resourceVersion": "$rv"}, want={
             "type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired",
                                         "message": Text("^too old resource version: $rv ")}})),
    case("a list of exactly a forgotten version is Expired",
         GET(LIST, query={"resourceVersion": "$rv", "resourceVersionMatch": "Exact"}, code=410,
             want=status_of("Expired", "^The resourceVersion for the provided list is too old"))),
    case("a page of a forgotten version is Expired and tells how to go on",
         GET(LIST, query={"limit": 9, "continue": "$next"}, code=410, want={
             **status_of("Expired", "^The provided continue parameter is too old to display a "
                         "consistent list result"), "metadata": {"continue": ANY}},
             save={"now": "metadata.continue"}),
         GET(LIST, query={"limit": 9, "continue": "$now"}, want={
             "metadata": {"continue": ABSENT},
             "items": [{"metadata": {"name": name}} for name in "bcd"]})),
    case("a list of what is there is not concerned",
         GET(LIST, query={"resourceVersion": "$rv", "resourceVersionMatch": "NotOlderThan"},
             want={"items": [{"metadata": {"name": name}} for name in "abcd"]})),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_expired(server, past, case):
    check(server, past["ns"], case.steps, past)
