"""Which tiers a key may be answered by in place of another."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ralex_stack.gateway.budgets.downgrade import may_use
from ralex_stack.gateway.call import Call
from ralex_stack.gateway.keys import ALL_MODELS
from ralex_stack.gateway.names import TIER_HEADER
from ralex_stack.gateway.sessions import Session


@pytest.mark.parametrize(
    ("models", "chosen", "may"),
    [
        ([], False, True),
        ([ALL_MODELS], False, True),
        (["tier:smart", "tier:cheap"], False, True),
        (["tier:smart"], False, False),
        # Whoever may ask for `auto` may be answered by any tier, so by a cheaper one too.
        (["auto"], True, True),
    ],
)
def test_a_key_is_answered_by_what_it_may_call(models: list[str], chosen: bool, may: bool) -> None:
    call = Call("ci", is_opencode=False, session=Session("ci", ""))
    if chosen:
        call.headers[TIER_HEADER] = "smart"
    assert may_use(call, SimpleNamespace(models=models), "tier:cheap") is may
