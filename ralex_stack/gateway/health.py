"""Health check of the gateway's container: `python -I -S health.py`, standard library only.

The first healthy answer is preceded by a warm-up: LiteLLM loads much of itself only when the
first request comes, which would otherwise be a user's. Later checks do without: they run every
few seconds, so they avoid the imports that an HTTP client needs.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

ADDRESS = ("127.0.0.1", int(os.environ.get("RALEX_GATEWAY_PORT", "4000")))
MARKER = Path(os.environ.get("RALEX_WARM_UP_MARKER", "/tmp/ralex-stack-warm"))  # noqa: S108
SECRETS = Path(os.environ.get("RALEX_SECRETS_DIRECTORY", "/run/secrets"))
WARM_UP_MODEL = "ralex-stack:warm-up"
WARM_UP_PATHS = ("/v1/chat/completions", "/v1/messages")
ALIVE_TIMEOUT = 3
WARM_UP_TIMEOUT = 20


class UnhealthyError(Exception):
    """The gateway does not answer as it should."""


def alive() -> None:
    """Raise UnhealthyError unless LiteLLM answers; nothing is called upstream."""
    request = b"GET /health/liveliness HTTP/1.0\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(ADDRESS, timeout=ALIVE_TIMEOUT) as connection:
        connection.sendall(request)
        status = connection.recv(64).split(b"\r\n", 1)[0]
    if b" 200 " not in status + b" ":
        raise UnhealthyError(f"/health/liveliness answered {status.decode(errors='replace')!r}.")


def warm_up() -> None:
    """Send one request through each API that loads code of its own; nothing is called upstream."""
    key = (SECRETS / "gateway_master_key").read_text(encoding="utf-8").strip()
    for path in WARM_UP_PATHS:
        _request(path, key)
    MARKER.touch()


def _request(path: str, key: str) -> None:
    import http.client
    import json

    connection = http.client.HTTPConnection(*ADDRESS, timeout=WARM_UP_TIMEOUT)
    body = {
        "model": WARM_UP_MODEL,
        "max_tokens": 1,
        "stream": True,
        "messages": [{"role": "user", "content": "ready?"}],
    }
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    connection.close()
    if answer.status != http.HTTPStatus.OK or '"error"' in text:
        raise UnhealthyError(
            f"The warm-up request to {path} was answered {answer.status}: {text[:300]} "
            f"The model {WARM_UP_MODEL} must be in litellm.yaml with a mock_response."
        )


def main() -> int:
    """Return 0 when the gateway is up and warm, else 1 with the reason on standard output."""
    try:
        alive()
        if not MARKER.exists():
            warm_up()
    except (UnhealthyError, OSError, ValueError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
