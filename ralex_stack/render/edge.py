"""The configuration of the edge, in Caddy's JSON.

The outer doors are published; the inner one is the only way out of the sandbox's network. All pass
only the API paths that go through LiteLLM's router and budgets: LiteLLM answers hundreds of others,
and its provider pass-throughs go around both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.answers import PATH_CLOSED, UNAVAILABLE
from ralex_stack.render.serialize import to_json

if TYPE_CHECKING:
    from ralex_stack.settings import Settings
    from ralex_stack.target import Target

API_PATHS = {
    "/v1/chat/completions": "POST",
    "/v1/messages": "POST",
    "/v1/responses": "POST",
    "/v1/embeddings": "POST",
    "/v1/models": "GET",
}
"""Path → method of what passes."""

HEALTH_PATHS = {"/health/liveliness": "GET"}

_CREDENTIAL_HEADERS = ("X-Api-Key", "Api-Key", "X-Goog-Api-Key", "X-Litellm-Api-Key")
"""Other headers in which LiteLLM looks for a key."""

_DRAIN_SECONDS = 10


def render(settings: Settings, target: Target) -> dict[str, bytes]:
    """Files of the edge's configuration directory."""
    doors = {
        "gateway": _server(target.bind("edge-gateway"), _outer_routes(settings, target)),
        "inner": _server(target.bind("edge-inner"), _inner_routes(target)),
        "health": _server(target.bind("edge-health"), [_answer(200, "ok")]),
    }
    if "opencode" in settings.stack.profiles:
        handler = _proxy(target.address("opencode"))
        doors["opencode"] = _server(
            target.bind("edge-opencode"), [{"handle": [handler]}], upstream="the OpenCode server"
        )
    config = {
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "WARN"}}},
        "apps": {"http": {"grace_period": f"{_DRAIN_SECONDS}s", "servers": doors}},
    }
    return {"caddy.json": to_json(config)}


def _server(
    listen: str, routes: list[dict[str, Any]], upstream: str = "the gateway"
) -> dict[str, Any]:
    unavailable = _error(502, f"{upstream} is not reachable; it may be starting", UNAVAILABLE)
    return {
        "listen": [listen],
        "automatic_https": {"disable": True},
        "routes": routes,
        "errors": {"routes": [unavailable]},
    }


def _outer_routes(settings: Settings, target: Target) -> list[dict[str, Any]]:
    proxy = _proxy(target.address("gateway"))
    if settings.gateway.expose_admin:
        return [{"handle": [proxy]}]
    passed = {**API_PATHS, **HEALTH_PATHS}
    return [*(_pass(path, method, proxy) for path, method in passed.items()), _refusal(404)]


def _inner_routes(target: Target) -> list[dict[str, Any]]:
    proxy = _proxy(target.address("gateway"))
    proxy["headers"] = {
        "request": {
            "delete": list(_CREDENTIAL_HEADERS),
            "set": {"Authorization": ["Bearer {env.GATEWAY_KEY_SANDBOX}"]},
        }
    }
    return [*(_pass(path, method, proxy) for path, method in API_PATHS.items()), _refusal(403)]


def _pass(path: str, method: str, proxy: dict[str, Any]) -> dict[str, Any]:
    """Pass one path, rewritten to itself: what the gateway sees is what was matched."""
    rewrite = {"handler": "rewrite", "uri": f"{path}?{{http.request.uri.query}}"}
    return {
        "match": [{"path": [path], "method": [method]}],
        "handle": [rewrite, proxy],
        "terminal": True,
    }


def _proxy(address: str) -> dict[str, Any]:
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": address}],
        # Streams leave as they come.
        "flush_interval": -1,
    }


def _refusal(status: int) -> dict[str, Any]:
    allowed = ", ".join(API_PATHS)
    return _error(status, f"this path is closed; open are {allowed}", PATH_CLOSED)


def _error(status: int, message: str, code: str) -> dict[str, Any]:
    """An answer in the form of OpenAI's errors, which all clients can show."""
    error = {"message": f"ralex-stack: {message}", "type": "invalid_request_error", "code": code}
    return _answer(status, to_json({"error": error}).decode(), "application/json")


def _answer(status: int, body: str, content_type: str = "text/plain") -> dict[str, Any]:
    handler = {
        "handler": "static_response",
        "status_code": status,
        "headers": {"Content-Type": [content_type]},
        "body": body,
    }
    return {"handle": [handler]}
