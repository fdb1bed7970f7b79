# SPDX-License-Identifier: Apache-2.0
"""One function per field of a kustomization: each adds a random use of it to a layer."""

import json

from .objects import NAMES, NAMESPACES, ODD
from .text import Block, Flow, Inline, Raw

SOURCES = {
    "ConfigMap": ["data.k", "data.l", "metadata.name"],
    "Service": ["metadata.name", "spec.ports.0.port", "metadata.namespace", "spec.selector"],
    "Deployment": ["metadata.name", "spec.template.spec.containers.0.image", "spec.replicas",
                   "spec.template.spec.containers.[name=main].image", "metadata.labels.app",
                   "spec.template.spec.containers.[name=main].env.[name=A].value"],
    "Widget": ["spec.a", "spec.b", "spec.items.[name=x].value", "spec.list", "metadata.name"],
    "Ingress": ["spec.rules.0.host", "metadata.name"],
}
TARGETS = {
    "ConfigMap": ["data.k", "data.new", "metadata.annotations.note"],
    "Service": ["spec.selector.app", "spec.ports.0.port", "spec.ports.*.targetPort",
                "metadata.annotations.[example.com/a]"],
    "Deployment": ["spec.template.spec.containers.[name=main].env.[name=A].value",
                   "spec.template.spec.containers.*.image", "spec.template.metadata.labels.app",
                   "spec.template.spec.containers.0.image", "metadata.labels.new", "spec.replicas",
                   "spec.template.spec.containers.[name=main].args.0",
                   "metadata.annotations.example\\.com/a", "spec.template.spec.containers.*.env.*.value"],
    "Widget": ["spec.a", "spec.c", "spec.items.[name=x].value", "spec.items.*.value", "spec.list.-",
               "spec.list.0", "spec.items.[name=new].value", "spec.d.e.f"],
    "Ingress": ["spec.rules.*.host", "spec.rules.0.host", "spec.tls.0.hosts.0",
                "spec.rules.[host=a.example.com].http.paths.0.path"],
}


class Layer:
    """A directory's kustomization while it is made. `objects`: what it can speak about."""

    def __init__(self, maker, directory, objects):
        self.dice, self.made = maker.dice, maker.objects
        self.files, self.directory, self.objects = maker.files, directory, objects
        self.kustomization = {}

    def file(self, name, content):
        self.files[f"{self.directory}/{name}"] = content
        return name

    def add_resource(self, name, documents):
        self.kustomization.setdefault("resources", []).append(self.file(name, documents))

    def list(self, field):
        return self.kustomization.setdefault(field, [])

    def target(self, *kinds):
        """An object of one of the kinds, or of any; None where there is none."""
        fitting = [o for o in self.objects if not kinds or o["kind"] in kinds]
        return self.dice.pick(fitting) if fitting else None

    def name(self):
        known = self.target()
        return known["metadata"]["name"] if known and self.dice.chance(0.95) else "nobody"

    def few(self, most=2):
        return range(self.dice.number(1, most))


# ---- selectors and field specs ----

def selector(layer, target, exact=False):
    """A selector that finds the target, more or less narrowly."""
    dice = layer.dice
    group, _, version = target["apiVersion"].rpartition("/")
    made = {"kind": target["kind"], "name": target["metadata"]["name"]}
    if exact:
        return made
    if dice.chance(0.3):
        del made["name"]
    elif dice.chance(0.25):
        made["name"] = dice.pick([".*", made["name"][:2] + ".*", "a|" + made["name"],
                                  "(app|web)", "[a-d]+", "w.b"])
    if dice.chance(0.15):
        made["kind"] = dice.pick([made["kind"][:4] + ".*", ".*", "Deployment|Service"])
    if dice.chance(0.3):
        made["version"] = version
    if group and dice.chance(0.3):
        made["group"] = group
    if dice.chance(0.1):
        made["namespace"] = dice.pick([*NAMESPACES, ".*"])
    if dice.chance(0.1):
        made["labelSelector"] = dice.pick(["app=web", "app in (web, app)", "tier", "!tier",
                                           "app!=web", "app==web,tier"])
    if dice.chance(0.07):
        made["annotationSelector"] = dice.pick(["note=x", "note", "note notin (x)"])
    return made


