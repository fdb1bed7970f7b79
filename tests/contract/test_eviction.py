# SPDX-License-Identifier: Apache-2.0
"""Evictions and the budgets that they ask, and other subresources of Pods and ServiceAccounts."""

import pytest

from contract import (ABSENT, ANY, GET, PATCH, POST, Has, case, check, invalid, obj,
                      status_of)

LABELS = {"app": "a"}


def pod(name="a"):
    return POST("pods", obj("v1", "Pod", name, {"labels": LABELS}, spec={
        "nodeName": "nowhere", "containers": [{"name": "a", "image": "a:1"}]}))


def state(phase="Running", ready="True", name="a"):
    return PATCH(f"pods/{name}/status", {"status": {
        "phase": phase, "conditions": [{"type": "Ready", "status": ready}]}})


def budget(name="b", **spec):
    return POST("poddisruptionbudgets", obj("policy/v1", "PodDisruptionBudget", name, spec={
        "minAvailable": 1, "selector": {"matchLabels": LABELS}, **spec}))


def counted(allowed, healthy=1, desired=1, name="b"):
    return PATCH(f"poddisruptionbudgets/{name}/status", {"status": {
        "observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": healthy,
        "desiredHealthy": desired, "expectedPods": 1}})


def evict(code=201, want=None, name="a", query="", eviction_name=None, **options):
    return POST(f"pods/{name}/eviction{query}", obj(
        "policy/v1", "Eviction", eviction_name or name, **(
            {"deleteOptions": options} if options else {})), code=code, want=want)


DONE = {"kind": "Status", "status": "Success", "code": 201}
ENDING = GET("pods/a", want={"metadata": {"deletionTimestamp": ANY}})
STAYS = GET("pods/a", want={"metadata": {"deletionTimestamp": ABSENT}})


def refused(cause, **details):
    return status_of("TooManyRequests", "Cannot evict pod as it would violate the pod's "
                     "disruption budget", code=429, details={
                         "causes": [{"reason": "DisruptionBudget", "message": cause}], **details})


CASES = [
    case("a Pod without a budget is evicted", pod(), state(), evict(want=DONE), ENDING),
    case("an eviction of what is not there is NotFound", evict(404, status_of("NotFound"))),
    case("an eviction names its Pod",
         pod(), evict(400, status_of("BadRequest", "name in URL does not match name in Eviction "
                                     "object"), eviction_name="b")),
    case("an eviction is only created",
         pod(), GET("pods/a/eviction", code=405, want=status_of("MethodNotAllowed"))),
    case("a dry run evicts nothing",
         pod(), state(), budget(), counted(1), evict(query="?dryRun=All"), STAYS,
         GET("poddisruptionbudgets/b", want={"status": {"disruptionsAllowed": 1}})),
    case("a budget that was not counted yet lets nothing go",
         pod(), state(), budget(),
         evict(429, refused("The disruption budget b is still being processed by the server.",
                            retryAfterSeconds=10)), STAYS),
    case("a budget that is used up lets nothing go",
         pod(), state(), budget(), counted(0),
         evict(429, refused("The disruption budget b needs 1 healthy pods and has 1 currently")),
         STAYS),
    case("a budget counts what it lets go",
         pod(), state(), budget(), counted(1), evict(want=DONE), ENDING,
         GET("poddisruptionbudgets/b", want={"status": {
             "disruptionsAllowed": 0, "disruptedPods": {"a": ANY}}})),
    case("a budget of others does not count",
         pod(), state(), budget(selector={"matchLabels": {"app": "b"}}), counted(0), evict()),
    case("a budget may choose by expressions",
         pod(), state(), budget(selector={"matchExpressions": [
             {"key": "app", "operator": "In", "values": ["a", "b"]},
             {"key": "x", "operator": "DoesNotExist"}]}), counted(0), evict(429)),
    case("two budgets are one too many",
         pod(), state(), budget(), budget("c"), evict(500, {"status": "Failure"})),
    case("what is pending may go", pod(), budget(), evict()),
    case("what ended may go", pod(), state("Succeeded"), budget(), evict()),
    case("what is not ready may go while the others are enough",
         pod(), state(ready="False"), budget(), counted(0, healthy=1), evict()),
    case("what is not ready may not go while the others are too few",
         pod(), state(ready="False"), budget(), counted(0, healthy=0), evict(429)),
    case("what is not ready may always go where the budget says so",
         pod(), state(ready="False"), budget(unhealthyPodEvictionPolicy="AlwaysAllow"),
         counted(0, healthy=0), evict()),
    case("an eviction has preconditions",
         pod(), state(), evict(409, preconditions={"uid": "other"}), STAYS),
    case("a token of a service account",
         POST("serviceaccounts", obj("v1", "ServiceAccount", "a")),
         POST("serviceaccounts/a/token", {"spec": {"audiences": ["x"],
                                                   "expirationSeconds": 7200}}, want={
             "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
             "spec": {"audiences": ["x"], "expirationSeconds": 7200},
             "status": {"token": ANY, "expirationTimestamp": ANY}})),
    case("a token lives from ten minutes to 136 years",
         POST("serviceaccounts", obj("v1", "ServiceAccount", "a")),
         *(POST("serviceaccounts/a/token", {"spec": {"expirationSeconds": seconds}}, code=422,
                want=invalid(("spec.expirationSeconds", "FieldValueInvalid")))
           for seconds in (599, 2**32 + 1))),
    case("a token is asked for with an object",
         POST("serviceaccounts", obj("v1", "ServiceAccount", "a")),
         POST("serviceaccounts/a/token", "[]", code=400)),
    case("a token of nobody is NotFound", POST("serviceaccounts/a/token", {}, code=404)),
    case("a command in a Pod that does not run is BadRequest",
         POST("pods", obj("v1", "Pod", "a", spec={"containers": [{"name": "a", "image": "a"}]})),
         POST("pods/a/exec?command=ls&container=a&stdout=true", None, code=400,
              want=status_of("BadRequest", "pod a ")),
         POST("pods/b/exec?command=ls", None, code=404)),
    case("discovery tells of subresources",
         *[GET("/api/v1", want={"resources": Has(sub)}) for sub in (
             {"name": "pods/eviction", "namespaced": True, "group": "policy", "version": "v1",
              "kind": "Eviction", "verbs": ["create"]},
             {"name": "pods/log", "kind": "Pod", "verbs": ["get"], "group": ABSENT},
             {"name": "pods/exec", "kind": "PodExecOptions", "verbs": ["create", "get"]},
             {"name": "serviceaccounts/token", "kind": "TokenRequest", "verbs": ["create"],
              "group": "authentication.k8s.io"})]),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_eviction(server, ns, case):
    check(server, ns, case.steps)
