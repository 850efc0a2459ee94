"""The edge's door for Prometheus, on a network that nobody else is in."""

from __future__ import annotations

from typing import Any

OPENCODE_PATHS = ("/global/health", "/session/status")
"""What Prometheus asks of OpenCode, whose own door knows the same two."""


def routes(opencode: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Caddy's routes: its metrics for who shows the token, and the paths of OpenCode if it runs.

    OpenCode checks who asks by itself.
    """
    shown = {"Authorization": ["Bearer {env.METRICS_TOKEN}"]}
    own = {"match": [{"path": ["/metrics"], "header": shown}], "handle": [{"handler": "metrics"}]}
    passed = {
        "match": [{"path": list(OPENCODE_PATHS), "method": ["GET"]}],
        "handle": [opencode],
    }
    closed = {"handle": [{"handler": "static_response", "status_code": 401}]}
    found = [own, *([passed] if opencode is not None else [])]
    return [*({**route, "terminal": True} for route in found), closed]
