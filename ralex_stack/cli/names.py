"""Names for the shell's completion, taken from the settings models.

`python -m ralex_stack.cli.names FILE` writes them: the models are slow to load.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ralex_stack.settings.fields import tables
from ralex_stack.settings.load import effective
from ralex_stack.settings.root import Settings, StackSettings
from ralex_stack.settings.schema import json_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def names() -> dict[str, Any]:
    """Settings with descriptions, the values of choices, and the default models and tiers."""
    whole = effective(Settings())
    arrays = [table.path for table in tables() if table.shape == "array"]
    fields = {
        ".".join(path): field.description
        for table in tables()
        if not any(table.path[: len(array)] == array for array in arrays)
        for field in table.fields
        for path in _expanded((*table.path, field.name), whole)
    }
    return {
        "settings": fields,
        "values": {path: found for path in fields if (found := _values(path))},
        "models": list(whole["models"]),
        "tiers": list(whole["tiers"]),
        "stack": StackSettings.model_fields["name"].default,
    }


def _expanded(path: tuple[str, ...], whole: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The path for each of the default names where NAME stands in it."""
    if path[1:2] == ("NAME",):
        yield from ((path[0], name, *path[2:]) for name in whole[path[0]])
    elif "NAME" not in path:
        yield path


def _values(path: str) -> list[str]:
    """What a choice allows, by the JSON schema; empty where the setting is none."""
    schema = json_schema()
    node: dict[str, Any] = schema
    for part in path.split("."):
        table = _resolved(node, schema)
        node = table.get("properties", {}).get(part) or table.get("additionalProperties") or {}
    node = _resolved(node, schema)
    if node.get("type") == "boolean":
        return ["true", "false"]
    return [value for value in node.get("enum", ()) if isinstance(value, str)]


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref", "")
    found: dict[str, Any] = schema["$defs"][reference.rpartition("/")[2]] if reference else node
    return found


def main(arguments: Sequence[str]) -> int:
    """Write the names to the file that is named; returns the exit code."""
    text = json.dumps(names(), indent=1, ensure_ascii=False) + "\n"
    Path(arguments[0]).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
