"""One command at a time on a stack."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ralex_stack.errors import LockedError
from ralex_stack.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LEFT_ENDS_WITHIN = 30.0
"""Seconds that programs of a command that was killed are waited for: they were told to end."""


@contextmanager
def hold(directory: Path, command: str) -> Iterator[None]:
    """Hold a stack's state directory; raises LockedError, naming the holder, if another does.

    Programs that work on the stack inherit the lock. So one whose command was killed still holds
    it until it has ended, and then the system frees it.
    """
    holder = directory / "holder.json"
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, holder)
        # That of one which was killed would stand for this process where the disk is full.
        holder.unlink(missing_ok=True)
        os.set_inheritable(descriptor, True)
        # On a full disk the stack can still be held, only without a name.
        with contextlib.suppress(OSError):
            data = {"command": command, "pid": os.getpid(), "since": time.time()}
            write_atomically(holder, json.dumps(data).encode())
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, holder: Path) -> None:
    deadline = time.monotonic() + _LEFT_ENDS_WITHIN
    while not _acquired(descriptor):
        if not _was_killed(holder):
            raise LockedError(
                f"the stack `{holder.parent.name}` is held by {_describe(holder)}",
                hint="wait until it has ended, then run the command again",
            )
        if time.monotonic() > deadline:
            raise LockedError(
                f"the stack `{holder.parent.name}` is held by a program that {_describe(holder)} "
                "started, and which goes on since that was killed",
                hint=f"end it: `fuser -k {holder.with_name('lock')}`, then run the command again",
            )
        time.sleep(0.1)


def _acquired(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _was_killed(holder: Path) -> bool:
    """Whether the command that took the lock is gone without having given it back."""
    try:
        os.kill(int(json.loads(holder.read_text())["pid"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        # It belongs to another user, or does not say who it is yet.
        return False
    return False


def _describe(holder: Path) -> str:
    try:
        data = json.loads(holder.read_text())
        since = time.strftime("%H:%M:%S", time.localtime(data["since"]))
        return f"`ralex-stack {data['command']}` (process {data['pid']}, since {since})"
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        # The other one is between taking the lock and saying so.
        return "another command"