def field_specs(layer, *paths):
    dice = layer.dice
    specs = []
    for path in dice.some(paths, 2):
        spec = {"path": path}
        target = layer.target()
        if target and dice.chance(0.4):
            spec["kind"] = target["kind"]
        if target and dice.chance(0.15):
            spec["group"] = target["apiVersion"].rpartition("/")[0]
        if dice.chance(0.4):
            spec["create"] = True
        specs.append(spec)
    return specs


# ---- names, labels and the like ----

def name_prefix(layer):
    layer.kustomization["namePrefix"] = layer.dice.pick(["dev-", "x-", "team-"])


def name_suffix(layer):
    layer.kustomization["nameSuffix"] = layer.dice.pick(["-v1", "-x"])


def namespace(layer):
    layer.kustomization["namespace"] = layer.dice.pick([*NAMESPACES, "new"])


def pairs(layer):
    odd = [Raw("true"), Raw("1")] if layer.dice.chance(0.05) else [
        Raw('"1"'), "a.b", Raw("yes"), Raw('""'), Raw("'true'")]
    return {key: layer.dice.pick(odd if layer.dice.chance(0.2) else ["web", "prod"])
            for key in layer.dice.some(["app", "env", "example.com/team"], 2)}


def labels(layer):
    for _ in layer.few():
        entry = {"pairs": pairs(layer)}
        for flag in "includeSelectors", "includeTemplates", "includeVolumeClaimTemplates":
            if layer.dice.chance(0.25):
                entry[flag] = True
        if layer.dice.chance(0.2):
            entry["fields"] = field_specs(layer, "spec/labels", "spec/template/metadata/labels",
                                          "metadata/labels", "spec/list[]/labels")
        layer.list("labels").append(entry)


def common_labels(layer):
    layer.kustomization["commonLabels"] = pairs(layer)


def common_annotations(layer):
    layer.kustomization["commonAnnotations"] = pairs(layer)


def image(layer):
    dice = layer.dice
    made = {"name": dice.pick(["nginx", "app", "reg.example.com:5000/nginx", "db", "ngin.*",
                               "docker.io/library/db"])}
    change = dice.pick(["newName", "newTag", "digest", "both", "suffix"])
    if change in ("newName", "both"):
        made["newName"] = dice.pick(["httpd", "reg.io:5000/httpd", "a/b/c"])
    if change in ("newTag", "both"):
        made["newTag"] = dice.pick(["v2", Raw('"1.20"'), "latest"])
    if change == "digest":
        made["digest"] = "sha256:24a0c4b4"
    if change == "suffix":
        made["tagSuffix"] = "-alpine"
    return made


def images(layer):
    for _ in layer.few():
        layer.list("images").append(image(layer))


def replicas(layer):
    for _ in layer.few():
        target = layer.target("Deployment", "StatefulSet")
        if target:
            layer.list("replicas").append({"name": target["metadata"]["name"],
                                           "count": layer.dice.pick([0, 2, 5])})


# ---- patches ----

def strategic(layer, target):
    """A strategic merge patch of the target."""
    dice = layer.dice
    patch = {"apiVersion": target["apiVersion"], "kind": target["kind"],
             "metadata": {"name": target["metadata"]["name"]}}
    if "namespace" in target["metadata"]:
        patch["metadata"]["namespace"] = target["metadata"]["namespace"]
    if dice.chance(0.08):
        return {**patch, "$patch": "delete"}
    if dice.chance(0.3):
        patch["metadata"]["labels"] = {"app": dice.pick([None, "new", Raw("")]), "added": "x"}
    if dice.chance(0.2):
        patch["metadata"]["annotations"] = {"note": dice.pick([None, "new"]), "zip": "1a"}
    kind = target["kind"]
    if kind in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
        container = {"name": dice.pick(["main", "side", "extra"])}
        container |= dice.pick([
            {"image": "patched:1"}, {"env": [{"name": "A", "value": "patched"}]},
            {"env": [{"name": "A", "$patch": "delete"}]}, {"$patch": "delete"},
            {"ports": [{"containerPort": 80, "name": "patched"}]}, {"args": ["only"]},
            {"env": [{"$patch": "replace"}, {"name": "N", "value": "1a"}]},
            {"resources": None}, {"resources": {"$patch": "replace", "limits": {"cpu": 2}}}])
        pod = {"containers": [container]}
        if dice.chance(0.3):
            pod["volumes"] = dice.pick([
                [{"name": "vol", "emptyDir": {}}], [{"name": "vol", "$patch": "delete"}],
                [{"name": "more", "configMap": {"name": "cfg"}}], None,
                [{"name": "vol", "emptyDir": {}, "configMap": None}]])
        patch["spec"] = {"template": {"spec": pod}}
        if dice.chance(0.3):
            patch["spec"]["replicas"] = dice.pick([7, None])
    elif kind in ("ConfigMap", "Secret"):
        patch["data"] = {"k": dice.pick([None, "patched", Block("a\nb\n")]), "new": "x"}
        if dice.chance(0.2):
            patch["data"]["$patch"] = dice.pick(["replace", "delete", "merge"])
    elif kind == "Service":
        patch["spec"] = dice.pick([
            {"ports": [{"port": 80, "targetPort": 9}]}, {"selector": {"app": None, "b": "c"}},
            {"ports": [{"port": 80, "protocol": "UDP", "name": "udp"}]}, {"type": "NodePort"}])
    else:
        patch["spec"] = {"a": dice.pick([*ODD[:8], None]), "deep": {"er": [1, Raw("1.0")]},
                         "items": [{"name": "x", "value": "patched"}]}
    return patch


