"""Where accounts are kept, and what can be asked of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Group = Literal["model", "tier", "key", "session", "day"]

GROUPS: tuple[Group, ...] = get_args(Group)


_MOST = 2**63 - 1
"""Of whole numbers that databases have."""


@dataclass(frozen=True)
class Account:
    """One call that was answered."""

    id: str
    time: datetime
    """Its end, in UTC."""
    key: str | None = None
    session: str | None = None
    model: str | None = None
    """The one that answered, as the settings name it."""
    tier: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    """USD."""
    estimated: bool = False
    """Whether nobody knows the cost: it is the most that it can have been."""
    duration_seconds: float | None = None
    streamed: bool | None = None
    status: str = "success"

    def takes_place_of(self, other: Account) -> bool:
        """Whether it knows the cost that the other account, of the same id, only estimates."""
        return other.estimated and not self.estimated

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Account:
        """From the JSON that the gateway writes, which has more in it. Raises KeyError.

        What some home could not take is made into what it can: it would hold up all others.
        """
        given = {**data, "model": data.get("served") or data.get("model")}
        known = {f.name: _kept(given[f.name]) for f in fields(cls) if f.name in given}
        return cls(**{**known, "time": datetime.fromisoformat(data["time"]).astimezone(UTC)})


def _kept(value: Any) -> Any:
    """Text without NUL and halves of characters, which PostgreSQL refuses; numbers in range."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "\ufffd")
    return max(-_MOST, min(value, _MOST)) if type(value) is int else value


@dataclass(frozen=True)
class Total:
    """Of all calls that have the same values of what was grouped by."""

    group: tuple[str | None, ...]
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float
    estimated: float
    """The part of `cost` that is estimated."""


class Home(Protocol):
    """Where accounts are kept."""

    async def append(self, accounts: Sequence[Account]) -> None:
        """Keep accounts; one whose id is there already is there once.

        It takes the place of that one where it is known what is only estimated there.
        """
        ...

    async def totals(
        self, by: Sequence[Group], since: datetime | None, until: datetime | None, zone: str
    ) -> list[Total]:
        """Totals of the calls from `since` to before `until`, by groups; days are of the zone."""
        ...


def day_of(time: datetime, zone: Any) -> str:
    """The day that a moment is in."""
    return time.astimezone(zone).date().isoformat()


def totals_of(accounts: Iterable[Account], by: Sequence[Group], zone: Any) -> list[Total]:
    """Totals by groups, for homes that cannot add up themselves."""
    grouped: dict[tuple[str | None, ...], list[Account]] = defaultdict(list)
    for account in accounts:
        key = tuple(
            day_of(account.time, zone) if group == "day" else getattr(account, group)
            for group in by
        )
        grouped[key].append(account)
    return [_total(group, members) for group, members in grouped.items()]


def _total(group: tuple[str | None, ...], accounts: Sequence[Account]) -> Total:
    return Total(
        group,
        len(accounts),
        sum(account.prompt_tokens for account in accounts),
        sum(account.completion_tokens for account in accounts),
        sum(account.cost for account in accounts),
        sum(account.cost for account in accounts if account.estimated),
    )
