"""`ralex-stack` alone: the state that is found, and what to do next."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import click

from ralex_stack.errors import RalexError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.cli.context import Context
    from ralex_stack.controller import Controller

State = Literal["problem", "down", "unhealthy", "up"]

_ENGINE_ANSWERS_WITHIN = 3
"""Seconds; an engine that hangs is told as one that does not answer."""
_MOST_LINES = 6
"""Of a problem; `validate` shows all of them."""
_PLAIN_WORDS = {"simulator": "the bundled simulator", "record": "real models, recording"}


@dataclass(frozen=True)
class Problem:
    """Why nothing can be said of the stack."""

    error: str
    hint: str
    code: str


@dataclass(frozen=True)
class Found:
    """What is there."""

    state: State
    stack: str = ""
    settings: str | None = None
    problem: Problem | None = None
    services: int = 0
    unhealthy: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Services that were brought up and have no container any more."""
    changed: bool = False
    """Whether the settings say something else than what was brought up."""
    provider: str | None = None
    gateway: str = ""
    opencode: str = ""
    others: tuple[str, ...] = ()
    """Other stacks that this user brought up."""


@dataclass(frozen=True)
class Step:
    """Something to do next."""

    command: str
    why: str


def show(context: Context) -> None:
    """Print what is there and what to do next. Ends with 0 whatever it is."""
    found = look(context)
    steps = list(next_steps(found))
    if context.output.json:
        data = {**asdict(found), "next": [asdict(step) for step in steps]}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    text = "\n".join([*_heading(found), "", *_lines(steps)])
    context.output.print(context.output.fold(text))


def look(context: Context) -> Found:
    """What is there, in little time; a failure is a part of that."""
    try:
        controller = context.controller()
    except (RalexError, OSError) as error:
        return Found("problem", problem=_problem(error), others=_stacks())
    name = controller.settings.stack.name
    path = str(controller.loaded.path) if controller.loaded.path else None
    others = tuple(stack for stack in _stacks() if stack != name)
    try:
        return _of_stack(controller, name, path, others)
    except (RalexError, OSError) as error:
        return Found("problem", name, path, _problem(error), others=others)


def _of_stack(
    controller: Controller, name: str, path: str | None, others: tuple[str, ...]
) -> Found:
    from ralex_stack.addresses import urls
    from ralex_stack.readiness import missing_services, replicas

    controller.facts.timeout = _ENGINE_ANSWERS_WITHIN
    record = controller.state.record()
    services = [c for c in controller.facts.containers() if not c.one_off]
    if record is None or not services:
        return Found("down", name, path, others=others)
    applied = controller.state.applied()
    counts = replicas(applied, services).items()
    short = [name for name, (well, wanted) in counts if well != wanted]
    bad = tuple(dict.fromkeys([*(c.service for c in services if not c.well), *short]))
    missing = missing_services(applied, services)
    addresses = urls(controller.settings, applied)
    return Found(
        "unhealthy" if bad or missing else "up",
        name,
        path,
        services=len({c.service for c in services}),
        unhealthy=bad,
        missing=missing,
        changed=applied is not None and controller.render(applied.choices) != applied.bundle,
        provider=record.choices.provider,
        gateway=addresses["gateway"],
        opencode=addresses.get("opencode", ""),
        others=others,
    )


def _stacks() -> tuple[str, ...]:
    from ralex_stack.host import state_home
    from ralex_stack.state import recorded

    try:
        return tuple(recorded(state_home(os.environ)))
    except (RalexError, OSError):
        return ()


def _problem(error: RalexError | OSError) -> Problem:
    if isinstance(error, RalexError):
        return Problem(str(error), error.hint, error.code)
    from ralex_stack.cli.failure import explained

    failure = explained(error)
    return Problem(failure.message, failure.hint, failure.code)


def next_steps(found: Found) -> Iterator[Step]:
    """What to do next, the first thing first. Pure."""
    if found.problem is not None:
        yield from _of_problem(found.problem)
    elif found.state == "down":
        yield Step("ralex-stack up", "bring the stack up; needs no key, and asks before it pays")
        if found.settings is None:
            yield Step("ralex-stack init", "write a settings file with every setting explained")
        yield Step("ralex-stack plan", "see what `up` would do")
    elif found.state == "unhealthy":
        for service in found.unhealthy:
            yield Step(f"ralex-stack logs {service}", "what it says")
        yield Step("ralex-stack up", "bring it up again")
        yield Step("ralex-stack doctor", "check memory, disk, ports and all else")
    else:
        yield from _of_use(found)
    if found.changed:
        yield Step("ralex-stack plan", "the settings have changed: see what `up` would do")
    if found.others:
        names = ", ".join(found.others)
        yield Step("ralex-stack --stack NAME …", f"another stack of yours: {names}")
    yield Step("ralex-stack --help", "all commands")


def _of_problem(problem: Problem) -> Iterator[Step]:
    if problem.code == "settings-exposed":
        yield Step("ralex-stack up", "look at the file, then agree to it here")
    elif problem.code.startswith("settings") or problem.code == "setting-path":
        yield Step("ralex-stack validate", "check the settings again once they are corrected")
    else:
        yield Step("ralex-stack doctor", "check what the stack stands on")
    yield Step(f"ralex-stack explain {problem.code}", "what it means, and what to do")


def _of_use(found: Found) -> Iterator[Step]:
    yield Step('ralex-stack run "create hello.py that prints hello"', "a prompt, in this directory")
    yield Step("ralex-stack code", "OpenCode's terminal UI")
    yield Step('eval "$(ralex-stack env)"', "keys for other clients")
    if found.provider == "simulator":
        yield Step(
            "export OPENROUTER_API_KEY=… && ralex-stack up",
            "real models",
        )


def _heading(found: Found) -> list[str]:
    if found.problem is not None:
        first, *more = found.problem.error.splitlines() or [""]
        lines = [f"{click.style('✗', fg='red')} {first}", *more[:_MOST_LINES]]
        lines += [f"  … and {len(more) - _MOST_LINES} more"] if len(more) > _MOST_LINES else []
        return [*lines, f"  next: {found.problem.hint}"] if found.problem.hint else lines
    if found.state == "down":
        return [f"The stack {_name(found)} is not up."]
    if found.state == "unhealthy":
        bad = [*found.unhealthy, *(f"{name} (no container)" for name in found.missing)]
        named = click.style(", ".join(bad), fg="red")
        return [f"The stack {_name(found)} is up, but not healthy: {named}"]
    provider = _PLAIN_WORDS.get(found.provider or "", "real models")
    lines = [
        f"{click.style('✓', fg='green')} The stack {_name(found)} is up: {found.services} services "
        f"healthy, answered by {provider}.",
        f"  API      {found.gateway}/v1",
    ]
    if found.opencode:
        lines.append(f"  browser  {found.opencode}   user opencode; password: ralex-stack env")
    return lines


def _name(found: Found) -> str:
    where = f" ({found.settings})" if found.settings else ""
    return click.style(found.stack, bold=True) + where


def _lines(steps: list[Step]) -> list[str]:
    width = min(max(len(step.command) for step in steps), 52)
    return [f"  {click.style(s.command.ljust(width), fg='cyan')}  {s.why}" for s in steps]
