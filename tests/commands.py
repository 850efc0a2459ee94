"""Commands as a user calls them, on a stand-in of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from ralex_stack.cli.main import cli

if TYPE_CHECKING:
    from fakes import RecordingRunner


def call(runner: RecordingRunner, *arguments: str, stdin: str | None = None) -> Result:
    """The result; errors of the program are raised."""
    result = CliRunner().invoke(cli, arguments, obj=runner, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def up(runner: RecordingRunner) -> None:
    assert call(runner, "up").exit_code == 0
