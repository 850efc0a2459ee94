"""Commands that work on a directory: a prompt, or OpenCode's terminal UI."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ralex_stack.cli.failure import Failure
from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current
from ralex_stack.cli.suggest import models as model_names
from ralex_stack.errors import EngineError, SilentError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ralex_stack.cli.context import Context
    from ralex_stack.controller import Controller
    from ralex_stack.runner import Result
    from ralex_stack.settings import Settings
    from ralex_stack.turn import Turn

_STARTS_WITHIN = 60
"""Seconds that OpenCode has for its start, before it waits for a model."""
_ATTEMPTS = 2


@click.command()
@click.argument("prompt")
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Directory to work in; default: this one.",
)
@click.option("--model", shell_complete=model_names, help="Model or tier:NAME.")
@click.option("--agent", help="OpenCode agent.")
@click.option("--continue", "go_on", is_flag=True, help="Go on with the directory's last session.")
@json_option("Print the result as JSON.")
@click.pass_obj
def run(
    context: Context,
    prompt: str,
    directory: Path,
    model: str | None,
    agent: str | None,
    go_on: bool,
    as_json: bool,
) -> None:
    """Carry out PROMPT (`-`: from standard input) in a directory.

    Ends with 1 where the turn failed or a permission was refused.
    """
    from ralex_stack.turn import Turn

    controller = context.controller()
    text = sys.stdin.read() if prompt == "-" else prompt
    if not text.strip():
        raise click.UsageError("the prompt is empty")
    arguments = ["opencode", "run", "--format", "json"]
    arguments += ["--model", _model(controller.settings, model)] if model else []
    arguments += ["--agent", agent] if agent else []
    arguments += ["--continue"] if go_on else []
    turn = Turn(
        answer=(lambda _: None) if as_json else click.echo,
        note=current().say,
    )
    result = _carried_out(controller, directory, arguments, text, turn)
    problem = turn.problem(result.code, result.stderr)
    told = _told(turn, problem, controller.settings, model) if problem else None
    if as_json:
        click.echo(json.dumps({**turn.to_json(problem), "hint": told and told.hint}))
    elif told:
        current().error(told.message, told.hint, told.code)
    sys.exit(1 if problem else 0)


def _carried_out(
    controller: Controller, directory: Path, arguments: list[str], prompt: str, turn: Turn
) -> Result:
    """The end of the turn, which is begun anew, once, where OpenCode hangs at its start.

    Its first event comes when a model begins to answer, before any tool is used.
    """
    from ralex_stack.render.opencode import patience

    within = patience(controller.settings) + _STARTS_WITHIN
    for _ in range(_ATTEMPTS):
        try:
            with _container(controller, directory, arguments, terminal=False) as command:
                return controller.runner.stream(
                    command,
                    turn.hear,
                    stdin=prompt,
                    environment=controller.engine.environment(),
                    first_within=within,
                )
        except SilentError:
            current().warn(f"OpenCode told nothing within {within} s, and was ended")
    raise EngineError(
        f"OpenCode hangs: it was begun {_ATTEMPTS} times, and told nothing within {within} s each",
        hint="`ralex-stack doctor` makes a call of a model; then run it again",
        code="opencode-hangs",
    )


def _told(turn: Turn, problem: str, settings: Settings, model: str | None) -> Failure:
    """A turn that failed, as people are told of it: its problem, and what to do."""
    from ralex_stack.provider_faults import fault

    if turn.errors:
        found = fault(turn.errors[-1], model or settings.opencode.model, settings)
        return Failure(f"the turn failed: {found.what}", found.hint, found.code or turn.code)
    hint = "run it again; `ralex-stack doctor` checks what the stack stands on"
    if turn.refused:
        hint = "allow it in `opencode.permissions`, or ask for something else"
    return Failure(problem, hint, turn.code)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), default=Path())
@click.pass_obj
def code(context: Context, directory: Path) -> None:
    """Open OpenCode's terminal UI on a directory, this one by default."""
    controller = context.controller()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise WorkspaceError(
            "`code` needs a terminal",
            hint='for a script use `ralex-stack run "PROMPT"`',
            code="terminal-needed",
        )
    with _container(controller, directory, ["opencode"], terminal=True) as command:
        code = controller.runner.interact(command, environment=controller.engine.environment())
    sys.exit(code)


@contextmanager
def _container(
    controller: Controller, directory: Path, arguments: list[str], *, terminal: bool
) -> Iterator[list[str]]:
    """The command that works on a directory in a container of its own."""
    from ralex_stack import workspace
    from ralex_stack.readiness import require_working

    controller.require_up()
    require_working(controller)
    found = workspace.find(directory, controller.runner)
    controller.expose(found.mounts)
    volume = controller.facts.ensure_volume(found.data_volume)
    options = ["--env", "TERM", "--env", "COLORTERM"] if terminal else ["--no-TTY"]
    options += found.run_options(volume)
    with workspace.held(found, controller.runner):
        before = workspace.redirections(found, controller.runner)
        try:
            with controller.engine.one_off("workspace", options, arguments) as command:
                yield command
        finally:
            after = workspace.redirections(found, controller.runner)
            _warn(path for path in after if after[path] != before.get(path))


def _warn(redirections: Iterable[Path]) -> None:
    """Tell what the agent left that makes git of this machine read other configuration."""
    for path in redirections:
        current().warn(
            f"{path} is new or changed: git on this machine would read the configuration it leads "
            "to, and run what that says. Look at it before you run git there."
        )


def _model(settings: Settings, name: str) -> str:
    """The name as OpenCode takes it. Raises RalexError, with the nearest names, if unknown."""
    from ralex_stack.model_names import require_known
    from ralex_stack.render.opencode import model_reference

    require_known(settings, name)
    return model_reference(name)
