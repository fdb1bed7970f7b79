# SPDX-License-Identifier: Apache-2.0
"""Two daemons and one Lease: one of them acts. They log in as one user, who acts as another one
for each of them, so that the audit log of the API server tells whose a write was."""

from __future__ import annotations

import datetime
import signal

import pytest
import yaml

from harness import eventually
from jobs import JobController, job
from world import WRITES, config_map

LOST = "the lease is lost: this process does not act any more"
MANY = 300
LEASES = "/apis/coordination.k8s.io/v1/namespaces/argocd/leases"
# Shorter than anybody would have it: these tests wait for the end of a lease.
SHORT = ["--leader-elect", "on", "--lease-duration", "4s", "--lease-renew-deadline", "2s",
         "--lease-retry-period", "200ms"]
# So long that it never ends by itself, however busy the machine is.
LONG = ["--leader-elect", "on", "--lease-duration", "10m", "--lease-renew-deadline", "9m",
        "--lease-retry-period", "200ms"]


class Pair:
    """Daemons of one cluster that want the same Lease, by the names of the users that they act
    as."""

    def __init__(self, world, dir, timing):
        self.world, self.dir, self.timing = world, dir, timing
        self.lease = world.name("lease")
        self.mark = world.cluster.audit_mark()
        self.daemons = {}

    def user(self, letter):
        return f"{self.world.namespace}-{letter}"

    def kubeconfig(self, letter):
        user, cluster = self.user(letter), self.world.cluster
        binding = {"metadata": {"name": user},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                               "name": "cluster-admin"},
                   "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User",
                                 "name": user}]}
        cluster.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)
        config = yaml.safe_load(cluster.gitopsd_kubeconfig.read_text())
        config["users"][0]["user"]["as"] = user
        path = self.dir / f"{user}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(config))
        return path

    def start(self, letter, *args):
        daemon = self.world.start(kubeconfig=self.kubeconfig(letter), args=[
            *self.timing, "--lease-name", self.lease, *args])
        self.daemons[self.user(letter)] = daemon
        return daemon

    def settled(self):
        """The one that acts, and the other one when its caches are warm. On a busy machine a lease
        may change hands at any time."""
        def look():
            a, b = self.daemons.values()
            return next((x, y) for x, y in ((a, b), (b, a)) if leads(x) and stands_by(y))
        return eventually(look, 60)

    def holder(self):
        return self.world.cluster.get(f"{LEASES}/{self.lease}")["spec"]["holderIdentity"]

    def writes(self):
        """(time, user, what) of all that was written, in order, leases apart."""
        writes = []
        for e in self.world.cluster.audit_events(verbs=WRITES, since=self.mark):
            user = e.get("impersonatedUser", {}).get("username")
            ref = e.get("objectRef", {})
            if (user not in self.daemons or ref.get("resource") == "leases"
                    or "dryRun=All" in e["requestURI"]):
                continue
            at = datetime.datetime.fromisoformat(e["requestReceivedTimestamp"].replace("Z", "+00:00"))
            writes.append((at.timestamp(), user, f"{e['verb']} {ref['resource']} {ref.get('name')}"))
        return sorted(writes)

    def writers(self):
        return {user for _, user, _ in self.writes()}

    def assert_one_at_a_time(self):
        """Whoever writes after another one has taken over before."""
        acting = {user: [datetime.datetime.fromisoformat(e["time"].replace("Z", "+00:00"))
                         .timestamp() for e in daemon.events("acting")]
                  for user, daemon in self.daemons.items()}
        last, wrote, strays = None, {}, []
        for at, user, what in self.writes():
            since = wrote.get(user, 0)
            if user != last and not any(since - 0.002 <= t <= at + 0.002 for t in acting[user]):
                strays.append(f"{user}: {what} at {at}, after {last}; it took over at {acting[user]}")
                continue
            last, wrote[user] = user, at
        assert not strays


@pytest.fixture
def pair(world, tmp_path):
    """pair(timing) -> Pair, with an application that heals itself."""
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", self_heal=True, prune=True)
    return lambda timing: Pair(world, tmp_path, timing)


def no_lease_for(world, user):
    """From here on the API server denies it, having granted it a moment ago."""
    eventually(lambda: not world.cluster.may(user, "create", "leases", "coordination.k8s.io", "argocd"))


def leads(daemon):
    return daemon.metric("gitopsd_leader") == 1


def stands_by(daemon):
    """Its caches are warm, and it does nothing."""
    return (daemon.metric("gitopsd_leader") == 0 and daemon.http("GET", "/readyz")[0] == 200
            and daemon.metric("gitopsd_renders_total") > 0 and daemon.metric("gitopsd_objects") > 0)


