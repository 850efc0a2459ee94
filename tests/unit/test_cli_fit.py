"""Messages on a screen."""

from __future__ import annotations

import sys

import click
import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ralex_stack.cli.fit import fit, folded


def test_a_short_message_stays_as_it_is() -> None:
    text = "not healthy: edge\nedge: running unhealthy\n    a log line"
    assert fit(text, 80, 24) == text


def test_the_first_line_is_kept_whole() -> None:
    first = " ".join(["word"] * 100)
    lines = fit(first, 80, 24).splitlines()
    assert " ".join(line.strip() for line in lines) == first
    assert len("error: " + lines[0]) <= 80


def test_a_long_line_further_down_is_cut() -> None:
    lines = fit("what\n" + "x" * 1000, 80, 24).splitlines()
    assert lines[0] == "what"
    assert lines[-1].strip() == "…"
    assert len(lines) == 4


def test_lines_are_left_out_of_the_middle() -> None:
    lines = fit("\n".join(["what", *(f"line {n}" for n in range(1, 101))]), 80, 24).splitlines()
    assert len(lines) == 18
    assert lines[0] == "what"
    assert lines[-1] == "line 100"
    assert "  … 84 lines left out …" in lines


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert fit("what\n\x1b[2Jgone\x07", 80, 24) == "what\n [2Jgone"


@given(st.text(), st.integers(1, 200), st.integers(1, 80))
def test_it_fits(text: str, columns: int, rows: int) -> None:
    lines = fit(text, columns, rows).splitlines()
    assert len(lines) <= max(rows - 6, 8)
    assert all(len(line) <= max(columns, 20) for line in lines if "lines left out" not in line)


@pytest.mark.parametrize("text", ["", "\n", " \n \n"])
def test_nothing(text: str) -> None:
    assert fit(text, 80, 24).strip() == ""


PROGRAM = """
import click
from ralex_stack.cli.failure import run
from ralex_stack.errors import EngineError
def fail():
    lines = [f"line {n} " + "x" * (200 if n % 10 == 0 else 10) for n in range(100)]
    raise EngineError(
        "building images failed; the end of /state/build.log:\\n" + "\\n".join(lines),
        hint="mend the cause",
        code="build-failed",
    )
run(click.Command("x", callback=fail))
"""


def test_an_error_fits_on_a_terminal() -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-c", PROGRAM],
        encoding="utf-8",
        timeout=60,
        dimensions=(24, 80),
        env={"TERM": "xterm", "PATH": "/usr/bin:/bin"},
    )
    child.expect(pexpect.EOF)
    lines = click.unstyle(child.before or "").splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert lines[0] == "error: building images failed; the end of /state/build.log:"
    assert lines[-3].startswith("line 99")
    assert lines[-2:] == ["next: mend the cause", "more: ralex-stack explain build-failed"]


def test_long_lines_are_folded_and_short_ones_left_as_they_are() -> None:
    short = "\x1b[32m+\x1b[0m create  gateway"
    long = "  model glm: added: " + "upstream " * 12
    lines = folded(f"{short}\n\n{long}", 60).splitlines()
    assert lines[:2] == [short, ""]
    assert len(lines) == 5
    assert all(line.startswith("    upstream") for line in lines[3:])
    assert max(map(len, lines[1:])) <= 60
