"""One command at a time on a stack."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from ralex_stack.errors import LockedError
from ralex_stack.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def hold(directory: Path, command: str) -> Iterator[None]:
    """Hold a stack's state directory; raises LockedError, naming the holder, if another does.

    The system frees the lock of a process that was killed.
    """
    holder = directory / "holder.json"
    lock = FileLock(str(directory / "lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LockedError(
            f"the stack `{directory.name}` is held by {_describe(holder)}",
            hint="wait until it has ended, then run the command again",
        ) from None
    try:
        data = {"command": command, "pid": os.getpid(), "since": time.time()}
        write_atomically(holder, json.dumps(data).encode())
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _describe(holder: Path) -> str:
    try:
        data = json.loads(holder.read_text())
        since = time.strftime("%H:%M:%S", time.localtime(data["since"]))
        return f"`ralex-stack {data['command']}` (process {data['pid']}, since {since})"
    except (OSError, ValueError, KeyError, TypeError):
        # The other one is between taking the lock and saying so.
        return "another command"
