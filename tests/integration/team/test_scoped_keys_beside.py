"""`ralex-stack keys` where LiteLLM has a database of keys of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from harness import eventually
from team_stack import MODEL

if TYPE_CHECKING:
    from harness import Json
    from team_stack import Team

FIVE = ["chat/completions", "messages", "responses", "embeddings", "models"]

OTHERS = [
    ("GET", "/key/list"),
    ("GET", "/key/info"),
    ("POST", "/key/generate"),
    ("GET", "/user/info"),
    ("GET", "/user/list"),
    ("GET", "/team/list"),
    ("POST", "/team/new"),
    ("GET", "/spend/logs"),
    ("GET", "/global/spend/report"),
    ("GET", "/model/info"),
    ("GET", "/health"),
    ("GET", "/config/yaml"),
    ("POST", "/openrouter/chat/completions"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/messages/count_tokens"),
    ("GET", "/v1/models/glm"),
]


def listed(team: Team) -> dict[tuple[str, str], Json]:
    """What `keys list` tells, by kind and name."""
    rows = json.loads(team.run("keys", "list", "--json").stdout)
    return {(row["kind"], row["alias"]): row for row in rows}


def test_scoped_keys_are_made_limited_and_revoked_as_ever(team: Team) -> None:
    # LiteLLM's key of the same alias is another one.
    virtual = team.new_key(key_alias="beside", models=[MODEL], max_budget=20, rpm_limit=30)
    key = str(team.json("keys", "create", "beside", "--model", MODEL, "--daily", "5")["key"])
    assert team.ask(key).status_code == 200
    assert team.ask(key, model="glm").status_code == 403
    spent = eventually(lambda: listed(team)["scoped", "beside"]["spent"]["daily"])

    team.run("keys", "budget", "beside", "--daily", "0.00000001")
    eventually(lambda: team.ask(key).status_code == 402)
    for api in ("messages", "responses"):
        refused = team.ask(key, api, stream=True)
        assert refused.status_code == 402
        assert 'the daily limit of key "beside"' in refused.json()["error"]["message"]
    assert team.ask(virtual).status_code == 200

    found = listed(team)
    assert found["scoped", "beside"]["spent"]["daily"] == pytest.approx(spent)
    other = found["virtual", "virtual:beside"]
    assert (other["models"], other["max_budget"], other["rpm"]) == ([MODEL], 20, 30)
    assert (other["state"], other["team"], other["expires"]) == ("active", None, None)
    assert virtual not in json.dumps(list(found.values()))
    assert "virtual:beside" in team.run("keys", "list").stdout

    team.run("keys", "revoke", "beside")
    eventually(lambda: team.ask(key).status_code == 401)
    assert "admin UI" in team.run("keys", "revoke", "virtual:beside", code=1).stderr
    assert team.ask(virtual).status_code == 200


def test_keys_of_litellm_are_listed_as_its_tables_have_them(team: Team) -> None:
    made = team.new("team", team_alias="listed")
    key = team.new_key(key_alias="gone", team_id=made["team_id"], duration="1s")
    blocked = team.new_key(key_alias="blocked")
    assert team.administer("POST", "/key/block", {"key": blocked}).status_code == 200
    found = eventually(
        lambda: (f := listed(team))["virtual", "virtual:gone"]["state"] == "expired" and f
    )
    assert found["virtual", "virtual:gone"]["team"] == "listed"
    assert found["virtual", "virtual:blocked"]["state"] == "blocked"
    assert key not in json.dumps(list(found.values()))
    # Who is logged in to the admin UI has a key, too, which is none to be given out.
    with httpx.Client(base_url=team.json("env", "--admin")["LITELLM_ADMIN_URL"]) as browser:
        login = {"username": "admin", "password": team.secrets["gateway_master_key"]}
        assert browser.post("/v2/login", json=login).status_code == 200
    assert listed(team).keys() == found.keys()


def test_a_scoped_key_reaches_five_paths_and_nothing_else_at_any_door(team: Team) -> None:
    key = str(team.json("keys", "create", "confined")["key"])
    bearer = {"Authorization": f"Bearer {key}"}
    for path in FIVE:
        method, body = ("GET", None) if path == "models" else ("POST", {"model": "no-such-model"})
        answer = httpx.request(method, f"{team.gateway}/v1/{path}", headers=bearer, json=body)
        # Known there and let in: what is refused is the model.
        assert answer.status_code not in (401, 404), path
        assert "path_closed" not in answer.text
    admin = team.json("env", "--admin")["LITELLM_ADMIN_URL"]
    for method, path in OTHERS:
        outside = httpx.request(method, team.gateway + path, headers=bearer, timeout=60)
        assert (outside.status_code, outside.json()["error"]["code"]) == (404, "path_closed")
        at_the_admin_door = httpx.request(method, admin + path, headers=bearer, timeout=60)
        assert at_the_admin_door.status_code in (403, 404), (path, at_the_admin_door.text)
    # With `gateway.expose_admin` the edge passes all paths.
    assert team.probe("gateway", "with_key", data=[key, OTHERS]) == [403] * len(OTHERS)
    login = httpx.post(f"{admin}/v2/login", json={"username": "admin", "password": key})
    assert login.status_code == 401