def operations(layer, target):
    """A JSON patch of the target."""
    dice = layer.dice
    made = []
    for _ in layer.few():
        choice = [
            {"op": "add", "path": "/metadata/labels", "value": {"x~y": Raw('"1"')}},
            {"op": "replace", "path": "/metadata/name", "value": "renamed"},
            {"op": "add", "path": "/spec", "value": {"a": [1, Raw("0777"), None]}},
            {"op": "test", "path": "/kind", "value": target["kind"]},
            {"op": "add", "path": "/metadata/annotations/example.com~1x", "value": "1a"},
        ]
        if "spec" in target and isinstance(target["spec"], dict):
            key = dice.pick(target["spec"])
            choice += [{"op": "replace", "path": f"/spec/{key}", "value": dice.pick([1, "x", {}])},
                       {"op": "copy", "from": f"/spec/{key}", "path": "/spec/copied"},
                       {"op": "move", "from": f"/spec/{key}", "path": "/spec/moved"},
                       {"op": "remove", "path": f"/spec/{key}"}]
        if target["kind"] == "Deployment":
            at = "/spec/template/spec/containers/"
            choice += [{"op": "replace", "path": at + "0/image", "value": "json:1"},
                       {"op": "add", "path": at + "-", "value": {"name": "added", "image": "a"}},
                       {"op": "add", "path": at + "0", "value": {"name": "first", "image": "a"}},
                       {"op": "remove", "path": at + dice.pick(["0", "1", "-1"])}]
        if target["kind"] == "ConfigMap":
            choice += [{"op": "remove", "path": "/data/k"},
                       {"op": "add", "path": "/data/new", "value": dice.pick(["x", 5, Raw("yes")])}]
        made.append(dice.pick(choice))
    return made


def operations_text(layer, target):
    """As YAML or as JSON."""
    made = operations(layer, target)
    if layer.dice.chance(0.2):
        return json.dumps([{k: str(v) if isinstance(v, Raw) else v for k, v in op.items()}
                           for op in made if not isinstance(op.get("value"), dict)] or [])
    return Inline([made])


def patch_entry(layer, number, prefix):
    dice = layer.dice
    target = layer.target()
    if not target:
        return None
    entry = {}
    if dice.chance(0.5):
        body = [strategic(layer, target)]
        if dice.chance(0.15):
            body.append(strategic(layer, layer.target()))
        if dice.chance(0.35):
            entry["target"] = selector(layer, target)
            if dice.chance(0.3):
                body[0]["metadata"]["name"] = "ignored"
    else:
        body = operations_text(layer, target)
        entry["target"] = selector(layer, target, exact=dice.chance(0.5))
    if dice.chance(0.4):
        if isinstance(body, Inline):
            body = body.documents
        entry = {"path": layer.file(f"{prefix}{number}.yaml", body), **entry}
    else:
        entry = {"patch": Inline(body) if isinstance(body, list) else body, **entry}
    if dice.chance(0.15):
        entry["options"] = {flag: True for flag in
                            dice.some(["allowNameChange", "allowKindChange"], 2)}
    return entry


def patches(layer):
    for number in layer.few(3):
        entry = patch_entry(layer, number, "patch")
        if entry:
            layer.list("patches").append(entry)


