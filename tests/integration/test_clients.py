"""Other clients on the published ports, with the credentials that `ralex-stack env` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anthropic
import httpx
import openai
import pytest
from harness import new_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Stack
    from openai.types.chat import ChatCompletionMessageParam

WORDS = "I am the simulator"
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]
MODELS = {
    "gemini-flash-lite",
    "glm",
    "claude-sonnet",
    "tier:cheap",
    "tier:standard",
    "tier:smart",
}
CLOSED = [
    "/",
    "/ui",
    "/ui/",
    "/docs",
    "/openapi.json",
    "/metrics",
    "/health",
    "/health/readiness",
    "/key/generate",
    "/key/list",
    "/config/yaml",
    "/spend/logs",
    "/model/info",
    "/v1/models/glm",
    "/openrouter/chat/completions",
    "/openai/chat/completions",
    "/chat/completions",
]


@pytest.fixture
def openai_client(stack: Stack) -> Iterator[openai.OpenAI]:
    credentials = stack.credentials
    with openai.OpenAI(
        base_url=credentials["OPENAI_BASE_URL"],
        api_key=credentials["OPENAI_API_KEY"],
        max_retries=0,
    ) as client:
        yield client


@pytest.fixture
def anthropic_client(stack: Stack) -> Iterator[anthropic.Anthropic]:
    credentials = stack.credentials
    with anthropic.Anthropic(
        base_url=credentials["ANTHROPIC_BASE_URL"],
        api_key=credentials["ANTHROPIC_API_KEY"],
        max_retries=0,
    ) as client:
        yield client


def test_an_openai_client_gets_chat_completions(openai_client: openai.OpenAI) -> None:
    answer = openai_client.chat.completions.create(model="glm", messages=HELLO)

    assert WORDS in str(answer.choices[0].message.content)
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0


def test_an_openai_client_gets_streams(openai_client: openai.OpenAI) -> None:
    stream = openai_client.chat.completions.create(model="tier:smart", messages=HELLO, stream=True)
    chunks = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]

    assert WORDS in "".join(chunks)
    assert len(chunks) > 2


def test_an_openai_client_gets_responses(openai_client: openai.OpenAI) -> None:
    answer = openai_client.responses.create(model="glm", input="hello")

    assert WORDS in answer.output_text


def test_models_and_tiers_are_listed_and_nothing_else(openai_client: openai.OpenAI) -> None:
    assert {model.id for model in openai_client.models.list()} == MODELS


def test_an_anthropic_client_gets_messages(anthropic_client: anthropic.Anthropic) -> None:
    message = anthropic_client.messages.create(
        model="tier:standard", max_tokens=200, messages=[{"role": "user", "content": "hello"}]
    )

    assert message.content[0].type == "text"
    assert WORDS in message.content[0].text


def test_an_anthropic_client_gets_streams(anthropic_client: anthropic.Anthropic) -> None:
    with anthropic_client.messages.stream(
        model="glm", max_tokens=200, messages=[{"role": "user", "content": "hello"}]
    ) as stream:
        pieces = list(stream.text_stream)

    assert WORDS in "".join(pieces)
    assert len(pieces) > 2


def test_clients_are_accounted_for_by_their_own_key(
    stack: Stack, openai_client: openai.OpenAI
) -> None:
    session = new_session()

    openai_client.chat.completions.create(
        model="glm", messages=HELLO, extra_headers={"x-session-id": session}
    )

    (entry,) = stack.accounts(session, 1)
    assert (entry["key"], entry["model"], entry["status"]) == ("client", "glm", "success")
    assert entry["cost"] > 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer sk-of-nobody"},
        {"x-api-key": "sk-of-nobody"},
        {"x-litellm-api-key": "Bearer sk-of-nobody"},
    ],
    ids=["none", "authorization", "x-api-key", "x-litellm-api-key"],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/responses"])
def test_without_a_key_of_the_stack_there_is_no_answer(
    stack: Stack, path: str, headers: dict[str, str]
) -> None:
    before = len(stack.journal())

    answer = httpx.post(
        f"{stack.gateway}{path}", headers=headers, json={"model": "glm", "messages": HELLO}
    )

    assert answer.status_code == 401
    assert answer.json()["error"]["message"]
    assert len(stack.journal()) == before


def test_an_unknown_model_is_refused_by_name(openai_client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        openai_client.chat.completions.create(model="gml", messages=HELLO)

    assert caught.value.status_code in (400, 403, 404)
    assert "gml" in caught.value.message


@pytest.mark.parametrize("path", CLOSED)
def test_other_paths_are_closed_with_any_key(stack: Stack, path: str) -> None:
    for key in ("gateway_key_client", "gateway_master_key"):
        headers = {"Authorization": f"Bearer {stack.secrets[key]}"}
        for method in ("GET", "POST"):
            answer = httpx.request(method, stack.gateway + path, headers=headers)

            assert answer.status_code == 404
            assert answer.json()["error"]["code"] == "path_closed"


def test_liveliness_needs_no_key(stack: Stack) -> None:
    assert httpx.get(f"{stack.gateway}/health/liveliness").status_code == 200
