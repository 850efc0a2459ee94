"""Old budgets as settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ralex_stack.legacy.resolve import Resolved

PERIODS = {"daily": "1d", "weekly": "7d", "monthly": "30d"}
"""Old budget → period of `budget`, in the order in which one of them is taken."""


def budget_settings(resolved: Resolved) -> tuple[dict[str, Any], dict[str, str]]:
    """The section `budget`, and for each old budget that finds no place in it: why.

    `budget` has one limit for one period: the shortest is taken.
    """
    given = [name for name in PERIODS if resolved.value("budget", name) is not None]
    if not given:
        return {}, {}
    first, *others = given
    why = f"budget has one limit, and the {first} one is taken"
    section = {"limit": resolved.value("budget", first), "period": PERIODS[first]}
    return section, dict.fromkeys(others, why)
