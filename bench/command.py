"""Programs that are timed or needed on the way; each ends by itself."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

LIMIT_SECONDS = 240


class MeasureError(Exception):
    """Something did not do what was to be measured."""


def run(
    arguments: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> str:
    """What the program prints. Raises MeasureError for a code other than 0 and at the limit."""
    shown = " ".join(map(str, arguments))
    try:
        done = subprocess.run(
            list(map(str, arguments)),
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MeasureError(f"{shown} did not end within {LIMIT_SECONDS} s") from None
    if done.returncode != 0:
        raise MeasureError(f"{shown} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def seconds(action: Callable[[], object]) -> float:
    """How long the action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def in_turn(actions: Sequence[Callable[[], object]], repeats: int) -> list[list[float]]:
    """Seconds of each action, measured in turn such that what else happens strikes all alike.

    One round before is not counted: it fills caches of the file system for all.
    """
    for action in actions:
        action()
    rounds = [[seconds(action) for action in actions] for _ in range(repeats)]
    return [list(side) for side in zip(*rounds, strict=True)]
