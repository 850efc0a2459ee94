"""What calls have cost."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current
from ralex_stack.gateway.accounts.home import GROUPS, Total
from ralex_stack.ledger import spend as totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ralex_stack.cli.context import Context
    from ralex_stack.gateway.accounts.home import Group

_BAR = 24
_COLUMNS = ("calls", "prompt_tokens", "completion_tokens", "cost", "estimated")
_SPAN = re.compile(r"(\d+)([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def _when(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """A date, a date and time, or how long ago; without a zone it is of the settings' zone."""
    if value is None:
        return None
    try:
        if span := _SPAN.fullmatch(value):
            return datetime.now(UTC) - int(span[1]) * _UNITS[span[2]]
        return datetime.fromisoformat(value)
    except OverflowError:
        raise click.BadParameter(f"there was no time {value} ago", context, parameter) from None
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no date as 2026-11-24, and no span as 12h, 7d, 4w", context, parameter
        ) from None


@click.command()
@click.option("--by", type=click.Choice(GROUPS), default="model", help="What to add up by.")
@click.option("--since", callback=_when, help="Only calls since then: 12h, 7d, 4w, or a date.")
@click.option("--csv", "as_csv", is_flag=True, help="Print as CSV.")
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page with charts, which needs nothing else.",
)
@json_option("Print as JSON.")
@click.pass_obj
def spend(
    context: Context,
    by: Group,
    since: datetime | None,
    as_csv: bool,
    page: Path | None,
    as_json: bool,
) -> None:
    """Show what calls have cost, by model, tier, key, session or day; amounts in USD."""
    if sum((as_csv, as_json, page is not None)) > 1:
        raise click.UsageError("choose one of --json, --csv and --html")
    controller = context.controller()
    controller.require_up(("gateway",))
    zone = controller.settings.budget.time_zone
    first = _moment(since, ZoneInfo(zone))
    if page is not None:
        from ralex_stack.spend_page import render

        groups: dict[Group, list[Total]] = {
            group: totals(controller.engine, [group], since=first, zone=zone) for group in GROUPS
        }
        page.write_text(render(controller.settings.stack.name, groups, first), encoding="utf-8")
        context.output.say(f"written to {page}")
        return
    found = totals(controller.engine, [by], since=first, zone=zone)
    if by == "day":
        found.sort(key=lambda each: each.group[0] or "")
    if as_json:
        click.echo(json.dumps([_row(by, each) for each in found], indent=2))
    elif as_csv:
        click.echo(_csv(by, found), nl=False)
    else:
        _print(by, found)


def _moment(since: datetime | None, zone: ZoneInfo) -> datetime | None:
    return since.replace(tzinfo=zone) if since and since.tzinfo is None else since


def _row(by: Group, each: Total) -> dict[str, Any]:
    data = asdict(each)
    return {by: each.group[0], **{name: data[name] for name in _COLUMNS}}


def _csv(by: Group, found: Sequence[Total]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [by, *_COLUMNS], lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row(by, each) for each in found)
    return text.getvalue()


def _print(by: Group, found: Sequence[Total]) -> None:
    from rich.bar import Bar
    from rich.table import Table
    from rich.text import Text

    if not found:
        click.echo("the ledger has no calls of that time")
        return
    table = Table()
    table.add_column(by, overflow="fold")
    for column in ("calls", "tokens in", "tokens out", "USD"):
        table.add_column(column, justify="right")
    table.add_column("", max_width=_BAR)
    dearest = max(each.cost for each in found)
    for each in found:
        table.add_row(
            # Sessions and keys are named by others, and may have square brackets.
            Text(each.group[0] or "none"),
            f"{each.calls:,}",
            f"{each.prompt_tokens:,}",
            f"{each.completion_tokens:,}",
            f"{each.cost:,.4f}",
            # As wide as the column, which is narrower on a narrow terminal.
            Bar(dearest, 0, each.cost, color="cyan"),
        )
    console = current().console()
    console.print(table)
    estimated = sum(each.estimated for each in found)
    total = f"{sum(each.cost for each in found):,.4f} USD"
    if estimated:
        total += f", {estimated:,.4f} of it estimated: what calls that broke off may have cost"
    console.print(f"in all {total}", soft_wrap=True)
