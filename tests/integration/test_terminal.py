"""`ralex-stack code`: OpenCode's own terminal UI, in a pseudo-terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pexpect
import pytest
from harness import eventually
from terminal import opened, shows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness import Stack


@pytest.fixture
def terminal(stack: Stack, repo: Path) -> Iterator[pexpect.spawn[str]]:
    with opened(stack, repo) as child:
        yield child


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
