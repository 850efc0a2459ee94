"""What nobody knew the cost of: counted as held, until the provider tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import eventually
from observe import healthy

if TYPE_CHECKING:
    from spending import Spending

STORY = "tell a long story"
"""An answer of which the simulator tells afterwards what it cost, also where it was cut off."""
COST = 0.0123


@pytest.mark.parametrize("path", ["chat/completions", "messages", "responses"])
def test_what_a_client_hung_up_on_is_settled_with_the_providers_record(
    spending: Spending, path: str
) -> None:
    before, spent = spending.total("long"), spending.spent("stack", "stack")
    pieces = spending.chunks("long", STORY, path)
    next(pieces)
    held = spending.counted("stack", "stack")[1]
    pieces.close()
    assert held > 2 * COST

    eventually(lambda: spending.total("long")["estimated"] > before["estimated"])
    assert spending.spent("stack", "stack") == pytest.approx(spent + held)
    eventually(lambda: spending.total("long")["estimated"] == pytest.approx(before["estimated"]))
    after = spending.total("long")
    assert after["calls"] == before["calls"] + 1
    assert after["cost"] - before["cost"] == pytest.approx(COST)
    assert after["completion_tokens"] == before["completion_tokens"] + 500
    assert spending.spent("stack", "stack") == pytest.approx(spent + COST)
    rows = {row["model"]: row for row in spending.json("spend", "--by", "model")}
    assert rows["long"]["cost"] == pytest.approx(after["cost"])


def test_what_waits_for_the_providers_record_outlives_a_restart(spending: Spending) -> None:
    before, spent = spending.total("long"), spending.spent("stack", "stack")
    pieces = spending.chunks("long", STORY)
    next(pieces)
    pieces.close()
    eventually(lambda: spending.total("long")["estimated"] > before["estimated"])
    spending.container("gateway").restart(timeout=0)
    eventually(lambda: healthy(spending, "gateway"))
    eventually(lambda: spending.total("long")["estimated"] == pytest.approx(before["estimated"]))
    assert spending.spent("stack", "stack") == pytest.approx(spent + COST)
    assert spending.total("long")["cost"] - before["cost"] == pytest.approx(COST)
