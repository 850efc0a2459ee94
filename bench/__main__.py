"""Measure everything: `python -m bench [--quick] [--only NAME]...`."""

from __future__ import annotations

import os
import platform
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console

from bench import stack as stacks
from bench.command import MeasureError, run
from bench.measures import again, commands, day, gateway, pairs, prompt, routing, sizes, start
from bench.results import ROOT, Machine, Run
from bench.table import table
from ralex_stack.errors import RalexError
from ralex_stack.settings import Settings

if TYPE_CHECKING:
    from types import FrameType

    from docker import DockerClient

    from bench.figures import Figure
    from bench.stack import Stack

LIMIT_SECONDS = 900
"""Of a whole run, which takes about two thirds of it."""

PARTS = (
    *("commands", "start", "memory", "again", "prompt", "gateway", "budgets", "replicas"),
    *("routing", "day", "images"),
)


@click.command()
@click.option("--quick", is_flag=True, help="Fewer and shorter rounds, for a first look.")
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="This part, and no other.")
def main(quick: bool, only: tuple[str, ...]) -> None:
    """Measure, print a table, and keep the figures as JSON."""
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _stop)
    signal.alarm(LIMIT_SECONDS)
    parts = only or PARTS
    try:
        with tempfile.TemporaryDirectory(prefix="ralex-bench-") as directory:
            figures = _measure(Path(directory), quick, parts)
    except (MeasureError, RalexError) as error:
        sys.exit(f"error: {error}")
    done = _as_run(figures, partial=quick or parts != PARTS)
    # Wide enough for the longest line where there is no terminal.
    Console(width=None if sys.stdout.isatty() else 130).print(table(done))
    done.write(done.path)
    click.echo(f"kept in {done.path}")


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Leave by way of every `finally`: what was started is removed."""
    signal.alarm(0)
    why = f"took longer than {LIMIT_SECONDS} s" if number == signal.SIGALRM else "was ended"
    raise MeasureError(f"the run {why}; what it started is gone")


def _measure(directory: Path, quick: bool, parts: tuple[str, ...]) -> list[Figure]:
    figures: list[Figure] = []
    with stacks.made(directory) as stack, stack.facts.client() as client:
        for part in parts:
            click.echo(f"measuring: {part}", err=True)
            figures += _part(part, client, stack, quick=quick)
    return figures


def _part(part: str, client: DockerClient, stack: Stack, *, quick: bool) -> list[Figure]:
    if part == "commands":
        return commands.measure(stack, 5 if quick else 15)
    if part == "start":
        return start.measure(client, stack, 1 if quick else 3)
    stack.up()
    if part == "memory":
        return sizes.memory(stack, 5 if quick else 20)
    if part == "again":
        return again.measure(stack, 2 if quick else 5)
    if part == "prompt":
        return prompt.measure(client, stack, 1 if quick else 5)
    if part == "gateway":
        return gateway.measure(client, stack, stack.directory, *((1, 2.0) if quick else (5, 3.0)))
    if part in ("budgets", "replicas"):
        measure = pairs.budgets if part == "budgets" else pairs.replicas
        return measure(stack, *((1, 2.0) if quick else (5, 3.0)))
    if part == "day":
        return day.measure(stack)
    if part == "routing":
        return routing.measure(stack, 10 if quick else 60)
    return sizes.images(client, stack, Settings().images.base)


def _as_run(figures: list[Figure], *, partial: bool) -> Run:
    changes = run(["git", "status", "--porcelain"], directory=ROOT)
    return Run(
        commit=run(["git", "rev-parse", "HEAD"], directory=ROOT).strip(),
        changed=bool(changes.strip()),
        quick=partial,
        date=datetime.now(UTC),
        machine=_machine(),
        figures=tuple(figures),
    )


def _machine() -> Machine:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return Machine(
        cores=os.cpu_count() or 0,
        memory_gib=round(memory, 1),
        system=platform.platform(aliased=True, terse=True),
        docker=run(["docker", "version", "--format", "{{.Server.Version}}"]).strip(),
        python=platform.python_version(),
    )


if __name__ == "__main__":
    main()
