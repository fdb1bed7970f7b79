# SPDX-License-Identifier: Apache-2.0
"""Make a repository small while something about it stays true."""

from .text import Flow, Inline


def inside(value):
    if isinstance(value, Inline):
        return value.documents
    return value.value if isinstance(value, Flow) else value


def parts(value, path):
    """The paths of everything that can be left out, what holds most first."""
    level = [(path, value)]
    while level:
        below = []
        for at, node in level:
            node = inside(node)
            keys = list(node) if isinstance(node, dict) else range(len(node)) \
                if isinstance(node, list) else []
            for key in keys:
                yield (*at, key)
                below.append(((*at, key), node[key]))
        level = below


def without(repository, path):
    """A copy without one part; None where it is gone already."""
    made = repository.copy()
    node = made.files
    try:
        for key in path[:-1]:
            node = inside(node[key])
        del node[path[-1]]
    except (KeyError, IndexError, TypeError):
        return None
    return made


def shrink(repository, still, budget=400):
    """The smallest repository found for which still() holds, asking at most `budget` times."""
    again = True
    while again:
        again = False
        # From the end, so that an index is right although earlier ones went.
        for path in reversed(list(parts(repository.files, ()))):
            if len(path) > 1:
                continue
            made = without(repository, path)
            budget -= 1
            if budget < 0:
                return repository
            if still(made):
                repository, again = made, True
        gone = []
        for path in list(parts(repository.files, ())):
            if len(path) == 1 or any(path[:len(g)] == g for g in gone):
                continue
            # Earlier items of the same list that went move this one down.
            at = list(path)
            for g in gone:
                i = len(g) - 1
                if isinstance(g[i], int) and len(path) > i and path[:i] == g[:i] \
                        and path[i] > g[i]:
                    at[i] -= 1
            made = without(repository, tuple(at))
            if made is None:
                continue
            budget -= 1
            if budget < 0:
                return repository
            if still(made):
                repository, again = made, True
                gone.append(path)
    return repository
