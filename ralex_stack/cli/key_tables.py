"""Tables and words for keys: the stack's scoped ones, and LiteLLM's virtual ones."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ralex_stack.cli.output import current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.scoped_keys import Told

WINDOWS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}


def models(told: Told) -> str:
    """What a key may call."""
    return "all models" if told["models"] == ["*"] else ", ".join(told["models"])


def limits(told: Told) -> Iterator[str]:
    """All limits of a scoped key."""
    yield from budget(told)
    yield from (f"{rate} a minute" for rate in _rates(told))


def budget(told: Told) -> Iterator[str]:
    """What a scoped key may spend."""
    for window, unit in WINDOWS.items():
        if window in told["budget"]:
            yield f"${told['budget'][window]:g} per {unit}"


def ends(told: Told, zone: str) -> str:
    """When a key ends, in a time zone."""
    from zoneinfo import ZoneInfo

    state = "" if told["state"] == "active" else f" ({told['state']})"
    if told["expires"] is None:
        return f"never{state}"
    end = datetime.fromisoformat(told["expires"]).astimezone(ZoneInfo(zone))
    return f"{end:%Y-%m-%d %H:%M} {zone}{state}"


def print_scoped(found: list[Told], zone: str) -> None:
    """A table of scoped keys."""
    _print(
        "USD spent this hour, day, week and month",
        ("key", "may call", *WINDOWS.values(), "a minute", "expires"),
        [
            (
                told["alias"],
                _model_lines(told),
                *(_spent(told, window) for window in WINDOWS),
                "\n".join(_rates(told)),
                ends(told, zone),
            )
            for told in found
        ],
    )


def print_virtual(found: list[Told], zone: str) -> None:
    """A table of virtual keys."""
    _print(
        "LiteLLM's virtual keys, which its admin UI changes",
        ("key", "team", "may call", "USD spent", "a minute", "expires"),
        [
            (
                "\n".join(dict.fromkeys((told["alias"], told["digest_name"]))),
                told["team"] or "",
                _model_lines(told),
                _spent_of_virtual(told),
                "\n".join(_rates(told)),
                ends(told, zone),
            )
            for told in found
        ],
    )


def _print(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    current().console().print(table, markup=False)


def _model_lines(told: Told) -> str:
    return models(told).replace(", ", "\n")


def _rates(told: Told) -> Iterator[str]:
    for name, what in (("rpm", "requests"), ("tpm", "tokens")):
        if told[name]:
            yield f"{told[name]} {what}"


def _spent(told: Told, window: str) -> str:
    limit = told["budget"].get(window)
    spent = f"{told['spent'].get(window, 0):.4f}"
    return spent if limit is None else f"{spent} of {limit:g}"


def _spent_of_virtual(told: Told) -> str:
    spent, most = f"{told['spend']:.4f}", told["max_budget"]
    if most is None:
        return spent
    duration = told["budget_duration"]
    return f"{spent} of {most:g}" + (f" per {duration}" if duration else "")
