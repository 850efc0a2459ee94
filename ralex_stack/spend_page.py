"""A page on what calls have cost, which needs no network and no other file."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ralex_stack.gateway.accounts.home import Group, Total

_LONGEST = 30
"""Bars of a chart: the dearest, or the latest days."""

_ROW, _LABEL, _WIDTH = 24, 240, 780
_LETTERS = 30
"""Of a name beside a bar; what is too wide all the same is cut off by its frame."""
_STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; }
svg text { fill: currentColor; font-size: 13px; }
rect { fill: #2a7de1; }
rect.estimated { fill: #e19a2a; }
div { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { padding: 0.2rem 0.8rem; text-align: right; border-bottom: 1px solid #8884; }
td:first-child, th:first-child { text-align: left; overflow-wrap: anywhere; min-width: 8rem; }
"""
_TITLES: Mapping[Group, str] = {
    "day": "Days",
    "model": "Models",
    "tier": "Tiers",
    "key": "Keys",
    "session": "Sessions",
}


def render(name: str, groups: Mapping[Group, Sequence[Total]], since: datetime | None) -> str:
    """The page as HTML; `groups` has the totals by each group, in USD."""
    whole = groups["model"]
    total = sum(each.cost for each in whole)
    calls = sum(each.calls for each in whole)
    span = f"since {since:%Y-%m-%d %H:%M %Z}" if since else "since the ledger begins"
    parts = [_section(title, groups[group]) for group, title in _TITLES.items() if groups[group]]
    return (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Spend of {escape(name)}</title>"
        f"<style>{_STYLE}</style></head><body>"
        f"<h1>Spend of {escape(name)}</h1>"
        f"<p>{total:,.4f} USD for {calls:,} calls {escape(span)}; written "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. Orange: estimated, of calls that broke off.</p>"
        + "".join(parts)
        + "</body></html>\n"
    )


def _section(title: str, found: Sequence[Total]) -> str:
    ordered, drawn = list(found), "dearest"
    shown = ordered[:_LONGEST]
    if title == _TITLES["day"]:
        ordered, drawn = sorted(found, key=lambda each: each.group[0] or ""), "latest"
        shown = ordered[-_LONGEST:]
    cut = len(shown) < len(ordered)
    note = f"<p>Bars: the {len(shown)} {drawn} of {len(ordered)}.</p>" if cut else ""
    return f"<section><h2>{title}</h2>{note}{_chart(shown)}{_table(ordered)}</section>"


def _chart(found: Sequence[Total]) -> str:
    dearest = max((each.cost for each in found), default=0) or 1
    bars = "".join(_bar(number, each, dearest) for number, each in enumerate(found))
    return f'<svg viewBox="0 0 {_WIDTH} {max(1, len(found)) * _ROW}" role="img">{bars}</svg>'


def _bar(number: int, each: Total, dearest: float) -> str:
    room = _WIDTH - _LABEL - 90
    width, estimated = (room * cost / dearest for cost in (each.cost, each.estimated))
    top = number * _ROW
    name = _name(each)
    label = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
    return (
        f'<svg y="{top}" width="{_LABEL - 8}" height="{_ROW}"><title>{escape(name)}</title>'
        f'<text y="16">{escape(label)}</text></svg>'
        f'<rect x="{_LABEL}" y="{top + 4}" width="{width:.1f}" height="16"/>'
        f'<rect class="estimated" x="{_LABEL}" y="{top + 4}" width="{estimated:.1f}" height="16"/>'
        f'<text x="{_LABEL + width + 6:.1f}" y="{top + 16}">{each.cost:,.4f}</text>'
    )


def _table(found: Sequence[Total]) -> str:
    rows = "".join(
        f"<tr><td>{escape(_name(each))}</td><td>{each.calls:,}</td><td>{each.prompt_tokens:,}</td>"
        f"<td>{each.completion_tokens:,}</td><td>{each.cost:,.4f}</td>"
        f"<td>{each.estimated:,.4f}</td></tr>"
        for each in found
    )
    head = "".join(
        f"<th>{text}</th>" for text in ("", "calls", "tokens in", "tokens out", "USD", "estimated")
    )
    return f"<div><table><tr>{head}</tr>{rows}</table></div>"


def _name(each: Total) -> str:
    return each.group[0] or "none"
