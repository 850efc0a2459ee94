"""Commands that start and stop the stack."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ralex_stack.cli.ask import agree
from ralex_stack.cli.plan_text import render_text

if TYPE_CHECKING:
    from ralex_stack.cli.context import Context
    from ralex_stack.controller import Controller, Prepared


def say(text: str) -> None:
    """A line on progress, on standard error."""
    click.echo(text, err=True)


@click.command()
@click.option("--yes", "-y", is_flag=True, help="Agree to what the plan asks for.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--record", is_flag=True, help="Short for --set stack.provider=record.")
@click.pass_obj
def up(context: Context, yes: bool, as_json: bool, record: bool) -> None:
    """Bring the stack to what the settings say, and wait until it works."""
    from ralex_stack import smoke

    if record:
        overrides = (*context.overrides, "stack.provider=record")
        context = replace(context, overrides=overrides)
    controller = context.controller()
    with controller.state.lock("up"):
        prepared = controller.prepare()
        _show(prepared)
        for question in prepared.plan.confirmations:
            agree(f"{question}. Go on?", yes=yes)
        _apply(controller, prepared)
        asked = smoke.check(controller.engine, controller.settings)
    say(f"tested: a call of {asked} went through the whole chain")
    _report(controller, prepared, as_json=as_json)


def _show(prepared: Prepared) -> None:
    for warning in prepared.warnings:
        say(f"warning: {warning}")
    if prepared.plan.changes:
        say(render_text(prepared.plan))


def _apply(controller: Controller, prepared: Prepared) -> None:
    if prepared.plan.builds:
        log = controller.state.path / "build.log"
        say(f"building {len(prepared.plan.builds)} images, some minutes at first (log: {log})")
    elif prepared.plan.changes:
        say("starting, and waiting until all services are healthy")
    controller.apply(prepared, progress=lambda step: say(f"  {step}"))


def _report(controller: Controller, prepared: Prepared, *, as_json: bool) -> None:
    from ralex_stack.cli.report import print_table, status_data

    if as_json:
        click.echo(json.dumps({"plan": prepared.plan.to_json(), **status_data(controller)}))
    else:
        print_table(controller)


@click.command()
@click.option("--volumes", is_flag=True, help="Remove the stack's data, too. Asks first.")
@click.option("--yes", "-y", is_flag=True, help="Agree to the removal of data.")
@click.pass_obj
def down(context: Context, volumes: bool, yes: bool) -> None:
    """Remove the stack's containers and networks; its data stays."""
    controller = context.controller()
    controller.claim()
    if volumes:
        names = ", ".join(controller.facts.volumes())
        agree(f"This removes for good: {names or 'no volumes'}, all credentials. Go on?", yes=yes)
    with controller.state.lock("down"):
        controller.engine.down()
        if volumes:
            controller.facts.remove_volumes()
            controller.state.forget()
    say(f"{controller.settings.stack.name} is down" + (", its data is gone" if volumes else ""))


@click.command()
@click.argument("services", nargs=-1)
@click.pass_obj
def restart(context: Context, services: tuple[str, ...]) -> None:
    """Restart services, all where none is named, and wait until they are healthy."""
    controller = context.controller()
    controller.claim()
    controller.require_up(services)
    with controller.state.lock("restart"):
        controller.engine.restart(services)
    say(f"restarted: {', '.join(services) or 'all services'}")
