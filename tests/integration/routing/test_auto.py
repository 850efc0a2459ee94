"""The model `auto` by meaning: chosen once a session, told, kept, and without the embedder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from asking import CHEAP, DEBUG, FORMAT, SMART, STANDARD, ask, send, tier_of
from harness import eventually, models_asked, new_session
from repositories import repository

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Json, Stack


def chooses_by_meaning(stack: Stack) -> bool:
    return tier_of(ask(stack, FORMAT)) == "cheap"


@pytest.fixture(scope="module")
def warm(routed: Stack) -> Stack:
    """The examples are embedded in the seconds after a start."""
    eventually(lambda: chooses_by_meaning(routed))
    return routed


def test_all_see_the_same_models(warm: Stack) -> None:
    key = warm.credentials["OPENAI_API_KEY"]
    headers = {"Authorization": f"Bearer {key}"}
    listed = httpx.get(f"{warm.gateway}/v1/models", headers=headers, timeout=30).json()["data"]
    inside = warm.inside("opencode", "cat", "/etc/ralex-stack/opencode/opencode.json")
    offered = httpx.Response(200, text=inside).json()["provider"]["litellm"]["models"]
    table = [row["name"] for row in warm.json("models")]

    tiers = ["tier:cheap", "tier:standard", "tier:smart", "tier:review"]
    models = ["little", "middle", "large", "late", "narrow", "split", "resting"]
    assert sorted(model["id"] for model in listed) == sorted(["auto", *tiers, *models])
    assert set(offered) == set(table) == {"auto", *tiers, *models}


def test_what_the_gateway_calls_itself_is_for_nobody_else(warm: Stack) -> None:
    refused = send(warm, "", model="ralex-stack:embedder", api="embeddings", input="x")
    assert refused.status_code == 400
    assert "the gateway's own" in refused.text


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("api", ["chat/completions", "messages", "responses"])
def test_every_api_says_which_tier_served(warm: Stack, api: str, stream: bool) -> None:
    warm.forget()

    answer = ask(warm, DEBUG, api=api, stream=stream)

    assert tier_of(answer) == "smart"
    assert answer.headers["x-ralex-intent"] == "debug"
    assert models_asked(warm.journal()) == [SMART]


def test_a_session_stays_on_its_tier_and_others_do_not_mind(warm: Stack) -> None:
    session = new_session()

    tiers = [tier_of(ask(warm, prompt, session=session)) for prompt in (FORMAT, DEBUG)]

    assert tiers == ["cheap", "cheap"]
    assert tier_of(ask(warm, DEBUG)) == "smart"
    first, second = warm.accounts(session, 2)
    assert (first["tier"], first["intent"]) == ("cheap", "format")
    assert first["route"] == "nearest examples"
    assert second["route"] == "session: nearest examples"


def test_rounds_with_tools_belong_to_the_conversation_that_they_are_of(warm: Stack) -> None:
    """Without a session, too: what the conversation begins with is what is asked."""
    call = {"id": "c1", "type": "function", "function": {"name": "read", "arguments": "{}"}}
    rounds: list[Json] = [
        {"role": "system", "content": "You debug crashes."},
        {"role": "user", "content": FORMAT},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "it crashes with an exception"},
        {"role": "user", "content": DEBUG},
    ]
    assert tier_of(ask(warm, "", messages=rounds)) == "cheap"


def test_the_user_changes_the_tier_by_name(warm: Stack) -> None:
    session = new_session()
    ask(warm, FORMAT, session=session)

    named = ask(warm, FORMAT, session=session, model="tier:smart")

    assert tier_of(named) is None
    assert tier_of(ask(warm, FORMAT, session=session)) == "smart"


def test_litellms_header_for_sessions_is_one_as_well(warm: Stack) -> None:
    session = new_session()
    headers = {"x-litellm-session-id": session}
    key = warm.credentials["OPENAI_API_KEY"]
    for prompt in (FORMAT, DEBUG):
        answer = httpx.post(
            f"{warm.gateway}/v1/chat/completions",
            headers={"Authorization": f"Bearer {key}", **headers},
            json={"model": "auto", "messages": [{"role": "user", "content": prompt}]},
            timeout=60,
        )
        assert tier_of(answer) == "cheap"
    assert len(warm.accounts(session, 2)) == 2


def test_a_prompt_in_opencode_stays_on_one_tier_through_all_its_rounds(
    warm: Stack, tmp_path: Path
) -> None:
    path = repository(tmp_path / "project")
    warm.forget()

    done = warm.json("run", "create hello.py that prints hello", "--dir", path)

    assert (path / "hello.py").exists()
    routes = [entry for entry in warm.ledger(done["session"]) if entry.get("route")]
    assert {(entry["tier"], entry["intent"]) for entry in routes} == {("standard", "generate")}
    assert [entry["route"] for entry in routes] == ["nearest examples", "session: nearest examples"]
    assert models_asked(warm.journal()).count(STANDARD) == 2


def test_logs_tell_the_routes(warm: Stack) -> None:
    session = new_session()
    ask(warm, FORMAT, session=session)
    warm.accounts(session, 1)

    routes = warm.json("logs", "--routes")["routes"]
    shown = warm.run("logs", "--routes").stdout

    (route,) = [found for found in routes if found["session"] == session]
    assert {name: route[name] for name in ("key", "intent", "tier", "route")} == {
        "key": "client",
        "intent": "format",
        "tier": "cheap",
        "route": "nearest examples",
    }
    assert session[:12] in shown
    assert FORMAT not in shown


@pytest.mark.parametrize("mode", ["patterns", "intent", "complexity"])
def test_the_route_of_a_prompt_is_explained_without_asking_a_model(warm: Stack, mode: str) -> None:
    warm.forget()

    (row,) = _rows(warm, mode, FORMAT)

    if mode != "complexity":
        assert (row["intent"], row["tier"], row["model"]) == ("format", "cheap", "little")
    assert (row["input"], row["output"]) == (0.1, 0.4)
    assert row["because"]
    assert warm.journal() == []


def _rows(stack: Stack, mode: str, prompt: str) -> list[Any]:
    file = stack.directory / "prompts.txt"
    file.write_text(f"{prompt}\n")
    rows: Any = stack.json("route", "--mode", mode, "--file", file)
    return list(rows)


def test_a_session_stays_on_its_tier_across_a_restart_of_the_gateway(warm: Stack) -> None:
    session = new_session()
    ask(warm, FORMAT, session=session)

    warm.run("restart", "gateway")

    assert tier_of(ask(warm, DEBUG, session=session)) == "cheap"
    eventually(lambda: chooses_by_meaning(warm))


def test_without_the_embedder_the_default_tier_serves_and_says_why(warm: Stack) -> None:
    session = new_session()
    warm.container("embedder").pause()
    try:
        answer = ask(warm, FORMAT, session=session)
    finally:
        warm.container("embedder").unpause()

    assert tier_of(answer) == "standard"
    assert "x-ralex-intent" not in answer.headers
    (entry,) = warm.accounts(session, 1)
    assert entry["route"].startswith("intent failed: ")
    eventually(lambda: chooses_by_meaning(warm))


def test_the_embedder_is_closed_to_all_but_the_gateway(warm: Stack) -> None:
    networks = warm.container("embedder").attrs["NetworkSettings"]["Networks"]
    assert list(networks) == [f"{warm.project}_embeddings"]
    network = warm.client.networks.get(f"{warm.project}_embeddings")
    assert network.attrs["Internal"]
    names = {each.name for each in network.containers}
    assert names == {f"{warm.project}-embedder-1", f"{warm.project}-gateway-1"}


def test_the_usual_strategy_spreads_calls_over_deployments(warm: Stack) -> None:
    warm.forget()
    for _ in range(20):
        ask(warm, "hello", model="split")
    assert set(models_asked(warm.journal())) == {"test/dear", "test/low"}


# What its authors publish: https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
HAPPY = "That is a happy person"
COSINES = {
    "That is a happy dog": 0.6946,
    "That is a very happy person": 0.9429,
    "Today is a sunny day": 0.2569,
}


def test_the_embedder_computes_what_the_models_authors_publish(warm: Stack) -> None:
    program = ("/opt/embedder/bin/python", "-I", "/opt/embedder/app", "embed")
    printed = warm.inside("embedder", *program, stdin=json.dumps([HAPPY, *COSINES]))

    first, *others = json.loads(printed)
    cosines = [sum(a * b for a, b in zip(first, other, strict=True)) for other in others]
    assert cosines == pytest.approx(list(COSINES.values()), abs=1e-4)


def test_the_cheap_tier_is_what_formats(warm: Stack) -> None:
    warm.forget()
    ask(warm, FORMAT)
    assert models_asked(warm.journal()) == [CHEAP]
