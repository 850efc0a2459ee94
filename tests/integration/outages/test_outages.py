"""Providers that fail: OpenCode's user reads why within seconds, other clients know what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from harness import eventually, new_session
from observe import server, spend

from ralex_stack.gateway.repeats import is_repeated

if TYPE_CHECKING:
    from pathlib import Path

    from fake_provider import Outage

HELLO = "say hello"


def outer(
    outage: Outage,
    model: str,
    path: str = "chat/completions",
    *,
    stream: bool = True,
    session: str | None = None,
) -> httpx.Response:
    """A call of another client."""
    key = outage.credentials["OPENAI_API_KEY"]
    return httpx.post(
        f"{outage.gateway}/v1/{path}",
        headers={"Authorization": f"Bearer {key}", "x-session-id": session or new_session()},
        json={
            "model": model,
            "max_tokens": 9,
            "stream": stream,
            "messages": [{"role": "user", "content": "hi"}],
        },
        timeout=90,
    )


@pytest.mark.parametrize(
    ("model", "status", "said"),
    [
        ("status-429", 424, "the provider takes no more calls"),
        ("status-503", 424, "the provider failed"),
        ("status-401", 401, "the provider refuses the key"),
        ("refused", 424, "the provider cannot be reached"),
        ("unknown-host", 424, "the provider cannot be reached"),
        ("hangs", 424, "the provider gave no answer in time"),
        ("nonesuch", 400, "the gateway has no such model"),
    ],
)
def test_opencode_gets_an_answer_that_it_does_not_repeat(
    outage: Outage, model: str, status: int, said: str
) -> None:
    seen, body = outage.inner(model)

    assert seen == status, body
    assert said in body
    assert "Next: " in body
    assert not is_repeated(seen, body)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("no-end", "without saying that it is complete"),
        ("error-inside", "the worker is gone"),
        ("stalls", "the provider gave no answer in time"),
    ],
)
def test_a_stream_that_fails_ends_with_a_reason(outage: Outage, model: str, said: str) -> None:
    status, body = outage.inner(model)

    assert status == 200
    words, _, last = body.strip().rpartition("data: ")
    assert "half an " in words
    assert said in json.loads(last)["error"]["message"]
    assert not is_repeated(status, last)


@pytest.mark.parametrize("status", [429, 503])
def test_other_clients_know_how_long_to_wait(outage: Outage, status: int) -> None:
    answer = outer(outage, f"status-{status}")

    assert answer.status_code == status
    assert int(answer.headers["retry-after"]) > 0


def test_a_provider_that_hangs_is_called_once_and_left(outage: Outage) -> None:
    before = len(outage.calls("hangs"))

    assert outer(outage, "hangs").status_code == 408

    assert len(outage.calls("hangs")) == before + 1
    eventually(lambda: all(call["closed"] for call in outage.calls("hangs")))


def test_keep_alives_alone_do_not_hold_a_client_for_ever(outage: Outage) -> None:
    session = new_session()
    answer = outer(outage, "keeps-alive", session=session)

    assert answer.status_code == 504
    assert "Nothing came from the provider for 5 seconds" in answer.text
    eventually(lambda: all(call["closed"] for call in outage.calls("keeps-alive")))
    assert [line["model"] for line in outage.accounts(session, 1)] == ["keeps-alive"]


def test_a_stream_that_breaks_off_counts_as_what_it_may_have_cost(outage: Outage) -> None:
    spent = spend(outage, "model:no-end")
    assert "without saying that it is complete" in outer(outage, "no-end").text
    # Of 8 bytes of prompt and 9 tokens of answer at most; the provider never said.
    assert 0 < spend(outage, "model:no-end") - spent < 0.001


def test_a_spent_budget_is_402_on_each_api(outage: Outage) -> None:
    assert outer(outage, "poor", stream=False).status_code == 200
    eventually(lambda: outer(outage, "poor", stream=False).status_code == 402)

    for path in ("chat/completions", "messages"):
        for stream in (False, True):
            answer = outer(outage, "poor", path, stream=stream)
            assert answer.status_code == 402
            assert "The budget is used up" in answer.json()["error"]["message"]


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("status-429", "Model status-429: the provider takes no more calls"),
        ("no-end", "without saying that it is complete"),
    ],
)
def test_a_prompt_ends_with_the_reason(outage: Outage, repo: Path, model: str, said: str) -> None:
    before = len(outage.calls(model))

    done = outage.run("run", HELLO, "--dir", repo, "--model", model, code=1)

    assert "error: the turn failed" in done.stderr
    assert said in done.stderr
    assert "\nnext: " in done.stderr
    assert outage.containers(one_off=True) == {}
    assert len(outage.calls(model)) == before + 1


@pytest.mark.timeout(90)
def test_a_prompt_to_the_server_ends_with_the_reason(outage: Outage) -> None:
    where = {"directory": "/workspace"}
    with server(outage) as client:
        session = client.post("/session", params=where, json={}).raise_for_status().json()["id"]
        message = {
            "model": {"providerID": "litellm", "modelID": "status-503"},
            "parts": [{"type": "text", "text": HELLO}],
        }
        answer = client.post(f"/session/{session}/message", params=where, json=message)

    error = answer.raise_for_status().json()["info"]["error"]
    assert "the provider failed" in error["data"]["message"]


def test_the_ledger_has_one_line_for_each_call(outage: Outage) -> None:
    session = new_session()
    for model in ("good", "no-end", "hangs"):
        outer(outage, model, session=session)

    lines = outage.accounts(session, 3)

    assert [(line["model"], line["status"]) for line in lines] == [
        ("good", "success"),
        ("no-end", "failure"),
        ("hangs", "failure"),
    ]
    assert lines[0]["cost"] == 0.25