def patches_strategic_merge(layer):
    for number in layer.few():
        target = layer.target()
        if not target:
            return
        body = [strategic(layer, target)]
        layer.list("patchesStrategicMerge").append(
            Inline(body) if layer.dice.chance(0.4) else layer.file(f"smp{number}.yaml", body))


def patches_json6902(layer):
    for number in layer.few():
        target = layer.target()
        if not target:
            return
        body = operations_text(layer, target)
        entry = {"target": selector(layer, target, exact=True)}
        entry["target"]["version"] = target["apiVersion"].rpartition("/")[2]
        if "/" in target["apiVersion"]:
            entry["target"]["group"] = target["apiVersion"].rpartition("/")[0]
        if layer.dice.chance(0.5):
            entry["patch"] = body
        else:
            body = body.documents if isinstance(body, Inline) else body
            entry["path"] = layer.file(f"json{number}.yaml", body)
        layer.list("patchesJson6902").append(entry)


# ---- generators ----

ENV_FILE = ["A=1\nB=two words \n# comment\n\nC\n", "X=a=b\r\nY='quoted'\n", "\ufeffBOM=1\n",
            " LEAD=1\nTRAIL=\n", "A=\"q\"\n"]
DATA_FILE = ["plain\n", "no newline", "trailing \nspace\n", "tab\there\n", "\n\nlead\n", "",
             "key: value\nlist: [1]\n", "windows\r\nlines\r\n", "bin\u0000ary", "é\n", "a: 'b'\n"]


def generator_args(layer, prefix):
    dice = layer.dice
    args = {"name": dice.pick(NAMES) if dice.chance(0.15) else f"gen-{prefix}-{layer.directory}"}
    if dice.chance(0.15):
        args["namespace"] = dice.pick(NAMESPACES)
    if dice.chance(0.6):
        args["literals"] = [f"{key}={dice.pick(LITERALS)}" for key in dice.some("klmn", 3)]
        if dice.chance(0.1):
            args["literals"].append(dice.pick(["novalue", "=x", "dup=1", "k=again", "a.b/c=1"]))
    if dice.chance(0.35):
        name = layer.file(f"{prefix}.{dice.pick(['txt', 'yaml', 'conf'])}", dice.pick(DATA_FILE))
        args["files"] = [name if dice.chance(0.6) else f"{dice.pick(['k', 'other.key'])}={name}"]
    if dice.chance(0.25):
        args["envs"] = [layer.file(f"{prefix}.env", dice.pick(ENV_FILE))]
    if dice.chance(0.25):
        options = {}
        if dice.chance(0.4):
            options["disableNameSuffixHash"] = True
        if dice.chance(0.3):
            options["labels"] = pairs(layer)
        if dice.chance(0.3):
            options["annotations"] = pairs(layer)
        if dice.chance(0.2):
            options["immutable"] = True
        args["options"] = options
    return args


LITERALS = ["v", "two words", "'single'", '"double"', "a=b", "", "1", "yes", "line\\n", "0777",
            "'half", "$(NAME)", "é", "null", "~", " lead", "multi\nline\n"]


def generator_field(field, kind):
    def add(layer):
        dice = layer.dice
        for number in layer.few():
            args = generator_args(layer, f"{kind[0].lower()}{number}")
            existing = layer.target(kind)
            if existing and dice.chance(0.3):
                args["name"] = existing["metadata"]["name"]
                args["behavior"] = dice.pick(["merge", "replace", "merge", "create"])
            if kind == "Secret" and dice.chance(0.2):
                args["type"] = "kubernetes.io/tls"
            layer.list(field).append(args)
            layer.objects.append({"apiVersion": "v1", "kind": kind, "data": {},
                                  "metadata": {"name": args["name"]}})
    return add


def generator_options(layer):
    dice = layer.dice
    options = {}
    if dice.chance(0.4):
        options["disableNameSuffixHash"] = dice.chance(0.8)
    if dice.chance(0.5):
        options["labels"] = pairs(layer)
    if dice.chance(0.4):
        options["annotations"] = pairs(layer)
    if dice.chance(0.3):
        options["immutable"] = True
    layer.kustomization["generatorOptions"] = options


# ---- values that go elsewhere ----

