"""The settings as a list of tables with their fields, read from the JSON schema.

The reference page and the commented file are both written from it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ralex_stack.settings.schema import json_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

Shape = Literal["table", "named", "array"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MISSING = object()


@dataclass(frozen=True)
class Field:
    """One key of a table."""

    name: str
    type: str
    description: str
    required: bool
    default: str | None
    """As TOML writes it; none where there is none."""
    example: str | None


@dataclass(frozen=True)
class Table:
    """One table of the settings file; `NAME` in its path stands for a name of the user's."""

    path: tuple[str, ...]
    shape: Shape
    description: str
    fields: tuple[Field, ...]
    value: dict[str, Any]
    """What the table holds by default; for tables by name, by name."""

    @property
    def header(self) -> str:
        """The line that opens it."""
        name = ".".join(self.path)
        return f"[[{name}]]" if self.shape == "array" else f"[{name}]"


def tables() -> list[Table]:
    """Every table of the settings file, each before those in it."""
    schema = json_schema()
    walker = _Walker(schema["$defs"])
    return list(walker.below(schema, (), {}))


class _Walker:
    def __init__(self, definitions: dict[str, dict[str, Any]]) -> None:
        self._definitions = definitions

    def below(
        self, node: dict[str, Any], path: tuple[str, ...], value: dict[str, Any]
    ) -> Iterator[Table]:
        for name, field in node["properties"].items():
            shape, target = self._table_of(field)
            if shape is not None:
                inner = value.get(name, field.get("default", {}))
                place = (*path, name, "NAME") if shape == "named" else (*path, name)
                # Pydantic leaves out a description that the definition has as well.
                description = field.get("description", target["description"])
                yield from self._table(place, shape, description, target, inner)

    def _table(
        self,
        path: tuple[str, ...],
        shape: Shape,
        description: str,
        node: dict[str, Any],
        value: Any,
    ) -> Iterator[Table]:
        value = value if isinstance(value, dict) else {}
        own = value if shape == "table" else {}
        fields = tuple(self._fields(node, own))
        yield Table(path, shape, description, fields, value)
        yield from self.below(node, path, own)

    def _fields(self, node: dict[str, Any], value: dict[str, Any]) -> Iterator[Field]:
        required = node.get("required", ())
        for name, field in node["properties"].items():
            if self._table_of(field)[0] is None:
                default = value.get(name, field.get("default", _MISSING))
                yield Field(
                    name,
                    self._type(field),
                    field.get("description", ""),
                    name in required,
                    None if default is _MISSING else inline(default),
                    next(map(inline, field.get("examples", ())), None),
                )

    def _table_of(self, field: dict[str, Any]) -> tuple[Shape | None, dict[str, Any]]:
        """Whether a field is a table of its own, and of what shape; secrets are values."""
        if "$ref" in field:
            target = self._definition(field)
            return (None if _is_secret(target) else "table"), target
        patterns: dict[str, dict[str, Any]] = field.get("patternProperties", {})
        inner = next(iter(patterns.values()), {})
        if "$ref" in inner:
            return "named", self._definition(inner)
        if "$ref" in field.get("items", {}):
            return "array", self._definition(field["items"])
        return None, {}

    def _definition(self, node: dict[str, Any]) -> dict[str, Any]:
        return self._definitions[node["$ref"].rpartition("/")[2]]

    def _type(self, node: dict[str, Any]) -> str:
        if "$ref" in node:
            return "secret reference"
        if "anyOf" in node:
            return " or ".join(self._type(option) for option in node["anyOf"])
        if "enum" in node:
            return " or ".join(inline(value) for value in node["enum"])
        if "const" in node:
            return inline(node["const"])
        return self._type_of_kind(node)

    def _type_of_kind(self, node: dict[str, Any]) -> str:
        kind = node.get("type")
        if kind == "array":
            return f"array of {self._type(node['items'])}"
        if kind == "object":
            values = next(iter(node.get("patternProperties", {}).values()), None)
            values = values or node.get("additionalProperties")
            return f"table of {self._type(values)}" if isinstance(values, dict) else "table"
        names = {"string": "text", "integer": "whole number", "boolean": "true or false"}
        return names.get(str(kind), str(kind)) + _range(node)


def _range(node: dict[str, Any]) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    if low is not None:
        return f", at least {low}"
    above = node.get("exclusiveMinimum")
    upper = "" if high is None else f", at most {high}"
    return upper if above is None else f", above {above}{upper}"


def _is_secret(node: dict[str, Any]) -> bool:
    return set(node["properties"]) == {"env", "file", "command"}


def inline(value: Any) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{key_of(key)} = {inline(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def key_of(key: str) -> str:
    """A key as TOML writes it."""
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
