"""Old budgets as settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ralex_stack.legacy.resolve import Resolved

WINDOWS = ("daily", "weekly", "monthly")


def budget_settings(resolved: Resolved) -> dict[str, Any]:
    """The section `budget`: a limit for each window that had one, of the stack as a whole."""
    given = {window: resolved.value("budget", window) for window in WINDOWS}
    section: dict[str, Any] = {name: limit for name, limit in given.items() if limit is not None}
    part = _part(resolved.value("budget", "warn_at"), given["daily"])
    return {**section, "warn_at": [part]} if part else section


def _part(threshold: float | None, daily: float | None) -> float | None:
    """An alert's threshold, which was in USD, as a part of the daily limit; some had it as one."""
    if threshold is None or threshold <= 0:
        return None
    if threshold <= 1:
        return threshold
    return round(threshold / daily, 4) if daily and threshold <= daily else None
