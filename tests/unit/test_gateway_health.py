import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ralex_stack.gateway import health, names

SCRIPT = Path(health.__file__)
Requests = list[tuple[str, dict[str, object], str]]


BROKEN_STREAM = 299
"""Stands for the status 200 and a body that tells a failure."""


class Gateway(BaseHTTPRequestHandler):
    """Stands in for LiteLLM; `statuses` says how it answers which path."""

    statuses: dict[str, int]
    requests: Requests

    def do_GET(self) -> None:
        self._answer(self.statuses.get(self.path, 200))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append((self.path, body, self.headers["Authorization"]))
        self._answer(self.statuses.get(self.path, 200))

    def _answer(self, status: int) -> None:
        self.send_response(status if status != BROKEN_STREAM else 200)
        self.end_headers()
        failed = b'data: {"error": {"message": "broke off"}}'
        self.wfile.write(failed if status == BROKEN_STREAM else b'"body of the answer"')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def gateway(**statuses: int) -> Iterator[tuple[int, Requests]]:
    paths = {f"/{name.replace('__', '/')}": status for name, status in statuses.items()}
    requests: Requests = []
    handler = type("Handler", (Gateway,), {"statuses": paths, "requests": requests})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    (tmp_path / "gateway_master_key").write_text("sk-master\n")
    return tmp_path


def probe(port: int, secrets: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT)],
        env={
            "RALEX_GATEWAY_PORT": str(port),
            "RALEX_WARM_UP_MARKER": str(secrets / "warm"),
            "RALEX_SECRETS_DIRECTORY": str(secrets),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_first_probe_warms_up_and_the_next_does_not(secrets: Path) -> None:
    with gateway() as (port, requests):
        results = [probe(port, secrets), probe(port, secrets)]
    assert [(result.returncode, result.stdout) for result in results] == [(0, ""), (0, "")]
    assert [path for path, _, _ in requests] == ["/v1/chat/completions", "/v1/messages"]
    assert {body["model"] for _, body, _ in requests} == {names.WARM_UP_MODEL}
    assert {key for _, _, key in requests} == {"Bearer sk-master"}


def test_a_refused_warm_up_is_reported_and_repeated(secrets: Path) -> None:
    with gateway(v1__messages=400) as (port, requests):
        results = [probe(port, secrets), probe(port, secrets)]
    assert [result.returncode for result in results] == [1, 1]
    assert "/v1/messages was answered 400" in results[0].stdout
    assert "litellm.yaml" in results[0].stdout
    assert "sk-master" not in results[0].stdout
    assert len(requests) == 4


def test_a_warm_up_that_fails_inside_its_stream_is_reported(secrets: Path) -> None:
    with gateway(v1__messages=BROKEN_STREAM) as (port, _):
        result = probe(port, secrets)
    assert result.returncode == 1
    assert "broke off" in result.stdout


def test_a_gateway_that_is_not_alive_is_not_warmed_up(secrets: Path) -> None:
    with gateway(health__liveliness=503) as (port, requests):
        result = probe(port, secrets)
    assert result.returncode == 1
    assert "503" in result.stdout
    assert requests == []


def test_nobody_listening_is_reported_without_a_traceback(secrets: Path) -> None:
    with gateway() as (port, _):
        pass
    result = probe(port, secrets)
    assert result.returncode == 1
    assert "refused" in result.stdout.lower()
    assert result.stderr == ""


def test_a_missing_master_key_is_reported(tmp_path: Path) -> None:
    with gateway() as (port, _):
        result = probe(port, tmp_path)
    assert result.returncode == 1
    assert "gateway_master_key" in result.stdout


def test_the_probe_and_the_hooks_name_the_same_model() -> None:
    assert health.WARM_UP_MODEL == names.WARM_UP_MODEL
