"""One scoped key: whose it is, what it may do, and until when."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from ralex_stack.gateway.budgets.policy import Limit
from ralex_stack.gateway.budgets.windows import KINDS
from ralex_stack.gateway.keys import Policy, read_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "sk-ralex-key-"
"""Begins every scoped key: no other is looked up."""

ALIAS = re.compile(r"[a-z0-9][a-z0-9._@-]{0,62}")
"""No colon, which parts the names of counters in Valkey."""

State = Literal["active", "expired", "revoked"]


def digest(secret: str) -> str:
    """What stands for a key where it is kept. It is random and long, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class ScopedKey:
    """What is kept of a key; times are aware, money is in US dollars."""

    alias: str
    created: datetime
    policy: Policy = field(default_factory=Policy)
    budget: Mapping[str, float] = field(default_factory=dict)
    """Window → the most that may be spent in it."""
    expires: datetime | None = None
    revoked: datetime | None = None

    @property
    def limits(self) -> tuple[Limit, ...]:
        """One for every window: what is spent counts also where nothing limits it yet."""
        return tuple(Limit("key", self.alias, window, self.budget.get(window)) for window in KINDS)

    def state(self, now: datetime) -> State:
        """Whether it is good at a point in time."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "active"

    def to_data(self) -> dict[str, Any]:
        """For JSON; `read` takes it."""
        return {
            "alias": self.alias,
            **asdict(self.policy),
            "budget": dict(self.budget),
            **{
                name: time and time.isoformat(timespec="seconds")
                for name, time in (
                    ("created", self.created),
                    ("expires", self.expires),
                    ("revoked", self.revoked),
                )
            },
        }


def read(data: Mapping[str, Any]) -> ScopedKey:
    """A key from what `to_data` gives. Raises ValueError, TypeError or KeyError for all else."""
    known = dict(data)
    times = {name: _time(known.pop(name, None)) for name in ("expires", "revoked")}
    alias, created = known.pop("alias"), datetime.fromisoformat(known.pop("created"))
    budget = {window: float(usd) for window, usd in known.pop("budget", {}).items()}
    if not ALIAS.fullmatch(alias) or budget.keys() - KINDS.keys():
        raise ValueError(f"{alias!r} with a budget for {', '.join(budget)} is no key")
    return ScopedKey(alias, created, read_policy(known), budget, **times)


def parse(text: str | bytes) -> ScopedKey | None:
    """A key as it is kept; none where the text is anything else."""
    try:
        return read(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
