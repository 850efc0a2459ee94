"""Progress as it is shown: on a real terminal, and in plain lines."""

from __future__ import annotations

import io
import signal
import sys

import pexpect
import pytest
from rich.console import Console

from ralex_stack.cli import progress
from ralex_stack.cli.output import Output
from ralex_stack.progress import BuildStep, Event, Phase, ServiceState

EVENTS: list[Event] = [
    Phase("building 2 images", "log: build.log"),
    BuildStep("edge", 1, 2),
    BuildStep("edge", 1, 2),
    BuildStep("edge", 2, 2),
    BuildStep("edge", 2, 2, done=True),
    Phase("starting"),
    ServiceState("edge", "starting"),
    ServiceState("edge", "healthy"),
]


def test_without_a_terminal_each_event_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown(Output()) as listener:
        for event in EVENTS:
            listener(event)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "building 2 images (log: build.log)",
        "  edge 1/2",
        "  edge 2/2",
        "  edge done",
        "starting",
        "  edge starting",
        "  edge healthy",
    ]


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown(Output(quiet=True)) as listener:
        for event in EVENTS:
            listener(event)
    assert capsys.readouterr() == ("", "")


def test_the_board_tells_what_goes_on_and_for_how_long() -> None:
    now = [100.0]
    board = progress.Board(clock=lambda: now[0])
    ended = []
    for event in EVENTS:
        ended.append(board.take(event))
        now[0] += 10
    assert [line for line in ended if line] == ["✓ building 2 images (50 s)"]
    assert board.rows == {"edge": progress.Row("healthy", 160.0, 170.0)}
    out = io.StringIO()
    Console(file=out, width=60).print(board.table(24))
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert lines[0][1:] == ["starting", "30", "s"]
    assert lines[1:] == [["✓", "edge", "healthy", "10", "s"]]


def test_what_is_not_done_comes_first_where_there_is_no_room() -> None:
    board = progress.Board(clock=lambda: 0.0)
    board.take(Phase("starting"))
    for number in range(30):
        board.take(ServiceState(f"s{number}", "healthy"))
    board.take(ServiceState("last", "unhealthy"))
    out = io.StringIO()
    Console(file=out, width=60).print(board.table(10))
    lines = out.getvalue().splitlines()
    assert len(lines) == 7
    assert "✗" in lines[1]
    assert "last" in lines[1]


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (125, "2:05")])
def test_times(seconds: float, text: str) -> None:
    assert progress.lasted(seconds) == text


PROGRAM = """
import time
from ralex_stack.cli import progress
from ralex_stack.cli.output import Output
from ralex_stack.progress import Phase, ServiceState
with progress.shown(Output()) as listener:
    listener(Phase("starting"))
    listener(ServiceState("edge", "healthy"))
    {last}
print("the end")
"""


def on_terminal(last: str, **environment: str) -> pexpect.spawn[str]:
    program = PROGRAM.format(last=last)
    return pexpect.spawn(
        sys.executable,
        ["-c", program],
        encoding="utf-8",
        timeout=60,
        dimensions=(24, 80),
        # It may be ignored where the tests run in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        env={"TERM": "xterm", "PATH": "/usr/bin:/bin", **environment},
    )


def test_a_terminal_shows_it_and_is_left_as_it_was() -> None:
    child = on_terminal("time.sleep(0.5)")
    child.expect("edge")
    child.expect("the end")
    shown = child.before or ""
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")
    assert "✓ starting (" in shown
    assert "[green]" not in shown


def test_an_interruption_leaves_the_terminal_as_it_was() -> None:
    child = on_terminal("time.sleep(600)")
    child.expect(r"\x1b\[\?25l")
    child.expect("edge")
    child.sendintr()
    child.expect(r"\x1b\[\?25h")
    child.expect(pexpect.EOF)


def test_a_dumb_terminal_gets_plain_lines() -> None:
    child = on_terminal("pass", TERM="dumb")
    child.expect(pexpect.EOF)
    assert (child.before or "").splitlines() == ["starting", "  edge healthy", "the end"]


def test_without_colours_it_is_live_all_the_same() -> None:
    child = on_terminal("time.sleep(0.5)", NO_COLOR="1")
    child.expect(pexpect.EOF)
    shown = child.before or ""
    assert "\x1b[?25l" in shown
    assert "\x1b[32m" not in shown
