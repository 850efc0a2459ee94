"""Shell functions and aliases that call a program with a model."""

from __future__ import annotations

import re

from ralex_stack.legacy.node import Document, Node, Place

_FUNCTION = re.compile(r"^\s*(?:([A-Za-z][\w-]*)\s*\(\)|function\s+([A-Za-z][\w-]*))")
_ALIAS = re.compile(r"^\s*alias\s+([A-Za-z][\w-]*)=(.*)$")
_MODEL = re.compile(r"""(?:--model[ =]|\b\w*MODEL=)\s*["']?([A-Za-z0-9][\w./:-]+)""")


def read_shell(text: str, file: str) -> Document:
    """A table: name of the function or alias → the model that it uses; other lines are code."""
    entries: dict[str, Node] = {}
    current = ""
    for number, line in enumerate(text.split("\n"), 1):
        alias = _ALIAS.match(line)
        if alias is None and (function := _FUNCTION.match(line)):
            current = function[1] or function[2]
        elif line.startswith("}"):
            current = ""
        name = alias[1] if alias else current
        found = _MODEL.search(line)
        if name and found and not line.lstrip().startswith(("#", "echo")):
            entries.setdefault(name, Node(found[1], Place(file, number, found.start(1) + 1)))
    return Document(Node(entries, Place(file, 1, 1)))
