"""Programs that are timed or needed on the way; each ends by itself."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

LIMIT_SECONDS = 240
_GRACE_SECONDS = 30


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
    with subprocess.Popen(
        list(map(str, arguments)),
        env=environment,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            printed, complaint = process.communicate(timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            _end(process)
            raise MeasureError(f"{shown} did not end within {LIMIT_SECONDS} s") from None
        except BaseException:
            _end(process)
            raise
    if process.returncode != 0:
        raise MeasureError(f"{shown} ended with {process.returncode}\n{printed}\n{complaint}")
    return printed


def _end(process: subprocess.Popen[str]) -> None:
    """Politely first: what it started would go on, and make what is then not removed."""
    process.terminate()
    try:
        process.communicate(timeout=_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


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
