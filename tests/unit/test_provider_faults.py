"""What is told of a call that came to nothing."""

from __future__ import annotations

import json

import pytest
import samples

from ralex_stack.answers import UPSTREAM_AWAY
from ralex_stack.gateway import codes
from ralex_stack.gateway.apis import Failure
from ralex_stack.gateway.refusals import final, spent_budget
from ralex_stack.provider_faults import fault

SPENT = "No room in the budget: Exceeded budget for provider openrouter"


def answer(status: int, said: str) -> str:
    """What the gateway answers to OpenCode where a provider failed so."""
    failure = Failure(status, said)
    told = final(spent_budget(failure) or failure, "glm")
    return json.dumps({"error": {"message": told.message, "code": str(told.status)}})


@pytest.mark.parametrize(
    ("said", "what", "hint", "code"),
    [
        (
            answer(401, "litellm.AuthenticationError: OpenrouterException - no auth credentials"),
            "the provider refuses the key",
            "OPENROUTER_API_KEY",
            codes.PROVIDER_REFUSED_KEY,
        ),
        (
            answer(400, "litellm.BadRequestError: x/y is not a valid model ID"),
            "the provider does not know the model (x/y is not a valid model ID)",
            ".upstream`",
            codes.PROVIDER_MODEL_UNKNOWN,
        ),
        (
            answer(500, "litellm.APIError: Cannot connect to host x:443"),
            "the provider cannot be reached",
            "providers.openrouter.api_base",
            codes.PROVIDER_UNREACHABLE,
        ),
        (answer(504, "nothing came"), "no answer in time", "loading", codes.PROVIDER_SILENT),
        (answer(402, "credits"), "wants payment", "add credit", codes.PROVIDER_UNPAID),
        (answer(429, SPENT), "budget is used up", "`budget`", codes.BUDGET_SPENT),
        (answer(429, "too many requests"), "takes no more", "wait", codes.PROVIDER_BUSY),
        (answer(503, "service unavailable"), "failed", "send it again", codes.PROVIDER_FAILED),
        ("", "no answer came in time", "loading", codes.PROVIDER_SILENT),
        ("<html>502</html>", "<html>502</html>", "logs gateway", ""),
        (f"away. {codes.pointer(UPSTREAM_AWAY)}", "away", "ralex-stack up", UPSTREAM_AWAY),
    ],
)
def test_each_fault_has_a_way_out(said: str, what: str, hint: str, code: str) -> None:
    found = fault(said, "tier:cheap", samples.settings())
    assert what in found.what
    assert hint in found.hint
    assert found.code == code
    assert "Next:" not in found.what
    assert "explain" not in found.what
    assert "\N{WORD JOINER}" not in found.what + found.hint


@pytest.mark.parametrize("said", ["[]", "1", '{"error": 1}', '{"error": {"message": 3}}'])
def test_any_text_is_read(said: str) -> None:
    assert fault(said, "glm", samples.settings()).what in (said, "3")


def test_what_is_shown_is_short_and_on_one_line() -> None:
    what = fault("a\n" * 1000, "glm", samples.settings()).what
    assert len(what) == 600
    assert "\n" not in what
