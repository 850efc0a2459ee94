"""Ctrl-C, SIGTERM and kill -9 at the steps of `up` and `down`: the next command converges.

Steps are found by running the command once. By default some of `up` are tried, the first and the
last among them, chosen by a fixed seed. With the marker `long` all of both are: at each the command
is killed once, and once ended by Ctrl-C or SIGTERM in turn, which it takes the same way.
"""

from __future__ import annotations

import random
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from converged import require_converged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Stack

SCRIPT = Path(__file__).with_name("stopped_at.py")
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
CODES = {signal.SIGKILL: {-9}, signal.SIGINT: {130, 0}, signal.SIGTERM: {143, 0}}
"""0, where the command ended before the signal came."""
COMMANDS = {"up": ("up", "--yes"), "down": ("down",)}
ENDS_WITHIN_SECONDS = 120
PYTHON = Path(sys.executable).name


def stopped(stack: Stack, command: str, number: int, step: int) -> tuple[int, int, str]:
    """Exit code, steps taken, and what was printed by a command that has work to do."""
    if command == "up":
        stack.move()
    steps = stack.directory / "steps"
    steps.write_text("0")
    script = [sys.executable, str(SCRIPT), str(number), str(step)]
    done = stack.tell(
        [*script, *stack.arguments(*COMMANDS[command])[1:]],
        environment={"STEPS_FILE": str(steps)},
        within=ENDS_WITHIN_SECONDS,
        own_session=True,
    )
    return done.returncode, int(steps.read_text()), done.stdout


def left_running(stack: Stack) -> list[str]:
    """Command lines of programs that work on the stack."""
    about = (stack.name, str(stack.state))
    return [line for line in _command_lines() if any(name in line for name in about)]


def _command_lines() -> Iterator[str]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        # One that has ended in between is not running.
        with suppress(OSError):
            program, _, rest = file.read_text(errors="replace").partition("\0")
            # Shims and containers belong to the engine.
            if Path(program).name in ("docker", "docker-compose", "docker-buildx", PYTHON):
                yield f"{program} {rest}".replace("\0", " ")


def stop_and_converge(stack: Stack, command: str, number: signal.Signals, step: int) -> None:
    kept = stack.secrets
    code, _, printed = stopped(stack, command, number, step)
    assert code in CODES[number], f"{number.name} at step {step}: {printed}"
    if number != signal.SIGKILL:
        assert left_running(stack) == [], f"{number.name} at step {step}"
    require_converged(stack)
    assert stack.secrets == kept
    # What a killed command had started was told to end, or was waited for by the next one.
    assert left_running(stack) == [], f"{number.name} at step {step}"


def count(stack: Stack, command: str) -> int:
    code, steps, printed = stopped(stack, command, signal.SIGKILL, 0)
    assert code == 0, printed
    assert steps > 3
    require_converged(stack)
    return steps


@pytest.mark.parametrize("command", ["up", pytest.param("down", marks=pytest.mark.long)])
def test_some_steps(unlucky: Stack, command: str) -> None:
    last = count(unlucky, command)
    middle = random.Random(last).sample(range(2, last), 1)
    for step, number in zip([1, *middle, last], SIGNALS, strict=True):
        stop_and_converge(unlucky, command, number, step)


KILLED = (signal.SIGKILL,)
ENDED = (signal.SIGINT, signal.SIGTERM)


@pytest.mark.long
@pytest.mark.parametrize("numbers", [KILLED, ENDED], ids=["killed", "ended"])
@pytest.mark.parametrize("command", COMMANDS)
def test_all_steps(unlucky: Stack, command: str, numbers: tuple[signal.Signals, ...]) -> None:
    for step in range(1, count(unlucky, command) + 1):
        stop_and_converge(unlucky, command, numbers[step % len(numbers)], step)
