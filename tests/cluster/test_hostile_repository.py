# SPDX-License-Identifier: Apache-2.0
"""One commit of trees that no git would make from files: whatever is in them, only its own
Application is harmed, it says why, nothing of this machine comes out, and nothing is pruned."""

import json

from harness import eventually
from world import config_map

MAP = config_map("a").encode()
BOMB = (b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\ndata: {x: &x " + b"x" * 100000
        + b", y: [" + b",".join([b"*x"] * 150) + b"]}\n")
FILE, LINK, TREE, COMMIT = "100644", "120000", "40000", "160000"

# An Application each: the entries of its directory beside a.yaml, and what is told; None: it is
# synced, with a.yaml and no more.
CASES = {
    "absolute": ([(LINK, b"b.yaml", b"/etc/passwd")], "outside of the source"),
    "upwards": ([(LINK, b"b.yaml", b"../../../../../../etc/passwd")], "outside of the source"),
    "loop": ([(LINK, b"b.yaml", b"b.yaml")], "symbolic links"),
    "git-dir": ([(TREE, b".git", [(FILE, b"z.yaml", b"x: [")])], None),
    "submodule": ([(COMMIT, b"sub", None)], "sub is a submodule"),
    "submodule-of-others": ([(COMMIT, b"sub", None)], "sub is a submodule"),
    "submodule-not-included": ([(COMMIT, b"sub", None)], None),
    "submodule-excluded": ([(COMMIT, b"sub", None)], None),
    "lfs": ([(FILE, b"b.yaml", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n")],
            "b.yaml: a pointer of Git LFS"),
    "nul": ([(FILE, b"b.yaml", MAP + b"\0")], "b.yaml:7:1: control characters"),
    "latin-1": ([(FILE, b"b.yaml", b"a: \xe9\n")], "b.yaml:1"),
    "no-utf-8-name": ([(FILE, b"b\xff\x1b[31m\n.yaml", b"a: [")], "yaml:2:1"),
    "same-but-for-case": ([(FILE, b"A.yaml", b"a: [")], "A.yaml:2:1"),
    "aliases": ([(FILE, b"b%02d.yaml" % i, BOMB) for i in range(30)], "grows beyond 256 MB"),
    "itself": ([(FILE, b"b.yaml", b"a: &a [*a]\n")], "contains itself"),
    "nested": ([(FILE, b"b.yaml", b"a: " + b"[" * 100000)], "nested too deeply"),
    "huge": ([(FILE, b"b.yaml", b"#" * (12 << 20))], "max combined manifest file size"),
}
# Of spec.source.directory, besides recurse.
OPTIONS = {"submodule-of-others": {"include": "{a.yaml,s*.yml}"},
           "submodule-not-included": {"include": "a*.yaml"},
           "submodule-excluded": {"exclude": "sub/*"}}


def plant(repo, entries):
    """The id of a tree of these entries, which git itself would refuse to make."""
    raw = b""
    for mode, name, content in sorted(entries, key=lambda e: e[1] + b"/" * (e[0] == TREE)):
        if mode == COMMIT:
            oid = "1" * 40
        elif mode == TREE:
            oid = content if isinstance(content, str) else plant(repo, content)
        else:
            oid = write_object(repo, "blob", content)
        raw += mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid)
    return write_object(repo, "tree", raw)


def write_object(repo, type, data):
    file = repo.tree.parent / "object"
    file.write_bytes(data)
    return repo.git("hash-object", "-w", "--literally", "-t", type, file)


def push_tree(repo, tree):
    sha = repo.git("commit-tree", tree, "-m", "planted")
    repo.git("push", "--quiet", "--force", "origin", f"{sha}:refs/heads/main")
    return sha


def test_each_harms_only_itself(world):
    repo = world.repo
    for name in [*CASES, "other"]:
        repo.write(f"{name}/a.yaml", config_map(f"a-{name}"))
    repo.commit()
    for name in [*CASES, "other"]:
        world.create(name, prune=True, self_heal=True,
                     directory={"recurse": True, **OPTIONS.get(name, {})})
    world.start(args=["--log-format", "json"])
    for name in [*CASES, "other"]:
        world.wait_synced(name)
    pid, mark = world.daemon.process.pid, world.cluster.audit_mark()
    planted = {name: [(FILE, b"a.yaml", config_map(f"a-{name}").encode()), *entries]
               for name, (entries, _) in CASES.items()}
    planted["other"] = [(FILE, b"a.yaml", config_map("a-other", "2").encode())]
    sha = push_tree(repo, plant(repo, [(TREE, name.encode(), plant(repo, entries))
                                       for name, entries in planted.items()]))
    world.wait_synced("other", sha, timeout=60)
    for name, (_, told) in CASES.items():
        if told is None:
            world.wait_synced(name, sha, timeout=60)
        else:
            eventually(lambda: told in world.wait_condition(name, "ComparisonError"), 60)
    assert world.daemon.process.pid == pid and world.daemon.is_running()
    assert world.deletes(mark) == []
    assert world.object("configmaps", "a-other")["data"] == {"key": "2"}
    assert world.names("configmaps") == {f"a-{name}" for name in [*CASES, "other"]}
    log = world.daemon.log_file.read_bytes().decode()  # which is UTF-8 in spite of the names
    assert "root:" not in log and len([json.loads(line) for line in log.splitlines()]) > len(CASES)
