"""Files of environment variables, as python-dotenv reads them."""

from __future__ import annotations

import io

from ralex_stack.legacy.node import Document, Node, Place, Problem
from ralex_stack.legacy.repair import repaired


def read_env(text: str, file: str) -> Document:
    """A table of the variables; lines that assign none are told."""
    from dotenv.parser import parse_stream

    text, problems = repaired(text, file)
    entries: dict[str, Node] = {}
    for binding in parse_stream(io.StringIO(text)):
        original = binding.original.string
        # What the parser takes for a binding begins with the blank lines before it.
        blank = len(original) - len(original.lstrip())
        line = binding.original.line + original.count("\n", 0, blank)
        place = Place(file, line, blank - original.rfind("\n", 0, blank))
        if binding.error:
            problems.append(
                Problem(place, "assigns no variable, or a quote is not closed: left out")
            )
        elif binding.key is not None and binding.value is None:
            problems.append(Problem(place, "names a variable without a value: left out"))
        elif binding.key is not None:
            if binding.key in entries:
                earlier = entries[binding.key].place.line
                message = f"this variable is assigned in line {earlier} too: this one counts"
                problems.append(Problem(place, message))
            entries[binding.key] = Node(binding.value, place)
    return Document(Node(entries, Place(file, 1, 1)), problems)
