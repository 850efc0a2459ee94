"""The command that checks what the stack stands on."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current

if TYPE_CHECKING:
    from ralex_stack.cli.context import Context
    from ralex_stack.doctor.finding import Finding

_MARKS = {"ok": "✓", "warning": "!", "error": "✗"}
_COLORS = {"ok": "green", "warning": "yellow", "error": "red"}


@click.command()
@json_option("Print the findings as JSON.")
@click.pass_obj
def doctor(context: Context, as_json: bool) -> None:
    """Check what the stack stands on; each finding with its remedy. Ends with 1 for an error."""
    from ralex_stack.doctor.checks import findings
    from ralex_stack.doctor.gather import gather

    found = findings(gather(context.trusted, context.programs()))
    counts = Counter(finding.level for finding in found)
    if as_json:
        data = {"ok": not counts["error"], "findings": [asdict(finding) for finding in found]}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        for finding in found:
            if not (current().quiet and finding.level == "ok"):
                _print(finding)
        click.echo(f"{_count(counts['error'], 'error')}, {_count(counts['warning'], 'warning')}")
    sys.exit(1 if counts["error"] else 0)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _print(finding: Finding) -> None:
    first, *more = finding.found.splitlines() or [""]
    mark = click.style(_MARKS[finding.level], fg=_COLORS[finding.level])
    output = current()
    output.print(f"{mark} {finding.check:<20} {first}")
    for line in more:
        click.echo(f"  {'':<20} {line}")
    if finding.remedy:
        click.echo(f"  {'':<20} next: {finding.remedy}")
    if finding.code:
        more_of_it = f"more: ralex-stack explain {finding.code}"
        output.print(f"  {'':<20} {click.style(more_of_it, dim=True)}")
