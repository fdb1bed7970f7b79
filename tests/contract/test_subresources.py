# SPDX-License-Identifier: Apache-2.0
"""Status, scale and other subresources."""

import pytest

from contract import (ABSENT, ANY, GET, PATCH, POST, PUT, SSA, Text, case, check, config_map,
                      deployment, invalid, obj, status_of, widget)

WIDGET = POST("widgets", widget(spec={"size": 1}), save={"rv": "metadata.resourceVersion"})


def scale(replicas, **metadata):
    return obj("autoscaling/v1", "Scale", "a", metadata, spec={"replicas": replicas})


CASES = [
    case("an update of the status changes the status only",
         WIDGET,
         PUT("widgets/a/status", {**widget(spec={"size": 9}, resourceVersion="$rv",
                                           labels={"l": "1"}), "status": {"phase": "Done"}},
             want={"spec": {"size": 1}, "status": {"phase": "Done"},
                   "metadata": {"labels": ABSENT}})),
    case("an update of the object leaves the status",
         WIDGET, PATCH("widgets/a/status", {"status": {"phase": "Done"}}),
         PATCH("widgets/a", {"spec": {"size": 2}, "status": {"phase": "Other"}},
               want={"spec": {"size": 2}, "status": {"phase": "Done"}})),
    case("a patch of the status leaves the spec",
         WIDGET,
         PATCH("widgets/a/status", {"spec": {"size": 9}, "status": {"phase": "Done"}},
               want={"spec": {"size": 1}, "status": {"phase": "Done"}})),
    case("the status is read like the object",
         WIDGET, GET("widgets/a/status", want={"kind": "Widget", "spec": {"size": 1}})),
    case("the status is validated",
         WIDGET,
         PATCH("widgets/a/status", {"status": {"phase": 7}}, code=422,
               want=invalid(("status.phase", "FieldValueTypeInvalid")))),
    case("the status of a deployment",
         POST("deployments", deployment()),
         PATCH("deployments/a/status", {"status": {"observedGeneration": 1, "replicas": 0},
                                        "spec": {"replicas": 7}},
               want={"spec": {"replicas": 0}, "status": {"observedGeneration": 1}})),
    case("a kind without status subresource writes its status with the rest",
         POST("gadgets", obj("contract.example.com/v1", "Gadget", "a", status={"phase": "x"})),
         PATCH("gadgets/a", {"status": {"phase": "y"}}, want={"status": {"phase": "y"}}),
         PATCH("gadgets/a/status", {"status": {"phase": "z"}}, code=404)),
    case("the scale of a deployment",
         POST("deployments", deployment()),
         GET("deployments/a/scale", want={
             "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "a"},
             "spec": {}, "status": {"replicas": 0, "selector": "app=a"}})),
    case("a patch of the scale changes the replicas",
         POST("deployments", deployment()),
         PATCH("deployments/a/scale", {"spec": {"replicas": 0}}),
         PUT("deployments/a/scale?dryRun=All", scale(3, namespace="$ns"),
             want={"spec": {"replicas": 3}}),
         GET("deployments/a", want={"spec": {"replicas": 0}})),
    case("an update of the scale changes the replicas",
         POST("widgets", widget(spec={"replicas": 1})),
         PUT("widgets/a/scale", scale(3, namespace="$ns"), want={"spec": {"replicas": 3}}),
         GET("widgets/a", want={"spec": {"replicas": 3}, "metadata": {"generation": 2}})),
    case("the scale as a table",
         POST("deployments", deployment()),
         GET("deployments/a/scale", accept="application/json;as=Table;v=v1;g=meta.k8s.io", want={
             "columnDefinitions": [{"name": "Name"}, {"name": "Desired", "type": "integer"},
                                   {"name": "Available", "type": "integer"}, {"name": "Age"}],
             "rows": [{"cells": ["a", 0, 0, ANY]}]})),
    case("a negative scale is Invalid",
         POST("widgets", widget(spec={"replicas": 1})),
         PATCH("widgets/a/scale", {"spec": {"replicas": -1}}, code=422,
               want=status_of("Invalid"))),
    case("the scale of a kind without one is NotFound",
         POST("gadgets", obj("contract.example.com/v1", "Gadget", "a")),
         GET("gadgets/a/scale", code=404)),
    case("the scale of what is not there is NotFound",
         GET("deployments/a/scale", code=404, want=status_of("NotFound"))),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_subresources(server, ns, case):
    check(server, ns, case.steps)
