"""The settings file, with a suggestion above each model that is retired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomli_w

from ralex_stack.settings.template import SCHEMA_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.legacy.settings_data import Built

_HEAD = f"""\
#:schema ./{SCHEMA_NAME}
# Settings of ralex-stack, imported from an old Ralex checkout.
# What was taken, what was dropped and why: `ralex-stack import DIR --dry-run` tells it again.
# All settings: `ralex-stack init example.toml` writes a file with every one explained.
"""
_AUTO = ("routing", "auto")
_ROUTING = (
    "Which tier serves a prompt to the model `auto`: as the old checkout had it. The first pattern",
    "that is found decides; `ralex-stack route PROMPT` tells which one, and why.",
)
_BY_NAME = {("providers",), ("models",), ("opencode", "agents"), ("opencode", "commands")}
_BY_NAME.add(("opencode", "mcp"))
"""Tables that hold a table for each name."""


def settings_text(built: Built) -> str:
    """The text: the same for the same data."""
    parts = [_HEAD]
    parts += [_block(built, path, table) for path, table in _tables(built.data, ())]
    return "\n".join(parts)


def _tables(data: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Tables of their own: those by name one by one, values of a section before them."""
    apart = {name: table for name, table in data.items() if (*path, name) in {*_BY_NAME, _AUTO}}
    rest = {name: value for name, value in data.items() if name not in apart}
    if path and rest:
        yield path, rest
    for name, table in data.items():
        if (*path, name) == _AUTO:
            yield _AUTO, table
        elif name in apart:
            yield from (((*path, name, inner), value) for inner, value in table.items())
        elif not path:
            yield from _tables(table, (name,))


def _block(built: Built, path: tuple[str, ...], table: Any) -> str:
    for name in reversed(path):
        table = {name: table}
    above = _ROUTING if path == _AUTO else built.comments.get(path, ())
    return _comment(above) + tomli_w.dumps(table, multiline_strings=True)


def _comment(lines: tuple[str, ...] | list[str]) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)
