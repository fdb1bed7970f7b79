# SPDX-License-Identifier: Apache-2.0
"""`gitopsctl diff` says what `kubectl diff` says of the same objects, on the real API server. What
kubectl shows besides is what only the server writes: generation, and managedFields."""

import re
import subprocess

from ctl import ctl
from harness import HERE

BASE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web, tier: front}, annotations: {note: "one"}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1.0
        ports: [{containerPort: 80, name: http}]
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
        resources: {requests: {cpu: 500m, memory: 1Gi}}
      - {name: side, image: "side:1"}
---
apiVersion: v1
kind: Service
metadata: {name: service}
spec: {selector: {app: web}, ports: [{port: 80, name: http}, {port: 443, name: https}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: same}
data: {key: value}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: map}
data: {a: "1", b: "2"}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: net}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Secret
metadata: {name: secret}
stringData: {password: hunter2, user: eva}
"""
EDITS = (
    ("replicas: 2", "replicas: 3"), ("web:1.0", "web:2.0"), (", tier: front", ""),
    ('note: "one"', 'note: "two"'), (', {name: B, value: "2"}', ', {name: C, value: "3"}'),
    ("cpu: 500m, memory: 1Gi", "cpu: 0.5, memory: 1024Mi"),  # the same, otherwise written
    ('      - {name: side, image: "side:1"}\n', ""), (", {port: 443, name: https}", ""),
    ('a: "1", b: "2"', 'a: "1", c: "3"'), ("policyTypes: [Ingress]", "policyTypes: [Ingress, Egress]"),
    ('"0 3 * * *"', '"0 4 * * *"'), ("hunter2", "swordfish"))


def changes(text):
    """Name of an object to its lines with a sign."""
    found, title = {}, None
    for line in text.splitlines():
        if line.startswith(("--- ", "diff ", "index ")):
            title = None
        elif line.startswith("+++ "):
            title = line.split("\t")[0].rpartition("/")[2]
            found[title.rpartition(".")[2]] = lines = []
        elif title and line[:1] in "+-" and not re.match(r"[-+]  generation: \d+$", line):
            lines.append(line)
    return found


def test_the_same_as_kubectl(world, tmp_path):
    def kubectl(*args, code=0):
        result = subprocess.run(
            [HERE / "kubectl", f"--kubeconfig={world.cluster.kubeconfig}", "-n", world.namespace,
             *args, "--server-side", "--force-conflicts", "--field-manager=gitopsd"],
            text=True, capture_output=True)
        assert result.returncode == code, result
        return result.stdout
    files = tmp_path / "files"
    files.mkdir()
    (files / "all.yaml").write_text(BASE)
    kubectl("apply", "-f", files)
    # Somebody else's: a field that Git does not declare stays, one that it does is undone.
    world.cluster.merge_patch(world.path_of("deployments", "web"), {
        "spec": {"minReadySeconds": 5, "template": {"metadata": {"labels": {"by": "hand"}}}}})
    world.cluster.merge_patch(world.path_of("configmaps", "map"), {"data": {"a": "9", "d": "4"}})
    text = BASE
    for old, new in EDITS:
        assert old in text
        text = text.replace(old, new)
    (files / "all.yaml").write_text(text + "---\napiVersion: v1\nkind: ConfigMap\n"
                                           "metadata: {name: new}\ndata: {key: value}\n")
    theirs = changes(kubectl("diff", "-f", files, code=1))
    outcome = ctl(world.cluster.kubeconfig, "diff", files, "--into", world.namespace)
    assert outcome.code == 1, outcome
    ours = changes(outcome.out)
    assert set(ours) == set(theirs) == {"web", "service", "map", "net", "nightly", "secret", "new"}
    for name in sorted(set(theirs) - {"secret", "new"}):
        assert ours[name] == theirs[name], name
    # Both mask the values of Secrets, each in its way.
    assert [re.sub(":.*", "", line) for line in ours["secret"]] == \
        [re.sub(":.*", "", line) for line in theirs["secret"]] == ["-  password", "+  password"]
    assert not re.search("hunter2|swordfish|aHVudGVyMg|c3dvcmRmaXNo", outcome.out + outcome.err)
    # Of a new object kubectl shows what only the server writes, too.
    assert set(ours["new"]) <= set(theirs["new"])
    kubectl("apply", "-f", files)
    same = ctl(world.cluster.kubeconfig, "diff", files, "--into", world.namespace)
    assert (same.code, same.out) == (0, "") and kubectl("diff", "-f", files) == ""
