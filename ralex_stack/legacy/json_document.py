"""JSON, also where it is broken: tree-sitter parses on behind an error.

What is not whole is told with its place and left out; what stands around it is taken.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ralex_stack.legacy.node import MAX_DEPTH, Document, Node, Place, Problem
from ralex_stack.legacy.repair import repaired

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

_UNREADABLE = "cannot be read as JSON"


def read_json(text: str, file: str) -> Document:
    """All that is whole in the text. Raises nothing, whatever the text is."""
    import tree_sitter
    import tree_sitter_json

    text, repairs = repaired(text, file)
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_json.language()))
    reader = _Reader(text.encode(), file)
    root = reader.document(parser.parse(reader.source).root_node)
    return Document(root, [*repairs, *reader.problems])


class _Reader:
    def __init__(self, source: bytes, file: str) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._file = file
        self._lines = source.split(b"\n")

    def document(self, top: tree_sitter.Node) -> Node | None:
        """The first value; what stands behind it is told."""
        values: list[Node] = []
        if top.type == "ERROR":
            line = self._place(top, end=True).line
            self._tell(top, f"{_UNREADABLE} up to line {line}, as brackets do not match: left out")
        for child in self._sound(top, 0) if top.type != "ERROR" else ():
            found = self._value(child, 1)
            if found is None:
                continue
            if values:
                self._tell(child, "stands behind the end of the document and is left out")
            else:
                values.append(found)
        if not values and not self.problems:
            self.problems.append(Problem(Place(self._file), "is empty"))
        return values[0] if values else None

    def _sound(self, node: tree_sitter.Node, depth: int) -> Iterator[tree_sitter.Node]:
        """The named children, those within an error as far as they are whole."""
        for child in node.children:
            if child.is_missing:
                self._tell(child, f"{child.type} is missing")
            elif child.type == "ERROR":
                self._tell(child, self._described(child))
                if depth < MAX_DEPTH:
                    yield from (c for c in child.named_children if c.type == "pair")
            elif child.is_named and child.type != "comment":
                yield child

    def _described(self, error: tree_sitter.Node) -> str:
        if error.type == "ERROR" and self._bytes(error).strip() == b",":
            return "a comma too many: not read"
        if len(error.named_children) == 1 and error.named_children[0].type == "pair":
            return "a comma is missing behind this"
        end = self._place(error, end=True)
        until = f" up to line {end.line}" if end.line > self._place(error).line else ""
        return f"{_UNREADABLE}{until}: what is whole around it is taken"

    def _value(self, node: tree_sitter.Node, depth: int) -> Node | None:
        if depth > MAX_DEPTH:
            self._tell(node, "nested too deeply: left out")
            return None
        if node.type == "object":
            return self._object(node, depth)
        if node.type == "array":
            values = [self._value(child, depth + 1) for child in self._sound(node, depth)]
            return Node([value for value in values if value is not None], self._place(node))
        if node.type == "pair":
            self._tell(node, "a key with no table around it: left out")
            return None
        return self._scalar(node)

    def _object(self, node: tree_sitter.Node, depth: int) -> Node:
        entries: dict[str, Node] = {}
        for pair in self._sound(node, depth):
            key_node, value_node = (pair.child_by_field_name(part) for part in ("key", "value"))
            if pair.type != "pair" or key_node is None or value_node is None:
                self._tell(pair, f"{_UNREADABLE}: left out")
                continue
            key = self._scalar(key_node)
            if key is None:
                continue
            value = self._value(value_node, depth + 1)
            if value is None:
                continue
            name = str(key.value)
            if name in entries:
                earlier = entries[name].place.line
                self._tell(
                    pair, f"a key of this name stands in line {earlier} too: this one counts"
                )
            entries[name] = value
        return Node(entries, self._place(node))

    def _scalar(self, node: tree_sitter.Node) -> Node | None:
        if node.has_error:
            self._tell(node, f"{_UNREADABLE}: left out")
            return None
        try:
            value = json.loads(self._bytes(node).decode())
        except (ValueError, RecursionError):
            closed = b"\n" not in self._bytes(node)
            self._tell(node, f"{_UNREADABLE}: left out" if closed else "a text is not closed")
            return None
        if isinstance(value, str):
            value = _without_halves(value)
        return Node(value, self._place(node))

    def _bytes(self, node: tree_sitter.Node) -> bytes:
        return self.source[node.start_byte : node.end_byte]

    def _place(self, node: tree_sitter.Node, *, end: bool = False) -> Place:
        row, column = node.end_point if end else node.start_point
        line = self._lines[row] if row < len(self._lines) else b""
        return Place(self._file, row + 1, len(line[:column].decode(errors="replace")) + 1)

    def _tell(self, node: tree_sitter.Node, message: str) -> None:
        self.problems.append(Problem(self._place(node), message))


def _without_halves(text: str) -> str:
    """Escapes may name half a character, which no file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
