# SPDX-License-Identifier: Apache-2.0
"""HorizontalPodAutoscalers in both of their versions: each shows what was written in the other."""

import pytest

from contract import ABSENT, ANY, DELETE, GET, PATCH, POST, PUT, SSA, Has, case, check, obj

PATHS = {v: f"/apis/autoscaling/{v}/namespaces/$ns/horizontalpodautoscalers" for v in ("v1", "v2")}
OLD, NEW = PATHS["v1"], PATHS["v2"]
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}


def scaler(version, **spec):
    return obj(f"autoscaling/{version}", "HorizontalPodAutoscaler", "a",
               spec={"maxReplicas": 3, "scaleTargetRef": TARGET, **spec})


def cpu(percent):
    return {"type": "Resource", "resource": {"name": "cpu", "target": {
        "type": "Utilization", "averageUtilization": percent}}}


PODS = {"type": "Pods", "pods": {"metric": {"name": "m"}, "target": {
    "type": "AverageValue", "averageValue": "10"}}}

CASES = [
    case("what is written as v1 is read as v2",
         POST(OLD, scaler("v1", targetCPUUtilizationPercentage=70), want={
             "apiVersion": "autoscaling/v1", "spec": {
                 "minReplicas": 1, "targetCPUUtilizationPercentage": 70, "metrics": ABSENT}}),
         GET(f"{NEW}/a", want={"apiVersion": "autoscaling/v2", "spec": {
             "targetCPUUtilizationPercentage": ABSENT, "metrics": [cpu(70)]}})),
    case("what is written as v2 is read as v1",
         POST(NEW, scaler("v2", metrics=[cpu(60)])),
         GET(f"{OLD}/a", want={"apiVersion": "autoscaling/v1", "spec": {
             "targetCPUUtilizationPercentage": 60, "metrics": ABSENT}}),
         GET(OLD, want={"apiVersion": "autoscaling/v1", "items": [
             {"spec": {"targetCPUUtilizationPercentage": 60}}]})),
    case("without a target it is 80 percent",
         POST(OLD, scaler("v1"), want={"spec": {"targetCPUUtilizationPercentage": 80}}),
         GET(f"{NEW}/a", want={"spec": {"metrics": [cpu(80)]}})),
    case("a patch of v1 leaves the other metrics",
         POST(NEW, scaler("v2", metrics=[PODS, cpu(60)])),
         PATCH(f"{OLD}/a", {"spec": {"targetCPUUtilizationPercentage": 50}}, want={
             "spec": {"targetCPUUtilizationPercentage": 50}}),
         GET(f"{NEW}/a", check=lambda body: sorted(
             m["type"] for m in body["spec"]["metrics"]) == ["Pods", "Resource"])),
    case("an update of v1",
         POST(NEW, scaler("v2"), save={"rv": "metadata.resourceVersion"}),
         PUT(f"{OLD}/a", {**scaler("v1", targetCPUUtilizationPercentage=10), "metadata": {
             "name": "a", "resourceVersion": "$rv"}},
             want={"spec": {"targetCPUUtilizationPercentage": 10}}),
         GET(f"{NEW}/a", want={"spec": {"metrics": [cpu(10)]}})),
    case("an apply of v1",
         SSA(f"{OLD}/a", scaler("v1", targetCPUUtilizationPercentage=10), code=201),
         SSA(f"{OLD}/a", scaler("v1", targetCPUUtilizationPercentage=20),
             want={"spec": {"targetCPUUtilizationPercentage": 20}}),
         GET(f"{NEW}/a", want={"spec": {"metrics": [cpu(20)]}})),
    case("an unknown field of v1 is refused where that is asked for",
         POST(f"{OLD}?fieldValidation=Strict", scaler("v1", metrics=[]), code=400)),
    case("a deletion of v1 deletes v2",
         POST(NEW, scaler("v2")), DELETE(f"{OLD}/a"), GET(f"{NEW}/a", code=404)),
    case("v2 is preferred",
         GET("/apis/autoscaling", want={
             "preferredVersion": {"version": "v2"},
             "versions": [{"version": "v2"}, {"version": "v1"}]}),
         GET("/apis/autoscaling/v1", want={"resources": Has(
             {"name": "horizontalpodautoscalers", "kind": "HorizontalPodAutoscaler",
              "shortNames": ["hpa"], "verbs": ANY})})),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_autoscaling(server, ns, case):
    check(server, ns, case.steps)
