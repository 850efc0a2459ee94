"""What the gateway's answers say of a provider."""

from __future__ import annotations

import json

import pytest
import samples

from ralex_stack.provider_faults import fault, message

ABOUT = "\n\nLiteLLM: model group 'r' failed with the error above and no fallback model group"


def gateway(text: str) -> str:
    return json.dumps({"error": {"message": text + ABOUT, "type": "x", "code": "1"}})


@pytest.mark.parametrize(
    ("said", "status", "what", "hint"),
    [
        (
            gateway(
                "litellm.AuthenticationError: AuthenticationError: OpenrouterException - "
                '{"error":{"code":401,"message":"No auth credentials found"}}'
            ),
            401,
            "the provider refused the key: No auth credentials found",
            "OPENROUTER_API_KEY",
        ),
        (
            gateway(
                "litellm.BadRequestError: OpenrouterException - "
                '{"error":{"message":"nosuch/model is not a valid model ID","code":400}}'
            ),
            400,
            "the provider does not know the model: nosuch/model is not a valid model ID",
            ".upstream`",
        ),
        (
            gateway(
                "litellm.APIConnectionError: APIConnectionError: OpenrouterException - "
                "Server disconnected"
            ),
            500,
            "the provider cannot be reached: Server disconnected",
            "providers.openrouter.api_base",
        ),
        ("curl: (28) Operation timed out", 0, "no answer came in time", "api_base"),
        ("", 0, "no answer came in time", "loading"),
        (gateway("litellm.APIError: insufficient credits"), 402, "credit", "budget.limit"),
        (gateway("litellm.RateLimitError: too many requests"), 429, "limit on calls", "wait"),
        (gateway("litellm.APIError: internal"), 500, "the provider failed: internal", "later"),
        ("<html>502</html>", 502, "the provider failed", "logs gateway"),
        ("no auth credentials found", None, "refused the key", "api_key"),
        ("odd", None, "the provider failed: odd", "logs gateway"),
    ],
)
def test_each_fault_has_a_name_and_a_way_out(
    said: str, status: int | None, what: str, hint: str
) -> None:
    found = fault(said, status, "tier:cheap", samples.settings())
    assert what in found.what
    assert hint in found.hint


@pytest.mark.parametrize("said", ["", "[]", "1", '{"error": 1}', '{"error": {"message": 3}}'])
def test_any_text_is_read(said: str) -> None:
    assert len(message(said)) <= len(said)


def test_what_is_shown_is_short_and_on_one_line() -> None:
    assert message("a\n" * 1000) == ("a " * 200)
