"""The door of the server: what Caddy listens on, whom it lets in, what it passes on."""

from __future__ import annotations

import base64
from typing import Any

PORT = 4096
HEALTH_PORT = 4098
METRICS_PORT = 4099
METRICS_USER = "prometheus"
METRICS_PATHS = ("/global/health", "/session/status")
USER = "opencode"


def configuration(
    password_hash: str, token: str, upstream: str, metrics_hash: str | None = None
) -> dict[str, Any]:
    """Caddy's configuration.

    Clients show the password whose bcrypt hash is known here; the server sees only the token.
    The health listener is bound to the loopback and answers one harmless path. With the hash of a
    credential for metrics, this opens two paths that are only read, on a port of their own.
    """
    credential = base64.b64encode(f"{USER}:{token}".encode()).decode()
    proxy = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": upstream}],
        "flush_interval": -1,
        "headers": {"request": {"set": {"Authorization": [f"Basic {credential}"]}}},
    }
    health = [{"path": ["/global/health"], "method": ["GET"]}]
    servers = {
        "clients": _server(f":{PORT}", [{"handle": [_login(USER, password_hash), proxy]}]),
        "health": _server(
            f"127.0.0.1:{HEALTH_PORT}",
            [{"match": health, "handle": [proxy]}, {"handle": [_NOT_FOUND]}],
        ),
    }
    if metrics_hash is not None:
        read = [{"path": list(METRICS_PATHS), "method": ["GET"]}]
        login = _login(METRICS_USER, metrics_hash)
        routes = [{"match": read, "handle": [login, proxy]}, {"handle": [_NOT_FOUND]}]
        servers["metrics"] = _server(f":{METRICS_PORT}", routes)
    return {
        # A persisted configuration would put the token into a file.
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "ERROR"}}},
        "apps": {"http": {"servers": servers}},
    }


_NOT_FOUND = {"handler": "static_response", "status_code": 404}


def _server(listen: str, routes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "listen": [listen],
        "routes": routes,
        "automatic_https": {"disable": True},
        "protocols": ["h1"],
    }


def _login(user: str, password_hash: str) -> dict[str, Any]:
    return {
        "handler": "authentication",
        "providers": {
            "http_basic": {
                "accounts": [{"username": user, "password": password_hash}],
                "hash": {"algorithm": "bcrypt"},
                # bcrypt is slow by design: once for each password, not for each request.
                "hash_cache": {},
                "realm": "OpenCode",
            }
        },
    }
