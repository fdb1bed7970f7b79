# SPDX-License-Identifier: Apache-2.0
"""How objects say to which application they belong, and what belongs to others."""

import time

import pytest

from harness import eventually
from test_settings import synced
from world import conditions, config_map

ID = "argocd.argoproj.io/tracking-id"
INSTALLATION = "argocd.argoproj.io/installation-id"
LABEL = "app.kubernetes.io/instance"


@pytest.fixture
def app(world):
    for name in ("one", "two"):
        world.repo.write(f"app/{name}.yaml", config_map(name))
    world.repo.commit()
    world.create("app", prune=True, self_heal=True)
    return world


def marks(world, name):
    metadata = world.object("configmaps", name)["metadata"]
    both = {**metadata.get("annotations", {}), **metadata.get("labels", {})}
    return {key: both[key] for key in (ID, INSTALLATION, LABEL) if key in both}


def tracking_id(world, name):
    return f"{world.name('app')}:/ConfigMap:{world.namespace}/{name}"


def wait_marks(world, expected):
    def check():
        for name in ("one", "two"):
            wanted = {key: value.format(id=tracking_id(world, name), app=world.name("app"))
                      for key, value in expected.items()}
            assert marks(world, name) == wanted
    eventually(check)
    world.wait_synced("app")


def prune_works(world):
    world.repo.remove("app/two.yaml")
    world.repo.commit()
    eventually(lambda: not world.exists("configmaps", "two"))
    world.wait_synced("app")


@pytest.mark.parametrize("method, expected", [
    ("annotation", {ID: "{id}"}),
    ("label", {LABEL: "{app}"}),
    ("annotation+label", {ID: "{id}", LABEL: "{app}"}),
])
def test_each_method_writes_its_marks_and_prunes_by_them(app, settings, method, expected):
    settings(**{"application.resourceTrackingMethod": method})
    app.start()
    wait_marks(app, expected)
    prune_works(app)


def test_the_key_of_the_label_can_be_another(app, settings):
    settings(**{"application.resourceTrackingMethod": "label",
                "application.instanceLabelKey": "example.org/app"})
    app.start()
    app.wait_synced("app")
    assert app.object("configmaps", "one")["metadata"]["labels"] == {
        "example.org/app": app.name("app")}
    prune_works(app)


def test_a_change_of_the_method_goes_through_all_objects(app, settings):
    app.start()
    wait_marks(app, {ID: "{id}"})
    uids = app.uids("configmaps")
    mark = app.cluster.audit_mark()
    settings(**{"application.resourceTrackingMethod": "label"})
    wait_marks(app, {LABEL: "{app}"})
    settings(**{"application.resourceTrackingMethod": "annotation+label"})
    wait_marks(app, {ID: "{id}", LABEL: "{app}"})
    settings()
    wait_marks(app, {ID: "{id}"})
    assert app.uids("configmaps") == uids
    assert app.deletes(mark) == []
    prune_works(app)


def test_a_method_changed_while_the_daemon_was_away(app, settings):
    app.start()
    wait_marks(app, {ID: "{id}"})
    app.daemon.stop()
    settings(**{"application.resourceTrackingMethod": "label"})
    app.start()
    wait_marks(app, {LABEL: "{app}"})


def test_the_installation_is_written_and_removed(app, settings):
    settings(installationID="eu-1")
    app.start()
    wait_marks(app, {ID: "{id}", INSTALLATION: "eu-1"})
    settings(installationID="eu-2")
    wait_marks(app, {ID: "{id}", INSTALLATION: "eu-2"})
    settings()
    wait_marks(app, {ID: "{id}"})
    prune_works(app)


def foreign(world, name, id, **annotations):
    """An object that somebody else tracks."""
    world.cluster.request("POST", world.path_of("configmaps"), {
        "metadata": {"name": name, "annotations": {ID: id, **annotations}},
        "data": {"key": "other"}})


def test_what_others_track_is_never_pruned(app, settings):
    settings(installationID="eu-1")
    foreign(app, "of-another-installation", tracking_id(app, "of-another-installation"),
            **{INSTALLATION: "us-1"})
    foreign(app, "of-no-installation", tracking_id(app, "of-no-installation"))
    foreign(app, "of-another-application",
            f"elsewhere:/ConfigMap:{app.namespace}/of-another-application",
            **{INSTALLATION: "eu-1"})
    foreign(app, "copied", tracking_id(app, "one"), **{INSTALLATION: "eu-1"})
    mark = app.cluster.audit_mark()
    app.start()
    app.wait_synced("app")
    prune_works(app)
    time.sleep(1)
    assert app.names("configmaps") == {"one", "of-another-installation", "of-no-installation",
                                       "of-another-application", "copied"}
    assert app.deletes(mark) == [f"delete configmaps {app.namespace}/two"]


def test_a_shared_object_is_told_and_not_taken_without_asking(world, settings):
    settings(installationID="eu-1")
    world.repo.write("app/one.yaml", config_map("one"))
    world.repo.write("app/two.yaml", config_map("two"))
    world.repo.commit()
    foreign(world, "one", f"tenant_shop:/ConfigMap:{world.namespace}/one",
            **{INSTALLATION: "eu-1"})
    foreign(world, "two", f"shop:/ConfigMap:{world.namespace}/two", **{INSTALLATION: "us-1"})
    world.create("app", automated=False)
    world.start()
    one = f"ConfigMap/one is part of applications argocd/{world.name('app')} and tenant/shop"
    two = (f"ConfigMap/two is part of applications argocd/{world.name('app')} and "
           "shop (installation us-1)")
    eventually(lambda: conditions(world.get("app"))["SharedResourceWarning"] == f"{one}; {two}")
    world.cluster.request("DELETE", world.path_of("configmaps", "one"))
    eventually(lambda: conditions(world.get("app"))["SharedResourceWarning"] == two)
    assert world.object("configmaps", "two")["data"] == {"key": "other"}

    # a sync takes it over, as it does for Argo CD
    world.patch("app", {"operation": {"sync": {}}})
    synced(world)
    eventually(lambda: "SharedResourceWarning" not in conditions(world.get("app")))
    assert marks(world, "two") == {ID: tracking_id(world, "two"), INSTALLATION: "eu-1"}


def test_an_object_that_belongs_to_another_object_is_not_pruned(app, settings):
    settings(**{"application.resourceTrackingMethod": "label"})
    app.start()
    app.wait_synced("app")
    owner = app.object("configmaps", "one")["metadata"]
    app.cluster.request("POST", app.path_of("configmaps"), {"metadata": {
        "name": "child", "labels": {LABEL: app.name("app")}, "ownerReferences": [
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "one", "uid": owner["uid"]}]}})
    prune_works(app)
    time.sleep(1)
    assert app.exists("configmaps", "child")
