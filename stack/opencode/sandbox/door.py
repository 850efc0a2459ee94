"""The door of the server: what Caddy listens on, whom it lets in, what it passes on."""

from __future__ import annotations

import base64
from typing import Any

PORT = 4096
HEALTH_PORT = 4098
USER = "opencode"


def configuration(password_hash: str, token: str, upstream: str) -> dict[str, Any]:
    """Caddy's configuration.

    Clients show the password whose bcrypt hash is known here; the server sees only the token.
    The health listener is bound to the loopback and answers one harmless path.
    """
    credential = base64.b64encode(f"{USER}:{token}".encode()).decode()
    proxy = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": upstream}],
        "flush_interval": -1,
        "headers": {"request": {"set": {"Authorization": [f"Basic {credential}"]}}},
    }
    health = [{"path": ["/global/health"], "method": ["GET"]}]
    return {
        # A persisted configuration would put the token into a file.
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "ERROR"}}},
        "apps": {
            "http": {
                "servers": {
                    "clients": _server(f":{PORT}", [{"handle": [_login(password_hash), proxy]}]),
                    "health": _server(
                        f"127.0.0.1:{HEALTH_PORT}",
                        [{"match": health, "handle": [proxy]}, {"handle": [_NOT_FOUND]}],
                    ),
                }
            }
        },
    }


_NOT_FOUND = {"handler": "static_response", "status_code": 404}


def _server(listen: str, routes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "listen": [listen],
        "routes": routes,
        "automatic_https": {"disable": True},
        "protocols": ["h1"],
    }


def _login(password_hash: str) -> dict[str, Any]:
    return {
        "handler": "authentication",
        "providers": {
            "http_basic": {
                "accounts": [{"username": USER, "password": password_hash}],
                "hash": {"algorithm": "bcrypt"},
                # bcrypt is slow by design: once for each password, not for each request.
                "hash_cache": {},
                "realm": "OpenCode",
            }
        },
    }
