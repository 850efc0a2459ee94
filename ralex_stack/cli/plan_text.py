"""A plan as text, its symbols in colours; who prints it takes them off where none are wanted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ralex_stack.plan import Action, Kind, Plan

LOOKS: Mapping[Kind, tuple[str, str]] = {
    "create": ("+", "green"),
    "change": ("~", "yellow"),
    "restart": ("↻", "yellow"),
    "scale": ("±", "yellow"),
    "start": ("▶", "green"),
    "unpause": ("▶", "green"),
    "remove": ("-", "red"),
    "keep": ("=", "reset"),
}
"""Kind of an action → its symbol and colour."""

_MOST_REASONS = 8


def render_text(plan: Plan) -> str:
    """The plan as lines: services with reasons, images, effects, and a summary."""
    lines = [line for action in plan.actions for line in _action(action)]
    lines += _section("Images to build", plan.builds)
    mark = click.style("! ", fg="yellow", bold=True)
    effects = [(mark if e.needs_yes else "") + e.text for e in plan.effects]
    lines += _section("Effects", effects)
    return "\n".join([*lines, *([""] if lines else []), summary(plan)])


def summary(plan: Plan) -> str:
    """One line: how many services of each kind, e.g. `2 to create, 1 to change.`"""
    counts: Counter[Kind] = Counter(action.kind for action in plan.actions)
    parts = [f"{counts[kind]} to {kind}" for kind in LOOKS if counts[kind] and kind != "keep"]
    if plan.builds:
        parts.insert(0, f"{len(plan.builds)} to build")
    return ", ".join(parts) + "." if parts else "Nothing to do."


def _action(action: Action) -> Iterator[str]:
    symbol, color = LOOKS[action.kind]
    symbol = click.style(symbol, fg=color, bold=True)
    yield f"{symbol} {action.kind:<8}{action.service}"
    yield from (f"      {reason}" for reason in action.reasons[:_MOST_REASONS])
    more = len(action.reasons) - _MOST_REASONS
    if more > 0:
        yield f"      … and {more} more; `--json` lists all"


def _section(title: str, lines: list[str] | tuple[str, ...]) -> list[str]:
    return ["", f"{title}:", *(f"  {line}" for line in lines)] if lines else []