def replacement(layer):
    dice = layer.dice
    source = layer.target(*SOURCES)
    # Not the source: kustomize reads it again for each target, while it changes.
    others = [o for o in layer.objects if o["kind"] in TARGETS and o is not source]
    if not others:
        return None
    target = dice.pick(others)
    made = {}
    if dice.chance(0.15):
        made["sourceValue"] = dice.pick(["static", Raw('"10"'), Raw('""')])
    else:
        made["source"] = selector(layer, source, exact=dice.chance(0.85))
        if dice.chance(0.9):
            made["source"]["fieldPath"] = dice.pick(SOURCES[source["kind"]])
        if dice.chance(0.25):
            made["source"]["options"] = {"delimiter": dice.pick([":", "/", "-", "."]),
                                         "index": dice.pick([0, 0, 1, 3, -1])}
    entries = []
    for _ in layer.few():
        entry = {"select": selector(layer, target, exact=True)}
        if dice.chance(0.15):
            entry["reject"] = [selector(layer, layer.target())]
        if dice.chance(0.98):
            entry["fieldPaths"] = dice.some(TARGETS[target["kind"]], 2)
        options = {}
        if dice.chance(0.4):
            options["create"] = True
        if dice.chance(0.2):
            options |= {"delimiter": dice.pick([":", "/", "-"]), "index": dice.pick([0, 1, 5, -1])}
        if dice.chance(0.05):
            options["encoding"] = dice.pick(["base64", "hex"])
        if options:
            entry["options"] = options
        entries.append(entry)
        target = dice.pick(others)
    made["targets"] = entries
    return made


def replacements(layer):
    for number in layer.few(3):
        made = replacement(layer)
        if made and layer.dice.chance(0.2):
            body = [[made]] if layer.dice.chance(0.4) else [made]
            made = {"path": layer.file(f"replacement{number}.yaml", body)}
        if made:
            layer.list("replacements").append(made)


def variables(layer):
    dice = layer.dice
    target = layer.target(*SOURCES)
    if not target:
        return
    made = {"name": "NAME", "objref": {"kind": target["kind"], "name": target["metadata"]["name"],
                                       "apiVersion": target["apiVersion"]}}
    if dice.chance(0.6):
        made["fieldref"] = {"fieldpath": dice.pick(SOURCES[target["kind"]]).replace(".0.", "[0].")}
    layer.list("vars").append(made)


# ---- configuration ----

def configurations(layer):
    dice = layer.dice
    made = {}
    if dice.chance(0.5):
        made["nameReference"] = [{"kind": dice.pick(["ConfigMap", "Secret", "Service"]),
                                  "version": "v1", "fieldSpecs": [
                                      {"kind": "Widget", "path": dice.pick(
                                          ["spec/configRef/name", "spec/a", "spec/items/name"])}]}]
    for field in "commonLabels", "commonAnnotations", "namePrefix", "namespace", "images", \
            "replicas", "varReference", "labels", "templateLabels":
        if dice.chance(0.2):
            made[field] = field_specs(layer, "spec/a", "spec/items/value", "metadata/name",
                                      "spec/labels", "spec/image", "metadata/namespace")
    name = layer.file("config.yaml", [made])
    layer.list("configurations").append(name)


def crds(layer):
    properties = {"configRef": {"x-kubernetes-object-ref-api-version": "v1",
                                "x-kubernetes-object-ref-kind": "ConfigMap",
                                "x-kubernetes-object-ref-name-key": "name",
                                "$ref": "example.Ref"},
                  "a": {"type": "string"}}
    definitions = {
        "example.Widget": {"Schema": {"properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"},
            "metadata": {"$ref": "meta"}, "spec": {"$ref": "example.Spec"}}}},
        "example.Spec": {"Schema": {"properties": properties}},
        "example.Ref": {"Schema": {"properties": {"name": {"type": "string"}}}},
    }
    layer.list("crds").append(layer.file("crd.json", json.dumps(definitions, indent=1)))


