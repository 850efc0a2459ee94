"""Numbers from samples."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["median", "percentile", "ratio"]


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that `percent` of all do not exceed. Raises ValueError for none."""
    if not samples:
        raise ValueError("no samples, so no percentile")
    rank = math.ceil(percent / 100 * len(samples))
    return sorted(samples)[max(rank, 1) - 1]


def ratio(ours: float, theirs: float | None) -> float | None:
    """How many times theirs ours is; none where theirs is none, or nothing to divide by."""
    return ours / theirs if theirs is not None and theirs > 0 else None
