"""What nobody knew the cost of: counted as held, until the provider tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import eventually
from spending import STORY, STORY_COST, STORY_TOKENS

if TYPE_CHECKING:
    from spending import Spending

TORN_COST = 0.0004
"""What the simulator tells of an answer that its connection breaks under."""

PATHS = ("chat/completions", "messages", "responses")


def test_what_a_client_hung_up_on_is_settled_with_the_providers_record(spending: Spending) -> None:
    before, spent = spending.total("long"), spending.spent("stack", "stack")
    held = 0.0
    for path in PATHS:
        held += spending.hang_up("long", STORY, path)
    assert held > 10 * STORY_COST

    eventually(lambda: spending.total("long")["estimated"] > before["estimated"])
    eventually(lambda: spending.calls("long") == before["calls"] + len(PATHS))
    eventually(lambda: spending.total("long")["estimated"] == pytest.approx(before["estimated"]))
    after = spending.total("long")
    assert after["calls"] == before["calls"] + len(PATHS)
    cost = len(PATHS) * STORY_COST
    assert after["cost"] - before["cost"] == pytest.approx(cost)
    assert after["completion_tokens"] - before["completion_tokens"] == len(PATHS) * STORY_TOKENS
    assert spending.spent("stack", "stack") == pytest.approx(spent + cost)
    rows = {row["model"]: row for row in spending.json("spend", "--by", "model")}
    assert rows["long"]["cost"] == pytest.approx(after["cost"])


def test_what_a_provider_broke_off_is_settled_with_its_record(spending: Spending) -> None:
    spent = spending.spent("stack", "stack")
    assert "error" in spending.ask("torn", stream=True).text
    eventually(lambda: spending.calls("torn") == 1)
    eventually(lambda: spending.total("torn")["estimated"] == 0)
    assert spending.total("torn")["cost"] == pytest.approx(TORN_COST)
    assert spending.spent("stack", "stack") == pytest.approx(spent + TORN_COST)
