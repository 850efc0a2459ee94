"""Upstreams that fail: who answers instead, and what a client is told where nobody can."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import openai
import pytest
from faults import FAULTS
from harness import models_asked, new_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Stack
    from openai.types.chat import ChatCompletionMessageParam

GOOD = "z-ai/glm-4.6"
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]
SLOWLY: list[ChatCompletionMessageParam] = [{"role": "user", "content": "count slowly to 100"}]


@pytest.fixture
def client(faulty: Stack) -> Iterator[openai.OpenAI]:
    credentials = faulty.credentials
    with openai.OpenAI(
        base_url=credentials["OPENAI_BASE_URL"],
        api_key=credentials["OPENAI_API_KEY"],
        max_retries=0,
    ) as made:
        yield made


@pytest.mark.parametrize(
    "fault",
    ["rate-limited", "broken", "unavailable", "refused-key", "out-of-credit", "drops-connection"],
)
def test_the_fallback_answers(faulty: Stack, client: openai.OpenAI, fault: str) -> None:
    faulty.forget()
    session = new_session()

    answer = client.chat.completions.create(
        model=fault, messages=HELLO, extra_headers={"x-session-id": session}
    )

    assert answer.choices[0].message.content
    assert models_asked(faulty.journal()) == [FAULTS[fault], GOOD]
    accounts = faulty.accounts(session, 2)
    assert [entry["status"] for entry in accounts] == ["failure", "success"]
    assert accounts[0]["error"]
    assert accounts[0]["cost"] == 0
    assert (accounts[1]["model"], accounts[1]["fallback"]) == (fault, "good")
    assert len({entry["request"] for entry in accounts}) == 1


@pytest.mark.parametrize("fault", ["slow", "breaks-off"])
def test_a_stream_that_fails_early_is_answered_by_the_fallback(
    faulty: Stack, client: openai.OpenAI, fault: str
) -> None:
    faulty.forget()

    stream = client.chat.completions.create(model=fault, messages=HELLO, stream=True)
    text = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)

    assert "I am the simulator" in text
    assert models_asked(faulty.journal()) == [FAULTS[fault], GOOD]


def test_the_first_model_of_a_tier_falls_back_to_the_next(
    faulty: Stack, client: openai.OpenAI
) -> None:
    faulty.forget()

    answer = client.chat.completions.create(model="tier:smart", messages=HELLO)

    assert answer.choices[0].message.content
    assert models_asked(faulty.journal()) == ["simulator/broken", GOOD]


def test_a_refused_key_without_fallback_reaches_the_client(client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        client.chat.completions.create(model="lonely-refused", messages=HELLO)

    assert "no auth credentials found" in caught.value.message


def test_an_error_without_fallback_is_retried_and_then_reaches_the_client(
    faulty: Stack, client: openai.OpenAI
) -> None:
    faulty.forget()

    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="lonely-broken", messages=HELLO)

    assert "internal error" in caught.value.message
    assert models_asked(faulty.journal()) == ["simulator/broken"] * 2


def refusal(client: openai.OpenAI, model: str, calls: int) -> openai.APIStatusError | None:
    """The first refusal within so many calls; spend is counted a moment after an answer."""
    for _ in range(calls):
        try:
            client.chat.completions.create(model=model, messages=HELLO)
        except openai.APIStatusError as error:
            return error
        time.sleep(0.1)
    return None


def test_a_used_up_budget_refuses_with_402(faulty: Stack, client: openai.OpenAI) -> None:
    client.chat.completions.create(model="poor", messages=HELLO)

    refused = refusal(client, "poor", calls=50)
    faulty.forget()
    again = refusal(client, "poor", calls=1)

    assert refused is not None
    assert refused.status_code == 402
    assert "budget" in refused.message.lower()
    assert again is not None
    assert faulty.journal() == []


def test_a_rate_limit_of_the_settings_holds(faulty: Stack, client: openai.OpenAI) -> None:
    faulty.forget()

    refused = refusal(client, "rare", calls=5)

    assert refused is not None
    assert refused.status_code == 429
    assert 1 <= len(faulty.journal()) <= 4


def test_embeddings_pass(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="embed", input=["hello", "world"])

    assert len(answer.data) == 2
    assert len(answer.data[0].embedding) > 10


def test_a_stream_arrives_piece_by_piece(faulty: Stack) -> None:
    """The call ends after its last piece: so long the gateway has not accounted for it."""
    session = new_session()
    key = faulty.credentials["OPENAI_API_KEY"]
    with httpx.stream(
        "POST",
        f"{faulty.gateway}/v1/chat/completions",
        headers={"Authorization": f"Bearer {key}", "x-session-id": session},
        json={"model": "good", "messages": SLOWLY, "stream": True},
        timeout=60,
    ) as response:
        pieces = response.iter_raw()
        first = next(pieces)
        accounted = faulty.ledger(session)
        rest = list(pieces)

    assert first.startswith(b"data: ")
    assert b"[DONE]" not in first
    assert accounted == []
    assert len(rest) > 50
    assert b"[DONE]" in rest[-1]
    assert len(faulty.accounts(session, 1)) == 1
