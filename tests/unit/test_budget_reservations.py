"""What is held for calls, and what is counted in the end."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from memory_store import MemoryStore
from redis import ConnectionError as NoConnectionError
from reserving import BUDGETS, call, call_with, hold, settle

from ralex_stack.gateway.budgets.policy import NANO, Limit
from ralex_stack.gateway.budgets.reservations import Reservations, SpentError, UncountedError
from ralex_stack.gateway.call import Outcome


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def reservations(store: MemoryStore) -> Reservations:
    return Reservations(BUDGETS, store, store.seed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alias", "model", "tier", "counted"),
    [
        ("client", "dear", None, {"stack:stack", "model:dear"}),
        ("client", "dear", "smart", {"stack:stack", "model:dear", "tier:smart"}),
        ("sandbox", "other", "smart", {"stack:stack", "tier:smart", "key:sandbox"}),
        ("client", "local", "smart", set()),
        ("client", "unheard-of", None, set()),
    ],
)
def test_a_call_is_held_for_in_every_limit_that_concerns_it(
    store: MemoryStore,
    reservations: Reservations,
    alias: str,
    model: str,
    tier: str | None,
    counted: set[str],
) -> None:
    hold(reservations, call(alias), model, tier)
    assert store.spent == dict.fromkeys(counted, 1.0)


@pytest.mark.parametrize(
    ("alias", "model", "tier", "fit", "named"),
    [
        ("client", "other", None, 5, "the daily limit of the stack, $5"),
        ("client", "dear", None, 3, 'the monthly limit of model "dear", $3'),
        ("client", "dear", "smart", 2, 'the hourly limit of tier "smart", $2'),
        ("sandbox", "dear", None, 1, 'the daily limit of key "sandbox", $1.5'),
    ],
)
def test_no_limit_is_passed_and_the_first_without_room_is_named(
    store: MemoryStore,
    reservations: Reservations,
    alias: str,
    model: str,
    tier: str | None,
    fit: int,
    named: str,
) -> None:
    for _ in range(fit):
        hold(reservations, call(alias), model, tier)
    before = dict(store.counters)
    with pytest.raises(SpentError, match=r"may cost \$1\.0000") as refused:
        hold(reservations, call(alias), model, tier)
    assert named in str(refused.value)
    assert store.counters == before


@pytest.mark.parametrize(
    ("outcome", "counted", "recorded"),
    [(Outcome.ANSWERED, 1.0, 0), (Outcome.REFUSED, 0.0, 0), (Outcome.BROKEN, 1.0, 1)],
)
def test_what_a_client_got_decides_what_counts(
    store: MemoryStore,
    reservations: Reservations,
    outcome: Outcome,
    counted: float,
    recorded: int,
) -> None:
    made = hold(reservations, call(), "dear")
    made.outcome = outcome
    asyncio.run(reservations.ended(made))
    assert store.spent.get("stack:stack", 0.0) == counted
    assert [(a["cost"], a["estimated"]) for a in store.ledger] == [(1.0, True)] * recorded


@pytest.mark.parametrize("first", ["ended", "settled"])
@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.BROKEN])
def test_a_call_is_counted_and_recorded_once(
    store: MemoryStore, reservations: Reservations, first: str, outcome: Outcome
) -> None:
    made = hold(reservations, call(), "dear")
    made.outcome = outcome
    if first == "ended":
        asyncio.run(reservations.ended(made))
        settle(reservations, made, 0.25)
    else:
        settle(reservations, made, 0.25)
        asyncio.run(reservations.ended(made))
    asyncio.run(reservations.sweep(0))
    assert len(store.ledger) == 1
    assert store.spent["stack:stack"] == store.ledger[0]["cost"]


def test_a_fallback_is_held_for_in_place_of_what_failed(
    store: MemoryStore, reservations: Reservations
) -> None:
    made = hold(reservations, call(), "dear", "smart")
    hold(reservations, made, "other", "smart")
    assert store.spent == {"stack:stack": 1.0, "tier:smart": 1.0}
    hold(reservations, made, "local", "smart")
    assert store.spent == {}


def test_what_nothing_was_held_for_is_recorded_all_the_same(
    store: MemoryStore, reservations: Reservations
) -> None:
    for made in (None, hold(reservations, call(), "local")):
        settle(reservations, made, 0.5)
    assert [account["cost"] for account in store.ledger] == [0.5, 0.5]


def test_what_a_model_without_a_price_cost_counts_and_is_never_refused(
    store: MemoryStore, reservations: Reservations
) -> None:
    for _ in range(2):
        settle(reservations, hold(reservations, call("sandbox"), "local"), 4.0)
    assert store.spent == {"stack:stack": 8.0, "key:sandbox": 8.0}
    with pytest.raises(SpentError):
        hold(reservations, call(), "other")
    hold(reservations, call(), "local")


def test_what_nobody_settles_stays_counted_as_an_estimate(
    store: MemoryStore, reservations: Reservations
) -> None:
    hold(reservations, call(), "dear", "smart")
    asyncio.run(reservations.sweep(0))
    assert store.held == {}
    assert store.spent["stack:stack"] == 1.0
    (account,) = store.ledger
    assert (account["model"], account["tier"], account["estimated"]) == ("dear", "smart", True)


def test_without_valkey_no_call_is_made_that_a_limit_concerns(
    store: MemoryStore, reservations: Reservations
) -> None:
    store.away = True
    with pytest.raises(UncountedError, match="the daily limit of the stack"):
        hold(reservations, call(), "other")
    hold(reservations, call(), "local")


def test_what_is_settled_while_valkey_is_away_is_written_later(
    store: MemoryStore, reservations: Reservations
) -> None:
    made = hold(reservations, call(), "dear")
    store.away = True
    settle(reservations, made, 0.25)
    with pytest.raises(NoConnectionError):
        asyncio.run(reservations.sweep(0))
    store.away = False
    asyncio.run(reservations.sweep(0))
    assert [account["cost"] for account in store.ledger] == [0.25]
    assert store.spent["stack:stack"] == 0.25


def test_what_was_spent_before_and_after_is_told(store: MemoryStore) -> None:
    told: list[tuple[str, float, float]] = []
    kept = Reservations(
        BUDGETS,
        store,  # type: ignore[arg-type]
        store.seed,
        lambda counter, before, now: told.append((counter.limit.scope, before / NANO, now / NANO)),
    )
    for cost in (0.25, 0.5):
        settle(kept, hold(kept, call(), "other"), cost)
    assert told == [("stack", 0.0, 0.25), ("stack", 0.25, 0.75)]


def test_windows_are_those_of_the_time_at_which_a_call_begins() -> None:
    (now,) = (c for c in BUDGETS.counters(keys=("x",), model="other", tier=None))
    later = now.window.end + timedelta(seconds=1)
    (then,) = BUDGETS.counters(keys=("x",), model="other", tier=None, now=later)
    assert now.key != then.key


def test_limits_that_a_key_brings_are_kept_beside_those_of_the_budgets(
    store: MemoryStore, reservations: Reservations
) -> None:
    limits = Limit("key", "ci", "daily", 2), Limit("key", "ci", "weekly", None)
    for _ in range(2):
        hold(reservations, call_with(*limits), "other")
    with pytest.raises(SpentError, match='the daily limit of key "ci", \\$2'):
        hold(reservations, call_with(*limits), "other")
    assert store.spent == {"stack:stack": 2.0, "key:ci": 2.0}
    hold(reservations, call("other"), "other")
    assert store.spent == {"stack:stack": 3.0, "key:ci": 2.0}


def test_what_has_no_limit_is_counted_all_the_same(
    store: MemoryStore, reservations: Reservations
) -> None:
    for _ in range(4):
        hold(reservations, call_with(Limit("key", "ci", "daily", None)), "other")
    assert store.spent["key:ci"] == 4.0
