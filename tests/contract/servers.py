# SPDX-License-Identifier: Apache-2.0
"""servers: the API servers that are held to one contract."""

from __future__ import annotations

import json
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from contract import GROUP, Server, definition, wait_established
from control_plane import ControlPlane
from sandbox import Sandbox

OBJECT = {"type": "object"}
STRING, INTEGER = {"type": "string"}, {"type": "integer"}

# What the cases on custom resources need: defaults, validation, list maps, sets, atomic parts,
# unknown fields, a status and a scale.
WIDGET = {"type": "object", "properties": {
    "spec": {"type": "object", "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 100},
        "color": {"type": "string", "default": "blue", "enum": ["blue", "green", "red"]},
        "replicas": INTEGER,
        "label": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
        "tags": {"type": "array", "items": STRING, "x-kubernetes-list-type": "set"},
        "ports": {"type": "array", "x-kubernetes-list-type": "map",
                  "x-kubernetes-list-map-keys": ["port", "protocol"],
                  "items": {"type": "object", "required": ["port"], "properties": {
                      "port": INTEGER, "protocol": {"type": "string", "default": "TCP"},
                      "name": STRING}}},
        "steps": {"type": "array", "items": STRING},
        "limits": {"type": "object", "additionalProperties": STRING},
        "target": {"type": "object", "x-kubernetes-map-type": "atomic",
                   "properties": {"kind": STRING, "name": STRING}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    }},
    "status": {"type": "object", "properties": {
        "replicas": INTEGER, "phase": STRING,
        "conditions": {"type": "array", "x-kubernetes-list-type": "map",
                       "x-kubernetes-list-map-keys": ["type"],
                       "items": {"type": "object", "required": ["type"], "properties": {
                           "type": STRING, "status": STRING}}}}},
}}


def install_widgets(server: Server) -> None:
    """Widget as above; Gadget without a schema or subresources."""
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    server.must("POST", path, definition("widgets", "Widget", WIDGET, subresources={
        "status": {}, "scale": {"specReplicasPath": ".spec.replicas",
                                "statusReplicasPath": ".status.replicas"}}))
    server.must("POST", path, definition("gadgets", "Gadget"))
    for plural in ("widgets", "gadgets"):
        wait_established(server, f"{plural}.{GROUP}")


@contextmanager
def kube_apiserver(dir: Path, full: bool) -> Iterator[Server]:
    with ControlPlane(dir / "cluster", full=full) as plane:
        def forget(version: str) -> None:
            """etcd compacts, and the API server begins with an empty cache of changes."""
            etcd_port = (plane.dir / "port").read_text().strip()
            plane.stop()
            request = urllib.request.Request(
                f"http://127.0.0.1:{etcd_port}/v3/kv/compaction", method="POST",
                data=json.dumps({"revision": version, "physical": True}).encode())
            with urllib.request.urlopen(request, timeout=60):
                plane.start()
        yield Server("kube-apiserver", plane.url, plane.ca_file, plane.token("admin"), forget)


@contextmanager
def sandbox(dir: Path, full: bool) -> Iterator[Server]:
    with Sandbox(dir / "sandbox", token="contract", controllers=full) as plane:
        yield Server("sandbox", plane.url, None, plane.token("admin"),
                     lambda version: plane.compact())
