"""Differences between two pieces of data, one line per dotted key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from ralex_stack.bundle import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONGEST = 60
"""Characters of a value that are shown."""

_IDENTITIES = ("model_name", "target")
"""Keys that name an element of a list: of LiteLLM's models, of Compose's volumes."""


def definition_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Lines on what differs between two definitions of a service, its files left out."""
    yield from _lines("", _without_files(old), _without_files(new))


def file_differences(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[str]:
    """Lines on what differs between two sets of configuration files."""
    for path in sorted(old.keys() | new.keys()):
        if path not in old:
            yield f"{path}: added"
        elif path not in new:
            yield f"{path}: removed"
        elif old[path] != new[path]:
            yield from (f"{path}: {line}" for line in _content_lines(path, old[path], new[path]))


def _content_lines(path: str, old: bytes, new: bytes) -> list[str]:
    before, after = parse(path, old), parse(path, new)
    if before is None or after is None:
        return ["changed"]
    return list(_lines("", before, after)) or ["only the order of entries changed"]


def parse(path: str, content: bytes) -> Any:
    """The data in a YAML or JSON file; None for any other, and for a damaged one."""
    try:
        if path.endswith(".json"):
            return json.loads(content)
        if path.endswith(".yaml"):
            return parse_yaml(content)
    except (ValueError, yaml.YAMLError):
        return None
    return None


def shown(value: Any) -> str:
    """A value on one line, shortened."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _without_files(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Without the label and the directory that change with every change of a file.

    How many containers there are to be is compared with how many there are.
    """
    volumes = [v for v in definition.get("volumes", ()) if not _is_config(v)]
    left_out = ("labels", "volumes", "deploy")
    rest = {key: value for key, value in definition.items() if key not in left_out}
    return {**rest, "volumes": volumes} if volumes else rest


def _is_config(volume: Mapping[str, Any]) -> bool:
    return str(volume.get("source", "")).startswith("./services/")


def _lines(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new and type(old) is type(new):
        return
    before, after = _children(old), _children(new)
    if before is None or after is None:
        yield f"{path}: {_list_change(old, new) or f'{shown(old)} → {shown(new)}'}"
        return
    for key in [*before, *(key for key in after if key not in before)]:
        inner = f"{path}.{key}" if path else key
        if key not in before:
            yield f"{inner}: added{_value(after[key])}"
        elif key not in after:
            yield f"{inner}: removed{_value(before[key])}"
        else:
            yield from _lines(inner, before[key], after[key])


def _list_change(old: Any, new: Any) -> str:
    """What came and went, of two lists; empty for other values, and where only the order did."""
    if not (isinstance(old, list) and isinstance(new, list)):
        return ""
    gone, come = [v for v in old if v not in new], [v for v in new if v not in old]
    changes = [("removed", gone), ("added", come)]
    return ", ".join(f"{what} {shown(v)}" for what, values in changes for v in values)


def _value(value: Any) -> str:
    """Of an added or removed value, what fits on the line: nothing of a table."""
    return "" if _children(value) is not None else f" ({shown(value)})"


def _children(value: Any) -> dict[str, Any] | None:
    """The parts of a table or of a list of tables, by name; None for what is shown as a whole."""
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return _named(value)
    return None


def _named(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Elements by name where they have one, else by position: others may come and go."""
    named: dict[str, Any] = {}
    for position, element in enumerate(items):
        item: Any = element
        name = next((str(element[key]) for key in _IDENTITIES if key in element), str(position))
        pair = _pair(element)
        if pair is not None:
            name, item = pair
        number = sum(key == name or key.startswith(f"{name}#") for key in named) + 1
        named[name if number == 1 else f"{name}#{number}"] = item
    return named


def _pair(item: dict[str, Any]) -> tuple[str, Any] | None:
    """Name and value of an element that is a single pair, as in LiteLLM's list of fallbacks."""
    if len(item) != 1:
        return None
    name, value = next(iter(item.items()))
    is_plain = isinstance(value, list) and not any(isinstance(v, dict) for v in value)
    return (name, value) if is_plain else None
