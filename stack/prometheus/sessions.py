"""Exporter of OpenCode's sessions by their status: `GET /sessions?target=http://HOST:PORT`.

OpenCode has no metrics of its own. `GET /session/status` maps ids of sessions to their status; what
is idle is not among them (OpenCode 1.18).
"""

from __future__ import annotations

import base64
import json
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ADDRESS = ("127.0.0.1", 9116)
TOKEN_FILE = Path("/run/secrets/metrics_token")
USER = "prometheus"
STATUSES = ("busy", "retry")
"""Shown with 0 where no session has them."""
PATIENCE_SECONDS = 5


def text(answer: str) -> str:
    """Prometheus' text format for an answer. Raises ValueError where it is none of OpenCode."""
    sessions = json.loads(answer)
    if not isinstance(sessions, dict):
        raise ValueError("it is no map of sessions")
    found = Counter(dict.fromkeys(STATUSES, 0))
    found.update(_known(status) for status in sessions.values())
    lines = ["# TYPE opencode_sessions gauge"]
    lines += [f'opencode_sessions{{status="{name}"}} {number}' for name, number in found.items()]
    return "\n".join(lines) + "\n"


def _known(status: object) -> str:
    kind = status.get("type") if isinstance(status, dict) else None
    return kind if kind in (*STATUSES, "idle") else "other"


def ask(target: str) -> str:
    """What OpenCode says. Raises OSError where it does not."""
    credential = base64.b64encode(f"{USER}:{TOKEN_FILE.read_text().strip()}".encode()).decode()
    headers = {"Authorization": f"Basic {credential}"}
    request = urllib.request.Request(f"{target}/session/status", headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body.decode()


class Handler(BaseHTTPRequestHandler):
    """Answers Prometheus, on the loopback of its container."""

    def do_GET(self) -> None:
        """Ask the target, and tell what it said."""
        target = parse_qs(urlsplit(self.path).query).get("target", [""])[0]
        try:
            status, body = 200, text(ask(target))
        except (OSError, ValueError) as error:
            # The series are gone then, and the target is down.
            status, body = 502, f"OpenCode at {target} does not tell of its sessions: {error}\n"
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Nothing: Prometheus shows what failed."""


if __name__ == "__main__":
    ThreadingHTTPServer(ADDRESS, Handler).serve_forever()
