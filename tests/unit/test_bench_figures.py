"""Statistics, aims and ratios of what was measured."""

from __future__ import annotations

import json

import pytest

from bench.figures import Aim, Figure, compared
from bench.statistics import percentile, ratio


@pytest.mark.parametrize(
    ("samples", "percent", "expected"),
    [
        ([1], 50, 1),
        ([4, 1, 3, 2], 50, 2),
        ([1, 2, 3], 0, 1),
        (range(1, 101), 95, 95),
        ([2, 1], 100, 2),
    ],
)
def test_percentiles_are_samples(samples: list[float], percent: float, expected: float) -> None:
    assert percentile(list(samples), percent) == expected


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 50)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"), [(1, 2, 0.5), (1, None, None), (1, 0, None), (1, -1, None)]
)
def test_ratios(ours: float, theirs: float | None, expected: float | None) -> None:
    assert ratio(ours, theirs) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "aim", "met"),
    [
        ([1, 9, 2], [4, 4, 4], Aim(0.5), True),
        ([3, 3, 3], [4, 4, 4], Aim(0.5), False),
        ([3], [], Aim(3, "value"), True),
        ([4], [2], Aim(3, "value"), False),
        ([4], [], Aim(3), None),
        ([4], [2], None, None),
    ],
)
def test_an_aim_is_met_by_medians(
    ours: list[float], theirs: list[float], aim: Aim | None, met: bool | None
) -> None:
    assert compared("it", "s", ours, theirs, aim).met is met


@pytest.mark.parametrize(
    "figure",
    [
        Figure("size", "MB", 486.5),
        compared("time", "s", [1.5, 0.5, 2.5], [2.0, 3.0, 4.0], Aim(0.8)),
        compared("start", "s", [9.5], aim=Aim(10, "value")),
    ],
)
def test_json_holds_a_figure(figure: Figure) -> None:
    data = json.loads(json.dumps(figure.to_json()))
    assert Figure.from_json(data) == figure
    assert data["met"] == figure.met
    assert data["ratio"] == (None if figure.theirs is None else pytest.approx(figure.ratio))
