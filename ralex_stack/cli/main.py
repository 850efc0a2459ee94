"""Entry point: options of all commands, commands loaded lazily."""

from __future__ import annotations

import importlib
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ralex_stack import __version__
from ralex_stack.cli import suggest
from ralex_stack.cli.context import Context
from ralex_stack.cli.options import with_shared
from ralex_stack.cli.output import COLORS, Color, Output

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "up": ("lifecycle", "Bring up what the settings say, and wait until it works."),
    "down": ("lifecycle", "Remove the stack's containers and networks; its data stays."),
    "restart": ("lifecycle", "Restart services and wait until they are healthy."),
    "plan": ("planning", "Show what `up` would do, and why."),
    "render": ("planning", "Write a standard Compose project."),
    "status": ("report", "Show what runs where."),
    "logs": ("report", "Print the services' logs."),
    "models": ("report", "List models and tiers with upstreams, prices and fallbacks."),
    "spend": ("spend", "Show what calls have cost, by model, tier, key, session or day."),
    "route": ("route", "Explain which tier `auto` chooses for a prompt, and why."),
    "env": ("environment", "Print shell exports for other clients."),
    "keys": ("keys", "Make and revoke keys for people, CI jobs and agents."),
    "doctor": ("doctor", "Check what the stack stands on; each finding with its remedy."),
    "run": ("work", "Carry out a prompt in a directory."),
    "code": ("work", "Open OpenCode's terminal UI on a directory."),
    "validate": ("config", "Check the settings and tell every problem at once."),
    "config": ("config", "Look at the settings that are in force."),
    "schema": ("config", "Print the JSON schema of the settings file."),
    "init": ("config", "Write a settings file with every setting explained."),
    "import": ("import_command", "Take over the settings of an old Ralex checkout."),
    "explain": ("explain", "Explain an error by its code."),
    "completion": ("completion", "Print the shell's completion of commands."),
}
"""Command → the module of this package that has it and its short help, in the help's order."""


class LazyGroup(click.Group):
    """Imports a command's module when the command is called: help and version stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click.Group."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click.Group."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"ralex_stack.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.{cmd_name} is no command")
        return with_shared(command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """See click.Group: from the table, too."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=text)
            for name, (_, text) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See click.Group: from the table above, since asking the commands would import them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="ralex-stack")
@click.option(
    "--settings",
    # What cannot be read is told of by who reads it, with what to do.
    type=click.Path(path_type=Path, readable=False),
    envvar="RALEX_SETTINGS",
    help="Settings file; default: ralex-stack.toml here or in a directory above.",
)
@click.option(
    "--stack",
    metavar="NAME",
    shell_complete=suggest.stacks,
    help="A stack of this machine, with the settings it has.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    shell_complete=suggest.assignments,
    help="Set a value, e.g. --set network.gateway_port=4400.",
)
@click.option("--json", "as_json", is_flag=True, help="Print results as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="Print results, warnings and errors only.")
@click.option("--verbose", "-v", is_flag=True, help="Show each program that is run.")
@click.option("--color", type=click.Choice(COLORS), default="auto", help="Whether to use colours.")
@click.pass_context
def cli(
    context: click.Context,
    settings: Path | None,
    stack: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    verbose: bool,
    color: Color,
) -> None:
    """Bring up and use a private, budgeted, sandboxed AI coding stack.

    Without a command: what is there, and what to do next. The last four options can stand after
    the command, too.
    """
    if stack is not None and settings is not None:
        source = context.get_parameter_source("settings")
        if source is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError("--stack and --settings exclude each other: give one of them")
        settings = None
    output = Output(color, quiet, verbose, as_json)
    context.obj = Context(settings, overrides, stack, runner=context.obj, output=output)
    if context.invoked_subcommand is None:
        from ralex_stack.cli.home import show

        show(context.obj)


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong input, 130 interrupted."""
    from ralex_stack.cli.failure import run

    run(cli)
