"""What goes to the terminal: how much of it, and in which colours. The one place that decides."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, get_args

import click

from ralex_stack.cli.fit import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

Color = Literal["auto", "always", "never"]
COLORS: tuple[Color, ...] = get_args(Color)

_WIDTH_WITHOUT_TERMINAL = 100


@dataclass(frozen=True)
class Output:
    """What the user wants to see; standard output holds results, standard error all else."""

    color: Color = "auto"
    quiet: bool = False
    verbose: bool = False
    json: bool = False

    def colored(self, *, err: bool = False) -> bool:
        """Whether a stream is to be coloured."""
        stream = sys.stderr if err else sys.stdout
        return wants_color(self.color, os.environ, terminal=stream.isatty())

    def live(self) -> bool:
        """Whether progress can be drawn over and over on standard error."""
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not self.quiet

    def print(self, text: str, *, err: bool = False, newline: bool = True) -> None:
        """A styled text, without its styles where the stream has no colours."""
        click.echo(text, err=err, nl=newline, color=self.colored(err=err))

    def fold(self, text: str, *, err: bool = False) -> str:
        """The text with its lines folded where the stream is a terminal, as wide as that is."""
        if not (sys.stderr if err else sys.stdout).isatty():
            return text
        return folded(text, shutil.get_terminal_size().columns)

    def say(self, text: str) -> None:
        """A line on progress or a note."""
        if not self.quiet:
            self.print(text, err=True)

    def warn(self, text: str) -> None:
        """A warning, also where only errors are wanted: it may be the only one."""
        self.print(f"{click.style('warning:', fg='yellow')} {text}", err=True)

    def trace(self, text: str) -> None:
        """A line on what is done to get there."""
        self.print(click.style(text, dim=True), err=True)

    def error(self, message: str, hint: str, code: str) -> None:
        """What is wrong, what to do next, and where more of it stands."""
        self.print(f"{click.style('error:', fg='red', bold=True)} {message}", err=True)
        if hint:
            label = click.style("next:", bold=True)
            self.print(self.fold(f"{label} {hint}", err=True), err=True)
        if code:
            self.print(click.style(f"more: ralex-stack explain {code}", dim=True), err=True)

    def console(self, *, err: bool = False) -> Console:
        """Rich's console on a stream; not a terminal: wide enough for the tables."""
        from rich.console import Console

        stream = sys.stderr if err else sys.stdout
        return Console(
            file=stream,
            width=None if stream.isatty() else _WIDTH_WITHOUT_TERMINAL,
            force_terminal=self.colored(err=err) or (err and self.live()),
            no_color=not self.colored(err=err),
            highlight=False,
        )


def wants_color(choice: Color, environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether to colour: by choice, else on a terminal without NO_COLOR (https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    return terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def of_arguments(arguments: Sequence[str]) -> Output:
    """What a command line asks for, as far as that can be told where it is not understood."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    options = list(arguments[:end])
    named = [after for option, after in pairwise(options) if option == "--color"]
    named += [option.partition("=")[2] for option in options if option.startswith("--color=")]
    given: list[Color] = [choice for choice in COLORS if choice in named[-1:]]
    return Output(given[0] if given else "auto", json="--json" in options)


def current() -> Output:
    """The output of the command that is running."""
    context = click.get_current_context(silent=True)
    output = getattr(context.obj, "output", None) if context else None
    return output if isinstance(output, Output) else Output()
