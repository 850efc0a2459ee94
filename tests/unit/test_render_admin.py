"""The edge's admin door."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest
from samples import COMPOSE, PROCESS, settings

from ralex_stack.render import edge

DATA: dict[str, Any] = {"gateway": {"database": "postgres"}}


def server(target: Any = COMPOSE) -> dict[str, Any]:
    found = json.loads(edge.render(settings(DATA), target)["caddy.json"])
    door = found["apps"]["http"]["servers"]["admin"]
    assert isinstance(door, dict)
    return door


def passes(method: str, path: str) -> bool:
    """Whether it is handed on, by the routes in their order, as Caddy reads them."""
    for route in server()["routes"]:
        if all(_matches(match, method, path) for match in route.get("match", ())):
            return bool(route["handle"][0]["handler"] == "reverse_proxy")
    raise AssertionError("no route answers")


def _matches(match: dict[str, Any], method: str, path: str) -> bool:
    for variable in match.get("vars_regexp", {}).values():
        return re.search(variable["pattern"], path) is not None
    if method not in match.get("method", [method]):
        return False
    return any(fnmatchcase(path, pattern) for pattern in match["path"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ui/"),
        ("GET", "/ui/login/"),
        ("GET", "/litellm-asset-prefix/_next/static/x.js"),
        ("POST", "/v2/login"),
        ("POST", "/key/generate"),
        ("GET", "/key/list"),
        ("POST", "/team/new"),
        ("GET", "/spend/logs/ui"),
        ("GET", "/v1/models"),
    ],
)
def test_what_the_admin_ui_needs_passes(method: str, path: str) -> None:
    assert passes(method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/chat/completions"),
        ("POST", "/chat/completions"),
        ("POST", "/v1/messages"),
        ("POST", "/openrouter/chat/completions"),
        ("GET", "/openrouter/../key/info"),
        ("GET", "/openrouter//key/info"),
        ("GET", "/key/../openrouter/x"),
        ("POST", "/model/new"),
        ("POST", "/ui/"),
        ("POST", "/config/update"),
        ("POST", "/config/pass_through_endpoint"),
        ("POST", "/credentials"),
        ("GET", "/health"),
        ("POST", "/mcp-rest/tools/call"),
        ("GET", "/metrics"),
        ("GET", "/keys"),
    ],
)
def test_what_calls_models_or_changes_settings_is_closed(method: str, path: str) -> None:
    assert not passes(method, path)


@pytest.mark.parametrize(("target", "port"), [(COMPOSE, 4001), (PROCESS, 20011)])
def test_it_stands_where_the_target_says(target: Any, port: int) -> None:
    (listen,) = server(target)["listen"]
    assert listen.endswith(f":{port}")


def test_without_a_database_there_is_none() -> None:
    config = json.loads(edge.render(settings(), COMPOSE)["caddy.json"])
    assert "admin" not in config["apps"]["http"]["servers"]
