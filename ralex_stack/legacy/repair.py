"""The repairs that are unambiguous. They keep lines and columns."""

from __future__ import annotations

import re

from ralex_stack.legacy.node import Place, Problem

_DOUBLED_QUOTE = re.compile(r'(?<=[\s{,])""(?=[\w .-]+"\s*:)')
_END_OF_HERE_DOCUMENT = re.compile(r"^EOF\b[ \t]*(?:<[ \t]*/dev/null)?[ \t]*$", re.MULTILINE)


def repaired(text: str, file: str) -> tuple[str, list[Problem]]:
    """The text without a quote that is doubled before a key, and without `EOF` as its last line."""
    problems = []
    for found in reversed([*_DOUBLED_QUOTE.finditer(text)]):
        text = f'{text[: found.start()]} "{text[found.end() :]}'
        message = "a quote is doubled before a key: read as one"
        problems.append(Problem(place_of(text, found.start(), file), message, repaired=True))
    last = next(reversed([*_END_OF_HERE_DOCUMENT.finditer(text)]), None)
    if last and not text[last.end() :].strip():
        message = "a line `EOF`, left by a shell's here-document: not read"
        problems.append(Problem(place_of(text, last.start(), file), message, repaired=True))
        text = text[: last.start()] + " " * (last.end() - last.start()) + text[last.end() :]
    return text, problems[::-1]


def place_of(text: str, offset: int, file: str) -> Place:
    """The place of an offset in characters."""
    return Place(file, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