def test_one_acts_and_the_other_is_warm(pair, world):
    two = pair(LONG)
    a = two.start("a")
    world.wait_synced("web")
    b = two.start("b")
    eventually(lambda: stands_by(b))
    assert [e["leader"] for e in b.events("standing by")] == [two.holder()]
    world.repo.write("web/b.yaml", config_map("b"))
    sha = world.repo.commit()
    world.wait_synced("web", sha)
    eventually(lambda: b.application(world.name("web"))["status"]["sync"]["revision"] == sha)
    world.cluster.request("DELETE", world.path_of("configmaps", "a"))
    eventually(lambda: world.exists("configmaps", "a"))
    assert leads(a) and two.writers() == {two.user("a")}
    assert b.metric("gitopsd_applied_total") == 0
    assert b.http("GET", "/healthz")[0] == 200


def test_one_that_stops_is_followed_at_once(pair, world):
    """The lease would last for ten minutes."""
    two = pair(LONG)
    a = two.start("a")
    world.wait_synced("web")
    b = two.start("b")
    eventually(lambda: stands_by(b))
    a.stop()
    eventually(lambda: leads(b))
    assert two.holder() != ""
    world.repo.write("web/b.yaml", config_map("b"))
    world.wait_synced("web", world.repo.commit())
    two.assert_one_at_a_time()
    assert two.writers() == {two.user("a"), two.user("b")}
    b.stop()
    assert two.holder() == ""


def test_one_that_is_killed_is_followed(pair, world):
    two = pair(SHORT)
    two.start("a")
    world.wait_synced("web")
    two.start("b")
    leader, other = two.settled()
    leader.kill()
    world.repo.write("web/b.yaml", config_map("b"))
    world.wait_synced("web", world.repo.commit())
    eventually(lambda: leads(other))
    two.assert_one_at_a_time()


def test_the_next_process_of_the_same_place_goes_on_at_once(pair, world):
    """It has the lock of the state directory, so that the one before it is dead."""
    two = pair(LONG)
    a = two.start("a")
    world.wait_synced("web")
    a.kill()
    holder = two.holder()
    a.start()
    world.repo.write("web/b.yaml", config_map("b"))
    world.wait_synced("web", world.repo.commit())
    assert leads(a) and two.holder() == holder


def test_one_that_slept_past_its_lease_writes_nothing(pair, world):
    """It is stopped in the middle of hundreds of writes; the rest of them are another's when it
    wakes up."""
    def commit(value):
        world.repo.write("web/many.yaml", "---\n".join(config_map(f"m{i}", value)
                                                       for i in range(MANY)))
        return world.repo.commit()

    commit("first")
    two = pair(SHORT)
    daemons = [two.start("a"), two.start("b")]
    world.wait_synced("web")
    eventually(lambda: all(d.metric("gitopsd_objects") > MANY for d in daemons))
    for turn in range(2):
        sleeper = eventually(lambda: next(d for d in daemons if leads(d)))
        other = next(d for d in daemons if d is not sleeper)
        applied = sleeper.metric("gitopsd_applied_total")
        lost = len(sleeper.events(LOST))
        sha = commit(f"turn {turn}")
        eventually(lambda: sleeper.metric("gitopsd_applied_total") > applied or leads(other),
                   interval=0.001)
        sleeper.process.send_signal(signal.SIGSTOP)
        try:
            world.wait_synced("web", sha, 60)
            eventually(lambda: leads(other))
        finally:
            sleeper.process.send_signal(signal.SIGCONT)
        eventually(lambda: len(sleeper.events(LOST)) > lost)  # and it may win it back at any time
    two.assert_one_at_a_time()
    assert all(d.is_running() for d in daemons)


def test_an_operation_is_carried_on_by_the_next(pair, world):
    """One that waits for a hook is neither begun again nor forgotten, and one that a person asked
    for meanwhile is done once."""
    def state(name):
        return world.get(name)["status"]["operationState"]

    with JobController(world.cluster, world.namespace) as jobs:
        jobs.hangs = {"pre"}
        world.repo.write("hook/pre.yaml", job("pre", "PreSync"))
        world.repo.write("hook/h.yaml", config_map("h"))
        sha = world.repo.commit()
        world.create("hook")
        two = pair(SHORT)
        two.start("a")
        world.wait_synced("web")
        eventually(lambda: "waiting for completion of hook" in state("hook")["message"])
        uid = world.cluster.get(f"{jobs.path}/pre")["metadata"]["uid"]
        started = state("hook")["startedAt"]
        two.start("b")
        leader, other = two.settled()
        leader.kill()
        world.patch("web", {"operation": {"sync": {"revision": sha},
                                          "initiatedBy": {"username": "admin"}}})
        jobs.hangs = set()
        eventually(lambda: world.exists("configmaps", "h"), 60)
        world.wait_synced("hook", sha)
        assert jobs.ended == {"pre": [uid]} and state("hook")["startedAt"] == started
        eventually(lambda: state("web").get("operation", {}).get("initiatedBy", {})
                   .get("username") == "admin" and state("web")["phase"] == "Succeeded")
    eventually(lambda: leads(other))
    two.assert_one_at_a_time()