def openapi(layer):
    if layer.dice.chance(0.3):
        layer.kustomization["openapi"] = {"version": layer.dice.pick(["v1.21.2"] * 4 + ["v1.20.4"])}
        return
    key = {"x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}
    schema = {"definitions": {"v1.Widget": {
        "properties": {"spec": {"type": "object", "properties": {
            "items": {"type": "array", "items": {"type": "object"}, **key}}}},
        "x-kubernetes-group-version-kind": [
            {"group": "example.com", "kind": "Widget", "version": "v1"}]}}}
    layer.kustomization["openapi"] = {"path": layer.file("schema.json", json.dumps(schema))}


# ---- plugins ----

def plugin(layer, kind, **fields):
    made = {"apiVersion": "builtin", "kind": kind,
            "metadata": {"name": layer.dice.pick(["p", "q", "notImportantHere"])}}
    if "metadata" in fields:
        made["metadata"] |= fields.pop("metadata")
    return {**made, **fields}


def random_transformer(layer):
    dice = layer.dice
    target = layer.target() or {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    specs = field_specs(layer, "metadata/labels", "metadata/annotations",
                        "spec/template/metadata/labels")
    subjects = {"setRoleBindingSubjects": dice.pick(["none", "defaultOnly", "allServiceAccounts"])}
    replaced = replacement(layer)
    choice = [
        lambda: plugin(layer, "PrefixTransformer", prefix="pre-",
                       fieldSpecs=field_specs(layer, "metadata/name")),
        lambda: plugin(layer, "SuffixTransformer", suffix="-suf",
                       fieldSpecs=field_specs(layer, "metadata/name", "spec/a")),
        lambda: plugin(layer, "PrefixSuffixTransformer", prefix="pre-", suffix="-suf",
                       fieldSpecs=field_specs(layer, "metadata/name")),
        lambda: plugin(layer, "NamespaceTransformer", metadata={"namespace": "plugged"},
                       **dice.pick([{}, {"unsetOnly": True}, subjects]),
                       **dice.pick([{}, {"fieldSpecs": field_specs(
                           layer, "metadata/namespace", "spec/a")}])),
        lambda: plugin(layer, "LabelTransformer", labels=pairs(layer), fieldSpecs=specs),
        lambda: plugin(layer, "AnnotationsTransformer", annotations=pairs(layer),
                       fieldSpecs=specs),
        lambda: plugin(layer, "ImageTagTransformer", imageTag=image(layer), **dice.pick(
            [{}, {"fieldSpecs": field_specs(layer, "spec/image", "spec/a")}])),
        lambda: plugin(layer, "ReplicaCountTransformer",
                       replica={"name": layer.name(), "count": 4},
                       fieldSpecs=field_specs(layer, "spec/replicas", "spec/a")),
        lambda: plugin(layer, "PatchTransformer", patch=Inline([strategic(layer, target)])),
        lambda: plugin(layer, "PatchTransformer", patch=operations_text(layer, target),
                       target=selector(layer, target)),
        lambda: plugin(layer, "PatchStrategicMergeTransformer",
                       patches=Inline([strategic(layer, target)])),
        lambda: plugin(layer, "PatchJson6902Transformer", target=selector(layer, target, True),
                       jsonOp=operations_text(layer, target)),
        lambda: plugin(layer, "ValueAddTransformer", value="added", targets=[
            {"selector": selector(layer, target),
             "fieldPath": dice.pick(["metadata/namespace", "metadata/labels/x", "spec/a"]),
             **dice.pick([{}, {"filePathPosition": dice.number(0, 3)}])}]),
        lambda: plugin(layer, "HashTransformer"),
        lambda: plugin(layer, "ReplacementTransformer", replacements=[replaced]
                       if replaced else []),
    ]
    return dice.pick(choice)()


def random_validator(layer):
    """It sets what was not there: kustomize refuses one, too, that sets what is there already."""
    return plugin(layer, "LabelTransformer", labels={"example.com/new": "x"},
                  fieldSpecs=field_specs(layer, "metadata/labels", "spec/template/labels"))


def random_generator(layer):
    dice = layer.dice
    args = generator_args(layer, "plug")
    metadata = {key: args.pop(key) for key in ("name", "namespace") if key in args}
    return dice.pick([
        lambda: plugin(layer, "ConfigMapGenerator", metadata=metadata, **args),
        lambda: plugin(layer, "SecretGenerator", metadata=metadata, **args),
        lambda: plugin(layer, "IAMPolicyGenerator", cloud="gke", kubernetesService={
            "name": "ksa"}, serviceAccount={"name": "gsa", "projectId": "project"}),
    ])() if dice.chance(0.97) else dice.pick([
        lambda: plugin(layer, "HelmChartInflationGenerator", releaseName="x"),
        lambda: {**layer.made.any(), "metadata": {
            "name": "function", "annotations": {"config.kubernetes.io/function":
                                                Block("container:\n  image: x\n")}}}])()


def plugin_field(field, make):
    def add(layer):
        dice = layer.dice
        for number in layer.few():
            made = make(layer)
            style = dice.number(0, 3)
            if style == 0:
                layer.list(field).append(Inline([made]))
            elif style < 3:
                layer.list(field).append(layer.file(f"{field}{number}.yaml", [made]))
            else:
                layer.file(f"{field}{number}/plugin.yaml", [made])
                layer.file(f"{field}{number}/kustomization.yaml",
                           [{"resources": ["plugin.yaml"]}])
                layer.list(field).append(f"{field}{number}")
    return add


# ---- about the output ----

def build_metadata(layer):
    layer.kustomization["buildMetadata"] = layer.dice.some(
        ["originAnnotations", "transformerAnnotations", "managedByLabel"], 3)


def sort_options(layer):
    dice = layer.dice
    made = {"order": dice.pick(["fifo", "legacy"])}
    if made["order"] == "legacy" and dice.chance(0.5):
        kinds = ["Service", "Deployment", "ConfigMap", "Namespace", "Widget"]
        made["legacySortOptions"] = {"orderFirst": dice.some(kinds, 2),
                                     "orderLast": dice.some(kinds, 2)}
    layer.kustomization["sortOptions"] = made


def metadata(layer):
    layer.kustomization["metadata"] = layer.dice.pick(
        [{"name": "mine"}, Flow({"name": "n", "annotations": {
            "config.kubernetes.io/local-config": "true"}}), {"namespace": "x"}])


def odd_object(layer):
    """A resource whose text is not what a dumper would write."""
    dice = layer.dice
    text = dice.pick([
        "apiVersion: v1\nkind: ConfigMap\nmetadata: &m\n  name: odd\n  labels: &l {app: web}\ndata:\n"
        "  <<: *l\n  k: &v text\n  l: *v\n",
        "# head\napiVersion: v1 # version\nkind: ConfigMap\nmetadata:\n    name: odd\n"
        "    # inside\n    annotations: {note: 'x'}\ndata:\n    k: >-\n        folded\n"
        "        text\n    l: |+\n        kept\n# foot\n",
        '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd"},\n'
        ' "data": {"k": "a\\u00e9\\ttab", "l": "1"}}\n',
        "---\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\ndata:\n"
        "  \"quoted key\": 'v'\n  ? k\n  : v\n...\n---\n",
        "%YAML 1.1\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\n",
        "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: odd\nspec:\n  base: &b\n"
        "    x: 1\n    y: [1, 2]\n  over:\n    <<: *b\n    x: 0o17\n  seq:\n  - - a\n    - b\n"
        "  - {}\n  -\n  empty:\n  str: \"\\\n    joined\"\n",
    ])
    layer.add_resource("odd.yaml", text)
    layer.objects.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd"},
                          "data": {}})


