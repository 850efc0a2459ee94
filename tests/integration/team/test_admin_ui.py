"""The admin UI behind the edge, and what its door keeps closed."""

from __future__ import annotations

import http.client
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

ROOT = Path(__file__).parents[3]

if TYPE_CHECKING:
    from team_stack import Team


@pytest.fixture
def door(team: Team) -> str:
    return str(team.json("env", "--admin")["LITELLM_ADMIN_URL"])


def test_the_page_where_one_logs_in_is_there(door: str) -> None:
    for path in ("/ui/", "/ui/login/", "/.well-known/litellm-ui-config"):
        answer = httpx.get(f"{door}{path}", follow_redirects=True)
        assert answer.status_code == 200, path
    assert "<html" in httpx.get(f"{door}/ui/login/").text


def test_one_logs_in_with_the_master_key_and_no_other(team: Team, door: str) -> None:
    master = team.secrets["gateway_master_key"]
    for password in ("wrong", team.credentials["OPENAI_API_KEY"]):
        given = {"username": "admin", "password": password}
        assert httpx.post(f"{door}/v2/login", json=given).status_code == 401
    with httpx.Client(base_url=door) as browser:
        answer = browser.post("/v2/login", json={"username": "admin", "password": master})
        assert answer.status_code == 200, answer.text
        session = _claims(browser.cookies["token"])["key"]
    assert team.administer("GET", "/key/list", key=session).status_code == 200
    made = team.administer("POST", "/key/generate", {}, key=session)
    assert made.status_code == 200, made.text
    assert team.ask(made.json()["key"]).status_code == 200


def _claims(token: str) -> dict[str, str]:
    import base64
    import json

    part = token.split(".")[1]
    found: dict[str, str] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/chat/completions"),
        ("POST", "/openrouter/chat/completions"),
        ("GET", "/openrouter/../key/list"),
        ("GET", "/openrouter/%2e%2e/key/list"),
        ("GET", "/key/..%2fopenrouter/models"),
        ("GET", "/openrouter//key/list"),
        ("POST", "/model/new"),
        ("POST", "/config/update"),
        ("POST", "/config/pass_through_endpoint"),
        ("GET", "/metrics"),
        ("GET", "/health"),
        ("GET", "/openapi.json"),
    ],
)
def test_other_doors_are_closed_even_to_the_master_key(
    team: Team, door: str, method: str, path: str
) -> None:
    bearer = {"Authorization": f"Bearer {team.secrets['gateway_master_key']}"}
    # As it stands: httpx would make the path shorter.
    with closing(http.client.HTTPConnection(door.removeprefix("http://"), timeout=60)) as edge:
        edge.request(method, path, headers=bearer)
        answer = edge.getresponse()
        assert answer.status == 404
        assert "this path is closed" in answer.read().decode()


@pytest.mark.parametrize("path", ["/key/list", "/spend/logs", "/team/list", "/v1/models"])
def test_without_a_key_nothing_is_told(door: str, path: str) -> None:
    assert httpx.get(f"{door}{path}").status_code == 401


def test_status_and_doctor_know_of_it(team: Team, door: str) -> None:
    assert f"{door}/ui/" in team.run("status").stdout
    report = team.json("doctor", code=None)
    names = {finding["check"]: finding for finding in report["findings"]}
    for service in ("postgres", "migrate", "gateway"):
        assert names[f"service {service}"]["level"] == "ok"


def test_the_password_of_the_database_is_seen_nowhere(team: Team) -> None:
    password = team.secrets["postgres_password"]
    for service, container in team.containers().items():
        container.reload()
        assert password not in str(container.attrs), service
        assert password not in container.logs().decode(), service
        if container.status == "running":
            arguments = container.top(ps_args="-eo pid,args")["Processes"]
            assert password not in str(arguments), service


def test_the_patch_of_the_engines_adapter_refuses_what_it_does_not_know(team: Team) -> None:
    patch = (ROOT / "stack" / "prisma" / "engine" / "patch.js").read_text()
    run = "cd /opt/prisma-engine && exec ./node - 2>&1"
    said = team.inside("gateway", "sh", "-c", run, stdin=patch, code=1)
    assert "stands there 0 times, not once" in said


def test_nothing_of_prisma_is_fetched_when_the_gateway_starts(team: Team) -> None:
    assert team.inside("gateway", "prisma", "migrate", "diff") == ""
    assert "393aa359" in team.inside("gateway", "/opt/prisma-engine/query-engine", "--version")
