# SPDX-License-Identifier: Apache-2.0
"""Random repositories: bases, components and overlays, with the fields of fields.py."""

import copy

from .fields import FIELDS, RARE, Layer
from .objects import Dice, Objects
from .text import Flow, Raw


class Repository:
    """files: path -> text or documents, and how to build them."""

    def __init__(self, files, path, reorder="unspecified", restrictor="RootOnly"):
        self.files, self.path = files, path
        self.reorder, self.restrictor = reorder, restrictor

    def copy(self):
        return Repository(copy.deepcopy(self.files), self.path, self.reorder, self.restrictor)


class Maker:
    def __init__(self, random, only):
        self.dice = Dice(random)
        self.objects = Objects(self.dice)
        self.only = only
        self.files = {}
        self.known = {}  # directory -> the objects that it yields

    def resources(self, layer, most):
        dice = self.dice
        for number in range(dice.number(1, 3)):
            documents, ids = [], {(o["kind"], o["metadata"]["name"]) for o in layer.objects}
            for _ in range(dice.number(1, most)):
                made = self.objects.any()
                key = made["kind"], made["metadata"]["name"]
                if key not in ids or dice.chance(0.03):
                    documents.append(made)
                    ids.add(key)
            if not documents:
                continue
            if layer.directory != "base" and dice.chance(0.9):  # what a layer adds must be new
                for made in documents:
                    made["metadata"]["name"] = f"{layer.directory}-" + made["metadata"]["name"]
            layer.objects += documents
            if dice.chance(0.07):
                documents = [{"apiVersion": "v1", "kind": "List", "items": documents}]
            layer.add_resource(f"r{number}.yaml", documents)

    def layer(self, directory, below, component=False, most=3):
        dice = self.dice
        known = [o for d in below for o in self.known[d]]
        layer = Layer(self, directory, list(known))
        if component:
            layer.kustomization = {"apiVersion": "kustomize.config.k8s.io/v1alpha1",
                                   "kind": "Component"}
        if not below or dice.chance(0.4 if not component else 0.3):
            self.resources(layer, most)
        for other in [] if component else below:  # a component meets them in the overlay
            field = "components" if "component" in other else "resources"
            layer.kustomization.setdefault(field, []).append("../" + other)
        wanted = [self.only] if self.only else [
            f for f in FIELDS if dice.chance(RARE.get(f, 0.11))]
        for field in wanted:
            if not self.only or dice.chance(0.7):
                FIELDS[field](layer)
        if self.only:
            for field in ("namePrefix", "namespace"):
                if field != self.only and dice.chance(0.15):
                    FIELDS[field](layer)
        items = list(layer.kustomization.items())
        if dice.chance(0.2):
            dice.random.shuffle(items)
        self.files[f"{directory}/kustomization.yaml"] = [dict(items)]
        self.known[directory] = layer.objects

    def make(self):
        dice = self.dice
        shape = dice.number(0, 9)
        if shape < 3:
            self.layer("base", [], most=4)
            top = "base"
        elif shape < 6:
            self.layer("base", [])
            self.layer("overlay", ["base"])
            top = "overlay"
        elif shape < 8:
            self.layer("base", [])
            self.layer("component", ["base"], component=True)
            self.layer("overlay", ["base", "component"])
            top = "overlay"
        elif shape < 9:
            self.layer("base", [])
            self.layer("left", ["base"])
            self.layer("right", ["base"])
            for side in "left", "right":  # the usual way to make a diamond possible
                self.files[f"{side}/kustomization.yaml"][0]["namePrefix"] = side + "-"
            self.layer("overlay", ["left", "right"])
            top = "overlay"
        else:
            self.layer("base", [])
            self.layer("other", [])
            self.layer("middle", ["base"])
            self.layer("overlay", dice.pick([["middle", "other"], ["other", "middle"]]))
            top = "overlay"
        repository = Repository(self.files, top)
        if dice.chance(0.1):
            repository.reorder = dice.pick(["none", "legacy"])
        if dice.chance(0.05):
            repository.restrictor = "None"
        if dice.chance(0.08):
            self.damage(repository)
        return repository

    # ---- repositories that are wrong ----

    def places(self, value, found):
        """Every (container, key) below a value."""
        if isinstance(value, (dict, list)):
            for key in value if isinstance(value, dict) else range(len(value)):
                found.append((value, key))
                self.places(value[key], found)
        return found

    def damage(self, repository):
        dice = self.dice
        files = repository.files
        if dice.chance(0.2):
            del files[dice.pick(files)]
            return
        name = dice.pick(f for f in files if not isinstance(files[f], str))
        files[name] = copy.deepcopy(files[name])
        container, key = dice.pick(self.places(files[name], []))
        if dice.chance(0.15):
            container[key] = dice.pick(["text", 7, True, None, [], {}, ["x"], {"a": "b"}, Raw(""),
                                        Flow({"name": "x"})])
        elif isinstance(container, dict) and dice.chance(0.4):
            container[key + "x" if isinstance(key, str) else key] = container.pop(key)
        elif isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        else:
            del container[key]


def make_repository(random, only=None):
    return Maker(random, only).make()
