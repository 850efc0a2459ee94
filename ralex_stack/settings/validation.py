"""From merged data to settings, with every problem translated and none of them final.

What is wrong is taken out and the rest is validated again, so that the checks across sections
run on what is right, and all problems come at once.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ralex_stack.settings.problem import Path, Problem, nearest, shown
from ralex_stack.settings.root import RESERVED_SECTIONS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

_TYPES = {
    "a valid tuple": "an array",
    "a valid list": "an array",
    "a valid dictionary or instance": "a table, not an instance",
    "a valid dictionary": "a table",
    "a valid string": "a text in quotes",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
}


@dataclass(frozen=True)
class Validated:
    """The settings without what is wrong in them, the problems, and the paths taken out."""

    settings: Settings | None
    problems: tuple[Problem, ...] = ()
    broken: frozenset[Path] = frozenset()


def validate(data: dict[str, Any]) -> Validated:
    """Validate merged data; `settings` is none only where nothing can be saved."""
    problems: dict[Path, Problem] = {}
    broken: set[Path] = set()
    # Each round takes at least one value out; a few suffice, as errors come many at a time.
    for _ in range(10):
        try:
            settings = Settings.model_validate(data)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            _translate(details, data, problems, first=not broken)
            cut = {_cut_point(detail, data) for detail in details}
        else:
            return Validated(settings, tuple(problems.values()), frozenset(broken))
        if () in cut:
            break
        broken |= cut
        data = functools.reduce(without, sorted(cut, reverse=True, key=_sortable), data)
    return Validated(None, tuple(problems.values()), frozenset(broken))


def _sortable(path: Path) -> tuple[str, ...]:
    return tuple(str(part) for part in path)


def _translate(
    details: list[ErrorDetails], data: Any, problems: dict[Path, Problem], *, first: bool
) -> None:
    """Only the first round speaks of the file; later ones of what was taken out of it."""
    if not first:
        return
    for detail in details:
        path, value = path_in(detail, data)
        if path in problems:
            problems[path] = _either(problems[path], _problem(detail, path, value))
        else:
            problems[path] = _problem(detail, path, value)


def _either(one: Problem, other: Problem) -> Problem:
    """A value that fits none of several types has one problem, not several."""
    if other.message in one.message:
        return one
    allowed = one.allowed or other.allowed
    message = f"{one.message}, or {other.message.removeprefix('must be ')}"
    return Problem(one.at, message, allowed, one.nearest or other.nearest)


def path_in(detail: ErrorDetails, data: Any) -> tuple[Path, Any]:
    """The path of an error in the data, and the value there: names of types are no keys."""
    path: Path = ()
    missing = detail["type"] == "missing"
    parts = detail["loc"][:-1] if missing else detail["loc"]
    for part in parts:
        found, child = _child(data, part)
        if found:
            data, path = child, (*path, part)
    return ((*path, detail["loc"][-1]), None) if missing else (path, data)


def _child(data: Any, part: str | int) -> tuple[bool, Any]:
    if isinstance(data, dict) and part in data:
        return True, data[part]
    if isinstance(data, list | tuple) and isinstance(part, int) and part < len(data):
        return True, data[part]
    return False, None


def _cut_point(detail: ErrorDetails, data: Any) -> Path:
    """What to take out: never one element of an array, whose neighbours would change places."""
    path, _ = path_in(detail, data)
    if detail["type"] == "missing":
        path = path[:-1]
    for position, part in enumerate(path):
        if isinstance(part, int):
            return path[:position]
    return path


def without(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """A copy of the data without what is at the path."""
    head, rest = path[0], path[1:]
    if not rest:
        return {key: value for key, value in data.items() if key != head}
    child = data.get(str(head))
    return {**data, str(head): without(child, rest)} if isinstance(child, dict) else data


def _problem(detail: ErrorDetails, path: Path, value: Any) -> Problem:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return Problem(path, "is required and not given")
    if detail["loc"][-1:] == ("[key]",):
        message = "is no valid name: lower-case letters, digits, dot, dash and underscore"
        return Problem(path, message)
    allowed = _choices(context.get("expected", "")) if kind == "literal_error" else ()
    close = nearest(value, allowed) if isinstance(value, str) else None
    return Problem(path, _reworded(detail), () if len(allowed) < 2 else allowed, close)


def _choices(expected: str) -> tuple[str, ...]:
    return tuple(expected.replace(" or ", ", ").replace("'", "").split(", "))


def _reworded(detail: ErrorDetails) -> str:
    """Pydantic's message in the terms of TOML; it never holds the value itself."""
    kind, message = detail["type"], detail["msg"].removeprefix("Value error, ")
    if kind == "literal_error":
        return f"must be {detail['ctx']['expected']}"
    if kind == "string_pattern_mismatch":
        return f"does not have the right form, {detail['ctx']['pattern']}"
    if kind in {"model_type", "dict_type"}:
        return "must be a table"
    for python, toml in _TYPES.items():
        message = message.replace(python, toml)
    message = message.partition(", unable to parse")[0]
    return message.replace("Input should be", "must be").replace("Input should", "must")


def _unknown_key(path: Path) -> Problem:
    if len(path) == 1 and path[0] in RESERVED_SECTIONS:
        return Problem(path, "this section is not available in this version")
    if moved := _moved(path):
        return Problem(path, f"unknown key; it is {moved} now")
    names = tuple(sorted(fields_at(path[:-1])))
    close = nearest(str(path[-1]), names)
    return Problem(path, "unknown key", names, close)


def _moved(path: Path) -> str:
    """Where earlier versions of the format had limits of their own; empty for other paths."""
    if path in (("budget", "limit"), ("budget", "period")):
        return "`budget.hourly`, `budget.daily`, `budget.weekly` or `budget.monthly`"
    if len(path) == 3 and path[0] in ("models", "providers") and path[2] == "budget":
        return f"`budget.{path[0]}.{shown(str(path[1]))}`, with `daily` or another window,"
    return ""


def fields_at(path: Path) -> Iterator[str]:
    """The names of the settings that a table may hold."""
    node = _schema()
    for part in path:
        node = _below(node, part)
    yield from _resolved(node).get("properties", {})


def _below(node: dict[str, Any], part: str | int) -> dict[str, Any]:
    node = _resolved(node)
    if isinstance(part, int):
        found = node.get("items", {})
    else:
        patterns = [*node.get("patternProperties", {}).values(), {}]
        found = node.get("properties", {}).get(part, patterns[0])
    return found if isinstance(found, dict) else {}


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    """The node that a reference or an optional one stands for."""
    if "$ref" in node:
        definition: dict[str, Any] = _schema()["$defs"][node["$ref"].rpartition("/")[2]]
        return definition
    return next((_resolved(option) for option in node.get("anyOf", ()) if "$ref" in option), node)


@functools.cache
def _schema() -> dict[str, Any]:
    return Settings.model_json_schema()
