"""What clients are told of failures, by what LiteLLM said of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ralex_stack.gateway import apis
from ralex_stack.gateway.apis import Failure
from ralex_stack.gateway.refusals import final, final_event, plain, spent_budget
from ralex_stack.gateway.repeats import FINAL_STATUS, WORD_JOINER, is_repeated

ADVICE = (
    "\n\nLiteLLM: model group 'm' failed with the error above and no fallback model group was "
    "found for it. Add a fallbacks entry."
)
THROTTLED = (
    "litellm.RateLimitError: RateLimitError: OpenrouterException - "
    '{"error": {"message": "slow down", "code": 429}}' + ADVICE
)
SPENT = "No room in the budget: Exceeded budget for provider x: 6 >= 5\n"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (THROTTLED, "slow down"),
        ("litellm.Timeout: Timeout Error: it was late\n\nDeployment Info: None", "it was late"),
        ("litellm.APIError: APIError: OpenrouterException - Message: gone, Metadata: {}, ", "gone"),
        ("OpenAIException - Connection error." + ADVICE, "Connection error."),
        ("plain words {not json", "plain words {not json"),
        ("", ""),
    ],
)
def test_what_the_provider_said_is_left(message: str, said: str) -> None:
    assert plain(message) == said


@pytest.mark.parametrize(
    ("failure", "status", "parts"),
    [
        (Failure(429, THROTTLED), FINAL_STATUS, ["no more calls", "slow down", "wait a minute"]),
        (Failure(503, "x"), FINAL_STATUS, ["the provider failed", "explain provider-failed"]),
        (Failure(408, "litellm.Timeout: late"), FINAL_STATUS, ["no answer in time", "models"]),
        (Failure(500, "APIError: Connection error."), FINAL_STATUS, ["cannot be reached"]),
        (
            Failure(429, "No deployments available for selected model, Try again in 20 seconds."),
            FINAL_STATUS,
            ["failed a moment ago", "`routing.cooldown`"],
        ),
        (Failure(401, "bad key"), 401, ["refuses the key", "`api_key`", "ralex-stack up"]),
        (Failure(402, "insufficient credits"), 402, ["insufficient credits", "add credit"]),
        (Failure(404, "nobody"), 404, ["does not know the model", "`upstream`"]),
        (
            Failure(400, "Invalid model name passed in model=x."),
            400,
            ["no such model", "ralex-stack models"],
        ),
        (Failure(400, "leave it out"), 400, ["leave it out"]),
        (Failure(400, "litellm.BadRequestError: no"), 400, ["refuses the request (no)"]),
        (
            Failure(429, "Rate limit exceeded for api_key: 1. Limit type: requests"),
            FINAL_STATUS,
            ["`gateway.sandbox_limit_rpm`", "keys create --rpm"],
        ),
        (
            Failure(403, "The requested model 'x' is not available for this API key, or the"),
            403,
            ["the key may not call it", "explain model-closed"],
        ),
    ],
)
def test_opencode_is_told_what_why_and_what_next(
    failure: Failure, status: int, parts: list[str]
) -> None:
    told = final(failure, "claude-429")
    assert told.status == status
    assert all(part in told.message for part in parts), told.message
    assert not is_repeated(told.status, apis.body("chat", told).decode())


def test_the_model_is_named_even_where_its_name_would_be_repeated() -> None:
    told = final(Failure(500, "x"), "claude-429")
    assert "Model claude-429" in told.message.replace(WORD_JOINER, "")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("said", ["429 " * 50_000, " " * 200_000 + "x", '{"error":' * 50_000])
@pytest.mark.parametrize("status", [400, 500])
def test_long_texts_and_names_are_cut_but_not_the_advice(status: int, said: str) -> None:
    told = final(Failure(status, f"APIError: {said}", "5" * 20_000), "claude-429" * 2_000)
    assert len(told.message) < 5_000
    assert len(told.code or "") < 500
    assert "Next: " in told.message
    assert not is_repeated(told.status, apis.body("chat", told).decode())


@pytest.mark.timeout(10)
def test_a_long_reason_of_a_spent_budget_is_cut() -> None:
    told = spent_budget(Failure(429, "No room in the budget: " + "429 " * 50_000))
    assert told is not None
    assert len(final(told, "m").message) < 5_000
    assert not is_repeated(402, final(told, "m").message)


@pytest.mark.parametrize(
    "failure",
    [
        Failure(400, "litellm.ContextWindowExceededError: 429500 tokens"),
        Failure(400, "This model's maximum context length is 4290 tokens"),
        Failure(500, "too long", "context_length_exceeded"),
    ],
)
def test_a_context_that_is_too_long_stays_recognizable(failure: Failure) -> None:
    told = final(failure, "m")
    assert (told.status, told.code, told.message) == (
        400,
        "context_length_exceeded",
        failure.message,
    )


def test_a_spent_budget_is_told_with_its_figures() -> None:
    told = spent_budget(Failure(429, SPENT))
    assert told is not None
    assert told.status == 402
    assert told.message.startswith("The budget is used up. Exceeded budget for provider x: 6 >= 5")
    assert "No deployments available" not in told.message
    assert final(told, "m").message == told.message
    assert spent_budget(Failure(429, THROTTLED)) is None


@pytest.mark.parametrize("api", ["chat", "messages", "responses", "embeddings"])
def test_each_api_has_its_form(api: apis.ApiName) -> None:
    failure = Failure(402, "no money left: ä")
    body = apis.body(api, failure)
    assert apis.read(402, body.decode()).message == failure.message
    event = apis.event(api, failure)
    assert apis.is_error_event(event)
    assert apis.read(500, event.decode()).message == failure.message


def test_statuses_are_read_from_events_that_come_with_200() -> None:
    openai = {"error": {"message": "x", "code": "429"}}
    anthropic = {"type": "error", "error": {"type": "rate_limit_error", "message": "x"}}
    assert apis.read(200, f"data: {json.dumps(openai)}\n\n") == Failure(429, "x")
    assert apis.read(200, f"event: error\ndata: {json.dumps(anthropic)}") == Failure(429, "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Internal Server Error", "Internal Server Error"),
        ('{"detail": "no"}', "no"),
        ('{"error": "no"}', "no"),
        ('{"error": {}}', '{"error": {}}'),
        ("[1]", "[1]"),
    ],
)
def test_other_bodies_are_read_as_well(text: str, message: str) -> None:
    assert apis.read(500, text) == Failure(500, message)


def test_what_opencode_shows_of_a_stream_that_fails_is_plain() -> None:
    """Its own reading of such an event, in short."""
    event = final_event("chat", Failure(424, "it broke"))
    error: dict[str, Any] = json.loads(event.removeprefix(b"data: "))["error"]
    inner = json.loads(error["message"])
    assert (inner["type"], inner["error"]["code"]) == ("error", "invalid_prompt")
    assert inner["error"]["message"] == "it broke"
    long = final_event("chat", Failure(400, "too long", "context_length_exceeded"))
    assert rb"\"code\": \"context_length_exceeded\"" in long
    assert b"event: error" in final_event("messages", Failure(424, "it broke"))
