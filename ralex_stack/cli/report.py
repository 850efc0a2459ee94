"""Commands that tell what runs and how to use it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ralex_stack.addresses import urls
from ralex_stack.cli.budget_report import budget_data, budget_lines
from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current
from ralex_stack.cli.suggest import services as service_names
from ralex_stack.gateway.names import BUDGET_ERROR
from ralex_stack.readiness import missing_services, replicas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.cli.context import Context
    from ralex_stack.controller import Controller
    from ralex_stack.engines.docker import ContainerState


def status_data(controller: Controller, *, memory: bool = False) -> dict[str, Any]:
    """What runs, as data for `--json`."""
    from ralex_stack.plan.egress_effects import mode_of

    record, applied = controller.state.record(), controller.state.applied()
    usage = controller.facts.memory() if memory else {}
    states = controller.facts.containers()
    services = [
        {**asdict(state), **({"memory": usage.get(state.name)} if memory else {})}
        for state in states
    ]
    return {
        "name": controller.settings.stack.name,
        "provider": record.choices.provider if record else None,
        "last_call": controller.facts.last_call(),
        "egress": mode_of(applied.bundle) if applied else None,
        "budgets": budget_data(controller, states),
        "services": services,
        "missing": missing_services(applied, states),
        "replicas": {name: count._asdict() for name, count in replicas(applied, states).items()},
        "urls": dict(urls(controller.settings, applied)),
    }


def print_table(controller: Controller) -> None:
    """What runs where, and how to use it, for people."""
    from rich.table import Table

    table = Table(title=f"stack {controller.settings.stack.name}", title_justify="left")
    for column in ("service", "state", "address", "since"):
        table.add_column(column)
    states = controller.facts.containers()
    applied = controller.state.applied()
    several = replicas(applied, states)
    for name, (well, wanted) in several.items():
        color = "green" if well == wanted else "red"
        table.add_row(name, f"[{color}]{well} of {wanted} healthy[/]")
    for state in states:
        if not state.one_off:
            table.add_row(
                state.name if state.service in several else state.service,
                f"[{'green' if state.well else 'red'}]{_condition(state)}[/]",
                ", ".join(state.ports) or "inside only",
                state.started[:19].replace("T", " "),
            )
    for name in missing_services(applied, states):
        table.add_row(name, "[red]no container[/]")
    console = current().console()
    console.print(table)
    for line in budget_lines(controller, states):
        console.print(line, soft_wrap=True, markup=False)
    console.print(_usage(controller), soft_wrap=True, markup=False)


_EGRESS = {
    "allowlist": "listed hosts only   (what was refused: ralex-stack logs --egress)",
    "open": "OPEN: the sandbox reaches the internet and this machine's network",
}


def _condition(state: ContainerState) -> str:
    return " ".join(part for part in (state.state, state.health) if part)


def _usage(controller: Controller) -> str:
    from ralex_stack.plan.egress_effects import mode_of
    from ralex_stack.render.compose import project_name
    from ralex_stack.topology import RECORDINGS

    record, applied = controller.state.record(), controller.state.applied()
    addresses = urls(controller.settings, applied)
    mode = mode_of(applied.bundle) if applied else "none"
    lines = [*_last_call(controller), *_failed_checks(controller)]
    lines += [
        'prompt      ralex-stack run "create hello.py that prints hello"',
        "terminal    ralex-stack code",
        f"API         {addresses['gateway']}/v1   (keys: ralex-stack env)",
    ]
    if "opencode" in addresses:
        lines.append(
            f"browser     {addresses['opencode']}   (user opencode; password: ralex-stack env)"
        )
    if "admin" in addresses:
        login = "user admin; password: ralex-stack env --admin"
        lines.append(f"admin UI    {addresses['admin']}/ui/   ({login})")
    if "prometheus" in addresses:
        login = "user prometheus; password: ralex-stack env --metrics"
        lines.append(f"metrics     {addresses['prometheus']}/consoles/overview.html   ({login})")
    if mode in _EGRESS:
        lines.append(f"egress      {_EGRESS[mode]}")
    if record is not None and record.choices.provider == "simulator":
        lines.append(
            "provider    the bundled SIMULATOR: scripted answers, no model is asked, no money is "
            "spent. For real models set OPENROUTER_API_KEY and run `ralex-stack up`."
        )
    if record is not None and record.choices.provider == "record":
        container = f"{project_name(controller.settings.stack.name)}-simulator-1"
        lines.append(
            "provider    the real ones, RECORDING: what OpenRouter answers is kept in the volume "
            "`recordings`, from where `ralex-stack up --set stack.provider=simulator` answers it; "
            f"to copy it: docker cp {container}:{RECORDINGS} ."
        )
    return "\n".join(lines)


def _failed_checks(controller: Controller) -> Iterator[str]:
    """A line for each service whose last health check failed: it says what is wrong with it."""
    for state in controller.facts.containers():
        if state.check and not state.one_off:
            yield (
                f"{state.service:<11} its last health check FAILED: {state.check}; "
                "`ralex-stack doctor` tells what to do"
            )


def _last_call(controller: Controller) -> Iterator[str]:
    """A line where the last call of a model came to nothing: all services can be healthy then."""
    last = controller.facts.last_call()
    if last is not None and last["error"] == BUDGET_ERROR:
        yield (
            f"calls       the last one, of {last['model']}, was REFUSED at {last['time'][:19]} "
            "UTC: a budget has no room for it; `ralex-stack explain budget-spent`"
        )
    elif last is not None and last["status"] == "failure":
        yield (
            f"calls       the last one, of {last['model']}, FAILED at {last['time'][:19]} UTC: "
            f"{last['error']}; `ralex-stack doctor` makes a test call and tells what to do"
        )


@click.command()
@json_option("Print as JSON, with memory in bytes.")
@click.pass_obj
def status(context: Context, as_json: bool) -> None:
    """Show what runs where; ends with 1 where a service is missing or not healthy."""
    controller = context.controller()
    states = [s for s in controller.facts.containers() if not s.one_off]
    if as_json:
        click.echo(json.dumps(status_data(controller, memory=True), indent=2))
    elif not states:
        click.echo(f"{controller.settings.stack.name} is not up; start it with `ralex-stack up`")
    else:
        print_table(controller)
    applied = controller.state.applied()
    whole = states and not missing_services(applied, states)
    complete = all(well == wanted for well, wanted in replicas(applied, states).values())
    sys.exit(0 if whole and complete and all(state.well for state in states) else 1)


@click.command()
@click.argument("services", nargs=-1, shell_complete=service_names)
@click.option("--follow", "-f", is_flag=True, help="Go on printing.")
@click.option("--tail", default="200", help="Lines from the end, or `all`.")
@click.option("--egress", is_flag=True, help="What the sandbox was refused on its way out.")
@click.option("--routes", is_flag=True, help="Which tier `auto` chose for which session, and why.")
@json_option("Print as JSON; with --egress or --routes.")
@click.pass_obj
def logs(
    context: Context,
    services: tuple[str, ...],
    follow: bool,
    tail: str,
    egress: bool,
    routes: bool,
    as_json: bool,
) -> None:
    """Print the services' logs, what the sandbox was refused, or what `auto` chose."""
    if egress and routes:
        raise click.UsageError("--egress and --routes exclude each other")
    if as_json and not (egress or routes):
        raise click.UsageError(
            "--json goes with --egress or --routes: other logs are what services print"
        )
    if (egress or routes) and services:
        option = "--egress" if egress else "--routes"
        raise click.UsageError(f"{option} names no services: it reads the log of one")
    controller = context.controller()
    controller.require_up(services)
    if egress:
        from ralex_stack.cli.egress import show_refusals

        sys.exit(show_refusals(controller, as_json=as_json, follow=follow))
    if routes:
        from ralex_stack.cli.routes import show_routes

        sys.exit(show_routes(controller, as_json=as_json, follow=follow))
    sys.exit(controller.engine.logs(services, follow=follow, tail=tail))


@click.command()
@json_option("Print as JSON.")
@click.pass_obj
def models(context: Context, as_json: bool) -> None:
    """List models and tiers with upstreams, prices and fallbacks."""
    from ralex_stack.cli.model_table import model_rows, print_models

    rows = model_rows(context.load().settings)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        print_models(rows)
