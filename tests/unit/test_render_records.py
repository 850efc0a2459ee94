"""Where the gateway asks what an answer cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from samples import COMPOSE, REAL, RECORD, SIMULATOR, settings

from ralex_stack.gateway.budgets.policy import Records, parse
from ralex_stack.render import litellm

if TYPE_CHECKING:
    from ralex_stack.topology import Choices

PRICE = {"input": 1, "output": 2}
OPENROUTER = "https://openrouter.ai/api/v1"
SIMULATED = "http://simulator:4010/api/v1"
KEY = "PROVIDER_OPENROUTER_API_KEY"
RESELLER = "http://reseller:8000/v1"


def records(choices: Choices = REAL, upstream: str = "openrouter/a", **providers: Any) -> Any:
    data = {"providers": providers, "models": {"m": {"upstream": upstream, "price": PRICE}}}
    file = litellm.render(settings(data), choices, COMPOSE)["budgets.json"]
    assert json.loads(file)["records"].keys() == parse(file.decode()).records.keys()
    return parse(file.decode()).records


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (REAL, Records(OPENROUTER, KEY)),
        (RECORD, Records(SIMULATED, KEY)),
        (SIMULATOR, Records(SIMULATED)),
    ],
)
def test_openrouter_is_asked_where_it_is_called(choices: Choices, expected: Records) -> None:
    assert records(choices) == {"openrouter": expected}


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ({}, {}),
        ({"generation_records": True}, {"reseller": Records(RESELLER)}),
        ({"prefix": "openrouter"}, {"reseller": Records(RESELLER)}),
        ({"prefix": "openrouter", "generation_records": False}, {}),
    ],
)
def test_others_are_asked_where_they_speak_openrouters_dialect_or_the_settings_say_so(
    provider: dict[str, Any], expected: dict[str, Records]
) -> None:
    given = {"prefix": "openai", "api_base": RESELLER + "/", **provider}
    assert records(upstream="reseller/a", reseller=given) == expected


def test_a_provider_that_the_settings_do_not_know_the_address_of_is_not_asked() -> None:
    provider = {"prefix": "openai", "generation_records": True}
    assert records(upstream="reseller/a", reseller=provider) == {}
