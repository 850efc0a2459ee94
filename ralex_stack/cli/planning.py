"""Commands that show what would be, and change nothing of the stack."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current

if TYPE_CHECKING:
    from ralex_stack.cli.context import Context


@click.command()
@json_option("Print the plan as JSON.")
@click.option(
    "--detailed-exitcode", is_flag=True, help="End with 0: nothing to do, 2: there are changes."
)
@click.pass_obj
def plan(context: Context, as_json: bool, detailed_exitcode: bool) -> None:
    """Show what `up` would do, and why."""
    from ralex_stack.cli.plan_text import render_text

    prepared = context.controller().prepare()
    for warning in prepared.warnings:
        current().warn(warning)
    if as_json:
        click.echo(json.dumps(prepared.plan.to_json(), indent=2))
    else:
        output = current()
        output.print(output.fold(render_text(prepared.plan)))
    if detailed_exitcode and prepared.plan.changes:
        sys.exit(2)


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory to write to; default: print the Compose project.",
)
@click.option("--secrets/--no-secrets", default=True, help="Whether to write credentials beside.")
@json_option("Print what was written as JSON; without --out: the project.")
@click.pass_obj
def render(context: Context, out: Path | None, secrets: bool, as_json: bool) -> None:
    """Write a standard Compose project, for use with plain `docker compose`."""
    from ralex_stack.bundle import PROJECT_FILE

    controller = context.controller()
    choices = controller.choices()
    bundle = controller.render(choices)
    if out is None:
        text = bundle.files[PROJECT_FILE].decode()
        click.echo(json.dumps(bundle.project, indent=2) if as_json else text.rstrip("\n"))
        return
    written = controller.write_project(bundle, choices, out, secrets=secrets)
    current().say(f"wrote {written} files to {out}; start with: docker compose up --wait")
    if as_json:
        click.echo(json.dumps({"directory": str(out), "files": written}))
