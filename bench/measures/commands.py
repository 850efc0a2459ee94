"""Commands that only compute, against those of Tutor that do the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import tutor
from bench.command import in_turn, run
from bench.figures import Aim, Figure, compared

if TYPE_CHECKING:
    from bench.stack import Stack


def measure(stack: Stack, repeats: int) -> list[Figure]:
    """`--version`, and writing a project's files: Tutor renders templates, `render` settings."""
    command = tutor.install()
    environment = tutor.environment(stack.directory)
    out = stack.directory / "rendered"

    def theirs(*arguments: str) -> None:
        run([command, *arguments], environment=environment)

    ours_version, theirs_version, ours_printed, ours_written, theirs_written = in_turn(
        [
            lambda: stack.run("--version"),
            lambda: theirs("--version"),
            lambda: stack.run("render"),
            lambda: stack.run("render", "--out", out, "--no-secrets"),
            lambda: theirs("config", "save"),
        ],
        repeats,
    )
    return [
        compared("--version : tutor --version", "s", ours_version, theirs_version, Aim(0.7)),
        compared("render : tutor config save", "s", ours_printed, theirs_written, Aim(0.8)),
        compared("render --out : tutor config save", "s", ours_written, theirs_written, Aim(0.8)),
    ]
