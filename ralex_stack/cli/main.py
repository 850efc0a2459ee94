"""Entry point: options of all commands, commands loaded lazily, errors shown."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

from ralex_stack import __version__
from ralex_stack.cli.context import Context
from ralex_stack.errors import RalexError

COMMANDS = {
    "up": "lifecycle",
    "down": "lifecycle",
    "restart": "lifecycle",
    "plan": "planning",
    "render": "planning",
    "status": "report",
    "logs": "report",
    "models": "report",
    "env": "report",
    "doctor": "doctor",
    "run": "work",
    "code": "work",
    "validate": "config",
    "config": "config",
    "schema": "config",
    "init": "config",
}
"""Command → the module of this package that has it, in the order of the help text."""


class LazyGroup(click.Group):
    """Imports a command's module when the command is asked for: `--version` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click.Group."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click.Group."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"ralex_stack.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.{cmd_name} is no command")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ralex-stack")
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    envvar="RALEX_SETTINGS",
    help="Settings file; default: ralex-stack.toml here or in a directory above.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set a value, e.g. --set network.gateway_port=4400.",
)
@click.pass_context
def cli(context: click.Context, settings: Path | None, overrides: tuple[str, ...]) -> None:
    """Bring up and use a private, budgeted, sandboxed AI coding stack."""
    context.obj = Context(settings, overrides)


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong input, 130 interrupted."""
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.Abort:
        print("interrupted; the same command run again goes on from here", file=sys.stderr)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except RalexError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.hint:
            print(f"next: {error.hint}", file=sys.stderr)
        sys.exit(error.exit_code)
