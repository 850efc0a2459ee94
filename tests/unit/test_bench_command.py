"""Programs that are measured end with the run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bench.command import MeasureError, in_turn, run

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_printed_comes_back(tmp_path: Path) -> None:
    assert run([sys.executable, "-c", "print('done')"], directory=tmp_path) == "done\n"


def test_a_failure_says_what_was_run_and_printed() -> None:
    script = "import sys; print('before'); sys.exit('reason')"
    with pytest.raises(MeasureError, match=r"(?s)ended with 1.*before.*reason"):
        run([sys.executable, "-c", script])


def test_sides_are_measured_in_turn_after_a_round_that_does_not_count() -> None:
    calls: list[str] = []
    sides = in_turn([lambda: calls.append("ours"), lambda: calls.append("theirs")], 3)
    assert calls == ["ours", "theirs"] * 4
    assert [len(side) for side in sides] == [3, 3]
