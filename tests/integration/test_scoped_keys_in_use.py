"""Scoped keys on a real stack: what each may do, and when it ends."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anthropic
import httpx
import openai
import pytest
from harness import Stack, eventually, new_session
from spending import PRICE, PROMPT
from stacks import brought_up

from ralex_stack.gateway.scoped_keys.key import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient
    from harness import Json

HELLO: Any = [{"role": "user", "content": "hello"}]
DOORS = [
    ("POST", "/key/generate"),
    ("GET", "/key/list"),
    ("GET", "/health"),
    ("GET", "/config/yaml"),
    ("GET", "/provider/budgets"),
    ("POST", "/openrouter/chat/completions"),
    ("POST", "/openai/chat/completions"),
    ("GET", "/model/info"),
    ("GET", "/v1/files"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/responses/compact"),
    ("POST", "/v1/messages/count_tokens"),
    ("GET", "/v1/models/glm"),
]
"""Paths that LiteLLM answers to the master key."""


def settings() -> Json:
    def model(upstream: str, **more: object) -> Json:
        return {"upstream": f"openrouter/{upstream}", "price": {"input": 1, "output": 2}, **more}

    return {
        "stack": {"profiles": []},
        # Other stacks have their ledger in SQLite or PostgreSQL.
        "gateway": {"ledger": "valkey"},
        "models": {
            "glm": model("z-ai/glm-4.6"),
            "dear": model("simulator/any", price=PRICE, output=100),
            "embed": model("openai/text-embedding-3-small", mode="embedding"),
        },
        "tiers": {"cheap": {"models": ["glm"]}, "smart": {"models": ["dear"]}},
        "opencode": {"model": "tier:cheap", "small_model": "tier:cheap"},
    }


@pytest.fixture(scope="module")
def stack(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its tests make keys, and restart gateway and Valkey."""
    with brought_up(Stack(tmp_path_factory.mktemp("keys"), engine, settings())) as made:
        yield made


def create(stack: Stack, alias: str, *options: str) -> str:
    return str(stack.json("keys", "create", alias, *options)["key"])


def chat(stack: Stack, key: str, model: str = "glm", **more: object) -> httpx.Response:
    return httpx.post(
        f"{stack.gateway}/v1/chat/completions",
        headers={"Authorization": f"Bearer {key}", "x-session-id": new_session()},
        json={"model": model, "messages": HELLO, **more},
        timeout=60,
    )


def listed(stack: Stack, alias: str) -> Json:
    (found,) = (
        key
        for key in json.loads(stack.run("keys", "list", "--json").stdout)
        if key["alias"] == alias
    )
    return dict(found)


def test_a_key_reaches_the_five_api_paths(stack: Stack) -> None:
    key, session = create(stack, "ada@example.com", "--monthly", "50"), new_session()
    headers = {"x-session-id": session}
    with openai.OpenAI(base_url=f"{stack.gateway}/v1", api_key=key, max_retries=0) as client:
        client.chat.completions.create(model="glm", messages=HELLO, extra_headers=headers)
        client.responses.create(model="tier:cheap", input="hello", extra_headers=headers)
        client.embeddings.create(model="embed", input="hello", extra_headers=headers)
        names = {model.id for model in client.models.list()}
    with anthropic.Anthropic(base_url=stack.gateway, api_key=key, max_retries=0) as other:
        other.messages.create(model="glm", max_tokens=50, messages=HELLO, extra_headers=headers)
    assert {"glm", "dear", "embed", "tier:cheap"} <= names
    accounts = stack.accounts(session, 4)
    assert {(entry["key"], entry["status"]) for entry in accounts} == {
        ("ada@example.com", "success")
    }


def test_a_key_reaches_nothing_else(stack: Stack) -> None:
    key = create(stack, "curious")
    for method, path in DOORS:
        outside = httpx.request(
            method, stack.gateway + path, headers={"Authorization": f"Bearer {key}"}
        )
        assert (outside.status_code, outside.json()["error"]["code"]) == (404, "path_closed")
    # With `gateway.expose_admin` the edge passes all paths.
    assert stack.probe("gateway", "with_key", data=[key, DOORS]) == [403] * len(DOORS)


def test_a_key_calls_the_models_that_it_names(stack: Stack) -> None:
    key = create(stack, "narrow", "--model", "tier:cheap", "--model", "embed")
    assert chat(stack, key, "tier:cheap").status_code == 200
    stack.forget()
    for body in (
        {"model": "dear"},
        {"model": "tier:smart"},
        {"model": "tier:cheap", "fallbacks": ["dear"]},
        {"model": "tier:cheap", "fallbacks": [{"model": "dear"}]},
        {"model": "tier:cheap,dear"},
    ):
        answer = chat(stack, key, **body)  # type: ignore[arg-type]
        assert answer.status_code in (400, 401, 403), body
        assert "dear" in answer.text or "smart" in answer.text
    assert stack.journal() == []
    models = httpx.get(f"{stack.gateway}/v1/models", headers={"x-api-key": key}).json()
    assert {model["id"] for model in models["data"]} == {"tier:cheap", "embed"}


