"""What the gateway says of money: totals of its ledger, and what is left of the limits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ralex_stack.errors import EngineError
from ralex_stack.gateway.accounts.home import Total

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ralex_stack.bundle import Bundle
    from ralex_stack.engines.compose import ComposeEngine
    from ralex_stack.gateway.accounts.home import Group

_PROGRAM = ("python", "-m", "ralex_stack.gateway")


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit; amounts in USD, `ends` in ISO 8601."""

    scope: str
    name: str
    window: str
    ends: str
    limit: float
    spent: float
    held: float

    @property
    def whose(self) -> str:
        """Whom the limit is for."""
        return "the stack" if self.scope == self.name else f"{self.scope} {self.name}"

    @property
    def part(self) -> float:
        """How much of the limit is gone; more than 1 where real costs were above the estimate."""
        taken = self.spent + self.held
        return taken / self.limit if self.limit else 1.0

    def passed(self, parts: Sequence[float]) -> float | None:
        """The highest of some parts of the limit that is spent; none where none is."""
        return max((part for part in parts if part * self.limit <= self.spent), default=None)


def spend(
    engine: ComposeEngine,
    by: Sequence[Group],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    zone: str = "UTC",
) -> list[Total]:
    """Totals of the ledger, the largest first. Raises EngineError where it cannot be read."""
    options = [option for group in by for option in ("--by", group)]
    for name, moment in (("--since", since), ("--until", until)):
        options += [name, moment.isoformat()] if moment else []
    rows = _asked(engine, "accounts.report", [*options, "--zone", zone])
    found = [Total(**{**row, "group": tuple(row["group"])}) for row in rows]
    return sorted(found, key=lambda each: (-each.cost, -each.calls))


def allowances(engine: ComposeEngine) -> list[Allowance]:
    """What is left of each limit. Raises EngineError where that cannot be known."""
    return [Allowance(**row) for row in _asked(engine, "budgets.report", [])]


def has_limits(bundle: Bundle) -> bool:
    """Whether what was applied has any limit on what calls cost."""
    files = bundle.files_of("gateway")
    return bool(json.loads(files.get("budgets.json", b"{}")).get("limits"))


def _asked(engine: ComposeEngine, module: str, options: Sequence[str]) -> list[dict[str, Any]]:
    program, *rest = _PROGRAM
    arguments = [program, *rest[:-1], f"{rest[-1]}.{module}", *options]
    result = engine.execute("gateway", arguments, check=False)
    try:
        rows: list[dict[str, Any]] = json.loads(result.stdout)
    except ValueError:
        said = result.stderr.strip().splitlines()
        raise EngineError(
            f"the gateway's ledger cannot be read: {said[-1] if said else 'no answer'}",
            hint="`ralex-stack status` shows what runs; `ralex-stack up` starts what is missing",
            code="ledger-unreadable",
        ) from None
    return rows
