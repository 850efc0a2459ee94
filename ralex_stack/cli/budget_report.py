"""What is left of the limits on what calls cost, as `status` tells it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ralex_stack.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ralex_stack.controller import Controller
    from ralex_stack.engines.docker import ContainerState
    from ralex_stack.ledger import Allowance


def _budgets(controller: Controller, states: Iterable[ContainerState]) -> list[Allowance]:
    """What is left of each limit; nothing where there is none, or the gateway does not run.

    Raises EngineError where the gateway does not tell.
    """
    from ralex_stack.ledger import allowances, has_limits

    runs = any(state.service == "gateway" and state.well for state in states)
    applied = controller.state.applied()
    if not runs or applied is None or not has_limits(applied.bundle):
        return []
    return allowances(controller.engine)


def budget_data(
    controller: Controller, states: Iterable[ContainerState]
) -> list[dict[str, Any]] | None:
    """For `--json`; `passed` is the highest part of `warn_at` that is spent. None: not known."""
    try:
        parts = controller.settings.budget.warn_at
        return [
            {**asdict(each), "passed": each.passed(parts)} for each in _budgets(controller, states)
        ]
    except EngineError:
        return None


def budget_lines(controller: Controller, states: Iterable[ContainerState]) -> Iterator[str]:
    """For people: a line for each limit, or why there is none."""
    try:
        budgets = _budgets(controller, states)
    except EngineError as error:
        yield f"budget      {error}"
        return
    for each in budgets:
        held = f" + {each.held:.2f} held for calls in flight" if each.held else ""
        passed = each.passed(controller.settings.budget.warn_at)
        warning = "" if passed is None else f"; WARNING: past {passed:.0%}"
        ends = each.ends[:16].replace("T", " ")
        yield (
            f"budget      {each.whose}, {each.window}: {each.spent:.2f}{held} of "
            f"{each.limit:g} USD ({each.part:.0%}), until {ends}{warning}"
        )
