# SPDX-License-Identifier: Apache-2.0
"""YAML as people write it: documents of Python values, with leaves that say how they are spelled."""

import json
import re

PLAIN = re.compile(r"[A-Za-z/][\w./:@-]*(?<!:)\Z", re.ASCII)
WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}


class Raw(str):
    """A scalar written as it is: a number with leading zeros, a quoted string, a comment behind."""


class Block(str):
    """A string written as a literal block."""


class Flow:
    """A map or list written in one line."""

    def __init__(self, value):
        self.value = value


class Inline:
    """Documents written as the text of one string, as patches often are."""

    def __init__(self, documents):
        self.documents = documents


def scalar(value):
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, str):
        if PLAIN.match(value) and value.lower() not in WORDS:
            return value
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def flow(value):
    if isinstance(value, Flow):
        value = value.value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def literal(text, indent):
    mark = "|" if text.endswith("\n") else "|-"
    lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
    return [mark] + [" " * indent + line if line else "" for line in lines]


def attach(head, value, indent, step):
    """`head` ("key:" or "-") with what belongs to it."""
    if isinstance(value, Flow) or value in ({}, []):
        return [f"{head} {flow(value)}"]
    if isinstance(value, Inline):
        value = Block(dump(value.documents))
    if isinstance(value, Block):
        first, *rest = literal(value, indent + 2)
        return [f"{head} {first}", *rest]
    if isinstance(value, (dict, list)):
        inner = lines_of(value, indent + step)
        if head.endswith("-"):  # a list item begins in the line of its dash
            return [f"{head} {inner[0].lstrip()}", *inner[1:]]
        return [head, *inner]
    return [f"{head} {scalar(value)}"]


def lines_of(value, indent):
    pad = " " * indent
    out = []
    if isinstance(value, dict):
        for key, item in value.items():
            step = 0 if isinstance(item, list) else 2
            out += attach(f"{pad}{scalar(key)}:", item, indent, step)
    elif isinstance(value, list):
        for item in value:
            out += attach(f"{pad}-", item, indent, 2)
    else:
        out.append(pad + scalar(value))
    return out


def dump(documents):
    """The text of a file: a string as it is, or a list of documents."""
    if isinstance(documents, str):
        return documents
    texts = []
    for document in documents:
        if isinstance(document, Flow) or document in ({}, []):
            texts.append(flow(document) + "\n")
        elif isinstance(document, Block):
            texts.append(str(document))
        else:
            texts.append("\n".join(lines_of(document, 0)) + "\n")
    return "---\n".join(texts)