def test_an_api_server_that_is_away_for_longer_than_the_lease(fragile_world, tmp_path):
    """The leader stops in time, does not end, and goes on by itself."""
    world = fragile_world
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.commit()
    world.create("web", self_heal=True)
    one = Pair(world, tmp_path, SHORT)
    a = one.start("a")
    world.wait_synced("web")
    world.cluster.stop()
    try:
        eventually(lambda: a.events(LOST) and not leads(a))
        assert a.http("GET", "/healthz")[0] == 200 and a.http("GET", "/readyz")[0] == 503
        world.repo.write("web/b.yaml", config_map("b"))
        sha = world.repo.commit()
    finally:
        world.cluster.start()
    world.wait_synced("web", sha)
    eventually(lambda: leads(a))
    assert len(a.events("acting")) >= 2
    eventually(lambda: a.http("GET", "/readyz")[0] == 200)


def test_a_lease_that_cannot_be_had_is_told(pair, world, start_daemon, tmp_path):
    """No rights on leases, then no namespace for them."""
    two = pair(LONG)
    path = two.kubeconfig("n")
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    world.cluster.request("DELETE", f"{rbac}/clusterrolebindings/{two.user('n')}")
    no_lease_for(world, two.user("n"))
    denied = start_daemon(world.cluster, kubeconfig=path,
                          args=[*LONG, "--lease-name", two.lease])
    status, text = eventually(lambda: next(
        answer for answer in [denied.http("GET", "/readyz")] if "lease" in answer[1]))
    assert status == 503 and "grant get, list, watch, create and update on leases" in text
    assert denied.events("the lease cannot be taken") and not leads(denied)
    denied.stop()
    homeless = start_daemon(world.cluster, args=[*LONG, "--namespace", world.name("nowhere")])
    eventually(lambda: f"create the namespace {world.name('nowhere')}"
               in homeless.http("GET", "/readyz")[1])


def test_where_there_can_be_no_lease_it_acts_without_one_unless_told_otherwise(pair, world,
                                                                              start_daemon):
    two = pair(LONG)
    path = two.kubeconfig("n")
    rbac, user = "/apis/rbac.authorization.k8s.io/v1", two.user("n")
    world.cluster.request("DELETE", f"{rbac}/clusterrolebindings/{user}")
    world.cluster.request("POST", f"{rbac}/clusterroles", {
        "metadata": {"name": user},
        "rules": [{"apiGroups": ["", "argoproj.io", "events.k8s.io", "apiextensions.k8s.io",
                                 "apiregistration.k8s.io"], "resources": ["*"], "verbs": ["*"]}]})
    world.cluster.request("POST", f"{rbac}/clusterrolebindings", {
        "metadata": {"name": user},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": user},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]})
    no_lease_for(world, user)
    eventually(lambda: world.cluster.may(user, "patch", "configmaps"))
    daemon = start_daemon(world.cluster, kubeconfig=path, args=["--leader-elect", "auto",
                                                                    "--lease-name", two.lease])
    eventually(lambda: daemon.events("no lease can be had here: this process acts without one"))
    world.wait_synced("web")


def test_with_files_the_next_one_knows_what_the_last_one_deployed(world, tmp_path):
    """Nothing is written to the cluster about it: the objects tell."""
    world.repo.write("web/a.yaml", config_map("a"))
    world.repo.write("web/b.yaml", config_map("b"))
    world.repo.commit()
    two = Pair(world, tmp_path, LONG)
    world.write_files({"web.yaml": world.app_text("web", "web", self_heal=True, prune=True)})
    a = two.start("a", "--app", world.app_dir)
    eventually(lambda: world.names("configmaps") == {"a", "b"})
    b = two.start("b", "--app", world.app_dir)
    eventually(lambda: b.metric("gitopsd_leader") == 0 and b.metric("gitopsd_objects") > 0)
    a.stop()
    world.repo.remove("web/b.yaml")
    world.repo.commit()
    eventually(lambda: world.names("configmaps") == {"a"})
    two.assert_one_at_a_time()
