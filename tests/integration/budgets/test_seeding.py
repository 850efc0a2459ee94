"""Limits that are new in the middle of a window, and counters that were lost."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from harness import eventually
from observe import healthy
from spending import CROWDS, STORY

if TYPE_CHECKING:
    from spending import Spending


def test_what_was_spent_before_a_limit_was_set_counts(spending: Spending) -> None:
    assert spending.ask("late", prompt="hi").status_code == 200
    eventually(lambda: spending.calls("late") == 1)
    # Its provider will tell what that cost: to another gateway, and of a limit that is new there.
    estimated = spending.total("long")["estimated"]
    spending.hang_up("long", STORY)
    eventually(lambda: spending.total("long")["estimated"] > estimated)

    before = spending.total("late")["cost"]
    limit(spending, late=before + 0.000_001, long=100)
    assert spending.spent("model", "late") == pytest.approx(before)
    answer = spending.ask("late", prompt="hi")
    assert answer.status_code == 402
    assert 'the daily limit of model "late"' in answer.json()["error"]["message"]
    eventually(lambda: spending.total("long")["estimated"] == pytest.approx(estimated))
    # What is held for a call whose gateway died counts there as well, beside that.
    assert spending.counted("model", "long")[0] == pytest.approx(spending.total("long")["cost"])

    limit(spending)
    assert spending.ask("late", prompt="hi").status_code == 200
    eventually(lambda: spending.total("late")["cost"] > before)
    limit(spending, late=10)
    assert spending.spent("model", "late") == pytest.approx(spending.total("late")["cost"])


def limit(spending: Spending, **daily: float) -> None:
    """Have these daily limits of models beside those that are always there."""
    changed = deepcopy(spending.settings)
    models = changed["budget"]["models"]
    kept = {name: value for name, value in models.items() if name not in ("late", "long")}
    changed["budget"]["models"] = kept | {name: {"daily": usd} for name, usd in daily.items()}
    spending.configure(changed)
    spending.up()
    # What it makes at its start, beside its first calls.
    eventually(lambda: all(spending.is_counted("model", name) for name in daily))


def test_a_call_in_flight_counts_once_where_its_counters_are_lost(spending: Spending) -> None:
    pieces = spending.chunks("long", "count slowly to 100")
    next(pieces)
    held = spending.counted("stack", "stack")[1]
    spending.valkey("del", "counted-since", *spending.valkey("keys", "budget:*").split())
    assert spending.ask("main", prompt="hi").status_code == 200
    assert spending.counted("stack", "stack")[1] >= held
    pieces.close()
    eventually(lambda: spending.counted("stack", "stack")[0] == pytest.approx(everything(spending)))


def test_counters_come_back_from_the_ledger_where_valkeys_data_are_lost(
    spending: Spending,
) -> None:
    spending.spend_up(CROWDS[0])
    spent = spending.spent("model", CROWDS[0])
    eventually(lambda: spending.total(CROWDS[0])["cost"] == pytest.approx(spent))
    spending.valkey("flushall")
    spending.container("valkey").restart()
    eventually(lambda: healthy(spending, "valkey"))
    assert spending.valkey("keys", "budget:*") == ""

    assert spending.ask(CROWDS[0]).headers["x-ralex-downgraded"]
    assert spending.spent("model", CROWDS[0]) == pytest.approx(spent)
    # The account of that call, and what the provider tells of earlier ones, come a little later.
    eventually(lambda: spending.spent("stack", "stack") == pytest.approx(everything(spending)))


def everything(spending: Spending) -> float:
    """USD in the ledger."""
    return float(sum(total["cost"] for total in spending.totals().values()))
