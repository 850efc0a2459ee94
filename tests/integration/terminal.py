"""OpenCode's terminal UI, opened by `ralex-stack code` in a pseudo-terminal."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pexpect
from harness import COMMAND, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness import Stack

SECONDS = 120
QUESTIONS = (
    # What OpenCode's UI asks a terminal when it starts, and what xterm answers.
    (r"\x1b\[6n", "\x1b[1;1R"),
    (r"\x1b\[c", "\x1b[?62;c"),
)


@contextmanager
def opened(stack: Stack, repo: Path) -> Iterator[pexpect.spawn[str]]:
    """The UI on a repository, in a terminal of 120 by 40."""
    child = pexpect.spawn(
        COMMAND,
        ["--settings", str(stack.file), "code", str(repo)],
        env={**stack.environment, "TERM": "xterm-256color"},
        dimensions=(40, 120),
        encoding="utf-8",
        codec_errors="replace",
        timeout=SECONDS,
    )
    yield child
    child.close(force=True)
    eventually(lambda: not stack.containers(one_off=True))


def shows(terminal: pexpect.spawn[str], words: str) -> None:
    """Wait until words are on the screen; frames and what moves the cursor may stand between."""
    between = r"(?:\s|┃|\x1b\[[0-9;?]*[A-Za-z])+"
    terminal.expect(between.join(re.escape(word) for word in words.split()))
