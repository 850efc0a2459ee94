"""Colours, and how much is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
import pytest
from commands import call, up

from ralex_stack.cli.main import COMMANDS, cli
from ralex_stack.cli.output import Color, of_arguments, wants_color

if TYPE_CHECKING:
    from fakes import RecordingRunner


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "wanted"),
    [
        ("auto", {"TERM": "xterm"}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_when_there_are_colours(
    choice: Color, environment: dict[str, str], terminal: bool, wanted: bool
) -> None:
    assert wants_color(choice, environment, terminal=terminal) is wanted


@pytest.mark.parametrize(
    ("arguments", "color", "as_json"),
    [
        ([], "auto", False),
        (["plan", "--color", "never"], "never", False),
        (["--color=always", "plan", "--json"], "always", True),
        (["--color", "always", "plan", "--color", "never"], "never", False),
        (["plan", "--color", "blue"], "auto", False),
        (["run", "--", "--json", "--color=never"], "auto", False),
    ],
)
def test_what_a_command_line_asks_for(arguments: list[str], color: str, as_json: bool) -> None:
    output = of_arguments(arguments)
    assert (output.color, output.json) == (color, as_json)


@pytest.mark.parametrize("place", [("--color", "always", "plan"), ("plan", "--color", "always")])
def test_options_stand_before_and_after_the_command(
    runner: RecordingRunner, place: tuple[str, ...]
) -> None:
    assert "\x1b[32m" in call(runner, *place).stdout
    assert "\x1b[" not in call(runner, "plan").stdout


@pytest.mark.parametrize("place", [("--json", "status"), ("status", "--json")])
def test_json_before_and_after_the_command(runner: RecordingRunner, place: tuple[str, ...]) -> None:
    up(runner)
    assert json.loads(call(runner, *place).stdout)["name"] == "ralex"


def test_json_of_a_command_below_another(runner: RecordingRunner) -> None:
    for place in (("--json", "config", "show"), ("config", "show", "--json")):
        assert "stack" in json.loads(call(runner, *place).stdout)


@pytest.mark.parametrize("name", ["code", "completion"])
@pytest.mark.parametrize("before", [True, False])
def test_a_command_that_reports_nothing_refuses_json(
    runner: RecordingRunner, name: str, before: bool
) -> None:
    arguments = ["--json", name, "bash"] if before else [name, "bash", "--json"]
    result = call(runner, *arguments)
    assert result.exit_code == 2
    assert f"`{name}` has no --json" in result.stderr


def test_all_other_commands_have_json() -> None:
    context = click.Context(cli)
    assert isinstance(cli, click.Group)
    without = []
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        below = list(command.commands.values()) if isinstance(command, click.Group) else [command]
        for one in below:
            (option,) = [p for p in one.params if "--json" in p.opts]
            assert isinstance(option, click.Option)
            without += [name] if option.hidden else []
    assert without == ["code", "completion"]


def test_with_json_standard_output_is_only_that(runner: RecordingRunner) -> None:
    for arguments in (["up"], ["up"], ["restart"], ["plan"], ["down", "--volumes", "--yes"]):
        json.loads(call(runner, *arguments, "--json").stdout)


def test_quiet_leaves_results(runner: RecordingRunner) -> None:
    result = call(runner, "up", "--quiet")
    assert result.stderr == ""
    assert "stack ralex" in result.stdout
    assert call(runner, "-q", "down").output == ""


def test_verbose_tells_each_program(runner: RecordingRunner) -> None:
    told = call(runner, "up", "-v").stderr
    assert "ran (code 0, " in told
    assert "docker compose --project-directory" in told
    assert "ran (" not in call(runner, "restart").stderr
