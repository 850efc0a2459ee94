"""Commands about scoped keys: create, list, revoke, budget."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ralex_stack.cli import key_tables, suggest
from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.decorators import FC

    from ralex_stack.cli.context import Context
    from ralex_stack.controller import Controller
    from ralex_stack.scoped_keys import ScopedKeys, Told


def _finite(context: click.Context, option: click.Parameter, usd: float | None) -> float | None:
    """The amount; floats have infinity and `nan`, which no range of click's refuses."""
    if usd is not None and not math.isfinite(usd):
        raise click.BadParameter(f"{usd} is no amount of money")
    return usd


def _limits(text: str) -> Callable[[FC], FC]:
    """An option for each window; a command is given them by the windows' names."""

    def with_limits(command: FC) -> FC:
        for window, unit in reversed(key_tables.WINDOWS.items()):
            command = click.option(
                f"--{window}",
                type=click.FloatRange(min=0),
                metavar="USD",
                callback=_finite,
                help=text.format(unit),
            )(command)
        return command

    return with_limits


@click.group()
def keys() -> None:
    """Make and revoke keys for people, CI jobs and agents."""


@keys.command()
@click.argument("alias")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    shell_complete=suggest.models,
    help="A model or tier it may call; can be given again. Default: all.",
)
@_limits("USD it may spend per {}.")
@click.option("--rpm", type=click.IntRange(min=1), help="Requests it may make per minute.")
@click.option("--tpm", type=click.IntRange(min=1), help="Tokens it may use per minute.")
@click.option(
    "--expires", metavar="SPAN|DATE", help="30d, 12h, the last day, or a time. Default: never."
)
@click.option(
    "--client",
    type=click.Choice(("any", "opencode")),
    default="any",
    help="What calls with it: OpenCode is told of failures such that it does not repeat calls.",
)
@json_option("Print as JSON.")
@click.pass_obj
def create(
    context: Context,
    /,
    alias: str,
    models: tuple[str, ...],
    rpm: int | None,
    tpm: int | None,
    expires: str | None,
    client: str,
    as_json: bool,
    **limits: float | None,
) -> None:
    """Make a key and print it, once: only its digest is kept.

    ALIAS is whom or what it is for; accounts and limits name it. What the key may do goes to
    standard error, so that the key alone can be piped.
    """
    from zoneinfo import ZoneInfo

    from ralex_stack.gateway.keys import ALL_MODELS, Policy
    from ralex_stack.gateway.scoped_keys.key import ScopedKey
    from ralex_stack.model_names import require_known
    from ralex_stack.scoped_keys import checked_alias, expiry

    controller = context.controller()
    settings = controller.settings
    for model in models:
        require_known(settings, model)
    now = datetime.now(UTC)
    key = ScopedKey(
        checked_alias(alias),
        now,
        Policy(tuple(dict.fromkeys(models)) or (ALL_MODELS,), rpm, tpm, client),
        _above_zero(limits),
        expiry(expires, now, ZoneInfo(settings.budget.time_zone)) if expires else None,
    )
    secret, told = _scoped(controller).create(key)
    if as_json:
        click.echo(json.dumps({"key": secret, **told}, indent=2))
        return
    click.echo(secret)
    _say_what_it_may(controller, told)


@keys.command("list")
@json_option("Print as JSON, money in USD.")
@click.pass_obj
def list_keys(context: Context, as_json: bool) -> None:
    """List keys with what they may do and have spent so far; never a key itself.

    With a database LiteLLM's virtual keys as well, which its admin UI makes and changes.
    """
    controller = context.controller()
    found = _scoped(controller).all()
    if found.virtual_away:
        current().warn(f"LiteLLM's virtual keys are not listed: {found.virtual_away}")
    if as_json:
        kinds = {"scoped": found.scoped, "virtual": found.virtual}
        rows = [{"kind": kind, **told} for kind, keys in kinds.items() for told in keys]
        click.echo(json.dumps(rows, indent=2))
        return
    zone = controller.settings.budget.time_zone
    if found.scoped:
        key_tables.print_scoped(found.scoped, zone)
    else:
        click.echo("there are no keys; make one with `ralex-stack keys create ALIAS`")
    if found.virtual:
        key_tables.print_virtual(found.virtual, zone)


@keys.command()
@click.argument("alias")
@json_option("Print as JSON.")
@click.pass_obj
def revoke(context: Context, alias: str, as_json: bool) -> None:
    """End a key for good; the gateway refuses it within seconds."""
    told = _scoped(context.controller()).revoke(alias)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(f"{alias} is revoked; calls in flight go on to their end, and no more begin")


@keys.command()
@click.argument("alias")
@_limits("USD it may spend per {}; 0 for no limit.")
@json_option("Print as JSON.")
@click.pass_obj
def budget(context: Context, /, alias: str, as_json: bool, **limits: float | None) -> None:
    """Change what a key may spend; other limits stay, and so does what it has spent."""
    given = {window: usd for window, usd in limits.items() if usd is not None}
    if not given:
        raise click.UsageError(
            f"give a limit: {', '.join(f'--{window}' for window in key_tables.WINDOWS)}"
        )
    told = _scoped(context.controller()).limit(alias, given)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(f"{alias}: {', '.join(key_tables.budget(told)) or 'no limit of what it spends'}")


def _scoped(controller: Controller) -> ScopedKeys:
    from ralex_stack.scoped_keys import ScopedKeys

    controller.require_up(("gateway",))
    return ScopedKeys(controller.engine)


def _above_zero(limits: dict[str, float | None]) -> dict[str, float]:
    for window, usd in limits.items():
        if usd == 0:
            raise click.UsageError(
                f"--{window} 0 lets the key spend nothing: leave it out, or more"
            )
    return {window: usd for window, usd in limits.items() if usd}


def _say_what_it_may(controller: Controller, told: Told) -> None:
    from ralex_stack.addresses import urls

    output = current()
    address = urls(controller.settings, controller.state.applied())["gateway"]
    limits = ", ".join(key_tables.limits(told)) or "none of its own"
    output.say(f"This is the only time the key of {told['alias']} is shown: pass it on now.")
    output.say(f"may call    {key_tables.models(told)}")
    output.say(f"limits      {limits}")
    output.say(f"expires     {key_tables.ends(told, controller.settings.budget.time_zone)}")
    output.say(f"API         {address}/v1   (Anthropic's clients: {address})")
