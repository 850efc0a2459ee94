"""The logs of a service's containers, line by line.

Not by Compose, which puts codes for terminals into the lines.
"""

from __future__ import annotations

import threading
from operator import itemgetter
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ralex_stack.runner import Runner

_ANSWERED_WITHIN = 60
"""Seconds for a container's log, which is rotated."""


def read(runner: Runner, names: Sequence[str], on_line: Callable[[str], None]) -> int:
    """Hand over all lines in the order in which they were printed; the exit code.

    That is 0 where the logs of all containers could be read.
    """
    stamps = ["--timestamps"] if len(names) > 1 else []
    code, lines = 0, list[str]()
    for name in names:
        command = ["docker", "logs", *stamps, name]
        result = runner.run(command, check=False, within=_ANSWERED_WITHIN)
        lines += result.stdout.splitlines()
        code = result.code or code
    if stamps:
        lines = [line for _, _, line in sorted((each.partition(" ") for each in lines), key=_TIME)]
    for line in lines:
        on_line(line)
    return code


_TIME = itemgetter(0)


def follow(runner: Runner, names: Sequence[str], on_line: Callable[[str], None]) -> int:
    """Hand over each line as it comes, until no container prints any more; the exit code."""
    if len(names) == 1:
        return runner.stream(["docker", "logs", "--follow", names[0]], on_line).code
    heard: SimpleQueue[str | int] = SimpleQueue()

    def listen(name: str) -> None:
        heard.put(runner.stream(["docker", "logs", "--follow", name], heard.put).code)

    for name in names:
        # They end with the program, should that be interrupted.
        threading.Thread(target=listen, args=(name,), daemon=True).start()
    codes: list[int] = []
    while len(codes) < len(names):
        told = heard.get()
        if isinstance(told, int):
            codes.append(told)
        else:
            on_line(told)
    return max(codes)
