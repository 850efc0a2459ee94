"""Where figures are kept, and how they are shown."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from bench.figures import Aim, Figure, compared
from bench.page import page
from bench.results import KEPT, SCRATCH, Machine, Run, newest, read
from bench.table import number, table

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"

RUN = Run(
    commit="0123456789abcdef",
    changed=False,
    quick=False,
    date=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    machine=Machine(2, 23.5, "Linux", "26.1.5", "3.11.7"),
    figures=(
        compared("render", "s", [0.2], [0.4], Aim(0.8)),
        compared("memory", "MB", [700.0], aim=Aim(600, "value")),
        Figure("image base", "MB", 80.62),
    ),
)


def test_only_whole_runs_of_committed_states_are_kept_in_git() -> None:
    assert RUN.path == KEPT / "0123456789abcdef.json"
    for other in (replace(RUN, changed=True), replace(RUN, quick=True)):
        assert other.path.parent == SCRATCH / "results"


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    later = replace(RUN, commit="fedcba", date=datetime(2026, 11, 25, tzinfo=UTC))
    for run in (RUN, later):
        run.write(tmp_path / run.path.name)
        assert read(tmp_path / run.path.name) == run
    assert newest(tmp_path) == later


def test_without_a_run_there_is_no_newest(tmp_path: Path) -> None:
    assert newest(tmp_path) is None


def test_the_table_says_what_was_missed() -> None:
    console = Console(width=120, file=io.StringIO(), record=True)
    console.print(table(RUN))
    lines = {
        line.split("│")[1].strip(): line
        for line in console.export_text().splitlines()
        if "│" in line
    }
    assert "0.50x" in lines["render"]
    assert "≤ 0.8x" in lines["render"]
    assert "met" in lines["render"]
    assert "≤ 600" in lines["memory"]
    assert "missed" in lines["memory"]
    assert "80.6" in lines["image base"]


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (0.0392, "0.0392"), (9.876, "9.88"), (486.4, "486"), (0, "0")]
)
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_the_page_has_a_row_for_each_figure() -> None:
    text = page(RUN)
    assert "| render | s | 0.2 | 0.4 | 0.50x | ≤ 0.8x | met |" in text
    assert "| image base | MB | 80.6 |  |  |  |  |" in text
    assert "Commit `0123456789ab`, 2026-11-24, 2 cores, 23.5 GiB" in text


def test_a_page_without_a_run_says_so() -> None:
    assert "No run is kept yet" in page(None)


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(newest())