def test_a_key_makes_no_more_requests_than_it_may(stack: Stack) -> None:
    key, other = create(stack, "slow", "--rpm", "2"), create(stack, "fast")
    statuses = [chat(stack, key).status_code for _ in range(4)]
    assert statuses.count(429) >= 1
    assert 200 in statuses
    assert chat(stack, other).status_code == 200


def test_a_spent_budget_ends_a_key_and_no_other(stack: Stack) -> None:
    key, other = create(stack, "poor", "--daily", "0.0025"), create(stack, "rich")
    assert [dear(stack, key).status_code for _ in range(3)] == [200, 402, 402]
    assert [dear(stack, other).status_code for _ in range(3)] == [200, 200, 200]
    refused = dear(stack, key).json()["error"]["message"]
    assert 'the daily limit of key "poor", $0.0025' in refused
    assert "ralex-stack keys budget" in refused
    for alias, calls in (("poor", 1), ("rich", 3)):
        cost = eventually(lambda alias=alias, calls=calls: costs(stack, alias, calls))
        assert cost > 0
        windows = ("hourly", "daily", "weekly", "monthly")
        assert listed(stack, alias)["spent"] == pytest.approx(dict.fromkeys(windows, cost))

    def by_key() -> bool:
        rows = json.loads(stack.run("spend", "--by", "key", "--json").stdout)
        calls = {row["key"]: row["calls"] for row in rows}
        return (calls.get("poor"), calls.get("rich")) == (1, 3)

    assert eventually(by_key)

    # What is spent stays counted, and a further call may cost about 0.0022.
    for usd, status in (("0.0052", 200), ("0.001", 402), ("0", 200)):
        stack.run("keys", "budget", "poor", "--daily", usd)
        eventually(lambda status=status: dear(stack, key).status_code == status)


def costs(stack: Stack, alias: str, calls: int) -> float:
    """USD of that many calls with a key, by the ledger; 0 as long as it has not as many."""
    told = [entry["cost"] for entry in stack.ledger() if entry["key"] == alias and entry["cost"]]
    return float(sum(told)) if len(told) == calls else 0


def dear(stack: Stack, key: str) -> httpx.Response:
    return chat(stack, key, "dear", messages=[{"role": "user", "content": PROMPT}])


def test_a_key_expires(stack: Stack) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=6)
    key = create(stack, "guest", "--expires", ends.isoformat())
    assert chat(stack, key).status_code == 200
    time.sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()))
    for answer in (chat(stack, key), models_of(stack, key)):
        assert answer.status_code == 401
        assert 'the key "guest" expired at' in answer.json()["error"]["message"]
    assert listed(stack, "guest")["state"] == "expired"


def models_of(stack: Stack, key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{stack.gateway}/v1/models", headers=headers, timeout=60)


def test_a_revoked_key_ends_within_seconds_and_its_alias_is_free(stack: Stack) -> None:
    key = create(stack, "lost")
    began = stack.container("gateway").attrs["State"]["StartedAt"]
    assert chat(stack, key).status_code == 200
    assert "key-alias-taken" in stack.run("keys", "create", "lost", code=1).stderr
    stack.run("keys", "revoke", "lost")
    eventually(lambda: chat(stack, key).status_code == 401)
    for answer in (chat(stack, key), models_of(stack, key)):
        assert answer.status_code == 401
        assert 'the key "lost" was revoked at' in answer.json()["error"]["message"]
    anew = create(stack, "lost")
    eventually(lambda: chat(stack, anew).status_code == 200)
    assert chat(stack, key).status_code == 401
    assert stack.container("gateway").attrs["State"]["StartedAt"] == began


def test_keys_are_kept_by_their_digest_alone(stack: Stack) -> None:
    key = create(stack, "secretive")
    assert key not in stack.run("keys", "list", "--json").stdout
    volume = stack.inside("valkey", "sh", "-c", "cat /data/appendonlydir/*")
    assert digest(key) in volume
    assert key not in volume
    for service in ("gateway", "valkey"):
        assert key not in stack.container(service).logs().decode(errors="replace")


def test_without_valkey_only_the_stacks_own_keys_are_known(stack: Stack) -> None:
    key, own = create(stack, "waiting"), stack.credentials["OPENAI_API_KEY"]
    assert chat(stack, key).status_code == 200
    valkey = stack.container("valkey")
    valkey.pause()
    try:
        eventually(lambda: models_of(stack, key).status_code == 503)
        answer = chat(stack, key)
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        assert "keys-unreadable" in answer.json()["error"]["message"]
        assert models_of(stack, own).status_code == 200
        assert chat(stack, "sk-of-nobody").status_code == 401
    finally:
        valkey.unpause()
    eventually(lambda: chat(stack, key).status_code == 200)


def test_keys_and_their_end_outlast_restarts(stack: Stack) -> None:
    key, ended = create(stack, "lasting", "--daily", "7"), create(stack, "ended")
    stack.run("keys", "revoke", "ended")
    stack.container("valkey").kill()
    stack.run("up", "--yes")
    stack.run("restart", "gateway")
    assert chat(stack, key).status_code == 200
    assert "was revoked" in chat(stack, ended).text
    assert listed(stack, "lasting")["budget"] == {"daily": 7.0}
