"""`ralex-stack code`: OpenCode's own terminal UI, in a pseudo-terminal."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pexpect
import pytest
from harness import COMMAND, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness import Stack
    from outages import Outage

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


@pytest.fixture
def terminal(stack: Stack, repo: Path) -> Iterator[pexpect.spawn[str]]:
    with opened(stack, repo) as child:
        yield child


def shows(terminal: pexpect.spawn[str], words: str) -> None:
    """Wait until words are on the screen; frames and what moves the cursor may stand between."""
    between = r"(?:\s|┃|\x1b\[[0-9;?]*[A-Za-z])+"
    terminal.expect(between.join(re.escape(word) for word in words.split()))


def test_a_prompt_typed_into_the_ui_is_carried_out(
    stack: Stack, repo: Path, terminal: pexpect.spawn[str]
) -> None:
    shows(terminal, "Ask anything")
    terminal.send("create hello.py that prints hello")
    shows(terminal, "prints hello")
    terminal.send("\r")

    shows(terminal, "Created hello.py")

    assert (repo / "hello.py").read_text() == 'print("hello")\n'
    assert len(stack.containers(one_off=True)) == 1
    terminal.sendcontrol("c")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    eventually(lambda: not stack.containers(one_off=True))


def test_why_a_prompt_failed_is_on_the_screen(outage: Outage, repo: Path) -> None:
    (repo / "opencode.json").write_text(json.dumps({"model": "litellm/no-end"}))
    with opened(outage, repo) as terminal:
        shows(terminal, "Ask anything")
        terminal.send("say hello")
        shows(terminal, "say hello")
        terminal.send("\r")

        shows(terminal, "the provider ended the answer without saying that it is complete")

        terminal.sendcontrol("c")
        terminal.expect(pexpect.EOF)
