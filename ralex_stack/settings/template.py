"""The commented settings file that `init` writes: every setting, explained and switched off."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ralex_stack.settings.fields import inline, key_of, tables
from ralex_stack.settings.load import effective
from ralex_stack.settings.root import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.settings.fields import Field, Table

SCHEMA_NAME = "ralex-stack.schema.json"

_HEAD = f"""\
#:schema ./{SCHEMA_NAME}
# Settings of ralex-stack. All of it is optional: an empty file is a valid stack.
# A line that begins with # and a key shows the default; take the # away to change it.
# Check the file with `ralex-stack validate`, and `ralex-stack config show --origin` shows what
# is in force. Secrets are references: {{ env = "NAME" }}, {{ file = "PATH" }}, {{ command = "…" }}.
"""
_REPLACES = "What is written here replaces the defaults, which are:"


def template() -> str:
    """The text of a new settings file; it is valid as it is and stands for the defaults."""
    defaults = effective(Settings())
    return "\n".join([_HEAD, *(line for table in tables() for line in _table(table, defaults))])


def _table(table: Table, defaults: dict[str, dict[str, object]]) -> Iterator[str]:
    if "NAME" in table.path or table.shape == "array":
        yield from _explained(table, defaults)
    else:
        yield from _comment(table.description)
        yield table.header
        for field in table.fields:
            yield from _comment(_what(field))
            if field.default is None:
                yield f"# Example: {field.name} = {field.example}"
            else:
                yield f"#{field.name} = {field.default}"
    yield ""


def _explained(table: Table, defaults: dict[str, dict[str, object]]) -> Iterator[str]:
    """A table that exists more than once: its defaults as they are, then what it may hold."""
    section, *inner = table.path
    yield from _comment(table.description)
    if inner == ["NAME"]:
        if section == "models":
            yield from _comment(_REPLACES)
        for name, value in defaults[section].items():
            yield f"#[{section}.{key_of(name)}]"
            yield from (f"#{key} = {inline(item)}" for key, item in _lean(value).items())
        yield f"# Each [{section}.NAME] may have:"
    else:
        yield f"# {table.header}"
    for field in table.fields:
        shown = field.example if field.default is None else field.default
        yield from _comment(_what(field), "#   ")
        yield f"#   {field.name} = {shown}"


def _lean(value: object) -> dict[str, object]:
    """Without the values that say nothing, being empty."""
    items = value.items() if isinstance(value, dict) else ()
    return {key: item for key, item in items if item not in ({}, [], None)}


def _what(field: Field) -> str:
    text = field.description
    return f"{text} Required." if field.required else text


def _comment(text: str, indent: str = "# ") -> list[str]:
    return textwrap.wrap(
        text, 96, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
