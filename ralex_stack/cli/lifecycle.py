"""Commands that start and stop the stack."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ralex_stack.cli.ask import agree
from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current
from ralex_stack.cli.plan_text import render_text
from ralex_stack.cli.progress import shown
from ralex_stack.cli.suggest import services as service_names
from ralex_stack.progress import Phase

if TYPE_CHECKING:
    from ralex_stack.cli.context import Context
    from ralex_stack.controller import Controller, Prepared


@click.command()
@click.option("--yes", "-y", is_flag=True, help="Agree to what the plan asks for.")
@json_option("Print the result as JSON.")
@click.option("--record", is_flag=True, help="Short for --set stack.provider=record.")
@click.pass_obj
def up(context: Context, yes: bool, as_json: bool, record: bool) -> None:
    """Bring up what the settings say, and wait until it works."""
    if record:
        overrides = (*context.overrides, "stack.provider=record")
        context = replace(context, overrides=overrides)
    controller = context.controller(context.agreed(yes=yes))
    with controller.state.lock("up"):
        prepared = controller.prepare()
        _show(prepared)
        for question in prepared.plan.confirmations:
            agree(f"{question}. Go on?", yes=yes)
        asked = _apply(controller, prepared)
    current().say(f"tested: a call of {asked} went through the whole chain")
    _report(controller, prepared, as_json=as_json)


def _show(prepared: Prepared) -> None:
    output = current()
    for warning in prepared.warnings:
        output.warn(warning)
    if prepared.plan.changes:
        output.say(output.fold(render_text(prepared.plan), err=True))


def _apply(controller: Controller, prepared: Prepared) -> str:
    """Bring it about; returns the name of the model that was asked in the end."""
    from ralex_stack import smoke

    with shown(current()) as listener:
        controller.apply(prepared, listener)
        listener(Phase("testing a call through the whole chain"))
        return smoke.check(controller.engine, controller.settings)


def _report(controller: Controller, prepared: Prepared, *, as_json: bool) -> None:
    from ralex_stack.cli.report import print_table, status_data

    if as_json:
        click.echo(json.dumps({"plan": prepared.plan.to_json(), **status_data(controller)}))
    else:
        print_table(controller)


@click.command()
@click.option("--volumes", is_flag=True, help="Remove the stack's data, too. Asks first.")
@click.option("--yes", "-y", is_flag=True, help="Agree to the removal of data.")
@json_option("Print the result as JSON.")
@click.pass_obj
def down(context: Context, volumes: bool, yes: bool, as_json: bool) -> None:
    """Remove the stack's containers and networks; its data stays."""
    from ralex_stack.engines.watch import watching

    controller = context.controller()
    controller.claim()
    name = controller.settings.stack.name
    removed = controller.facts.volumes() if volumes else ()
    if volumes:
        data = ", ".join(removed) or "no volumes"
        agree(f"This removes for good: {data}, all credentials. Go on?", yes=yes)
    with controller.state.lock("down"), shown(current()) as listener:
        listener(Phase(f"ending {name}"))
        with watching(controller.facts, listener):
            controller.engine.down()
        if volumes:
            controller.facts.remove_volumes()
            controller.state.forget()
    current().say(f"{name} is down" + (", its data is gone" if volumes else ""))
    if as_json:
        click.echo(json.dumps({"name": name, "up": False, "removed_volumes": removed}))


@click.command()
@click.argument("services", nargs=-1, shell_complete=service_names)
@json_option("Print the result as JSON.")
@click.pass_obj
def restart(context: Context, services: tuple[str, ...], as_json: bool) -> None:
    """Restart services, all where none is named, and wait until they are healthy."""
    from ralex_stack.engines.watch import watching

    controller = context.controller()
    controller.claim()
    controller.require_up(services)
    named = ", ".join(services) or "all services"
    with controller.state.lock("restart"), shown(current()) as listener:
        listener(Phase(f"restarting {named}"))
        with watching(controller.facts, listener):
            controller.engine.restart(services)
    current().say(f"restarted: {named}")
    if as_json:
        from ralex_stack.cli.report import status_data

        click.echo(json.dumps(status_data(controller)))
