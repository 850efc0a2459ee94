"""LiteLLM's own keys, teams and spend, behind the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from harness import eventually, new_session
from team_stack import MODEL

if TYPE_CHECKING:
    from team_stack import Team

WORDS = "simulator"
APIS = ["chat/completions", "messages", "responses"]


def test_a_virtual_key_calls_models_and_its_calls_are_kept_with_their_cost(team: Team) -> None:
    key = team.new_key(key_alias="ada", models=[MODEL])
    for api in APIS:
        for stream in (False, True):
            answer = team.ask(key, api, stream=stream)
            assert answer.status_code == 200, answer.text
            assert WORDS in answer.text
    eventually(lambda: len(team.spend(key)) == 2 * len(APIS))
    assert all(cost > 0 for cost in team.spend(key))
    eventually(
        lambda: (
            team.administer("GET", f"/key/info?key={key}").json()["info"]["spend"]
            == pytest.approx(sum(team.spend(key)))
        )
    )
    assert {line["key"] for line in team.ledger() if line["key"]} >= {"virtual:ada"}


def test_the_stacks_own_keys_go_on_and_are_accounted_for_as_well(team: Team) -> None:
    answer = team.ask(team.credentials["OPENAI_API_KEY"])
    assert answer.status_code == 200, answer.text
    assert eventually(
        lambda: team.query("""SELECT 1 FROM "LiteLLM_SpendLogs" WHERE "user" = 'client';""")
    )


def refused(answer: httpx.Response, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    for word in words:
        assert word in answer.text


@pytest.mark.parametrize("api", APIS)
def test_a_model_that_is_not_on_the_keys_list_is_refused(team: Team, api: str) -> None:
    key = team.new_key(models=[MODEL])
    for model in ("glm", "tier:standard"):
        refused(team.ask(key, api, model=model), 403, model)


def test_a_team_narrows_the_keys_of_its_members(team: Team) -> None:
    made = team.new("team", team_alias="backend", models=[MODEL])
    key = team.new_key(team_id=made["team_id"])
    assert team.ask(key).status_code == 200
    refused(team.ask(key, model="glm"), 403)


def test_a_key_whose_budget_is_spent_is_refused_as_every_spent_budget_is(team: Team) -> None:
    key = team.new_key(max_budget=1e-9)
    assert team.ask(key).status_code == 200
    eventually(lambda: team.ask(key).status_code != 200)
    for api in APIS:
        for stream in (False, True):
            refused(team.ask(key, api, stream=stream), 402, "budget is used up", "budget-spent")
    other = team.new_key(max_budget=100)
    assert team.ask(other).status_code == 200


def test_a_team_whose_budget_is_spent_is_refused(team: Team) -> None:
    made = team.new("team", team_alias="frontend", max_budget=1e-9)
    key = team.new_key(team_id=made["team_id"])
    assert team.ask(key).status_code == 200
    eventually(lambda: team.ask(key).status_code != 200)
    refused(team.ask(key), 402, "budget-spent")


@pytest.mark.parametrize("key", ["sk-nobody-knows-this", "not-even-like-a-key"])
def test_an_unknown_key_is_refused(team: Team, key: str) -> None:
    answer = team.ask(key)
    refused(answer, 401)
    assert key not in answer.text


def test_a_key_that_was_deleted_is_refused(team: Team) -> None:
    key = team.new_key()
    assert team.ask(key).status_code == 200
    assert team.administer("POST", "/key/delete", {"keys": [key]}).status_code == 200
    refused(team.ask(key), 401)


@pytest.mark.parametrize(
    "path",
    [
        "/key/info",
        "/user/info",
        "/v1/models/x",
        "/openrouter/chat/completions",
        "/key/list",
    ],
)
def test_a_virtual_key_reaches_the_apis_and_nothing_else(team: Team, path: str) -> None:
    key = team.new_key()
    bearer = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{team.gateway}/v1/models", headers=bearer).status_code == 200
    assert httpx.get(f"{team.gateway}{path}", headers=bearer).status_code == 404
    at_the_admin_door = team.administer("GET", path, key=key)
    assert at_the_admin_door.status_code in (403, 404), at_the_admin_door.text


def test_a_session_of_a_virtual_key_is_limited_like_any_other(team: Team) -> None:
    key, session = team.new_key(), new_session()
    headers = {"Authorization": f"Bearer {key}", "x-session-id": session}
    body = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
    answer = httpx.post(
        f"{team.gateway}/v1/chat/completions", headers=headers, json=body, timeout=60
    )
    assert answer.status_code == 200
    assert team.accounts(session, 1)[0]["session"] == session
