import asyncio
import io
import json
import sys
from typing import Any

import pytest

from ralex_stack.gateway.entries import asked_model, entry, line, write

SECRETS = ("the prompt", "the answer", "sk-key")
SUCCESS: dict[str, Any] = {
    "trace_id": "t-1",
    "call_type": "acompletion",
    "status": "success",
    "startTime": 1795443820.0,
    "endTime": 1795443820.375,
    "model": "openrouter/z-ai/glm-4.6",
    "model_group": "smart",
    "model_id": "smart-1",
    "response_cost": 0.0012,
    "prompt_tokens": 60,
    "completion_tokens": 5,
    "messages": [{"role": "user", "content": "the prompt"}],
    "response": {"content": "the answer"},
    "model_parameters": {"api_key": "sk-key"},
    "metadata": {
        "user_api_key_alias": "sandbox",
        "requester_custom_headers": {"x-session-id": "ses_1", "x-other": "sk-key"},
    },
    "error_information": {"error_code": "", "error_class": "", "normalized_error": None},
}
FAILURE: dict[str, Any] = {
    **SUCCESS,
    "status": "failure",
    "response_cost": None,
    "error_str": "the prompt was too long: sk-key",
    "error_information": {
        "error_class": "RateLimitError",
        "error_message": "the prompt",
        "normalized_error": "429_RATE_LIMIT_EXCEEDED",
    },
}


def test_a_call_is_accounted_for() -> None:
    assert entry(SUCCESS) == {
        "event": "call",
        "time": "2026-11-23T14:23:40.375+00:00",
        "request": "t-1",
        "key": "sandbox",
        "model": "smart",
        "fallback": None,
        "upstream": "openrouter/z-ai/glm-4.6",
        "deployment": "smart-1",
        "type": "acompletion",
        "cost": 0.0012,
        "prompt_tokens": 60,
        "completion_tokens": 5,
        "duration_seconds": 0.375,
        "first_token_seconds": None,
        "streamed": False,
        "status": "success",
        "error": None,
        "session": "ses_1",
    }


def test_a_streamed_answer_has_a_beginning() -> None:
    streamed = {**SUCCESS, "stream": True, "completionStartTime": 1795443820.125}
    assert entry(streamed)["first_token_seconds"] == 0.125


def test_a_failure_is_named_and_costs_nothing() -> None:
    account = entry(FAILURE)
    assert (account["status"], account["cost"]) == ("failure", 0)
    assert account["error"] == "429_RATE_LIMIT_EXCEEDED"


@pytest.mark.parametrize("said", ["402: No room in the budget: $0", "ExceededBudget: of a team"])
def test_a_refusal_by_a_budget_is_named(said: str) -> None:
    information = {"error_message": said, "normalized_error": "UNCLASSIFIED"}
    assert entry({**FAILURE, "error_information": information})["error"] == "402_BUDGET_SPENT"


@pytest.mark.parametrize(
    ("asked", "model", "fallback"),
    [("smart", "smart", None), ("main", "main", "smart"), (None, "smart", None)],
)
def test_a_fallback_is_shown_beside_the_model_that_was_asked(
    asked: str | None, model: str, fallback: str | None
) -> None:
    account = entry(SUCCESS, asked)
    assert (account["model"], account["fallback"]) == (model, fallback)


@pytest.mark.parametrize("payload", [SUCCESS, FAILURE])
def test_neither_prompt_nor_answer_nor_key_is_written(payload: dict[str, Any]) -> None:
    written = line(entry(payload))
    assert not [secret for secret in SECRETS if secret in written]


def test_an_empty_payload_is_accounted_for_too() -> None:
    account = entry({})
    assert (account["cost"], account["key"], account["session"]) == (0, None, None)


def test_a_line_is_one_line_of_json() -> None:
    written = line({"event": "call", "error": "a\nb"})
    assert written.endswith("\n")
    assert written.count("\n") == 1
    assert json.loads(written) == {"event": "call", "error": "a\nb"}


@pytest.mark.parametrize("place", ["metadata", "litellm_metadata"])
def test_the_asked_model_is_found_in_either_place(place: str) -> None:
    assert asked_model({"litellm_params": {place: {"original_model_group": "main"}}}) == "main"


@pytest.mark.parametrize(
    "kwargs",
    [{}, {"litellm_params": None}, {"litellm_params": {"metadata": None}}],
)
def test_no_asked_model_is_none(kwargs: dict[str, Any]) -> None:
    assert asked_model(kwargs) is None


class CountedWrites(io.StringIO):
    """Standard output that knows how often it was written to."""

    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


def test_the_accounts_of_one_turn_are_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    output = CountedWrites()
    monkeypatch.setattr(sys, "stdout", output)

    async def turns() -> list[int]:
        found = []
        for accounts in (2, 1):
            for number in range(accounts):
                write({"number": number})
            await asyncio.sleep(0)
            found.append(output.writes)
        return found

    assert asyncio.run(turns()) == [1, 2]
    assert output.getvalue() == '{"number":0}\n{"number":1}\n{"number":0}\n'
