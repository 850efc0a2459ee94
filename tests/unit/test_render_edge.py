"""The edge's configuration: which paths pass where."""

from __future__ import annotations

import json
from typing import Any

import pytest
from samples import COMPOSE, PROCESS, settings

from ralex_stack.gateway.repeats import is_repeated
from ralex_stack.render import edge

API = {
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/messages"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/embeddings"),
    ("GET", "/v1/models"),
}
HEALTH = {("GET", "/health/liveliness")}
NO_SERVER: dict[str, Any] = {"stack": {"profiles": []}}


def servers(data: dict[str, Any] | None = None, target: Any = COMPOSE) -> dict[str, Any]:
    config = json.loads(edge.render(settings(data), target)["caddy.json"])
    found = config["apps"]["http"]["servers"]
    assert isinstance(found, dict)
    return found


def passed(server: dict[str, Any]) -> set[tuple[str, str]]:
    """Method and path of what is handed on."""
    return {
        (method, path)
        for route in server["routes"]
        for match in route.get("match", ())
        for method in match["method"]
        for path in match["path"]
    }


def proxies(server: dict[str, Any]) -> list[dict[str, Any]]:
    return [h for r in server["routes"] for h in r["handle"] if h["handler"] == "reverse_proxy"]


@pytest.mark.parametrize(("door", "open_paths"), [("inner", API), ("gateway", API | HEALTH)])
def test_only_the_api_passes(door: str, open_paths: set[tuple[str, str]]) -> None:
    server = servers()[door]
    assert passed(server) == open_paths
    for route in server["routes"][:-1]:
        assert route["terminal"] is True
    last = server["routes"][-1]
    assert "match" not in last
    assert last["handle"][0]["handler"] == "static_response"
    assert last["handle"][0]["status_code"] in (403, 404)


def test_what_passes_is_rewritten_to_what_was_matched() -> None:
    for route in servers()["inner"]["routes"][:-1]:
        (path,) = route["match"][0]["path"]
        assert route["handle"][0]["uri"].partition("?")[0] == path
        assert "*" not in path


def test_the_sandbox_speaks_with_its_own_key_whatever_it_sends() -> None:
    handlers = proxies(servers()["inner"])
    assert len(handlers) == len(API)
    for handler in handlers:
        request = handler["headers"]["request"]
        assert request["set"] == {"Authorization": ["Bearer {env.GATEWAY_KEY_SANDBOX}"]}
        assert {"X-Api-Key", "Api-Key"} <= set(request["delete"])


def test_the_outer_door_adds_no_credentials() -> None:
    for data in ({}, {"gateway": {"expose_admin": True}}):
        assert "GATEWAY_KEY" not in json.dumps(servers(data)["gateway"])


def test_all_paths_pass_the_outer_door_only_when_asked() -> None:
    opened = servers({"gateway": {"expose_admin": True}})
    assert opened["gateway"]["routes"] == [{"handle": [proxies(opened["gateway"])[0]]}]
    assert opened["inner"] == servers()["inner"]


def test_streams_are_not_buffered() -> None:
    for name, server in servers().items():
        assert all(handler["flush_interval"] == -1 for handler in proxies(server)), name


@pytest.mark.parametrize(
    ("target", "addresses"),
    [
        (
            COMPOSE,
            {
                "gateway": "edge-outer:4000",
                "inner": "edge-inner:8080",
                "opencode": "edge-outer:4096",
                "health": "127.0.0.1:8079",
            },
        ),
        (
            PROCESS,
            {
                "gateway": "127.0.0.1:20007",
                "inner": "127.0.0.1:20006",
                "opencode": "127.0.0.1:20008",
                "health": "127.0.0.1:20009",
            },
        ),
    ],
)
def test_doors_are_where_the_target_says(target: Any, addresses: dict[str, str]) -> None:
    assert {name: s["listen"][0] for name, s in servers(target=target).items()} == addresses


def test_without_the_server_there_is_no_door_to_it() -> None:
    assert set(servers(NO_SERVER)) == {"gateway", "inner", "health"}


def test_refusals_are_errors_that_clients_can_show() -> None:
    for door in ("inner", "gateway"):
        answer = servers()[door]["routes"][-1]["handle"][0]
        error = json.loads(answer["body"])["error"]
        assert error["code"] == "path_closed"
        assert "/v1/chat/completions" in error["message"]


def test_nothing_administers_the_edge() -> None:
    config = json.loads(edge.render(settings(), COMPOSE)["caddy.json"])
    assert config["admin"]["disabled"] is True


def test_who_cannot_be_served_is_told_so_in_a_way_that_he_understands() -> None:
    for door in ("gateway", "opencode"):
        (handler,) = servers()[door]["errors"]["routes"][0]["handle"]
        assert handler["status_code"] == 503
        assert handler["headers"]["Retry-After"] == ["10"]
        assert "ralex-stack up" in handler["body"]
    (handler,) = servers()["inner"]["errors"]["routes"][0]["handle"]
    assert not is_repeated(handler["status_code"], handler["body"])
    assert "ralex-stack up" in handler["body"]


def test_what_was_not_sent_waits_for_a_service_that_restarts() -> None:
    for door in ("gateway", "opencode", "inner"):
        for proxy in proxies(servers()[door]):
            assert proxy["load_balancing"]["try_duration"] == "20s"


@pytest.mark.parametrize("replicas", [1, 3])
def test_all_replicas_are_asked_in_turn_with_one_configuration_for_any_number(
    replicas: int,
) -> None:
    found = servers({"gateway": {"replicas": replicas}})
    assert found == servers()
    for door in ("gateway", "inner"):
        for proxy in proxies(found[door]):
            source = proxy["dynamic_upstreams"]
            assert (source["source"], source["name"], source["port"]) == ("a", "gateway", "4000")
            assert proxy["upstreams"] == [{"dial": "gateway:4000"}]
            assert proxy["load_balancing"]["selection_policy"] == {"policy": "round_robin"}
    assert all("dynamic_upstreams" not in proxy for proxy in proxies(found["opencode"]))
