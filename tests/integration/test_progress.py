"""Progress of a real stack: on a terminal, without one, and after Ctrl-C."""

from __future__ import annotations

import re
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import pexpect
import pytest
from harness import COMMAND, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

SECONDS = 300
SERVICES = {"edge", "gateway", "opencode", "simulator", "valkey"}
HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"


@pytest.fixture(scope="module")
def own(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("progress"), engine)
    yield made
    made.remove()


@contextmanager
def on_terminal(stack: Stack, *arguments: str) -> Iterator[pexpect.spawn[str]]:
    child = pexpect.spawn(
        COMMAND,
        ["--settings", str(stack.file), *arguments],
        env={**stack.environment, "TERM": "xterm-256color"},
        dimensions=(40, 120),
        encoding="utf-8",
        timeout=SECONDS,
        # It may be ignored where the tests run in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    yield child
    child.close(force=True)


def test_a_start_is_shown_live_on_a_terminal(own: Stack) -> None:
    with on_terminal(own, "up", "--yes") as terminal:
        terminal.expect(pexpect.EOF)
        terminal.wait()
        shown = terminal.before or ""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert terminal.exitstatus == 0
    assert shown.count(HIDDEN) == shown.count(SHOWN) == 1
    for service in SERVICES:
        assert re.search(rf"[·✓] +{service} +(created|starting|healthy)", plain)
    assert re.search(r"✓ starting, and waiting until all services are healthy \(\d+ s\)", plain)
    assert "tested: a call of tier:cheap went through the whole chain" in plain


def test_without_a_terminal_it_is_plain_lines_without_repeats(own: Stack) -> None:
    own.up()
    lines = own.run("restart", "valkey").stderr.splitlines()
    assert lines[0] == "restarting valkey"
    assert lines[-1] == "restarted: valkey"
    assert "  valkey healthy" in lines
    assert len(set(lines)) == len(lines)
    assert not any("\x1b" in line for line in lines)


def test_an_interruption_leaves_the_terminal_as_it_was(own: Stack) -> None:
    own.up()
    with on_terminal(own, "restart") as terminal:
        terminal.expect("restarting all services")
        terminal.sendintr()
        terminal.expect(re.escape(SHOWN))
        terminal.expect(pexpect.EOF)
        terminal.wait()
        end = click.unstyle(terminal.before or "")
    assert terminal.exitstatus == 130
    assert "error: interrupted" in end
    assert "Traceback" not in end


def test_an_end_tells_what_is_gone(own: Stack) -> None:
    if not own.containers():
        own.up()
    lines = own.run("down").stderr.splitlines()
    gone = {line.split()[0] for line in lines if line.endswith(" removed")}
    assert gone == SERVICES
