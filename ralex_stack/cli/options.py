"""Options that all commands share: they stand before the command or after it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ralex_stack.cli.context import Context
from ralex_stack.cli.output import COLORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.decorators import FC


def json_option(text: str) -> Callable[[FC], FC]:
    """The option `--json` of a command; the command is given it as `as_json`."""

    def wanted(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
        return value or current_context(context).output.json

    return click.option("--json", "as_json", is_flag=True, help=text, callback=wanted)


def current_context(context: click.Context) -> Context:
    """What the command is given; a default one where it is called without the group."""
    return context.obj if isinstance(context.obj, Context) else Context()


def with_shared(command: click.Command) -> click.Command:
    """The command, and all below it, with the options that every command has."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            with_shared(below)
    there = {parameter.name for parameter in command.params}
    command.params += [option for option in _shared() if option.name not in there]
    if not isinstance(command, click.Group) and "as_json" not in there:
        command.params.append(_no_json())
    return command


def _shared() -> list[click.Option]:
    return [
        _flag("quiet", "q", "Print results, warnings and errors only."),
        _flag("verbose", "v", "Show each program that is run, with its time and exit code."),
        click.Option(
            ["--color"],
            type=click.Choice(COLORS),
            expose_value=False,
            callback=_noted("color"),
            help="Whether to use colours.",
        ),
    ]


def _no_json() -> click.Option:
    """Refuses `--json`, before the command or after it, where the command reports nothing."""

    def refuse(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        if value or current_context(context).output.json:
            raise click.UsageError(f"`{context.info_name}` has no --json")

    return click.Option(
        ["--json", "as_json"], is_flag=True, hidden=True, expose_value=False, callback=refuse
    )


def _flag(name: str, letter: str, text: str) -> click.Option:
    return click.Option(
        [f"--{name}", f"-{letter}"],
        is_flag=True,
        expose_value=False,
        callback=_noted(name),
        help=text,
    )


def _noted(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Puts a value that was given into the context; where none was, the one before stays."""

    def note(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value:
            before = current_context(context)
            context.obj = replace(before, output=replace(before.output, **{name: value}))

    return note
