"""The configuration of the edge, in Caddy's JSON.

The outer doors are published; the inner one is the only way out of the sandbox's network. All pass
only the API paths that go through LiteLLM's router and budgets: LiteLLM answers hundreds of others,
and its provider pass-throughs go around both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.answers import UPSTREAM_AWAY
from ralex_stack.gateway.codes import PATH_CLOSED, pointer
from ralex_stack.gateway.repeats import FINAL_STATUS
from ralex_stack.render import admin, edge_metrics
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

METRICS_PATH = "/metrics"

_CREDENTIAL_HEADERS = ("X-Api-Key", "Api-Key", "X-Goog-Api-Key", "X-Litellm-Api-Key")
"""Other headers in which LiteLLM looks for a key."""

_DRAIN_SECONDS = 10

_WAIT_SECONDS = 20
"""How long a request waits for a service that restarts: stopping takes up to 10 s, starting 8."""

_NEXT = "see `ralex-stack status`, and `ralex-stack up` starts what is missing"


def render(settings: Settings, target: Target) -> dict[str, bytes]:
    """Files of the edge's configuration directory."""
    doors = {
        "gateway": _server(
            target.bind("edge-gateway"), _outer_routes(settings, target), _away("the gateway")
        ),
        "inner": _server(target.bind("edge-inner"), _inner_routes(target), _FINAL),
        "health": _server(target.bind("edge-health"), [_answer(200, "ok")], _answer(503, "no")),
    }
    if settings.gateway.has_database:
        passed = admin.routes(_gateway(target), _ADMIN_REFUSAL)
        doors["admin"] = _server(target.bind("edge-admin"), passed, _away("the gateway"))
    if settings.metrics.enabled:
        seen = _proxy(target.address("opencode-metrics"))
        routes = edge_metrics.routes(seen if "opencode" in settings.stack.profiles else None)
        doors["metrics"] = _server(target.bind("edge-metrics"), routes, _answer(502, "no"))
        handler = _proxy(target.address("prometheus"))
        doors["prometheus"] = _server(
            target.bind("edge-prometheus"), [{"handle": [handler]}], _away("Prometheus")
        )
    if "opencode" in settings.stack.profiles:
        handler = _proxy(target.address("opencode"))
        doors["opencode"] = _server(
            target.bind("edge-opencode"), [{"handle": [handler]}], _away("the OpenCode server")
        )
    config = {
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "WARN"}}},
        "apps": {
            "http": {
                "grace_period": f"{_DRAIN_SECONDS}s",
                **({"metrics": {}} if settings.metrics.enabled else {}),
                "servers": doors,
            }
        },
    }
    return {"caddy.json": to_json(config)}


def _server(listen: str, routes: list[dict[str, Any]], failed: dict[str, Any]) -> dict[str, Any]:
    return {
        "listen": [listen],
        "automatic_https": {"disable": True},
        "routes": routes,
        "errors": {"routes": [failed]},
    }


def _outer_routes(settings: Settings, target: Target) -> list[dict[str, Any]]:
    proxy = _gateway(target)
    if settings.gateway.expose_admin:
        # The gateway's metrics are for Prometheus alone.
        closed = {"match": [{"path": [METRICS_PATH]}], **_refusal(404), "terminal": True}
        return [*([closed] if settings.metrics.enabled else []), {"handle": [proxy]}]
    passed = {**API_PATHS, **HEALTH_PATHS}
    return [*(_pass(path, method, proxy) for path, method in passed.items()), _refusal(404)]


def _inner_routes(target: Target) -> list[dict[str, Any]]:
    proxy = _gateway(target)
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


def _gateway(target: Target) -> dict[str, Any]:
    """In turn to all replicas that the engine's name server knows; it is asked once a second.

    The configuration is the same for any number of them, so that the edge goes on while they come
    and go. What is known by passive health checks would be worse than nothing: Caddy 2.6 answers
    503 at once where it takes all for unhealthy, instead of waiting for one to come back.
    """
    address = target.address("gateway")
    proxy = _proxy(address)
    if target.kind == "process":
        return proxy
    name, _, port = address.partition(":")
    # Where no name is found, the upstream that is given by name fails to be dialled: Caddy waits.
    proxy["dynamic_upstreams"] = {"source": "a", "name": name, "port": port, "refresh": "1s"}
    proxy["load_balancing"]["selection_policy"] = {"policy": "round_robin"}
    # A container that is gone answers nothing; the next one is asked.
    proxy["transport"]["dial_timeout"] = "1s"
    return proxy


def _proxy(address: str) -> dict[str, Any]:
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": address}],
        # Streams leave as they come.
        "flush_interval": -1,
        # Caddy tries again only what it could not send: no call is made, and paid, twice.
        "load_balancing": {"try_duration": f"{_WAIT_SECONDS}s", "try_interval": "250ms"},
        "transport": {"protocol": "http", "dial_timeout": "3s"},
    }


def _away(upstream: str) -> dict[str, Any]:
    """What outer clients get while a service is away: they know how long to wait."""
    message = f"{upstream} cannot be reached, or was stopped before it answered; {_NEXT}"
    answer = _error(503, message, UPSTREAM_AWAY)
    answer["handle"][0]["headers"]["Retry-After"] = ["10"]
    return answer


def _refusal(status: int) -> dict[str, Any]:
    allowed = ", ".join(API_PATHS)
    return _error(status, f"this path is closed; open are {allowed}", PATH_CLOSED)


def _error(status: int, message: str, code: str) -> dict[str, Any]:
    """An answer in the form of OpenAI's errors, which all clients can show."""
    text = f"ralex-stack: {message}. {pointer(code)}"
    error = {"message": text, "type": "invalid_request_error", "code": code}
    return _answer(status, to_json({"error": error}).decode(), "application/json")


def _answer(status: int, body: str, content_type: str = "text/plain") -> dict[str, Any]:
    handler = {
        "handler": "static_response",
        "status_code": status,
        "headers": {"Content-Type": [content_type]},
        "body": body,
    }
    return {"handle": [handler]}


_ADMIN_REFUSAL = _error(
    404, "this path is closed; open are LiteLLM's admin UI and what it needs", PATH_CLOSED
)

_FINAL = _error(
    FINAL_STATUS,
    f"the gateway cannot be reached, or was stopped before it answered; {_NEXT}",
    UPSTREAM_AWAY,
)
"""What OpenCode gets: it repeats a call that is answered with 502 or 503 for a minute."""
