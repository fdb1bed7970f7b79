# SPDX-License-Identifier: Apache-2.0
"""Random Kubernetes objects. Names come from a small pool, so that they refer to each other."""

from .text import Block, Flow, Raw

NAMES = ["app", "web", "db", "cfg"]
NAMESPACES = ["default", "prod", "stage"]
ODD = [Raw(text) for text in (
    "yes", "'no'", "0777", "0x1F", "1.50", "1e3", "~", "'~'", "null", "True", '"a\\tb"', "'it''s'",
    "2001-01-01", "12345678901234", "-0", '""', "''", "a b  # why", "'# not a comment'",
    "10m", '"10"', "10", "1_000", "0o14", "=", "é", '"\\u00e9\\n"', "a: b".replace(": ", ":"))]


class Dice:
    """random.Random, with the questions asked here."""

    def __init__(self, random):
        self.random = random

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, options):
        return self.random.choice(list(options))

    def some(self, options, most):
        options = list(options)
        return self.random.sample(options, self.random.randint(1, min(most, len(options))))

    def number(self, low, high):
        return self.random.randint(low, high)


class Objects:
    def __init__(self, dice):
        self.dice = dice

    def name(self):
        return self.dice.pick(NAMES)

    def value(self):
        """A string of a ConfigMap, an annotation or an environment variable."""
        dice = self.dice
        if dice.chance(0.2):
            return dice.pick([Raw('"10"'), Raw("'yes'"), Raw('"0777"'), Raw('""'), Raw('"a\\nb"')])
        if dice.chance(0.1):
            return dice.pick([Block("one\n  two\n\nthree\n"), Block("no newline"),
                              Block("key: v\nlist:\n- $(NAME)\n")])
        return dice.pick(["x", "one-two", "a.b.c", "host:80/path", "$(NAME)", "say $(NAME) twice",
                          "k=v,l=w", "app", "web"])

    def labels(self):
        return {key: self.dice.pick(["web", "app", "v1", Raw('"1"')])
                for key in self.dice.some(["app", "tier", "example.com/part"], 2)}

    def object(self, api_version, kind, **fields):
        dice = self.dice
        metadata = {"name": fields.pop("name", None) or self.name()}
        if dice.chance(0.15):
            metadata["namespace"] = dice.pick(NAMESPACES)
        if dice.chance(0.4):
            metadata["labels"] = self.labels()
        if dice.chance(0.25):
            metadata["annotations"] = {"note": self.value()}
            if dice.chance(0.1):
                metadata["annotations"]["config.kubernetes.io/local-config"] = Raw('"true"')
            if dice.chance(0.05):
                metadata["annotations"]["kustomize.config.k8s.io/needs-hash"] = Raw('"true"')
        made = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
        if dice.chance(0.1):
            made = dict(dice.random.sample(list(made.items()), len(made)))
        return made

    # ---- workloads ----

    def env(self):
        dice = self.dice
        name = dice.pick("ABC")
        if dice.chance(0.6):
            return {"name": name, "value": self.value()}
        kind = dice.pick(["configMapKeyRef", "secretKeyRef"])
        return {"name": name, "valueFrom": {kind: {"name": self.name(), "key": "k"}}}

    def unique(self, items, key="name"):
        return list({item[key]: item for item in items}.values())

    def container(self, name):
        dice = self.dice
        made = {"name": name, "image": dice.pick([
            "nginx", "nginx:1.0", "nginx:1.0@sha256:abcd", "reg.example.com:5000/nginx:v2",
            "docker.io/library/db", "app"])}
        if dice.chance(0.6):
            made["env"] = self.unique(self.env() for _ in range(dice.number(1, 3)))
        if dice.chance(0.2):
            made["envFrom"] = [{dice.pick(["configMapRef", "secretRef"]): {"name": self.name()}}]
        if dice.chance(0.3):
            made["ports"] = [{"containerPort": port} for port in dice.some([80, 443, 8080], 2)]
            if dice.chance(0.3):
                made["ports"][0]["protocol"] = "TCP"
            if dice.chance(0.3):
                made["ports"][0]["name"] = "http"
        if dice.chance(0.3):
            made["args"] = [dice.pick(["--name=$(NAME)", "-v", Raw("'1'"), "run"])
                            for _ in range(dice.number(1, 3))]
        if dice.chance(0.3):
            made["volumeMounts"] = [{"name": "vol", "mountPath": "/data/$(NAME)"
                                     if dice.chance(0.2) else "/data"}]
        if dice.chance(0.3):
            made["resources"] = dice.pick([
                {"limits": {"cpu": "100m", "memory": Raw("1Gi")}}, Flow({"requests": {"cpu": 1}}),
                {"requests": {"cpu": Raw("0.50")}}])
        return made

    def volume(self):
        return self.dice.pick([
            {"configMap": {"name": self.name()}}, {"secret": {"secretName": self.name()}},
            {"persistentVolumeClaim": {"claimName": self.name()}}, {"emptyDir": {}},
            {"emptyDir": Raw("")},
            {"projected": {"sources": [{"configMap": {"name": self.name()}},
                                       {"secret": {"name": self.name()}}]}}])

    def pod(self):
        dice = self.dice
        made = {"containers": [self.container(n) for n in dice.some(["main", "side", "log"], 2)]}
        if dice.chance(0.2):
            made["initContainers"] = [self.container("init")]
        if dice.chance(0.5):
            made["volumes"] = [{"name": "vol", **self.volume()}]
            if dice.chance(0.3):
                made["volumes"].append({"name": "vol2", **self.volume()})
        if dice.chance(0.3):
            made["serviceAccountName"] = self.name()
        if dice.chance(0.15):
            made["imagePullSecrets"] = [{"name": self.name()}]
        if dice.chance(0.15):
            made["priorityClassName"] = self.name()
        if dice.chance(0.15):
            made["nodeSelector"] = {"disk": dice.pick(["ssd", Raw('"1"')])}
        if dice.chance(0.15):
            term = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}}
            made["affinity"] = {dice.pick(["podAffinity", "podAntiAffinity"]): {
                "requiredDuringSchedulingIgnoredDuringExecution": [term],
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "podAffinityTerm": dict(term)}]}}
        if dice.chance(0.1):
            made["topologySpreadConstraints"] = [{
                "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "web"}}}]
        return made

    def template(self):
        made = {"spec": self.pod()}
        if self.dice.chance(0.7):
            made = {"metadata": {"labels": self.labels()}, **made}
            if self.dice.chance(0.2):
                made["metadata"]["annotations"] = {"note": self.value()}
        return made

    def workload(self, kind):
        dice = self.dice
        spec = {"template": self.template()}
        if dice.chance(0.6):
            spec["selector"] = {"matchLabels": self.labels()}
        if kind != "DaemonSet" and dice.chance(0.5):
            spec["replicas"] = dice.pick([1, 2, Raw('"3"')] if dice.chance(0.1) else [1, 3])
        if kind == "StatefulSet":
            spec["serviceName"] = self.name()
            if dice.chance(0.5):
                spec["volumeClaimTemplates"] = [{
                    "metadata": {"name": "vol", **({"labels": self.labels()}
                                                   if dice.chance(0.5) else {})},
                    "spec": {"storageClassName": self.name()}}]
        return self.object("apps/v1", kind, spec=spec)

    def job(self):
        spec = {"template": self.template()}
        if self.dice.chance(0.5):
            return self.object("batch/v1", "Job", spec=spec)
        job = {"spec": spec}
        if self.dice.chance(0.4):
            job = {"metadata": {"labels": self.labels()}, **job}
        return self.object("batch/v1", "CronJob",
                           spec={"schedule": Raw("'*/5 * * * *'"), "jobTemplate": job})

    # ---- the rest ----

    def config_map(self):
        dice = self.dice
        made = self.object("v1", "ConfigMap", data={k: self.value() for k in dice.some("klm", 3)})
        if dice.chance(0.15):
            made["data"]["odd"] = dice.pick(ODD)
        if dice.chance(0.1):
            made["binaryData"] = {"bin": "AAECAw=="}
        if dice.chance(0.1):
            made["immutable"] = True
        return made

    def secret(self):
        data = {"data": {"k": "cGFzcw==", "l": "eA=="}}
        if self.dice.chance(0.3):
            data = {"stringData": {"k": self.value()}}
        return self.object("v1", "Secret", type="Opaque", **data)

    def service(self):
        dice = self.dice
        ports = [{"port": port, "name": f"p{port}"} for port in dice.some([80, 443], 2)]
        if dice.chance(0.4):
            ports[0]["targetPort"] = dice.pick([8080, "http", Raw('"80"')])
        if dice.chance(0.3):
            ports[0]["protocol"] = dice.pick(["TCP", "UDP"])
        spec = {"ports": ports}
        if dice.chance(0.7):
            spec["selector"] = self.labels()
        return self.object("v1", "Service", spec=spec)

    def ingress(self):
        backend = {"service": {"name": self.name(), "port": {"number": 80}}}
        spec = {"rules": [{"host": host, "http": {"paths": [{"path": "/", "backend": backend}]}}
                          for host in self.dice.some(["a.example.com", "b.example.com"], 2)]}
        if self.dice.chance(0.3):
            spec["tls"] = [{"hosts": ["a.example.com"], "secretName": self.name()}]
        if self.dice.chance(0.3):
            spec["defaultBackend"] = dict(backend)
        return self.object("networking.k8s.io/v1", "Ingress", spec=spec)

    def role(self):
        dice = self.dice
        rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
        if dice.chance(0.5):
            rule["resourceNames"] = dice.some(NAMES, 2)
        return self.object("rbac.authorization.k8s.io/v1", dice.pick(["Role", "ClusterRole"]),
                           rules=[rule])

    def binding(self):
        dice = self.dice
        kind = dice.pick(["RoleBinding", "ClusterRoleBinding"])
        role = dice.pick(["Role", "ClusterRole"] if kind == "RoleBinding" else ["ClusterRole"])
        subjects = []
        for _ in range(dice.number(1, 2)):
            subject = {"kind": "ServiceAccount", "name": dice.pick([*NAMES, "default"])}
            if dice.chance(0.5):
                subject["namespace"] = dice.pick(NAMESPACES)
            if dice.chance(0.15):
                subject = {"kind": "User", "name": "me", "apiGroup": "rbac.authorization.k8s.io"}
            subjects.append(subject)
        return self.object("rbac.authorization.k8s.io/v1", kind, subjects=subjects, roleRef={
            "apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": self.name()})

    def webhook(self):
        kind = self.dice.pick(["Mutating", "Validating"]) + "WebhookConfiguration"
        return self.object("admissionregistration.k8s.io/v1", kind, webhooks=[{
            "name": "a.example.com", "clientConfig": {"service": {
                "name": self.name(), "namespace": self.dice.pick(["default", "prod", "system"])}}}])

    def definition(self):
        made = self.object("apiextensions.k8s.io/v1", "CustomResourceDefinition",
                           name="widgets.example.com", spec={
                               "group": "example.com", "scope": "Namespaced",
                               "names": {"kind": "Widget", "plural": "widgets"}})
        if self.dice.chance(0.3):
            made["spec"]["conversion"] = {"webhook": {"clientConfig": {"service": {
                "name": self.name(), "namespace": "default"}}}}
        return made

    def custom(self):
        dice = self.dice
        spec = {key: dice.pick(ODD) for key in dice.some("abcd", 3)}
        if dice.chance(0.5):
            spec["configRef"] = {"name": self.name()}
        if dice.chance(0.4):
            spec["items"] = [{"name": n, "value": dice.pick(ODD)} for n in dice.some("xyz", 3)]
        if dice.chance(0.3):
            spec["image"] = "nginx:1.0"
        if dice.chance(0.3):
            spec["list"] = Flow([dice.pick(ODD[:14]) for _ in range(2)])
        return self.object("example.com/v1", dice.pick(["Widget", "Gadget"]), spec=spec)

    def scaler(self):
        kind = self.dice.pick(["Deployment", "StatefulSet"])
        return self.object("autoscaling/v2", "HorizontalPodAutoscaler", spec={
            "minReplicas": 1, "maxReplicas": 3,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": self.name()}})

    def policy(self):
        return self.object("networking.k8s.io/v1", "NetworkPolicy", spec={
            "podSelector": {"matchLabels": self.labels()} if self.dice.chance(0.7) else {},
            "ingress": [{"from": [{"podSelector": {"matchLabels": self.labels()}}]}]})

    def simple(self):
        dice = self.dice
        return dice.pick([
            lambda: self.object("v1", "ServiceAccount", **(
                {"imagePullSecrets": [{"name": self.name()}]} if dice.chance(0.5) else {})),
            lambda: self.object("v1", "Namespace", name=dice.pick(NAMESPACES)),
            lambda: self.object("v1", "PersistentVolumeClaim", spec={
                "volumeName": self.name(), "storageClassName": self.name()}),
            lambda: self.object("v1", "PersistentVolume", spec={"storageClassName": self.name()}),
            lambda: self.object("storage.k8s.io/v1", "StorageClass"),
            lambda: self.object("policy/v1", "PodDisruptionBudget", spec={
                "minAvailable": 1, "selector": {"matchLabels": self.labels()}}),
            lambda: self.object("v1", "Pod", spec=self.pod()),
            lambda: self.object("scheduling.k8s.io/v1", "PriorityClass", value=1),
        ])()

    def any(self):
        dice = self.dice
        make = dice.random.choices(
            [lambda: self.workload("Deployment"), lambda: self.workload("StatefulSet"),
             lambda: self.workload("DaemonSet"), self.job, self.config_map, self.secret,
             self.service, self.ingress, self.role, self.binding, self.webhook, self.definition,
             self.custom, self.scaler, self.policy, self.simple],
            [8, 2, 1, 3, 6, 2, 5, 2, 2, 3, 1, 1, 4, 1, 1, 5])[0]
        return make()
