"""YAML, also where it is broken: a block that cannot be read is told, left out, and the rest read.

PyYAML tells line and column of an error and stops; the block around it is blanked and the text
read again, which keeps the lines of the rest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from ralex_stack.legacy.node import MAX_DEPTH, Document, Node, Place, Problem
from ralex_stack.legacy.repair import repaired

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_ERRORS = 50
_MOST_NODES = 100_000
"""Aliases repeat what they name: a short text may stand for more than memory holds."""
_STARTS_EARLIER = ("while scanning a quoted scalar", "while scanning a simple key")
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{tag}" for tag in ("null", "bool", "int", "float"))


def read_yaml(text: str, file: str) -> Document:
    """All that can be read of the text. Raises nothing, whatever the text is."""
    text, problems = repaired(text, file)
    lines = re.sub(yaml.reader.Reader.NON_PRINTABLE, "\ufffd", text).split("\n")
    for _ in range(_MOST_ERRORS):
        try:
            documents = list(yaml.compose_all("\n".join(lines), Loader=yaml.SafeLoader))
        except yaml.MarkedYAMLError as error:
            problems.append(_leave_out(error, lines, file))
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            what = "is nested too deeply" if isinstance(error, RecursionError) else "is no YAML"
            return Document(None, [*problems, Problem(Place(file), f"{what}: not read")])
        else:
            reader = _Reader(file)
            root = reader.first(documents)
            return Document(root, [*problems, *reader.problems])
    message = f"has more than {_MOST_ERRORS} errors: nothing of it is read"
    return Document(None, [*problems, Problem(Place(file), message)])


def _leave_out(error: yaml.MarkedYAMLError, lines: list[str], file: str) -> Problem:
    """Blank the block that the error is in."""
    mark = error.problem_mark or error.context_mark
    if error.context in _STARTS_EARLIER and error.context_mark is not None:
        mark = error.context_mark
    at = min(mark.line, len(lines) - 1) if mark is not None else 0
    while at > 0 and not lines[at].strip():
        at -= 1
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > _indent(lines[at])):
        end += 1
    while end > at + 1 and not lines[end - 1].strip():
        end -= 1
    told = f"line {at + 1} is" if end == at + 1 else f"lines {at + 1} to {end} are"
    lines[at:end] = [""] * (end - at)
    place = Place(file, at + 1, mark.column + 1 if mark is not None and mark.line == at else 1)
    return Problem(place, f"{error.problem or 'cannot be read'}: {told} left out, the rest is read")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


class _Reader:
    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._count = 0
        self._constructor = yaml.SafeLoader("")

    def first(self, documents: Sequence[yaml.Node | None]) -> Node | None:
        """The first document; others are told."""
        found = [document for document in documents if document is not None]
        for other in found[1:]:
            self._tell(other, "a second document begins here: left out")
        if not found and not self.problems:
            self.problems.append(Problem(Place(self._file), "is empty"))
        return self._node(found[0], 1) if found else None

    def _node(self, node: yaml.Node, depth: int) -> Node | None:
        self._count += 1
        if depth > MAX_DEPTH or self._count > _MOST_NODES:
            if self._count <= _MOST_NODES + 1:
                self._tell(node, "nested too deeply or repeated too often: left out")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._table(node, depth)
        if isinstance(node, yaml.SequenceNode):
            values = [self._node(child, depth + 1) for child in node.value]
            return Node([value for value in values if value is not None], self._place(node))
        return Node(self._scalar(node), self._place(node))

    def _table(self, node: yaml.MappingNode, depth: int) -> Node:
        entries: dict[str, Node] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._tell(key, "a key that is no text: left out")
                continue
            value = self._node(child, depth + 1)
            if value is None:
                continue
            if key.value in entries:
                earlier = entries[key.value].place.line
                self._tell(key, f"a key of this name stands in line {earlier} too: this one counts")
            entries[key.value] = value
        return Node(entries, self._place(node))

    def _scalar(self, node: Any) -> str | int | float | bool | None:
        """Numbers, truth and null as LiteLLM reads them; all else is text."""
        if node.tag not in _PLAIN_TAGS:
            return str(node.value)
        try:
            value = self._constructor.construct_object(node)
        except (yaml.YAMLError, ValueError, KeyError):
            return str(node.value)
        return value if isinstance(value, int | float | bool) or value is None else str(value)

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _tell(self, node: yaml.Node, message: str) -> None:
        self.problems.append(Problem(self._place(node), message))
