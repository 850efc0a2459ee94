"""The budgets that a gateway keeps, from a file beside LiteLLM's configuration."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from ralex_stack.gateway.budgets.windows import KINDS, Window

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

BUDGETS_FILE = "budgets.json"

NANO = 1_000_000_000
"""Money is counted in whole billionths of a US dollar: sums of binary fractions drift."""

_UNLIMITED = 2**62

_KEPT = timedelta(days=7)

TIER_PREFIX = "tier:"

STACK = "stack"
"""Name of the scope of all calls, and of the one thing in it."""


class BudgetsError(Exception):
    """The file of budgets is not what the gateway understands."""


@dataclass(frozen=True)
class Rates:
    """What a model costs at most, of all its deployments: USD per token, and tokens."""

    providers: tuple[str, ...]
    """LiteLLM may choose any deployment, so a call counts against each."""
    input: float = 0.0
    output: float = 0.0
    longest_answer: int = 8_192
    context: int = 128_000


@dataclass(frozen=True)
class Records:
    """Where a provider tells afterwards what an answer cost."""

    base: str
    """URL, to which `/generation?id=ID` is added."""
    key: str | None = None
    """The variable that holds the provider's key; none where it wants no key."""


@dataclass(frozen=True)
class Limit:
    """At most `usd` over each window of a kind, of what is of that name in that scope.

    Without an amount it is counted all the same.
    """

    scope: str
    name: str
    window: str
    usd: float | None

    def __str__(self) -> str:
        """How messages name it."""
        whose = "the stack" if self.scope == STACK else f'{self.scope} "{self.name}"'
        amount = "none" if self.usd is None else f"${self.usd:g}"
        return f"the {self.window} limit of {whose}, {amount}"


class Counter(NamedTuple):
    """Where a limit is counted at a point in time."""

    limit: Limit
    window: Window
    zone: str
    """In which windows begin: those of another hold other calls."""

    @property
    def key(self) -> str:
        """Valkey's name for it. Without the amount: who raises a limit has not spent less."""
        limit = self.limit
        return f"budget:{limit.scope}:{limit.name}:{limit.window}:{self.window.start:%Y%m%dT%H%M}"

    @property
    def limit_key(self) -> str:
        """The limit's name, by which it is known since when it is counted."""
        limit = self.limit
        return f"{limit.scope}:{limit.name}:{limit.window}:{self.zone}"

    @property
    def starts_ms(self) -> int:
        """When its window begins."""
        return int(self.window.start.timestamp() * 1000)

    @property
    def ends_ms(self) -> int:
        """When its window ends."""
        return int(self.window.end.timestamp() * 1000)

    @property
    def forgotten_ms(self) -> int:
        """When Valkey may forget it: calls that began in the window are settled in it."""
        return int((self.window.end + _KEPT).timestamp() * 1000)

    @property
    def nano(self) -> int:
        """The limit in billionths of a US dollar."""
        return _UNLIMITED if self.limit.usd is None else round(self.limit.usd * NANO)


@dataclass(frozen=True)
class Budgets:
    """All limits, and what is needed to know what a call may cost."""

    limits: tuple[Limit, ...] = ()
    models: Mapping[str, Rates] = field(default_factory=dict)
    tiers: Mapping[str, str] = field(default_factory=dict)
    """Tier → the model that serves it, the cheapest tier first."""
    downgrades: bool = False
    warn_at: tuple[float, ...] = ()
    zone: tzinfo = UTC
    valkey: str = "valkey:6379"
    """Host and port."""
    ledger: str = "sqlite"
    """The home of accounts."""
    records: Mapping[str, Records] = field(default_factory=dict)
    """By provider."""

    def records_of(self, model: str) -> tuple[Records, ...]:
        """Where it may be known what an answer of a model cost."""
        rates = self.models.get(model)
        names = rates.providers if rates else ()
        return tuple(self.records[name] for name in names if name in self.records)

    def counters(
        self,
        *,
        keys: Collection[str],
        model: str,
        tier: str | None,
        further: tuple[Limit, ...] = (),
        now: datetime | None = None,
    ) -> tuple[Counter, ...]:
        """Where a call of a key of those names to that model counts, by the time of its start.

        `further`: limits that concern it whatever is called.
        """
        providers = self.models[model].providers if model in self.models else ()
        of: dict[str, Collection[str | None]] = {
            STACK: (STACK,),
            "key": keys,
            "model": (model,),
            "tier": (tier,),
            "provider": providers,
        }
        limits = [limit for limit in self.limits if limit.name in of[limit.scope]]
        return counters_of((*limits, *further), now or datetime.now(UTC), self.zone)


def counters_of(limits: Iterable[Limit], now: datetime, zone: tzinfo) -> tuple[Counter, ...]:
    """Where limits are counted at a point in time."""
    return tuple(Counter(each, KINDS[each.window](now, zone), str(zone)) for each in limits)


def named(asked: str, budgets: Budgets) -> tuple[str | None, str]:
    """Tier, if one is asked for, and model that stands for a name."""
    if asked.startswith(TIER_PREFIX):
        tier = asked.removeprefix(TIER_PREFIX)
        return tier, budgets.tiers.get(tier, asked)
    return None, asked


def parse(text: str) -> Budgets:
    """Read what `render` writes. Raises BudgetsError when the text is anything else."""
    try:
        return _budgets(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        raise BudgetsError(
            f"{BUDGETS_FILE} does not hold budgets ({error!r}). "
            "It is rendered from the settings: run `ralex-stack up` again."
        ) from error


def _budgets(data: Mapping[str, Any]) -> Budgets:
    limits = tuple(Limit(**limit) for limit in data["limits"])
    for limit in limits:
        if limit.window not in KINDS:
            raise ValueError(f"no window is called {limit.window!r}")
    return Budgets(
        limits=limits,
        models={name: _rates(**rates) for name, rates in data["models"].items()},
        tiers=dict(data["tiers"]),
        downgrades=data["at_limit"] == "downgrade",
        warn_at=tuple(data["warn_at"]),
        zone=ZoneInfo(data["time_zone"]),
        valkey=data["valkey"],
        ledger=data["ledger"],
        records={name: Records(**record) for name, record in data["records"].items()},
    )


def _rates(providers: list[str], **numbers: Any) -> Rates:
    return Rates(tuple(providers), **numbers)


def load(config: Path) -> Budgets:
    """Read the budgets beside LiteLLM's configuration; without the file there are none."""
    path = config.with_name(BUDGETS_FILE)
    return parse(path.read_text(encoding="utf-8")) if path.exists() else Budgets()