FIELDS = {
    "namespace": namespace, "namePrefix": name_prefix, "nameSuffix": name_suffix,
    "labels": labels, "commonLabels": common_labels, "commonAnnotations": common_annotations,
    "configMapGenerator": generator_field("configMapGenerator", "ConfigMap"),
    "secretGenerator": generator_field("secretGenerator", "Secret"),
    "generatorOptions": generator_options, "generators": plugin_field(
        "generators", random_generator),
    "images": images, "replicas": replicas, "patches": patches,
    "patchesStrategicMerge": patches_strategic_merge, "patchesJson6902": patches_json6902,
    "replacements": replacements, "vars": variables, "configurations": configurations,
    "crds": crds, "openapi": openapi,
    "transformers": plugin_field("transformers", random_transformer),
    "validators": plugin_field("validators", random_validator),
    "buildMetadata": build_metadata, "sortOptions": sort_options, "metadata": metadata,
    "resources": odd_object,
}
# How often a field is used, where not as often as the others: those that fail often, or change all.
RARE = {"crds": 0.03, "openapi": 0.03, "validators": 0.02, "metadata": 0.02, "sortOptions": 0.05,
        "transformers": 0.08, "generators": 0.05, "patchesJson6902": 0.06, "vars": 0.07,
        "patchesStrategicMerge": 0.06, "configurations": 0.06, "resources": 0.05,
        "buildMetadata": 0.05}
