"""Values that the shell completes: read from small files, never from the engine.

Nothing heavy is imported: a shell calls this at each press of its completion key.
"""

from __future__ import annotations

import json
import os
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

NAMES = Path(__file__).with_name("names.json")
"""Names that the settings models make, written by `ralex_stack.cli.names`."""

_DEFAULT_SERVICES = ("edge", "gateway", "opencode", "simulator", "valkey")


def codes(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Codes of the catalogue."""
    from ralex_stack.catalogue import ENTRIES

    return _starting(incomplete, ((entry.code, entry.title) for entry in ENTRIES))


def stacks(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Stacks that this user brought up."""
    names = [path.parent.name for path in _home().glob("*/state.json")]
    return _starting(incomplete, ((name, "") for name in sorted(names)))


def services(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Services of the stack as it was last brought up."""
    found = _services(_home() / _stack_name(context) / "project" / "compose.yaml")
    given = context.params.get(parameter.name or "") or ()
    return _starting(incomplete, ((name, "") for name in found if name not in given))


def models(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Models and tiers of the settings."""
    data, names = _settings(context), _names()
    tiers = [f"tier:{name}" for name in data.get("tiers") or names["tiers"]]
    found = [*tiers, *(data.get("models") or names["models"])]
    return _starting(incomplete, ((name, "") for name in found))


def paths(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Dotted paths of settings, tables included."""
    known: dict[str, str] = _names()["settings"]
    tables = {path.rpartition(".")[0] for path in known} - {""}
    return _starting(incomplete, [*((table, "") for table in sorted(tables)), *known.items()])


def assignments(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Settings with the sign that a value follows; a choice's values after it."""
    path, given, _ = incomplete.partition("=")
    names = _names()
    if given:
        values = names["values"].get(path, ())
        return _starting(incomplete, ((f"{path}={value}", "") for value in values))
    return _starting(incomplete, ((f"{name}=", text) for name, text in names["settings"].items()))


def _starting(incomplete: str, found: Iterable[tuple[str, str]]) -> list[CompletionItem]:
    return [
        CompletionItem(name, help=text or None)
        for name, text in found
        if name.startswith(incomplete)
    ]


@cache
def _names() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(NAMES.read_text(encoding="utf-8"))
    return data


def _home() -> Path:
    from ralex_stack.errors import RalexError
    from ralex_stack.host import state_home

    try:
        return state_home(os.environ)
    except RalexError:
        return Path(os.devnull)


def _services(project: Path) -> list[str]:
    """Names below `services:`, by their indentation: a parser of YAML is slow to load."""
    try:
        lines = project.read_text(encoding="utf-8").splitlines()
    except OSError:
        return list(_DEFAULT_SERVICES)
    names: list[str] = []
    within = False
    for line in lines:
        if line and not line.startswith(" "):
            within = line == "services:"
        elif within and line.startswith("  ") and line[2] != " " and line.endswith(":"):
            names.append(line.strip(" :"))
    return [name for name in names if name != "workspace"]


def _stack_name(context: click.Context) -> str:
    given = _root(context).get("stack")
    named = _settings(context).get("stack")
    written = named.get("name") if isinstance(named, dict) else None
    return str(given or os.environ.get("RALEX_STACK__NAME") or written or _names()["stack"])


def _settings(context: click.Context) -> dict[str, Any]:
    """The settings file as it stands; empty where there is none, or no TOML in it."""
    named = _root(context).get("settings") or os.environ.get("RALEX_SETTINGS")
    here = Path.cwd()
    candidates = [Path(named)] if named else [d / "ralex-stack.toml" for d in (here, *here.parents)]
    for path in candidates:
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            break
    return {}


def _root(context: click.Context) -> dict[str, Any]:
    """Options that stand before the command."""
    return dict(context.find_root().params)
