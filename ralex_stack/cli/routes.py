"""Which tier served which session: the routes in the gateway's account of calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ralex_stack.cli.output import current

if TYPE_CHECKING:
    from ralex_stack.controller import Controller

SERVICE = "gateway"
FIELDS = ("time", "session", "key", "intent", "tier", "model", "status", "route")


def read(line: str) -> dict[str, Any] | None:
    """The route in a line of the gateway's log; none where the line tells of none."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or entry.get("event") != "call" or not entry.get("route"):
        return None
    # A call that the gateway gave up has no model that served it.
    model = entry.get("served") or entry.get("model")
    return {**{name: entry.get(name) for name in FIELDS}, "model": model}


def show_routes(controller: Controller, *, as_json: bool, follow: bool) -> int:
    """Print the routes of calls of `auto`, with `follow` one by one; the exit code."""
    heard: list[dict[str, Any]] = []

    def line(text: str) -> None:
        if (found := read(text)) is None:
            return
        if follow:
            click.echo(json.dumps(found) if as_json else _line(found))
        else:
            heard.append(found)

    code = controller.engine.hear(SERVICE, line, follow=follow)
    if follow:
        return code
    if as_json:
        click.echo(json.dumps({"routes": heard}, indent=2))
    elif heard:
        _print(heard)
    else:
        click.echo(_nothing(controller))
    return code


def _nothing(controller: Controller) -> str:
    if controller.settings.routing.auto.mode == "off":
        return 'routing.auto.mode is "off": there is no model `auto` whose routes could be shown'
    return "`auto` was not called since the gateway was started"


def _clock(found: dict[str, Any]) -> str:
    return str(found["time"])[:19].replace("T", " ")


def _model(found: dict[str, Any]) -> str:
    """The model that was called; a fallback has a line of its own."""
    return str(found["model"]) + ("" if found["status"] == "success" else ", failed")


def _line(found: dict[str, Any]) -> str:
    names = f"{found['session'] or 'no session'} {found['key']}"
    chosen = f"{found['intent'] or 'no intent'} → {found['tier']} ({_model(found)})"
    return f"{_clock(found)}  {names}: {chosen}; {found['route']}"


def _print(heard: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    for column in ("time (UTC)", "session", "key", "intent", "tier", "model", "why"):
        table.add_column(column, overflow="fold")
    for found in heard:
        cells = (found["session"], found["key"], found["intent"], found["tier"], _model(found))
        table.add_row(
            _clock(found), *(escape(str(cell or "none")) for cell in cells), found["route"]
        )
    current().console().print(table)
