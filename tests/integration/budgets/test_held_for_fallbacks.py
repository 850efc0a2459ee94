"""What a fallback may cost is held before it is asked, and one without room is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import eventually, models_asked

if TYPE_CHECKING:
    from spending import Spending

BROKEN = "simulator/broken"


@pytest.mark.parametrize("stream", [False, True])
def test_a_fallback_without_room_is_not_asked_and_the_client_is_told_why(
    spending: Spending, stream: bool
) -> None:
    spending.forget()
    spent = spending.spent("stack", "stack")
    answer = spending.ask("falls-to-spent", stream=stream, prompt="hi")
    assert answer.status_code == 402
    assert "retry-after" not in answer.headers
    assert 'left of the daily limit of model "spent"' in answer.json()["error"]["message"]
    assert models_asked(spending.journal()) == [BROKEN]
    assert spending.spent("stack", "stack") == pytest.approx(spent)


@pytest.mark.parametrize("stream", [False, True])
def test_where_a_fallback_has_no_room_the_next_is_asked(spending: Spending, stream: bool) -> None:
    spending.forget()
    calls, spent = spending.calls("main"), spending.spent("stack", "stack")
    cost = spending.total("main")["cost"]
    assert spending.ask("falls-past-spent", stream=stream).status_code == 200
    assert models_asked(spending.journal()) == [BROKEN, "simulator/any"]
    eventually(lambda: spending.calls("main") == calls + 1)
    cost = spending.total("main")["cost"] - cost
    assert spending.spent("stack", "stack") == pytest.approx(spent + cost)


@pytest.mark.parametrize("path", ["chat/completions", "messages", "responses"])
def test_a_stream_that_fails_before_its_first_piece_costs_nothing(
    spending: Spending, path: str
) -> None:
    calls, spent = spending.calls("main"), spending.spent("stack", "stack")
    cost = spending.total("main")["cost"]
    assert spending.ask("drops", path, stream=True).status_code == 200
    eventually(lambda: spending.calls("main") == calls + 1)
    cost = spending.total("main")["cost"] - cost
    assert spending.calls("drops") == 0
    assert spending.spent("stack", "stack") == pytest.approx(spent + cost)
