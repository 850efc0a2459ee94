"""The command that explains an error by its code."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ralex_stack.catalogue import AREAS, ENTRIES, find, similar
from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current
from ralex_stack.cli.suggest import codes
from ralex_stack.errors import RalexError

if TYPE_CHECKING:
    from ralex_stack.catalogue import Entry


@click.command()
@click.argument("code", required=False, shell_complete=codes)
@json_option("Print as JSON.")
def explain(code: str | None, as_json: bool) -> None:
    """Explain an error by its code: what it means, and what to do; all where none is named."""
    if code is None:
        _list(as_json=as_json)
        return
    entry = find(code)
    if entry is None:
        near = ", ".join(similar(code))
        raise RalexError(
            f"there is no entry `{code}`",
            hint=f"nearest: {near}" if near else "`ralex-stack explain` lists all",
            code="code-unknown",
        )
    if as_json:
        click.echo(json.dumps(asdict(entry), indent=2, ensure_ascii=False))
    else:
        current().print(_text(entry))


def _list(*, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(entry) for entry in ENTRIES], indent=2, ensure_ascii=False))
        return
    width = max(len(entry.code) for entry in ENTRIES)
    for area, heading in AREAS.items():
        current().print(click.style(heading, bold=True))
        for entry in ENTRIES:
            if entry.area == area:
                click.echo(f"  {entry.code:<{width}}  {entry.title}")


def _text(entry: Entry) -> str:
    status = f" (HTTP {entry.status})" if entry.status else ""
    heading = click.style(f"{entry.code}: {entry.title}{status}", bold=True)
    body = click.wrap_text(entry.meaning, 80, "  ", "  ")
    steps = [click.wrap_text(step, 80, "  - ", "    ") for step in entry.steps]
    return "\n".join([heading, "", body, "", click.style("What to do:", bold=True), *steps])
