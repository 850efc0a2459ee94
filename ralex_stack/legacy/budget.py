"""Old budgets as settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ralex_stack.legacy.resolve import Resolved

WINDOWS = ("daily", "weekly", "monthly")


def budget_settings(resolved: Resolved) -> dict[str, Any]:
    """The section `budget`: a limit for each window that had one, of the stack as a whole."""
    given = {window: resolved.value("budget", window) for window in WINDOWS}
    section: dict[str, Any] = {name: limit for name, limit in given.items() if limit is not None}
    parts = parts_of(resolved.value("budget", "warn_at") or (), given["daily"])
    return {**section, "warn_at": parts} if parts else section


def parts_of(thresholds: Sequence[float], daily: float | None) -> list[float]:
    """Thresholds of alerts, in USD, as parts of the daily limit; some had them as such.

    What is above the limit is left out, and what is the limit itself: that is refused, not told.
    """
    limit = daily if any(threshold > 1 for threshold in thresholds) else 1.0
    if not limit:
        return []
    return sorted({round(t / limit, 4) for t in thresholds if 0 < t < limit})
