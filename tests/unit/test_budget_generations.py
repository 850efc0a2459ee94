"""Calls whose cost nobody knows, and counters that do not have all that was spent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from memory_store import MemoryStore
from reserving import BUDGETS, call, hold, settle

from ralex_stack.gateway.budgets.reservations import Reservations, UncountedError
from ralex_stack.gateway.call import CURRENT, Call, Outcome

if TYPE_CHECKING:
    from ralex_stack.gateway.budgets.policy import Counter


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def reservations(store: MemoryStore) -> Reservations:
    return Reservations(BUDGETS, store, store.seed)  # type: ignore[arg-type]


def hear(reservations: Reservations, made: Call, generation: str) -> None:
    async def wait() -> None:
        CURRENT.set(made)
        reservations.hear(generation)
        await reservations.settled()

    asyncio.run(wait())


@pytest.mark.parametrize("model", ["dear", "local"])
def test_the_providers_id_of_a_broken_answer_is_kept_where_it_can_be_asked(
    store: MemoryStore, reservations: Reservations, model: str
) -> None:
    made = hold(reservations, call(outcome=Outcome.BROKEN), model)
    hear(reservations, made, "gen-1")
    if model == "local":
        # Nothing is held for it: LiteLLM's account is all there is.
        account = {"cost": 0.0, "served": model, "estimated": True}

        async def wait() -> None:
            reservations.settle(made, account)
            await reservations.settled()

        asyncio.run(wait())
    asyncio.run(reservations.ended(made))
    assert [account["estimated"] for account in store.ledger] == [True]
    assert list(store.estimates.values()) == (["gen-1"] if model == "dear" else [])


def test_the_id_of_an_answer_is_known_where_its_gateway_dies(
    store: MemoryStore, reservations: Reservations
) -> None:
    hear(reservations, hold(reservations, call(), "dear"), "gen-1")
    asyncio.run(Reservations(BUDGETS, store, store.seed).sweep(0))  # type: ignore[arg-type]
    assert list(store.estimates.values()) == ["gen-1"]


def test_a_fallback_has_an_id_of_its_own(store: MemoryStore, reservations: Reservations) -> None:
    made = hold(reservations, call(outcome=Outcome.BROKEN), "dear")
    hear(reservations, made, "gen-1")
    hold(reservations, made, "other")
    assert made.generation is None
    hear(reservations, made, "gen-2")
    asyncio.run(reservations.ended(made))
    assert list(store.estimates.values()) == ["gen-2"]


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.REFUSED])
def test_what_is_known_is_not_asked_about(
    store: MemoryStore, reservations: Reservations, outcome: Outcome
) -> None:
    made = hold(reservations, call(outcome=outcome), "dear")
    hear(reservations, made, "gen-1")
    asyncio.run(reservations.ended(made))
    settle(reservations, made, 0.5)
    assert store.estimates == {}


def test_counters_are_made_whole_before_a_call_is_let_in(
    store: MemoryStore, reservations: Reservations
) -> None:
    store.incomplete = {
        each.key for each in BUDGETS.counters(keys={"client"}, model="dear", tier="smart")
    }
    hold(reservations, call(), "dear", "smart")
    assert store.incomplete == set()
    assert store.spent["stack:stack"] == 1.0


def test_no_call_is_let_in_where_what_was_spent_cannot_be_known(store: MemoryStore) -> None:
    async def seed(counter: Counter) -> None:
        raise OSError("the disk is full")

    kept = Reservations(BUDGETS, store, seed)  # type: ignore[arg-type]
    store.incomplete = {each.key for each in BUDGETS.counters(keys={"x"}, model="other", tier=None)}
    with pytest.raises(UncountedError, match="the ledger's home does not answer"):
        hold(kept, call(), "other")
    assert store.held == {}
