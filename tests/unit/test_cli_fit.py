"""Messages on a screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ralex_stack.cli.fit import fit


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
